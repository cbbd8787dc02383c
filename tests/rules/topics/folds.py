"""Calls of the reductions by ufuncs."""

import numpy as np

from tests.rules.array_cases import FOLDS, Call, numbers

TOPIC = "folds"
SINGLE = numbers(3, dtype=np.float32)
CASES = {
    **FOLDS,
    np.logaddexp.reduce: [
        Call(numbers(3)),
        Call(numbers(2, 3)),
        Call(numbers(2, 3), axis=1),
        Call(numbers(2, 3, 2), axis=(0, 2)),
        Call(numbers(2, 3), axis=None),
        Call(SINGLE),
    ],
    np.logaddexp2.reduce: [Call(numbers(2, 3)), Call(numbers(2, 3), 1, keepdims=True), Call(SINGLE)],
    np.hypot.reduce: [Call(numbers(2, 3)), Call(numbers(2, 3), axis=None), Call(SINGLE)],
    np.add.reduceat: [
        Call(numbers(5), [0, 2, 3]),
        Call(numbers(5), np.array([1, 3])),
        Call(numbers(5), [0, 3, 1, 1, 4]),
        Call(numbers(2, 4), [0, 2], 1),
        Call(numbers(4, 2), [1, 2]),
        Call(numbers(5, dtype=np.float32), [0, 2]),
    ],
}
