"""Cotangents of factorisations that only SciPy has: LU, RQ, banded, tridiagonal, eigenvalues of pencils."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sct_ad.runtime.factorisations import (
    cholesky_cotangent,
    eigh_cotangent,
    generalised_eigh_cotangents,
    qr_cotangent,
)
from sct_ad.runtime.linalg import solved, transposed
from sct_ad.runtime.scipy.linear_systems import dense_of_bands, row_order, stored_bands

UNREAD_IS_COPIED = int(linalg.cho_factor(np.array([[1.0, 0.5], [0.5, 1.0]]))[0][1, 0] != 0.0)
"""Whether `cho_factor` leaves the triangle that it does not read as it is."""


def triangle_cotangent(cotangent: Any, z: Any, lower: bool = False) -> Any:
    """The cotangent of `a` in `z = scipy.linalg.cholesky(a, lower)`; see `cholesky_cotangent`."""
    return cholesky_cotangent(cotangent, z, not lower)


def cho_factor_cotangent(cotangent: Any, z: Any, lower: bool = False) -> Any:
    """The cotangent of `a` in `z, lower = scipy.linalg.cho_factor(a, lower)`.

    The other triangle of z is that of a, or zero: this depends on the version of SciPy.
    """
    if lower:
        return cholesky_cotangent(np.tril(cotangent), np.tril(z)) + UNREAD_IS_COPIED * np.triu(cotangent, 1)
    return cholesky_cotangent(np.triu(cotangent), np.triu(z), True) + UNREAD_IS_COPIED * np.tril(cotangent, -1)


def banded_cholesky_cotangent(cotangent: Any, z: Any, lower: bool = False) -> Any:
    """The cotangent of `ab` in `z = scipy.linalg.cholesky_banded(ab, lower=lower)`, which copies unread corners."""
    upper = 0 if lower else z.shape[0] - 1
    given, factor = dense_of_bands(cotangent, upper), dense_of_bands(z, upper)
    read = stored_bands(np.ones(factor.shape, bool), z, upper)
    return np.where(read, stored_bands(cholesky_cotangent(given, factor, not lower), z, upper), cotangent)


def lu_cotangent(cotangents: Any, z: Any, a: Any, permute_l: bool = False, p_indices: bool = False) -> Any:
    """The cotangent of `a` in `z = scipy.linalg.lu(a, permute_l, p_indices=p_indices)`: a = P L U with a constant P."""
    a = np.asarray(a)
    lower, upper = z[-2], z[-1]
    if permute_l:
        order, lower, upper = linalg.lu(a, p_indices=True)
    else:
        order = (
            z[0] if p_indices else (np.argmax(z[0], axis=-1) if np.size(z[0]) else np.zeros(np.shape(z[0])[:-1], int))
        )
    given = cotangents[-2]
    order = np.asarray(order)[..., None]
    if permute_l:
        given = np.take_along_axis(given, np.argsort(order, axis=-2), -2)
    return np.take_along_axis(_lu_gradient(given, cotangents[-1], lower, upper), order, -2)


def lu_factor_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = scipy.linalg.lu_factor(a)`, whose factors share one matrix."""
    packed, (m, n) = np.asarray(z[0]), np.shape(z[0])[-2:]
    k = min(m, n)
    lower = np.tril(packed[..., :k], -1) + np.eye(m, k, dtype=packed.dtype)
    found = _lu_gradient(
        np.tril(cotangent[..., :k], -1), np.triu(cotangent[..., :k, :]), lower, np.triu(packed[..., :k, :])
    )
    order = row_order(z[1], m)
    return np.take_along_axis(found, np.argsort(order, axis=-1)[..., None], -2)


def _lu_gradient(left: Any, right: Any, lower: Any, upper: Any) -> Any:
    """The cotangent of B = L U (de Hoog, Anderssen and Lukas 2011), rows and columns beyond the square included."""
    m, k, n = lower.shape[-2], lower.shape[-1], upper.shape[-1]
    square, rest = upper[..., :k], upper[..., k:]
    top, below = lower[..., :k, :], lower[..., k:, :]
    own_left, own_right = left[..., :k, :], right[..., :k]
    beside = bottom = None
    if n > k:
        beside = solved(transposed(top), right[..., k:])
        own_left = own_left - beside @ transposed(rest)
    if m > k:
        bottom = transposed(solved(square, transposed(left[..., k:, :])))
        own_right = own_right - transposed(below) @ bottom
    inner = np.tril(transposed(top) @ own_left, -1) + np.triu(own_right @ transposed(square))
    found = transposed(solved(square, transposed(solved(transposed(top), inner))))
    if beside is not None:
        found = np.concatenate([found, beside], axis=-1)
    return found if bottom is None else np.concatenate([found, bottom], axis=-2)


