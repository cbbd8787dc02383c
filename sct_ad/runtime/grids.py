"""Cotangents of functions on grids of points."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.reductions import reduced_axes


def difference_cotangent(cotangent: Any, x: Any, n: int, axis: int) -> Any:
    """The cotangent of `x` in `np.diff(x, n, axis)`."""
    x, given = np.asarray(x), np.asarray(cotangent)
    for _ in range(min(n, x.shape[axis])):
        shape = list(given.shape)
        shape[axis] += 1
        result = np.zeros(shape, given.dtype)
        rows, given = np.moveaxis(result, axis, 0), np.moveaxis(given, axis, 0)
        rows[1:] = given
        rows[:-1] -= given
        given = result
    return np.broadcast_to(given, x.shape)


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
    inner = difference_cotangent(cotangent[first:last], np.ravel(x), 1, 0).reshape(np.shape(x))[()]
    ends = ((to_end, cotangent[last:]), (to_begin, cotangent[:first]))
    given = [0.0 if end is None else np.reshape(part, np.shape(end))[()] for end, part in ends]
    return inner, given[0], given[1]


def gradient_cotangents(cotangent: Any, x: Any, spacing: Any, axis: Any, edge_order: int) -> tuple[Any, list[Any]]:
    """The cotangents of `x` and of each spacing in `np.gradient(x, *spacing, axis=axis, edge_order=edge_order)`."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    steps = [spacing[k] if len(spacing) == len(axes) else spacing[0] if spacing else 1.0 for k in range(len(axes))]
    parts = [part for part in cotangent] if isinstance(cotangent, (tuple, list)) else [cotangent]  # noqa: C416
    result = np.zeros(x.shape, dtype=np.result_type(x, *parts))
    of_steps: list[Any] = []
    for k, step, part in zip(axes, steps, parts, strict=True):
        of_x, of_step = _slope_cotangents(np.moveaxis(part, k, 0), np.moveaxis(x, k, 0), step, edge_order)
        if np.iscomplexobj(of_x):
            result = result.astype(of_x.dtype, copy=False)
        result += np.moveaxis(of_x, 0, k)
        of_steps.append(of_step)
    if len(spacing) == 1:
        of_steps = [sum(of_steps[1:], of_steps[0])]
    return result, of_steps


def _slope_cotangents(given: Any, x: Any, step: Any, edge_order: int) -> tuple[Any, Any]:
    """The cotangents of the values and of their spacing, or coordinates.

    With slopes s of the two segments at a point, of lengths h, the result there is (h2 * s1 + h1 * s2) / (h1 + h2); at
    an end it is s1, or extrapolated, s1 + h1 * (s1 - s2) / (h1 + h2).
    """
    if np.ndim(step) == 0:
        return _even_slope_cotangents(given, x, step, edge_order)
    h = np.diff(step).reshape((-1,) + (1,) * (given.ndim - 1))
    h = h.astype(np.result_type(x.dtype, given.dtype) if not np.iscomplexobj(h) else h.dtype)
    slopes = np.diff(x, axis=0) / h
    of_slopes, of_h = np.zeros_like(slopes * given[:1]), np.zeros_like(slopes * given[:1])
    left, right = h[:-1], h[1:]
    both = left + right
    inner = given[1:-1]
    of_slopes[:-1] += inner * right / both
    of_slopes[1:] += inner * left / both
    bend = (slopes[1:] - slopes[:-1]) / both**2
    of_h[:-1] += inner * bend * right
    of_h[1:] -= inner * bend * left
    for end, one, two in ((0, 0, 1), (-1, -1, -2)):
        of_slopes[one] += given[end]
        if edge_order == 2:
            total = h[one] + h[two]
            change = given[end] * (slopes[one] - slopes[two])
            of_slopes[one] += given[end] * h[one] / total
            of_slopes[two] -= given[end] * h[one] / total
            of_h[one] += change * h[two] / total**2
            of_h[two] -= change * h[one] / total**2
    of_h -= of_slopes * slopes / h
    of_x = difference_cotangent(of_slopes / h, x, 1, 0)
    of_h = np.sum(of_h, axis=tuple(range(1, given.ndim)))
    return of_x, np.copy(difference_cotangent(of_h, step, 1, 0))


