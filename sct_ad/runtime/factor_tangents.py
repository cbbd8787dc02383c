"""Tangents of the factors of matrices, for stacks of real and of complex matrices.

Factors are not unique, see `sct_ad.runtime.factorisations`: tangents of the vectors of equal values are NaN. Complex
vectors have a free phase. LAPACK makes an entry of each of them real, and so they stay if that can be seen; functions
that do not depend on the phase have the right tangent in any case.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.linalg import adjugated, hermitian_change, solved, transposed


def _diagonal_of(a: Any) -> Any:
    return np.diagonal(a, axis1=-2, axis2=-1).copy()


def _diagonal(values: Any) -> Any:
    """Diagonal matrices."""
    return values[..., None, :] * np.eye(values.shape[-1], dtype=values.dtype)


def _over_gaps(numerator: Any, gaps: Any, scale: Any) -> Any:
    """`numerator / gaps` off the diagonal, where it is zero; NaN where the gap is rounding alone."""
    n = gaps.shape[-1]
    small = np.abs(gaps) <= 4 * n * np.finfo(gaps.real.dtype).eps * scale[..., None, None]
    off = ~np.eye(n, dtype=bool)
    quotient = np.where(small, np.asarray(np.nan, numerator.dtype), numerator / np.where(small, 1, gaps))
    return np.where(off, quotient, 0)


def _over_values(numerator: Any, s: Any) -> Any:
    """`numerator / s`; where a singular value is 0, 0 for 0 and NaN for all else."""
    quotient = numerator / np.where(s == 0, 1, s)
    return np.where((s == 0) & (numerator != 0), np.asarray(np.nan, quotient.dtype), quotient)


def _turn(change: Any, vectors: Any) -> Any:
    """How the phases of vectors (columns) must turn for their first or last entries to stay real, if these are real."""
    for row in (0, -1):
        entry = vectors[..., row : row + 1 or None, :]
        if np.size(entry) and np.max(np.abs(np.imag(entry))) <= 100 * np.finfo(entry.dtype).eps:
            real = np.real(entry)
            return -1j * np.imag(change[..., row : row + 1 or None, :]) / np.where(real == 0, 1, real)
    return np.zeros_like(change[..., :1, :])


def _rest(basis: Any, first: Any, change: Any) -> Any:
    """The tangents of the columns that complete a unitary matrix: dU2 = -U1 (U2^H dU1)^H."""
    rest = basis[..., first.shape[-1] :]
    return np.concatenate([change, -first @ adjugated(adjugated(rest) @ change)], axis=-1)


def cholesky_tangent(change: Any, z: Any, upper: bool = False) -> Any:
    """The tangent of `z = np.linalg.cholesky(a)`, of which one triangle is read.

    dL = L Phi(L^-1 dA L^-H), where Phi takes the lower triangle and half of the diagonal (Murray 2016, eq. 8).
    """
    if upper:
        return transposed(cholesky_tangent(transposed(change), transposed(z)))
    inner = solved(z, hermitian_change(change))
    inner = adjugated(solved(z, adjugated(inner)))
    return z @ (np.tril(inner, -1) + 0.5 * _diagonal(_diagonal_of(inner)))


def eigh_tangent(change: Any, values: Any, vectors: Any, uplo: str = "L") -> tuple[Any, Any]:
    """The tangents of values and vectors in `np.linalg.eigh(a)` (Giles 2008, section 3.1)."""
    return _hermitian_tangent(hermitian_change(change, uplo in ("L", "l")), values, vectors)


def _hermitian_tangent(change: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    inner = adjugated(vectors) @ change @ vectors
    gaps = values[..., None, :] - values[..., :, None]
    scale = np.max(np.abs(values), axis=-1, initial=0.0)
    moved = vectors @ _over_gaps(inner, gaps, scale)
    if np.iscomplexobj(vectors):
        moved = moved + vectors * _turn(moved, vectors)
    return np.real(_diagonal_of(inner)), moved


def eigvalsh_tangent(change: Any, a: Any, uplo: Any = "L") -> Any:
    """The tangent of `np.linalg.eigvalsh(a)`."""
    _, vectors = np.linalg.eigh(a, uplo)
    inner = hermitian_change(change, uplo in ("L", "l")) @ vectors
    return np.real(np.sum(np.conj(vectors) * inner, axis=-2))


def generalised_eigh_tangent(of_a: Any, of_b: Any, values: Any, vectors: Any, lower: bool = True) -> tuple[Any, Any]:
    """The tangents of `scipy.linalg.eigh(a, b, lower=lower)`, see `generalised_eigh_cotangents`; None is zero."""
    inner = other = np.zeros(vectors.shape, vectors.dtype)
    if of_a is not None:
        inner = adjugated(vectors) @ hermitian_change(of_a, lower) @ vectors
    if of_b is not None:
        other = adjugated(vectors) @ hermitian_change(of_b, lower) @ vectors
    inner = inner - other * values[..., None, :]
    gaps = values[..., None, :] - values[..., :, None]
    scale = np.max(np.abs(values), axis=-1, initial=0.0)
    moved = vectors @ (_over_gaps(inner, gaps, scale) - 0.5 * _diagonal(np.real(_diagonal_of(other))))
    if np.iscomplexobj(vectors):
        moved = moved + vectors * _turn(moved, vectors)
    return np.real(_diagonal_of(inner)), moved


def eig_tangent(change: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    """The tangents of values and vectors in `np.linalg.eig(a)` (Giles 2008, section 3.1).

    LAPACK gives vectors of length 1 whose largest entry is real.
    """
    inner = solved(vectors, change @ vectors)
    gaps = values[..., None, :] - values[..., :, None]
    scale = np.max(np.abs(values), axis=-1, initial=0.0)
    moved = vectors @ _over_gaps(inner, gaps, scale)
    moved = moved - vectors * np.sum(np.real(np.conj(vectors) * moved), axis=-2, keepdims=True)
    if np.iscomplexobj(vectors):
        largest = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
        entry = np.real(np.take_along_axis(vectors, largest, -2))
        moved = moved - vectors * (1j * np.imag(np.take_along_axis(moved, largest, -2)) / entry)
    return _diagonal_of(inner), moved


def eigvals_tangent(change: Any, z: Any, a: Any) -> Any:
    """The tangent of `z = np.linalg.eigvals(a)`; the eigenvectors' values may come in another order."""
    values, vectors = np.linalg.eig(a)
    moved = _diagonal_of(solved(vectors, change @ vectors))
    gaps = np.abs(z[..., :, None] - values[..., None, :])
    scale = np.finfo(gaps.dtype).eps ** 0.5 * np.max(np.abs(z), axis=-1, initial=0.0)
    if np.any(_diagonal_of(gaps) > scale[..., None]):
        moved = np.take_along_axis(moved, np.argmin(gaps, axis=-1), -1)
    return moved


