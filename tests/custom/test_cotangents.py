"""stop_gradient and with_cotangent: what passes through a value in the reverse sweep."""

from __future__ import annotations

import copy
import functools
from typing import NamedTuple

import numpy as np
import pytest

from sct_ad import UnsupportedError, grad, stop_gradient, value_and_grad, vjp, with_cotangent
from sct_ad.testing import check_grads

X = np.array([0.3, -1.0, 2.0])


# stop_gradient


class Model:
    def __init__(self, w, name="m"):
        self.w, self.name = w, name

    def __call__(self, x):
        return np.sum(np.sin(self.w * x))


class Pair(NamedTuple):
    a: float
    b: np.ndarray


def test_outside_of_differentiation_it_is_the_value():
    assert stop_gradient(2.0) == 2.0 and type(stop_gradient(2.0)) is float
    assert stop_gradient(None) is None and stop_gradient("s") == "s"
    tree = {"a": [X, (1.0, None)], "n": 3}
    stopped = stop_gradient(tree)
    assert stopped["a"][0] is not X and np.array_equal(stopped["a"][0], X) and stopped["a"][1] == (1.0, None)
    model = Model(X)
    twin = stop_gradient(model)
    assert type(twin) is Model and twin is not model and twin.w is not X and twin.name == "m"
    assert type(stop_gradient(Pair(1.0, X))) is Pair


@pytest.mark.parametrize("x", [0.7, X, np.float64(0.7), X.astype(np.float32), X.reshape(3, 1)])
def test_no_derivative_passes(x):
    g = grad(lambda x: np.sum(x * stop_gradient(x)))(x)
    np.testing.assert_array_equal(g, x)
    assert np.asarray(g).dtype == np.asarray(x).dtype
    np.testing.assert_array_equal(grad(lambda x: np.sum(stop_gradient(np.sin(x)) + x))(x), np.ones_like(x))


def test_it_costs_nothing():
    def loss(x):
        return np.sum(x * stop_gradient(np.exp(x)))

    assert grad(loss).source(X) == (
        "def loss_grad(x, bloss=1.0):\n"
        "    bx = bloss * np.exp(x)  # return np.sum(x * stop_gradient(np.exp(x)))\n"
        "    return bx\n"
    )


def test_structures():
    def of_dict(p):
        q = stop_gradient(p)
        return np.sum(p["a"] * q["b"][0]) + p["b"][1] * q["b"][1] ** 2

    p = {"a": X, "b": [X + 1.0, 3.0]}
    g = grad(of_dict)(p)
    np.testing.assert_array_equal(g["a"], X + 1.0)
    np.testing.assert_array_equal(g["b"][0], np.zeros(3))
    assert g["b"][1] == 9.0

    def of_display(x):
        a, (b, c) = stop_gradient((x, [np.sin(x), "text"]))
        assert c == "text"
        return np.sum(a * b * x)

    np.testing.assert_allclose(grad(of_display)(X), X * np.sin(X))

    def of_model(model, x):
        target = stop_gradient(model)
        return (model(x) - target(2.0 * x)) ** 2

    model = Model(X.copy())
    expected = 2.0 * (model(1.0) - model(2.0)) * np.cos(X)
    np.testing.assert_allclose(grad(of_model)(model, 1.0).w, expected)
    np.testing.assert_array_equal(model.w, X)


def test_what_is_written_afterwards():
    """Writing the result changes nothing else, with and without differentiation."""

    def loss(x):
        z = x * 2.0
        y = stop_gradient(z)
        y[0] = 5.0
        z[1] = 3.0 * x[1]
        return np.sum(z * y)

    def accumulated(x):
        z = np.zeros(3)
        s = 0.0
        for k in range(3):
            z[k] = x[k] ** 2
            y = stop_gradient(z)
            s = s + np.sum(y * x)
            z[0] += x[k]
        return s + np.sum(z)

    value, g = value_and_grad(loss)(X)
    assert value == loss(X)
    np.testing.assert_allclose(g, [10.0, 3.0 * 2.0 * X[1], 2.0 * 2.0 * X[2]])

    def frozen(x, fixed):
        z = np.zeros(3)
        s = 0.0
        for k in range(3):
            z[k] = x[k] ** 2
            s = s + np.sum(fixed[k] * x)
            z[0] += x[k]
        return s + np.sum(z)

    fixed, z = [], np.zeros(3)
    for k in range(3):
        z[k] = X[k] ** 2
        fixed.append(z.copy())
        z[0] += X[k]
    value, g = value_and_grad(accumulated)(X)
    assert value == accumulated(X)
    np.testing.assert_allclose(g, grad(frozen)(X, fixed))


