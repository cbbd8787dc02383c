"""Cotangents of matrix functions, for stacks of matrices too, and where a matrix is singular."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.reductions import products_of_others

_WELL_CONDITIONED = 1e8


def transposed(a: Any) -> Any:
    """Each matrix of a stack transposed."""
    return np.swapaxes(a, -1, -2)


def cofactors(a: Any) -> Any:
    """The derivative of the determinant, `det(a) * inv(a).T`; finite and right for singular matrices too."""
    try:
        inverse = np.linalg.inv(a)
        sizes = np.max(np.abs(inverse), initial=0.0) * np.max(np.abs(a), initial=0.0)
        if sizes < _WELL_CONDITIONED:
            return np.linalg.det(a)[..., None, None] * transposed(inverse)
    except np.linalg.LinAlgError:
        pass
    if not np.all(np.isfinite(a)):
        return np.full_like(a, np.nan)
    u, s, vh = np.linalg.svd(a)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return np.conj((np.conj(sign)[..., None, None] * u * products_of_others(s, -1)[..., None, :]) @ vh)


def solve_cotangents(cotangent: Any, z: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `np.linalg.solve(a, b)`, whatever their ranks."""
    vector = np.ndim(z) < np.ndim(a) or np.ndim(b) == 1
    given, solution = (np.asarray(v)[..., None] if vector else np.asarray(v) for v in (cotangent, z))
    right = np.linalg.solve(transposed(a), given)
    left = -right @ transposed(solution)
    if vector:
        right = right[..., 0]
    return unbroadcast(left, np.asarray(a), left), unbroadcast(right, np.asarray(b), right)


def pinv_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = np.linalg.pinv(a)`, as long as the rank stays (Golub and Pereyra 1973)."""
    p, given = transposed(z), transposed(cotangent)
    outside = np.eye(a.shape[-2]) - a @ z
    beside = np.eye(a.shape[-1]) - z @ a
    return outside @ given @ z @ p + p @ z @ given @ beside - p @ cotangent @ p


def power_cotangent(cotangent: Any, a: Any, n: int) -> Any:
    """The cotangent of `a` in `np.linalg.matrix_power(a, n)`: the sum of a'^k dz a'^(n - 1 - k), a' the transpose."""
    if n < 0:
        inverse = np.linalg.inv(a)
        back = transposed(inverse)
        return -back @ power_cotangent(cotangent, inverse, -n) @ back
    step = transposed(a)
    result, left = np.zeros_like(step), cotangent
    for k in range(n):
        result = result + left @ np.linalg.matrix_power(step, n - 1 - k)
        left = step @ left
    return result


def cholesky_cotangent(cotangent: Any, z: Any) -> Any:
    """The cotangent of `a` in `z = np.linalg.cholesky(a)`, which reads the lower triangle of `a` only."""
    inner = np.tril(transposed(z) @ cotangent)
    inner = inner - 0.5 * inner * np.eye(inner.shape[-1])
    half = np.linalg.solve(transposed(z), inner)
    return lower_only(transposed(np.linalg.solve(transposed(z), transposed(half))))


def eigh_cotangent(values_cotangent: Any, vectors_cotangent: Any, values: Any, vectors: Any, uplo: str = "L") -> Any:
    """The cotangent of `a` in `np.linalg.eigh(a)`, which reads one triangle of `a` only."""
    inner = np.zeros_like(vectors)
    if vectors_cotangent is not None:
        gaps = values[..., None, :] - values[..., :, None]
        inverse = np.where(gaps == 0.0, 0.0, 1.0 / np.where(gaps == 0.0, 1.0, gaps))
        inner = inverse * (transposed(vectors) @ vectors_cotangent)
    inner = inner + np.eye(vectors.shape[-1]) * np.asarray(values_cotangent)[..., None]
    full = vectors @ inner @ transposed(vectors)
    return lower_only(full) if uplo in ("L", "l") else transposed(lower_only(full))


def eigvalsh_cotangent(cotangent: Any, a: Any, uplo: Any = "L") -> Any:
    """The cotangent of `a` in `np.linalg.eigvalsh(a)`."""
    values, vectors = np.linalg.eigh(a, uplo)
    return eigh_cotangent(cotangent, None, values, vectors, uplo)


def chain_cotangents(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.linalg.multi_dot(arrays)`, in the container type of `arrays`."""
    shapes = [np.shape(a) for a in arrays]
    first = [np.atleast_2d(arrays[0])]
    last = [np.asarray(arrays[-1]).reshape(-1, 1) if len(shapes[-1]) == 1 else np.asarray(arrays[-1])]
    chain = [*first, *map(np.asarray, arrays[1:-1]), *last]
    given = np.reshape(cotangent, (chain[0].shape[0], chain[-1].shape[1]))
    parts: list[Any] = []
    for k in range(len(chain)):
        part = given
        for left in chain[:k]:
            part = left.T @ part
        for right in reversed(chain[k + 1 :]):
            part = part @ right.T
        parts.append(np.reshape(part, shapes[k]))
    return tuple(parts) if isinstance(arrays, tuple) else parts


def lower_only(a: Any) -> Any:
    """The cotangent of a lower triangle that stands for a symmetric matrix with cotangent `a`."""
    return np.tril(a) + np.tril(transposed(a), -1)


def singular_values_cotangent(cotangent: Any, a: Any) -> Any:
    """The cotangent of `a` in its singular values."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (u * np.asarray(cotangent)[..., None, :]) @ vh


def matrix_norm_cotangent(cotangent: Any, z: Any, a: Any, order: Any) -> Any:
    """The cotangent of a matrix in its norm of order 1, 2, inf, "nuc", or the negative of these; ties share equally."""
    if order == "nuc":
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return cotangent * (u * (s > 0.0)) @ vh
    if abs(order) == 2:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        ties = (s == (np.max(s) if order > 0 else np.min(s))) & (s > 0.0)
        return cotangent * (u * (ties / max(1, np.count_nonzero(ties)))) @ vh
    sums = np.sum(np.abs(a), axis=0 if abs(order) == 1 else 1)
    ties = sums == (np.max(sums) if order > 0 else np.min(sums))
    share = ties / max(1, np.count_nonzero(ties))
    return cotangent * np.sign(a) * (share if abs(order) == 1 else share[:, None])
