"""Tangents of cotangents of the functions of `numpy.polynomial`; None is the tangent of what does not change.

In several variables all is sums over products of one matrix for each variable: the basis at the points, or its first
or second derivative.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.linear import pair_tangent
from sct_ad.runtime.series import series_integral_cotangents, series_map_cotangent, series_product_cotangents

Function = Callable[..., Any]
_POINTS, _DEGREES = "pqr", "ijk"


def series_map_cotangent_tangent(
    cotangent: Any, c: Any, function: Function, args: Any, axis: int, of_cotangent: Any, of_args: Any
) -> Any:
    """The tangent of `series_map_cotangent(cotangent, c, function, m, scl, axis=axis)`, of which scl is a power."""
    given = np.zeros_like(cotangent) if of_cotangent is None else of_cotangent
    found = series_map_cotangent(given, c, function, *args, axis=axis)
    if of_args and of_args[1] is not None:
        growth = args[0] * of_args[1] / args[1]
        found = found + growth * series_map_cotangent(cotangent, c, function, *args, axis=axis)
    return found


def series_product_cotangents_tangent(
    cotangent: Any, c1: Any, c2: Any, mulx: Function, of_cotangent: Any, of_c1: Any, of_c2: Any
) -> tuple[Any, Any]:
    """The tangents of both results of `series_product_cotangents`; None: does not change."""
    return pair_tangent(series_product_cotangents, cotangent, c1, c2, mulx, of_cotangent, of_c1, of_c2)


def series_points_cotangents_tangent(
    cotangent: Any,
    points: Any,
    c: Any,
    der: Function,
    vander: Function,
    grid: bool,
    of_cotangent: Any,
    of_points: Any,
    of_c: Any,
) -> tuple[Any, ...]:
    """The tangents of all results of `series_points_cotangents(cotangent, points, c, der, vander, grid)`."""
    count, c = len(points), np.asarray(c)
    places = [np.ravel(x) for x in points]
    sets = (*c.shape[:count], -1)
    shape = (-1, *(len(x) for x in places)) if grid else (-1, len(places[0]))
    given, series = np.reshape(cotangent, shape), c.reshape(sets)
    change = None if of_cotangent is None else np.reshape(of_cotangent, shape)
    moved = None if of_c is None else np.reshape(of_c, sets)
    tables = [_Derivatives(vander, der, x, n - 1) for x, n in zip(places, c.shape)]
    steps = [None if step is None else np.ravel(step) for step in of_points or (None,) * count]
    names = _POINTS[:count] if grid else "p" * count
    over = f"t{_POINTS[:count] if grid else 'p'}"
    labels = [f"{p}{i}" for p, i in zip(names, _DEGREES)]

    def summed(numbers: Any, coefficients: Any, orders: list[Any], to: str) -> Any:
        factors = [table.of(order, step) for table, (order, step) in zip(tables, orders)]
        operands = [numbers, *([] if coefficients is None else [coefficients]), *factors]
        inputs = [over, *([] if coefficients is None else [_DEGREES[:count] + "t"]), *labels]
        return np.einsum(f"{','.join(inputs)}->{to}", *operands, optimize=True)

    found = []
    for k in range(count):
        orders: list[Any] = [(int(j == k), None) for j in range(count)]
        total = np.zeros(len(places[k]), np.result_type(given, series))
        for numbers, coefficients in ((change, series), (given, moved)):
            if numbers is not None and coefficients is not None:
                total = total + summed(numbers, coefficients, orders, names[k])
        for j, step in enumerate(steps):
            if step is not None:
                raised = [*orders[:j], (orders[j][0] + 1, step), *orders[j + 1 :]]
                total = total + summed(given, series, raised, names[k])
        found.append(_like(total, points[k]))
    of_series = np.zeros(series.shape, np.result_type(given, series))
    plain: list[Any] = [(0, None)] * count
    to = _DEGREES[:count] + "t"
    if change is not None:
        of_series = of_series + summed(change, None, plain, to)
    for j, step in enumerate(steps):
        if step is not None:
            of_series = of_series + summed(given, None, [*plain[:j], (1, step), *plain[j + 1 :]], to)
    return (*found, _like(of_series, c))


def series_vander_cotangents_tangent(
    cotangent: Any, points: Any, deg: Any, val: Function, der: Function, of_cotangent: Any, of_points: Any
) -> tuple[Any, ...]:
    """The tangents of all results of `series_vander_cotangents(cotangent, points, deg, val, der)`."""
    count, places = len(points), [np.ravel(x) for x in points]

    def vander(x: Any, degree: int) -> Any:
        return np.moveaxis(val(x, np.eye(degree + 1)), 0, -1)

    shape = (len(places[0]), *(int(n) + 1 for n in deg))
    given = np.reshape(cotangent, shape)
    tables = [_Derivatives(vander, der, x, int(n)) for x, n in zip(places, deg)]
    text = ",".join(["p" + _DEGREES[:count], *(f"p{i}" for i in _DEGREES[:count])]) + "->p"

    def summed(numbers: Any, orders: list[Any]) -> Any:
        factors = [table.of(order, step) for table, (order, step) in zip(tables, orders)]
        return np.einsum(text, numbers, *factors, optimize=True)

    found = []
    for k in range(count):
        orders: list[Any] = [(int(j == k), None) for j in range(count)]
        total = np.zeros(len(places[k]), given.dtype)
        if of_cotangent is not None:
            total = total + summed(np.reshape(of_cotangent, shape), orders)
        for j, step in enumerate(of_points or ()):
            if step is not None:
                raised = [*orders[:j], (orders[j][0] + 1, np.ravel(step)), *orders[j + 1 :]]
                total = total + summed(given, raised)
        found.append(_like(total, points[k]))
    return tuple(found)


class _Derivatives:
    """The basis polynomials up to a degree at points, and their derivatives."""

    def __init__(self, vander: Function, der: Function, x: Any, degree: int) -> None:
        self.vander, self.der, self.x, self.degree = vander, der, x, degree
        self.known: dict[int, Any] = {}

    def of(self, order: int, step: Any) -> Any:
        """The derivatives of this order, a row for each point; times a step for each, if there are any."""
        if order not in self.known:
            matrix = np.eye(self.degree + 1)
            for _ in range(order):
                matrix = np.atleast_2d(self.der(matrix))
            self.known[order] = self.vander(self.x, len(matrix) - 1) @ matrix
        return self.known[order] if step is None else self.known[order] * step[:, None]


def _like(values: Any, x: Any) -> Any:
    values = np.reshape(values, np.shape(x))
    if np.iscomplexobj(values) and not np.iscomplexobj(x):
        values = values.real
    single = np.asarray(x).dtype in (np.float32, np.complex64)
    return values.astype(np.complex64 if np.iscomplexobj(values) else np.float32) if single else values[()]


def series_integral_cotangents_tangent(
    cotangent: Any,
    c: Any,
    m: int,
    k: Any,
    lbnd: Any,
    scl: Any,
    axis: int,
    integral: Function,
    val: Function,
    of_cotangent: Any,
    of_c: Any,
    of_lbnd: Any,
    of_scl: Any,
) -> tuple[Any, ...]:
    """The tangents of all results of `series_integral_cotangents`; bound and scale change for m = 1 alone."""
    given = np.zeros_like(cotangent) if of_cotangent is None else of_cotangent
    found = series_integral_cotangents(given, c, m, k, lbnd, scl, axis, integral, val)
    if m != 1:
        return found
    part, of_k, by_lbnd, by_scl = found
    series, held = np.moveaxis(np.asarray(c), axis, 0), np.moveaxis(np.asarray(cotangent), axis, 0)
    if of_c is not None:
        of_bounds = series_integral_cotangents(cotangent, of_c, m, k, lbnd, scl, axis, integral, val)[2:]
        by_lbnd, by_scl = by_lbnd + of_bounds[0], by_scl + of_bounds[1]
    here = val(lbnd, series)
    if of_scl is not None:
        part = part + of_scl / scl * series_integral_cotangents(cotangent, c, m, k, lbnd, scl, axis, integral, val)[0]
        by_lbnd = by_lbnd - np.sum(held[0] * here) * of_scl
    if of_lbnd is not None:
        units = np.reshape(val(lbnd, np.eye(len(series))), (-1,) + (1,) * (series.ndim - 1))
        part = part - _like(np.moveaxis(units * held[0] * (scl * of_lbnd), 0, axis), c)
        der = getattr(sys.modules[integral.__module__], integral.__name__.replace("int", "der"))
        by_lbnd = by_lbnd - np.sum(held[0] * val(lbnd, der(series))) * scl * of_lbnd
        by_scl = by_scl - np.sum(held[0] * here) * of_lbnd
    return part, of_k, by_lbnd, by_scl
