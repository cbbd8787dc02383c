"""check="first": right derivatives pass on every operator, wrong ones are named, and nobody notices otherwise."""

from __future__ import annotations

import math
import pickle
import random
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from sct_ad import (
    ArgumentError,
    CheckError,
    CheckWarning,
    SctError,
    custom_jvp,
    custom_vjp,
    derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    objective,
    value_and_grad,
    value_and_jacobian,
    vjp,
)
from sct_ad.checking import first
from sct_ad.derivative import FIRST_CALLS
from sct_ad.rules.registry import adjoint, d, tangent

X = np.array([0.5, -1.2, 2.0])
V = np.array([1.0, 0.3, -0.7])
CHECK = {"check": "first"}

OPERATORS = {
    "grad": lambda f, x: grad(f, **CHECK)(x),
    "value_and_grad": lambda f, x: value_and_grad(f, **CHECK)(x),
    "vjp": lambda f, x: vjp(f, x, **CHECK)[0],
    "vjp of a function": lambda f, x: vjp(f, **CHECK)(x)[0],
    "jvp": lambda f, x: jvp(f, (x,), (x,), **CHECK),
    "linearize": lambda f, x: linearize(f, x, **CHECK)[1](x),
    "jacobian": lambda f, x: jacobian(f, **CHECK)(x),
    "jacobian, forward": lambda f, x: jacobian(f, mode="fwd", **CHECK)(x),
    "value_and_jacobian": lambda f, x: value_and_jacobian(f, **CHECK)(x),
    "jacrev": lambda f, x: jacrev(f, **CHECK)(x),
    "jacfwd": lambda f, x: jacfwd(f, **CHECK)(x),
    "sparse jacobian": lambda f, x: jacobian(lambda x: np.stack([f(x)]), sparsity="auto", **CHECK)(x),
    "hvp": lambda f, x: hvp(f, **CHECK)(x, V),
    "hessian": lambda f, x: hessian(f, **CHECK)(x),
    "sparse hessian": lambda f, x: hessian(f, sparsity="auto", **CHECK)(x),
    "derivative": lambda f, x: derivative(f, **CHECK)(1.3),
    "objective": lambda f, x: objective(f, x, **CHECK).jac(x),
    "objective, curvature": lambda f, x: objective(f, x, **CHECK).hess(x),
}
SECOND = {"hvp", "hessian", "sparse hessian", "objective, curvature"}


def numbers(result):
    """All numbers in a result, in order."""
    if hasattr(result, "toarray"):
        return result.toarray().ravel().tolist()
    if isinstance(result, (tuple, list)):
        return [n for item in result for n in numbers(item)]
    return np.ravel(result).tolist() if isinstance(result, (float, np.ndarray, np.generic)) else []


