"""objective: functions of containers for scipy.optimize, against known optima, differences and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import NonlinearConstraint, least_squares, minimize, root

from sct_ad import objective
from sct_ad.errors import ArgumentError


def rosenbrock(p):
    return np.sum((1.0 - p["x"]) ** 2 + 100.0 * (p["y"] - p["x"] ** 2) ** 2)


START = {"x": np.array([-1.2, 0.3]), "y": np.array([1.0, 1.5])}


def differences(f, x):
    """The Jacobian of a vector function by central differences."""
    steps = 1e-5 * np.eye(x.size)
    return np.stack([(f(x + h) - f(x - h)) / 2e-5 for h in steps], axis=-1)


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "SLSQP"])
def test_gradient_methods(method):
    o = objective(rosenbrock, START)
    found = minimize(o.fun, o.x0, jac=o.jac, method=method, tol=1e-10, options={"maxiter": 2000})
    np.testing.assert_allclose(found.x, 1.0, atol=1e-5)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov"])
def test_methods_with_products(method):
    o = objective(rosenbrock, START)
    found = minimize(o.fun, o.x0, jac=o.jac, hessp=o.hessp, method=method, tol=1e-8)
    np.testing.assert_allclose(found.x, 1.0, atol=1e-5)
    assert o.nhevp > 0 and o.nhev == 0


def test_methods_with_hessian():
    o = objective(rosenbrock, START)
    found = minimize(o.fun, o.x0, jac=o.jac, hess=o.hess, method="trust-exact")
    np.testing.assert_allclose(found.x, 1.0, atol=1e-6)
    assert o.nhev == found.nhev


def test_derivatives_equal_differences():
    o = objective(rosenbrock, START)
    x = o.x0 + 0.1
    np.testing.assert_allclose(o.jac(x), differences(o.fun, x), rtol=1e-6)
    np.testing.assert_allclose(o.hess(x), differences(o.jac, x), rtol=1e-5, atol=1e-5)
    v = np.array([1.0, -2.0, 0.5, 0.3])
    np.testing.assert_allclose(o.hessp(x, v), o.hess(x) @ v)


def test_one_forward_sweep_serves_value_and_gradient():
    runs = []

    def f(x):
        runs.append(1)
        return np.sum(x**3)

    o = objective(f, np.array([1.0, 2.0]))
    x = o.x0.copy()
    assert o.fun(x) == 9.0
    np.testing.assert_array_equal(o.jac(x), [3.0, 12.0])
    assert (o.nfev, o.njev, len(runs)) == (1, 1, 1)
    o.jac(x)[:] = 0.0
    np.testing.assert_array_equal(o.jac(x), [3.0, 12.0])
    assert (o.nfev, o.njev, len(runs)) == (1, 1, 1)


def test_a_vector_changed_in_place_is_another_point():
    o = objective(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    x = o.x0.copy()
    o.fun(x)
    x[0] = 3.0
    assert o.fun(x) == 35.0
    np.testing.assert_array_equal(o.jac(x), [27.0, 12.0])
    x[0] = -1.0
    np.testing.assert_array_equal(o.jac(x), [3.0, 12.0])
    assert o.nfev == 3


def test_signed_zeros_are_different_points():
    o = objective(lambda x: float(np.copysign(2.0, x)) * x, 0.0)
    o.fun([0.0])
    o.fun([-0.0])
    assert o.nfev == 2


@dataclass
class Model:
    name: str
    size: float
    shape: np.ndarray


class Pair(NamedTuple):
    a: float
    b: np.ndarray


CONTAINERS = [
    2.0,
    np.float64(2.0),
    np.float32(2.0),
    np.array(2.0),
    np.arange(6.0).reshape(2, 3),
    np.arange(6, dtype=np.float32).reshape(3, 2).T,
    (1.0, [np.ones(2), {"k": 3.0}]),
    Model("m", 2.0, np.array([1.0, 3.0])),
    Pair(1.0, np.zeros((0, 2))),
    {"m": Model("m", 2.0, np.ones((2, 1))), "none": None, "what": "text"},
]


@pytest.mark.parametrize("params", CONTAINERS, ids=lambda p: type(p).__name__)
def test_flatten_is_the_inverse_of_unflatten(params):
    o = objective(lambda p: 0.0, params)
    assert o.x0.dtype == np.float64 and o.x0.ndim == 1
    x = o.x0 + 1.0
    again = o.unflatten(x)
    assert type(again) is type(params)
    np.testing.assert_array_equal(o.flatten(again), x)


def test_objects():
    def f(model, weight):
        return model.size * np.sum(model.shape**2) * weight

    o = objective(f, Model("m", 2.0, np.array([1.0, 3.0])), 0.5)
    np.testing.assert_allclose(o.jac(o.x0), [5.0, 2.0, 6.0])
    np.testing.assert_allclose(o.hess(o.x0), differences(o.jac, o.x0), atol=1e-8)
    assert o.unflatten(o.x0).name == "m"


def test_single_precision_parameters():
    o = objective(lambda x: np.sum(x**2), np.array([1.0, 2.0], np.float32))
    assert o.unflatten(o.x0).dtype == np.float32
    np.testing.assert_array_equal(o.jac(o.x0), [2.0, 4.0])
    assert o.jac(o.x0).dtype == np.float64


def decay(p, t, seen):
    return p["size"] * np.exp(-p["rate"] * t) - seen


@pytest.mark.parametrize("count", [2, 20])  # rows in reverse mode, columns in forward mode
def test_least_squares(count):
    t = np.linspace(0.0, 1.0, count)
    o = objective(decay, {"size": 1.0, "rate": 1.0}, t, 2.0 * np.exp(-3.0 * t))
    assert o.jac(o.x0).shape == (count, 2)
    np.testing.assert_allclose(o.jac(o.x0), differences(o.fun, o.x0), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(least_squares(o.fun, o.x0, o.jac).x, [2.0, 3.0], rtol=1e-6)


def test_root_with_containers():
    def equations(p):
        return {"u": p[0] ** 2 + p[1] ** 2 - 4.0, "v": np.array([p[0] - p[1]])}

    o = objective(equations, [1.0, 0.5])
    np.testing.assert_allclose(root(o.fun, o.x0, jac=o.jac).x, np.sqrt(2.0))


def test_constraints_of_slsqp():
    o = objective(lambda p: p[0] + p[1], (1.0, 0.5))
    inside = objective(lambda p: 2.0 - p[0] ** 2 - p[1] ** 2, (1.0, 0.5))
    both = {"type": "ineq", "fun": inside.fun, "jac": inside.jac}
    found = minimize(o.fun, o.x0, jac=o.jac, method="SLSQP", constraints=[both], tol=1e-12)
    np.testing.assert_allclose(found.x, -1.0, rtol=1e-6)


def test_constraints_of_trust_constr():
    def limits(p):
        return np.stack([p[0] ** 2 + p[1] ** 2, p[0] * p[1] ** 3])

    c = objective(limits, np.array([0.8, 0.5]))
    x, v = np.array([0.3, 0.7]), np.array([2.0, -1.0])
    np.testing.assert_allclose(c.hess(x, v), differences(lambda y: v @ c.jac(y), x), rtol=1e-8)
    o = objective(lambda p: p[0] + p[1], np.array([0.8, 0.5]))
    inside = NonlinearConstraint(c.fun, -np.inf, [2.0, 5.0], jac=c.jac, hess=c.hess)
    found = minimize(o.fun, o.x0, jac=o.jac, hess=o.hess, method="trust-constr", constraints=[inside])
    np.testing.assert_allclose(found.x, -1.0, rtol=1e-3)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"n": 3, "w": np.ones(2)}, r"x0\['n'\] is integer: 3"),
        ([np.arange(3)], r"x0\[0\] is integer: an array of shape \(3,\)"),
        ((1.0, True), r"x0\[1\] is boolean"),
        (np.array([1j]), "x0 is complex"),
        ({"name": "m"}, "without any float"),
    ],
)
def test_parameters_that_are_refused(params, message):
    with pytest.raises(ArgumentError, match=message):
        objective(lambda p: 0.0, params)


def test_vectors_that_are_refused():
    o = objective(rosenbrock, START)
    with pytest.raises(ArgumentError, match="has 4 real numbers"):
        o.fun(np.zeros(3))
    with pytest.raises(ArgumentError, match="structure"):
        o.flatten({"x": np.zeros(2)})
    with pytest.raises(ArgumentError, match=r"\['y'\] has shape \(3,\)"):
        o.flatten({"x": np.zeros(2), "y": np.zeros(3)})


def test_results_that_are_refused():
    with pytest.raises(ArgumentError, match="complex result"):
        objective(lambda x: x * 1j, 1.0).fun([1.0])
    o = objective(lambda x: x * 2.0, np.ones(2))
    o.fun(o.x0)
    with pytest.raises(ArgumentError, match="weight"):
        o.hess(o.x0)
