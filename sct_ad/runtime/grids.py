"""Cotangents of functions on grids of points."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast


def difference_cotangent(cotangent: Any, x: Any, n: int, axis: int) -> Any:
    """The cotangent of `x` in `np.diff(x, n, axis)`."""
    x = np.asarray(x)
    n = min(n, x.shape[axis])
    padding = [(0, 0)] * x.ndim
    padding[axis] = (n, n)
    taken = np.diff(np.pad(cotangent, padding), n, axis)
    return np.broadcast_to(-taken if n % 2 else taken, x.shape)


def trapezoid_cotangents(cotangent: Any, y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any, Any]:
    """The cotangents of y, x and dx in the integral by trapezoids; each segment gives half to either end."""
    heights = np.moveaxis(np.asarray(y), axis, -1)
    given = np.asarray(cotangent)[..., None]
    steps: Any = dx
    if x is not None:
        points = np.asarray(x) if np.ndim(x) == 1 else np.moveaxis(np.asarray(x), axis, -1)
        steps = np.diff(points)
    left, right = heights[..., :-1], heights[..., 1:]
    half = 0.5 * given * steps * np.ones_like(left)
    result = np.zeros(heights.shape, dtype=np.result_type(heights, half))
    result[..., :-1] += half
    result[..., 1:] += half
    of_steps = 0.5 * given * (left + right)
    of_y = np.moveaxis(result, -1, axis)
    if x is None:
        return of_y, None, unbroadcast(of_steps, dx, of_steps)
    of_points = difference_cotangent(unbroadcast(of_steps, steps, of_steps), points, 1, -1)
    return of_y, of_points if np.ndim(x) == 1 else np.moveaxis(of_points, -1, axis), 0.0


def interp_cotangents(cotangent: Any, x: Any, xp: Any, fp: Any) -> tuple[Any, Any, Any]:
    """The cotangents of x, xp and fp in `np.interp(x, xp, fp)`."""
    xp, fp, given = np.asarray(xp), np.asarray(fp), np.asarray(cotangent)
    of_xp, of_fp = np.zeros(xp.shape), np.zeros(fp.shape)
    if len(xp) == 1:
        of_fp[0] = np.sum(given)
        return np.zeros(np.shape(x))[()], of_xp, of_fp
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    inside = (x >= xp[0]) & (x <= xp[-1])
    width = xp[k + 1] - xp[k]
    place = np.clip((x - xp[k]) / width, 0.0, 1.0)
    slope = np.where(inside, (fp[k + 1] - fp[k]) / width, 0.0)
    np.add.at(of_fp, k, given * (1.0 - place))
    np.add.at(of_fp, k + 1, given * place)
    np.add.at(of_xp, k, -given * slope * (1.0 - place))
    np.add.at(of_xp, k + 1, -given * slope * place)
    return given * slope, of_xp, of_fp


def coordinate_cotangent(cotangent: Any, x: Any, axis: int) -> Any:
    """The cotangent of one argument of `np.meshgrid`, whose axis of the grid is `axis`."""
    others = tuple(k for k in range(np.ndim(cotangent)) if k != axis)
    return np.reshape(np.sum(cotangent, axis=others), np.shape(x))[()]