def test_returned_beside_the_value_it_is_a_copy():
    def loss(x):
        return np.sum(x**2), stop_gradient(x)

    x = X.copy()
    (_, aux), _ = value_and_grad(loss, has_aux=True)(x)
    assert aux is not x and not np.shares_memory(aux, x)


# with_cotangent


def test_outside_of_differentiation_nothing_is_called():
    def never(b):
        raise AssertionError

    assert with_cotangent(2.0, never) == 2.0
    np.testing.assert_array_equal(with_cotangent(X, never), X)


def clipped(b):
    return np.clip(b, -0.5, 0.5)


def test_clipping():
    def loss(x, c):
        h = with_cotangent(np.sin(x), lambda bh: np.clip(bh, -c, c))
        return np.sum(h**2)

    expected = np.clip(2.0 * np.sin(X), -0.5, 0.5) * np.cos(X)
    np.testing.assert_allclose(grad(loss)(X, 0.5), expected)
    np.testing.assert_allclose(grad(lambda x: np.sum(with_cotangent(np.sin(x), clipped) ** 2))(X), expected)
    assert "bx = np.clip(" in grad(loss).source(X, 0.5)
    assert "clipped(" in grad(lambda x: np.sum(with_cotangent(np.sin(x), clipped) ** 2)).source(X)
    assert grad(lambda x: with_cotangent(x, lambda b: min(b, 1.0)) * 3.0)(2.0) == 1.0


def test_several_uses_are_one_cotangent():
    def loss(x):
        y = with_cotangent(x, lambda b: np.clip(b, -1.0, 1.0))
        return np.sum(y * 0.8) + np.sum(y * 0.7) + 5.0 * np.sum(x)

    np.testing.assert_allclose(grad(loss)(X), np.full(3, 6.0))


SEEN: list = []


class Recorder:
    def __init__(self):
        self.seen = []

    def record(self, b):
        self.seen.append(float(np.sum(b)))


RECORDER = Recorder()


def test_recording(capsys):
    SEEN.clear()

    def loss(x):
        for k in range(2):
            x = with_cotangent(np.sin(x), SEEN.append)
        x = with_cotangent(x, print)
        x = with_cotangent(x, RECORDER.record)
        return np.sum(x**2)

    assert check_grads(loss, (X,)) < 1e-6
    SEEN.clear()
    capsys.readouterr()
    RECORDER.seen.clear()
    g = grad(loss)(X)
    last = np.sin(np.sin(X))
    np.testing.assert_allclose(SEEN[0], 2.0 * last)
    np.testing.assert_allclose(SEEN[1], 2.0 * last * np.cos(np.sin(X)))
    assert capsys.readouterr().out == f"{2.0 * last}\n"
    np.testing.assert_allclose(RECORDER.seen, [np.sum(2.0 * last)])
    kept = copy.deepcopy(SEEN)
    g[:] = 0.0
    for before, now in zip(kept, SEEN):
        np.testing.assert_array_equal(before, now)


def test_recording_in_a_nested_function():
    SEEN.clear()

    def loss(x, scale):
        def note(b):
            SEEN.append(b * scale)

        return np.sum(with_cotangent(np.sin(x), note) * 3.0)

    np.testing.assert_allclose(grad(loss)(X, 2.0), 3.0 * np.cos(X))
    np.testing.assert_allclose(SEEN, [np.full(3, 6.0)])


def test_functions_that_write_their_argument():
    def limited(b):
        b[b > 0.5] = 0.5
        return b

    def scaled(b):
        b *= 0.5

    def loss(x):
        y = np.sin(x)
        z = with_cotangent(y, limited)
        w = with_cotangent(z, scaled)
        return np.sum(w * 3.0) + np.sum(y * x)

    np.testing.assert_allclose(grad(loss)(X), (0.5 + X) * np.cos(X) + np.sin(X))


def test_variables_around_are_as_they_were_at_the_call():
    def loss(x):
        s = 0.0
        scale = 1.0
        for k in range(3):
            x = with_cotangent(np.sin(x), lambda b: b * scale if k > 0 else b * 10.0)
            scale = scale * 2.0
            s = s + np.sum(x)
        return s

    def by_hand(x):
        x1 = np.sin(x)
        x2 = np.sin(x1)
        b3 = 1.0 * 4.0
        b2 = (1.0 + b3 * np.cos(x2)) * 2.0
        b1 = (1.0 + b2 * np.cos(x1)) * 10.0
        return b1 * np.cos(x)

    np.testing.assert_allclose(grad(loss)(X), by_hand(X))


