"""Tangents of the factors of matrices, for stacks of real and of complex matrices.

See `sct_ad.runtime.factorisations` for what is not unique and has no derivative. The vectors of equal values move in a
way that cannot be told from the vectors: their tangents are NaN, and those of all others are right. Where the matrix
does not move nothing does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.linalg import (
    adjugated,
    divided_differences,
    generalised_function_cotangent,
    kept_count,
    real_if_real,
    solved,
    transposed,
)


def hermitian_of(a: Any, lower: bool = True) -> Any:
    """The Hermitian matrix of which one triangle is read."""
    strict = np.tril(a, -1) if lower else np.triu(a, 1)
    middle = np.tril(np.triu(a))
    return strict + adjugated(strict) + (np.real(middle) if np.iscomplexobj(a) else middle)


def cholesky_tangent(da: Any, z: Any, upper: bool = False) -> Any:
    """The tangent of `z = np.linalg.cholesky(a)`: dz = z Phi(inv(z) da inv(z)^H), Phi halves the diagonal (Giles)."""
    moved = hermitian_of(np.asarray(da), not upper)
    factor = adjugated(z) if upper else np.asarray(z)
    inner = np.tril(solved(factor, adjugated(solved(factor, moved))))
    found = factor @ (inner - 0.5 * np.tril(np.triu(inner)))
    return adjugated(found) if upper else found


def _vectors_tangent(inner: Any, gaps: Any, scale: Any, da: Any) -> Any:
    """`inner / gaps` off the diagonal, NaN where the gap is rounding alone and the matrix moves."""
    n = gaps.shape[-1]
    small = np.abs(gaps) <= 4 * n * np.finfo(gaps.real.dtype).eps * scale[..., None, None]
    off = ~np.eye(n, dtype=bool)
    moves = np.any(np.asarray(da) != 0, axis=(-2, -1))[..., None, None]
    quotient = np.where(off & ~small, inner / np.where(small, 1, gaps), 0)
    return np.where(small & off & moves, np.asarray(np.nan, quotient.dtype), quotient)


def _scale(values: Any) -> Any:
    return np.max(np.abs(values), axis=-1, initial=0.0)


def _diagonals(a: Any) -> Any:
    return np.diagonal(a, axis1=-2, axis2=-1)


def eigh_tangent(da: Any, values: Any, vectors: Any, uplo: str = "L") -> tuple[Any, Any]:
    """The tangents of `values, vectors = np.linalg.eigh(a, uplo)` (Giles 2008, section 3.1)."""
    inner = adjugated(vectors) @ hermitian_of(np.asarray(da), uplo in ("L", "l")) @ vectors
    gaps = values[..., None, :] - values[..., :, None]
    moved = vectors @ _vectors_tangent(inner, gaps, _scale(values), da)
    return np.real(_diagonals(inner)).copy(), moved


def eigvalsh_tangent(da: Any, a: Any, uplo: Any = "L") -> Any:
    """The tangent of `np.linalg.eigvalsh(a, uplo)`."""
    _, vectors = np.linalg.eigh(a, uplo)
    moved = hermitian_of(np.asarray(da), uplo in ("L", "l"))
    return np.real(np.sum(np.conj(vectors) * (moved @ vectors), axis=-2))


def generalised_eigh_tangent(da: Any, db: Any, values: Any, vectors: Any, lower: bool = True) -> tuple[Any, Any]:
    """The tangents of `values, vectors = scipy.linalg.eigh(a, b, lower=lower)`, see `generalised_eigh_cotangents`."""
    zero = np.zeros(vectors.shape, vectors.dtype)
    inner, other = (
        zero if v is None else adjugated(vectors) @ hermitian_of(np.asarray(v), lower) @ vectors for v in (da, db)
    )
    inner = inner - other * values[..., None, :]
    gaps = values[..., None, :] - values[..., :, None]
    rates = _vectors_tangent(inner, gaps, _scale(values), np.abs(inner) + np.abs(other))
    rates = rates - 0.5 * np.tril(np.triu(np.real(other)))
    return np.real(_diagonals(inner)).copy(), vectors @ rates


def eig_tangent(da: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    """The tangents of `values, vectors = np.linalg.eig(a)`, whose vectors keep length 1 and a real largest entry."""
    inner = solved(vectors, np.asarray(da) @ vectors)
    gaps = values[..., None, :] - values[..., :, None]
    moved = vectors @ _vectors_tangent(inner, gaps, _scale(values), da)
    share = np.real(np.sum(np.conj(vectors) * moved, axis=-2, keepdims=True))
    if np.iscomplexobj(vectors):
        largest = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
        entry = np.real(np.take_along_axis(vectors, largest, -2))
        share = share + 1j * np.imag(np.take_along_axis(moved, largest, -2)) / entry
    return _diagonals(inner).copy(), moved - share * vectors


def eigvals_tangent(da: Any, z: Any, a: Any) -> Any:
    """The tangent of `z = np.linalg.eigvals(a)`; the eigenvectors' values may come in another order."""
    values, vectors = np.linalg.eig(a)
    found = _diagonals(solved(vectors, np.asarray(da) @ vectors)).copy()
    gaps = np.abs(z[..., :, None] - values[..., None, :])
    scale = np.finfo(gaps.dtype).eps ** 0.5 * _scale(z)
    if np.any(_diagonals(gaps) > scale[..., None]):
        found = np.take_along_axis(found, np.argmin(gaps, axis=-1), -1)
    return found


