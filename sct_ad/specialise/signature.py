"""Run-time arguments -> abstract values: the types that a derivative is specialised to."""

from __future__ import annotations

import collections
import enum
import types
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.objects import attributes_of, is_plain
from sct_ad.syntax.dims import Dim, Dims, Size
from sct_ad.syntax.values import (
    FLOAT,
    Abstract,
    Array,
    Bound,
    Constant,
    Dict,
    Factory,
    List,
    Matrix,
    Object,
    Opaque,
    Range,
    Same,
    Scalar,
    Tuple,
    is_matrix_class,
    kind_of_dtype,
)


class NeedsValues(Exception):
    """Raised where a loop would have to be written out, whose number of trips is an int that the call tells."""


_STATIC = (str, bytes, type(None), type(...), types.ModuleType, type, np.dtype, np.ufunc, enum.Enum)
_DICTS = frozenset([dict, collections.OrderedDict, collections.defaultdict])

Seen = dict[int, Hashable]
"""Identity of an object met before -> what it is called."""


def abstract_of(value: Any, key: Hashable, seen: Seen | None = None) -> Abstract:
    """The type of an argument; `key` identifies it, so that its dimensions get identities of their own."""
    cls = type(value)
    if cls is float:
        return FLOAT
    if cls is np.ndarray:
        return Array(value.dtype.name, _dims(value.shape, key))
    if cls is bool:
        return Scalar("bool", "", value)
    if cls is int:
        return Scalar("int", "", size=Dim(key))
    if cls is complex:
        return Scalar("complex")
    if isinstance(value, np.generic):
        return Scalar(kind_of_dtype(value.dtype.name), value.dtype.name)
    if isinstance(value, (tuple, list, dict)) or is_plain(cls) or cls is types.MethodType:
        found = _compound(value, key, {} if seen is None else seen)
        if found is not None:
            return found
    if cls is range:
        return Range()
    if is_matrix_class(cls):
        return matrix_of(value, key)
    if isinstance(value, _STATIC) or callable(value) or cls.__module__.startswith("scipy.stats"):
        return Constant(value)  # frozen distributions among them
    if isinstance(value, np.ndarray):
        return Array(value.dtype.name, _dims(value.shape, key))
    return Opaque(cls)


def matrix_of(value: Any, key: Hashable) -> Opaque:
    """The type of a sparse matrix or linear operator."""
    shape, dtype = getattr(value, "shape", ()), getattr(value, "dtype", None)
    dims = _dims(shape, key)
    return Matrix(type(value), getattr(dtype, "name", ""), dims if len(dims) == 2 else None)


def _dims(shape: tuple[int, ...], key: Hashable) -> Dims:
    """The sizes of an argument: 1, or one that is not 1 and never less than what it is known by."""
    return tuple(1 if n == 1 else Dim((key, axis), 0, True, size_class(n)) for axis, n in enumerate(shape))


def size_class(n: int) -> int:
    """What a derivative is compiled for knows of a size: that it is 0, 1, at least 2, or at least 4.

    At least 4: the parts that differences and stencils are made of, `x[1:-1]` and the like, have more than one element.
    """
    return 4 if n > 3 else min(n, 2)


def _compound(value: Any, key: Hashable, seen: Seen) -> Abstract | None:
    """The type of a container or object, part by part."""
    cls = type(value)
    if isinstance(value, tuple):
        items = tuple(abstract_of(item, (key, k), seen) for k, item in enumerate(value))
        return Tuple(items, getattr(value, "_fields", ()))
    if cls is list:
        return List(tuple(abstract_of(item, (key, k), seen) for k, item in enumerate(value)))
    if cls in _DICTS:
        factory = getattr(value, "default_factory", None)
        entries = tuple((k, abstract_of(item, (key, k), seen)) for k, item in value.items())
        return Dict(entries, default=None if factory is None else Factory(factory))
    if cls is types.MethodType:
        owner = value.__self__
        return Bound(value.__func__, Same(seen[id(owner)])) if id(owner) in seen else None
    if not is_plain(cls):
        return None
    if id(value) in seen:
        return Same(seen[id(value)])
    seen[id(value)] = key
    return Object(cls, tuple((n, abstract_of(v, (key, n), seen)) for n, v in attributes_of(value).items()), key)


def with_values(type_: Abstract, value: Any, integers: bool, sizes: bool) -> Abstract:
    """The type of an argument with the values of all integers in it, or the small sizes of all arrays, or both."""

    def known(part: Abstract, own: Any) -> Abstract:
        return with_values(part, own, integers, sizes)

    if isinstance(type_, Scalar):
        return replace(type_, value=value) if integers and type(value) is int else type_
    if isinstance(type_, Array) and sizes and type_.dims is not None:
        return replace(type_, dims=tuple(map(_known_size, type_.dims, value.shape)))
    if isinstance(type_, (Tuple, List)) and type_.items is not None:
        return replace(type_, items=tuple(map(known, type_.items, value)))
    if isinstance(type_, Dict):
        return replace(type_, items=tuple((key, known(item, value[key])) for key, item in type_.items or ()))
    if isinstance(type_, Object):
        return replace(type_, items=tuple((n, known(item, getattr(value, n))) for n, item in type_.items))
    return type_


def _known_size(size: Size, n: int) -> Size:
    if n > LARGEST_SMALL and isinstance(size, Dim):
        return replace(size, least=LARGEST_SMALL + 1)
    return n if 1 < n <= LARGEST_SMALL else size


LARGEST_SMALL = 16
"""Up to here a size may be that of a vector in space; derivatives that ask for sizes are compiled for each of them."""


def dispatch_key(value: Any, seen: Seen | None = None) -> Hashable | type:
    """A cheap key: two arguments with the same key have the same abstract value (their own `key` aside)."""
    cls = type(value)
    if cls is float or cls is int:
        return cls
    if cls is np.ndarray:
        shape = value.shape
        if shape and min(shape) < 4:
            return value.dtype, tuple(map(size_class, shape))
        return value.dtype, len(shape)
    if cls is list or isinstance(value, tuple):
        seen = {} if seen is None else seen
        return (cls, *[dispatch_key(item, seen) for item in value])
    if cls in _DICTS:
        seen = {} if seen is None else seen
        factory = () if cls is not collections.defaultdict else (ById(value.default_factory),)
        return (cls, *factory, *[(k, dispatch_key(item, seen)) for k, item in value.items()])
    if cls is bool or value is None or cls is str:
        return (cls, value)
    if isinstance(value, np.generic) or cls is complex:
        return cls
    if is_plain(cls):
        return _object_key(value, {} if seen is None else seen)
    if cls is types.MethodType and seen is not None and id(value.__self__) in seen:
        return (cls, ById(value.__func__), seen[id(value.__self__)])
    if is_matrix_class(cls):
        return (cls, getattr(value, "dtype", None), tuple(map(size_class, getattr(value, "shape", ()))))
    if callable(value) or isinstance(value, enum.Enum):
        return (cls, ById(value))
    return cls


def _object_key(value: Any, seen: Seen) -> Hashable:
    known = seen.get(id(value))
    if known is not None:
        return known
    seen[id(value)] = len(seen) + 1
    return (type(value), *[(name, dispatch_key(item, seen)) for name, item in attributes_of(value).items()])


class ById:
    """A key that compares by identity and keeps its object alive, so that the id cannot be used again."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
