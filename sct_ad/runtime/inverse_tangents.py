"""Tangents of singular values, pseudo-inverses and least-squares solutions, as long as the rank stays."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.linalg import (
    adjugated,
    divided_differences,
    generalised_function_cotangent,
    hermitian_change,
    kept_count,
    real_if_real,
)


def singular_values_tangent(da: Any, a: Any) -> Any:
    """The tangent of the singular values of `a`."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.real(np.sum(np.conj(u) * (np.asarray(da) @ adjugated(vh)), axis=-2))


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
        inner = adjugated(v) @ hermitian_change(da, lower) @ v
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
