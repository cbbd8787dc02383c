"""Does an abstract value cover a concrete one? Sizes are computed from the keys of symbolic dims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.rules.typing import result_type
from sct_ad.syntax.dims import ANY, Dim
from sct_ad.syntax.values import (
    NO_VALUE,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
    Unknown,
    kind_of_dtype,
)

KINDS = ("bool", "int", "float", "complex")


def exact(size: int) -> Any:
    """The dim of a known size."""
    return size


def symbolic(size: int) -> Any:
    """1 is known, everything else has a name."""
    return 1 if size == 1 else Dim(("size", size), 0, True)


def loose(size: int) -> Any:
    """Not even 1 is known."""
    return Dim(("size", size))


def abstract(value: Any, dim: Callable[[int], Any] = symbolic, known: bool = True) -> Abstract:
    """The type of a concrete value; numbers are known constants if `known`."""
    if isinstance(value, np.ndarray):
        return Array(value.dtype.name, tuple(map(dim, value.shape)))
    if isinstance(value, np.generic):
        return Scalar(kind_of_dtype(value.dtype.name), value.dtype.name)
    if type(value) in (bool, int, float, complex):
        return Scalar(type(value).__name__, "", value if known and type(value) is not float else NO_VALUE)
    if isinstance(value, tuple):
        return Tuple(tuple(abstract(v, dim, known) for v in value))
    if isinstance(value, list):
        return List(tuple(abstract(v, dim, known) for v in value))
    if isinstance(value, dict):
        return Dict(tuple((k, abstract(v, dim, known)) for k, v in value.items()))
    if isinstance(value, range):
        return Range(dim(len(value)))
    return Constant(value)


class UnboundError(Exception):
    """The size of a dim is not known yet."""


class Sizes:
    """Concrete sizes of symbolic dims."""

    def __init__(self) -> None:
        self.bound: dict[Any, int] = {}

    def check(self, dim: Any, size: int) -> bool:
        """Whether a dim can have this size, given what was bound before."""
        if isinstance(dim, int):
            return dim == size
        if dim.not_one and size == 1:
            return False
        if dim.key == ANY.key:
            return True
        if isinstance(dim.key, tuple):
            try:
                return self.of(dim) == size
            except UnboundError:
                return True
        return dim.less != 0 or self.bound.setdefault(dim.key, size) == size

    def of(self, dim: Any) -> int:
        """The size of a dim."""
        return dim if isinstance(dim, int) else max(0, self._key(dim.key) - dim.less)

    def _key(self, key: Any) -> int:
        if not isinstance(key, tuple):
            if key not in self.bound:
                raise UnboundError
            return self.bound[key]
        tag, *parts = key
        if tag == "size":
            return parts[0]
        if tag == "product":
            return parts[0] * int(np.prod([self.of(d) ** n for d, n in parts[1]]))
        if tag == "sum" and isinstance(parts[0], Dim):
            return self.of(parts[0]) + parts[1]
        if tag == "sum":
            return sum(self.of(d) * n for d, n in parts[0]) + parts[1]
        if tag == "broadcast":
            sizes = {self.of(d) for d in parts[0]} - {1}
            return sizes.pop() if sizes else 1
        if tag == "half":
            return self.of(parts[0]) // 2 + 1
        if tag == "whole":
            return 2 * (self.of(parts[0]) - 1)
        if tag in ("quotient", "floordiv"):
            return self.of(parts[0]) // self.of(parts[1])
        if tag == "slice":
            bounds = [self.of(b[1]) if isinstance(b, tuple) and b[0] == "size" else b for b in parts[1:]]
            bounds = [b[1] if isinstance(b, tuple) else b for b in bounds]
            return len(range(*slice(*bounds).indices(self.of(parts[0]))))
        if tag == "lengths":
            return parts[1][min(self.of(parts[0]), len(parts[1]) - 1)]
        if tag == "smaller":
            return min(self.of(parts[0]), self.of(parts[1]))
        if tag == "diagonal":
            return len(np.diagonal(np.zeros((self.of(parts[0]), self.of(parts[1]))), parts[2]))
        raise AssertionError(key)


def covers(type_: Abstract, value: Any, sizes: Sizes) -> bool:
    """Whether the value is one that the type stands for."""
    if isinstance(type_, Unknown):
        return True
    if isinstance(type_, Scalar):
        return _covers_number(type_, value, sizes)
    if isinstance(type_, Array):
        if type_.dims is None:
            return not isinstance(value, (np.ndarray, np.generic)) or type_.dtype in ("", value.dtype.name)
        return (
            type(value) is np.ndarray
            and type_.dtype in ("", value.dtype.name)
            and len(type_.dims) == value.ndim
            and all(map(sizes.check, type_.dims, value.shape))
        )
    if isinstance(type_, (Tuple, List)):
        if not isinstance(value, tuple if isinstance(type_, Tuple) else list):
            return False
        if isinstance(type_, List) and type_.items is None:
            return all(covers(type_.element, v, Sizes()) for v in value)
        return len(type_.items) == len(value) and all(covers(t, v, sizes) for t, v in zip(type_.items, value))
    if isinstance(type_, Range):
        return isinstance(value, range) and (type_.size is None or sizes.check(type_.size, len(value)))
    if isinstance(type_, Constant):
        return type_.value is value or type_.value == value
    if isinstance(type_, Dict):
        return [k for k, _ in type_.items] == list(value) and all(covers(t, value[k], sizes) for k, t in type_.items)
    assert isinstance(type_, Opaque)
    return issubclass(type_.cls, tuple) or isinstance(value, type_.cls)


def _covers_number(type_: Scalar, value: Any, sizes: Sizes) -> bool:
    if isinstance(value, np.generic):
        if type_.dtype not in ("?", value.dtype.name):
            return False
        kind = kind_of_dtype(value.dtype.name)
    elif type(value) in (bool, int, float, complex):
        if type_.dtype not in ("", "?"):
            return False
        kind = type(value).__name__
    else:
        return False
    if KINDS.index(kind) > KINDS.index(type_.kind) or (type_.dtype not in ("", "?") and kind != type_.kind):
        return False
    if type_.value is not NO_VALUE and not (type_.value == value or type_.value != type_.value):
        return False
    return type_.size is None or sizes.check(type_.size, max(0, value))


def typed(function: Callable, args: tuple, keywords: dict) -> Abstract:
    """The type that is found for a call whose sizes are known; it covers what the call gives."""
    found = result_type(
        function, [abstract(a, exact) for a in args], {k: abstract(v, exact) for k, v in keywords.items()}
    )
    assert covers(found, function(*args, **keywords), Sizes()), found
    return found


def is_precise(type_: Abstract) -> bool:
    """Whether class, dtype and rank are all known."""
    if isinstance(type_, Unknown):
        return False
    if isinstance(type_, Array):
        return bool(type_.dtype) and type_.dims is not None
    if isinstance(type_, List) and type_.items is None:
        return is_precise(type_.element)
    if isinstance(type_, (Tuple, List)):
        return all(map(is_precise, type_.items))
    return not (isinstance(type_, Scalar) and type_.dtype == "?")


def has_sizes(type_: Abstract) -> bool:
    """Whether no dim is a mere unknown."""
    if isinstance(type_, Array):
        return type_.dims is not None and all(isinstance(d, int) or isinstance(d.key, tuple) for d in type_.dims)
    return all(map(has_sizes, type_.items)) if isinstance(type_, (Tuple, List)) and type_.items else True
