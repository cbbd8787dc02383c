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


def sigmoids(x, n):
    h = x
    for _ in range(n):
        e = np.exp(-h)
        h = x * h / (1.0 + e)
    return np.sum(h)


def differences(x, n):
    h = x
    for _ in range(n):
        d = h[None, :] - h[:, None]
        h = h + 0.1 * np.sum(d * np.exp(-(d**2)), axis=1)
    return np.sum(h**2)


def overwritten(x, n):
    h = x * 1.0
    for _ in range(n):
        e = np.exp(-h)
        s = 1.0 + e
        h = x * h / s * e
        e[0] = 5.0
        h = h + e
    return np.sum(h)


def scaled(x, n):
    h = x
    for k in range(n):
        s = (k + 0.5) * x
        h = np.sin(h * s) + s**2
    return np.sum(h)


def shrinking(x, n):
    h = x
    for _ in range(n):
        e = np.exp(h)
        s = 0.2 * e
        h = np.sin(s[1:]) * s[:-1]
    return np.sum(h)


@pytest.mark.parametrize("f", [sigmoids, differences, overwritten, scaled, shrinking])
def test_light_arrays_are_computed_again(f):
    x = np.array([0.3, 0.9, -0.4, 0.7])
    assert_close(grad(f)(x, 3), difference_gradient(f, (x, 3), 0))
    assert_close(grad(f)(x[:1], 0), difference_gradient(f, (x[:1], 0), 0))


def test_what_is_made_of_recorded_arrays_is_not_recorded_too():
    x = np.array([0.3, 0.9, -0.4, 0.7])
    forward, _, reverse = grad(sigmoids).source(x, 3).partition("reversed(")
    assert "1.0 + " in reverse and forward.count(".append(") == 2
    forward, _, reverse = grad(differences).source(x, 3).partition("reversed(")
    assert "[None, :] - " in reverse
