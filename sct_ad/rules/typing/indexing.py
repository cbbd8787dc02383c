"""Subscripts: what an index picks out of an array, tuple, list, dict or range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.probe import number
from sct_ad.rules.typing.sizes import fresh, int_of, slice_size, static, static_int
from sct_ad.rules.typing.table import GIVE_UP, NONE
from sct_ad.syntax.dims import Dims, Size, broadcast
from sct_ad.syntax.values import (
    INT,
    NO_VALUE,
    UNDEFINED,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
    forget_value,
    join_all,
    key_type,
    kind_of_dtype,
    opened,
)

_MOST_ITEMS = 64


class Shape(tuple[int, ...]):
    """Stands for the shape of an array of unknown rank."""


@dataclass(frozen=True, slots=True)
class Slice(Abstract):
    """A slice in an index."""

    start: Abstract = NONE
    stop: Abstract = NONE
    step: Abstract = NONE


def subscript_type(value: Abstract, index: gast.expr, type_of: Callable[[gast.expr], Abstract]) -> Abstract:
    """The type of `value[index]`; `type_of` types the atoms of the index."""
    try:
        if isinstance(index, gast.Tuple):
            return indexed(value, [_part(e, type_of) for e in index.elts], True)
        part = _part(index, type_of)
        if isinstance(part, Tuple) and not isinstance(value, Dict):
            return indexed(value, list(part.items), True)
        return indexed(value, [part])
    except GIVE_UP:
        return UNKNOWN


def _part(index: gast.expr, type_of: Callable[[gast.expr], Abstract]) -> Abstract:
    if isinstance(index, gast.Slice):
        bounds = [NONE if b is None else type_of(b) for b in (index.lower, index.upper, index.step)]
        return Slice(*bounds)
    found = type_of(index)
    if isinstance(found, Constant) and isinstance(found.value, slice):
        bounds = [found.value.start, found.value.stop, found.value.step]
        return Slice(*(NONE if b is None else Scalar("int", "", b) for b in bounds))
    return Slice(UNKNOWN, UNKNOWN, UNKNOWN) if found == Opaque(slice) else found


def indexed(value: Abstract, parts: list[Abstract], is_tuple: bool = False) -> Abstract:
    """The type of `value[parts]`."""
    if isinstance(value, Array):
        return _array_item(value, parts)
    if isinstance(value, Scalar) and value.dtype:
        return _array_item(as_array(value), parts)
    if isinstance(value, Dict):
        return _dict_item(value, Tuple(tuple(parts)) if is_tuple else parts[0])
    if is_tuple or not parts:
        return UNKNOWN
    if isinstance(value, (Tuple, List)):
        return _sequence_item(value, parts[0])
    if isinstance(value, Range):
        return INT if isinstance(parts[0], Scalar) else Range()
    if isinstance(value, Opaque) and value.cls is Shape:
        return INT if isinstance(parts[0], Scalar) else value
    found = static(parts[0])
    if isinstance(value, Constant) and isinstance(value.value, str):
        return Constant(value.value[found]) if isinstance(found, int) else Opaque(str)
    return value if value == Opaque(str) else UNKNOWN


def _dict_item(value: Dict, key: Abstract) -> Abstract:
    if value.items is None:
        return value.element
    name = static(key)
    if name is not NO_VALUE:
        return dict(value.items).get(name, UNDEFINED)
    return opened(value).element


def _sequence_item(value: Tuple | List, part: Abstract) -> Abstract:
    if isinstance(part, Slice):
        bounds = [static(b) for b in (part.start, part.stop, part.step)]
        if value.items is not None and all(b is not NO_VALUE for b in bounds):
            return type(value)(value.items[slice(*bounds)])
        return List(None, item_type(value)) if isinstance(value, List) else UNKNOWN
    position = static_int(part)
    if value.items is not None and position is not None:
        return value.items[position] if -len(value.items) <= position < len(value.items) else UNKNOWN
    return item_type(value)


def item_type(value: Abstract) -> Abstract:
    """The type that covers every item met when iterating."""
    if isinstance(value, Tuple) or (isinstance(value, List) and value.items is not None):
        return join_all([forget_value(item) for item in value.items or ()])
    if isinstance(value, List):
        return value.element
    if isinstance(value, Range) or (isinstance(value, Opaque) and value.cls is Shape):
        return INT
    if isinstance(value, Array):
        return _array_item(value, [INT])
    if isinstance(value, Dict):
        return opened(value).key
    return Opaque(str) if isinstance(value, Constant) and isinstance(value.value, str) else UNKNOWN


def items_of(value: Abstract) -> list[Abstract] | None:
    """The types of the items, where their number is known."""
    if isinstance(value, (Tuple, List)):
        return None if value.items is None else list(value.items)
    if isinstance(value, Array) and value.dims and isinstance(value.dims[0], int) and value.dims[0] <= _MOST_ITEMS:
        return [_array_item(value, [INT]) for _ in range(value.dims[0])]
    if isinstance(value, Range) and isinstance(value.size, int) and value.size <= _MOST_ITEMS:
        return [INT] * value.size
    if isinstance(value, Dict):
        return None if value.items is None else [_known_key(key) for key, _ in value.items]
    if isinstance(value, Constant) and isinstance(value.value, str):
        return [Constant(character) for character in value.value]
    return None


def _known_key(key: Any) -> Abstract:
    if type(key) in (bool, int, float, complex):
        return Scalar(type(key).__name__, "", key)
    return Constant(key) if isinstance(key, str) else key_type(key)


def array_of(dtype: str, dims: Dims | None) -> Abstract:
    """An array; a NumPy scalar where its rank is 0."""
    return number(dtype) if dims == () else Array(dtype, dims)


def _consumed(part: Abstract) -> int | None:
    """How many dimensions one part of an index uses up."""
    if part == NONE:
        return 0
    if isinstance(part, Array):
        if kind_of_dtype(part.dtype) == "bool":
            return part.ndim
        return 1 if part.dtype else None
    if isinstance(part, Scalar):
        return 1 if part.kind == "int" else None
    return 1 if isinstance(part, Slice) else None


def _array_item(value: Array, parts: list[Abstract]) -> Abstract:
    unknown = Array(value.dtype)
    if value.dims is None:
        return unknown
    parts = [as_array(p) if isinstance(p, (List, Tuple, Range)) else p for p in parts]
    parts = [INT if isinstance(p, Array) and p.dims == () and kind_of_dtype(p.dtype) == "int" else p for p in parts]
    is_ellipsis = [isinstance(p, Constant) and p.value is ... for p in parts]
    used = [0 if e else _consumed(p) for p, e in zip(parts, is_ellipsis, strict=True)]
    if any(u is None for u in used) or sum(is_ellipsis) > 1:
        return unknown
    rest = len(value.dims) - sum(u for u in used if u is not None)
    if rest < 0:
        return UNKNOWN
    at = is_ellipsis.index(True) if any(is_ellipsis) else len(parts)
    parts = parts[:at] + [Slice()] * rest + parts[at + 1 :]
    dims = _picked(value.dims, parts)
    # An ellipsis makes a 0-d array where a full index would make a scalar.
    return Array(value.dtype, dims) if any(is_ellipsis) or dims is None else array_of(value.dtype, dims)


def _picked(dims: Dims, parts: list[Abstract]) -> Dims | None:
    """The dims that remain; index arrays broadcast together and go first unless they are side by side."""
    fancy = any(isinstance(p, Array) for p in parts)
    result: list[Size] = []
    index_dims: Dims | None = ()
    where: list[int] = []
    axis = 0
    for position, part in enumerate(parts):
        if part == NONE:
            result.append(1)
        elif isinstance(part, Slice):
            result.append(slice_size(dims[axis], part.start, part.stop, part.step))
            axis += 1
        else:
            where.append(position)
            if len(where) == 1:
                insert_at = len(result)
            if isinstance(part, Array):
                is_mask = kind_of_dtype(part.dtype) == "bool"
                index_dims = broadcast(index_dims, (part.chosen or fresh(),) if is_mask else part.dims)
                axis += (part.ndim or 0) if is_mask else 1
            else:
                axis += 1
    if not fancy:
        return tuple(result)
    if index_dims is None:
        return None
    adjacent = where[-1] - where[0] == len(where) - 1
    start = insert_at if adjacent else 0
    return (*result[:start], *index_dims, *result[start:])


def shape_of(value: Array) -> Abstract:
    """The type of `value.shape`."""
    return Opaque(Shape) if value.dims is None else Tuple(tuple(map(int_of, value.dims)))
