"""Tangents of what SciPy's solvers solve: a dx = db - da x, for what each reads of a (Giles 2008, section 2).

Tangents that are None are zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sct_ad.runtime.linalg import adjugated, hermitian_change, transposed
from sct_ad.runtime.scipy.linear_systems import as_read, dense_of_bands, diagonals_stored, row_order


def _columns(values: Any, vector: bool) -> Any:
    return np.asarray(values)[..., None] if vector else np.asarray(values)


def _rest(db: Any, product: Any) -> Any:
    """What is left of db, which may be None."""
    return -product if db is None else db - product


def _product(matrix: Any, z: Any) -> Any:
    """`matrix @ z` for a vector or for columns."""
    return (matrix @ np.asarray(z)[..., None])[..., 0] if np.ndim(z) == 1 else matrix @ z


def structured_solve_tangent(
    z: Any, a: Any, b: Any, lower: bool, assume_a: Any, transposed_: bool, da: Any, db: Any
) -> Any:
    """The tangent of `z = scipy.linalg.solve(a, b, lower=lower, assume_a=assume_a, transposed=transposed)`."""
    vector, plain = np.ndim(b) == 1, assume_a in (None, "gen", "general", "banded")
    used = np.asarray(a) if plain else as_read(np.asarray(a), assume_a, lower)
    rest = np.zeros_like(_columns(z, vector)) if db is None else _columns(db, vector)
    if da is not None:
        moved = np.asarray(da) if plain else as_read(np.asarray(da), assume_a, lower)
        rest = rest - (transposed(moved) if transposed_ else moved) @ _columns(z, vector)
    found = np.linalg.solve(transposed(used) if transposed_ else used, rest)
    return found[..., 0] if vector else found


def triangular_solve_tangent(
    z: Any, a: Any, b: Any, trans: Any, lower: bool, unit_diagonal: bool, da: Any, db: Any
) -> Any:
    """The tangent of `z = scipy.linalg.solve_triangular(a, b, trans, lower, unit_diagonal)`."""
    rest = db
    if da is not None:
        first = 1 if unit_diagonal else 0
        moved = np.tril(da, -first) if lower else np.triu(da, first)
        turned = {0: moved, "N": moved, 1: transposed(moved), "T": transposed(moved)}.get(trans, adjugated(moved))
        vector = np.ndim(b) == 1
        product = turned @ _columns(z, vector)
        rest = _rest(db, product[..., 0] if vector else product)
    return linalg.solve_triangular(a, rest, trans, lower, unit_diagonal, check_finite=False)


def banded_solve_tangent(z: Any, l_and_u: Any, ab: Any, b: Any, dab: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.solve_banded(l_and_u, ab, b)`."""
    rest = db if dab is None else _rest(db, _banded_product(np.asarray(dab), z, l_and_u[1]))
    return linalg.solve_banded(l_and_u, ab, rest)


def _banded_product(ab: Any, z: Any, upper: int) -> Any:
    z, n = np.asarray(z), ab.shape[-1]
    found = np.zeros(z.shape, np.result_type(ab, z))
    for row, k in diagonals_stored(ab, upper):
        rows, columns = slice(max(-k, 0), n + min(-k, 0)), slice(max(k, 0), n + min(k, 0))
        found[rows] += np.reshape(ab[row, columns], (-1,) + (1,) * (z.ndim - 1)) * z[columns]
    return found