def svd_tangent(change: Any, z: Any, hermitian: bool = False) -> tuple[Any, Any, Any]:
    """The tangents of all factors in `z = u, s, vh = np.linalg.svd(a)` (Townsend 2016; complex: Wan and Zhang 2019)."""
    if hermitian:
        return _hermitian_svd_tangent(hermitian_change(change), z)
    left, s, right = z[0], z[1], adjugated(z[2])
    rank = s.shape[-1]
    u, v = left[..., :rank], right[..., :rank]
    inner = adjugated(u) @ change @ v
    back = adjugated(inner)
    rows, columns = s[..., :, None], s[..., None, :]
    gaps, scale = (columns - rows) * (columns + rows), np.max(s, axis=-1, initial=0.0) ** 2
    of_u = u @ _over_gaps(inner * columns + rows * back, gaps, scale)
    of_v = v @ _over_gaps(rows * inner + back * columns, gaps, scale)
    if u.shape[-2] > rank:
        out = change @ v
        of_u = of_u + _over_values(out - u @ (adjugated(u) @ out), s[..., None, :])
    if v.shape[-2] > rank:
        out = adjugated(change) @ u
        of_v = of_v + _over_values(out - v @ (adjugated(v) @ out), s[..., None, :])
    if np.iscomplexobj(u):
        phases = 0.5j * _over_values(np.imag(_diagonal_of(inner)), s)[..., None, :]
        of_u, of_v = of_u + u * phases, of_v - v * phases
        turn = _turn(of_v, v) if u.shape[-2] >= v.shape[-2] else _turn(of_u, u)
        of_u, of_v = of_u + u * turn, of_v + v * turn
    if left.shape[-1] > rank:
        of_u = _rest(left, u, of_u)
    if right.shape[-1] > rank:
        of_v = _rest(right, v, of_v)
    return of_u, np.real(_diagonal_of(inner)), adjugated(of_v)


