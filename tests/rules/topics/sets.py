"""Sets of numbers. Equal entries are not moved by differences, so there are none."""

import numpy as np

from tests.rules.array_cases import Call, numbers, other

TOPIC = "sets"

CASES = {
    np.unique: [Call(numbers(5)), Call(numbers(2, 3)), Call([0.5, -1.0]), Call(np.zeros(0)), Call(numbers(3, 2), axis=0)],
    np.union1d: [Call(numbers(3), other(2)), Call([0.5, 1.0], other(2, 2))],
    np.intersect1d: [Call(numbers(3), other(3))],
    np.setdiff1d: [Call(numbers(3), other(3)), Call(numbers(3), other(2), assume_unique=True)],
    np.setxor1d: [Call(numbers(3), other(2)), Call(numbers(3), other(2), True)],
    np.trim_zeros: [Call(numbers(3)), Call(numbers(3), "f"), Call(np.array([0.0, 0.0]))],
}  # fmt: skip
for _name in ("unique_values",):
    if hasattr(np, _name):
        CASES[getattr(np, _name)] = [
            Call(numbers(5), leave_out={"complex": "in any order"}),
            Call(numbers(2, 2), leave_out={"complex": "in any order"}),
        ]
for _name in ("unique_all", "unique_counts", "unique_inverse"):
    if hasattr(np, _name):
        CASES[getattr(np, _name)] = []  # of several results; see tests/array_function_programs.py
