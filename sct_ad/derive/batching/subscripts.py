"""Indices of arrays that have the axis of directions in front."""

from __future__ import annotations

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.derive.batching.axis import NotBatched
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Array, Constant, List, Opaque, Scalar


def with_axis(index: Expr, rewritten: Expr, typer: Typer) -> Expr | None:
    """The index behind the axis of all directions, `x[i]` -> `x[:, i]`; None where that means something else.

    `index` is the index in terms of what has no axis, `rewritten` its text.
    """
    parts = list(index.elts) if isinstance(index, gast.Tuple) else [index]
    texts = list(rewritten.elts) if isinstance(rewritten, gast.Tuple) else [rewritten]
    kinds = [_kind(part, typer) for part in parts]
    if "array" in kinds:
        # NumPy puts the axes of arrays that are apart from each other in front of all others.
        places = [k for k, kind in enumerate(kinds) if kind in ("array", "number")]
        if places[-1] - places[0] + 1 != len(places):
            return None
    return nodes.tuple_([nodes.whole(), *texts])


def _kind(part: Expr, typer: Typer) -> str:
    """number, array, or slice (which includes new axes and the ellipsis)."""
    if isinstance(part, gast.Slice):
        return "slice"
    type_ = typer.type_of(part)
    if isinstance(type_, Scalar) and type_.kind == "int":
        return "number"
    if isinstance(type_, Array) and type_.dims:
        return "array"
    if isinstance(type_, List):
        return "array"
    if isinstance(type_, Constant) and (type_.value is None or type_.value is ...):
        return "slice"
    if isinstance(type_, Opaque) and type_.cls is slice:
        return "slice"
    raise NotBatched("an index that is not known")