def pivoted_qr_cotangent(q_cotangent: Any, r_cotangent: Any, q: Any, r: Any, order: Any, a: Any) -> Any:
    """The cotangent of `a` in `q, r, order = scipy.linalg.qr(a, pivoting=True)`: a[:, order] = q r."""
    order = np.asarray(order)[..., None, :]
    found = qr_cotangent(q_cotangent, r_cotangent, q, r, np.take_along_axis(np.asarray(a), order, -1))
    return np.take_along_axis(found, np.argsort(order, axis=-1), -1)


def upper_factor_cotangent(cotangent: Any, z: Any, a: Any, order: Any = None) -> Any:
    """The cotangent of `a` in `z, = scipy.linalg.qr(a, mode="r")`, with columns in an order by pivoting."""
    moved = np.asarray(a) if order is None else np.take_along_axis(np.asarray(a), np.asarray(order)[..., None, :], -1)
    q, r = np.linalg.qr(moved)
    k = q.shape[-1]
    signs = np.where(np.sum(np.conj(r) * z[..., :k, :], axis=-1).real < 0, -1, 1)[..., None, :].astype(q.dtype)
    found = qr_cotangent(np.zeros_like(q), cotangent[..., :k, :], q * signs, z[..., :k, :], moved)
    if order is None:
        return found
    return np.take_along_axis(found, np.argsort(np.asarray(order)[..., None, :], axis=-1), -1)


def rq_cotangent(r_cotangent: Any, q_cotangent: Any, r: Any, q: Any, a: Any) -> Any:
    """The cotangent of `a` in `r, q = scipy.linalg.rq(a)`, which is a QR factorisation read backwards."""
    turned = [np.swapaxes(v[..., ::-1, :], -1, -2) for v in (q_cotangent, q, np.asarray(a))]
    upper = [np.swapaxes(v[..., ::-1, ::-1], -1, -2) for v in (r_cotangent, r)]
    found = qr_cotangent(turned[0], upper[0], turned[1], upper[1], turned[2])
    return np.swapaxes(found, -1, -2)[..., ::-1, :]


def generalised_eigvalsh_cotangents(cotangent: Any, a: Any, b: Any, lower: bool = True) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` in `scipy.linalg.eigvalsh(a, b, lower=lower)`."""
    values, vectors = linalg.eigh(a, b, lower=lower)
    return generalised_eigh_cotangents(cotangent, None, values, vectors, lower)


def eigh_banded_cotangent(
    values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, ab: Any, lower: bool = False
) -> Any:
    """The cotangent of `ab` in `scipy.linalg.eig_banded(ab, lower)`."""
    ab = np.asarray(ab)
    full = eigh_cotangent(values_cotangent, vectors_cotangent, values, vectors, "L" if lower else "U")
    return stored_bands(full, ab, 0 if lower else ab.shape[0] - 1)


def eigvals_banded_cotangent(cotangent: Any, ab: Any, lower: bool = False) -> Any:
    """The cotangent of `ab` in `scipy.linalg.eigvals_banded(ab, lower)`."""
    values, vectors = linalg.eig_banded(ab, lower)
    return eigh_banded_cotangent(cotangent, None, values, vectors, ab, lower)


def eigh_tridiagonal_cotangents(
    values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any
) -> tuple[Any, Any]:
    """The cotangents of both diagonals in `scipy.linalg.eigh_tridiagonal(d, e)`."""
    full = eigh_cotangent(values_cotangent, vectors_cotangent, values, vectors)
    return np.diagonal(full, axis1=-2, axis2=-1).copy(), np.diagonal(full, -1, -2, -1).copy()


def eigvalsh_tridiagonal_cotangents(cotangent: Any, d: Any, e: Any) -> tuple[Any, Any]:
    """The cotangents of both diagonals in `scipy.linalg.eigvalsh_tridiagonal(d, e)`."""
    values, vectors = linalg.eigh_tridiagonal(d, e)
    return eigh_tridiagonal_cotangents(cotangent, None, values, vectors)