def _over_values(numerator: Any, s: Any) -> Any:
    """`numerator / s`; where a singular value is 0, 0 for 0 and NaN for all else."""
    quotient = numerator / np.where(s == 0, 1, s)
    return np.where((s == 0) & (numerator != 0), np.asarray(np.nan, quotient.dtype), quotient)


def _completed(first: Any, basis: Any) -> Any:
    """The tangent of a unitary matrix from that of its first columns: as U2^H U1 = 0, dU2 = -U1 dU1^H U2."""
    rank = first.shape[-1]
    if basis.shape[-1] == rank:
        return first
    return np.concatenate([first, -basis[..., :rank] @ (adjugated(first) @ basis[..., rank:])], axis=-1)


def svd_tangent(da: Any, z: Any) -> tuple[Any, Any, Any]:
    """The tangents of `z = u, s, vh = np.linalg.svd(a)` (Townsend 2016; complex: Wan and Zhang 2019).

    Of complex matrices the phases of both vectors share what is arbitrary.
    """
    da, (whole_u, s, whole_vh) = np.asarray(da), z
    rank = s.shape[-1]
    u, v = whole_u[..., :rank], adjugated(whole_vh[..., :rank, :])
    inner = adjugated(u) @ da @ v
    rows, columns = s[..., :, None], s[..., None, :]
    gaps, scale = (columns - rows) * (columns + rows), _scale(s) ** 2
    left = _vectors_tangent(inner * columns + rows * adjugated(inner), gaps, scale, da)
    right = _vectors_tangent(rows * inner + adjugated(inner) * columns, gaps, scale, da)
    if np.iscomplexobj(inner):
        phases = 0.5j * _over_values(np.tril(np.triu(np.imag(inner))), columns)
        left, right = left + phases, right - phases
    du, dv = u @ left, v @ right
    if u.shape[-2] > rank:
        du = du + _over_values(da @ v - u @ inner, columns)
    if v.shape[-2] > rank:
        dv = dv + _over_values(adjugated(da) @ u - v @ adjugated(inner), columns)
    dvh = adjugated(_completed(dv, adjugated(whole_vh)))
    return _completed(du, whole_u), np.real(_diagonals(inner)).copy(), dvh


