"""Cotangents: first writes, later writes, unbroadcasting, ownership."""

import numpy as np
import pytest

from sct_ad import grad
from tests.numerical import assert_close, difference_gradient

SHAPES = [((3, 4), (4,)), ((3, 4), (3, 1)), ((3, 1), (1, 4)), ((2, 3, 4), (3, 4)), ((2, 3, 4), (3, 1)), ((4,), ())]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("total", ["np.sum(z)", "np.sum(z * z)", "np.sum(np.sum(z, axis=0) ** 2)"])
def test_broadcast_operands_without_runtime_help(shapes, total):
    text = f"def f(x, y):\n    z = x * y + y\n    return {total}\n"
    namespace = {"np": np}
    exec(text, namespace)
    rng = np.random.default_rng(1)
    args = tuple(rng.uniform(0.5, 1.5, shape) for shape in shapes)
    gradient = grad(namespace["f"], (0, 1), source=text)
    assert "unbroadcast" not in gradient.source(*args)
    expected = tuple(difference_gradient(namespace["f"], args, k) for k in (0, 1))
    assert_close(gradient(*args), expected)


def test_one_cotangent_for_two_operands_is_not_shared():
    def f(x, y):
        z = x + y
        return np.sum(z * z) + np.sum(x * 3.0)

    x, y = np.ones(3), np.ones(3) * 2
    bx, by = grad(f, (0, 1))(x, y)
    assert not np.may_share_memory(bx, by)
    assert bx.tolist() == [9.0] * 3 and by.tolist() == [6.0] * 3


def test_gradients_never_share_memory_with_arguments():
    def f(x, w):
        return np.dot(x, w)

    x, w = np.arange(3.0), np.ones(3)
    bx, bw = grad(f, (0, 1))(x, w)
    assert not np.may_share_memory(bx, w) and not np.may_share_memory(bw, x)


def test_accumulation_in_a_loop_is_in_place():
    def f(W, xs):
        s = 0.0
        for k in range(len(xs)):
            s = s + np.sum(np.tanh(W @ xs[k]))
        return s

    W, xs = np.ones((2, 3)) * 0.1, np.arange(12.0).reshape(4, 3) / 10
    assert "bW += " in grad(f).source(W, xs)
    assert_close(grad(f)(W, xs), difference_gradient(f, (W, xs)))