def hermitian_banded_solve_tangent(z: Any, ab: Any, b: Any, lower: bool, dab: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.solveh_banded(ab, b, lower=lower)`."""
    rest = db
    if dab is not None:
        moved = dense_of_bands(np.asarray(dab), 0 if lower else np.shape(ab)[0] - 1)
        rest = _rest(db, hermitian_change(moved, lower) @ z)
    return linalg.solveh_banded(ab, rest, lower=lower)


def toeplitz_solve_tangent(z: Any, c_or_cr: Any, b: Any, dc: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.solve_toeplitz(c_or_cr, b)`."""
    rest = db if dc is None else _rest(db, linalg.matmul_toeplitz(dc, z))
    return linalg.solve_toeplitz(c_or_cr, rest)


def circulant_solve_tangent(z: Any, c: Any, b: Any, dc: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.solve_circulant(c, b)`, for one matrix."""
    if np.ndim(c) != 1:
        raise NotImplementedError("solve_circulant of several matrices; solve them one at a time")
    rest = db if dc is None else _rest(db, linalg.circulant(dc) @ z)
    return linalg.solve_circulant(c, rest)


def factored_cholesky_tangent(z: Any, c_and_lower: Any, b: Any, dc: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.cho_solve((c, lower), b)`."""
    rest = db
    if dc is not None:
        lower = bool(c_and_lower[1])
        rest = _rest(db, _product(_moved_product(np.asarray(c_and_lower[0]), np.asarray(dc[0]), lower), z))
    return linalg.cho_solve(c_and_lower, rest)


def factored_cholesky_banded_tangent(z: Any, cb_and_lower: Any, b: Any, dc: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.cho_solve_banded((cb, lower), b)`."""
    rest = db
    if dc is not None:
        lower = bool(cb_and_lower[1])
        upper = 0 if lower else np.shape(cb_and_lower[0])[0] - 1
        factor, moved = (dense_of_bands(np.asarray(v), upper) for v in (cb_and_lower[0], dc[0]))
        rest = _rest(db, _product(_moved_product(factor, moved, lower), z))
    return linalg.cho_solve_banded(cb_and_lower, rest)


def _moved_product(c: Any, dc: Any, lower: bool) -> Any:
    """The tangent of L L^H, or of U^H U, of which one triangle is read."""
    factor, moved = (np.tril(v) if lower else adjugated(np.triu(v)) for v in (c, dc))
    half = moved @ adjugated(factor)
    return half + adjugated(half)


def factored_lu_tangent(z: Any, lu_and_piv: Any, b: Any, trans: int, dlu: Any, db: Any) -> Any:
    """The tangent of `z = scipy.linalg.lu_solve((lu, piv), b, trans)`: P dA = dL U + L dU."""
    rest = db
    if dlu is not None:
        lu, moved = np.asarray(lu_and_piv[0]), np.asarray(dlu[0])
        lower, upper = np.tril(lu, -1) + np.eye(lu.shape[-1], dtype=lu.dtype), np.triu(lu)
        matrix = np.tril(moved, -1) @ upper + lower @ np.triu(moved)
        order = np.argsort(row_order(lu_and_piv[1], lu.shape[-2]), axis=-1)
        matrix = np.take_along_axis(matrix, order[..., None], -2)
        turned = adjugated(matrix) if trans == 2 else transposed(matrix) if trans else matrix
        rest = _rest(db, _product(turned, z))
    return linalg.lu_solve(lu_and_piv, rest, trans)


# Matrix equations --------------------------------------------------------------------------------------------------


def sylvester_tangent(z: Any, a: Any, b: Any, da: Any, db: Any, dq: Any) -> Any:
    """The tangent of the solution of `a z + z b = q`."""
    rest = np.zeros_like(z) if dq is None else dq
    rest = rest if da is None else rest - da @ z
    return linalg.solve_sylvester(a, b, rest if db is None else rest - z @ db)


def continuous_lyapunov_tangent(z: Any, a: Any, da: Any, dq: Any) -> Any:
    """The tangent of the solution of `a z + z a^H = q`."""
    rest = dq if da is None else _rest(dq, da @ z + z @ adjugated(da))
    return linalg.solve_continuous_lyapunov(a, rest)


def discrete_lyapunov_tangent(z: Any, a: Any, da: Any, dq: Any) -> Any:
    """The tangent of the solution of `z = a z a^H + q`."""
    rest = np.zeros_like(z) if dq is None else dq
    if da is not None:
        rest = rest + da @ z @ adjugated(a) + a @ z @ adjugated(da)
    return linalg.solve_discrete_lyapunov(a, rest)


def continuous_riccati_tangent(z: Any, a: Any, b: Any, r: Any, da: Any, db: Any, dq: Any, dr: Any) -> Any:
    """The tangent of the solution of `a^H z + z a - z b inv(r) b^H z + q = 0`, see `continuous_riccati_cotangents`."""
    gain = np.linalg.solve(r, adjugated(b) @ z)
    closed = a - b @ gain
    rest = np.zeros_like(z) if dq is None else 0.5 * dq
    if da is not None:
        rest = rest + z @ da
    if db is not None:
        rest = rest - z @ db @ gain
    if dr is not None:
        rest = rest + 0.5 * adjugated(gain) @ dr @ gain
    return linalg.solve_continuous_lyapunov(adjugated(closed), -(rest + adjugated(rest)))
