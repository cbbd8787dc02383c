"""Undoing at run time what broadcasting and repeated indices did, where shapes were not known at compile time."""

from __future__ import annotations

from typing import Any

import numpy as np


def unbroadcast(cotangent: Any, operand: Any, result: Any = None) -> Any:
    """Sum the cotangent of an elementwise result to the shape of one operand.

    The cotangent may be smaller than the result; it then stands for itself broadcast to the result's shape.
    Without a result it has the result's shape. Shapes, of arrays of rank 1 or more, may stand for operand and result.
    """
    shape, have = _shape(operand), _shape(cotangent if result is None else result)
    if result is not None and np.shape(cotangent) != have:
        cotangent = np.broadcast_to(cotangent, have)
    if shape == have:
        return cotangent
    extra = len(have) - len(shape)
    axes = tuple([k for k in range(len(have)) if k < extra or (shape[k - extra] == 1 and have[k] != 1)])
    summed = np.sum(cotangent, axis=axes).reshape(shape)
    return summed if shape or isinstance(operand, np.ndarray) else summed[()]


def _shape(given: Any) -> tuple[int, ...]:
    """The shape of anything like an array; a tuple of integers, which have no cotangents, is a shape."""
    if type(given) is np.ndarray:
        return given.shape
    return given if type(given) is tuple and given and type(given[0]) is int else np.shape(given)


def last_written(cotangent: Any, index: Any) -> Any:
    """The cotangent of the values of a store `x[index] = values` whose index may name an element twice.

    Only the last value written to an element reaches the result; the others get zero.
    """
    if isinstance(index, (int, np.integer, slice)):
        return np.copy(cotangent[index])[()]
    taken = cotangent[index]
    if isinstance(index, list) and all(type(row) is int or isinstance(row, np.integer) for row in index):
        if len({row % len(cotangent) for row in index}) == len(index):
            return taken  # a copy, since the index is a list
        numbers = np.arange(len(cotangent))[index]
    else:
        numbers = np.arange(np.size(cotangent)).reshape(np.shape(cotangent))[index]
    writer = np.empty(np.max(numbers, initial=0) + 1, dtype=numbers.dtype)
    order = np.arange(numbers.size)
    writer[numbers.ravel()] = order
    wins = (writer[numbers.ravel()] == order).reshape(numbers.shape)
    return np.where(wins.reshape(wins.shape + (1,) * (np.ndim(taken) - wins.ndim)), taken, 0.0)[()]


def spread_over(cotangent: Any, primal: Any) -> Any:
    """The cotangent with the shape of its primal, where that is an array."""
    if isinstance(primal, np.ndarray) and np.shape(cotangent) != primal.shape:
        return np.broadcast_to(cotangent, primal.shape)
    return cotangent
