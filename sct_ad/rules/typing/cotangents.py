"""What emitted text calls of this package: the cotangent of an operand has the operand's shape."""

from __future__ import annotations

from typing import Any

from sct_ad.rules.typing.table import NONE, rule
from sct_ad.runtime import unbroadcast, zero_shadow
from sct_ad.runtime.linear import dot_left, dot_right, matmul_left, matmul_right
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, List, Scalar, Tuple, kind


def _like(operand: Abstract, *sources: Abstract) -> Abstract:
    """The operand's shape, with the one dtype that all sources have."""
    dtypes = {_dtype(source) for source in sources}
    dtype = dtypes.pop() if len(dtypes) == 1 else ""
    if isinstance(operand, Array) and operand.dims and dtype not in ("", "?"):
        return Array(dtype, operand.dims)
    if isinstance(operand, Array) and operand.dims and all(isinstance(source, (Array, Scalar)) for source in sources):
        return Array("", operand.dims)
    if isinstance(operand, Scalar) and all(kind(source) == "float" for source in sources):
        return Scalar("float", "?")
    return UNKNOWN


def _dtype(value: Abstract) -> str:
    if isinstance(value, Scalar):
        return value.dtype or {"float": "float64", "complex": "complex128"}.get(value.kind, "")
    return value.dtype if isinstance(value, Array) else ""


@rule(unbroadcast)
def summed(function: Any, cotangent: Abstract, operand: Abstract, result: Abstract = NONE) -> Abstract:
    """`unbroadcast(cotangent, operand, result)`."""
    return _like(operand, cotangent)


@rule(matmul_left, dot_left)
def left_factor(function: Any, cotangent: Abstract, x: Abstract, y: Abstract) -> Abstract:
    """The cotangent of x in `x @ y`."""
    return _like(x, cotangent, y)


@rule(matmul_right, dot_right)
def right_factor(function: Any, cotangent: Abstract, x: Abstract, y: Abstract) -> Abstract:
    """The cotangent of y in `x @ y`."""
    return _like(y, cotangent, x)


@rule(zero_shadow)
def shadow(function: Any, value: Abstract) -> Abstract:
    """A list for a container, zeros for arrays and numbers."""
    return _shadow(value)


def _shadow(value: Abstract) -> Abstract:
    if isinstance(value, (Tuple, List)) and value.items is not None:
        return List(tuple(map(_shadow, value.items)))
    if isinstance(value, List) and isinstance(value.element, Scalar):
        return List(None, _shadow(value.element))
    if isinstance(value, Array) and value.dims:
        return Array("float64" if kind(value) in ("int", "bool") else value.dtype, value.dims)
    if isinstance(value, Scalar) and value.kind in ("bool", "int", "float", "complex"):
        return Scalar("complex" if value.kind == "complex" else "float")
    return UNKNOWN
