"""The cotangents of stores that name an element twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct_ad.runtime import last_written

X = np.arange(1.0, 25.0).reshape(4, 3, 2)
INDICES = [
    1,
    np.int64(2),
    slice(1, 3),
    ...,
    [2, 0],
    [3, -1, 0, 3],
    [np.int64(1), -3, 1],
    [],
    [True, False, True, True],
    [[0, 1], [1, 1]],
    np.array([0, 2, 0]),
    np.array([[0, 1], [0, 3]]),
    np.array([True, False, True, False]),
    X > 7.0,
    (slice(None), [0, 0, 2]),
    ([0, 0, 3], [1, 1, 2]),
    (np.array([0, 0]), slice(None), 1),
    (1, [2, 2]),
]


def by_stores(cotangent: np.ndarray, index: Any) -> np.ndarray:
    """Each value's cotangent where it is the one that stays: found out by storing numbers."""
    shape = cotangent[index].shape
    numbers = np.arange(1, int(np.prod(shape)) + 1).reshape(shape)
    stored = np.zeros(cotangent.shape, dtype=int)
    stored[index] = numbers
    return np.where(stored[index] == numbers, cotangent[index], 0.0)


@pytest.mark.parametrize("index", INDICES, ids=repr)
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
def test_only_the_value_that_stays_has_a_cotangent(index: Any, dtype: str) -> None:
    x = X.astype(dtype)
    found = last_written(x, index)
    assert np.array_equal(found, by_stores(x, index))
    assert np.asarray(found).dtype == x.dtype and not np.shares_memory(found, x)
    vector = x[:, 0, 0].copy()
    if isinstance(index, list):
        assert np.array_equal(last_written(vector, index), by_stores(vector, index))
