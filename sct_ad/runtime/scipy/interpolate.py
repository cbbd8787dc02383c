"""Derivatives of interpolants by the points at which they are evaluated, where the interpolant has none of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.interpolate import CubicHermiteSpline, CubicSpline, PchipInterpolator, PPoly

from sct_ad.runtime.cotangents import fitting


def point_cotangent(cotangent: Any, x: Any, slope: Any, axis: int) -> Any:
    """The cotangent of the points of an interpolant whose values are arrays: summed over all but the points' axes."""
    product = np.asarray(cotangent) * slope
    rank = np.ndim(x)
    others = tuple(k for k in range(product.ndim) if not axis <= k < axis + rank)
    return fitting(np.sum(product, axis=others), x)


def point_tangent(slope: Any, dx: Any, axis: int) -> Any:
    """The tangent of an interpolant whose values are arrays, which have the points' axes in place of one of theirs."""
    dx, slope = np.asarray(dx), np.asarray(slope)
    after = slope.ndim - axis - dx.ndim
    return slope * dx.reshape(*[1] * axis, *dx.shape, *[1] * after)


def linear_slope(interpolant: Any, x: Any) -> Any:
    """The slope of a linear `interp1d`; 0 where it gives a constant beyond the ends."""
    knots, values = interpolant.x, interpolant.y
    values = np.moveaxis(values, interpolant.axis, 0)
    points = np.asarray(x)
    upper = np.clip(np.searchsorted(knots, points), 1, len(knots) - 1)
    shape = (*points.shape, *[1] * (values.ndim - 1))
    width = (knots[upper] - knots[upper - 1]).reshape(shape)
    slope = (values[upper] - values[upper - 1]) / width
    if not (isinstance(interpolant.fill_value, str) and interpolant.fill_value == "extrapolate"):
        inside = (points >= knots[0]) & (points <= knots[-1])
        slope = np.where(inside.reshape(shape), slope, 0.0)
    where = interpolant.axis % values.ndim
    return np.moveaxis(slope, range(points.ndim, slope.ndim)[:where], range(where))


def grid_cotangent(cotangent: Any, interpolant: Any, xi: Any, method: str | None = None) -> Any:
    """The cotangent of the points of a `RegularGridInterpolator`, in the shape of an array of points.

    In a cell, the linear method is linear along each axis: its slope is that between both sides of the cell.
    """
    points = _points_of_grid(xi, interpolant)
    dz = np.asarray(cotangent)
    found = np.zeros(points.shape, np.result_type(dz, points))
    for k, slope in _slopes_on_grid(interpolant, points, method):
        product = dz.reshape(slope.shape) * slope
        found[..., k] = np.sum(product, axis=tuple(range(points.ndim - 1, product.ndim)))
    return fitting(found.reshape(np.shape(xi)), xi)


def grid_tangent(interpolant: Any, xi: Any, dxi: Any, method: str | None = None) -> Any:
    """The tangent of a `RegularGridInterpolator` along `dxi`."""
    points, moved, found = _points_of_grid(xi, interpolant), _points_of_grid(dxi, interpolant), 0.0
    for k, slope in _slopes_on_grid(interpolant, points, method):
        rate = moved[..., k]
        found = found + slope * rate.reshape(*rate.shape, *[1] * (slope.ndim - rate.ndim))
    return found


def _points_of_grid(xi: Any, interpolant: Any) -> Any:
    points, dimensions = np.asarray(xi, dtype=float), len(interpolant.grid)
    return points.reshape(*points.shape[:-1], dimensions) if points.ndim > 1 else points.reshape(-1, dimensions)


def _slopes_on_grid(interpolant: Any, points: Any, method: str | None) -> Iterator[tuple[int, Any]]:
    """The slopes along each axis."""
    method = interpolant.method if method is None else method
    for k, knots in enumerate(interpolant.grid):
        if method == "linear":
            lower = np.clip(np.searchsorted(knots, points[..., k], side="right") - 1, 0, len(knots) - 2)
            left, right = points.copy(), points.copy()
            left[..., k], right[..., k] = knots[lower], knots[lower + 1]
            inside = (points[..., k] >= knots[0]) & (points[..., k] <= knots[-1])
            if interpolant.fill_value is None:
                inside = np.ones_like(inside)
            rise = interpolant(right, method) - interpolant(left, method)
            width = knots[lower + 1] - knots[lower]
            slope = rise / width.reshape(*width.shape, *[1] * (rise.ndim - width.ndim))
            slope = np.where(inside.reshape(*inside.shape, *[1] * (rise.ndim - inside.ndim)), slope, 0.0)
        else:
            slope = interpolant(points, method, nu=[int(j == k) for j in range(len(interpolant.grid))])
        yield k, slope


