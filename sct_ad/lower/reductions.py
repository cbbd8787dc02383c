"""Sums, means, products and extremes over axes of an elementwise expression."""

from __future__ import annotations

from dataclasses import dataclass

import gast
import numpy as np

from sct_ad.lower.context import Context
from sct_ad.lower.elements import Element, Parser
from sct_ad.lower.tables import REDUCTIONS
from sct_ad.syntax.nodes import Expr, static_value
from sct_ad.syntax.values import Array, Scalar


@dataclass(eq=False)
class Reduction:
    """`np.kind(element, axis=axes, keepdims=keepdims)`."""

    kind: str
    element: Element
    axes: tuple[int, ...]
    keepdims: bool
    dtype: str
    argument: Expr


def reduced_argument(expr: Expr, context: Context) -> Expr | None:
    """The array that a call reduces; None if it is no such call."""
    if not isinstance(expr, gast.Call):
        return None
    function, args = context.function(expr)
    name = getattr(function, "__name__", "")
    if name not in REDUCTIONS or getattr(np, name, None) is not function or not args or len(args) > 2:
        return None
    if any(keyword.arg not in ("axis", "keepdims") for keyword in expr.keywords):
        return None
    return args[0] if context.array_type(args[0]) is not None else None


def parse_reduction(expr: Expr, context: Context, parser: Parser) -> Reduction | None:
    """A call that reduces an elementwise expression, if its axes are known and its result is of a known type."""
    argument = reduced_argument(expr, context)
    if argument is None:
        return None
    element = parser.parse(argument)
    function, args = context.function(expr)
    keywords = {keyword.arg: keyword.value for keyword in expr.keywords}
    axis = static_value(args[1] if len(args) > 1 else keywords.get("axis"))
    keepdims = static_value(keywords.get("keepdims", gast.Constant(value=False, kind=None)))
    if element is None or not element.dims or not isinstance(keepdims, bool):
        return None
    rank = len(element.dims)
    axes = range(rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    if not isinstance(axes, (tuple, range)) or not all(type(a) is int and -rank <= a < rank for a in axes):
        return None
    found = context.facts.type_of(expr)
    kind = {"amax": "max", "amin": "min"}.get(function.__name__, function.__name__)
    dtype = found.dtype if isinstance(found, (Array, Scalar)) else ""
    places = tuple(sorted({a % rank for a in axes}))
    if len(places) != len(axes) or not places or not _is_supported(kind, element.dtype, dtype):
        return None
    whole = len(places) == rank
    if (whole and not keepdims) != isinstance(found, Scalar):
        return None
    return Reduction(kind, element, places, keepdims, dtype, argument)


def _is_supported(kind: str, given: str, made: str) -> bool:
    if kind == "sum":
        return (given, made) in {
            ("float64", "float64"),
            ("float32", "float32"),
            ("int64", "int64"),
            ("bool", "int64"),
            ("complex128", "complex128"),
        }
    if kind in ("any", "all"):
        return given == made == "bool"
    if kind == "mean":
        return given == made and given in ("float64", "float32")
    return given == made and given in ("float64", "float32")  # prod, max, min
