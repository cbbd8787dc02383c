"""Tangents of functions of `numpy.polynomial`, for any of its bases: what differs between them is passed in.

NumPy cuts off trailing zeros of series. A tangent has zeros where its series has none, and is made as long as the
result: `enough`. Tangents that are None are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.cotangents import fitting
from sct_ad.runtime.recurrences import enough, steps, times_x
from sct_ad.runtime.series import basis_slopes, spread_roots, without_trailing_zeros

Function = Callable[..., Any]


def as_long(values: Any, z: Any, axis: int = 0) -> Any:
    """Values cut off, or filled up with zeros, to the size of `z` along an axis."""
    size, have = np.shape(z)[axis], np.shape(values)[axis]
    if size == have:
        return values
    return np.moveaxis(enough(np.moveaxis(np.asarray(values), axis, 0), size), 0, axis)


def series_grid_tangent(points: Any, changes: Any, c: Any, grid: Function, der: Function) -> Any:
    """The tangent of `grid2d(x, y, c)` or `grid3d(x, y, z, c)` by the points."""
    total, after = 0.0, sum(map(np.ndim, points))
    for k, change in enumerate(changes):
        after = after - np.ndim(points[k])
        if change is not None:
            moved = np.reshape(change, np.shape(points[k]) + (1,) * after)
            total = total + grid(*points, der(c, axis=k)) * moved
    return total


def series_vander_tangent(x: Any, dx: Any, deg: int, der: Function, vander: Function) -> Any:
    """The tangent of `vander(x, deg)`."""
    return fitting(basis_slopes(np.atleast_1d(x), deg, der, vander) * np.atleast_1d(dx)[..., None], x)


def series_vanders_tangent(points: Any, changes: Any, deg: Any, der: Function, vander: Function) -> Any:
    """The tangent of `vander2d(x, y, deg)` or `vander3d(x, y, z, deg)`."""
    places = [np.atleast_1d(x) for x in points]
    bases = [vander(x, int(n)) for x, n in zip(places, deg)]
    total: Any = 0.0
    for k, change in enumerate(changes):
        if change is None:
            continue
        slopes = basis_slopes(places[k], int(deg[k]), der, vander) * np.atleast_1d(change)[..., None]
        product = np.ones((*places[0].shape, 1), slopes.dtype)
        for j, basis in enumerate(bases):
            wide = product[..., :, None] * (slopes if j == k else basis)[..., None, :]
            product = wide.reshape(*places[0].shape, -1)
        total = total + product
    return np.asarray(total, np.result_type(*bases))


def series_bound_tangent(z: Any, c: Any, lbnd: Any, dlbnd: Any, scl: Any, axis: int, val: Function) -> Any:
    """The tangent of the integral `int(c, 1, k, lbnd, scl, axis)` by its lower bound."""
    found = np.zeros_like(z)
    np.moveaxis(found, axis, 0)[0] = -val(lbnd, np.moveaxis(np.asarray(c), axis, 0)) * scl * dlbnd
    return found


def series_line_tangent(z: Any, doff: Any, dscl: Any, line: Function) -> Any:
    """The tangent of `z = line(off, scl)`."""
    unit = line(0.0, 1.0)
    found = np.array([0.0 if doff is None else doff, 0.0])
    return np.array(fitting(enough(found if dscl is None else found + unit * dscl, np.size(z)), z))


def series_sum_tangent(z: Any, dc1: Any, dc2: Any, sign: float) -> Any:
    """The tangent of `z = c1 + sign * c2`."""
    found = np.zeros_like(z)
    if dc1 is not None:
        found = found + enough(np.atleast_1d(dc1), np.size(z))
    return found if dc2 is None else found + sign * enough(np.atleast_1d(dc2), np.size(z))


def series_product_tangent(z: Any, c1: Any, c2: Any, dc1: Any, dc2: Any, mul: Function) -> Any:
    """The tangent of `z = mul(c1, c2)`."""
    found: Any = 0.0 if dc1 is None else enough(mul(dc1, c2), np.size(z))
    return found if dc2 is None else found + enough(mul(c1, dc2), np.size(z))


def series_quotient_tangent(
    z: Any, c1: Any, c2: Any, dc1: Any, dc2: Any, mul: Function, sub: Function, div: Function
) -> tuple[Any, Any]:
    """The tangents of `quo, rem = div(c1, c2)`: what dc1 - quo dc2 gives divided by c2."""
    rest = np.zeros(1) if dc1 is None else enough(np.atleast_1d(dc1), len(without_trailing_zeros(c1)))
    if dc2 is not None:
        rest = sub(rest, mul(z[0], enough(np.atleast_1d(dc2), len(without_trailing_zeros(c2)))))
    quotient, remainder = div(rest, c2)
    return enough(quotient, np.size(z[0])), enough(remainder, np.size(z[1]))


def series_power_tangent(z: Any, c: Any, dc: Any, pow: int, mul: Function, power: Function) -> Any:
    """The tangent of `z = power(c, pow)`."""
    if pow == 0:
        return np.zeros_like(z)
    return enough(pow * mul(power(c, pow - 1, None), dc), np.size(z))


def series_of_roots_tangent(roots: Any, droots: Any, mulx: Function) -> Any:
    """The tangent of the product of all (x - root), one root after the other."""
    given, moved = np.ravel(roots), np.ravel(droots)
    at = steps(mulx, given.size + 1)
    product = np.ones(1, np.result_type(given, float))
    change = np.zeros(1, np.result_type(given, moved, float))
    for k in spread_roots(given):
        grown = times_x(change, at)
        grown[:-1] -= given[k] * change + moved[k] * product
        larger = times_x(product, at)
        larger[:-1] -= given[k] * product
        product, change = larger, grown
    return fitting(change, roots)


def series_roots_tangent(z: Any, c: Any, dc: Any, val: Function, der: Function, vander: Function) -> Any:
    """The tangent of the roots `z` of a series: dr = -sum_k dc_k T_k(r) / P'(r)."""
    if np.size(z) == 0:
        return np.zeros_like(z)
    return fitting(-(vander(z, np.size(c) - 1) @ np.asarray(dc)) / val(z, der(c)), z)


