"""Cotangents of the factors of matrices, for stacks of real and of complex matrices.

Inside of this module gradients are conjugated cotangents: dL = Re tr(G^H dA), the form that the papers use.

Factors are not unique. Complex singular vectors, and eigenvectors of complex Hermitian matrices, have a free phase;
vectors of equal singular values or eigenvalues, and the columns that complete a basis, can be rotated. A function that
depends on the choice has no derivative, and its cotangent is NaN. So is that of any function of the *vectors* of equal
values, unless these vectors have the cotangent zero: what it is in the limit cannot be told from the vectors. Values
alone are fine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.linalg import adjugated, real_if_real, solved, transposed, triangle_only


def _skew(a: Any) -> Any:
    return a - adjugated(a)


def _diagonal(values: Any) -> Any:
    """Diagonal matrices."""
    values = np.asarray(values)
    return values[..., None, :] * np.eye(values.shape[-1], dtype=values.dtype)


def _over_gaps(numerator: Any, gaps: Any, scale: Any, *turned: Any) -> Any:
    """`numerator / gaps` off the diagonal.

    Where the gap is rounding alone it is NaN, unless the function has no part in both vectors: `turned`, the gradients
    in the basis of the vectors, has zeros there. That the numerator is zero does not tell: 0 / 0 has a limit.
    """
    n = gaps.shape[-1]
    small = np.abs(gaps) <= 4 * n * np.finfo(gaps.real.dtype).eps * scale[..., None, None]
    off = ~np.eye(n, dtype=bool)
    quotient = numerator / np.where(small, 1, gaps)
    parts = [part != 0 for part in turned]
    undefined = small & off & np.any([part | transposed(part) for part in parts], axis=0)
    return np.where(undefined, np.asarray(np.nan, quotient.dtype), np.where(off & ~small, quotient, 0))


def _unless(depends: Any, gradient: Any) -> Any:
    """The gradient, NaN for those matrices of a stack where the function depends on an arbitrary choice."""
    if not np.any(depends):
        return gradient
    return np.where(np.asarray(depends)[..., None, None], np.asarray(np.nan, gradient.dtype), gradient)


def _is_more_than_rounding(part: Any, *whole: Any) -> Any:
    """Whether matrices have an entry that is not small against the norm of others."""
    size = sum(np.sum(np.abs(matrix) ** 2, axis=(-2, -1)) for matrix in whole) ** 0.5
    return np.max(np.abs(part), axis=(-2, -1), initial=0.0) > np.finfo(part.dtype).eps ** 0.5 * size


def cholesky_cotangent(cotangent: Any, z: Any, upper: bool = False) -> Any:
    """The cotangent of `a` in `z = np.linalg.cholesky(a)`, by Murray (2016).

    Only one triangle of `a` is read: it gets all of the cotangent, as differences of the function see it. autograd and
    JAX give each triangle half, which is the same for all symmetric changes of `a`.
    """
    if upper:
        return transposed(cholesky_cotangent(transposed(cotangent), transposed(z)))
    back = adjugated(z)
    inner = np.tril(back @ np.conj(cotangent))
    inner = inner - 0.5 * np.triu(inner)
    if np.iscomplexobj(inner):
        inner = inner - 1j * np.imag(np.triu(inner))
    half = solved(back, inner)
    full = adjugated(solved(back, adjugated(half)))
    full = 0.5 * (full + adjugated(full))
    return np.conj(triangle_only(full, True))


def eigh_cotangent(values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, uplo: str = "L") -> Any:
    """The cotangent of `a` in `np.linalg.eigh(a)` (Giles 2008, section 3.1; complex: Boeddeker et al. 2017).

    Only one triangle of `a` is read: it gets all of the cotangent, see `cholesky_cotangent`.
    """
    full = _hermitian_gradient(values_cotangent, vectors_cotangent, values, vectors)
    return np.conj(triangle_only(full, uplo in ("L", "l")))


def _hermitian_gradient(values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any) -> Any:
    inner = _diagonal(np.real(np.asarray(values_cotangent, vectors.dtype)))
    depends: Any = False
    if vectors_cotangent is not None and np.any(vectors_cotangent):
        turned = adjugated(vectors) @ np.conj(vectors_cotangent)
        gaps = values[..., None, :] - values[..., :, None]
        scale = np.max(np.abs(values), axis=-1, initial=0.0)
        inner = inner + 0.5 * _over_gaps(_skew(turned), gaps, scale, turned)
        if np.iscomplexobj(vectors):
            depends = _is_more_than_rounding(_phases(turned), vectors_cotangent)
    return _unless(depends, vectors @ inner @ adjugated(vectors))


def _phases(turned: Any) -> Any:
    """The imaginary parts of the diagonals: how much a function changes with the phase of each vector."""
    return np.imag(np.diagonal(turned, axis1=-2, axis2=-1))[..., None]


def eigvalsh_cotangent(cotangent: Any, a: Any, uplo: Any = "L") -> Any:
    """The cotangent of `a` in `np.linalg.eigvalsh(a)`."""
    values, vectors = np.linalg.eigh(a, uplo)
    return eigh_cotangent(cotangent, None, values, vectors, uplo)


def generalised_eigh_cotangents(
    values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, lower: bool = True
) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` in `scipy.linalg.eigh(a, b)`: a v = w b v with v^H b v = 1.

    dw_j = v_j^H (da - w_j db) v_j, and dv_j the sum of v_i v_i^H (da - w_j db) v_j / (w_j - w_i) over all other i, less
    v_j v_j^H db v_j / 2, which keeps the lengths.
    """
    given = np.real(np.asarray(values_cotangent, vectors.dtype))
    first, second = _diagonal(given), -_diagonal(given * values)
    depends: Any = False
    if vectors_cotangent is not None and np.any(vectors_cotangent):
        turned = adjugated(vectors) @ np.conj(vectors_cotangent)
        gaps = values[..., None, :] - values[..., :, None]
        scale = np.max(np.abs(values), axis=-1, initial=0.0)
        weighted = turned * values[..., None, :]
        first = first + 0.5 * _over_gaps(_skew(turned), gaps, scale, turned)
        second = second - 0.5 * _over_gaps(_skew(weighted), gaps, scale, turned)
        second = second - _diagonal(0.5 * np.real(np.diagonal(turned, axis1=-2, axis2=-1)))
        if np.iscomplexobj(vectors):
            depends = _is_more_than_rounding(_phases(turned), vectors_cotangent)
    parts = (_unless(depends, vectors @ inner @ adjugated(vectors)) for inner in (first, second))
    found = [np.conj(triangle_only(part, lower)) for part in parts]
    return found[0], found[1]


