"""custom_jvp: reverse mode transposes the user's rule; against differences and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sct_ad import (
    UnsupportedError,
    custom_jvp,
    custom_vjp,
    grad,
    jacrev,
    stop_gradient,
    value_and_grad,
    vjp,
    with_cotangent,
)
from sct_ad.errors import ArgumentError
from sct_ad.pushforward import jvp
from sct_ad.testing import check_grads

X = np.array([0.3, -1.0, 2.0])
Y = np.array([1.5, 0.2, -0.7])


@custom_jvp
def log1pexp(x):
    return np.log1p(np.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    return log1pexp(x), (1.0 - 1.0 / (1.0 + np.exp(x))) * dx


@custom_jvp
def safe_norm(x):
    return np.sqrt(np.sum(x**2))


@safe_norm.defjvp
def safe_norm_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    n = safe_norm(x)
    return n, np.sum(x * dx) / n if n > 0 else 0.0 * np.sum(dx)


multiply = custom_jvp(lambda x, y: x * y)
multiply.defjvps(lambda dx, z, x, y: 2.0 * dx * y, lambda dy, z, x, y: 2.0 * x * dy)


def test_outside_of_differentiation_the_function_runs():
    assert log1pexp(0.0) == math.log(2.0)
    assert log1pexp.__name__ == "log1pexp"


def test_the_rule_is_written_into_the_text():
    assert grad(lambda x: np.sum(log1pexp(x))).source(X).splitlines()[-2:] == [
        "    bdx = blambda_ * (1.0 - 1.0 / (1.0 + np.exp(x)))",
        "    return bdx",
    ]


def test_stable_where_the_plain_derivative_is_not():
    with np.errstate(over="ignore"):
        assert grad(log1pexp)(np.float64(1000.0)) == 1.0
    np.testing.assert_allclose(grad(lambda x: np.sum(log1pexp(x)))(X), 1.0 / (1.0 + np.exp(-X)), rtol=1e-14)


@pytest.mark.parametrize("x", [0.7, X, X.reshape(3, 1), X[:0], np.float64(0.3)])
def test_all_shapes(x):
    check_grads(lambda x: np.sum(log1pexp(np.sin(x)) ** 2), (x,))
    check_grads(lambda x: safe_norm(x) * 2.0 if np.size(x) else np.sum(x), (x,))


def test_single_precision_stays_single():
    assert grad(lambda x: np.sum(log1pexp(x)))(X.astype(np.float32)).dtype == np.float32


def test_norm_at_zero():
    np.testing.assert_array_equal(grad(safe_norm)(np.zeros(3)), np.zeros(3))
    check_grads(safe_norm, (X,))


def test_it_is_the_users_derivative_that_counts():
    gx, gy = grad(lambda x, y: np.sum(multiply(x, y)), argnums=(0, 1))(X, Y)
    np.testing.assert_array_equal(gx, 2.0 * Y)
    np.testing.assert_array_equal(gy, 2.0 * X)


def in_loop(x, y):
    s = 0.0
    for k in range(4):
        x = log1pexp(x * y) - k
        s = s + safe_norm(x)
        x = x / (1.0 + safe_norm(x))
    return s


def in_branch(x, y):
    if np.sum(x) > 0:
        z = log1pexp(x)
    else:
        z = log1pexp(log1pexp(x))
    return np.sum(z * y)


def in_while(x, y):
    while np.sum(x) < 9.0:
        x = log1pexp(x) + 0.5
    return np.sum(x * y)


def in_comprehension(x, y):
    return sum([log1pexp(v) * w for v, w in zip(x, y)])


def recursive(x, n):
    if n <= 0.0:
        return x
    return log1pexp(recursive(x, n - 1.0)) * x


def in_recursive_unit(x, y):
    return np.sum(recursive(x, 3.0) * y)


def stores_around(x, y):
    z = x * 1.0
    s = 0.0
    for k in range(3):
        z = log1pexp(z)
        z[0] = z[1] * y[k]
        s = s + np.sum(z**2)
        z[k] += safe_norm(z)
    return s


@pytest.mark.parametrize(
    "program",
    [in_loop, in_branch, in_while, in_comprehension, in_recursive_unit, stores_around],
    ids=lambda f: f.__name__,
)
def test_wherever_the_call_is(program):
    x, y = X.copy(), Y.copy()
    check_grads(program, (x, y), (0, 1))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    assert value_and_grad(program)(X, Y)[0] == program(X, Y)


def test_containers_in_and_out():
    @custom_jvp
    def pair(p, y):
        return p["a"] * y, {"sum": p["b"][0] + y}

    @pair.defjvp
    def pair_jvp(primals, tangents):
        (p, y), (dp, dy) = primals, tangents
        value = pair(p, y)
        return value, (dp["a"] * y + p["a"] * dy, {"sum": dp["b"][0] + dy})

    def loss(a, y):
        u, v = pair({"a": a, "b": [2.0 * a, 1]}, y)
        return np.sum(u * v["sum"])

    def of_dict(p, y):
        u, v = pair(p, y)
        return np.sum(u * v["sum"])

    check_grads(loss, (1.5, X), (0, 1))
    check_grads(of_dict, ({"a": 1.5, "b": [0.3]}, X), (0, 1))


def test_linear_solver():
    @custom_jvp
    def solve(A, b):
        return np.linalg.solve(A, b)

    @solve.defjvp
    def solve_jvp(primals, tangents):
        (A, b), (dA, db) = primals, tangents
        x = solve(A, b)
        return x, np.linalg.solve(A, db - dA @ x)

    A = np.array([[3.0, 1.0, 0.2], [0.4, 2.0, -0.5], [0.0, 0.3, 4.0]])
    check_grads(lambda A, b: np.sum(solve(A, b) ** 2), (A, X), (0, 1))


def test_partial_derivatives():
    half = custom_jvp(lambda x, y: x * y)
    half.defjvps(None, lambda dy, z, x, y: x * dy)
    gx, gy = grad(lambda x, y: np.sum(half(x, y)), argnums=(0, 1))(X, Y)
    np.testing.assert_array_equal(gx, np.zeros(3))
    np.testing.assert_array_equal(gy, X)
    none = custom_jvp(lambda x: x * 3.0)
    none.defjvps(None)
    np.testing.assert_array_equal(grad(lambda x: np.sum(none(x) * x))(X), 3.0 * X)


def test_nondiff_arguments_come_first():
    @custom_jvp(nondiff_argnums=(0,))
    def apply(f, x):
        return f(x)

    @apply.defjvp
    def apply_jvp(f, primals, tangents):
        return f(primals[0]), 2.0 * f(primals[0]) * tangents[0]

    assert grad(lambda x: apply(math.exp, x))(1.0) == pytest.approx(2.0 * math.e, rel=1e-15)

    @custom_jvp(nondiff_argnums=1)
    def power(x, k):
        return x**k

    power.defjvp(lambda k, primals, tangents: (power(primals[0], k), k * primals[0] ** (k - 1) * tangents[0]))
    check_grads(lambda x: power(x, 3), (2.0,))
    with pytest.raises(UnsupportedError, match="an argument in nondiff_argnums that depends"):
        grad(lambda x: power(x, x))(2.0)
    assert grad(lambda x: power(x, stop_gradient(x)))(2.0) == 4.0


class Layer:
    def __init__(self, k):
        self.k = k

    @custom_jvp(nondiff_argnums=0)
    def act(self, x):
        return self.k * np.tanh(x)

    @act.defjvp
    def act_jvp(self, primals, tangents):
        return self.k * np.tanh(primals[0]), self.k / np.cosh(primals[0]) ** 2 * tangents[0]


LAYER = Layer(0.7)


def test_methods():
    check_grads(lambda x: np.sum(LAYER.act(x) ** 2), (X,))
    check_grads(lambda layer, x: np.sum(layer.act(x)), (LAYER, X), 1)
    check_grads(LAYER.act, (0.3,))
    with pytest.raises(UnsupportedError, match="an argument in nondiff_argnums that depends"):
        grad(lambda layer, x: np.sum(layer.act(x)))(LAYER, X)
    with pytest.raises(UnsupportedError, match="an argument in nondiff_argnums that depends|an object whose numbers"):
        grad(lambda layer, x: np.sum(layer.act(x)), argnums=(0, 1))(LAYER, X)


def test_functions_without_source():
    root = custom_jvp(math.sqrt)
    root.defjvps(lambda dx, z, x: 0.5 * dx / z)
    check_grads(lambda x: root(x) * x, (2.0,))
    foreign = np.frompyfunc(lambda v: v * v, 1, 1)
    squares = custom_jvp(lambda x: foreign(x).astype(float))
    squares.defjvps(lambda dx, z, x: 2.0 * x * dx)
    check_grads(lambda x: np.sum(np.sin(squares(x))), (X,))


def test_complex_arguments():
    square = custom_jvp(lambda z: z * z)
    square.defjvps(lambda dz, _, z: 2.0 * z * dz)
    check_grads(lambda z: np.sum(np.abs(square(z)) ** 2), (X + 1j * Y,))
    check_grads(lambda x: np.sum(np.abs(square(x * 1j + 1.0)) ** 2), (X,))


def test_inactive_calls_run_the_function_alone():
    ran = []

    @custom_jvp
    def watched(x):
        ran.append("f")
        return x * 2.0

    @watched.defjvp
    def rule(primals, tangents):
        ran.append("rule")
        return primals[0] * 2.0, tangents[0] * 2.0

    grad(lambda x, y: np.sum(x * watched(y)))(X, Y)
    assert ran == ["f"]
    ran.clear()
    np.testing.assert_array_equal(grad(lambda x: np.sum(watched(x)))(X), np.full(3, 2.0))
    assert ran == ["rule"]


def test_rules_in_rules():
    """The rule of one calls the other, and itself."""

    @custom_jvp
    def outer(x):
        return log1pexp(x) ** 2

    @outer.defjvp
    def outer_jvp(primals, tangents):
        (x,), (dx,) = primals, tangents
        e = log1pexp(x)
        return outer(x), 2.0 * e * dx / (1.0 + np.exp(-x))

    check_grads(lambda x: np.sum(outer(x) * outer(2.0 * x)), (X,))


def test_straight_through_estimator():
    @custom_jvp
    def round_through(x):
        return np.round(x)

    round_through.defjvp(lambda primals, tangents: (np.round(primals[0]), tangents[0]))
    np.testing.assert_allclose(grad(lambda x: np.sum(round_through(x) ** 2))(X), 2.0 * np.round(X))

    def by_stopping(x):
        return x + stop_gradient(np.round(x) - x)

    np.testing.assert_allclose(grad(lambda x: np.sum(by_stopping(x) ** 2))(X), 2.0 * np.round(X))


def test_a_rule_that_is_given_anew():
    f = custom_jvp(lambda x: x * 1.0)
    f.defjvp(lambda primals, tangents: (primals[0], tangents[0]))

    def loss(x):
        return f(x)

    g = grad(loss)
    assert g(2.0) == 1.0
    f.defjvp(lambda primals, tangents: (primals[0], 7.0 * tangents[0]))
    assert g(2.0) == 7.0


def test_both_kinds_in_one_function():
    clipped = custom_vjp(lambda x: x * 1.0, lambda x: (x * 1.0, None), lambda r, g: (np.clip(g, -0.1, 0.1),))
    np.testing.assert_allclose(grad(lambda x: np.sum(clipped(log1pexp(x))))(X), 0.1 / (1.0 + np.exp(-X)))


def test_a_loop_that_ends_by_it():
    def halving(x):
        n = 0
        while safe_norm(x) > 1.0:
            x = x * 0.5
            n += 1
        return np.sum(log1pexp(x)) * n if safe_norm(x) < 2.0 else 0.0

    check_grads(halving, (X * 3.0,))


# Other operators


def test_forward_mode_follows_the_rule():
    def f(x, y):
        z = log1pexp(x * y)
        for _ in range(3):
            z = log1pexp(z) * safe_norm(z + x)
        return z * with_cotangent(stop_gradient(x) + y, lambda b: 0.0 * b)

    def plain(x, y):
        z = np.log1p(np.exp(x * y))
        for _ in range(3):
            z = np.log1p(np.exp(z)) * np.sqrt(np.sum((z + x) ** 2))
        return z * (X + y)

    dx, dy, h = np.array([0.2, 1.0, -0.5]), np.array([1.0, 0.4, 0.3]), 1e-6
    value, tangent = jvp(f, (X, Y), (dx, dy))
    expected = (plain(X + h * dx, Y + h * dy) - plain(X - h * dx, Y - h * dy)) / (2.0 * h)
    np.testing.assert_allclose(value, f(X, Y), rtol=1e-15)
    np.testing.assert_allclose(tangent, expected, rtol=1e-7)
    both = jvp(lambda x, y: multiply(x, y), (2.0, 3.0), (1.0, 10.0))
    assert both == (6.0, 2.0 * (3.0 + 20.0))


def test_forward_and_reverse_agree():
    def f(x, y):
        z = x * 1.0
        for k in range(3):
            z = log1pexp(z * y)
            z[k] = safe_norm(z)
        return z

    dx, bz = np.array([0.2, 1.0, -0.5]), np.array([1.0, -2.0, 3.0])
    _, tangent = jvp(lambda x: f(x, Y), (X,), (dx,))
    _, pull = vjp(lambda x: f(x, Y), X)
    assert np.sum(bz * tangent) == pytest.approx(np.sum(pull(bz)[0] * dx), rel=1e-13)
    np.testing.assert_allclose(jacrev(log1pexp)(X), np.diag(1.0 / (1.0 + np.exp(-X))), rtol=1e-13)


# Errors


def sum_rule(primals, tangents):
    return primals[0] * 2.0, np.sum(tangents[0])


def value_rule(primals, tangents):
    return primals[0] * 2.0


def structure_rule(primals, tangents):
    return primals[0] * 2.0, (tangents[0],)


def perhaps_rule(primals, tangents):
    return primals[0] * 2.0, tangents[0][: len(primals[0]) - 1]


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (sum_rule, UnsupportedError, "sum_rule, the rule of <lambda>, whose tangent has a shape unlike"),
        (value_rule, UnsupportedError, "value_rule, the rule of <lambda>, does not return a pair"),
        (
            structure_rule,
            UnsupportedError,
            "structure_rule, the rule of <lambda>, whose tangent has a structure unlike",
        ),
        (perhaps_rule, ValueError, r"made a tangent of shape \(2,\) for a value of shape \(3,\)"),
    ],
)
def test_wrong_rules_are_named(rule, error, message):
    f = custom_jvp(lambda x: x * 2.0)
    f.defjvp(rule)
    with pytest.raises(error, match=message):
        grad(lambda x: np.sum(f(x)))(X)


def test_wrong_definitions():
    with pytest.raises(ArgumentError, match="expects a function"):
        custom_jvp(3.0)
    f = custom_jvp(lambda x: x)
    with pytest.raises(ArgumentError, match="3.0 is no function"):
        f.defjvp(3.0)
    with pytest.raises(ArgumentError, match="3.0 is no function"):
        f.defjvps(3.0)
    with pytest.raises(ArgumentError, match="which has nondiff_argnums"):
        custom_jvp(lambda x: x, nondiff_argnums=0).defjvps(None)
    with pytest.raises(Exception, match="is a custom_jvp without a derivative"):
        grad(lambda x: f(x))(2.0)
    assert grad(lambda x, y: x * f(y))(2.0, 3.0) == 3.0


def test_a_rule_that_calls_its_function_with_tangents():
    f = custom_jvp(lambda x: x * 2.0)
    f.defjvp(lambda primals, tangents: (f(primals[0]), f(tangents[0])))
    with pytest.raises(UnsupportedError, match="the rule of <lambda>, which calls <lambda> with tangents"):
        grad(lambda x: f(x))(2.0)