def series_companion_tangent(z: Any, c: Any, dc: Any, mulx: Function) -> Any:
    """The tangent of the companion matrix `z`, see `series_companion_cotangent`."""
    c = without_trailing_zeros(c)
    dc, n = enough(np.asarray(dc), len(c)), len(c) - 1
    at, units = steps(mulx, n), np.ones(n)
    if at.falling is not None:
        units[:-1] = np.cumprod(np.sqrt(at.rising[:-1] / at.falling[1:])[::-1])[::-1]
    found = np.zeros(np.shape(z), np.result_type(np.asarray(z), dc))
    found[:, -1] = -at.rising[-1] * units * (dc[:-1] - c[:-1] / c[-1] * dc[-1]) / c[-1]
    return found


def fit_tangent(z: Any, x: Any, y: Any, w: Any, basis: Any, slopes: Any, dx: Any, dy: Any, dw: Any) -> Any:
    """The tangent of the weighted least-squares fit `z`, see `fit_cotangents`."""
    x, y, z = (np.asarray(v) for v in (x, y, z))
    weights = np.ones(len(x), basis.dtype) if w is None else np.asarray(w)
    matrix, columns = basis * weights[:, None], y.reshape(len(x), -1)
    scale = np.sqrt(np.sum(np.abs(matrix) ** 2, axis=0))
    scale = np.where(scale == 0, 1.0, scale)
    scaled = matrix / scale
    inverse = np.linalg.pinv(scaled, rcond=len(x) * np.finfo(scaled.dtype).eps)
    fitted = z.reshape(len(z), -1) * scale[:, None]
    moved, rate = np.zeros(matrix.shape, matrix.dtype), np.zeros(columns.shape, columns.dtype)
    if dx is not None:
        moved = moved + slopes * (weights * np.asarray(dx))[:, None]
    if dy is not None:
        rate = rate + np.reshape(dy, columns.shape) * weights[:, None]
    if dw is not None:
        moved = moved + basis * np.asarray(dw)[:, None]
        rate = rate + columns * np.asarray(dw)[:, None]
    scale_rate = np.real(np.sum(np.conj(matrix) * moved, axis=0)) / scale
    moved = (moved - scaled * scale_rate) / scale
    residual = columns * weights[:, None] - scaled @ fitted
    turned = np.conj(moved.T)
    found = inverse @ (rate - moved @ fitted) + inverse @ (np.conj(inverse.T) @ (turned @ residual))
    beside = turned @ (np.conj(inverse.T) @ fitted)
    found = found + beside - inverse @ (scaled @ beside)
    return np.reshape((found - fitted * (scale_rate / scale)[:, None]) / scale[:, None], z.shape)


def series_fit_tangent(
    z: Any, x: Any, y: Any, deg: Any, w: Any, dx: Any, dy: Any, dw: Any, der: Function, vander: Function
) -> Any:
    """The tangent of `z = fit(x, y, deg, w=w)`; a list of degrees leaves the others out."""
    if np.ndim(deg) == 0:
        return fit_tangent(z, x, y, w, vander(x, deg), basis_slopes(x, deg, der, vander), dx, dy, dw)
    chosen = np.sort(deg)
    top = int(chosen[-1])
    basis, slopes = vander(x, top)[:, chosen], basis_slopes(x, top, der, vander)[:, chosen]
    found = np.zeros_like(z)
    found[chosen] = fit_tangent(np.asarray(z)[chosen], x, y, w, basis, slopes, dx, dy, dw)
    return found