def _hermitian_svd_tangent(change: Any, z: Any) -> tuple[Any, Any, Any]:
    """Of Hermitian matrices: the singular values are the sizes of the eigenvalues."""
    u, s, vh = z
    signs = np.sign(np.real(np.sum(np.conj(u) * adjugated(vh), axis=-2)))
    of_values, of_u = _hermitian_tangent(change, signs * s, u)
    return of_u, signs * of_values, adjugated(of_u * signs[..., None, :])


def hermitian_singular_values_tangent(change: Any, a: Any) -> Any:
    """The tangent of `np.linalg.svd(a, compute_uv=False, hermitian=True)`, which reads lower triangles."""
    values, vectors = np.linalg.eigh(a)
    moved = np.sign(values) * np.real(np.sum(np.conj(vectors) * (hermitian_change(change) @ vectors), axis=-2))
    return np.take_along_axis(moved, np.argsort(-np.abs(values), axis=-1, kind="stable"), -1)


def qr_tangent(change: Any, q: Any, r: Any, a: Any) -> tuple[Any, Any]:
    """The tangents of `q, r = np.linalg.qr(a)`, reduced or complete (Walter and Lehmann 2013).

    With X = Q^H dA R^-1, dQ = Q W + (1 - Q Q^H) dA R^-1 and dR = (X - W) R, where W is skew and makes X - W upper
    triangular with a real diagonal. Of wide matrices the first columns give Q, and R2 = Q^H A2.
    """
    n = min(a.shape[-2:])
    first, upper = q[..., :n], r[..., :n, :n]
    moved = transposed(solved(transposed(upper), transposed(change[..., :n])))
    x = adjugated(first) @ moved
    lower = np.tril(x, -1)
    skew = lower - adjugated(lower)
    if np.iscomplexobj(x):
        skew = skew + 1j * np.imag(_diagonal(_diagonal_of(x)))
    of_q = first @ skew + moved - first @ x
    of_r = np.triu((x - skew) @ upper)
    if a.shape[-1] > n:
        rest = adjugated(of_q) @ a[..., n:] + adjugated(first) @ change[..., n:]
        of_r = np.concatenate([of_r, rest], axis=-1)
    if q.shape[-1] > n:
        of_q = _rest(q, first, of_q)
        of_r = np.concatenate([of_r, np.zeros_like(r[..., n:, :])], axis=-2)
    return of_q, of_r


def triangular_factor_tangent(change: Any, z: Any, a: Any) -> Any:
    """The tangent of `z = np.linalg.qr(a, mode="r")`."""
    q, r = np.linalg.qr(a)
    signs = np.where(np.sum(np.conj(r) * z, axis=-1).real < 0, -1, 1)[..., None, :].astype(q.dtype)
    return qr_tangent(change, q * signs, z, a)[1]
