"""A rectifier times its own gate is the rectifier."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad
from tests.numerical import assert_close, difference_gradient


def squared(x):
    return np.sum(np.maximum(x, 0.0) ** 2)


def weighted(x):
    return np.sum(3.0 * np.maximum(x, 0.0) ** 2 * x)


def test_the_gate_is_gone() -> None:
    x = np.array([1.5, -2.0, 0.0, 3.0])
    gradient = grad(squared)
    text = gradient.source(x)
    assert "> 0.0" not in text and "== 0.0" not in text
    np.testing.assert_array_equal(gradient(x), 2.0 * np.maximum(x, 0.0))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(gradient(np.array([np.nan, np.inf, -np.inf])), [np.nan, np.inf, 0.0])
    assert gradient(x.astype("float32")).dtype == np.float32
    assert gradient(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("f", [squared, weighted])
def test_values(f) -> None:
    x = np.array([1.5, -2.0, 0.7, 3.0])
    assert_close(grad(f)(x), difference_gradient(f, (x,), 0))


def test_another_gate_stays() -> None:
    def f(x, y):
        return np.sum(np.maximum(x, 0.0) * np.maximum(y, 0.0))

    x, y = np.array([1.5, -2.0, 0.7]), np.array([-1.0, 0.5, 2.0])
    gradient = grad(f, (0, 1))
    assert gradient.source(x, y).count("> 0.0") == 2
    assert_close(gradient(x, y), (difference_gradient(f, (x, y), 0), difference_gradient(f, (x, y), 1)))
    assert_close(grad(f)(np.zeros(2), np.ones(2)), np.array([0.5, 0.5]))


def test_a_power_whose_rank_is_known_needs_no_shape_at_run_time() -> None:
    def f(x):
        y = x[:2] + x[-2:]
        return np.sum(np.sin(y * 2.0) ** 2)

    x = np.array([0.3, 0.8, -0.5])
    gradient = grad(f)
    assert "unbroadcast(" not in gradient.source(x).split("# y = ")[0]
    for part in (x, x[:2], x[:1]):
        assert_close(gradient(part), difference_gradient(f, (part,), 0))