# Interpolants that are made in the function ---------------------------------------------------------------------------


def piecewise_value(c: Any, x: Any, t: Any, nu: int = 0, extrapolate: Any = True) -> Any:
    """The polynomials with coefficients `c` between the knots `x`, at the points `t`."""
    return PPoly.construct_fast(np.asarray(c), np.asarray(x, dtype=float), extrapolate)(t, nu)


def piecewise_cotangents(
    cotangent: Any, c: Any, x: Any, t: Any, nu: int = 0, extrapolate: Any = True
) -> tuple[Any, ...]:
    """The cotangents of c, x and t in `piecewise_value(c, x, t, nu, extrapolate)`.

    A polynomial is one of t - x[i], so that a knot and the points after it have opposite derivatives.
    """
    c, x, t, dz = np.asarray(c), np.asarray(x), np.asarray(t, dtype=float), np.asarray(cotangent)
    points = t.ravel()
    rows = dz.reshape(points.size, -1)
    interval = np.clip(np.searchsorted(x, points, side="right") - 1, 0, len(x) - 2)
    if extrapolate is False:
        rows = np.where(((points >= x[0]) & (points <= x[-1]))[:, None], rows, 0.0)
    slope = np.nan_to_num(piecewise_value(c, x, points, nu + 1, extrapolate)).reshape(points.size, -1)
    of_t = np.sum(rows * slope, axis=1)
    of_x = np.zeros(len(x), of_t.dtype)
    np.add.at(of_x, interval, -of_t)
    of_c = np.zeros((*c.shape[:2], rows.shape[1]), np.result_type(c, dz))
    degree = len(c) - 1
    for k in range(degree - nu + 1):
        power = degree - k
        factor = float(np.prod(np.arange(power, power - nu, -1))) if nu else 1.0
        np.add.at(of_c[k], interval, rows * (factor * (points - x[interval]) ** (power - nu))[:, None])
    return fitting(of_c.reshape(c.shape), c), fitting(of_x, x), fitting(of_t.reshape(t.shape), t)


def piecewise_tangent(c: Any, x: Any, t: Any, nu: int, extrapolate: Any, dx: Any, dt: Any) -> Any:
    """The tangent of `piecewise_value(c, x, t, nu, extrapolate)` along dx and dt, each of which may be None."""
    x, t = np.asarray(x), np.asarray(t, dtype=float)
    slope = piecewise_value(c, x, t, nu + 1, extrapolate)
    moved = 0.0 if dt is None else np.asarray(dt)
    if dx is not None:
        interval = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2)
        moved = moved - np.asarray(dx)[interval]
    return slope * np.reshape(moved, (*t.shape, *[1] * (slope.ndim - t.ndim)))


def spline_coefficients(x: Any, y: Any, bc_type: Any = "not-a-knot") -> Any:
    """The coefficients of `CubicSpline(x, y, bc_type=bc_type)`."""
    return CubicSpline(x, y, bc_type=bc_type).c


def spline_coefficients_cotangent(cotangent: Any, x: Any, y: Any, bc_type: Any = "not-a-knot") -> Any:
    """The cotangent of y in `spline_coefficients(x, y, bc_type)`, which is affine in y."""
    units = np.eye(len(y))
    matrix = CubicSpline(x, units, bc_type=without_slopes(bc_type, units)).c
    return fitting(np.tensordot(matrix, np.asarray(cotangent), ((0, 1), (0, 1))), y)


def without_slopes(bc_type: Any, y: Any) -> Any:
    """The conditions at the ends of a spline with zeros for the derivatives they prescribe, which are constants."""
    if isinstance(bc_type, str):
        return bc_type
    zero = np.zeros(np.shape(y)[1:]) if np.ndim(y) > 1 else 0.0
    return tuple(end if isinstance(end, str) else (end[0], zero) for end in bc_type)


def hermite_coefficients(x: Any, y: Any, dydx: Any) -> Any:
    """The coefficients of `CubicHermiteSpline(x, y, dydx)`."""
    return CubicHermiteSpline(x, y, dydx).c