# Polynomials whose coefficients begin with that of the highest power --------------------------------------------------


def polyval_tangent(p: Any, x: Any, dp: Any, dx: Any) -> Any:
    """The tangent of `np.polyval(p, x)`, by its own recurrence."""
    p, x = np.asarray(p), np.asarray(x)
    value, change = np.zeros_like(x), np.zeros_like(x)
    for k in range(len(p)):
        change = change * x
        if dx is not None:
            change = change + value * dx
        if dp is not None:
            change = change + np.asarray(dp)[k]
        value = value * x + p[k]
    return change


def last_coefficients(values: Any, z: Any) -> Any:
    """The last coefficients, as many as there are in `z`; zeros for what is missing in front."""
    return enough(np.atleast_1d(values)[::-1], np.size(z))[::-1].copy()


def polymul_tangent(z: Any, a1: Any, a2: Any, da1: Any, da2: Any) -> Any:
    """The tangent of `z = np.polymul(a1, a2)`, which cuts off leading zeros."""
    if 0 in (np.size(a1), np.size(a2)):
        return np.zeros_like(z)
    found: Any = 0.0 if da1 is None else last_coefficients(np.convolve(da1, a2), z)
    return found if da2 is None else found + last_coefficients(np.convolve(a1, da2), z)


def polydiv_tangent(z: Any, u: Any, v: Any, du: Any, dv: Any) -> tuple[Any, Any]:
    """The tangents of `q, r = np.polydiv(u, v)`: what du - q dv gives divided by v."""
    u, v, q = np.atleast_1d(u), np.atleast_1d(v), np.asarray(z[0])
    count = len(u) - len(v) + 1
    rest = np.zeros(len(u), np.result_type(u, v, np.float32)) if du is None else np.atleast_1d(du) + 0.0
    if count <= 0:
        return np.zeros_like(q), last_coefficients(rest, z[1])
    if dv is not None:
        rest = rest - np.convolve(q, np.atleast_1d(dv))
    rest = np.array(rest, np.result_type(rest, v))
    found = np.zeros(count, rest.dtype)
    for k in range(count):
        found[k] = rest[k] / v[0]
        rest[k : k + len(v)] -= found[k] * v
    return found, last_coefficients(rest, z[1])


def poly_tangent(z: Any, seq_of_zeros: Any, change: Any) -> Any:
    """The tangent of `z = np.poly(seq_of_zeros)`, see `poly_cotangent`."""
    a, change = np.asarray(seq_of_zeros), np.asarray(change)
    if a.ndim == 2 and a.shape[0] == a.shape[1] != 0:
        adjugate, found = np.eye(len(a)), np.zeros(len(z), np.result_type(np.asarray(z), change))
        for k in range(1, len(z)):
            found[k] = -np.sum(adjugate.T * change)
            adjugate = a @ adjugate + z[k] * np.eye(len(a))
        return found
    if a.size == 0:
        return np.zeros_like(z)
    return series_of_roots_tangent(a, change, np.polynomial.polynomial.polymulx)[::-1].copy()


def roots_tangent(z: Any, p: Any, dp: Any) -> Any:
    """The tangent of the roots `z` of p, see `roots_cotangent`."""
    p = np.asarray(p)
    if np.size(z) == 0:
        return np.zeros_like(z)
    return fitting(-(np.vander(z, p.size) @ np.asarray(dp)) / np.polyval(np.polyder(p), z), z)


def polyfit_tangent(z: Any, x: Any, y: Any, deg: int, w: Any, dx: Any, dy: Any, dw: Any) -> Any:
    """The tangent of `z = np.polyfit(x, y, deg, w=w)`."""
    basis = np.vander(x, deg + 1)
    slopes = np.zeros_like(basis)
    slopes[:, :-1] = basis[:, 1:] * np.arange(deg, 0, -1)
    return fit_tangent(z, x, y, w, basis, slopes, dx, dy, dw)


def vander_tangent(z: Any, x: Any, dx: Any, increasing: bool = False) -> Any:
    """The tangent of `z = np.vander(x, N, increasing)`."""
    n, found = np.shape(z)[1], np.zeros_like(z)
    if n > 1:
        slopes = np.arange(1, n) * np.vander(x, n - 1, increasing=True) * np.asarray(dx)[:, None]
        found[:, 1:] = slopes
    return found if increasing else found[:, ::-1].copy()
