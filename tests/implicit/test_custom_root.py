"""custom_root and fixed_point: against closed forms, finite differences, and each other's mode."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.optimize as so

from sct_ad import (
    UnsupportedError,
    custom_root,
    fixed_point,
    grad,
    jacrev,
    jvp,
    objective,
    value_and_grad,
    vjp,
)
from sct_ad.errors import ArgumentError
from sct_ad.testing import check_grads


def cubic(x, a, b):
    return x**3 + a * x - b


by_brentq = custom_root(lambda x0, a, b: so.brentq(cubic, -10.0, 10.0, args=(a, b), xtol=1e-14, rtol=1e-14), cubic)
by_newton = custom_root(lambda x0, a, b: so.newton(cubic, x0, args=(a, b), tol=1e-14), cubic)
by_root_scalar = custom_root(lambda x0, a, b: so.root_scalar(cubic, args=(a, b), x0=x0, x1=x0 + 0.5), cubic)


def newton_loop(x0, a, b):
    x = x0
    for _ in range(60):
        x = x - (x**3 + a * x - b) / (3.0 * x**2 + a)
    return x


by_loop = custom_root(newton_loop, cubic)


def both_modes(f, args, argnums=None, tolerance=1e-9):
    """Gradient against differences, and the tangent against the gradient."""
    rng = np.random.default_rng(1)
    positions = tuple(range(len(args))) if argnums is None else argnums
    check_grads(f, args, positions)
    gradient = grad(f, positions)(*args)
    tangents = [None] * len(args)
    for k in positions:
        tangents[k] = rng.normal(size=np.shape(args[k])) if np.ndim(args[k]) else rng.normal()
    value, tangent = jvp(f, args, tangents)
    expected = sum(np.sum(g * tangents[k]) for g, k in zip(gradient, positions))
    np.testing.assert_allclose(tangent, expected, rtol=tolerance)
    np.testing.assert_allclose(value, f(*args))


@pytest.mark.parametrize("solve", [by_brentq, by_newton, by_root_scalar, by_loop])
def test_scalar_roots(solve):
    a, b = 2.0, 3.0  # x = 1
    np.testing.assert_allclose(grad(lambda a, b: solve(1.5, a, b), (0, 1))(a, b), [-0.2, 0.2], rtol=1e-7)
    both_modes(lambda a, b: np.sin(solve(1.5, a, b) * a) + b, (a, b), tolerance=1e-6)


def test_roots_of_arrays_elementwise():
    a, b = np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 2.0])
    both_modes(lambda a, b: np.sum(by_loop(np.ones(3), a, b) ** 2), (a, b))
    z = by_loop(np.ones(3), a, b)
    np.testing.assert_allclose(grad(lambda b: np.sum(by_loop(np.ones(3), a, b)))(b), 1.0 / (3.0 * z**2 + a), rtol=1e-12)


def linear(x, A, b):
    return A @ x - b


A, B = np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([1.0, -2.0])


@pytest.mark.parametrize(
    "linear_solve",
    [None, "dense", "gmres", lambda matvec, b: np.linalg.solve(np.array([matvec(e) for e in np.eye(2)]).T, b)],
)
def test_linear_systems(linear_solve):
    solve = custom_root(lambda x0, A, b: np.linalg.solve(A, b), linear, linear_solve=linear_solve)
    both_modes(lambda A, b: np.sum(solve(np.zeros(2), A, b) ** 3), (A, B))
    x = np.linalg.solve(A, B)
    bb = np.linalg.solve(A.T, 3.0 * x**2)
    found = grad(lambda A, b: np.sum(solve(np.zeros(2), A, b) ** 3), (0, 1))(A, B)
    np.testing.assert_allclose(found[0], -np.outer(bb, x), rtol=1e-9)
    np.testing.assert_allclose(found[1], bb, rtol=1e-9)


def equations(x, p):
    return {"u": x["r"] ** 2 + p["a"] * x["s"] - p["b"][0], "v": x["s"] ** 3 + x["r"] - p["b"][1]}


def solved(x0, p):
    def flat(v):
        found = equations({"r": v[0], "s": v[1:]}, p)
        return np.concatenate([np.atleast_1d(found["u"]), np.atleast_1d(found["v"])])

    x = so.fsolve(flat, [x0["r"], x0["s"][0]], xtol=1e-13)
    return {"r": x[0], "s": x[1:]}


def test_unknowns_and_parameters_in_containers():
    solve = custom_root(solved, equations)
    p = {"a": 1.5, "b": np.array([3.0, 2.0])}

    def f(p):
        x = solve({"r": 1.0, "s": np.array([0.5])}, p)
        return x["r"] ** 2 * p["a"] + np.sum(np.sin(x["s"]))

    check_grads(f, (p,))
    gradient = grad(f)(p)
    direction = {"a": 0.5, "b": np.array([1.0, -1.0])}
    _, tangent = jvp(f, (p,), (direction,))
    np.testing.assert_allclose(tangent, 0.5 * gradient["a"] + gradient["b"] @ direction["b"])


def system(x, p, q):
    return np.stack([x[0] ** 2 + p * x[1] - q[0], x[1] ** 3 + x[0] - q[1]])


by_root = custom_root(lambda x0, p, q: so.root(system, x0, (p, q), tol=1e-13), system)


def test_scipy_root():
    both_modes(lambda p, q: np.sum(by_root(np.ones(2), p, q) ** 2 * q), (1.5, np.array([3.0, 2.0])))


def test_jacobian_of_a_solution():
    q = np.array([3.0, 2.0])
    x = by_root(np.ones(2), 1.5, q)
    expected = np.linalg.inv([[2.0 * x[0], 1.5], [1.0, 3.0 * x[1] ** 2]])
    np.testing.assert_allclose(jacrev(lambda q: by_root(np.ones(2), 1.5, q))(q), expected, rtol=1e-9)


def potential(x, a, n):
    return np.sum((x - a) ** 2) + np.sum(x**4) / n + x[0] * x[1]


argmin = custom_root(
    lambda x0, a, n: so.minimize(potential, x0, (a, n), jac=grad(potential), tol=1e-7), grad(potential)
)


@pytest.mark.parametrize("linear_solve", [None, "gmres"])
def test_minima(linear_solve):
    solve = custom_root(
        lambda x0, a, n: (
            so.minimize(
                potential,
                x0,
                (a, n),
                jac=grad(potential),
                hess=lambda x, a, n: hessian_of(x, a, n),
                method="trust-exact",
                options={"gtol": 1e-11},
            ).x
        ),
        grad(potential),
        linear_solve=linear_solve,
    )
    both_modes(lambda a: np.sum(np.sin(solve(np.zeros(2), a, 3))), (np.array([0.5, 2.0]),))


def hessian_of(x, a, n):
    return np.diag(2.0 + 12.0 * x**2 / n) + np.array([[0.0, 1.0], [1.0, 0.0]])


def test_a_minimum_in_closed_form():
    a = np.array([0.5, 2.0])
    x = argmin(np.zeros(2), a, 3)
    expected = 2.0 * np.linalg.inv(hessian_of(x, a, 3))
    np.testing.assert_allclose(jacrev(lambda a: argmin(np.zeros(2), a, 3))(a), expected, rtol=1e-6)


def bowl(x, p):
    return (x["u"] - p) ** 2 + np.sum((x["v"] - p) ** 2) + x["u"] ** 2 * np.sum(x["v"])


def bottom(x0, p):
    o = objective(bowl, x0, p)
    found = so.minimize(o.fun, o.x0, jac=o.jac, hess=o.hess, method="trust-exact", options={"gtol": 1e-12})
    return o.unflatten(found.x)


def test_a_minimum_in_containers():
    solve = custom_root(bottom, grad(bowl))

    def f(p):
        x = solve({"u": 0.1, "v": np.zeros(2)}, p=p)
        return x["u"] * 3.0 + x["v"][0]

    both_modes(f, (0.4,))


def test_complex_numbers_computed_from_a_root():
    solve = custom_root(lambda x0, a: np.sqrt(a), lambda x, a: x**2 - a)
    a = np.array([1.0, 4.0])
    expected = np.real((2.0 + 1j) * 1j * np.exp(1j * np.sqrt(a))) / (2.0 * np.sqrt(a))
    found = grad(lambda a: np.sum(np.real((2.0 + 1j) * np.exp(1j * solve(np.ones(2), a)))))(a)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def ridge(w, x, y, penalty):
    return np.sum((x @ w - y) ** 2) + penalty * np.sum(w**2)


def test_hyperparameters_of_a_fit():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    fit = custom_root(lambda w0, x, y, penalty: np.linalg.solve(x.T @ x + penalty * np.eye(3), x.T @ y), grad(ridge))

    def validation(penalty, x, y):
        w = fit(np.zeros(3), x[:15], y[:15], penalty)
        return np.sum((x[15:] @ w - y[15:]) ** 2)

    both_modes(validation, (0.7, x, y))


settle = fixed_point(lambda x, a: np.cos(a * x))


def test_fixed_points():
    a = np.array([0.3, 0.8])
    both_modes(lambda a: np.sum(settle(np.zeros(2), a) ** 2), (a,))
    x = settle(np.zeros(2), a)
    slope = -np.sin(a * x)
    np.testing.assert_allclose(grad(lambda a: np.sum(settle(np.zeros(2), a)))(a), slope * x / (1.0 - slope * a))


def test_fixed_points_in_containers():
    babylonian = fixed_point(lambda x, a: (0.5 * (x[0] + a / x[0]), x[0]))

    def f(a):
        x, y = babylonian((1.0, 1.0), a)
        return x * y**2

    assert abs(grad(f)(4.0) - 3.0) < 1e-12  # a ** 1.5
    assert abs(jvp(f, (4.0,), (1.0,))[1] - 3.0) < 1e-12


def test_large_systems_by_products():
    n = 600
    diagonal = np.linspace(2.0, 3.0, n)

    def step(x, a):
        return a * np.tanh(np.roll(x, 1)) / 4.0 + np.cos(x) / diagonal

    solve = fixed_point(step)
    a = np.linspace(0.5, 1.0, n)
    weights = np.sin(np.arange(n))

    def f(a):
        return np.dot(solve(np.zeros(n), a), weights)

    gradient, v = grad(f)(a), np.cos(np.arange(n))
    expected = (f(a + 1e-5 * v) - f(a - 1e-5 * v)) / 2e-5
    np.testing.assert_allclose(gradient @ v, expected, rtol=1e-6)
    np.testing.assert_allclose(jvp(f, (a,), (v,))[1], gradient @ v, rtol=1e-8)


def test_in_loops_with_warm_starts_and_writes():
    def f(a, b):
        x, total, a = np.ones(3), 0.0, a.copy()
        for k in range(4):
            x = by_loop(x, a, b)
            a[k % 3] = a[k % 3] * x[0] + 0.1
            total = total + np.sum(x**2)
            x[1] = x[1] + 0.5
        return total

    both_modes(f, (np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 2.0])))


def test_starts_have_derivative_zero():
    value, (bx, ba) = value_and_grad(lambda x0, a: np.sum(by_loop(x0, a, 2.0)), (0, 1))(np.ones(2), np.ones(2))
    np.testing.assert_array_equal(bx, 0.0)
    assert np.all(ba != 0.0)
    assert jvp(lambda x0: by_loop(x0, 1.0, 2.0), (1.0,), (1.0,))[1] == 0.0


def test_the_pullback_can_be_called_again():
    value, pullback = vjp(lambda q: by_root(np.ones(2), 1.5, q), np.array([3.0, 2.0]))
    rows = np.array([pullback(row)[0] for row in np.eye(2)])
    np.testing.assert_allclose(rows, jacrev(lambda q: by_root(np.ones(2), 1.5, q))(np.array([3.0, 2.0])))


def test_single_precision_stays_single():
    a = np.array([1.0, 2.0], np.float32)
    x, gradient = value_and_grad(lambda a: np.sum(by_loop(a, a, a)))(a)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, grad(lambda a: np.sum(by_loop(a, a, a)))(a.astype(float)), rtol=1e-5)


def test_integer_starts_and_parameters():
    solve = custom_root(lambda x0, n, b: b ** (1.0 / n), lambda x, n, b: x**n - b)
    assert solve(1, 2, 9.0) == 3.0
    assert abs(grad(lambda b: solve(1, 2, b))(9.0) - 1.0 / 6.0) < 1e-15


def test_the_text_calls_the_parts_by_name():
    text = grad(lambda q: np.sum(by_loop(np.ones(2), 1.0, q) ** 2)).source(np.ones(2))
    assert "newton_loop_fwd(" in text and "newton_loop_bwd(" in text
    text = jvp(lambda q: by_loop(np.ones(2), 1.0, q)).source(np.ones(2))
    assert "newton_loop_tangent(" in text


# What is refused


def test_singular_jacobians():
    solve = custom_root(lambda x0, a: np.zeros(2), lambda x, a: x**2 * a)
    with pytest.raises(np.linalg.LinAlgError, match="is singular"):
        grad(lambda a: np.sum(solve(np.ones(2), a)))(np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="is singular"):
        jvp(lambda a: solve(np.ones(2), a), (np.ones(2),), (np.ones(2),))
    flat = custom_root(
        lambda x0, a: np.zeros(2), lambda x, a: np.stack([x[0] + x[1], x[0] + x[1]]) * a, linear_solve="gmres"
    )
    with pytest.raises(np.linalg.LinAlgError, match="GMRES did not solve"):
        grad(lambda a: flat(np.ones(2), a)[0])(1.0)


def test_what_is_no_solution():
    solve = custom_root(lambda x0, a: x0, lambda x, a: x**2 - a)
    with pytest.raises(np.linalg.LinAlgError, match="does not solve"):
        grad(lambda a: solve(1.0, a))(4.0)


def test_solvers_that_fail():
    solve = custom_root(lambda x0, a: so.root(lambda x: x**2 + a, x0), lambda x, a: x**2 + a)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(RuntimeError, match="has failed"):
            grad(lambda a: np.sum(solve(np.ones(1), a)))(1.0)
    with pytest.raises(RuntimeError, match="no convergence within 20 steps"):
        fixed_point(lambda x, a: a * x + 1.0, maximum=20)(1.0, -1.0)


@dataclass
class Line:
    slope: float
    offset: float


def test_objects_that_are_differentiated_are_refused():
    solve = custom_root(lambda x0, line: line.offset / line.slope, lambda x, line: line.slope * x - line.offset)
    with pytest.raises(UnsupportedError, match="pass these numbers as arguments"):
        grad(lambda line: solve(1.0, line))(Line(2.0, 3.0))
    with pytest.raises(UnsupportedError, match="pass these numbers as arguments"):
        jvp(lambda line: solve(1.0, line), (Line(2.0, 3.0),), (Line(1.0, 0.0),))
    assert grad(lambda a, line: a * solve(1.0, line))(1.0, Line(2.0, 3.0)) == 1.5


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: custom_root(lambda x0, a: 1j, lambda x, a: x)(1.0, 2.0), "complex unknowns"),
        (lambda: custom_root(lambda x0, a: np.ones(3), lambda x, a: x)(1.0, 2.0), "unlike its start"),
        (lambda: custom_root(lambda x0, a: 1.0, 3), "expects a function"),
        (lambda: custom_root(lambda x0, a: 1.0, cubic, linear_solve="lu"), "linear_solve is 'lu'"),
        (lambda: custom_root(lambda x0, a: 1.0, grad(cubic, 1)), "first parameter"),
        (lambda: grad(lambda a: custom_three(np.ones(2), a)[0])(1.0), "gives 3 numbers for 2 unknowns"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


custom_three = custom_root(lambda x0, a: x0, lambda x, a: a * np.ones(3) * x[0])
