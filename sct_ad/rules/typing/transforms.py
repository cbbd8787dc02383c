"""Fourier transforms, and other functions whose result has the shape of an argument but for the sizes of some axes."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.probe import probe
from sct_ad.rules.typing.sizes import derived, fresh, length, static
from sct_ad.rules.typing.table import LAST, NONE, members, rule
from sct_ad.runtime.fft import doubled_inside, fitted, many_cotangent
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dim,
    Dims,
    List,
    Scalar,
    Size,
    Tuple,
    Unknown,
    is_not_one,
)


def tried(function: Any, dims: Dims | None, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """The result of a function, whose rank and dtype are tried out, with these dims."""
    found = probe(function, args, keywords)
    if isinstance(found, Array) and found.dims is not None and dims is not None and len(found.dims) == len(dims):
        return Array(found.dtype, dims)
    return found


def same_shape(*functions: Any, position: int = 0, names: tuple[str, ...] = ()) -> None:
    """Say that the results of functions have the shape of the argument at a position, or by one of these names."""

    @rule(*functions)
    def shaped_like(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
        given = as_array(args[position] if len(args) > position else next(keywords[n] for n in names if n in keywords))
        found = tried(function, given.dims, list(args), keywords)
        return double_like(given, [*args, *keywords.values()]) if isinstance(found, Unknown) else found


def double_like(given: Array, used: list[Abstract]) -> Abstract:
    """The shape of an array, for a function that gives double precision for double precision."""
    if given.dims is None:
        return UNKNOWN
    numbers = [as_array(v) if isinstance(v, (Tuple, List)) else v for v in used if not isinstance(v, Constant)]
    double = given.dtype == "float64" and all(map(_is_double, numbers))
    return Array("float64" if double else "", given.dims)


def like(function: Any, *positions: int) -> None:
    """Say that a run-time function gives the cotangent of the argument at a position, or a tuple of several."""

    @rule(function)
    def cotangents_of(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
        used = [*args, *keywords.values()]
        found = [cotangent_type(args[p], used) if p < len(args) else UNKNOWN for p in positions]
        return found[0] if len(found) == 1 else Tuple(tuple(found))


def cotangent_type(x: Abstract, used: list[Abstract]) -> Abstract:
    """The type of a cotangent of `x`, an array: its dtype is known only where everything is double precision."""
    if not isinstance(x, Array) or not x.dims:
        return UNKNOWN
    numbers = [v for v in used if isinstance(v, (Array, Scalar, Unknown))]
    return Array("float64" if all(map(_is_double, numbers)) else "", x.dims)


def _is_double(value: Abstract) -> bool:
    if isinstance(value, Scalar):
        return value.kind in ("bool", "int", "float") and value.dtype in ("", "float64", "int64")
    return isinstance(value, Array) and value.dtype in ("bool", "int64", "float64")


def half(size: Size) -> Size:
    """The size of half a spectrum: n // 2 + 1."""
    return size // 2 + 1 if isinstance(size, int) else _never_one(derived("half", size), is_not_one(size))


def whole(size: Size) -> Size:
    """The size that belongs to half a spectrum by default: 2 * (n - 1)."""
    return 2 * (size - 1) if isinstance(size, int) else _never_one(derived("whole", size))


def _never_one(size: Size, really: bool = True) -> Size:
    """A size that is known not to be 1: there is no transform of nothing."""
    return replace(size, not_one=really) if isinstance(size, Dim) else size


def _changed(dims: Dims, axis: int, size: Size) -> Dims:
    axis %= len(dims)
    return (*dims[:axis], size, *dims[axis + 1 :])


def _size(dims: Dims, axis: int, n: Abstract, make: Callable[[Size], Size] | None, given: Any) -> Size:
    """The size that an axis gets: `make` of the default or given size, or the given one itself."""
    if static(n) is None:
        return dims[axis] if make is None else make(dims[axis])
    return given(length(n))


_KINDS: dict[str, tuple[Callable[[Size], Size] | None, Callable[[Size], Size]]] = {
    "": (None, lambda size: size),
    "half": (half, half),
    "whole": (whole, lambda size: size),
}


def register(module: types.ModuleType) -> None:
    """Register the transforms of numpy.fft or scipy.fft."""
    for names, which in (
        ("fft ifft", ""), ("rfft ihfft", "half"), ("irfft hfft", "whole"),
    ):  # fmt: skip
        _register_one(members(module, names), *_KINDS[which])
        several = [name + ending for name in names.split() for ending in ("2", "n")]
        _register_many(members(module, several), *_KINDS[which])


def _register_one(functions: list[Any], default: Any, given: Any) -> None:
    @rule(*functions)
    def one_axis(
        function: Any, a: Abstract, n: Abstract = NONE, axis: Abstract = LAST, norm: Abstract = NONE, **rest: Abstract
    ) -> Abstract:
        array, number = as_array(a), static(axis)
        dims = None
        if array.dims and type(number) is int and -len(array.dims) <= number < len(array.dims):
            dims = _changed(array.dims, number, _size(array.dims, number, n, default, given))
        size = n if static(n) is None else Scalar("int", "", 3)
        return tried(function, dims, [array, size, axis, norm], rest)


def _register_many(functions: list[Any], default: Any, given: Any) -> None:
    @rule(*functions)
    def several_axes(
        function: Any, a: Abstract, s: Abstract = NONE, axes: Abstract = NONE, norm: Abstract = NONE, **rest: Abstract
    ) -> Abstract:
        array, places = as_array(a), static(axes)
        if places is None and function.__name__.endswith("2") and axes is NONE:
            places = (-2, -1)
        dims, sizes = array.dims, s.items if isinstance(s, Tuple) else None
        if dims is not None and places is None:
            places = tuple(range(len(dims))) if sizes is None else tuple(range(-len(sizes), 0))
        known = static(s) is None or sizes is not None
        if dims and known and places is not NO_VALUE and places and all(-len(dims) <= p < len(dims) for p in places):
            for k, place in enumerate(places):
                n = NONE if sizes is None else sizes[k]
                last = k == len(places) - 1
                size = _size(dims, place, n, default if last else None, given if last else lambda size: size)
                dims = _changed(dims, place, size)
        else:
            dims = None if array.dims is None else tuple(fresh() for _ in array.dims)
        keywords = {"norm": norm, **rest} if axes is NONE else {"axes": axes, "norm": norm, **rest}
        return tried(function, dims, [array], keywords)


register(np.fft)
same_shape(np.fft.fftshift, np.fft.ifftshift, names=("x",))


@rule(doubled_inside)
def of_the_same_shape(function: Any, half: Abstract, *rest: Abstract) -> Abstract:
    """As the argument."""
    return half


@rule(fitted)
def of_another_size(function: Any, cotangent: Abstract, size: Abstract, axis: Abstract = LAST) -> Abstract:
    """One axis gets the given size."""
    number = static(axis)
    if not isinstance(cotangent, Array) or not cotangent.dims or type(number) is not int:
        return UNKNOWN
    return Array(cotangent.dtype, _changed(cotangent.dims, number, length(size)))


@rule(many_cotangent)
def of_many(function: Any, cotangent: Abstract, x: Abstract, name: Abstract, *args: Abstract, **rest: Abstract) -> Any:
    """Real for a real argument."""
    if isinstance(x, Array) and x.dims and x.dtype == "float64":
        return x
    return cotangent_type(x, [cotangent, x])
