"""Cotangents of matrices that are built of vectors: each entry of a vector has many places."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.linalg import real_if_real
from sct_ad.runtime.norms import conjugate_sign


def _gathered(cotangent: Any, places: Any, arrays: Any) -> list[Any]:
    """The sums of a cotangent over the places where entries have gone; they are numbered on from 1, and 0 is none."""
    given = np.asarray(cotangent)
    sums = np.zeros(sum(map(np.size, arrays)) + 1, given.dtype)
    np.add.at(sums, places, given)
    ends = np.cumsum([1, *map(np.size, arrays)])
    return [np.reshape(sums[a:b], np.shape(x)) for a, b, x in zip(ends, ends[1:], arrays)]


def _numbered(*arrays: Any) -> list[Any]:
    ends = np.cumsum([1, *map(np.size, arrays)])
    return [np.arange(a, b).reshape(np.shape(x)) for a, b, x in zip(ends, ends[1:], arrays)]


def toeplitz_cotangents(cotangent: Any, c: Any, r: Any = None) -> tuple[Any, ...]:
    """The cotangents of the arguments of `scipy.linalg.toeplitz(c, r)`; without r the first row is conj(c)."""
    column, row = np.ravel(c), np.ravel(c if r is None else r)
    places = linalg.toeplitz(*_numbered(column, row))
    first, second = _gathered(cotangent, places, (column, row))
    if r is None:
        return (real_if_real(np.reshape(first + np.conj(second), np.shape(c)), c),)
    return real_if_real(np.reshape(first, np.shape(c)), c), real_if_real(np.reshape(second, np.shape(r)), r)


def hankel_cotangents(cotangent: Any, c: Any, r: Any = None) -> tuple[Any, ...]:
    """The cotangents of the arguments of `scipy.linalg.hankel(c, r)`."""
    arrays = (np.asarray(c),) if r is None else (np.asarray(c), np.asarray(r))
    found = _gathered(cotangent, linalg.hankel(*map(np.ravel, _numbered(*arrays))), arrays)
    return tuple(real_if_real(part, x) for part, x in zip(found, arrays))


def placed_cotangent(cotangent: Any, name: str, x: Any, *args: Any) -> Any:
    """The cotangent of `x` in a function of `scipy.linalg` of this name that copies its entries."""
    x = np.asarray(x)
    return _gathered(cotangent, getattr(linalg, name)(*_numbered(x), *args), (x,))[0]


def leslie_cotangents(cotangent: Any, f: Any, s: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `scipy.linalg.leslie(f, s)`."""
    arrays = (np.asarray(f), np.asarray(s))
    first, second = _gathered(cotangent, linalg.leslie(*_numbered(*arrays)), arrays)
    return real_if_real(first, f), real_if_real(second, s)


def companion_cotangent(cotangent: Any, a: Any) -> Any:
    """The cotangent of `a` in `scipy.linalg.companion(a)`, whose first row is `-a[1:] / a[0]`."""
    a = np.asarray(a)
    row = np.asarray(cotangent)[..., 0, :]
    first, rest = a[..., :1], a[..., 1:]
    return np.concatenate([np.sum(row * rest, axis=-1, keepdims=True) / first**2, -row / first], axis=-1)


def fiedler_cotangent(cotangent: Any, a: Any) -> Any:
    """The cotangent of `a` in `scipy.linalg.fiedler(a)`, the distances of its entries."""
    a = np.asarray(a)
    signed = cotangent * conjugate_sign(a[..., :, None] - a[..., None, :])
    return np.sum(signed, axis=-1) - np.sum(signed, axis=-2)


def khatri_rao_cotangents(cotangent: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `scipy.linalg.khatri_rao(a, b)`."""
    a, b = np.asarray(a), np.asarray(b)
    split = np.reshape(cotangent, (*np.shape(cotangent)[:-2], a.shape[-2], b.shape[-2], a.shape[-1]))
    left, right = np.sum(split * b[..., None, :, :], axis=-2), np.sum(split * a[..., :, None, :], axis=-3)
    return real_if_real(unbroadcast(left, a, left), a), real_if_real(unbroadcast(right, b, right), b)


def block_cotangents(cotangent: Any, arrays: Any) -> tuple[Any, ...]:
    """The cotangents of the blocks of `scipy.linalg.block_diag(*arrays)`."""
    found, row, column = [], 0, 0
    for x in arrays:
        height, width = np.atleast_2d(x).shape[-2:]
        part = np.asarray(cotangent)[..., row : row + height, column : column + width]
        row, column = row + height, column + width
        if part.ndim > max(np.ndim(x), 2):
            part = np.sum(part, axis=tuple(range(part.ndim - max(np.ndim(x), 2))))
        part = unbroadcast(part, np.atleast_2d(x), part)
        found.append(real_if_real(np.copy(np.reshape(part, np.shape(x))), x)[()])
    return tuple(found)


def companion_tangent(da: Any, a: Any) -> Any:
    """The tangent of `scipy.linalg.companion(a)`, whose first row alone moves."""
    a, da = np.asarray(a), np.asarray(da)
    first, rest = a[..., :1], a[..., 1:]
    row = (rest * da[..., :1] / first - da[..., 1:]) / first
    n = row.shape[-1]
    found = np.zeros((*row.shape[:-1], n, n), row.dtype)
    found[..., 0, :] = row
    return found


def fiedler_tangent(da: Any, a: Any) -> Any:
    """The tangent of `scipy.linalg.fiedler(a)`, the distances of its entries."""
    a, da = np.asarray(a), np.asarray(da)
    signs = conjugate_sign(a[..., :, None] - a[..., None, :])
    return np.real(signs * (da[..., :, None] - da[..., None, :]))
