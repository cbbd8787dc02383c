"""Test data of the rules of norms."""

import numpy as np

from tests.rules.array_cases import Call, numbers, other, regular

TOPIC = "norms"

VECTOR = [None, 1, 2, 3, 2.5, np.inf, -np.inf, 0, -1]
MATRIX = [1, -1, np.inf, -np.inf, 2, -2, "nuc", "fro"]
CASES = {
    np.linalg.norm: [Call(numbers(4)), Call(numbers(2, 3)), Call(numbers(2, 3, 2)), Call([0.5, 1.5]), Call(numbers(2, 3), "fro"), Call(numbers(3, dtype=np.float32))]
    + [Call(numbers(4), order, literal=(1,)) for order in VECTOR]
    + [Call(numbers(2, 3), order, axis=axis, literal=(1,)) for order in VECTOR for axis in (1, 0, -1)]
    + [Call(numbers(2, 3), axis=1, keepdims=True), Call(numbers(2, 3), axis=(0, 1)), Call(numbers(2, 3), 1, axis=1, keepdims=True), Call(numbers(2, 3), 1.5, axis=(1,), literal=(1,))]
    + [Call(numbers(2, 3), order, literal=(1,)) for order in MATRIX]
    + [Call(numbers(2, 3, 2), order, axis=(2, 0), literal=(1,)) for order in MATRIX]
    + [Call(numbers(2, 3, 2), order, axis=(0, 1), keepdims=True, literal=(1,)) for order in (1, -2)]
    + [Call(numbers(2, 2, dtype=np.float32), 1, literal=(1,)), Call(numbers(1, 1), 2, literal=(1,)), Call(np.zeros((0, 2)), axis=1), Call(np.zeros(0))],
    np.linalg.cond: [Call(numbers(2, 3)), Call(regular(2, 2, 2))] + [Call(regular(3, 3), p, literal=(1,)) for p in MATRIX],
}  # fmt: skip
if hasattr(np.linalg, "vector_norm"):
    CASES |= {
        np.linalg.vector_norm: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3), axis=0, keepdims=True), Call(numbers(2, 3), axis=1, ord=1)]
        + [Call(other(2, 3, 2), axis=(0, 2), ord=order) for order in (2, 3, -1, 0)],
        np.linalg.matrix_norm: [Call(numbers(2, 3)), Call(numbers(2, 2, 3)), Call(numbers(2, 2, 3), keepdims=True)]
        + [Call(numbers(2, 3), ord=order) for order in MATRIX if not isinstance(order, float)] + [Call(numbers(2, 2, 3), ord=order, keepdims=True) for order in (1, "nuc")],
    }  # fmt: skip
