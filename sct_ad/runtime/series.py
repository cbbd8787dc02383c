"""Cotangents of functions of `numpy.polynomial`, for any of its bases: what differs between them is passed in.

Nearly everything is linear in the coefficients, and degrees are small: a linear map is transposed by way of its matrix,
whose columns are what the map makes of unit coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.cotangents import fitting

Function = Callable[..., Any]


def series_argument_cotangent(cotangent: Any, x: Any, c: Any, tensor: bool, val: Function, der: Function) -> Any:
    """The cotangent of `x` in `val(x, c, tensor)`."""
    return fitting(summed_to(np.asarray(cotangent) * val(x, der(c), tensor), np.shape(x)), x)


def series_coefficients_cotangent(cotangent: Any, x: Any, c: Any, tensor: bool, vander: Function) -> Any:
    """The cotangent of `c` in `val(x, c, tensor)`."""
    x, c, cotangent = np.asarray(x), np.asarray(c), np.asarray(cotangent)
    basis = vander(x, len(c) - 1).reshape(*x.shape, len(c))
    if tensor:
        columns = cotangent.reshape(-1, x.size) @ basis.reshape(x.size, len(c))
        return fitting(columns.T.reshape(c.shape), c)
    return fitting(np.stack([summed_to(cotangent * basis[..., k], c.shape[1:]) for k in range(len(c))]), c)


def series_points_cotangents(
    cotangent: Any, points: Any, c: Any, value: Function, der: Function, vander: Function, grid: bool
) -> tuple[Any, ...]:
    """The cotangents of all points and of `c` in `val2d(x, y, c)`, `grid2d(x, y, c)` and the like."""
    points = [np.asarray(x) for x in points]
    c, cotangent = np.asarray(c), np.asarray(cotangent)
    found = []
    for k, x in enumerate(points):
        slope = cotangent * value(*points, der(c, axis=k))
        if grid:
            first = cotangent.ndim - sum(p.ndim for p in points) + sum(p.ndim for p in points[:k])
            others = [axis for axis in range(cotangent.ndim) if not first <= axis < first + x.ndim]
            found.append(fitting(np.sum(slope, axis=tuple(others)), x))
        else:
            found.append(fitting(summed_to(slope, x.shape), x))
    bases = [vander(x, n - 1).reshape(x.size, n) for x, n in zip(points, c.shape)]
    places = [10 + k if grid else 10 for k in range(len(points))]
    sizes = [x.size for x in points] if grid else [points[0].size]
    operands: list[Any] = [cotangent.reshape(-1, *sizes), [0, *dict.fromkeys(places)]]
    for k, basis in enumerate(bases):
        operands += [basis, [places[k], 1 + k]]
    part = np.einsum(*operands, [*range(1, 1 + len(points)), 0], optimize=True)
    return (*found, fitting(part.reshape(c.shape), c))


def series_map_cotangent(cotangent: Any, c: Any, function: Function, *args: Any, axis: int = 0) -> Any:
    """The cotangent of `c` in `function(c, *args, axis=axis)`, which is linear."""
    c = np.moveaxis(np.asarray(c), axis, 0)
    matrix = function(np.eye(len(c), dtype=_dtype(*args)), *args)
    cotangent = _long_enough(np.moveaxis(np.asarray(cotangent), axis, 0), len(matrix))
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


def series_mapped_cotangent(cotangent: Any, c: Any, function: Function) -> Any:
    """The cotangent of `c` in `function(c)`, which is linear and takes one series."""
    c, cotangent = np.atleast_1d(c), np.asarray(cotangent)
    found = []
    for k in range(len(c)):
        column = np.atleast_1d(function([0.0] * k + [1.0]))
        found.append(np.dot(column[: len(cotangent)], cotangent[: len(column)]))
    return fitting(np.array(found), c)


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
    cotangent = _long_enough(cotangent, 2)
    first = line(1.0, 0.0)
    both = line(1.0, 1.0)
    return cotangent[0] * first[0], np.dot(cotangent, both) - cotangent[0] * first[0]


def series_sum_cotangents(cotangent: Any, c1: Any, c2: Any, sign: float) -> tuple[Any, Any]:
    """The cotangents of both series in `c1 + sign * c2`, from which trailing zeros are cut off."""
    long = _long_enough(cotangent, max(np.size(c1), np.size(c2)))
    right = long[: np.size(c2)] if sign == 1.0 else -long[: np.size(c2)]
    left = long[: np.size(c1)]
    return fitting(np.array(_reshaped(left, c1)), c1), fitting(np.array(_reshaped(right, c2)), c2)


def series_product_cotangents(cotangent: Any, c1: Any, c2: Any, product: Function) -> tuple[Any, Any]:
    """The cotangents of both series in `product(c1, c2)`."""
    return _factor(cotangent, c1, c2, product), _factor(cotangent, c2, c1, product)


def _factor(cotangent: Any, c1: Any, c2: Any, product: Function) -> Any:
    columns = _columns(np.size(c1), c2, product)
    return fitting(_reshaped(_long_enough(cotangent, len(columns))[: len(columns)] @ columns, c1), c1)


def _columns(size: int, c: Any, product: Function) -> Any:
    """The matrix of the multiplication of a series of some size by `c`."""
    c = np.atleast_1d(c)
    matrix = np.zeros((size + len(c) - 1, size), np.result_type(c, float))
    for k in range(size):
        column = product([0.0] * k + [1.0], c)
        matrix[: len(column), k] = column
    return matrix


def series_quotient_cotangents(
    quotient: Any, remainder: Any, z: Any, c1: Any, c2: Any, product: Function
) -> tuple[Any, Any]:
    """The cotangents of both series in `quo, rem = div(c1, c2)`, from those of `quo` and `rem`.

    By `c1 = product(quo, c2) + rem`, which determines both, since rem is of lower degree than c2.
    """
    first, second = c1, c2
    c1, c2 = np.trim_zeros(np.atleast_1d(c1), "b"), np.trim_zeros(np.atleast_1d(c2), "b")
    n, m = max(len(c1), 1), len(c2)
    if len(c1) < m:
        left = np.zeros(n) if remainder is None else _long_enough(remainder, n)
        return _in_shape(left, first), fitting(np.zeros(np.shape(second), np.result_type(left)), second)
    count = n - m + 1
    top = np.zeros(count) if quotient is None else _long_enough(quotient, count)
    rest = np.zeros(m - 1) if remainder is None or m == 1 else _long_enough(remainder, m - 1)
    matrix = np.concatenate([_columns(count, c2, product), np.eye(n, m - 1)], axis=1)
    left = np.linalg.solve(matrix.T, np.concatenate([top, rest]))
    quo = _long_enough(z[0], count)
    return _in_shape(left, first), _in_shape(-(left @ _columns(m, quo, product)), second)


def _in_shape(values: Any, c: Any) -> Any:
    """The cotangent of a series with the zeros that were cut off."""
    return fitting(_reshaped(_long_enough(values, np.size(c))[: np.size(c)], c), c)


def _reshaped(values: Any, c: Any) -> Any:
    return np.reshape(values, np.shape(c))


def series_power_cotangent(cotangent: Any, c: Any, pow: int, product: Function, power: Function) -> Any:
    """The cotangent of `c` in `power(c, pow)`."""
    if pow == 0:
        return np.zeros_like(c)
    return pow * _factor(cotangent, c, power(c, pow - 1), product)


def series_of_roots_cotangent(cotangent: Any, roots: Any, from_roots: Function) -> Any:
    """The cotangent of the roots in `from_roots(roots)`."""
    roots = np.asarray(roots)
    found = []
    for k in range(roots.size):
        others = np.atleast_1d(from_roots(np.delete(roots, k)))
        found.append(-np.dot(np.asarray(cotangent)[: len(others)], others))
    return fitting(np.array(found).reshape(roots.shape), roots)


def series_roots_cotangent(cotangent: Any, z: Any, c: Any, val: Function, der: Function, vander: Function) -> Any:
    """The cotangent of `c` in its roots `z`; infinite where a root is a multiple one.

    From P(r) = 0: dr = -sum_k dc_k T_k(r) / P'(r).
    """
    c = np.asarray(c)
    if np.size(z) == 0:
        return np.zeros_like(c)
    part = -(np.asarray(cotangent) / val(z, der(c))) @ vander(z, len(c) - 1)
    return np.array(fitting(part, c))


def series_companion_cotangent(cotangent: Any, c: Any, companion: Function) -> Any:
    """The cotangent of `c` in its companion matrix, an affine function of c[:-1] / c[-1]."""
    c, cotangent = np.asarray(c), np.asarray(cotangent)
    n = len(c)
    last = np.zeros(n)
    last[-1] = 1.0
    base = companion(last)
    slopes = np.zeros(n - 1, np.result_type(cotangent, c))
    for k in range(n - 1):
        unit = last.copy()
        unit[k] = 1.0
        slopes[k] = np.sum(cotangent * (companion(unit) - base))
    first = slopes / c[-1]
    return fitting(np.append(first, -np.dot(first, c[:-1] / c[-1])), c)


def series_vander_cotangent(cotangent: Any, x: Any, deg: int, der: Function, vander: Function) -> Any:
    """The cotangent of `x` in `vander(x, deg)`."""
    return fitting(np.reshape(np.sum(cotangent * _slopes(x, deg, der, vander), axis=-1), np.shape(x)), x)


def _slopes(x: Any, deg: int, der: Function, vander: Function) -> Any:
    """The derivatives of all basis polynomials up to a degree."""
    matrix = np.atleast_2d(der(np.eye(deg + 1)))
    return vander(x, len(matrix) - 1) @ matrix


def series_vander_cotangents(cotangent: Any, points: Any, deg: Any, der: Function, vander: Function) -> tuple[Any, ...]:
    """The cotangents of all points in `vander2d(x, y, deg)` and `vander3d(x, y, z, deg)`."""
    points = [np.asarray(x) for x in points]
    bases = [vander(x, n) for x, n in zip(points, deg)]
    cotangent = np.asarray(cotangent).reshape(*bases[0].shape[:-1], *(n + 1 for n in deg))
    found = []
    for k, x in enumerate(points):
        factors = [_slopes(x, deg[k], der, vander) if j == k else basis for j, basis in enumerate(bases)]
        total = cotangent
        for j in reversed(range(len(factors))):
            shape = [*factors[j].shape[:-1], *[1] * j, factors[j].shape[-1]]
            total = np.sum(total * factors[j].reshape(shape), axis=-1)
        found.append(fitting(np.reshape(total, x.shape), x))
    return tuple(found)


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
        return fit_cotangents(cotangent, z, x, y, w, vander(x, deg), _slopes(x, deg, der, vander))
    chosen = np.sort(deg)
    top = int(chosen[-1])
    basis, slopes = vander(x, top)[:, chosen], _slopes(x, top, der, vander)[:, chosen]
    return fit_cotangents(np.asarray(cotangent)[chosen], np.asarray(z)[chosen], x, y, w, basis, slopes)


def summed_to(values: Any, shape: tuple[int, ...]) -> Any:
    """Sum over what broadcasting a shape added."""
    values = np.sum(values, axis=tuple(range(np.ndim(values) - len(shape))))
    ones = tuple(k for k, n in enumerate(shape) if n == 1 and values.shape[k] != 1)
    return np.reshape(np.sum(values, axis=ones, keepdims=True), shape)


def _long_enough(values: Any, size: int) -> Any:
    """The values, followed by zeros up to a size."""
    values = np.asarray(values)
    missing = size - len(values)
    if missing <= 0:
        return values
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])
