"""Which index arrays name no element twice, so that what is stored through them need not be looked for twice."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import NO_VALUE, Abstract, Array, List, Scalar, Tuple, Unknown


def distinct_indices(body: Block, typer: Typer) -> frozenset[str]:
    """Variables of one-dimensional arrays whose entries are never negative, and all different, wherever they come from.

    >>> body = gast.parse("rows = np.arange(n)\\ncolumns = np.argmax(x, axis=1)").body
    >>> sorted(distinct_indices(body, Typer({"rows": Array("int64", (4,))}, {"np": np})))
    ['rows']
    """
    found: set[str] = set()
    others: set[str] = set()
    for stmt in nodes.statements(body):
        for name in nodes.defines(stmt):
            value = stmt.value if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) else None
            (found if _are_distinct(value, typer) else others).add(name)
    return frozenset(name for name in found - others if getattr(typer.types.get(name), "ndim", None) == 1)


def _are_distinct(value: Expr | None, typer: Typer) -> bool:
    if not isinstance(value, gast.Call) or value.keywords:
        return False
    function, args, _ = typer.call_parts(value)
    if function is np.flatnonzero or function is np.argsort:
        return True
    if function is not np.arange:
        return False
    known = [_integer(typer.type_of(arg)) for arg in args]
    forward = len(args) < 3 or (known[2] is not NO_VALUE and known[2] > 0)
    return forward and (len(args) == 1 or (known[0] is not NO_VALUE and known[0] >= 0))


def _integer(type_: Abstract) -> Any:
    known = type_.value if isinstance(type_, Scalar) else NO_VALUE
    return known if type(known) is int else NO_VALUE


def has_repeats(expr: gast.Subscript, typer: Typer, distinct: frozenset[str] = frozenset()) -> bool:
    """Whether an index may name the same element twice: integer arrays, and what may be one; boolean masks do not."""
    parts = expr.slice.elts if isinstance(expr.slice, gast.Tuple) else [expr.slice]
    indices = [(part, typer.type_of(part)) for part in parts if not isinstance(part, gast.Slice)]
    if not any(_may_repeat(type_) for _, type_ in indices):
        return False
    lines = all(type_.ndim == 1 for _, type_ in indices if isinstance(type_, Array))
    lines = lines and not any(isinstance(type_, (List, Tuple, Unknown)) for _, type_ in indices)
    return not (lines and any(isinstance(part, gast.Name) and part.id in distinct for part, _ in indices))


def _may_repeat(type_: Abstract) -> bool:
    if isinstance(type_, Tuple):
        return any(map(_may_repeat, type_.items))
    if isinstance(type_, List):
        known = [_integer(item) for item in type_.items or ()]
        same_side = all(k is not NO_VALUE and (k >= 0) == (known[0] >= 0) for k in known)
        return not (type_.items is not None and same_side and len(set(known)) == len(known))
    return isinstance(type_, Unknown) or (isinstance(type_, Array) and type_.dtype != "bool")
