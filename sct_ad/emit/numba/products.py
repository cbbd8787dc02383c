"""Derivatives of reductions of all entries of arrays, in the words that Numba compiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from sct_ad.emit.numba.support import implements
from sct_ad.runtime.reductions import cumulative_product_cotangent, deviations, products_of_others


def _is_along_all(x: Any, axis: Any) -> bool:
    """Whether an axis stands for all entries of an array of inexact numbers."""
    if not (isinstance(x, types.Array) and x.ndim and isinstance(x.dtype, types.Float | types.Complex)):
        return False
    axis = getattr(axis, "value", axis)  # what is left out
    return axis is None or isinstance(axis, types.NoneType) or (x.ndim == 1 and isinstance(axis, int | types.Integer))


@implements(products_of_others)
def _products_of_others(x: Any, axis: Any = None) -> Any:
    if not _is_along_all(x, axis):
        return None

    def of_all(x: Any, axis: Any = None) -> Any:
        flat = x.flatten()
        before, after = np.ones_like(flat), np.ones_like(flat)
        for k in range(1, len(flat)):
            before[k] = before[k - 1] * flat[k - 1]
        for k in range(len(flat) - 2, -1, -1):
            after[k] = after[k + 1] * flat[k + 1]
        return (before * after).reshape(x.shape)

    return of_all


@implements(cumulative_product_cotangent)
def _cumulative_product_cotangent(cotangent: Any, x: Any, axis: Any = None) -> Any:
    if not (_is_along_all(x, axis) and isinstance(cotangent, types.Array) and cotangent.ndim == 1):
        return None
    if isinstance(cotangent.dtype, types.Complex) and not isinstance(x.dtype, types.Complex):
        return None

    def of_all(cotangent: Any, x: Any, axis: Any = None) -> Any:
        flat = x.flatten()
        before, sums = np.ones_like(flat), np.empty_like(flat)
        for k in range(1, len(flat)):
            before[k] = before[k - 1] * flat[k - 1]
        for k in range(len(flat) - 1, -1, -1):
            sums[k] = cotangent[k]
            if k + 1 < len(flat):
                sums[k] += sums[k + 1] * flat[k + 1]
        return (before * sums).reshape(x.shape)

    return of_all


@implements(deviations)
def _deviations(x: Any, axis: Any = None) -> Any:
    if not _is_along_all(x, axis):
        return None

    def of_all(x: Any, axis: Any = None) -> Any:
        flat = x.flatten()
        if len(flat):
            flat -= flat[0]
            flat -= np.mean(flat)
        return flat.reshape(x.shape)

    return of_all
