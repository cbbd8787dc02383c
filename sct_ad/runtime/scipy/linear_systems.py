"""Cotangents of what SciPy's solvers solve: of matrices by their kind, of factors, and of matrix equations.

For x = inv(A) b all of them have w = inv(A.T) dx, db = w and dA = -w x.T (Giles 2008, section 2). Of these each
keeps the entries that it reads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import linalg

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.containers import added
from sct_ad.runtime.linalg import adjugated, real_if_real, transposed, triangle_only, truncated_pinv_cotangent
from sct_ad.runtime.scipy.structured import toeplitz_cotangents

_HERMITIAN = ("her", "hermitian", "pos", "positive definite")
_SYMMETRIC = ("sym", "symmetric")


def _columns(values: Any, vector: bool) -> Any:
    return np.asarray(values)[..., None] if vector else np.asarray(values)


def _pair(left: Any, right: Any, a: Any, b: Any, vector: bool) -> tuple[Any, Any]:
    """Cotangents of a matrix and of right-hand sides in the shapes and kinds of numbers of their primals."""
    if vector:
        right = right[..., 0]
    left, right = unbroadcast(left, np.asarray(a), left), unbroadcast(right, np.asarray(b), right)
    return real_if_real(left, a), real_if_real(right, b)


def structured_solve_cotangents(
    cotangent: Any, z: Any, a: Any, b: Any, lower: bool = False, assume_a: Any = None, transpose: bool = False
) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` in `scipy.linalg.solve(a, b, lower=lower, assume_a=assume_a)`."""
    vector = np.ndim(b) == 1
    given, x, a = _columns(cotangent, vector), _columns(z, vector), np.asarray(a)
    used = a if assume_a in (None, "gen", "general", "banded") else as_read(a, assume_a, lower)
    right = np.linalg.solve(used if transpose else transposed(used), given)
    left = -x @ transposed(right) if transpose else -right @ transposed(x)
    return _pair(read_entries(left, assume_a, lower), right, a, b, vector)


def as_read(a: Any, assume_a: str, lower: bool) -> Any:
    """The matrix that a solver sees that reads some entries only."""
    if assume_a in ("diagonal", "tridiagonal") or "triangular" in assume_a:
        return read_entries(a, assume_a, lower)
    half = np.tril(a, -1) if lower else np.triu(a, 1)
    middle = np.tril(np.triu(a))
    if assume_a in _SYMMETRIC or not np.iscomplexobj(a):
        return half + middle + transposed(half)
    return half + middle.real + adjugated(half)


def read_entries(a: Any, assume_a: Any, lower: bool) -> Any:
    """The cotangent of those entries of a matrix that are read."""
    if assume_a in _HERMITIAN:
        return np.conj(triangle_only(np.conj(a), lower))
    if assume_a in _SYMMETRIC:
        strict = np.tril(a, -1) + np.tril(transposed(a), -1) if lower else np.triu(a, 1) + np.triu(transposed(a), 1)
        return strict + np.tril(np.triu(a))
    if assume_a == "diagonal":
        return np.tril(np.triu(a))
    if assume_a == "tridiagonal":
        return np.tril(np.triu(a, -1), 1)
    if assume_a in ("upper triangular", "upper"):
        return np.triu(a)
    if assume_a in ("lower triangular", "lower"):
        return np.tril(a)
    return a


