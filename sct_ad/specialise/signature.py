"""Run-time arguments -> abstract values: the types that a derivative is specialised to."""

from __future__ import annotations

import types
from collections.abc import Hashable
from typing import Any

import numpy as np

from sct_ad.syntax.values import (
    FLOAT,
    Abstract,
    Array,
    Constant,
    Dict,
    Dim,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
    kind_of_dtype,
)

_STATIC = (str, bytes, type(None), type(...), types.ModuleType, type, np.dtype, np.ufunc)


def abstract_of(value: Any, key: Hashable) -> Abstract:
    """The type of an argument; `key` identifies it, so that its dimensions get identities of their own."""
    cls = type(value)
    if cls is float:
        return FLOAT
    if cls is np.ndarray:
        dims = tuple(1 if n == 1 else Dim((key, axis), 0, True) for axis, n in enumerate(value.shape))
        return Array(value.dtype.name, dims)
    if cls is bool:
        return Scalar("bool", "", value)
    if cls is int:
        return Scalar("int", "", size=Dim(key))
    if cls is complex:
        return Scalar("complex")
    if isinstance(value, np.generic):
        return Scalar(kind_of_dtype(value.dtype.name), value.dtype.name)
    if isinstance(value, tuple):
        items = tuple(abstract_of(item, (key, k)) for k, item in enumerate(value))
        return Tuple(items, getattr(value, "_fields", ()))
    if cls is list:
        return List(tuple(abstract_of(item, (key, k)) for k, item in enumerate(value)))
    if cls is dict:
        return Dict(tuple((k, abstract_of(item, (key, k))) for k, item in value.items()))
    if cls is range:
        return Range()
    if isinstance(value, _STATIC) or callable(value):
        return Constant(value)
    if isinstance(value, np.ndarray):
        sizes = tuple(1 if n == 1 else Dim((key, axis), 0, True) for axis, n in enumerate(value.shape))
        return Array(value.dtype.name, sizes)
    return Opaque(cls)


def dispatch_key(value: Any) -> Hashable | type:
    """A cheap key: two arguments with the same key have the same abstract value (their own `key` aside)."""
    cls = type(value)
    if cls is float or cls is int:
        return cls
    if cls is np.ndarray:
        shape = value.shape
        return (value.dtype, tuple([n == 1 for n in shape])) if 1 in shape else (value.dtype, len(shape))
    if cls is tuple or cls is list:
        return (cls, *map(dispatch_key, value))
    if cls is dict:
        return (cls, *((k, dispatch_key(item)) for k, item in value.items()))
    if cls is bool or value is None or cls is str:
        return (cls, value)
    if isinstance(value, np.generic) or cls is complex:
        return cls
    if callable(value):
        return (cls, ById(value))
    return cls


class ById:
    """A key that compares by identity and keeps its object alive, so that the id cannot be used again."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
