"""Copies of values that share memory: what was a view of something copied becomes the same view of its copy."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np

_PLAIN = (float, int, complex, str, bytes, bool, type(None), range, slice)


def detached(value: Any) -> Any:
    """A copy of the containers, arrays and plain objects of a value; what they share stays shared, views included.

    >>> a = np.arange(4.0)
    >>> b, row = detached((a, a[1:3]))
    >>> row[0] = 7.0
    >>> b.tolist(), a.tolist()
    ([0.0, 7.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0])
    """
    return _detached(value, {}, {})


def _detached(value: Any, done: dict[int, Any], buffers: dict[int, tuple[np.ndarray, np.ndarray]]) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if id(value) in done:
        return done[id(value)][0]
    result = value
    if isinstance(value, np.ndarray):
        result = _array(value, buffers)
    elif isinstance(value, list):
        result = []
        done[id(value)] = result, value
        result.extend(_detached(item, done, buffers) for item in value)
    elif isinstance(value, tuple):
        items = [_detached(item, done, buffers) for item in value]
        result = type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    elif isinstance(value, dict):
        result = {} if type(value) is dict else copy.copy(value)
        done[id(value)] = result, value
        for key, item in value.items():
            result[key] = _detached(item, done, buffers)
    elif isinstance(value, SimpleNamespace):
        result = SimpleNamespace()
        done[id(value)] = result, value
        vars(result).update((key, _detached(item, done, buffers)) for key, item in vars(value).items())
    done[id(value)] = result, value  # the value is kept, so that nothing else gets its id
    return result


def _array(array: np.ndarray, buffers: dict[int, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The same view of a copy of the array that owns the memory."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if array.dtype.hasobject or owner.dtype.hasobject or not array.size:
        return array.copy()
    low, high = _bounds(owner)
    if id(owner) not in buffers:
        buffers[id(owner)] = owner, np.empty(high - low, np.uint8)
        _view(owner, buffers[id(owner)][1], low)[...] = owner
    return _view(array, buffers[id(owner)][1], low)


def _view(array: np.ndarray, buffer: np.ndarray, low: int) -> np.ndarray:
    """The array at its place in a buffer for the memory from the address `low` on."""
    place = array.__array_interface__["data"][0] - low
    return np.ndarray(array.shape, array.dtype, buffer, place, array.strides)  # type: ignore[arg-type]


def _bounds(array: np.ndarray) -> tuple[int, int]:
    """The addresses between which the elements of an array are."""
    spans = [stride * (size - 1) for stride, size in zip(array.strides, array.shape, strict=True)]
    start = array.__array_interface__["data"][0]
    return start + sum(s for s in spans if s < 0), start + sum(s for s in spans if s > 0) + array.itemsize
