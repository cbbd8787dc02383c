"""Cotangents of integrals of sampled functions, which are linear in the samples and rational in the spacings."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from sct_ad.runtime.cotangents import fitting
from sct_ad.runtime.series import summed_to


def cumulative_trapezoid_cotangents(
    cotangent: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> tuple[Any, Any, Any]:
    """The cotangents of y, x and dx in `cumulative_trapezoid(y, x, dx, axis, initial)`."""
    values, steps = _lines(y, x, dx, axis)
    g = _summed_back(cotangent, axis, initial)
    of_steps = g * (values[..., 1:] + values[..., :-1]) / 2.0
    of_values = np.zeros(values.shape, np.result_type(g, steps))
    half = g * steps / 2.0
    of_values[..., 1:] += half
    of_values[..., :-1] += half
    return _returned(of_values, of_steps, y, x, dx, axis)


def simpson_cotangents(cotangent: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> tuple[Any, Any, Any]:
    """The cotangents of y, x and dx in `simpson(y, x, dx=dx, axis=axis)`.

    A parabola over two steps h0 and h1, p = h0 + h1, has the integral
    (p / 6) (y0 (2 - h1 / h0) + y1 p^2 / (h0 h1) + y2 (2 - h0 / h1)); a last single step is integrated by the
    parabola through the last three points.
    """
    values, steps = _lines(y, x, dx, axis)
    return _returned(*_simpson_parts(np.expand_dims(np.asarray(cotangent), -1), values, steps), y, x, dx, axis)


def simpson_tangent(dx: Any, y: Any, x: Any, axis: int = -1) -> Any:
    """The tangent of `simpson(y, x, axis=axis)` by the points `x`."""
    values, steps = _lines(y, x, 1.0, axis)
    moved = _lines(y, dx, 1.0, axis)[1]
    unit = np.ones((*values.shape[:-1], 1), values.dtype)
    return np.sum(_simpson_parts(unit, values, steps)[1] * moved, axis=-1)[()]


def _simpson_parts(g: Any, values: Any, steps: Any) -> tuple[Any, Any]:
    """The cotangents of samples and steps."""
    count = values.shape[-1]
    of_values = np.zeros(values.shape, np.result_type(g, steps, values))
    of_steps = np.zeros(np.broadcast_shapes(steps.shape, (*values.shape[:-1], count - 1)), of_values.dtype)
    if count == 2:
        of_values += g * steps / 2.0
        of_steps += g * (values[..., :1] + values[..., 1:]) / 2.0
    elif count > 2:
        last = count - 1 if count % 2 else count - 2
        h0, h1 = steps[..., 0:last:2], steps[..., 1:last:2]
        y0, y1, y2 = values[..., 0:last:2], values[..., 1:last:2], values[..., 2 : last + 1 : 2]
        p = h0 + h1
        r, q = _over(h1, h0), _over(h0, h1)
        product = h0 * h1
        middle = _over(p * p, product)
        area = y0 * (2 - r) + y1 * middle + y2 * (2 - q)
        of_values[..., 0:last:2] += g * p / 6 * (2 - r)
        of_values[..., 1:last:2] += g * p / 6 * middle
        of_values[..., 2 : last + 1 : 2] += g * p / 6 * (2 - q)
        slope0 = y0 * _over(r, h0) + y1 * (_over(2 * p, product) - _over(middle, h0)) - y2 * _over(1.0, h1)
        slope1 = y2 * _over(q, h1) + y1 * (_over(2 * p, product) - _over(middle, h1)) - y0 * _over(1.0, h0)
        of_steps[..., 0:last:2] += g / 6 * (area + p * slope0)
        of_steps[..., 1:last:2] += g / 6 * (area + p * slope1)
        if count % 2 == 0:
            _last_step(g[..., 0], values, steps, of_values, of_steps)
    return of_values, of_steps


def _last_step(g: Any, values: Any, steps: Any, of_values: Any, of_steps: Any) -> None:
    """The last step of an even number of points (Cartwright 2017, equation 8)."""
    h0, h1 = steps[..., -2], steps[..., -1]
    y1, y2, y3 = values[..., -1], values[..., -2], values[..., -3]
    p = h0 + h1
    of_values[..., -1] += g * _over(2 * h1**2 + 3 * h0 * h1, 6 * p)
    of_values[..., -2] += g * _over(h1**2 + 3 * h0 * h1, 6 * h0)
    of_values[..., -3] -= g * _over(h1**3, 6 * h0 * p)
    square = 6 * p * p
    of_steps[..., -2] += g * (
        y1 * _over(h1**2, square) - y2 * _over(h1**2, 6 * h0**2) + y3 * _over(h1**3 * (2 * h0 + h1), h0**2 * square)
    )
    of_steps[..., -1] += g * (
        y1 * _over(2 * h1**2 + 4 * h0 * h1 + 3 * h0**2, square)
        + y2 * _over(2 * h1 + 3 * h0, 6 * h0)
        - y3 * _over(h1**2 * (3 * h0 + 2 * h1), h0 * square)
    )


def cumulative_simpson_cotangents(
    cotangent: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> tuple[Any, Any, Any, Any]:
    """The cotangents of y, x, dx and initial in `cumulative_simpson(y, x=x, dx=dx, axis=axis, initial=initial)`.

    The integral over one step a, by the parabola through its ends f1, f2 and a third point f3 at the distance b, is
    (a / 6) ((3 - r) f1 + (3 + q + r) f2 - q f3) with r = a / (a + b) and q = a^2 / ((a + b) b).
    """
    dz = np.asarray(cotangent)
    of_initial = (
        None if initial is None else fitting(summed_to(np.sum(dz, axis, keepdims=True), np.shape(initial)), initial)
    )
    values, steps = _lines(y, x, dx, axis)
    count = values.shape[-1]
    if count < 3:
        return (*cumulative_trapezoid_cotangents(dz, y, x, dx, axis, initial), of_initial)
    g = _summed_back(dz, axis, initial)
    (first, second, third, beside), a, b = _parabolas(values, steps)
    f1, f2, f3 = (values[..., k] for k in (first, second, third))
    r, q, r_a, r_b, q_a, q_b = _ratios(a, b)
    of_values = np.zeros(values.shape, np.result_type(g, steps))
    of_steps = np.zeros(a.shape, np.result_type(g, values))
    for place, weight in ((first, 3 - r), (second, 3 + q + r), (third, -q)):
        where: Any = (..., place)
        np.add.at(of_values, where, g * a / 6 * weight)
    area = (3 - r) * f1 + (3 + q + r) * f2 - q * f3
    of_steps += g * (area / 6 + a / 6 * (-r_a * f1 + (q_a + r_a) * f2 - q_a * f3))
    at: Any = (..., beside)
    np.add.at(of_steps, at, g * a / 6 * (-r_b * f1 + (q_b + r_b) * f2 - q_b * f3))
    return (*_returned(of_values, of_steps, y, x, dx, axis), of_initial)


def romb_cotangent(cotangent: Any, y: Any, dx: Any = 1.0, axis: int = -1) -> Any:
    """The cotangent of `y` in `romb(y, dx, axis)`: Richardson's extrapolation of the trapezoidal rule's weights."""
    count = np.shape(y)[axis]
    rules = []
    step = count - 1
    while step >= 1:
        weights = np.zeros(count)
        weights[::step] = step
        weights[0] = weights[-1] = step / 2.0
        rules.append(weights)
        step //= 2
    power = 1
    while len(rules) > 1:
        power *= 4
        rules = [fine + (fine - coarse) / (power - 1) for coarse, fine in itertools.pairwise(rules)]
    spread = np.expand_dims(np.asarray(cotangent), -1) * (rules[0] * dx)
    return fitting(np.moveaxis(spread, -1, axis), y)


def _lines(y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any]:
    """The samples with the axis last, and the steps between them, broadcastable to as many lines."""
    y = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        step = np.asarray(dx)
        step = np.moveaxis(step, axis, -1) if step.ndim == y.ndim and y.ndim else step
        return y, np.broadcast_to(step, (*np.broadcast_shapes(step.shape[:-1]), max(y.shape[-1] - 1, 0)))
    x = np.asarray(x)
    return y, np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1))


def _returned(of_values: Any, of_steps: Any, y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any, Any]:
    """The cotangents of y, x and dx, from those of samples and steps."""
    of_y = fitting(np.moveaxis(of_values, -1, axis), y)
    if x is None:
        if np.ndim(dx) == 0:
            return of_y, None, fitting(np.sum(of_steps), dx)[()]
        total = np.moveaxis(np.sum(of_steps, axis=-1, keepdims=True), -1, axis)
        return of_y, None, fitting(summed_to(total, np.shape(dx)), dx)
    none = np.zeros((*of_steps.shape[:-1], 1), of_steps.dtype)
    of_x = -np.diff(np.concatenate([none, of_steps, none], axis=-1))
    if np.ndim(x) == 1:
        of_x = np.sum(of_x, axis=tuple(range(of_x.ndim - 1)))
    else:
        of_x = np.moveaxis(of_x, -1, axis)
    return of_y, fitting(of_x, x), None


def _summed_back(cotangent: Any, axis: int, initial: Any) -> Any:
    """The cotangents of the terms of a cumulative sum, along the last axis."""
    dz = np.moveaxis(np.asarray(cotangent), axis, -1)
    if initial is not None:
        dz = dz[..., 1:]
    return np.cumsum(dz[..., ::-1], axis=-1)[..., ::-1]


def _over(numerator: Any, denominator: Any) -> Any:
    """A quotient; 0 where the denominator is, as SciPy has it."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    zero = denominator == 0
    return np.where(zero, 0.0, numerator / np.where(zero, 1.0, denominator))


