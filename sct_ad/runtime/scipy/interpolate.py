"""Derivatives of interpolants by the points at which they are evaluated, where the interpolant has none of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.cotangents import fitting


def point_cotangent(cotangent: Any, x: Any, slope: Any, axis: int) -> Any:
    """The cotangent of the points of an interpolant whose values are arrays: summed over all but the points' axes."""
    product = np.asarray(cotangent) * slope
    rank = np.ndim(x)
    others = tuple(k for k in range(product.ndim) if not axis <= k < axis + rank)
    return fitting(np.sum(product, axis=others), x)


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
    method = interpolant.method if method is None else method
    points = np.asarray(xi, dtype=float)
    dz = np.asarray(cotangent)
    dimensions = len(interpolant.grid)
    points = points.reshape(*points.shape[:-1], dimensions) if points.ndim > 1 else points.reshape(-1, dimensions)
    found = np.zeros(points.shape, np.result_type(dz, points))
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
            order = [int(j == k) for j in range(dimensions)]
            slope = interpolant(points, method, nu=order)
        product = dz.reshape(slope.shape) * slope
        found[..., k] = np.sum(product, axis=tuple(range(points.ndim - 1, product.ndim)))
    return fitting(found.reshape(np.shape(xi)), xi)