def singular_values_tangent(da: Any, a: Any) -> Any:
    """The tangent of the singular values of `a`."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.real(np.sum(np.conj(u) * (np.asarray(da) @ adjugated(vh)), axis=-2))


def qr_tangent(da: Any, q: Any, r: Any, a: Any) -> tuple[Any, Any]:
    """The tangents of `q, r = np.linalg.qr(a)`, reduced or complete (Walter and Lehmann 2013).

    With C = Q^H dA inv(R), the part below its diagonal, less its adjoint, is Q^H dQ, and C without that dR inv(R). The
    diagonal of R stays real.
    """
    a, da, whole = np.asarray(a), np.asarray(da), np.asarray(q)
    n = min(a.shape[-2:])
    q, r = whole[..., :n], np.asarray(r)[..., :n, :]
    square = r[..., :n]
    quotient = transposed(solved(transposed(square), transposed(da[..., :n])))
    c = adjugated(q) @ quotient
    strict = np.tril(c, -1)
    turned = strict - adjugated(strict)
    if np.iscomplexobj(c):
        turned = turned + 1j * np.imag(np.tril(np.triu(c)))
    dq, dr = quotient - q @ (c - turned), np.triu((c - turned) @ square)
    if r.shape[-1] > n:
        beside = adjugated(dq) @ a[..., n:] + adjugated(q) @ da[..., n:]
        dr = np.concatenate([dr, beside], axis=-1)
    if whole.shape[-1] > n:
        dr = np.concatenate([dr, np.zeros((*dr.shape[:-2], whole.shape[-1] - n, dr.shape[-1]), dr.dtype)], axis=-2)
    return _completed(dq, whole), dr


def triangular_factor_tangent(da: Any, z: Any, a: Any) -> Any:
    """The tangent of `z = np.linalg.qr(a, mode="r")`."""
    q, r = np.linalg.qr(a)
    signs = np.where(np.sum(np.conj(r) * z, axis=-1).real < 0, -1, 1)[..., None, :].astype(q.dtype)
    return qr_tangent(da, q * signs, z, a)[1]


def pinv_tangent(da: Any, z: Any, a: Any) -> Any:
    """The tangent of `z = np.linalg.pinv(a)`, as long as the rank stays (Golub and Pereyra 1973, eq. 4.12)."""
    a, turned = np.asarray(a), adjugated(da)
    outside = np.eye(a.shape[-2], dtype=z.dtype) - a @ z
    beside = np.eye(a.shape[-1], dtype=z.dtype) - z @ a
    return z @ adjugated(z) @ turned @ outside + beside @ turned @ adjugated(z) @ z - z @ da @ z


def truncated_pinv_tangent(da: Any, z: Any, a: Any, hermitian: bool = False, lower: bool = True) -> Any:
    """The tangent of a pseudo-inverse `z` that leaves out some singular values, see `truncated_pinv_cotangent`."""
    a, kept = np.asarray(a), kept_count(z, a)
    if hermitian:
        w, v = np.linalg.eigh(a, "L" if lower else "U")
        ranks = np.argsort(np.argsort(-np.abs(w), axis=-1), axis=-1)
        f = (ranks < kept).astype(w.dtype) / np.where(ranks < kept, w, 1)
        inner = adjugated(v) @ hermitian_of(np.asarray(da), lower) @ v
        return v @ (inner * divided_differences(f, w, -(f**2))) @ adjugated(v)
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    chosen = np.arange(s.shape[-1]) < kept
    h = chosen.astype(s.dtype) / np.where(chosen, s, 1)
    return adjugated(generalised_function_cotangent(np.asarray(da), u, s, vh, h, -(h**2)))


def lstsq_tangent(z: Any, a: Any, b: Any, da: Any, db: Any) -> tuple[Any, ...]:
    """The tangents of `z = x, squares, rank, values = np.linalg.lstsq(a, b)` along da and db, or None for zero.

    See `lstsq_cotangents`. The rank is taken to stay.
    """
    a, b = np.asarray(a), np.asarray(b)
    da = np.zeros_like(a) if da is None else np.asarray(da)
    vector = b.ndim == 1
    x, right = (v[:, None] if vector else v for v in (z[0], b))
    rate = np.zeros_like(right) if db is None else np.reshape(db, right.shape)
    rank = int(z[2])
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    u, s, vh = u[:, :rank], s[:rank], vh[:rank]
    plus = adjugated(vh) / s @ adjugated(u)
    rest, moved = right - a @ x, rate - da @ x
    beside = adjugated(da) @ (adjugated(plus) @ x)
    found = plus @ moved + plus @ (adjugated(plus) @ (adjugated(da) @ rest)) + beside - plus @ (a @ beside)
    squares = z[1]
    if np.size(squares):
        squares = np.reshape(2 * np.real(np.sum(np.conj(rest) * moved, axis=0)), np.shape(squares))
    values = None if z[3] is None else singular_values_tangent(da, a)
    return real_if_real(found[:, 0] if vector else found, z[0]), squares, 0.0, values
