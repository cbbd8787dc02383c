"""To be recorded: only what the reverse sweep reads and the forward sweep overwrites."""

import math

import numpy as np
import pytest

from sct_ad import grad
from tests.numerical import assert_close, difference_gradient


def tapes(text):
    return text.count("_tape = []") + sum(f"_tape{k} = []" in text for k in range(1, 9))


def test_straight_line_code_records_nothing():
    def f(x):
        x = math.sin(x)
        x = x * math.exp(x)
        return x * x

    text = grad(f).source(0.3)
    assert "_tape" not in text and "_old" not in text


def test_a_linear_loop_records_nothing_and_has_no_forward_sweep():
    def f(x, n):
        for _ in range(n):
            x = 0.5 * x + 1.0
        return x

    text = grad(f).source(0.3, 4)
    assert "_tape" not in text and text.count("for ") == 1


def test_only_the_overwritten_value_is_recorded():
    def f(x, n):
        s = 0.0
        for _ in range(n):
            x = math.sin(x) * 1.1
            s = s + x * x
        return s

    text = grad(f).source(0.3, 4)
    assert tapes(text) == 1 and "x_tape.append(x)" in text


def test_cheap_values_are_computed_again():
    def f(x):
        s = 0.0
        for i in range(1, len(x) - 1):
            left, right = i - 1, i + 1
            s = s + x[left] * x[right]
        return s

    x = np.array([0.3, 0.7, 1.1, 0.2])
    assert "_tape" not in grad(f).source(x)
    assert_close(grad(f)(x), difference_gradient(f, (x,)))


@pytest.mark.parametrize("flag", [True, False])
def test_conditions_that_a_branch_overwrites(flag):
    def f(x, y, flag):
        for k in range(4):
            if flag:
                x = x * y
                flag = x > 1.6
            else:
                y = y * x
                flag = k == 1
        return x * y

    gradient = grad(f, (0, 1))(1.3, 0.9, flag)
    expected = tuple(difference_gradient(f, (1.3, 0.9, flag), k) for k in (0, 1))
    assert_close(gradient, expected)


def test_overwritten_array_elements_are_restored():
    def f(x):
        y = x * 1.0
        for i in range(1, len(x)):
            y[i] = y[i - 1] * y[i]
            y[i - 1] = y[i] ** 2
        return np.sum(y)

    x = np.array([0.3, 0.7, 1.1, 0.2])
    assert_close(grad(f)(x), difference_gradient(f, (x,)))


def test_shape_is_not_content():
    def f(A):
        for i in range(1, len(A) - 1):
            A[i] = (A[i - 1] + A[i + 1]) / 3.0
        return np.sum(A)

    text = grad(f).source(np.ones(5))
    assert "copy" not in text and "_tape" not in text and text.count("for ") == 1
