"""Index arrays that emitted text computes, and values that are themselves."""

from __future__ import annotations

from typing import Any

from sct_ad.rules.marks import MARKS, no_tangent, tangent_of
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import fresh
from sct_ad.rules.typing.table import NONE, rule
from sct_ad.runtime.indexing import flat_index, rounds
from sct_ad.syntax.values import INT, UNKNOWN, Abstract, Array, Constant, List, Opaque, Range, Scalar, Tuple, kind


@rule(flat_index)
def place(function: Any, where: Abstract, shape: Abstract, mode: Abstract = NONE) -> Abstract:
    """`flat_index(where, x.shape)`: a number or an array for each dimension."""
    if not isinstance(shape, Tuple):
        return UNKNOWN
    is_slice = where == Opaque(slice) or (isinstance(where, Constant) and isinstance(where.value, (slice, type(...))))
    if isinstance(where, (List, Tuple, Range)):
        where = as_array(where)
    if isinstance(where, Scalar) and where.kind == "int":
        return Tuple((INT,) * len(shape.items))
    if is_slice or (isinstance(where, Array) and where.dtype == "bool"):
        return Tuple((Array("int64", (fresh(),)),) * len(shape.items))
    if isinstance(where, Array) and where.dims:
        return Tuple((Array("int64", where.dims),) * len(shape.items))
    return UNKNOWN


@rule(rounds)
def turns(function: Any, index: Abstract, shape: Abstract) -> Abstract:
    """`rounds(index, x.shape)`: a list of index arrays."""
    return List(None, Array("int64", (fresh(),)))


@rule(*MARKS)
def the_same(function: Any, x: Abstract, *others: Abstract) -> Abstract:
    """What is given."""
    return x


@rule(tangent_of, no_tangent)
def tangent(function: Any, x: Abstract) -> Abstract:
    """A float for every number."""
    if isinstance(x, Scalar):
        return Scalar("complex" if x.kind == "complex" else "float")
    if isinstance(x, Array) and kind(x) in ("int", "bool"):
        return Array("float64", x.dims)
    return x
