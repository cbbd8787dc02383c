"""Whether types show that what a user's function returns has the structure, shape and precision of cotangents."""

from __future__ import annotations

from sct_ad.syntax.dims import Size, equal_dims, is_not_one, is_one
from sct_ad.syntax.values import (
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    dims_of,
    kind,
    may_carry_derivative,
)


def are_right(found: Abstract, primals: list[Abstract | None]) -> bool:
    """Whether what `bwd` returns is known to be a tuple of cotangents of the right shapes and precision."""
    if not isinstance(found, Tuple) or len(found.items) != len(primals):
        return False
    return all(p is None or f == Constant(None) or matches(f, p) for f, p in zip(found.items, primals))


def matches(cotangent: Abstract, primal: Abstract) -> bool:
    """Whether a cotangent of the one type surely fits a primal of the other."""
    if not may_carry_derivative(primal):
        return True
    if isinstance(primal, Array) and isinstance(cotangent, Array):
        alike = cotangent.dtype == primal.dtype and kind(primal) in ("float", "complex")
        return alike and equal_dims(cotangent.dims, primal.dims)
    if isinstance(primal, Scalar) and isinstance(cotangent, Scalar):
        return cotangent.kind in ("float", primal.kind) and (
            primal.dtype in ("", "?", cotangent.dtype) or cotangent.dtype == ""
        )
    if isinstance(primal, (Tuple, List)) and isinstance(cotangent, (Tuple, List)):
        if primal.items is None or cotangent.items is None or len(primal.items) != len(cotangent.items):
            return False
        return all(map(matches, cotangent.items, primal.items))
    if isinstance(primal, Dict) and isinstance(cotangent, Dict) and primal.items and cotangent.items:
        mine, given = dict(primal.items), dict(cotangent.items)
        return mine.keys() == given.keys() and all(matches(given[key], mine[key]) for key in mine)
    return False


def unlike(left: Abstract, right: Abstract) -> bool:
    """Whether two values surely differ in structure or shape."""
    if isinstance(left, (Tuple, List)) and isinstance(right, (Tuple, List)):
        if left.items is None or right.items is None:
            return False
        return len(left.items) != len(right.items) or any(map(unlike, left.items, right.items))
    containers = [isinstance(type_, (Tuple, List, Dict)) for type_ in (left, right)]
    plain = [isinstance(type_, (Scalar, Array)) for type_ in (left, right)]
    if (containers[0] and plain[1]) or (plain[0] and containers[1]):
        return True
    shapes = [dims_of(left), dims_of(right)] if all(plain) else [None, None]
    if shapes[0] is None or shapes[1] is None:
        return False
    sizes = zip(shapes[0], shapes[1])
    return len(shapes[0]) != len(shapes[1]) or any(_differ(a, b) for a, b in sizes)


def _differ(left: Size, right: Size) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left != right
    return (is_one(left) and is_not_one(right)) or (is_not_one(left) and is_one(right))