@pytest.fixture
def quiet():
    """No warning passes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", CheckWarning)
        yield


def right(x):
    return np.sum(x * x * np.sin(x))


@pytest.mark.parametrize("name", OPERATORS)
def test_right_derivatives_pass(name, quiet, monkeypatch):
    checked = numbers(OPERATORS[name](right, X))
    monkeypatch.setitem(CHECK, "check", None)
    assert checked == numbers(OPERATORS[name](right, X))


# --- wrong rules of each kind -------------------------------------------------------------------------------


@custom_vjp
def square(x):
    return x * x


square.defvjp(lambda x: (x * x, x), lambda x, bz: (3.0 * x * bz,))


@custom_jvp
def cube(x):
    return x * x * x


@cube.defjvp
def cube_tangent(primals, tangents):
    (x,), (dx,) = primals, tangents
    return x * x * x, 2.0 * x * x * dx


def double(x):
    return np.real(x) * 2.0


@adjoint(double, elementwise=True)
def double_adjoint(z, x):
    d[x] = d[z] * 2.5


WRONG = {
    "custom_vjp": lambda x: np.sum(square(x) * x),
    "custom_jvp": lambda x: np.sum(cube(x) * np.cos(x)),
    "adjoint": lambda x: np.sum(double(x) * x),
}
BLAMED = {"custom_vjp": "square", "custom_jvp": "cube", "adjoint": "double"}


FORWARD = SECOND | {"jvp", "linearize", "jacfwd", "jacobian, forward", "derivative"}
"""The operators that refuse a custom_vjp."""


@pytest.mark.parametrize(
    ("kind", "name"), [(k, n) for k in WRONG for n in OPERATORS if k != "custom_vjp" or n not in FORWARD]
)
def test_wrong_rules_are_named(kind, name):
    with pytest.raises(
        CheckError, match=f"the rule of '{BLAMED[kind]}', which is called at .*test_first.py:"
    ) as caught:
        OPERATORS[name](WRONG[kind], X)
    text = str(caught.value)
    assert "is wrong: " in text
    assert "finite differences  " in text
    assert "<lambda>" in text or "x" in text


def test_what_an_error_says():
    def f(p, scale):
        return scale * np.sum(p["right"] ** 2) + square(p["wrong"][1]) * scale

    p = {"right": X, "wrong": [2.0, 3.0]}
    with pytest.raises(CheckError) as caught:
        grad(f, (0, 1), **CHECK)(p, 0.5)
    first_line, place, *rest = str(caught.value).splitlines()
    assert first_line == "check of grad of f is wrong: reverse mode disagrees with finite differences"
    assert place == "  with respect to p['wrong'][1], along a random direction"
    modes = [line.split("  ")[1] for line in rest[:2]]
    assert modes == ["reverse mode", "finite differences"]
    numbers = [float(line.split()[2]) for line in rest[:2]]
    np.testing.assert_allclose(numbers[0] / numbers[1], 1.5, rtol=1e-8)
    assert isinstance(caught.value, SctError)
    assert isinstance(caught.value, AssertionError)


def test_the_entry_of_an_array_is_named():
    @custom_vjp
    def picked(x):
        return np.sum(x * x)

    def bwd(x, bz):
        bx = 2.0 * x * bz
        bx[1, 2] += 0.1
        return (bx,)

    picked.defvjp(lambda x: (np.sum(x * x), x), bwd)
    with pytest.raises(CheckError, match=r"with respect to x\[1, 2\], along"):
        grad(lambda x: picked(x) + np.sum(x), **CHECK)(np.arange(6.0).reshape(2, 3))


def test_modes_that_disagree_are_told_apart():
    @adjoint(lopsided, elementwise=True)
    def rule(z, x):
        d[x] = d[z] * 3.0

    @tangent(lopsided)
    def forward(z, x):
        d[z] = 4.0 * d[x]

    with pytest.raises(CheckError, match="forward mode disagrees with reverse mode and with finite differences"):
        jvp(lambda x: lopsided(x) * x, (2.0,), (1.0,), **CHECK)


def lopsided(x):
    return 3.0 * x.real


def test_another_value_in_the_forward_sweep():
    @custom_vjp
    def f(x):
        return x * x

    f.defvjp(lambda x: (x * x * (1.0 + 1e-15), x), lambda x, bz: (2.0 * x * bz,))
    for operator in (grad, value_and_grad, jacrev):
        with pytest.raises(CheckError, match="the value of the forward sweep is not that of the function\n.*9.0\n"):
            operator(lambda x: f(x), **CHECK)(3.0)


# --- what cannot be compared --------------------------------------------------------------------------------


def test_rules_for_reverse_mode_alone_pass(quiet):
    @custom_vjp
    def f(x):
        return x * x

    f.defvjp(lambda x: (x * x, x), lambda x, bz: (2.0 * x * bz,))
    assert grad(lambda x: f(x) * x, **CHECK)(2.0) == 12.0
    assert jacobian(lambda x: f(x) * x, **CHECK)(X)[1, 1] == pytest.approx(3.0 * X[1] ** 2)


@pytest.mark.parametrize(
    "f", [np.abs, lambda x: np.maximum(x, 0.0), lambda x: np.floor(x) * x, lambda x: abs(x) ** 1.5]
)
def test_kinks_are_no_false_alarm(f):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        grad(lambda x: np.sum(f(x)) + np.sum(x), **CHECK)(np.array([0.0, 1.0, -2.0]))


def test_a_kink_is_told():
    with pytest.warns(CheckWarning, match="near the arguments only.*kink") as caught:
        assert grad(lambda x: (x if x > 0.0 else 0.0) + x, **CHECK)(0.0) in (1.0, 2.0)
    assert caught[0].filename == __file__


def test_a_wrong_rule_is_found_at_a_kink_too():
    with pytest.raises(CheckError, match="near the arguments"):
        grad(lambda x: np.maximum(x, 0.0) + cube(x + 1.0), **CHECK)(0.0)


def test_the_end_of_what_is_defined():
    with pytest.warns(CheckWarning, match="not defined on all sides"):
        grad(lambda x: math.sqrt(x - 1.0) + x, **CHECK)(1.0 + 1e-15)


def test_functions_that_differ_from_run_to_run():
    count = [0.0]

    def f(x):
        count[0] += 1.0
        return x * count[0]

    with pytest.warns(CheckWarning, match="two runs of the function give different results"):
        grad(f, **CHECK)(2.0)


def test_random_draws_are_the_same_in_all_runs(quiet):
    def f(x, rng):
        return np.sum(x**2 * np.random.uniform(size=3)) * random.random() + rng.normal() * np.sum(x)

    results = []
    for options in ({}, CHECK):
        np.random.seed(1)
        random.seed(2)
        rng = np.random.default_rng(3)
        results.append((grad(f, **options)(X, rng), np.random.uniform(), random.random(), rng.normal()))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    assert results[0][1:] == results[1][1:]


def test_errors_of_the_function_are_its_own():
    def f(x):
        if x > 1.0:
            raise LookupError("too large")
        return x

    with pytest.raises(LookupError, match="too large"):
        grad(f, **CHECK)(2.0)
    assert grad(f, **CHECK)(0.5) == 1.0


# --- what callers notice ------------------------------------------------------------------------------------


@dataclass
class Layer:
    W: np.ndarray
    calls: int = 0


def test_arguments_stay_as_they_are(quiet):
    def f(layer, x):
        layer.calls += 1
        x[0] = 0.5
        layer.W *= 2.0
        return np.sum(layer.W * x)

    for operator in (grad, value_and_grad, jacrev, jacfwd, jacobian):
        layer, x = Layer(X.copy()), V.copy()
        operator(f, 1, **CHECK)(layer, x)
        plain, y = Layer(X.copy()), V.copy()
        operator(f, 1)(plain, y)
        np.testing.assert_array_equal(layer.W, plain.W)
        np.testing.assert_array_equal(x, y)
        assert layer.calls == plain.calls


@pytest.fixture
def checks():
    """The derivatives that are checked from here on."""
    seen, before = [], list(FIRST_CALLS)

    def note(derivative, *rest):
        seen.append(derivative)
        return before[0](derivative, *rest)

    FIRST_CALLS[:] = [note]
    yield seen
    FIRST_CALLS[:] = before


def test_only_first_calls_are_checked(checks, quiet):
    made = grad(right, **CHECK)
    for _ in range(3):
        made(X)
    assert len(checks) == 1
    made(X.astype(np.float32))
    made(X)
    assert len(checks) == 2
    made.cache_clear()
    made(X)
    assert len(checks) == 3
    whole = jacobian(lambda x: np.cumsum(x * x), **CHECK)
    for _ in range(3):
        whole(X)
    assert len(checks) == 4
    grad(right)(X)
    assert len(checks) == 4


def test_wrong_derivatives_are_wrong_again():
    made = grad(WRONG["adjoint"], **CHECK)
    for _ in range(2):
        with pytest.raises(CheckError):
            made(X)


def test_blocks_that_are_put_together_wrongly(monkeypatch):
    right_tree = first.check_blocks

    def turned(derivative, checked, value, found):
        right_tree(derivative, checked, value, 1.01 * found)

    monkeypatch.setattr("sct_ad.jacobians.FIRST_BLOCKS", [turned])
    for operator in (jacrev, jacfwd, hessian, derivative):
        with pytest.raises(CheckError, match=f"check of {operator.__name__} of .* is not made of its products"):
            operator(lambda x: x**3 if operator is derivative else np.sum(x**3), **CHECK)(X)


def structured(p, *rest, scale=2.0, **named):
    (w, b), n = p["layers"], p["n"]
    hidden = np.tanh(w @ rest[0] + b) * scale
    return {"hidden": hidden, "sum": np.sum(hidden) * named["gain"] ** n, "n": n}


P = {"layers": [np.arange(6.0).reshape(2, 3) / 7.0, np.array([0.1, -0.3])], "n": 2}


def test_containers_and_all_kinds_of_parameters(quiet):
    value, pullback = vjp(structured, argnums=("p", "rest", "named"), **CHECK)(P, X, gain=1.5)
    assert pullback(value)[2]["gain"] != 0.0
    jacobian(structured, (0, "named"), **CHECK)(P, X, gain=1.5)
    grad(lambda p, *rest, **named: structured(p, *rest, **named)["sum"], (0, "rest"), **CHECK)(P, X, gain=1.5)
    hessian(lambda p, x: np.sum(structured(p, x, gain=x[0])["hidden"] ** 2), (0, 1), **CHECK)(P, X)
    grad(lambda x, /, *, k=3.0: np.sum(x**2) * k, "k", **CHECK)(X)
    grad(lambda x: (np.sum(x**2), {"aux": x}), has_aux=True, **CHECK)(X)
    hessian(lambda x: (np.sum(x**3), "aux"), has_aux=True, **CHECK)(X)
    jacfwd(lambda x: (x**3, "aux"), has_aux=True, **CHECK)(X)


def test_single_precision_and_complex_numbers(quiet):
    grad(right, **CHECK)(X.astype(np.float32))
    hessian(right, **CHECK)(X.astype(np.float32))
    z = X + 1j * V
    grad(lambda z: np.sum(np.abs(z) ** 2 * np.real(z)), **CHECK)(z)
    grad(lambda z: np.sum(z**3), holomorphic=True, **CHECK)(z)
    jacobian(lambda z: z**3 * z[0], holomorphic=True, **CHECK)(z)
    jacrev(lambda x: np.exp(1j * x), **CHECK)(X)
    jacfwd(lambda z: np.abs(z), **CHECK)(z)
    derivative(lambda z: z**3, **CHECK)(z)
    with pytest.raises(CheckError, match="rule of 'cube'"):
        grad(lambda x: np.sum(cube(x)), **CHECK)(X.astype(np.float32))


def test_sizes_of_numbers_do_not_matter(quiet):
    for scale in (1e-9, 1e9):
        grad(lambda x, s: np.sum((x / s) ** 2 * np.sin(x / s)), **CHECK)(X * scale, scale)
        with pytest.raises(CheckError, match="rule of 'cube'"):
            grad(lambda x, s: np.sum(cube(x / s)), **CHECK)(X * scale, scale)
    assert grad(lambda x: 0.0 * x, **CHECK)(1.0) == 0.0
    assert grad(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, **CHECK)(0.7) == pytest.approx(0.0, abs=1e-15)


class Model:
    def __init__(self):
        self.w = X

    @grad
    def plain(self, x):
        return np.sum(self.w * x**2)

    checked = grad(lambda self, x: np.sum(self.w * x**2), 1, **CHECK)

    def method(self, x):
        return np.sum(self.w * cube(x))


def test_methods_and_decorators(quiet):
    np.testing.assert_array_equal(Model().checked(V), 2.0 * X * V)
    with pytest.raises(CheckError):
        grad(Model().method, **CHECK)(V)

    @grad(argnums=1, check="first")
    def f(a, x):
        return a * x**2

    assert f(2.0, 3.0) == 12.0


def test_inside_of_functions_that_are_differentiated(quiet):
    def f(x):
        inner = grad(right, check="first")
        return np.sum(inner(x) ** 2) + np.sum(hvp(right, check="first")(x, x))

    expected = grad(lambda x: np.sum(grad(right)(x) ** 2) + np.sum(hvp(right)(x, x)))(X)
    np.testing.assert_array_equal(grad(f)(X), expected)


def test_pickles_are_checked_too():
    for operator in (grad, jacrev, jacobian, hessian, derivative):
        again = pickle.loads(pickle.dumps(operator(wrong_by_name, **CHECK)))
        with pytest.raises(CheckError):
            again(1.5)


def wrong_by_name(x):
    return cube(x) * x


@pytest.mark.parametrize(
    "operator", [grad, value_and_grad, vjp, jvp, jacobian, value_and_jacobian, jacrev, jacfwd, hvp, hessian, derivative]
)
@pytest.mark.parametrize("check", ["all", True, 1, 2.0])
def test_other_options_are_refused(operator, check):
    with pytest.raises(ArgumentError, match="check must be 'first' or None"):
        operator(right, check=check)
    operator(right, check=None)
    operator(right, check=False)


def test_other_options_of_objectives_are_refused():
    with pytest.raises(ArgumentError, match="objective: check must be 'first' or None"):
        objective(right, X, check="always")