def triangular_solve_cotangents(
    cotangent: Any, z: Any, a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False
) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` in `scipy.linalg.solve_triangular(a, b, trans, lower, unit_diagonal)`."""
    vector, trans = np.ndim(b) == 1, {"N": 0, "T": 1, "C": 2}.get(trans, trans)
    given, x, a = _columns(cotangent, vector), _columns(z, vector), np.asarray(a)
    turned = np.conj(a) if trans == 2 else a
    keywords = {"lower": lower, "unit_diagonal": unit_diagonal, "check_finite": False}
    right = linalg.solve_triangular(turned, given, trans=0 if trans else 1, **keywords)
    left = -x @ transposed(right) if trans else -right @ transposed(x)
    left = np.conj(left) if trans == 2 else left
    first = 1 if unit_diagonal else 0
    return _pair(np.tril(left, -first) if lower else np.triu(left, first), right, a, b, vector)


# Banded storage: diagonal k of a matrix is row `upper - k`, shifted by k to the right ------------------------------


def dense_of_bands(ab: Any, upper: int) -> Any:
    """The matrix whose diagonals are rows."""
    n = ab.shape[-1]
    result = np.zeros((n, n), ab.dtype)
    for row, k in diagonals_stored(ab, upper):
        np.fill_diagonal(result[max(-k, 0) :, max(k, 0) :], ab[row, max(k, 0) : n + min(k, 0)])
    return result


def diagonals_stored(ab: Any, upper: int) -> list[tuple[int, int]]:
    """Rows of the storage with the diagonals that they hold, as far as these exist."""
    return [(row, upper - row) for row in range(ab.shape[0]) if abs(upper - row) < ab.shape[-1]]


def stored_bands(a: Any, ab: Any, upper: int) -> Any:
    """The diagonals of a matrix as rows, in the form of `ab`."""
    n = ab.shape[-1]
    result = np.zeros(ab.shape, a.dtype)
    for row, k in diagonals_stored(ab, upper):
        result[row, max(k, 0) : n + min(k, 0)] = np.diagonal(a, k)
    return result


def banded_solve_cotangents(cotangent: Any, z: Any, l_and_u: Any, ab: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of `ab` and `b` in `scipy.linalg.solve_banded(l_and_u, ab, b)`."""
    (below, above), ab = l_and_u, np.asarray(ab)
    vector, n = np.ndim(b) == 1, ab.shape[-1]
    given, x = _columns(cotangent, vector), _columns(z, vector)
    flipped = np.zeros_like(ab)
    for row, k in diagonals_stored(ab, above):
        flipped[below + k, max(-k, 0) : n + min(-k, 0)] = ab[row, max(k, 0) : n + min(k, 0)]
    right = linalg.solve_banded((above, below), flipped, given)
    left = np.zeros(ab.shape, np.result_type(right, x))
    for row, k in diagonals_stored(ab, above):
        rows, columns = slice(max(-k, 0), n + min(-k, 0)), slice(max(k, 0), n + min(k, 0))
        left[row, columns] = -np.sum(right[rows] * x[columns], axis=-1)
    return _pair(left, right, ab, b, vector)


def hermitian_banded_solve_cotangents(cotangent: Any, z: Any, ab: Any, b: Any, lower: bool = False) -> tuple[Any, Any]:
    """The cotangents of `ab` and `b` in `scipy.linalg.solveh_banded(ab, b, lower=lower)`."""
    vector, ab = np.ndim(b) == 1, np.asarray(ab)
    given, x, n = _columns(cotangent, vector), _columns(z, vector), ab.shape[-1]
    right = np.conj(linalg.solveh_banded(ab, np.conj(given), lower=lower))
    upper = 0 if lower else ab.shape[0] - 1
    left = np.zeros(ab.shape, np.result_type(right, x))
    for row, k in diagonals_stored(ab, upper):
        rows, columns = slice(max(-k, 0), n + min(-k, 0)), slice(max(k, 0), n + min(k, 0))
        left[row, columns] = -np.sum(right[rows] * x[columns], axis=-1)
        if k:
            left[row, columns] -= np.conj(np.sum(right[columns] * x[rows], axis=-1))
        else:
            left[row] = np.real(left[row])
    return _pair(left, right, ab, b, vector)


def toeplitz_solve_cotangents(cotangent: Any, z: Any, c_or_cr: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `scipy.linalg.solve_toeplitz(c_or_cr, b)`."""
    column, row = _column_and_row(c_or_cr)
    given, x = (np.reshape(v, (len(column), _count(b))) for v in (cotangent, z))
    right = np.reshape(linalg.solve_toeplitz((row, column), given), given.shape)
    left = toeplitz_cotangents(-right @ x.T, *_as_given(c_or_cr))
    return left if isinstance(c_or_cr, tuple) else left[0], real_if_real(np.reshape(right, np.shape(b)), b)


def toeplitz_product_cotangents(cotangent: Any, c_or_cr: Any, x: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `scipy.linalg.matmul_toeplitz(c_or_cr, x)`."""
    column, row = _column_and_row(c_or_cr)
    given, columns = np.reshape(cotangent, (len(column), _count(x))), np.reshape(x, (len(row), _count(x)))
    right = np.reshape(linalg.matmul_toeplitz((row, column), given), np.shape(x))
    left = toeplitz_cotangents(given @ columns.T, *_as_given(c_or_cr))
    return left if isinstance(c_or_cr, tuple) else left[0], real_if_real(right, x)


def toeplitz_solve_cotangents_tangent(
    cotangent: Any, z: Any, c_or_cr: Any, b: Any, of_cotangent: Any, of_z: Any, of_c: Any
) -> tuple[Any, Any]:
    """The tangents of both results of `toeplitz_solve_cotangents`; None for what does not change."""
    column, row = _column_and_row(c_or_cr)
    given, x = (np.reshape(v, (len(column), _count(b))) for v in (cotangent, z))
    right = np.reshape(linalg.solve_toeplitz((row, column), given), given.shape)
    change = np.zeros_like(given) if of_cotangent is None else np.reshape(of_cotangent, given.shape)
    if of_c is not None:
        moved, moved_row = _column_and_row(_changes(c_or_cr, of_c))
        change = change - np.reshape(linalg.matmul_toeplitz((moved_row, moved), right), given.shape)
    of_right = np.reshape(linalg.solve_toeplitz((row, column), change), given.shape)
    outer = -of_right @ x.T
    if of_z is not None:
        outer = outer - right @ np.reshape(of_z, x.shape).T
    left = toeplitz_cotangents(outer, *_as_given(c_or_cr))
    return left if isinstance(c_or_cr, tuple) else left[0], real_if_real(np.reshape(of_right, np.shape(b)), b)


def toeplitz_product_cotangents_tangent(
    cotangent: Any, c_or_cr: Any, x: Any, of_cotangent: Any, of_c: Any, of_x: Any
) -> Any:
    """The tangents of both results of `toeplitz_product_cotangents`; None for what does not change."""
    given = np.zeros_like(cotangent) if of_cotangent is None else of_cotangent
    moved = np.zeros_like(x) if of_x is None else of_x
    return added(
        toeplitz_product_cotangents(given, c_or_cr, x),
        toeplitz_product_cotangents(cotangent, _changes(c_or_cr, of_c), moved),
    )


def _changes(c_or_cr: Any, changes: Any) -> Any:
    """The tangents of a column, or of a column and a row, with zeros for what does not change."""
    if not isinstance(c_or_cr, tuple):
        return np.zeros_like(c_or_cr) if changes is None else changes
    each = changes or (None,) * len(c_or_cr)
    return tuple(np.zeros_like(v) if change is None else change for v, change in zip(c_or_cr, each))


def _count(b: Any) -> int:
    """The number of right-hand sides."""
    return math.prod(np.shape(b)[1:])


def _as_given(c_or_cr: Any) -> tuple[Any, ...]:
    return tuple(map(np.asarray, c_or_cr)) if isinstance(c_or_cr, tuple) else (np.asarray(c_or_cr),)


def _column_and_row(c_or_cr: Any) -> tuple[Any, Any]:
    """The first column and row of a Toeplitz matrix; the corner is in the column."""
    column, *rest = (np.ravel(v) for v in _as_given(c_or_cr))
    row = rest[0] if rest else np.conj(column)
    return column, np.concatenate([column[:1], row[1:]])


def circulant_solve_cotangents(cotangent: Any, z: Any, c: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `scipy.linalg.solve_circulant(c, b)`, for one matrix."""
    c, n = np.asarray(c), np.shape(c)[-1]
    if c.ndim != 1:
        raise NotImplementedError("solve_circulant of several matrices; solve them one at a time")
    given, x = np.reshape(cotangent, (n, _count(b))), np.reshape(z, (n, _count(b)))
    right = linalg.solve_circulant(np.roll(c[::-1], 1), given)
    product = -right @ x.T
    left = np.array([np.sum(np.diagonal(product, -k)) + np.sum(np.diagonal(product, n - k)) for k in range(n)])
    return real_if_real(left.astype(product.dtype), c), real_if_real(np.reshape(right, np.shape(b)), b)


# Factors -----------------------------------------------------------------------------------------------------------


def factored_cholesky_cotangents(
    cotangent: Any, z: Any, c_and_lower: Any, b: Any, banded: bool = False
) -> tuple[Any, Any]:
    """The cotangents in `scipy.linalg.cho_solve((c, lower), b)`, of which one triangle of `c` is read; or of bands."""
    c, lower = np.asarray(c_and_lower[0]), bool(c_and_lower[1])
    upper = 0 if lower else c.shape[0] - 1
    factor = dense_of_bands(c, upper) if banded else (np.tril(c) if lower else np.triu(c))
    triangle = factor if lower else adjugated(factor)
    vector = np.ndim(b) == 1
    given, x = _columns(cotangent, vector), _columns(z, vector)
    right = np.conj(np.linalg.solve(adjugated(triangle), np.linalg.solve(triangle, np.conj(given))))
    whole = -right @ transposed(x)
    left = whole @ np.conj(triangle) + np.conj(transposed(whole) @ triangle)
    left = np.tril(left) if lower else np.triu(adjugated(left))
    left, right = _pair(stored_bands(left, c, upper) if banded else left, right, c, b, vector)
    return (left, 0.0), right


def factored_lu_cotangents(cotangent: Any, z: Any, lu_and_piv: Any, b: Any, trans: int = 0) -> tuple[Any, Any]:
    """The cotangents in `scipy.linalg.lu_solve((lu, piv), b, trans)`: with P A = L U, dL = dPA U.T and dU = L.T dPA."""
    lu, pivots = np.asarray(lu_and_piv[0]), lu_and_piv[1]
    vector = np.ndim(b) == 1
    given, x = _columns(cotangent, vector), _columns(z, vector)
    if trans == 2:
        right = np.conj(linalg.lu_solve((lu, pivots), np.conj(given), 0))
    else:
        right = linalg.lu_solve((lu, pivots), given, 0 if trans else 1)
    whole = -x @ transposed(right) if trans else -right @ transposed(x)
    whole = np.conj(whole) if trans == 2 else whole
    whole = np.take_along_axis(whole, row_order(pivots, lu.shape[-2])[..., None], -2)
    lower, upper = np.tril(lu, -1) + np.eye(lu.shape[-1], dtype=lu.dtype), np.triu(lu)
    left = np.tril(whole @ transposed(upper), -1) + np.triu(transposed(lower) @ whole)
    left, right = _pair(left, right, lu, b, vector)
    return (left, np.zeros(np.shape(pivots))), right


def row_order(pivots: Any, size: int) -> Any:
    """The order of rows that LAPACK's successive exchanges give."""
    pivots = np.asarray(pivots)
    order = np.broadcast_to(np.arange(size), (*pivots.shape[:-1], size)).copy()
    for index in np.ndindex(pivots.shape[:-1]):
        row = order[index]
        for k, other in enumerate(pivots[index]):
            row[k], row[other] = row[other], row[k]
    return order


def hermitian_pinv_cotangent(cotangent: Any, z: Any, a: Any, lower: bool = True) -> Any:
    """The cotangent of `a` in `scipy.linalg.pinvh(a, lower=lower)`, which reads one triangle."""
    if lower:
        return truncated_pinv_cotangent(cotangent, z, a, True)
    return transposed(truncated_pinv_cotangent(transposed(cotangent), transposed(z), transposed(a), True))


# Matrix equations --------------------------------------------------------------------------------------------------


def sylvester_cotangents(cotangent: Any, z: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """The cotangents of `a`, `b` and `q` in the solution of `a x + x b = q`: a.T w + w b.T = dx."""
    w = linalg.solve_sylvester(transposed(a), transposed(b), cotangent)
    return real_if_real(-w @ transposed(z), a), real_if_real(-transposed(z) @ w, b), w


def continuous_lyapunov_cotangents(cotangent: Any, z: Any, a: Any) -> tuple[Any, Any]:
    """The cotangents of `a` and `q` in the solution of `a x + x a^H = q`."""
    w = linalg.solve_sylvester(transposed(a), np.conj(a), cotangent)
    return real_if_real(-w @ transposed(z) - adjugated(transposed(z) @ w), a), w


def discrete_lyapunov_cotangents(cotangent: Any, z: Any, a: Any) -> tuple[Any, Any]:
    """The cotangents of `a` and `q` in the solution of `x = a x a^H + q`: w = a.T w conj(a) + dx."""
    w = linalg.solve_discrete_lyapunov(transposed(a), cotangent)
    left = w @ np.conj(a) @ transposed(z) + np.conj(transposed(w) @ a @ z)
    return real_if_real(left, a), w


def continuous_riccati_cotangents(cotangent: Any, z: Any, a: Any, b: Any, r: Any) -> tuple[Any, Any, Any, Any]:
    """The cotangents of `a`, `b`, `q`, `r` in the solution of `a^H x + x a - x b inv(r) b^H x + q = 0`.

    With the closed loop c = a - b k, k = inv(r) b^H x: c^H dx + dx c + dF = 0, where dF is what the equation changes by
    at a fixed x (Kao and Hennequin 2020). Gradients in here are conjugated cotangents.
    """
    x, given = np.asarray(z), np.conj(cotangent)
    given = 0.5 * (given + adjugated(given))
    gain = np.linalg.solve(r, adjugated(b) @ x)
    closed = a - b @ gain
    w = linalg.solve_sylvester(-closed, -adjugated(closed), given)
    w = 0.5 * (w + adjugated(w))
    parts = (2 * x @ w, -2 * x @ w @ adjugated(gain), w, gain @ w @ adjugated(gain))
    return tuple(np.conj(part) for part in parts)  # type: ignore[return-value]
