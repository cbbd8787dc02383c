"""Cotangents of functions of `numpy.polynomial`, for any of its bases: what differs between them is passed in.

Nearly everything is linear in the coefficients. What the recurrence of the basis tells is in `recurrences`, to which a
basis is known by its function `mulx`; another linear map is transposed by way of its matrix, the map of all unit
coefficients at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.cotangents import fitting
from sct_ad.runtime.recurrences import (
    enough,
    factor_cotangent,
    factors_cotangents,
    moments,
    multiples,
    steps,
    times_x,
    times_x_transposed,
)

Function = Callable[..., Any]


def series_argument_cotangent(cotangent: Any, x: Any, c: Any, tensor: bool, val: Function, der: Function) -> Any:
    """The cotangent of `x` in `val(x, c, tensor)`."""
    if np.ndim(c) < 2 or not tensor:
        return fitting(summed_to(np.asarray(cotangent) * val(x, der(c), tensor), np.shape(x)), x)
    slopes, points = der(c), np.ravel(x)
    sums = slopes.reshape(len(slopes), -1) @ np.reshape(cotangent, (-1, points.size))  # one series for each point
    return fitting(np.reshape(val(points, sums, tensor=False), np.shape(x)), x)


def series_coefficients_cotangent(cotangent: Any, x: Any, c: Any, tensor: bool, vander: Function) -> Any:
    """The cotangent of `c` in `val(x, c, tensor)`."""
    x, c, cotangent = np.asarray(x), np.asarray(c), np.asarray(cotangent)
    basis = vander(x.ravel(), len(c) - 1)
    if tensor:
        return fitting((cotangent.reshape(-1, x.size) @ basis).T.reshape(c.shape), c)
    terms = cotangent * basis.T.reshape(len(c), *[1] * (cotangent.ndim - x.ndim), *x.shape)
    within = [1] * (cotangent.ndim - c.ndim + 1)
    return fitting(summed_to(terms, (len(c), *within, *c.shape[1:])).reshape(c.shape), c)


def series_points_cotangents(
    cotangent: Any, points: Any, c: Any, der: Function, vander: Function, grid: bool
) -> tuple[Any, ...]:
    """The cotangents of all points and of `c` in `val2d(x, y, c)`, `grid2d(x, y, c)` and the like.

    As they compute: one axis of `c` after the other gives its place to the points, which for `val` have an axis in
    common.
    """
    places, c = [np.asarray(x) for x in points], np.asarray(c)
    bases = [vander(x.ravel(), n - 1) for x, n in zip(places, c.shape)]
    held = [c.reshape(len(c), -1)]
    for k in range(1, len(places)):
        basis, coefficients = bases[k - 1].T, held[-1]
        sums = coefficients.T @ basis if coefficients.ndim == 2 else np.sum(coefficients * basis[:, None], axis=0)
        held.append(sums.reshape(c.shape[k], -1) if grid else sums.reshape(c.shape[k], -1, sums.shape[-1]))
    left, found = np.asarray(cotangent), []
    for k in reversed(range(len(places))):
        basis, coefficients = bases[k], held[k]
        left = left.reshape(-1, len(basis))
        if coefficients.ndim == 2:
            slopes = der(coefficients)
            part = np.sum(slopes.T @ basis.T[: len(slopes)] * left, axis=0)
            left = (left @ basis).T
        else:
            slopes = der(np.sum(coefficients * left, axis=1))
            part = np.sum(slopes * basis.T[: len(slopes)], axis=0)
            left = basis.T[:, None, :] * left
        found.append(fitting(np.reshape(part, places[k].shape), places[k]))
    return (*reversed(found), fitting(left.reshape(c.shape), c))


def series_map_cotangent(cotangent: Any, c: Any, function: Function, *args: Any, axis: int = 0) -> Any:
    """The cotangent of `c` in `function(c, *args, axis=axis)`, which is linear."""
    c = np.moveaxis(np.asarray(c), axis, 0)
    matrix = function(np.eye(len(c), dtype=_dtype(*args)), *args)
    cotangent = enough(np.moveaxis(np.asarray(cotangent), axis, 0), len(matrix))
    return fitting(np.moveaxis(np.tensordot(matrix, cotangent, (0, 0)), 0, axis), c)


def without_leading_zeros(c: Any) -> Any:
    """Coefficients as `np.poly1d` keeps them: without zeros in front, but for one of nothing else."""
    c = np.atleast_1d(c)
    return np.array(c[int(np.argmax(c != 0)) :]) if np.any(c) else np.zeros(1, c.dtype)


def without_leading_zeros_cotangent(cotangent: Any, c: Any) -> Any:
    """The cotangent of `c` in `without_leading_zeros(c)`."""
    cotangent = np.asarray(cotangent)[: np.size(c)]
    missing = np.zeros(np.size(c) - len(cotangent), cotangent.dtype)
    return np.reshape(np.concatenate([missing, cotangent]), np.shape(c))


def series_times_x_cotangent(cotangent: Any, c: Any, mulx: Function) -> Any:
    """The cotangent of `c` in `mulx(c)`."""
    size = np.size(c)
    return fitting(_reshaped(times_x_transposed(enough(cotangent, size + 1), steps(mulx, size)), c), c)


def series_converted_cotangent(cotangent: Any, c: Any, mulx: Function, mulx_after: Function) -> Any:
    """The cotangent of `c` in the same series in another basis."""
    size = np.size(c)
    found = [values[0] for values in moments(enough(cotangent, size), mulx_after, mulx, size)]
    return fitting(_reshaped(np.array(found), c), c)


def series_integral_cotangents(
    cotangent: Any, c: Any, m: int, k: Any, lbnd: Any, scl: Any, axis: int, integral: Function, val: Function
) -> tuple[Any, ...]:
    """The cotangents of c, k, lbnd and scl in `integral(c, m, k, lbnd, scl, axis)`; of the last two only for m = 1.

    Such an integral is scl times the antiderivative that is 0 at lbnd, plus k.
    """
    dtype = _dtype(lbnd, scl)
    part = series_map_cotangent(cotangent, c, lambda unit: integral(unit.astype(dtype), m, [], lbnd, scl), axis=axis)
    moved = np.moveaxis(np.asarray(cotangent), axis, 0)
    constants = np.atleast_1d(np.asarray(k) * 1.0)
    found = []
    for place in range(constants.size):
        unit = [0.0] * place + [1.0]
        column = integral(np.zeros(2, dtype), m, unit, lbnd, scl)[: len(moved)]
        found.append(np.sum(np.tensordot(column, moved[: len(column)], (0, 0))))
    of_k = fitting(np.reshape(np.array(found), np.shape(k)), k)
    if m != 1:
        return part, of_k
    first = np.moveaxis(np.asarray(c), axis, 0)
    of_scl = np.sum(moved * integral(first.astype(np.result_type(first, dtype)), 1, [], lbnd, 1.0)[: len(moved)])
    of_lbnd = -np.sum(moved[0] * val(lbnd, first)) * scl
    return part, of_k, fitting(of_lbnd, lbnd)[()], fitting(of_scl, scl)[()]


def _dtype(*numbers: Any) -> type:
    """The dtype in which linear maps with these constants can be written down."""
    return complex if any(map(np.iscomplexobj, numbers)) else float


def series_line_cotangents(cotangent: Any, line: Function) -> tuple[Any, Any]:
    """The cotangents of both arguments in `line(off, scl)`."""
    cotangent = enough(cotangent, 2)
    first = line(1.0, 0.0)
    both = line(1.0, 1.0)
    return cotangent[0] * first[0], np.dot(cotangent, both) - cotangent[0] * first[0]


def series_sum_cotangents(cotangent: Any, c1: Any, c2: Any, sign: float) -> tuple[Any, Any]:
    """The cotangents of both series in `c1 + sign * c2`, from which trailing zeros are cut off."""
    long = enough(cotangent, max(np.size(c1), np.size(c2)))
    right = long[: np.size(c2)] if sign == 1.0 else -long[: np.size(c2)]
    left = long[: np.size(c1)]
    return fitting(np.array(_reshaped(left, c1)), c1), fitting(np.array(_reshaped(right, c2)), c2)


def series_product_cotangents(cotangent: Any, c1: Any, c2: Any, mulx: Function) -> tuple[Any, Any]:
    """The cotangents of both series in their product."""
    size = np.size(c1) + np.size(c2) - 1
    left, right = factors_cotangents(enough(cotangent, size), np.atleast_1d(c1), np.atleast_1d(c2), mulx)
    return fitting(_reshaped(left, c1), c1), fitting(_reshaped(right, c2), c2)


def series_quotient_cotangents(
    quotient: Any, remainder: Any, z: Any, c1: Any, c2: Any, mulx: Function
) -> tuple[Any, Any]:
    """The cotangents of both series in `quo, rem = div(c1, c2)`, from those of `quo` and `rem`.

    By `c1 = quo * c2 + rem`, which determines both, since rem is of lower degree than c2: the cotangent of c1 is that
    of `rem`, and then for one coefficient after the other what with c2 times each basis polynomial gives that of `quo`.
    """
    first, second = c1, c2
    c1, c2 = without_trailing_zeros(c1), without_trailing_zeros(c2)
    n, m = max(len(c1), 1), len(c2)
    if len(c1) < m:
        left = np.zeros(n) if remainder is None else enough(remainder, n)
        return _in_shape(left, first), fitting(np.zeros(np.shape(second), np.result_type(left)), second)
    count = n - m + 1
    top = np.zeros(count) if quotient is None else enough(quotient, count)
    rest = np.zeros(m - 1) if remainder is None or m == 1 else enough(remainder, m - 1)
    left = np.concatenate([rest, np.zeros(count, np.result_type(top, rest, c2, float))])
    for k, multiple in enumerate(multiples(c2, mulx, count)):
        left[m - 1 + k] = (top[k] - np.dot(multiple[:-1], left[: m - 1 + k])) / multiple[-1]
    return _in_shape(left, first), _in_shape(-factor_cotangent(left, enough(z[0], count), m, mulx), second)


def without_trailing_zeros(c: Any) -> Any:
    """The coefficients up to the last that is not 0."""
    c = np.atleast_1d(c)
    return np.trim_zeros(c, "b") if c[-1] == 0 else c


def _in_shape(values: Any, c: Any) -> Any:
    """The cotangent of a series with the zeros that were cut off."""
    return fitting(_reshaped(enough(values, np.size(c))[: np.size(c)], c), c)


def _reshaped(values: Any, c: Any) -> Any:
    return np.reshape(values, np.shape(c))


def series_power_cotangent(cotangent: Any, c: Any, pow: int, mulx: Function, power: Function) -> Any:
    """The cotangent of `c` in `power(c, pow)`."""
    if pow == 0:
        return np.zeros_like(c)
    others = np.asarray(power(c, pow - 1, None))
    return fitting(_reshaped(pow * factor_cotangent(cotangent, others, np.size(c), mulx), c), c)


def series_of_roots_cotangent(cotangent: Any, roots: Any, mulx: Function) -> Any:
    """The cotangent of the roots in the product of all (x - root).

    Multiplied from the left up to a root and, transposed, from the right.
    """
    given = np.ravel(roots)
    order = spread_roots(given)
    at = steps(mulx, given.size + 1)
    products = [np.ones(1, np.result_type(given, float))]
    for root in given[order[:-1]]:
        product = times_x(products[-1], at)
        product[:-1] -= root * products[-1]
        products.append(product)
    left = enough(cotangent, given.size + 1)
    found = np.zeros(given.size, np.result_type(left, products[0]))
    for place, product in zip(order[::-1], products[::-1]):
        found[place] = -np.dot(left[: len(product)], product)
        left = times_x_transposed(left, at) - given[place] * left[:-1]
    return fitting(np.reshape(found, np.shape(roots)), roots)


def spread_roots(roots: Any) -> Any:
    """An order of roots in which each part of their product has some from everywhere, by multiples of the golden ratio.

    (x - 1)^n (x + 1)^n in this order would have huge coefficients in between.
    """
    ranks = np.argsort(np.argsort(np.arange(len(roots)) * 0.6180339887498949 % 1.0))
    return np.argsort(roots)[ranks]


def series_roots_cotangent(cotangent: Any, z: Any, c: Any, val: Function, der: Function, vander: Function) -> Any:
    """The cotangent of `c` in its roots `z`; infinite where a root is a multiple one.

    From P(r) = 0: dr = -sum_k dc_k T_k(r) / P'(r).
    """
    c = np.asarray(c)
    if np.size(z) == 0:
        return np.zeros_like(c)
    part = -(np.asarray(cotangent) / val(z, der(c))) @ vander(z, len(c) - 1)
    return np.array(fitting(part, c))


def series_companion_cotangent(cotangent: Any, c: Any, mulx: Function) -> Any:
    """The cotangent of `c` in its companion matrix, of which the last column is affine in c[:-1] / c[-1].

    The column is that of x T_(n-1) without T_n, in units of the norms of the polynomials, whose squares have the ratio
    falling_(k+1) / rising_k; powers have no norms.
    """
    whole, c = c, without_trailing_zeros(c)
    n = len(c) - 1
    at = steps(mulx, n)
    units = np.ones(n)
    if at.falling is not None:
        units[:-1] = np.cumprod(np.sqrt(at.rising[:-1] / at.falling[1:])[::-1])[::-1]
    first = -at.rising[-1] * units * np.asarray(cotangent)[:, -1] / c[-1]
    return _in_shape(np.append(first, -np.dot(first, c[:-1] / c[-1])), whole)


def series_vander_cotangent(cotangent: Any, x: Any, val: Function, der: Function) -> Any:
    """The cotangent of `x` in `vander(x, deg)`: each row of cotangents is a series, to be derived at its point."""
    series = np.moveaxis(np.asarray(cotangent), -1, 0)
    return fitting(np.reshape(val(np.atleast_1d(x), der(series), tensor=False), np.shape(x)), x)


def series_vander_cotangents(cotangent: Any, points: Any, deg: Any, val: Function, der: Function) -> tuple[Any, ...]:
    """The cotangents of all points in `vander2d(x, y, deg)` and `vander3d(x, y, z, deg)`."""
    places, count = [np.atleast_1d(x) for x in points], len(deg)
    series = np.reshape(cotangent, (*places[0].shape, *(int(n) + 1 for n in deg)))
    series = np.ascontiguousarray(np.moveaxis(series, range(-count, 0), range(count)))
    found = []
    for k, x in enumerate(places):
        left = np.moveaxis(series, k, count - 1)
        for other in (*places[:k], *places[k + 1 :]):
            left = val(other, left, tensor=False)
        found.append(fitting(np.reshape(val(x, der(left), tensor=False), np.shape(points[k])), points[k]))
    return tuple(found)


def basis_slopes(x: Any, deg: int, der: Function, vander: Function) -> Any:
    """The derivatives of all basis polynomials up to a degree."""
    matrix = np.atleast_2d(der(np.eye(deg + 1)))
    return vander(x, len(matrix) - 1) @ matrix


def fit_cotangents(cotangent: Any, z: Any, x: Any, y: Any, w: Any, basis: Any, slopes: Any) -> tuple[Any, Any, Any]:
    """The cotangents of x, y and w in the weighted least-squares fit `z` of the columns of `basis` to `y`.

    The fit is z = (B^+ b) / s with b = w y, A = diag(w) basis, s the norms of its columns and B = A / s. While B keeps
    its rank, dB^+ = -B^+ dB B^+ + (B^H B)^+ dB^H (1 - B B^+) + (1 - B^+ B) dB^H B^+^H B^+ (Golub & Pereyra 1973).
    `slopes` are the derivatives of `basis` by x.
    """
    x, y, z, cotangent = (np.asarray(v) for v in (x, y, z, cotangent))
    weights = np.ones(len(x), basis.dtype) if w is None else np.asarray(w)
    matrix, values = basis * weights[:, None], y.reshape(len(x), -1) * weights[:, None]
    scale = np.sqrt(np.sum(np.abs(matrix) ** 2, axis=0))
    scale = np.where(scale == 0, 1.0, scale)
    scaled = matrix / scale
    inverse = np.linalg.pinv(scaled, rcond=len(x) * np.finfo(scaled.dtype).eps)
    fitted = z.reshape(len(z), -1) * scale[:, None]  # B^+ b
    given = cotangent.reshape(len(z), -1) / scale[:, None]
    right = inverse.T @ given  # the cotangent of b
    residual = values - scaled @ fitted
    free = given - scaled.T @ right  # what the fit does not determine
    of_scaled = -right @ fitted.T + np.conj(residual @ (np.conj(inverse) @ right).T)
    of_scaled = of_scaled + np.conj((inverse.conj().T @ fitted) @ free.T)
    of_scale = -np.real(np.sum(given * fitted, axis=1) + np.sum(of_scaled * scaled, axis=0)) / scale
    of_matrix = of_scaled / scale + np.conj(scaled) * of_scale
    of_x = np.sum(of_matrix * slopes, axis=1) * weights
    of_w = np.sum(of_matrix * basis, axis=1) + np.sum(right * y.reshape(len(x), -1), axis=1)
    of_y = np.reshape(right * weights[:, None], y.shape)
    return fitting(of_x, x), fitting(of_y, y), fitting(of_w, weights)


def series_fit_cotangents(
    cotangent: Any, z: Any, x: Any, y: Any, deg: Any, w: Any, der: Function, vander: Function
) -> tuple[Any, Any, Any]:
    """The cotangents of x, y and w in `fit(x, y, deg, w=w)`; a list of degrees leaves the others out."""
    if np.ndim(deg) == 0:
        return fit_cotangents(cotangent, z, x, y, w, vander(x, deg), basis_slopes(x, deg, der, vander))
    chosen = np.sort(deg)
    top = int(chosen[-1])
    basis, slopes = vander(x, top)[:, chosen], basis_slopes(x, top, der, vander)[:, chosen]
    return fit_cotangents(np.asarray(cotangent)[chosen], np.asarray(z)[chosen], x, y, w, basis, slopes)


def summed_to(values: Any, shape: tuple[int, ...]) -> Any:
    """Sum over what broadcasting a shape added."""
    values = np.sum(values, axis=tuple(range(np.ndim(values) - len(shape))))
    ones = tuple(k for k, n in enumerate(shape) if n == 1 and values.shape[k] != 1)
    return np.reshape(np.sum(values, axis=ones, keepdims=True), shape)