def test_arrays_around_are_as_they_were_at_the_call():
    def straight(x):
        w = x * 1.0
        y = with_cotangent(np.sin(x), lambda b: b * w)
        w[0] = 5.0
        return np.sum(y * w)

    final = np.array([5.0, X[1], X[2]])
    np.testing.assert_allclose(grad(straight)(X), final * X * np.cos(X) + np.array([0.0, 1.0, 1.0]) * np.sin(X))

    def branching(x):
        w = x * 1.0

        def scale(b):
            if b[0] > -1e9:
                return b * w
            return b

        s = 0.0
        for k in range(2):
            s = s + np.sum(with_cotangent(np.sin(x), scale))
            w[k] = 5.0
        return s

    expected = (X + final) * np.cos(X)
    np.testing.assert_allclose(grad(branching)(X), expected)
    _, pull = vjp(branching, X)
    for seed in (1.0, 2.0, 1.0):
        np.testing.assert_allclose(pull(seed)[0], seed * expected)


def test_in_recursive_functions():
    def again(x, n):
        if n <= 0.0:
            return with_cotangent(x, lambda b: 2.0 * b)
        return with_cotangent(np.sin(again(x, n - 1.0)), lambda b: b * 1.0) * x

    def plain(x, n):
        return x if n <= 0.0 else np.sin(plain(x, n - 1.0)) * x

    h = 1e-6
    once = np.cos(X) * X  # of the innermost x, which is counted twice
    expected = (plain(X + h, 1.0) - plain(X - h, 1.0)) / (2.0 * h) + once
    np.testing.assert_allclose(grad(lambda x: np.sum(again(x, 1.0)))(X), expected, rtol=1e-8)


def test_arrays_that_are_written_in_place():
    def loss(u):
        u = u.copy()
        for i in range(1, 3):
            u[i] = u[i] * u[i - 1]
            u = with_cotangent(u, lambda b: b / 2.0)
        return np.sum(u)

    def by_hand(u):
        first = u[0] / 4.0 + u[0] * u[1] / 4.0 * 0.0
        b = np.full(3, 0.5)
        v1 = u[1] * u[0]
        b0 = b.copy()
        b0[1] += b[2] * v1 * 0.0 + b[2] * u[2]
        b0[2] = b[2] * v1
        b0 = b0 / 2.0
        g = b0.copy()
        g[1] = b0[1] * u[0]
        g[0] += b0[1] * u[1]
        return g + 0.0 * first

    np.testing.assert_allclose(grad(loss)(X), by_hand(X))
    check_grads(lambda u: np.sum(np.sin(with_cotangent(u * 1.0, lambda b: b)) * u), (X,))


def test_nothing_is_called_where_nothing_is_active():
    SEEN.clear()
    grad(lambda x, y: np.sum(x * with_cotangent(y, SEEN.append)))(X, X)
    grad(lambda x: np.sum(x * with_cotangent(stop_gradient(x), SEEN.append)))(X)
    assert SEEN == []


def test_partials_and_precision():
    halved = functools.partial(np.multiply, 0.5)
    g = grad(lambda x: np.sum(with_cotangent(x, halved) * 3.0))(X.astype(np.float32))
    np.testing.assert_allclose(g, np.full(3, 1.5))
    assert g.dtype == np.float32
    g = grad(lambda x: np.sum(with_cotangent(np.sin(x), lambda b: np.float64(0.5) * b)))(X.astype(np.float32))
    assert g.dtype == np.float32


def test_errors():
    def loss(x):
        return np.sum(with_cotangent(x, lambda b: np.sum(b)))

    with pytest.raises(ValueError, match=r"made a cotangent of shape \(\) from one of shape \(3,\)"):
        grad(loss)(X)
    with pytest.raises(UnsupportedError, match="with_cotangent of something else than an array or a number"):
        grad(lambda x: np.sum(with_cotangent((x, x), clipped)[0]))(X)

    def local(x):
        seen = []
        y = with_cotangent(x, lambda b: seen.append(b))
        return np.sum(y) + len(seen)

    with pytest.raises(UnsupportedError, match="which changes 'seen'"):
        grad(local)(X)

    def outer(x):
        count = 0

        def note(b):
            nonlocal count
            count += 1

        return np.sum(with_cotangent(x, note)) + count

    with pytest.raises(UnsupportedError, match="assigns outer names"):
        grad(outer)(X)