def eig_cotangent(values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, a: Any) -> Any:
    """The cotangent of `a` in `np.linalg.eig(a)` (Giles 2008, section 3.1).

    LAPACK gives vectors of length 1 whose largest entry is real; that the derivative keeps them so is taken care of.
    Where `a` has too few eigenvectors the result is NaN.
    """
    inner = _diagonal(np.conj(values_cotangent))
    if vectors_cotangent is not None and np.any(vectors_cotangent):
        given = np.conj(vectors_cotangent)
        turned = np.sum(np.conj(given) * vectors, axis=-2, keepdims=True)
        given = given - np.real(turned) * vectors
        if np.iscomplexobj(vectors):
            largest = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
            entry = np.real(np.take_along_axis(vectors, largest, -2))
            here = np.arange(vectors.shape[-2])[:, None] == largest
            given = given + here * (1j * np.imag(turned) / entry)
        gaps = np.conj(values[..., None, :] - values[..., :, None])
        scale = np.max(np.abs(values), axis=-1, initial=0.0)
        turned = adjugated(vectors) @ given
        inner = inner + _over_gaps(turned, gaps, scale, turned)
    return real_if_real(np.conj(solved(adjugated(vectors), inner @ adjugated(vectors))), a)


def eigvals_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = np.linalg.eigvals(a)`; the eigenvectors' values may come in another order."""
    values, vectors = np.linalg.eig(a)
    gaps = np.abs(z[..., :, None] - values[..., None, :])
    scale = np.finfo(gaps.dtype).eps ** 0.5 * np.max(np.abs(z), axis=-1, initial=0.0)
    given = np.asarray(cotangent)
    if np.any(np.diagonal(gaps, axis1=-2, axis2=-1) > scale[..., None]):
        nearest = np.argmin(gaps, axis=-1)[..., None] == np.arange(gaps.shape[-1])
        given = np.sum(given[..., None] * nearest, axis=-2)
    return eig_cotangent(given, None, values, vectors, a)


def svd_cotangent(
    u_cotangent: Any, s_cotangent: Any, vh_cotangent: Any, z: Any, a: Any, hermitian: bool = False
) -> Any:
    """The cotangent of `a` in `z = u, s, vh = np.linalg.svd(a)` (Townsend 2016; complex: Wan and Zhang 2019).

    Of full matrices the columns that complete a basis are any basis of the rest.
    """
    u, s, vh = z
    rank = s.shape[-1]
    if hermitian:
        return _hermitian_svd_cotangent(u_cotangent, s_cotangent, vh_cotangent, z)
    inner = _diagonal(np.asarray(np.real(s_cotangent), u.dtype))
    if not np.any(u_cotangent) and not np.any(vh_cotangent):
        return np.conj(u[..., :rank] @ inner @ vh[..., :rank, :])
    left, left_depends = _first_columns(np.conj(u_cotangent), u, rank)
    right, right_depends = _first_columns(transposed(vh_cotangent), adjugated(vh), rank)
    depends = left_depends | right_depends
    u, v = u[..., :rank], adjugated(vh[..., :rank, :])
    turned_left, turned_right = adjugated(u) @ left, adjugated(v) @ right
    rows, columns = s[..., :, None], s[..., None, :]
    numerator = _skew(turned_left) * columns + rows * _skew(turned_right)
    gaps, scale = (columns - rows) * (columns + rows), np.max(s, axis=-1, initial=0.0) ** 2
    inner = inner + _over_gaps(numerator, gaps, scale, turned_left, turned_right)
    if np.iscomplexobj(u):
        phases = [_phases(turned_left), _phases(turned_right)]
        depends = depends | _is_more_than_rounding(phases[0] + phases[1], left, right)
        inner = inner + _diagonal(0.5j * _over_values(phases[0] - phases[1], s[..., None])[..., 0])
    found = u @ inner @ adjugated(v)
    if u.shape[-2] > rank:
        found = found + _over_values(left - u @ turned_left, s[..., None, :]) @ adjugated(v)
    if v.shape[-2] > rank:
        found = found + u @ adjugated(_over_values(right - v @ turned_right, s[..., None, :]))
    return np.conj(_unless(depends, found))


def _over_values(numerator: Any, s: Any) -> Any:
    """`numerator / s`; where a singular value is 0, 0 for 0 and NaN for all else."""
    quotient = numerator / np.where(s == 0, 1, s)
    return np.where((s == 0) & (numerator != 0), np.asarray(np.nan, quotient.dtype), quotient)


def _first_columns(gradient: Any, basis: Any, rank: int) -> tuple[Any, Any]:
    """The gradient in the first columns of a unitary matrix whose other columns are any basis of the rest.

    As U2^H U1 = 0, dU2 = -U1 (U2^H dU1)^H. Also whether the function depends on that basis.
    """
    first, rest = basis[..., :rank], basis[..., rank:]
    own, other = gradient[..., :rank], gradient[..., rank:]
    if not np.any(other):
        return own, np.zeros(basis.shape[:-2], bool)
    turned = _skew(adjugated(rest) @ other)
    return own - rest @ (adjugated(other) @ first), _is_more_than_rounding(np.abs(turned), other)


def _hermitian_svd_cotangent(u_cotangent: Any, s_cotangent: Any, vh_cotangent: Any, z: Any) -> Any:
    """Of Hermitian matrices, lower triangles: the singular values are the sizes of the eigenvalues."""
    u, s, vh = z
    signs = np.sign(np.real(np.sum(np.conj(u) * adjugated(vh), axis=-2)))
    vectors = u_cotangent + np.conj(transposed(vh_cotangent)) * signs[..., None, :]
    return np.conj(triangle_only(_hermitian_gradient(signs * s_cotangent, vectors, signs * s, u), True))


def hermitian_singular_values_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = np.linalg.svd(a, compute_uv=False, hermitian=True)`, which reads lower triangles."""
    values, vectors = np.linalg.eigh(a)
    order = np.argsort(np.argsort(-np.abs(values), axis=-1, kind="stable"), axis=-1)
    given = np.take_along_axis(np.asarray(cotangent), order, -1) * np.sign(values)
    return eigh_cotangent(given, None, values, vectors)


def qr_cotangent(q_cotangent: Any, r_cotangent: Any, q: Any, r: Any, a: Any) -> Any:
    """The cotangent of `a` in `q, r = np.linalg.qr(a)`, reduced or complete (Walter and Lehmann 2013).

    With X = R' R^H - Q^H Q' (primes for gradients): A' = (Q' + Q (triu(X, 1) + triu(X, 1)^H + Re diag(X))) R^-H. Of
    wide matrices the first columns give Q, and R2 = Q^H A2. The columns that complete Q are any basis of the rest.
    """
    a = np.asarray(a)
    n = min(a.shape[-2:])
    given, depends = _first_columns(np.conj(q_cotangent), q, n)
    q, r, upper = q[..., :n], r[..., :n, :], np.conj(r_cotangent)[..., :n, :]
    rest = a[..., n:]
    if rest.shape[-1]:
        given = given + rest @ adjugated(upper[..., n:])
    x = upper[..., :n] @ adjugated(r[..., :n]) - adjugated(q) @ given
    strict = np.triu(x, 1)
    inner = given + q @ (strict + adjugated(strict) + _diagonal(np.real(np.diagonal(x, axis1=-2, axis2=-1))))
    found = adjugated(solved(r[..., :n], adjugated(inner)))
    if rest.shape[-1]:
        found = np.concatenate([found, q @ upper[..., n:]], axis=-1)
    return np.conj(_unless(depends, found))


def triangular_factor_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = np.linalg.qr(a, mode="r")`."""
    q, r = np.linalg.qr(a)
    signs = np.where(np.sum(np.conj(r) * z, axis=-1).real < 0, -1, 1)[..., None, :].astype(q.dtype)
    return qr_cotangent(np.zeros_like(q), cotangent, q * signs, z, a)