def cumulative_simpson_tangent(dx: Any, y: Any, x: Any, axis: int = -1, initial: Any = None) -> Any:
    """The tangent of `cumulative_simpson(y, x=x, axis=axis, initial=initial)` by the points `x`."""
    values, steps = _lines(y, x, 1.0, axis)
    moved = np.broadcast_to(_lines(y, dx, 1.0, axis)[1], (*values.shape[:-1], max(values.shape[-1] - 1, 0)))
    if values.shape[-1] < 3:
        rates = moved * (values[..., 1:] + values[..., :-1]) / 2.0
    else:
        order, a, b = _parabolas(values, steps)
        f1, f2, f3 = (values[..., k] for k in order[:3])
        r, q, r_a, r_b, q_a, q_b = _ratios(a, b)
        rates = moved * ((3 - r) * f1 + (3 + q + r) * f2 - q * f3) / 6
        rates = rates + moved * a / 6 * (-r_a * f1 + (q_a + r_a) * f2 - q_a * f3)
        rates = rates + moved[..., order[3]] * a / 6 * (-r_b * f1 + (q_b + r_b) * f2 - q_b * f3)
    found = np.cumsum(rates, axis=-1)
    if initial is not None:
        found = np.concatenate([np.zeros((*found.shape[:-1], 1), found.dtype), found], axis=-1)
    return np.moveaxis(found, -1, axis)


def _parabolas(values: Any, steps: Any) -> tuple[Any, Any, Any]:
    """For each step the indices of its ends, of a third point and of the step to it, and both steps."""
    count = values.shape[-1]
    j = np.arange(count - 1)
    onwards = (j % 2 == 0) & (j < count - 2)
    first, second = np.where(onwards, j, j + 1), np.where(onwards, j + 1, j)
    third, beside = np.where(onwards, j + 2, j - 1), np.where(onwards, j + 1, j - 1)
    steps = np.broadcast_to(steps, (*values.shape[:-1], count - 1))
    return (first, second, third, beside), steps, steps[..., beside]


def _ratios(a: Any, b: Any) -> tuple[Any, ...]:
    """The ratios r = a / (a + b) and q = a^2 / ((a + b) b), with their derivatives by a and b."""
    p = a + b
    r, q = a / p, a * a / (p * b)
    return r, q, b / p**2, -a / p**2, a * (2 * p - a) / (p**2 * b), -(a**2) * (b + p) / (p * b) ** 2
