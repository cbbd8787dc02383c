"""Logarithms of determinants, which are differentiated without the determinant."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad, hessian, jvp, value_and_grad, vjp
from tests.numerical import assert_close, difference_gradient

S = np.array([[2.0, 0.3, -0.2], [0.1, 1.5, 0.4], [0.5, -0.3, 1.1]])
V = np.array([0.3, -1.2, 0.7])


def normal(S, v):
    return 0.5 * v @ np.linalg.inv(S) @ v + 0.5 * np.log(np.linalg.det(S))


def alone(S, v):
    return np.log(np.linalg.det(S * v[0])) * v[1]


def in_a_loop(S, v):
    total = 0.0
    for k in range(3):
        S = S @ S.T / 2.0
        total = total + np.log(np.linalg.det(S)) * v[k] + np.sum(np.linalg.inv(S) ** 2)
    return total


def two_at_once(S, v):
    a, b = np.log(np.linalg.det(S)), np.log(np.linalg.det(S @ S))
    return a * b * v[0]


def inverse_of_another(S, v):
    other = np.linalg.inv(S + S.T)
    return np.sum(other) + np.log(np.linalg.det(S)) * v[2]


def inverse_that_is_written(S, v):
    inverse = np.linalg.inv(S)
    inverse[0, 0] = 0.0
    return np.log(np.linalg.det(S)) + np.sum(inverse**2)


def matrix_that_is_written(S, v):
    S = S.copy()
    inverse = np.linalg.inv(S)
    S[0, 0] *= 2.0
    return np.log(np.linalg.det(S)) + np.sum(inverse**2)


def determinant_twice(S, v):
    d = np.linalg.det(S)
    return np.log(d) * d


FUNCTIONS = [
    normal, alone, in_a_loop, two_at_once, inverse_of_another, inverse_that_is_written, matrix_that_is_written,
    determinant_twice,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_and_values(function) -> None:
    value, found = value_and_grad(function, argnums=(0, 1))(S, V)
    assert value == function(S, V)
    for k in (0, 1):
        assert_close(found[k], difference_gradient(function, (S, V), k))
    moved, change = jvp(function, (S, V), (S.T, V * V))
    assert moved == value
    assert_close(change, np.sum(found[0] * S.T) + np.sum(found[1] * V * V))
    assert_close(vjp(function, S, V)[1](2.0)[0], 2.0 * found[0])


@pytest.mark.parametrize("function", [normal, alone, in_a_loop])
def test_no_determinant_is_needed(function) -> None:
    text = grad(function).source(S, V)
    lines = [line.split("#")[0] for line in text.splitlines()]
    assert "det(" not in "".join(lines)
    assert "cofactors" not in text


def test_a_known_inverse_is_used_again() -> None:
    assert "inverse_transposed" not in grad(normal).source(S, V)
    assert "inverse_transposed" in grad(alone).source(S, V)
    for function in (inverse_of_another, inverse_that_is_written):
        assert "inverse_transposed" in grad(function).source(S, V)


def test_the_value_is_the_users() -> None:
    assert "np.log(np.linalg.det(S))" in value_and_grad(normal).source(S, V)


def test_second_derivatives() -> None:
    first = grad(alone)
    found = hessian(alone)(S, V)
    for i in range(3):
        expected = difference_gradient(lambda s, i=i: first(s, V)[i, 0], (S,))
        assert_close(found[i, 0], expected, rtol=1e-6)


def test_single_precision_and_stacks() -> None:
    single = grad(normal)(S.astype("float32"), V.astype("float32"))
    assert single.dtype == np.float32
    assert_close(single.astype(float), grad(normal)(S, V), rtol=1e-4)

    def of_stack(s):
        return np.sum(np.log(np.linalg.det(s)))

    stack = np.stack([S, S.T @ S])
    assert_close(grad(of_stack)(stack), difference_gradient(of_stack, (stack,)))
