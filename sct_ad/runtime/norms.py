"""Cotangents of norms and condition numbers, of every order and along all axes; ties share equally."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.linalg import transposed
from sct_ad.runtime.reductions import reduced_axes


def conjugate_sign(x: Any) -> Any:
    """What |x| grows with: the sign of real numbers, conj(x) / |x| of complex ones, 0 for 0."""
    if not np.iscomplexobj(x):
        return np.sign(x)
    size = np.abs(x)
    return np.conj(x) / (size + (size == 0))


def _shared(ties: Any, like: Any, axis: Any) -> Any:
    """The share of each of several equal extremes along an axis."""
    count = np.sum(ties, axis=axis, keepdims=True)
    return ties.astype(like.dtype) / np.maximum(count, 1).astype(like.dtype)


def norm_cotangent(cotangent: Any, z: Any, x: Any, order: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of `x` in `np.linalg.norm(x, order, axis, keepdims)`; zero where the norm of zeros is taken."""
    x = np.asarray(x) if np.asarray(x).dtype.kind in "fc" else np.asarray(x, float)
    axes = reduced_axes(x, axis)
    given, value = np.asarray(np.real(cotangent)), np.asarray(z)
    if not keepdims:
        given, value = np.expand_dims(given, axes), np.expand_dims(value, axes)
    if order is None or order in ("fro", "f"):
        return given / (value + (value == 0)) * np.conj(x)
    if len(axes) == 1:
        return given * vector_norm_slope(value, x, order, axes)
    moved = [np.moveaxis(v, axes, (-2, -1)) for v in (given, value, x)]
    return np.moveaxis(matrix_norm_cotangent(moved[0][..., 0, 0], moved[1][..., 0, 0], moved[2], order), (-2, -1), axes)


def vector_norm_cotangent(cotangent: Any, z: Any, x: Any, order: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of `x` in `np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=order)`, over any axes."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    given, value = np.asarray(np.real(cotangent)), np.asarray(z)
    if not keepdims:
        given, value = np.expand_dims(given, axes), np.expand_dims(value, axes)
    return given * vector_norm_slope(value, x, order, axes)


def vector_norm_slope(value: Any, x: Any, order: Any, axes: Any) -> Any:
    """The derivative of vector norms along axes, where the axes of `value` have size 1."""
    size = np.abs(x)
    if order == 0:
        return np.zeros_like(x)
    if order in (np.inf, -np.inf):
        return conjugate_sign(x) * _shared(size == value, size, axes)
    if order == 1:
        return conjugate_sign(x)
    if order == 2:
        return np.conj(x) / (value + (value == 0))
    scale = (value + (value == 0)) ** (order - 1)
    return conjugate_sign(x) * (size + (size == 0)) ** (order - 1) / scale


def matrix_norm_cotangent(cotangent: Any, z: Any, a: Any, order: Any) -> Any:
    """The cotangent of matrices in their norms of order 1, 2, inf, "nuc", "fro", or the negative of these."""
    if not np.size(a):
        return np.zeros_like(a)
    given, value = np.asarray(np.real(cotangent))[..., None, None], np.asarray(z)[..., None, None]
    if order in ("fro", "f"):
        return given / (value + (value == 0)) * np.conj(a)
    if order == "nuc" or abs(order) == 2:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        chosen = s > 0
        if order != "nuc":
            chosen = chosen & (s == (np.max if order > 0 else np.min)(s, axis=-1, keepdims=True))
        weights = chosen.astype(s.dtype) if order == "nuc" else _shared(chosen, s, -1)
        return given * np.conj(u * weights[..., None, :] @ vh)
    size = np.abs(a)
    axis, other = (-2, -1) if abs(order) == 1 else (-1, -2)
    sums = np.sum(size, axis=axis, keepdims=True)
    ties = sums == (np.max if order > 0 else np.min)(sums, axis=other, keepdims=True)
    return given * conjugate_sign(a) * _shared(ties, size, other)


def cond_cotangent(cotangent: Any, z: Any, x: Any, p: Any = None) -> Any:
    """The cotangent of `x` in `np.linalg.cond(x, p)`, the product of the norms of `x` and of its inverse."""
    x = np.asarray(x)
    if p is None or p in (2, -2):
        order = 2 if p is None else p
        below = np.linalg.norm(x, -order, (-2, -1))
        first = matrix_norm_cotangent(cotangent / below, z, x, order)
        return first - matrix_norm_cotangent(cotangent * z / below, z, x, -order)
    try:
        inverse = np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return np.full_like(x, np.nan)
    own, other = (np.linalg.norm(v, p, (-2, -1)) for v in (x, inverse))
    back = transposed(inverse)
    inner = matrix_norm_cotangent(cotangent * own, other, inverse, p)
    return matrix_norm_cotangent(cotangent * other, own, x, p) - back @ inner @ back
