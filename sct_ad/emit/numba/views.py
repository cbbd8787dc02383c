"""Shadows of views, and entries of dicts of shadows, in the words that Numba compiles."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types

from sct_ad.emit.numba.support import bounds, implements
from sct_ad.errors import ArgumentError
from sct_ad.runtime.containers import add_unless_view, view_or_zeros
from sct_ad.runtime.sequences import restore_entry


@numba.njit
def may_share_memory(one: Any, other: Any) -> Any:
    """`np.may_share_memory(one, other)`."""
    if one.size == 0 or other.size == 0:
        return False
    low, high = bounds(one)
    first, end = bounds(other)
    return low < end and first < high


@numba.njit
def _is_in_order(array: Any) -> Any:
    """Whether the items follow each other in memory as in C, so that NumPy would have made a view."""
    step = array.itemsize
    for k in range(array.ndim - 1, -1, -1):
        if array.shape[k] != 1 and array.strides[k] != step:
            return False
        step *= array.shape[k]
    return True


@implements(view_or_zeros)
def _view_or_zeros(shadow: Any, result: Any) -> Any:
    if not (isinstance(shadow, types.Array) and isinstance(result, types.Array)):
        return None

    def found(shadow: Any, result: Any) -> Any:
        if may_share_memory(shadow, result):
            return result
        if shadow.size and _is_in_order(shadow):
            raise ArgumentError("Numba copies an array of this layout and shape where NumPy makes a view")
        return np.zeros_like(result)

    return found


@implements(add_unless_view)
def _add_unless_view(shadow: Any, result: Any, cotangent: Any) -> Any:
    if not (isinstance(shadow, types.Array) and isinstance(result, types.Array)):
        return None

    def add(shadow: Any, result: Any, cotangent: Any) -> None:
        if not may_share_memory(shadow, result):
            shadow[...] = shadow + cotangent

    return add


@implements(restore_entry)
def _restore_entry(items: Any, key: Any, value: Any) -> Any:
    """Here None stands for an entry that was missing: see `remaining.py`."""
    if not (isinstance(items, types.DictType) and isinstance(value, types.Optional)):
        return None

    def restore(items: Any, key: Any, value: Any) -> None:
        if value is None:
            del items[key]
        else:
            items[key] = value

    return restore