def hermite_coefficients_cotangents(cotangent: Any, x: Any, y: Any, dydx: Any) -> tuple[Any, Any, Any]:
    """The cotangents of x, y and dydx in `hermite_coefficients(x, y, dydx)`.

    With h the steps, m the slopes of the segments and t = (s0 + s1 - 2 m) / h, where s0 and s1 are the slopes at their
    ends, the coefficients are t / h, (m - s0) / h - t, s0 and y0.
    """
    x, y, slopes = (np.asarray(v, dtype=float) for v in (x, y, dydx))
    g0, g1, g2, g3 = np.asarray(cotangent)
    h = np.diff(x).reshape(-1, *[1] * (y.ndim - 1))
    m = np.diff(y, axis=0) / h
    t = (slopes[:-1] + slopes[1:] - 2 * m) / h
    of_t = g0 / h - g1
    of_m = g1 / h - 2 * of_t / h
    of_h = -g0 * t / h**2 - g1 * (m - slopes[:-1]) / h**2 - of_t * t / h - of_m * m / h
    of_slopes, of_y = np.zeros_like(slopes), np.zeros_like(y)
    of_slopes[:-1] += of_t / h - g1 / h + g2
    of_slopes[1:] += of_t / h
    of_y[:-1] += g3 - of_m / h
    of_y[1:] += of_m / h
    steps = np.sum(of_h.reshape(len(of_h), -1), axis=1)
    return fitting(_of_points(steps), x), fitting(of_y, y), fitting(of_slopes, slopes)


def hermite_coefficients_tangent(x: Any, y: Any, slopes: Any, dx: Any, dy: Any, dslopes: Any) -> Any:
    """The tangent of `hermite_coefficients(x, y, slopes)` along dx, dy and dslopes, each of which may be None."""
    x, y, slopes = (np.asarray(v, dtype=float) for v in (x, y, slopes))
    dy = np.zeros_like(y) if dy is None else np.asarray(dy)
    dslopes = np.zeros_like(slopes) if dslopes is None else np.asarray(dslopes)
    shape = [-1] + [1] * (y.ndim - 1)
    h, dh = np.diff(x).reshape(shape), 0.0 if dx is None else np.diff(dx).reshape(shape)
    m = np.diff(y, axis=0) / h
    t = (slopes[:-1] + slopes[1:] - 2 * m) / h
    dm = (np.diff(dy, axis=0) - m * dh) / h
    dt = (dslopes[:-1] + dslopes[1:] - 2 * dm - t * dh) / h
    first = (dt - t / h * dh) / h
    second = (dm - dslopes[:-1] - (m - slopes[:-1]) / h * dh) / h - dt
    return np.stack([first, second, dslopes[:-1], dy[:-1]])


def pchip_coefficients(x: Any, y: Any) -> Any:
    """The coefficients of `PchipInterpolator(x, y)`."""
    return PchipInterpolator(x, y).c


