"""Functions of NumPy that are loops, in plain Python: inlined as a user's functions are.

They are compiled, never run. Their names and those of their variables show in emitted text.
"""

import numpy as np

from sct_ad.runtime.indexing import rounds
from sct_ad.runtime.sequences import begins_with_integer

# ruff: noqa: UP028
# mypy: ignore-errors


def fold(function, rows):
    """`function.reduce(rows)`, from the first row to the last."""
    result = rows[0]
    for k in range(1, len(rows)):
        result = function(result, rows[k])
    return result


def fold_from(function, rows, initial):
    """`function.reduce(rows, initial=initial)`."""
    result = initial
    for k in range(len(rows)):
        result = function(result, rows[k])
    return result


def folds(function, rows):
    """`function.accumulate(rows)`."""
    result = rows.copy()
    for k in range(1, len(rows)):
        result[k] = function(result[k - 1], rows[k])
    return result


def reduceat(function, rows, indices):
    """`function.reduceat(rows, indices)` of one function of two operands."""
    count = len(rows)
    results = []
    for k in range(len(indices)):
        start = indices[k]
        stop = indices[k + 1] if k + 1 < len(indices) else count
        result = rows[start]
        for j in range(start + 1, stop):
            result = function(result, rows[j])
        results.append(result)
    return np.stack(results)


def update_at(function, array, index):
    """`function.at(array, index)` of a function of one operand."""
    for turn in rounds(index, array.shape):
        where = index[turn]
        array[where] = function(array[where])


def update_at_with(function, array, index, values):
    """`function.at(array, index, values)` where there is a value for each index, or one number for all."""
    for turn in rounds(index, array.shape):
        where = index[turn]
        array[where] = function(array[where], values[turn] if np.ndim(values) > 0 else values)


def update_parts_at(function, array, index):
    """`function.at(array, (i, j))` of a function of one operand."""
    for turn in rounds(index, array.shape):
        where = tuple([part[turn] for part in index])
        array[where] = function(array[where])


def update_parts_at_with(function, array, index, values):
    """`function.at(array, (i, j), values)`."""
    for turn in rounds(index, array.shape):
        where = tuple([part[turn] for part in index])
        array[where] = function(array[where], values[turn] if np.ndim(values) > 0 else values)


def vectorized(function, options, *args, **keywords):
    """A call of what `np.vectorize(function)` gives; a loop when this is inlined."""


def refuse_mixed(items):
    """np.vectorize takes the dtype of the result from the first entry."""
    if begins_with_integer(items):
        raise TypeError("np.vectorize makes all results integers if the first one is: give otypes=[float]")


def lines(array):
    """The lines of an array along its last axis."""
    if array.ndim == 1:
        yield array
    else:
        for part in array:
            for line in lines(part):
                yield line


def piece(result, array, condition, function, args, keywords):
    """One piece of `np.piecewise`."""
    values = array[condition]
    if values.size > 0:
        result[condition] = function(values, *args, **keywords)
