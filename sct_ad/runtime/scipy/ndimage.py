"""Transposes of the linear filters of `scipy.ndimage`.

A correlation is z[i] = sum_k w[k] x[i + k - c] with c = len(w) // 2 + origin, and what lies beyond the edges by the
mode. Its transpose is the full convolution of the cotangent with w, of which the part beyond the edges is folded back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.ndimage

from sct_ad.runtime.cotangents import fitting
from sct_ad.runtime.scipy.edges import folded, spread_axis


def correlate1d_cotangent(
    cotangent: Any, x: Any, weights: Any, axis: int = -1, mode: str = "reflect", origin: int = 0
) -> Any:
    """The cotangent of `x` in `correlate1d(x, weights, axis, mode=mode, origin=origin)`, which conjugates weights."""
    dz, weights = np.asarray(cotangent), np.conj(weights)
    size, count = dz.shape[axis], len(weights)
    if dz.size == 0:
        return np.zeros_like(dz)
    shape = list(dz.shape)
    shape[axis] = size + count - 1
    wide = np.zeros(shape, dz.dtype)
    where = [slice(None)] * dz.ndim
    where[axis] = slice(size)
    wide[tuple(where)] = dz
    if count > size:
        wide = np.apply_along_axis(np.convolve, axis, dz, weights)
    elif count > 1:  # shifted so that place m gets the cotangents from m - count + 1 to m
        shift = count - 1 - count // 2
        backwards = np.conj(weights[::-1])  # a correlation conjugates its weights
        wide = scipy.ndimage.correlate1d(wide, backwards, axis, mode="constant", origin=shift)
    else:
        wide = wide * weights[0]
    return fitting(folded(wide, axis % dz.ndim, count // 2 + origin, size, mode), x)


def convolve1d_cotangent(
    cotangent: Any, x: Any, weights: Any, axis: int = -1, mode: str = "reflect", origin: int = 0
) -> Any:
    """The cotangent of `x` in `convolve1d(x, weights, axis, mode=mode, origin=origin)`."""
    return correlate1d_cotangent(cotangent, x, np.conj(weights[::-1]), axis, mode, _turned(len(weights), origin))


def _turned(count: int, origin: int) -> int:
    """The origin of the correlation that a convolution is."""
    return -origin - 1 + count % 2


def weights1d_cotangent(
    cotangent: Any,
    x: Any,
    weights: Any,
    axis: int = -1,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
    turned: bool = False,
) -> Any:
    """The cotangent of the weights in `correlate1d`, or in `convolve1d` if they are `turned`."""
    dz, x, count = np.asarray(cotangent), np.asarray(x), len(weights)
    if dz.size == 0:
        return np.zeros_like(weights)
    origin = _turned(count, origin) if turned else origin
    before = count // 2 + origin
    wide = spread_axis(x, axis % x.ndim, before, count - 1 - before, mode, cval)
    rows = [np.moveaxis(v, axis, -1).reshape(-1, v.shape[axis]) for v in (dz, wide)]
    windows = np.lib.stride_tricks.sliding_window_view(rows[1], x.shape[axis], 1)
    found = np.einsum("ri,rki->k", rows[0], windows)
    return fitting(found[::-1].copy() if turned else np.conj(found), weights)


def correlate_cotangents_nd(
    cotangent: Any,
    x: Any,
    weights: Any,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    axes: Any = None,
    turned: bool = False,
) -> tuple[Any, Any]:
    """The cotangents of x and the weights in `correlate(x, weights)`, or in `convolve` if the weights are `turned`."""
    dz, x, weights = np.asarray(cotangent), np.asarray(x), np.asarray(weights)
    places = _places(axes, x.ndim)
    origins, modes = _each(origin, len(places)), _each(mode, len(places))
    if turned:
        origins = [_turned(n, o) for n, o in zip(weights.shape, origins)]
        weights = np.flip(weights)
    else:
        weights = np.conj(weights)
    kernel = weights
    if len(places) < x.ndim:
        kernel = np.expand_dims(weights, tuple(k for k in range(x.ndim) if k not in places))
    order = np.argsort(places)  # the axes of the kernel are those of `axes`, in its order
    kernel = kernel if list(order) == list(range(len(places))) else _in_order(weights, places, x.ndim)
    shape = list(dz.shape)
    wide = x
    for axis, o, m in zip(places, origins, modes):
        count = kernel.shape[axis]
        shape[axis] += count - 1
        before = count // 2 + o
        wide = spread_axis(wide, axis, before, count - 1 - before, m, cval)
    spread = np.zeros(shape, np.result_type(dz, kernel))
    of_kernel = np.zeros(kernel.shape, np.result_type(dz, x))
    for place in np.ndindex(kernel.shape):
        where = tuple(slice(k, k + n) for k, n in zip(place, dz.shape))
        if kernel[place] != 0:
            spread[where] += kernel[place] * dz
        of_kernel[place] = np.sum(dz * wide[where])
    for axis, o, m in zip(places, origins, modes):
        spread = folded(spread, axis, kernel.shape[axis] // 2 + o, x.shape[axis], m)
    of_weights = _out_of_order(of_kernel, places, weights.shape)
    return fitting(spread, x), fitting(np.array(np.flip(of_weights)) if turned else np.conj(of_weights), weights)


def _in_order(weights: Any, places: list[int], rank: int) -> Any:
    moved = np.transpose(weights, np.argsort(places))
    return np.expand_dims(moved, tuple(k for k in range(rank) if k not in places))


def _out_of_order(of_kernel: Any, places: list[int], shape: tuple[int, ...]) -> Any:
    """The cotangent of the kernel in the order of axes of the weights."""
    sizes = np.array(of_kernel.shape)[sorted(places)]
    ranks = np.argsort(np.argsort(places))
    return np.transpose(of_kernel.reshape(sizes), ranks).reshape(shape)


def _places(axes: Any, rank: int) -> list[int]:
    if axes is None:
        return list(range(rank))
    return [int(axis) % rank for axis in np.atleast_1d(axes)]


def _each(value: Any, count: int) -> list[Any]:
    """One value for each axis."""
    return [value] * count if isinstance(value, str) or np.ndim(value) == 0 else list(value)


def gaussian1d_cotangent(
    cotangent: Any,
    x: Any,
    sigma: float,
    axis: int = -1,
    order: int = 0,
    mode: str = "reflect",
    truncate: float = 4.0,
    radius: int | None = None,
) -> Any:
    """The cotangent of `x` in `gaussian_filter1d`; its weights are read off its answer to a unit."""
    reach = int(truncate * float(sigma) + 0.5) if radius is None else radius
    unit = np.zeros(2 * reach + 1)
    unit[reach] = 1.0
    answer = scipy.ndimage.gaussian_filter1d(
        unit, sigma, order=order, mode="constant", truncate=truncate, **_radius(radius)
    )
    return correlate1d_cotangent(cotangent, x, answer[::-1], axis, mode)


def _radius(radius: int | None) -> dict[str, Any]:
    return {} if radius is None else {"radius": radius}


def gaussian_cotangent(
    cotangent: Any,
    x: Any,
    sigma: Any,
    order: Any = 0,
    mode: Any = "reflect",
    truncate: float = 4.0,
    radius: Any = None,
    axes: Any = None,
) -> Any:
    """The cotangent of `x` in `gaussian_filter`, one axis after the other."""
    places = _places(axes, np.ndim(x))
    given = [_each(v, len(places)) for v in (sigma, order, mode, radius)]
    result = np.asarray(cotangent)
    steps = [step for step in zip(places, *given) if step[1] > 1e-15]
    for axis, width, which, how, reach in reversed(steps):
        result = gaussian1d_cotangent(result, x, width, axis, which, how, truncate, reach)
    return result if steps else result.copy()


def uniform_cotangent(
    cotangent: Any, x: Any, size: Any = 3, mode: Any = "reflect", origin: Any = 0, axes: Any = None
) -> Any:
    """The cotangent of `x` in `uniform_filter`, one axis after the other."""
    places = _places(axes, np.ndim(x))
    given = [_each(v, len(places)) for v in (size, mode, origin)]
    result = np.asarray(cotangent)
    steps = [step for step in zip(places, *given) if step[1] > 1]
    for axis, count, how, where in reversed(steps):
        weights = np.full(int(count), 1.0 / int(count))
        result = correlate1d_cotangent(result, x, weights, axis, how, where)
    return result if steps else result.copy()


def slope_cotangent(cotangent: Any, x: Any, smoothing: Any, axis: int = -1, mode: Any = "reflect") -> Any:
    """The cotangent of `x` in `sobel` and `prewitt`: a difference along one axis, sums of three along the others."""
    rank = np.ndim(x)
    modes, axis = _each(mode, rank), axis % rank
    result = np.asarray(cotangent)
    for other in reversed([k for k in range(rank) if k != axis]):
        result = correlate1d_cotangent(result, x, smoothing, other, modes[other])
    return correlate1d_cotangent(result, x, [-1.0, 0.0, 1.0], axis, modes[axis])


def laplace_cotangent(cotangent: Any, x: Any, mode: Any = "reflect", axes: Any = None) -> Any:
    """The cotangent of `x` in `laplace`: second differences along each axis."""
    places = _places(axes, np.ndim(x))
    parts = [
        correlate1d_cotangent(cotangent, x, [1.0, -2.0, 1.0], axis, how)
        for axis, how in zip(places, _each(mode, len(places)))
    ]
    return sum(parts[1:], parts[0])


def gaussian_laplace_cotangent(
    cotangent: Any, x: Any, sigma: Any, mode: Any = "reflect", axes: Any = None, **options: Any
) -> Any:
    """The cotangent of `x` in `gaussian_laplace`: second derivatives of the smoothed array."""
    return _of_derivatives(2, lambda k: cotangent, x, sigma, mode, axes, options)


def gaussian_magnitude_cotangent(
    cotangent: Any, z: Any, x: Any, sigma: Any, mode: Any = "reflect", cval: Any = 0.0, axes: Any = None
) -> Any:
    """The cotangent of `x` in `gaussian_gradient_magnitude`; 0 where the gradient is 0."""
    scale = np.asarray(cotangent) / (z + (z == 0))
    return _of_derivatives(1, lambda k: scale * _slope(x, k, sigma, mode, cval, axes), x, sigma, mode, axes, {})


def gaussian_magnitude_cotangent_tangent(
    cotangent: Any,
    z: Any,
    x: Any,
    sigma: Any,
    mode: Any,
    cval: Any,
    axes: Any,
    of_cotangent: Any,
    of_z: Any,
    of_x: Any,
) -> Any:
    """The tangent of `gaussian_magnitude_cotangent`; None for what does not change."""
    scale = np.asarray(cotangent) / (z + (z == 0))
    change = np.zeros_like(scale) if of_cotangent is None else of_cotangent / (z + (z == 0))
    if of_z is not None:
        change = change - scale * of_z / (z + (z == 0))

    def part(k: int) -> Any:
        moved = change * _slope(x, k, sigma, mode, cval, axes)
        return moved if of_x is None else moved + scale * _slope(of_x, k, sigma, mode, 0.0, axes)

    return _of_derivatives(1, part, x, sigma, mode, axes, {})


def _slope(x: Any, along: int, sigma: Any, mode: Any, cval: Any, axes: Any) -> Any:
    order = [int(axis == along) for axis in _places(axes, np.ndim(x))]
    where = {} if axes is None else {"axes": axes}
    return scipy.ndimage.gaussian_filter(x, sigma, order, mode=mode, cval=cval, **where)


def _of_derivatives(
    order: int, part: Callable[[int], Any], x: Any, sigma: Any, mode: Any, axes: Any, options: dict[str, Any]
) -> Any:
    places = _places(axes, np.ndim(x))
    total = np.zeros(np.shape(x), np.result_type(np.asarray(x), np.float32))
    for k in places:
        orders = [order * (axis == k) for axis in places]
        total = total + gaussian_cotangent(part(k), x, sigma, orders, mode, axes=axes, **options)
    return total


def gaussian_magnitude_tangent(
    dx: Any, z: Any, x: Any, sigma: Any, mode: Any = "reflect", cval: Any = 0.0, axes: Any = None
) -> Any:
    """The tangent of `z = gaussian_gradient_magnitude(x)`; 0 where the gradient is 0."""
    total = np.zeros_like(z)
    for k in _places(axes, np.ndim(x)):
        total = total + _slope(x, k, sigma, mode, cval, axes) * _slope(dx, k, sigma, mode, 0.0, axes)
    return total / (z + (z == 0))


def smoothed_slope(x: Any, smoothing: Any, axis: int = -1, mode: Any = "reflect") -> Any:
    """What `sobel` and `prewitt` compute: a difference along one axis, sums of three along the others."""
    x = np.asarray(x)
    modes, axis = _each(mode, x.ndim), axis % x.ndim
    result = scipy.ndimage.correlate1d(x, [-1.0, 0.0, 1.0], axis, mode=modes[axis])
    for other in range(x.ndim):
        if other != axis:
            result = scipy.ndimage.correlate1d(result, smoothing, other, mode=modes[other])
    return result


def any_gaussian(x: Any, sigma: Any, order: Any, mode: Any, truncate: float, radius: Any, axes: Any) -> Any:
    """The Gaussian filter along some axes or all."""
    where = {} if axes is None else {"axes": axes}
    return scipy.ndimage.gaussian_filter(x, sigma, order, mode=mode, truncate=truncate, **_radius(radius), **where)


def any_correlation(
    x: Any, weights: Any, mode: Any, cval: Any = 0.0, origin: Any = 0, axes: Any = None, turned: bool = False
) -> Any:
    """The correlation, or the convolution if the weights are `turned`, along some axes or all."""
    where = {} if axes is None else {"axes": axes}
    function = scipy.ndimage.convolve if turned else scipy.ndimage.correlate
    return function(x, weights, mode=mode, cval=cval, origin=origin, **where)


def correlate_cotangents_tangent(
    cotangent: Any,
    x: Any,
    weights: Any,
    mode: Any,
    cval: Any,
    origin: Any,
    axes: Any,
    turned: bool,
    dz: Any,
    dx: Any,
    dw: Any,
) -> tuple[Any, Any]:
    """The tangents of `correlate_cotangents_nd` along dz, dx and dw, each of which may be None."""
    left, right = np.zeros_like(x), np.zeros_like(weights)
    if dz is not None:
        left, right = correlate_cotangents_nd(dz, x, weights, mode, cval, origin, axes, turned)
    if dx is not None:
        right = right + correlate_cotangents_nd(cotangent, dx, weights, mode, 0.0, origin, axes, turned)[1]
    if dw is not None:
        left = left + correlate_cotangents_nd(cotangent, x, dw, mode, 0.0, origin, axes, turned)[0]
    return left, right
