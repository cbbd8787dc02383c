"""Transposes of products of `sct_ad.runtime`, in the words that Numba compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from sct_ad.emit.numba.contractions import matmul
from sct_ad.emit.numba.support import implements
from sct_ad.runtime import unbroadcast
from sct_ad.runtime.linear import dot_left, dot_right, matmul_left, matmul_right

Transpose = Callable[[Any, Any, Any], Any]

_LEFT: dict[tuple[int, int], Transpose] = {
    (1, 1): lambda cotangent, x, y: cotangent * y,
    (1, 2): lambda cotangent, x, y: y @ cotangent,
    (2, 1): lambda cotangent, x, y: np.outer(cotangent, y),
    (2, 2): lambda cotangent, x, y: cotangent @ y.T,
}
"""The cotangent of `x` in `x @ y`, by the ranks of both."""

_RIGHT: dict[tuple[int, int], Transpose] = {
    (1, 1): lambda cotangent, x, y: cotangent * x,
    (1, 2): lambda cotangent, x, y: np.outer(x, cotangent),
    (2, 1): lambda cotangent, x, y: x.T @ cotangent,
    (2, 2): lambda cotangent, x, y: x.T @ cotangent,
}
"""The cotangent of `y` in `x @ y`."""


def _of_ranks(table: dict[tuple[int, int], Transpose], cotangent: Any, x: Any, y: Any) -> Transpose | None:
    """The transpose for vectors and matrices of one inexact type, which their product has as well."""
    if not (isinstance(x, types.Array) and isinstance(y, types.Array)) or x.dtype != y.dtype:
        return None
    dtype, rank = (cotangent.dtype, cotangent.ndim) if isinstance(cotangent, types.Array) else (cotangent, 0)
    if dtype != x.dtype or not isinstance(dtype, types.Float | types.Complex) or rank != x.ndim + y.ndim - 2:
        return None
    return table.get((x.ndim, y.ndim))


def _are_stacks(cotangent: Any, x: Any, y: Any) -> bool:
    """Whether a product is of stacks of matrices."""
    arrays = (cotangent, x, y)
    if not all(isinstance(v, types.Array) and v.dtype == x.dtype and v.ndim >= 2 for v in arrays):
        return False
    return isinstance(x.dtype, (types.Float, types.Complex)) and cotangent.ndim == max(x.ndim, y.ndim) > 2


def _last_swapped(rank: int) -> tuple[int, ...]:
    return (*range(rank - 2), rank - 1, rank - 2)


@implements(dot_left)
def _dot_left(cotangent: Any, x: Any, y: Any) -> Any:
    return _of_ranks(_LEFT, cotangent, x, y)


@implements(dot_right)
def _dot_right(cotangent: Any, x: Any, y: Any) -> Any:
    return _of_ranks(_RIGHT, cotangent, x, y)


@implements(matmul_left)
def _matmul_left(cotangent: Any, x: Any, y: Any) -> Any:
    if not _are_stacks(cotangent, x, y):
        return _of_ranks(_LEFT, cotangent, x, y)
    order = _last_swapped(y.ndim)
    return lambda cotangent, x, y: unbroadcast(matmul(cotangent, np.transpose(y, order)), x.shape)


@implements(matmul_right)
def _matmul_right(cotangent: Any, x: Any, y: Any) -> Any:
    if not _are_stacks(cotangent, x, y):
        return _of_ranks(_RIGHT, cotangent, x, y)
    order = _last_swapped(x.ndim)
    return lambda cotangent, x, y: unbroadcast(matmul(np.transpose(x, order), cotangent), y.shape)
