"""Tangents of factorisations that only SciPy has: LU, RQ, banded, tridiagonal, eigenvalues of pencils."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sct_ad.runtime.factor_tangents import cholesky_tangent, eigh_tangent, generalised_eigh_tangent, qr_tangent
from sct_ad.runtime.linalg import solved, transposed
from sct_ad.runtime.scipy.factors import UNREAD_IS_COPIED
from sct_ad.runtime.scipy.linear_systems import dense_of_bands, row_order, stored_bands


def triangle_tangent(da: Any, z: Any, lower: bool = False) -> Any:
    """The tangent of `z = scipy.linalg.cholesky(a, lower)`."""
    return cholesky_tangent(da, z, not lower)


def cho_factor_tangent(da: Any, z: Any, lower: bool = False) -> Any:
    """The tangent of `z, lower = scipy.linalg.cho_factor(a, lower)`, whose other triangle is that of a, or zero."""
    if lower:
        return cholesky_tangent(da, np.tril(z)) + UNREAD_IS_COPIED * np.triu(da, 1)
    return cholesky_tangent(da, np.triu(z), True) + UNREAD_IS_COPIED * np.tril(da, -1)


def banded_cholesky_tangent(da: Any, z: Any, lower: bool = False) -> Any:
    """The tangent of `z = scipy.linalg.cholesky_banded(ab, lower=lower)`, which copies unread corners."""
    upper = 0 if lower else z.shape[0] - 1
    factor = dense_of_bands(z, upper)
    read = stored_bands(np.ones(factor.shape, bool), z, upper)
    moved = cholesky_tangent(dense_of_bands(np.asarray(da), upper), factor, not lower)
    return np.where(read, stored_bands(moved, z, upper), da)


def lu_tangent(da: Any, z: Any, a: Any, permute_l: bool = False, p_indices: bool = False) -> tuple[Any, ...]:
    """The tangents of `z = scipy.linalg.lu(a, permute_l, p_indices=p_indices)`: a = P L U with a constant P."""
    lower, upper = z[-2], z[-1]
    if permute_l:
        order, lower, upper = linalg.lu(a, p_indices=True)
    else:
        order = z[0] if p_indices else np.argmax(z[0], axis=-1) if np.size(z[0]) else np.zeros(np.shape(z[0])[:-1], int)
    order = np.asarray(order)[..., None]
    dl, du = _lu_parts(np.take_along_axis(np.asarray(da), np.argsort(order, axis=-2), -2), lower, upper)
    if permute_l:
        return np.take_along_axis(dl, order, -2), du
    return np.zeros(np.shape(z[0])), dl, du


def lu_factor_tangent(da: Any, z: Any, a: Any) -> tuple[Any, Any]:
    """The tangents of `z = scipy.linalg.lu_factor(a)`, whose factors share one matrix, and of its pivots."""
    packed, (m, n) = np.asarray(z[0]), np.shape(z[0])[-2:]
    k = min(m, n)
    lower = np.tril(packed[..., :k], -1) + np.eye(m, k, dtype=packed.dtype)
    moved = np.take_along_axis(np.asarray(da), row_order(z[1], m)[..., None], -2)
    dl, du = _lu_parts(moved, lower, np.triu(packed[..., :k, :]))
    found = np.zeros(packed.shape, dl.dtype)
    found[..., :k] += dl
    found[..., :k, :] += du
    return found, np.zeros(np.shape(z[1]))


def _lu_parts(moved: Any, lower: Any, upper: Any) -> tuple[Any, Any]:
    """The tangents of B = L U along dB (de Hoog, Anderssen and Lukas 2011), with rows and columns beyond the square.

    For the square inv(L) dB inv(U) has the parts inv(L) dL below the diagonal and dU inv(U).
    """
    k = lower.shape[-1]
    top, square = lower[..., :k, :], upper[..., :k]
    inner = transposed(solved(transposed(square), transposed(solved(top, moved[..., :k, :k]))))
    dl, du = top @ np.tril(inner, -1), np.triu(inner) @ square
    if upper.shape[-1] > k:
        beside = solved(top, moved[..., :k, k:] - dl @ upper[..., k:])
        du = np.concatenate([du, beside], axis=-1)
    if lower.shape[-2] > k:
        rest = moved[..., k:, :k] - lower[..., k:, :] @ du[..., :k]
        dl = np.concatenate([dl, transposed(solved(transposed(square), transposed(rest)))], axis=-2)
    return dl, du


def pivoted_qr_tangent(da: Any, q: Any, r: Any, order: Any, a: Any) -> tuple[Any, Any, Any]:
    """The tangents of `q, r, order = scipy.linalg.qr(a, pivoting=True)`: a[:, order] = q r."""
    places = np.asarray(order)[..., None, :]
    moved, given = (np.take_along_axis(np.asarray(v), places, -1) for v in (da, a))
    return (*qr_tangent(moved, q, r, given), np.zeros(np.shape(order)))


def upper_factor_tangent(da: Any, z: Any, a: Any, order: Any = None) -> Any:
    """The tangent of `z, = scipy.linalg.qr(a, mode="r")`, with columns in an order by pivoting."""
    given, moved = np.asarray(a), np.asarray(da)
    if order is not None:
        places = np.asarray(order)[..., None, :]
        given, moved = np.take_along_axis(given, places, -1), np.take_along_axis(moved, places, -1)
    q, r = np.linalg.qr(given)
    k = q.shape[-1]
    signs = np.where(np.sum(np.conj(r) * z[..., :k, :], axis=-1).real < 0, -1, 1)[..., None, :].astype(q.dtype)
    _, found = qr_tangent(moved, q * signs, z[..., :k, :], given)
    below = np.zeros((*found.shape[:-2], z.shape[-2] - k, found.shape[-1]), found.dtype)
    return np.concatenate([found, below], axis=-2)


def rq_tangent(da: Any, r: Any, q: Any, a: Any) -> tuple[Any, Any]:
    """The tangents of `r, q = scipy.linalg.rq(a)`, which is a QR factorisation read backwards."""
    turned = [np.swapaxes(np.asarray(v)[..., ::-1, :], -1, -2) for v in (da, q, a)]
    dq, dr = qr_tangent(turned[0], turned[1], np.swapaxes(r[..., ::-1, ::-1], -1, -2), turned[2])
    return np.swapaxes(dr, -1, -2)[..., ::-1, ::-1].copy(), np.swapaxes(dq, -1, -2)[..., ::-1, :].copy()


def generalised_eigvalsh_tangent(da: Any, db: Any, a: Any, b: Any, lower: bool = True) -> Any:
    """The tangent of `scipy.linalg.eigvalsh(a, b, lower=lower)` along da and db, each of which may be None."""
    values, vectors = linalg.eigh(a, b, lower=lower)
    return generalised_eigh_tangent(da, db, values, vectors, lower)[0]


def eigh_banded_tangent(da: Any, values: Any, vectors: Any, lower: bool = False) -> tuple[Any, Any]:
    """The tangents of `scipy.linalg.eig_banded(ab, lower)`."""
    da = np.asarray(da)
    return eigh_tangent(dense_of_bands(da, 0 if lower else da.shape[0] - 1), values, vectors, "L" if lower else "U")


def eigvals_banded_tangent(da: Any, ab: Any, lower: bool = False) -> Any:
    """The tangent of `scipy.linalg.eigvals_banded(ab, lower)`."""
    values, vectors = linalg.eig_banded(ab, lower)
    return eigh_banded_tangent(da, values, vectors, lower)[0]


def eigh_tridiagonal_tangent(dd: Any, de: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    """The tangents of `scipy.linalg.eigh_tridiagonal(d, e)` along dd and de, each of which may be None."""
    moved = np.zeros(vectors.shape, vectors.dtype)
    if dd is not None:
        moved = moved + np.diag(dd)
    if de is not None:
        moved = moved + np.diag(de, -1)
    return eigh_tangent(moved, values, vectors)


def eigvalsh_tridiagonal_tangent(dd: Any, de: Any, d: Any, e: Any) -> Any:
    """The tangent of `scipy.linalg.eigvalsh_tridiagonal(d, e)` along dd and de, each of which may be None."""
    return eigh_tridiagonal_tangent(dd, de, *linalg.eigh_tridiagonal(d, e))[0]