def _even_slope_cotangents(given: Any, x: Any, step: Any, edge_order: int) -> tuple[Any, Any]:
    """As `_slope_cotangents`, of one spacing, to which the result is inverse: that gives its cotangent at once."""
    half = 0.5 * given[1:-1]
    of_slopes = np.zeros((len(x) - 1, *given.shape[1:]), half.dtype)
    of_slopes[:-1] = half
    of_slopes[1:] += half
    for end, one, two in ((0, 0, 1), (-1, -1, -2)):
        of_slopes[one] += given[end]
        if edge_order == 2:
            of_slopes[one] += 0.5 * given[end]
            of_slopes[two] -= 0.5 * given[end]
    of_x = difference_cotangent(of_slopes / step, x, 1, 0)
    return of_x, -np.sum(of_x * x) / step


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
    return _interpolated(cotangent, x, xp, fp)[:3]


def extended_interp_cotangents(
    cotangent: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """The cotangents of all arguments of `np.interp(x, xp, fp, left, right)`."""
    if not np.size(x):
        return np.zeros(np.shape(x)), np.zeros(np.shape(xp)), np.zeros(np.shape(fp)), 0.0, 0.0
    below, above = x < xp[0], x > xp[-1]
    outside = (left is not None) & below | (right is not None) & above
    parts = _interpolated(np.where(outside, 0.0, cotangent), x, xp, fp)
    of_ends = [np.sum(np.where(where, cotangent, 0.0)) for where in (below, above)]
    return *parts, of_ends[0], of_ends[1]


def periodic_interp_cotangents(cotangent: Any, x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any, Any]:
    """The cotangents of all arguments of `np.interp(x, xp, fp, period=period)`."""
    length = abs(period)
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    if not x.size:
        return np.zeros(x.shape), np.zeros(xp.shape), np.zeros(fp.shape), 0.0
    order = np.argsort(xp % length)
    turns, turns_of_x = np.floor_divide(xp, length)[order], np.floor_divide(x, length)
    knots = np.take(order, np.arange(-1, len(xp) + 1), mode="wrap")
    laps = np.concatenate([turns[-1:] + 1.0, turns, turns[:1] - 1.0])
    of_x, of_knots, of_values = _interpolated(cotangent, x - turns_of_x * length, xp[knots] - laps * length, fp[knots])
    of_xp, of_fp = np.zeros(xp.shape, of_knots.dtype), np.zeros(fp.shape, of_values.dtype)
    np.add.at(of_xp, knots, of_knots)
    np.add.at(of_fp, knots, of_values)
    of_period = -np.sum(of_x * turns_of_x) - np.sum(of_knots * laps)
    return of_x, of_xp, of_fp, of_period * np.conj(period) / length


def _interpolated(cotangent: Any, x: Any, xp: Any, fp: Any) -> tuple[Any, Any, Any]:
    x, xp, fp, given = np.asarray(x), np.asarray(xp), np.asarray(fp), np.asarray(cotangent)
    of_xp, of_fp = np.zeros(xp.shape), np.zeros(fp.shape, np.result_type(given, float))
    if not x.size:
        return np.zeros(x.shape), of_xp, of_fp
    if len(xp) == 1:
        of_fp[0] = np.sum(given)
        return np.zeros(np.shape(x))[()], of_xp, of_fp
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    inside = (x >= xp[0]) & (x <= xp[-1])
    width = xp[k + 1] - xp[k]
    place = np.clip((x - xp[k]) / width, 0.0, 1.0)
    slope = np.where(inside, (fp[k + 1] - fp[k]) / width, 0.0)
    of_x = np.real(given * slope)
    np.add.at(of_fp, k, given * (1.0 - place))
    np.add.at(of_fp, k + 1, given * place)
    np.add.at(of_xp, k, -of_x * (1.0 - place))
    np.add.at(of_xp, k + 1, -of_x * place)
    return of_x[()], of_xp, of_fp


def coordinate_cotangent(cotangent: Any, x: Any, axis: int) -> Any:
    """The cotangent of one argument of `np.meshgrid`, whose axis of the grid is `axis`."""
    others = tuple(k for k in range(np.ndim(cotangent)) if k != axis)
    return np.reshape(np.sum(cotangent, axis=others), np.shape(x))[()]


def interp_slopes(x: Any, xp: Any, fp: Any) -> Any:
    """The slope of `np.interp(x, xp, fp)`: at a knot that of the segment to the right of it, 0 outside of all knots."""
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    if len(xp) == 1 or not x.size:
        return np.zeros(x.shape)[()]
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    inside = (x >= xp[0]) & (x <= xp[-1])
    return np.where(inside, (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]), 0.0)[()]