def pchip_coefficients_cotangents(cotangent: Any, z: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The cotangents of x and y in `z = pchip_coefficients(x, y)`: slopes are chosen, and then interpolated."""
    x, y = (np.asarray(v, dtype=float) for v in (x, y))
    last = piecewise_value(z, x, x[-1:], 1)
    of_x, of_y, of_slopes = hermite_coefficients_cotangents(cotangent, x, y, np.concatenate([z[2], last]))
    more_x, more_y = _pchip_slopes_cotangents(of_slopes, x, y)
    return of_x + more_x, of_y + more_y


def _pchip_slopes_cotangents(g: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The cotangents of x and y in the slopes at the knots.

    At an inner knot the slope is a weighted harmonic mean of those on both sides, d = W / (w0 / m0 + w1 / m1), or 0
    where they differ in sign; at an end it is that of a parabola, kept between 0 and 3 m0 (Fritsch & Butland 1984).
    """
    shape = [-1] + [1] * (y.ndim - 1)
    h = np.broadcast_to(np.diff(x).reshape(shape), (len(x) - 1, *y.shape[1:]))
    m = np.diff(y, axis=0) / h
    of_m, of_h = np.zeros_like(m), np.zeros(h.shape)
    if len(x) == 2:
        of_m[0] = g[0] + g[1]
    else:
        rising = m[:-1] * m[1:] > 0
        m0, m1 = np.where(rising, m[:-1], 1.0), np.where(rising, m[1:], 1.0)
        w0, w1 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
        total = w0 + w1
        mean = total / (w0 / m0 + w1 / m1)
        inner = np.where(rising, g[1:-1], 0.0)
        of_m[:-1] += inner * mean**2 * w0 / (total * m0**2)
        of_m[1:] += inner * mean**2 * w1 / (total * m1**2)
        of_w0 = inner * (mean - mean**2 / m0) / total
        of_w1 = inner * (mean - mean**2 / m1) / total
        of_h[1:] += 2 * of_w0 + of_w1
        of_h[:-1] += of_w0 + 2 * of_w1
        for end, near, next_ in ((0, 0, 1), (-1, -1, -2)):
            h0, h1, m0, m1 = h[near], h[next_], m[near], m[next_]
            d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
            wrong = np.sign(d) != np.sign(m0)
            steep = ~wrong & (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3.0 * np.abs(m0))
            free = np.where(wrong | steep, 0.0, g[end]) / (h0 + h1)
            of_m[near] += free * (2 * h0 + h1) + np.where(steep, 3.0 * g[end], 0.0)
            of_m[next_] -= free * h0
            of_h[near] += free * (2 * m0 - m1 - d)
            of_h[next_] += free * (m0 - d)
    of_h = of_h - of_m * m / h
    of_y = np.zeros_like(y)
    of_y[1:] += of_m / h
    of_y[:-1] -= of_m / h
    return _of_points(np.sum(of_h.reshape(len(of_h), -1), axis=1)), of_y


def _of_points(of_steps: Any) -> Any:
    """The cotangents of points, from those of the steps between them."""
    return -np.diff(np.concatenate([[0.0], of_steps, [0.0]]))


def pchip_coefficients_tangent(z: Any, x: Any, y: Any, dx: Any, dy: Any) -> Any:
    """The tangent of `z = pchip_coefficients(x, y)` along dx and dy, each of which may be None."""
    x, y = (np.asarray(v, dtype=float) for v in (x, y))
    dx = np.zeros_like(x) if dx is None else np.asarray(dx)
    dy = np.zeros_like(y) if dy is None else np.asarray(dy)
    slopes = np.concatenate([z[2], piecewise_value(z, x, x[-1:], 1)])
    return hermite_coefficients_tangent(x, y, slopes, dx, dy, _pchip_slopes_tangent(x, y, dx, dy))


def _pchip_slopes_tangent(x: Any, y: Any, dx: Any, dy: Any) -> Any:
    """The tangent of the slopes at the knots, see `_pchip_slopes_cotangents`."""
    shape = [-1] + [1] * (y.ndim - 1)
    h, dh = np.diff(x).reshape(shape), np.diff(dx).reshape(shape)
    m = np.diff(y, axis=0) / h
    dm = (np.diff(dy, axis=0) - m * dh) / h
    if len(x) == 2:
        return np.concatenate([dm, dm])
    rising = m[:-1] * m[1:] > 0
    m0, m1 = np.where(rising, m[:-1], 1.0), np.where(rising, m[1:], 1.0)
    w0, w1 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    total = w0 + w1
    mean = total / (w0 / m0 + w1 / m1)
    rate = mean**2 * (w0 / m0**2 * dm[:-1] + w1 / m1**2 * dm[1:])
    rate = rate + (mean - mean**2 / m0) * (2 * dh[1:] + dh[:-1]) + (mean - mean**2 / m1) * (dh[1:] + 2 * dh[:-1])
    inner = np.where(rising, rate / total, 0.0)
    first, last = (_pchip_end_tangent(h, m, dh, dm, near, beside) for near, beside in ((0, 1), (-1, -2)))
    return np.concatenate([first[None], inner, last[None]])


def _pchip_end_tangent(h: Any, m: Any, dh: Any, dm: Any, near: int, beside: int) -> Any:
    h0, h1, m0, m1 = h[near], h[beside], m[near], m[beside]
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    wrong = np.sign(d) != np.sign(m0)
    steep = ~wrong & (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3.0 * np.abs(m0))
    free = (2 * h0 + h1) * dm[near] - h0 * dm[beside] + (2 * m0 - m1 - d) * dh[near] + (m0 - d) * dh[beside]
    return np.where(wrong, 0.0, np.where(steep, 3.0 * dm[near], free / (h0 + h1)))
