"""Cotangents of the factors of real matrices, in the words that Numba compiles: see `sct_ad.runtime.factorisations`."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types

from sct_ad.emit.numba.support import implements
from sct_ad.runtime.factorisations import cholesky_cotangent, eigh_cotangent, qr_cotangent


def _are_real(*parts: tuple[Any, int]) -> bool:
    """Whether parts are real arrays of these ranks, the last ones of the same dtype."""
    arrays = [part for part, _ in parts]
    if not all(isinstance(array, types.Array) and isinstance(array.dtype, types.Float) for array in arrays):
        return False
    return all(array.ndim == rank for array, rank in parts)


@numba.njit
def _folded(full: Any) -> Any:
    """What is above the diagonal of a matrix added to what is below it, which alone is read of an argument."""
    found = np.zeros_like(full)
    for i in range(len(full)):
        found[i, i] = full[i, i]
        for j in range(i):
            found[i, j] = full[i, j] + full[j, i]
    return found


@numba.njit
def _over_gaps(turned: Any, values: Any, out: Any) -> None:
    """Add `(turned - turned.T) / gaps / 2` off the diagonal; NaN where a gap is rounding alone and vectors matter."""
    n = len(values)
    scale = np.max(np.abs(values)) if n else 0.0
    tiny = 4 * n * np.finfo(values.dtype).eps * scale
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            gap = values[j] - values[i]
            if abs(gap) > tiny:
                out[i, j] += 0.5 * (turned[i, j] - turned[j, i]) / gap
            elif turned[i, j] != 0.0 or turned[j, i] != 0.0:
                out[i, j] = np.nan


@implements(cholesky_cotangent)
def _cholesky_cotangent(cotangent: Any, z: Any, upper: Any = False) -> Any:
    if not _are_real((cotangent, 2), (z, 2)):
        return None
    if upper is not False and getattr(upper, "literal_value", getattr(upper, "value", None)) is not False:
        return None

    def of_matrix(cotangent: Any, z: Any, upper: Any = False) -> Any:
        back = np.ascontiguousarray(z.T)
        inner = back @ np.ascontiguousarray(cotangent).astype(z.dtype)
        for i in range(len(inner)):
            inner[i, i] *= 0.5
            inner[i, i + 1 :] = 0.0
        half = np.ascontiguousarray(np.linalg.solve(back, inner).T)
        return _folded(np.linalg.solve(back, half))

    return of_matrix


@implements(eigh_cotangent)
def _eigh_cotangent(values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, uplo: Any = "L") -> Any:
    if not _are_real((values_cotangent, 1), (vectors_cotangent, 2), (values, 1), (vectors, 2)):
        return None
    if uplo != "L" and getattr(uplo, "literal_value", getattr(uplo, "value", "")) != "L":
        return None

    def of_matrix(values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, uplo: Any = "L") -> Any:
        basis = np.ascontiguousarray(vectors)
        inner = np.diag(values_cotangent.astype(values.dtype))
        if np.any(vectors_cotangent != 0.0):
            turned = basis.T @ np.ascontiguousarray(vectors_cotangent).astype(values.dtype)
            _over_gaps(turned, values, inner)
        return _folded(basis @ inner @ basis.T)

    return of_matrix


@implements(qr_cotangent)
def _qr_cotangent(q_cotangent: Any, r_cotangent: Any, q: Any, r: Any, a: Any) -> Any:
    if not _are_real((q_cotangent, 2), (r_cotangent, 2), (q, 2), (r, 2), (a, 2)):
        return None

    def of_matrix(q_cotangent: Any, r_cotangent: Any, q: Any, r: Any, a: Any) -> Any:
        n = min(a.shape[0], a.shape[1])
        basis, upper = np.ascontiguousarray(q), np.ascontiguousarray(r[:, :n])
        given = np.ascontiguousarray(q_cotangent).astype(a.dtype)
        of_upper = np.ascontiguousarray(r_cotangent[:, :n]).astype(a.dtype)
        of_rest = np.ascontiguousarray(r_cotangent[:, n:]).astype(a.dtype)
        if a.shape[1] > n:
            given = given + np.ascontiguousarray(a[:, n:]) @ of_rest.T
        x = of_upper @ upper.T - basis.T @ given
        for i in range(n):
            for j in range(i):
                x[i, j] = x[j, i]
        found = np.full_like(np.ascontiguousarray(a), np.nan)
        if np.all(np.diag(upper) != 0.0):
            found[:, :n] = np.linalg.solve(upper, np.ascontiguousarray((given + basis @ x).T)).T
        if a.shape[1] > n:
            found[:, n:] = basis @ of_rest
        return found

    return of_matrix
