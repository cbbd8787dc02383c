"""odeint: against closed forms, finite differences, and forward mode."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from sct_ad import UnsupportedError, grad, jacrev, jvp, odeint, vjp
from sct_ad.errors import ArgumentError
from sct_ad.testing import check_grads


def linear(y, t, A):
    return A @ y


A = np.array([[-0.5, 1.0], [-1.0, -0.2]])
Y0 = np.array([1.0, -0.5])
T = np.array([0.0, 0.4, 1.0, 1.5])


def modes_agree(f, args, direction, rtol=1e-6):
    """The tangent is the gradient along the direction."""
    positions = tuple(range(len(args)))
    gradient = grad(f, positions)(*args)
    expected = sum(np.sum(g * d) for g, d in zip(gradient, direction))
    np.testing.assert_allclose(jvp(f, args, direction)[1], expected, rtol=rtol)


def test_the_state_of_a_linear_system():
    expected = np.stack([expm(A * t) @ Y0 for t in T])
    np.testing.assert_allclose(odeint(linear, Y0, T, A), expected, rtol=1e-6, atol=5e-8)
    found = jacrev(lambda y0: odeint(linear, y0, T, A))(Y0)
    np.testing.assert_allclose(found, np.stack([expm(A * t) for t in T]), rtol=1e-6, atol=1e-8)


def test_times_of_a_linear_system():
    found = jacrev(lambda t: odeint(linear, Y0, t, A))(T)
    states = np.stack([expm(A * t) @ Y0 for t in T])
    expected = np.zeros((4, 2, 4))
    for k in range(1, 4):
        expected[k, :, k] = A @ states[k]
        expected[k, :, 0] = -A @ states[k]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def sizes(A, y0, t):
    return np.sum(odeint(linear, y0, t, A) ** 2 * np.array([1.0, -0.3]))


def test_everything_against_differences():
    check_grads(sizes, (A, Y0, T), (0, 1, 2), rtol=1e-5)
    modes_agree(sizes, (A, Y0, T), (A * 2.0, np.array([1.0, -1.0]), np.sin(T + 1.0)))


def test_backward_in_time():
    check_grads(sizes, (A, Y0, T[::-1].copy()), (0, 1, 2), rtol=1e-5)
    modes_agree(sizes, (A, Y0, T[::-1].copy()), (A, Y0, np.cos(T)))


def lotka_volterra(y, t, p):
    return [p["a"] * y[0] - p["b"] * y[0] * y[1], -p["c"] * y[1] + p["d"] * y[0] * y[1]]


P = {"a": 1.5, "b": 1.0, "c": 3.0, "d": 1.0}


@pytest.mark.parametrize("method", ["RK45", "DOP853", "LSODA", "Radau"])
def test_lotka_volterra(method):
    t = np.linspace(0.0, 3.0, 4)

    def f(p):
        return np.sum(odeint(lotka_volterra, np.array([1.0, 1.0]), t, p, rtol=1e-8, atol=1e-8, method=method) ** 2)

    def exact(p):
        found = solve_ivp(
            lambda s, y: lotka_volterra(y, s, p),
            (0.0, 3.0),
            [1.0, 1.0],
            t_eval=t,
            rtol=1e-12,
            atol=1e-13,
            method="DOP853",
        )
        return np.sum(found.y**2)

    gradient = grad(f)(P)
    for name in P:
        right, left = (exact({**P, name: P[name] + h}) for h in (1e-4, -1e-4))
        np.testing.assert_allclose(gradient[name], (right - left) / 2e-4, rtol=2e-5)
    if method == "DOP853":
        tangent = jvp(f, (P,), ({"a": 1.0, "b": -1.0, "c": 0.5, "d": 0.2},))[1]
        expected = gradient["a"] - gradient["b"] + 0.5 * gradient["c"] + 0.2 * gradient["d"]
        np.testing.assert_allclose(tangent, expected, rtol=1e-6)


def forced(y, t, rate, size):
    return -rate * y + size * np.sin(t)


def test_numbers_as_states_and_explicit_time():
    def f(y0, rate, size, t):
        y = odeint(forced, y0, t, rate, size)
        return y[-1] * y[1]

    check_grads(f, (0.5, 0.7, 2.0, np.array([0.3, 1.0, 2.0])), (0, 1, 2, 3), rtol=1e-5)
    modes_agree(f, (0.5, 0.7, 2.0, np.array([0.3, 1.0, 2.0])), (1.0, -0.5, 0.3, np.array([0.5, 1.0, -1.0])))


def test_states_of_several_dimensions():
    def rotation(y, t, w):
        return w @ y

    y0 = np.arange(6.0).reshape(2, 3) / 5.0
    w = np.array([[0.1, 1.0], [-1.0, 0.2]])
    assert odeint(rotation, y0, T, w).shape == (4, 2, 3)
    check_grads(lambda w, y0: np.sum(odeint(rotation, y0, T, w)[1:] ** 3), (w, y0), (0, 1), rtol=1e-5)


def test_damped_systems_are_not_integrated_backward():
    rates = np.array([1.0, 60.0])

    def decay(y, t, rates):
        return -rates * y

    def f(rates):
        return np.sum(odeint(decay, np.ones(2), np.array([0.0, 2.0]), rates))

    np.testing.assert_allclose(grad(f)(rates), -2.0 * np.exp(-2.0 * rates), rtol=1e-5, atol=1e-9)


def test_small_cotangents_are_as_precise_as_large_ones():
    _, pullback = vjp(lambda A: odeint(linear, Y0, T, A), A)
    weights = np.ones((4, 2))
    np.testing.assert_allclose(pullback(weights * 1e-12)[0] * 1e12, pullback(weights)[0], rtol=1e-12)
    tiny = jvp(lambda A: odeint(linear, Y0, T, A), (A,), (A * 1e-12,))[1]
    np.testing.assert_allclose(tiny * 1e12, jvp(lambda A: odeint(linear, Y0, T, A), (A,), (A,))[1], rtol=1e-9)


def test_times_that_are_equal():
    t = np.array([0.0, 0.0, 1.0, 1.0])
    expected = np.stack([Y0, Y0, expm(A) @ Y0, expm(A) @ Y0])
    np.testing.assert_allclose(odeint(linear, Y0, t, A), expected, rtol=1e-6, atol=5e-8)
    found = jacrev(lambda y0: odeint(linear, y0, t, A))(Y0)
    np.testing.assert_allclose(found, np.stack([np.eye(2), np.eye(2), expm(A), expm(A)]), rtol=1e-6)
    np.testing.assert_array_equal(grad(lambda y0: np.sum(odeint(linear, y0, t[:1], A)))(Y0), 1.0)


def test_single_precision_stays_single():
    y0 = Y0.astype(np.float32)
    gradient = grad(lambda y0: np.sum(odeint(linear, y0, T, A)))(y0)
    assert odeint(linear, y0, T, A).dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, grad(lambda y0: np.sum(odeint(linear, y0, T, A)))(Y0), rtol=1e-5)


def test_tolerances_for_each_component():
    f = lambda y0: np.sum(odeint(linear, y0, T, A, atol=np.array([1e-9, 1e-8])))
    check_grads(f, (Y0,), rtol=1e-5)


def test_in_a_loop():
    def f(y, A):
        total = 0.0
        for k in range(3):
            y = odeint(linear, y, np.array([0.0, 0.3]), A)[-1]
            y[k % 2] *= 1.1
            total = total + np.sum(y**2)
        return total

    check_grads(f, (Y0, A), (0, 1), rtol=1e-5)


def test_functions_that_hold_what_is_differentiated_are_refused():
    with pytest.raises(UnsupportedError):
        grad(lambda A: np.sum(odeint(functools.partial(linear, A=A), Y0, T)))(A)
    with pytest.raises(UnsupportedError, match="nested function"):
        grad(lambda A: np.sum(odeint(lambda y, t: A @ y, Y0, T)))(A)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: odeint(linear, Y0, np.array([0.0, 1.0, 0.5]), A), ArgumentError, "increasing or decreasing"),
        (lambda: odeint(linear, Y0, [0.0, 1.0], A), ArgumentError, "must be an array"),
        (lambda: odeint(linear, Y0 * 1j, T, A), ArgumentError, "initial state"),
        (lambda: odeint(lambda y, t: y[:1], Y0, T), ArgumentError, "gives 1 numbers for a state of 2"),
        (lambda: odeint(lambda y, t: y * 1j, Y0, T), ArgumentError, "complex result"),
        (lambda: odeint(lambda y, t: y**2, 1.0, np.array([0.0, 2.0])), RuntimeError, "has failed at t = 1"),
        (lambda: odeint(linear, Y0, T, A, rtl=1.0), TypeError, "no keyword 'rtl'"),
        (lambda: odeint(linear, Y0), TypeError, "initial state and times"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message), np.errstate(all="ignore"):
        call()