def periodic_interp_tangent(
    of_x: Any, of_xp: Any, of_fp: Any, of_period: Any, x: Any, xp: Any, fp: Any, period: Any
) -> Any:
    """The tangent of `np.interp(x, xp, fp, period=period)`; None for what does not change."""
    length = abs(period)
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    order = np.argsort(xp % length)
    turns, turns_of_x = np.floor_divide(xp, length)[order], np.floor_divide(x, length)
    knots = np.take(order, np.arange(-1, len(xp) + 1), mode="wrap")
    laps = np.concatenate([turns[-1:] + 1.0, turns, turns[:1] - 1.0])
    here, points = x - turns_of_x * length, xp[knots] - laps * length
    of_length = 0.0 if of_period is None else np.real(np.conj(period) * of_period) / length
    moved = (0.0 if of_x is None else of_x) - turns_of_x * of_length
    moved_points = (np.zeros(len(knots)) if of_xp is None else np.asarray(of_xp)[knots]) - laps * of_length
    result = interp_slopes(here, points, fp[knots]) * (moved - np.interp(here, points, moved_points))
    return (result if of_fp is None else result + np.interp(here, points, np.asarray(of_fp)[knots]))[()]


def gradient_tangent(change: Any, of_spacing: Any, z: Any, x: Any, spacing: Any, axis: Any, edge_order: int) -> Any:
    """The tangent of `z = np.gradient(x, *spacing, axis=axis, edge_order=edge_order)`; None: does not change."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    steps = spacing if len(spacing) == len(axes) else [spacing[0] if spacing else 1.0] * len(axes)
    changes = of_spacing if len(spacing) == len(axes) else [of_spacing[0] if spacing else None] * len(axes)
    several = isinstance(z, (tuple, list))
    result = []
    for k, step, moved, part in zip(axes, steps, changes, z if several else [z], strict=True):
        tangent: Any = np.zeros_like(part)
        if change is not None:
            tangent = np.gradient(change, step, axis=k, edge_order=edge_order)  # type: ignore[call-overload]
        if moved is not None and np.ndim(step) == 0:
            tangent = tangent - part * (moved / step)
        elif moved is not None:
            rows = _moved_points(np.asarray(moved), np.moveaxis(x, k, 0), np.asarray(step), edge_order)
            tangent = tangent + np.moveaxis(rows, 0, k)
        result.append(tangent)
    if not several:
        return result[0]
    return tuple(result) if isinstance(z, tuple) else result


def _moved_points(moved: Any, x: Any, points: Any, edge_order: int) -> Any:
    """How the slopes along the first axis change with the coordinates; see `_slope_cotangents`."""
    shape = (-1,) + (1,) * (x.ndim - 1)
    h, of_h = np.diff(points).reshape(shape), np.diff(moved).reshape(shape)
    slopes = np.diff(x, axis=0) / h
    of_slopes = -slopes * of_h / h
    left, right, of_left, of_right = h[:-1], h[1:], of_h[:-1], of_h[1:]
    both, bend = left + right, slopes[1:] - slopes[:-1]
    result = np.zeros(x.shape, of_slopes.dtype)
    result[1:-1] = (right * of_slopes[:-1] + left * of_slopes[1:]) / both
    result[1:-1] += bend * (of_left * right - left * of_right) / both**2
    for end, one, two in ((0, 0, 1), (-1, -1, -2)):
        result[end] = of_slopes[one]
        if edge_order == 2:
            total = h[one] + h[two]
            result[end] += h[one] * (of_slopes[one] - of_slopes[two]) / total
            result[end] += (slopes[one] - slopes[two]) * (of_h[one] * h[two] - h[one] * of_h[two]) / total**2
    return result
