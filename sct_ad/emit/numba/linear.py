"""Functions of `sct_ad.runtime` for matrices and vectors, in the words that Numba compiles."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types

from sct_ad.emit.numba.support import implements
from sct_ad.runtime import as_gradient, diagonal_view
from sct_ad.runtime.broadcasting import last_written
from sct_ad.runtime.factorisations import eigvalsh_cotangent
from sct_ad.runtime.linalg import cofactors, inverse_transposed
from sct_ad.runtime.linear import cross_left, cross_right, diagonal_cotangent

_WELL_CONDITIONED = 1e8


@implements(cofactors)
def _cofactors(a: Any) -> Any:
    if not _is_real_matrix(a):
        return None

    def of_matrix(a: Any) -> Any:
        matrix = np.ascontiguousarray(a)
        value = np.linalg.det(matrix)
        if len(matrix) and value != 0.0 and np.isfinite(value):
            inverse = np.linalg.inv(matrix)
            if np.max(np.abs(inverse)) * np.max(np.abs(matrix)) < _WELL_CONDITIONED:
                return np.ascontiguousarray((value * inverse).T)
        if not np.all(np.isfinite(matrix)):
            return np.full_like(matrix, np.nan)
        u, s, vh = np.linalg.svd(matrix)
        others = np.ones_like(s)
        for i in range(len(s)):
            for j in range(len(s)):
                if j != i:
                    others[i] *= s[j]
        return (np.linalg.det(u) * np.linalg.det(vh) * u * others) @ vh

    return of_matrix


@implements(inverse_transposed)
def _inverse_transposed(a: Any) -> Any:
    if not _is_real_matrix(a):
        return None

    def of_matrix(a: Any) -> Any:
        try:
            return np.ascontiguousarray(np.linalg.inv(np.ascontiguousarray(a)).T)
        except Exception:  # it is singular
            return np.full_like(np.ascontiguousarray(a), np.nan)

    return of_matrix


@implements(eigvalsh_cotangent)
def _eigvalsh_cotangent(cotangent: Any, a: Any, uplo: Any = "L") -> Any:
    is_vector = isinstance(cotangent, types.Array) and cotangent.ndim == 1
    if not (is_vector and _is_real_matrix(a)) or (uplo != "L" and getattr(uplo, "literal_value", "") != "L"):
        return None

    def of_matrix(cotangent: Any, a: Any, uplo: Any = "L") -> Any:
        vectors = np.linalg.eigh(np.ascontiguousarray(a))[1]
        full = (vectors * cotangent.astype(a.dtype)) @ vectors.T
        for i in range(len(full)):
            full[i, :i] *= 2.0
            full[i, i + 1 :] = 0.0
        return full

    return of_matrix


@implements(diagonal_cotangent)
def _diagonal_cotangent(cotangent: Any, x: Any, offset: Any = 0) -> Any:
    is_vector = isinstance(cotangent, types.Array) and cotangent.ndim == 1
    if not (is_vector and _is_real_matrix(x)):
        return None

    def on_diagonal(cotangent: Any, x: Any, offset: Any = 0) -> Any:
        found = np.zeros(x.shape, x.dtype)
        for k in range(len(cotangent)):
            found[k + max(0, -offset), k + max(0, offset)] = cotangent[k]
        return found

    return on_diagonal


@implements(as_gradient)
def _as_gradient(cotangent: Any, primal: Any) -> Any:
    given = getattr(cotangent, "dtype", cotangent)
    if not isinstance(primal, types.Array) or not isinstance(given, types.Float | types.Complex):
        return None
    if not isinstance(primal.dtype, types.Complex | (types.Float if isinstance(given, types.Float) else types.Complex)):
        return None

    def on_array(cotangent: Any, primal: Any) -> Any:
        found = np.empty(primal.shape, primal.dtype)
        found[...] = cotangent
        return found

    return on_array


@implements(diagonal_view)
def _diagonal_view(array: Any) -> Any:
    def view(array: Any) -> Any:
        size = min(array.shape[0], array.shape[1])
        return np.lib.stride_tricks.as_strided(array, (size,), (array.strides[0] + array.strides[1],))

    return view


def _is_real_matrix(type_: Any) -> bool:
    return isinstance(type_, types.Array) and type_.ndim == 2 and isinstance(type_.dtype, types.Float)


@implements(last_written)
def _last_written(cotangent: Any, index: Any) -> Any:
    if not isinstance(cotangent, types.Array):
        return None
    if isinstance(index, (types.Integer, types.SliceType)):
        if isinstance(index, types.Integer) and cotangent.ndim == 1:
            return lambda cotangent, index: cotangent[index]
        return lambda cotangent, index: cotangent[index].copy()
    if isinstance(index, types.BaseTuple):
        return _last_of_elements if _are_places(index) else None
    if not _is_places(index):
        return None

    def at_places(cotangent: Any, index: Any) -> Any:
        found = cotangent[index]
        count = len(cotangent)
        written = np.zeros(count, np.bool_)
        for k in range(len(index) - 1, -1, -1):
            place = index[k] if index[k] >= 0 else index[k] + count
            if written[place]:
                found[k] = 0.0
            written[place] = True
        return found

    return at_places


def _is_places(part: Any) -> bool:
    """Whether part of an index is a vector of whole numbers."""
    return isinstance(part, types.Array) and part.ndim == 1 and isinstance(part.dtype, types.Integer)


def _are_places(index: Any) -> bool:
    """Whether an index has vectors of whole numbers, and slices or numbers beside them."""
    parts = list(index.types)
    others = [part for part in parts if not _is_places(part)]
    return len(others) < len(parts) and all(isinstance(part, types.Integer | types.SliceType) for part in others)


def _last_of_elements(cotangent: Any, index: Any) -> Any:
    """`last_written` of any index: which elements it names is seen by their numbers."""
    numbers = np.arange(cotangent.size).reshape(cotangent.shape)[index]
    written = np.zeros(cotangent.size, np.bool_)
    named = numbers.ravel()
    found = cotangent[index].ravel()
    for k in range(len(named) - 1, -1, -1):
        if written[named[k]]:
            found[k] = 0.0
        written[named[k]] = True
    return found.reshape(numbers.shape)


@numba.njit
def _add_crossed(out: Any, at: Any, p: Any, q: Any) -> None:
    """`out[at] += cross(p, q)`."""
    out[at, 0] += p[1] * q[2] - p[2] * q[1]
    out[at, 1] += p[2] * q[0] - p[0] * q[2]
    out[at, 2] += p[0] * q[1] - p[1] * q[0]


@numba.njit
def _crossed_rows(x: Any, y: Any, like: Any) -> Any:
    """The products of rows, summed to as many rows as `like` has."""
    if x.shape[1] != 3 or y.shape[1] != 3 or like.shape[1] != 3:
        raise ValueError("cross products under Numba are of vectors in space")
    out = np.zeros_like(like)
    for k in range(max(len(x), len(y)) if len(x) and len(y) else 0):
        _add_crossed(out, k if len(like) > 1 else 0, x[k if len(x) > 1 else 0], y[k if len(y) > 1 else 0])
    return out


def _fits(cotangent: Any, x: Any, y: Any, options: tuple[Any, ...]) -> int:
    """The rank of vectors or rows of vectors along the last axis; 0 for others."""
    arrays = (cotangent, x, y)
    if not all(isinstance(v, types.Array) and isinstance(v.dtype, types.Float) for v in arrays):
        return 0
    if any(getattr(option, "value", option) not in (-1, None) for option in options):
        return 0
    ranks = {v.ndim for v in arrays}
    return ranks.pop() if len(ranks) == 1 and ranks <= {1, 2} else 0


@numba.njit
def _rows(v: Any) -> Any:
    """A vector as the only row of a matrix."""
    return np.ascontiguousarray(v).reshape((1, v.size))


def _implement_cross(original: Any, crossed: Any) -> None:
    """Make `original(cotangent, x, y)` of vectors, or rows of vectors, in space: `crossed` does it for rows."""

    def chosen(
        cotangent: Any, x: Any, y: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
    ) -> Any:
        rank = _fits(cotangent, x, y, (axisa, axisb, axisc, axis))
        if rank == 1:
            return lambda cotangent, x, y, axisa=-1, axisb=-1, axisc=-1, axis=None: crossed(
                _rows(cotangent), _rows(x), _rows(y)
            )[0]
        if rank == 2:
            return lambda cotangent, x, y, axisa=-1, axisb=-1, axisc=-1, axis=None: crossed(cotangent, x, y)
        return None

    implements(original)(chosen)


_implement_cross(cross_left, numba.njit(lambda cotangent, x, y: _crossed_rows(y, cotangent, x)))
_implement_cross(cross_right, numba.njit(lambda cotangent, x, y: _crossed_rows(cotangent, x, y)))


def _is_product(cotangent: Any, x: Any, y: Any) -> bool:
    """Whether a product is of numbers of one inexact type, which it has as well."""
    if not (isinstance(x, types.Array) and isinstance(y, types.Array)):
        return False
    dtype = cotangent.dtype if isinstance(cotangent, types.Array) else cotangent
    return x.dtype == y.dtype == dtype and isinstance(dtype, types.Float | types.Complex)
