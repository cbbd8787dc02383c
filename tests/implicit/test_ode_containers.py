"""odeint of states and parameters in containers: the same numbers as of one vector, in the structure of the state."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from scipy.linalg import expm

from sct_ad import ArgumentError, UnsupportedError, grad, jacrev, jvp, odeint, vjp
from sct_ad.testing import check_grads

T = np.array([0.0, 0.4, 1.0, 1.5])
X, V, K, DAMPING = np.array([1.0, 0.5]), np.array([0.0, 0.2]), 2.0, 0.3


class Pair(NamedTuple):
    x: object
    v: object


@dataclass
class Body:
    x: np.ndarray
    v: np.ndarray
    name: str = "ball"


@dataclass(frozen=True)
class Spring:
    k: float
    damping: float


class Plain:
    def __init__(self, x, v):
        self.x, self.v = x, v


def acceleration(x, v, p):
    return -p["k"] * x - p["c"][0] * v


def of_dict(y, t, p):
    return {"v": acceleration(y["x"], y["v"], p), "x": y["v"]}  # in another order than the state


def of_tuple(y, t, p):
    (x, (v,)) = y
    return (v, (acceleration(x, v, p),))


def of_list(y, t, p):
    return [y[1], acceleration(y[0], y[1], p)]


def of_pair(y, t, p):
    return Pair(y.v, acceleration(y.x, y.v, p))


def of_body(y, t, p):
    return Body(y.v, acceleration(y.x, y.v, p))


def of_plain(y, t, p):
    return Plain(y.v, acceleration(y.x, y.v, p))


def of_nested(y, t, p):
    return {"bodies": [Body(b.v, acceleration(b.x, b.v, p)) for b in y["bodies"]]}


P = {"k": K, "c": [DAMPING]}
CASES = {
    "dict": (of_dict, {"x": X, "v": V}, lambda s: (s["x"], s["v"])),
    "tuple": (of_tuple, (X, (V,)), lambda s: (s[0], s[1][0])),
    "list": (of_list, [X, V], lambda s: (s[0], s[1])),
    "named tuple": (of_pair, Pair(X, V), lambda s: (s.x, s.v)),
    "dataclass": (of_body, Body(X, V), lambda s: (s.x, s.v)),
    "object": (of_plain, Plain(X, V), lambda s: (s.x, s.v)),
    "objects in containers": (of_nested, {"bodies": [Body(X, V)]}, lambda s: (s["bodies"][0].x, s["bodies"][0].v)),
}


@pytest.mark.parametrize("name", CASES)
def test_states_have_the_structure_of_the_initial_one(name):
    f, y0, parts = CASES[name]
    states = odeint(f, y0, T, P)
    assert type(states) is type(y0)
    x, v = parts(states)
    matrix = np.array([[0.0, 1.0], [-K, -DAMPING]])
    exact = np.stack([expm(matrix * t) @ np.stack([X, V]) for t in T])
    np.testing.assert_allclose(x, exact[:, 0], atol=1e-7)
    np.testing.assert_allclose(v, exact[:, 1], atol=1e-7)


def loss_of(f, parts):
    def loss(y0, t, p):
        x, v = parts(odeint(f, y0, t, p))
        return np.sum(x**2 * np.array([1.0, -0.4])) + np.sum(np.sin(v))

    return loss


@functools.cache
def checked_gradient():
    """The gradient in dicts, which differences have confirmed."""
    f, y0, parts = CASES["dict"]
    check_grads(loss_of(f, parts), (y0, T, P), (0, 1, 2), rtol=1e-5)
    return grad(loss_of(f, parts), (0, 1, 2))(y0, T, P)


@pytest.mark.parametrize("name", CASES)
def test_gradients_in_both_modes(name):
    f, y0, parts = CASES[name]
    loss, (by0, bt, bp) = loss_of(f, parts), checked_gradient()
    found, found_t, found_p = grad(loss, (0, 1, 2))(y0, T, P)
    assert type(found) is type(y0)
    x, v = parts(found)
    for own, right in ((x, by0["x"]), (v, by0["v"]), (found_t, bt), (found_p["k"], bp["k"]), (found_p["c"], bp["c"])):
        np.testing.assert_allclose(own, right, rtol=1e-6, atol=1e-8)
    change = np.sum(by0["x"] * X) + np.sum(by0["v"] * V) + bt @ T + bp["k"] * K + bp["c"][0] * DAMPING
    np.testing.assert_allclose(jvp(loss, (y0, T, P), (y0, T, P))[1], change, rtol=1e-6)


def test_states_that_are_made_inside():
    def loss(x, k):
        states = odeint(of_body, Body(x * X, k * V), T, {"k": k, "c": (0.1,)})
        assert states.name == "ball"
        return np.sum(states.x * states.v)

    check_grads(loss, (1.3, 2.0), (0, 1), rtol=1e-5, modes=("fwd", "rev"))


def test_parameters_that_are_objects():
    def f(y, t, springs):
        return -springs[0].k * y - springs[1].damping * np.sin(y)

    def loss(y, first, second):
        return np.sum(odeint(f, y, T, (first, second)) ** 2)

    check_grads(loss, (X, Spring(1.0, 2.0), Spring(3.0, 0.4)), (0, 1, 2), rtol=1e-5, modes=("fwd", "rev"))


def decay(y, t):
    return -y * y * t


def decay_of_one(y, t):
    return (decay(y[0], t),)


def test_one_state_alone_and_in_a_tuple_are_the_same():
    alone = jacrev(lambda y: odeint(decay, y, T))(X)
    inside = jacrev(lambda y: odeint(decay_of_one, (y,), T)[0])(X)
    np.testing.assert_allclose(inside, alone, rtol=1e-7)


def of_numbers(y, t):
    return -y[0], -y[1], -y[2], 0.0 * y[3]


def test_numbers_and_precisions():
    y0 = (1.0, np.float32(0.5), np.array([0.1, 0.2], np.float32), 2)
    f = of_numbers
    states = odeint(f, y0, T)
    assert [s.dtype for s in states] == [np.float64, np.float32, np.float32, np.float64]
    assert [s.shape for s in states] == [(4,), (4,), (4, 2), (4,)]
    value, pullback = vjp(lambda a, b, c: odeint(f, (a, b, c, 2), T), *y0[:3])
    by = pullback(value)
    assert type(by[0]) is float
    assert by[1].dtype == by[2].dtype == np.float32
    np.testing.assert_allclose(by[2], np.sum(np.exp(-2.0 * T)) * y0[2], rtol=1e-5)
    np.testing.assert_allclose(jvp(lambda a: odeint(f, (a, *y0[1:]), T)[0], (1.0,), (1.0,))[1], np.exp(-T), rtol=1e-6)


@pytest.mark.parametrize(
    ("f", "y0", "message"),
    [
        (lambda y, t: (y["x"],), {"x": X}, r"gives \(\*,\) for a state \{'x': \*\}"),
        (lambda y, t: {"x": y["x"], "z": y["x"]}, {"x": X}, "return the derivative in the structure of the state"),
        (lambda y, t: {"x": y["x"][0]}, {"x": X}, "in the shapes of the state"),
        (lambda y, t: {"x": 1j * y["x"]}, {"x": X}, "complex result"),
        (lambda y, t: y, {"x": 1j * X}, "initial state of type dict and dtype complex128"),
        (lambda y, t: y, {"x": None}, "without any number"),
    ],
)
def test_errors(f, y0, message):
    with pytest.raises(ArgumentError, match=message):
        odeint(f, y0, T)


def test_named_tuples_of_objects_are_refused():
    with pytest.raises(UnsupportedError, match="container of objects"):
        grad(lambda y, p: np.sum(odeint(of_pair, Pair(y, y), T, p).x.x))(Body(X, V), P)
