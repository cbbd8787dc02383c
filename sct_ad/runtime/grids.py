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


def extended_difference_cotangents(
    cotangent: Any, x: Any, n: int, axis: int, prepend: Any, append: Any
) -> tuple[Any, Any, Any]:
    """The cotangents of `x`, `prepend` and `append` in `np.diff(x, n, axis, prepend, append)`."""
    x = np.asarray(x)
    thin = tuple(1 if k == axis % x.ndim else size for k, size in enumerate(x.shape))
    ends = [
        None if end is None else np.broadcast_to(end, thin) if np.ndim(end) == 0 else end for end in (prepend, append)
    ]
    parts = [ends[0], x, ends[1]]
    sizes = [0 if part is None else np.shape(part)[axis] for part in parts]
    whole = difference_cotangent(cotangent, np.concatenate([p for p in parts if p is not None], axis), n, axis)
    before, inner, after = np.split(whole, np.cumsum(sizes)[:-1], axis)
    given = [0.0 if e is None else unbroadcast(p, e, p) for e, p in ((prepend, before), (append, after))]
    return inner, given[0], given[1]


def ediff1d_cotangents(cotangent: Any, x: Any, to_end: Any, to_begin: Any) -> tuple[Any, Any, Any]:
    """The cotangents of `x`, `to_end` and `to_begin` in `np.ediff1d(x, to_end, to_begin)`."""
    first = 0 if to_begin is None else np.size(to_begin)
    last = len(cotangent) - (0 if to_end is None else np.size(to_end))
    inner = difference_cotangent(cotangent[first:last], np.ravel(x), 1, 0).reshape(np.shape(x))
    ends = ((to_end, cotangent[last:]), (to_begin, cotangent[:first]))
    given = [0.0 if end is None else np.reshape(part, np.shape(end))[()] for end, part in ends]
    return inner, given[0], given[1]


def gradient_cotangent(cotangent: Any, x: Any, spacing: Any, axis: Any, edge_order: int) -> Any:
    """The cotangent of `x` in `np.gradient(x, *spacing, axis=axis, edge_order=edge_order)`."""
    x = np.asarray(x)
    axes = range(x.ndim) if axis is None else [int(k) % x.ndim for k in np.atleast_1d(axis)]
    steps = spacing if len(spacing) == len(axes) else [spacing[0] if spacing else 1.0] * len(axes)
    parts = cotangent if isinstance(cotangent, (tuple, list)) else [cotangent]
    result = np.zeros(x.shape, dtype=np.result_type(x, *parts))
    for k, step, part in zip(axes, steps, parts, strict=True):
        result += np.moveaxis(_slope_cotangent(np.moveaxis(part, k, 0), step, edge_order), 0, k)
    return result


def _slope_cotangent(given: Any, step: Any, edge_order: int) -> Any:
    """Each slope is a weighted sum of three entries, at an end of two or three."""
    count = len(given)
    h = np.full(count - 1, step) if np.ndim(step) == 0 else np.diff(step)
    h = h.reshape((-1,) + (1,) * (given.ndim - 1))
    left, right = h[:-1], h[1:]
    result = np.zeros_like(given)
    result[:-2] -= given[1:-1] * right / (left * (left + right))
    result[1:-1] += given[1:-1] * (right - left) / (left * right)
    result[2:] += given[1:-1] * left / (right * (left + right))
    for end, near, far in ((0, 1, 2), (-1, -2, -3)):
        one, sign = h[end], 1.0 if end == 0 else -1.0
        if edge_order == 1:
            result[near] += sign * given[end] / one
            result[end] -= sign * given[end] / one
        else:
            two = h[near]
            result[end] -= sign * given[end] * (2.0 * one + two) / (one * (one + two))
            result[near] += sign * given[end] * (one + two) / (one * two)
            result[far] -= sign * given[end] * one / (two * (one + two))
    return result


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
    half = unbroadcast(half, left, half)
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
