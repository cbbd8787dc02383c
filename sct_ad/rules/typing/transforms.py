"""Fourier transforms, and other functions whose result has the shape of an argument but for the sizes of some axes."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.probe import probe
from sct_ad.rules.typing.sizes import derived, fresh, length, static
from sct_ad.rules.typing.table import LAST, NONE, members, rule
from sct_ad.runtime.fft import doubled_inside, fitted, many_cotangent
from sct_ad.syntax.dims import Dim, Dims, Size, is_not_one
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    List,
    Matrix,
    Scalar,
    Tuple,
    Unknown,
    elements,
    kind,
    kind_of_dtype,
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
    return Array("float64" if given.dtype == "float64" and all(map(is_double, numbers_in(used))) else "", given.dims)


def like(function: Any, *positions: int | None, real_if_real: bool = False, numbers: bool = False) -> None:
    """Say that a run-time function gives the cotangent of the argument at a position, or a tuple of several.

    A position is None where the type is not known. See `cotangent_type` for the rest.
    """

    @rule(function)
    def cotangents_of(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
        used = [*args, *keywords.values()]
        present = [UNKNOWN if p is None or p >= len(args) else args[p] for p in positions]
        found = [cotangent_type(x, used, real_if_real, numbers) for x in present]
        return found[0] if len(found) == 1 else Tuple(tuple(found))


def cotangent_type(
    x: Abstract, used: Sequence[Abstract], real_if_real: bool = False, numbers: bool = False
) -> Abstract:
    """The type of a cotangent of `x`, which has its shape, as a function computes it of arguments of types `used`.

    Its dtype is known only where everything is double precision; with `real_if_real` also where `x` is real and others
    are complex: the function gives real cotangents to real arguments. With `numbers` it gives numbers to numbers; where
    nothing is said, what belongs to a number or to an array of rank 0 may be either.
    """
    given = numbers_in(used)
    if isinstance(x, Scalar) and numbers and x.kind == "float":
        real = real_if_real or all(kind(v) in ("bool", "int", "float") for v in given)
        return Scalar("float", "?") if real else UNKNOWN
    if not isinstance(x, Array) or not x.dims:
        return UNKNOWN
    if real_if_real and x.dtype == "float64":
        return Array("" if any(map(_is_single, given)) else "float64", x.dims)
    return Array("float64" if all(map(is_double, given)) else "", x.dims)


def numbers_in(used: Sequence[Abstract]) -> list[Abstract]:
    """The types of arguments that may be numbers or arrays, and of those in containers among them."""
    found: list[Abstract] = []
    for value in used:
        if isinstance(value, (Tuple, List)):
            found += numbers_in(elements(value))
        elif isinstance(value, (Array, Scalar, Unknown, Matrix)):
            found.append(value)
    return found


def is_double(value: Abstract) -> bool:
    """Whether a number or array is real and does not make a result single precision."""
    if not isinstance(value, (Array, Scalar, Matrix)):
        return False
    found = value.kind if isinstance(value, Scalar) else kind_of_dtype(value.dtype)
    double = value.dtype == "float64" or (isinstance(value, Scalar) and not value.dtype)
    return found in ("bool", "int") or (found == "float" and double)


def _is_single(value: Abstract) -> bool:
    return isinstance(value, (Array, Scalar, Matrix)) and value.dtype in ("float16", "float32", "complex64")


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
    return cotangent_type(x, [cotangent, x], real_if_real=True)
