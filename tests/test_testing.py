"""Tests of sct_ad.testing: right gradients pass, wrong ones are named, and nothing is hidden."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
import pytest

from sct_ad.errors import ArgumentError
from sct_ad.testing import check_grads, numerical_gradient


class Layer(NamedTuple):
    W: np.ndarray
    b: float


def square_sum(x):
    return np.sum(x**2)


def double(x):
    return 2.0 * x


# Right gradients pass.


def test_returns_the_worst_relative_error():
    assert check_grads(square_sum, (np.array([1.0, -2.0]),), gradient=double) < 1e-12
    off = check_grads(square_sum, (np.array([1.0, -2.0]),), gradient=lambda x: 2.0 * x * (1.0 + 1e-7))
    assert off == pytest.approx(1e-7, rel=1e-3)


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.3, 2.0, 1e4, 1e8], ids=str)
def test_steps_suit_numbers_of_any_size(x):
    assert numerical_gradient(math.log, (x,), complex_step=False) == pytest.approx(1.0 / x, rel=1e-6)
    assert numerical_gradient(square, (x,), complex_step=False) == pytest.approx(2.0 * x, rel=1e-9)


def square(x):
    return x * x


@pytest.mark.parametrize("x", [1e-4, 3e-3, 0.02, -5e-3], ids=str)
def test_a_kink_nearby_is_stepped_over(x):
    assert numerical_gradient(abs, (x,), complex_step=False) == pytest.approx(math.copysign(1.0, x), rel=1e-9)


def test_the_domain_boundary_is_not_crossed():
    def f(x):
        return np.sum(np.sqrt(x) + np.arcsin(x))

    x = np.array([1e-5, 0.5, 1.0 - 1e-5])
    assert numerical_gradient(f, (x,), complex_step=False) == pytest.approx(
        0.5 / np.sqrt(x) + 1.0 / np.sqrt(1.0 - x * x), rel=1e-6
    )


def test_the_complex_step_is_exact():
    x = np.array([0.5, 1.5])
    got = numerical_gradient(lambda x: np.sum(np.exp(x) / x), (x,), complex_step=True)
    assert got == pytest.approx(np.exp(x) * (x - 1.0) / x**2, rel=1e-15)


@pytest.mark.parametrize(
    "f, slope",
    [
        (lambda x: float(np.abs(x)) * 3.0, 3.0),  # runs on complex numbers, but is not holomorphic
        (lambda x: math.exp(x), math.exp(0.7)),  # does not run on complex numbers
        (lambda x: np.real(x) ** 2, 1.4),
        (lambda x: float(np.zeros(1)[0] + x) ** 2, 1.4),
    ],
)
def test_the_complex_step_yields_where_it_does_not_hold(f, slope):
    assert numerical_gradient(f, (0.7,)) == pytest.approx(slope, rel=1e-9)
    with pytest.raises(AssertionError, match="no complex step"):
        numerical_gradient(f, (0.7,), complex_step=True)


def test_containers_and_passengers():
    def f(net, scale):
        first, second = net["layers"]
        kind = scale[1]
        assert net["name"] == "net" and kind == 2
        return scale[0] * np.sum(first.W * first.b) + second.b**kind

    net = {"layers": [Layer(np.array([1.0, 2.0]), 3.0), Layer(np.ones((1, 0)), 2.0)], "name": "net"}

    def gradient(net, scale):
        first, second = net["layers"]
        layers = [
            Layer(scale[0] * np.full(2, first.b), scale[0] * float(np.sum(first.W))),
            Layer(np.zeros((1, 0)), 2.0 * second.b),
        ]
        return {"layers": layers, "name": None}, (float(np.sum(first.W * first.b)), None)

    assert check_grads(f, (net, (0.5, 2)), (0, 1), gradient=gradient) < 1e-12
    numbers = numerical_gradient(f, (net, (0.5, 2)), ("net", "scale"))
    assert numbers[1] == (pytest.approx(9.0), None)
    assert numbers[0]["layers"][0].W == pytest.approx(np.full(2, 1.5))
    assert type(numbers[0]["layers"][0]) is Layer


@pytest.mark.parametrize("shape", [(0,), (2, 0), ()], ids=str)
def test_empty_and_zero_dimensional_arrays(shape):
    x = np.full(shape, 1.5)
    assert check_grads(square_sum, (x,), gradient=lambda x: np.asarray(2.0 * x)) < 1e-12
    assert numerical_gradient(square_sum, (x,)).shape == shape


def test_single_precision():
    x = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)

    def f(x):
        return np.sum(np.tanh(x) ** 2, dtype=np.float32)

    def gradient(x):
        return 2.0 * np.tanh(x) * (1.0 - np.tanh(x) ** 2)

    assert check_grads(f, (x,), gradient=gradient) < 1e-2
    with pytest.raises(AssertionError, match="wrong in 12 of 12"):
        check_grads(f, (x,), gradient=lambda x: gradient(x) * np.float32(1.1))


def test_keyword_arguments_and_names():
    def f(x, y, *, scale):
        return scale * x * y

    def gradient(x, y, *, scale):
        return scale * x

    assert check_grads(f, (2.0, 3.0), "y", kwargs={"scale": 5.0}, gradient=gradient) < 1e-12


def test_memory_order_survives():
    def f(x):
        assert x.flags.f_contiguous and not x.flags.c_contiguous
        return np.sum(x**2)

    assert check_grads(f, (np.asfortranarray(np.arange(6.0).reshape(2, 3)),), gradient=double) < 1e-12


def test_arguments_are_not_modified():
    def f(x, rest):
        x[0] = 5.0
        rest.append(1.0)
        rest[0][...] = 0.0
        return np.sum(x)

    def gradient(x, rest):
        return np.array([0.0, 1.0])

    x, rest = np.array([1.0, 2.0]), [np.ones(2)]
    assert check_grads(f, (x, rest), gradient=gradient) < 1e-12
    assert x.tolist() == [1.0, 2.0] and len(rest) == 1 and rest[0].tolist() == [1.0, 1.0]


def test_array_results_are_contracted_with_a_cotangent():
    A = np.arange(6.0).reshape(2, 3)
    v = np.array([1.0, -2.0])

    def f(x):
        return A @ x

    assert check_grads(f, (np.ones(3),), cotangent=v, gradient=lambda x: v @ A) < 1e-12
    assert numerical_gradient(f, (np.ones(3),), cotangent=v) == pytest.approx(v @ A)
    with pytest.raises(ArgumentError, match="cotangent"):
        check_grads(f, (np.ones(3),), gradient=lambda x: v @ A)
    with pytest.raises(ArgumentError, match="shape"):
        check_grads(f, (np.ones(3),), cotangent=np.ones(3), gradient=lambda x: v @ A)


def test_the_default_cotangent_is_fixed_and_loses_no_entry():
    def f(x):
        return np.concatenate([x, x * 2.0]), 3.0 * x[0]

    once = numerical_gradient(f, (np.arange(1.0, 4.0),))
    assert once.tolist() == numerical_gradient(f, (np.arange(1.0, 4.0),)).tolist()
    assert np.all(np.abs(once) > 1e-3)


# Wrong gradients are named.


def test_the_worst_entry_is_reported():
    def f(net):
        return np.sum(net["W"] ** 2) * net["b"]

    def gradient(net):
        right = {"W": 2.0 * net["W"] * net["b"], "b": float(np.sum(net["W"] ** 2))}
        right["W"][1, 2] += 0.5
        right["W"][0, 0] += 0.1
        return right

    with pytest.raises(AssertionError) as caught:
        check_grads(f, ({"W": np.ones((2, 3)), "b": 2.0},), gradient=gradient)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(
        "check_grads: the gradient of test_the_worst_entry_is_reported.<locals>.f is wrong in 2 of 7"
    )
    assert lines[1] == "  worst at net['W'][1, 2]"
    assert lines[2] == "  expected 4.0 (complex step, uncertain by 0)"
    assert lines[3] == "  got      4.5"
    assert lines[4].startswith("  error    0.5, relative 0.111 (allowed: rtol=1e-06, atol=1e-08")


@pytest.mark.parametrize("factor", [1.0 + 1e-5, 0.5, 0.0, -1.0, np.inf, np.nan], ids=str)
def test_wrong_gradients_fail(factor):
    with np.errstate(invalid="ignore"), pytest.raises(AssertionError, match="wrong in 2 of 3"):
        check_grads(
            square_sum, (np.array([1.0, 2.0, 3.0]),), gradient=lambda x: 2.0 * x * np.array([1.0, factor, factor])
        )


def test_tolerances_can_be_set():
    def gradient(x):
        return 2.0 * x * 1.001

    assert check_grads(square, (3.0,), gradient=gradient, rtol=1e-2) == pytest.approx(1e-3, rel=1e-2)
    assert check_grads(square, (3.0,), gradient=gradient, rtol=0.0, atol=0.1) > 0.0
    with pytest.raises(AssertionError):
        check_grads(square, (3.0,), gradient=gradient, rtol=1e-4)


def test_nan_equals_nothing():
    def f(x):
        return np.sum(x * np.nan)

    with pytest.raises(AssertionError, match="got      nan"):
        check_grads(f, (np.ones(2),), gradient=lambda x: np.full(2, np.nan))
    assert check_grads(f, (np.ones(2),), gradient=lambda x: np.full(2, np.nan), allow_nan=True) == 0.0
    with pytest.raises(AssertionError, match="wrong in 2 of 2"):
        check_grads(f, (np.ones(2),), gradient=lambda x: np.zeros(2), allow_nan=True)


@pytest.mark.parametrize(
    "argument, wrong, message",
    [
        (np.ones(3), np.ones(2), r"gradient of x has shape \(2,\), not \(3,\)"),
        (np.ones(3), np.ones(3, dtype=np.float32), "array of float64"),
        (np.ones(3, dtype=np.float32), np.ones(3), "array of float32"),
        (1.0, np.array(1.0), "not a float"),
        (np.float32(1.0), 1.0, "not a float32"),
        ([1.0, 2.0], (1.0, 1.0), r"structure \(\*, \*\), not \[\*, \*\]"),
        ({"a": 1.0}, {"b": 1.0}, "structure"),
        ([1.0, 2.0], [1.0], "structure"),
        ([1.0], [None], "structure"),
    ],
    ids=repr,
)
def test_the_form_of_a_gradient_is_checked(argument, wrong, message):
    def f(x):
        values = list(x.values()) if isinstance(x, dict) else x
        return np.sum(np.asarray(values))

    with pytest.raises(AssertionError, match=message):
        check_grads(f, (argument,), gradient=lambda x: wrong)


def test_a_gradient_for_several_arguments_is_a_tuple():
    with pytest.raises(AssertionError, match="tuple of 2 gradients"):
        check_grads(lambda x, y: x * y, (1.0, 2.0), (0, 1), gradient=lambda x, y: [y, x])


def test_a_gradient_that_changes_its_argument_fails():
    def gradient(x):
        result = 2.0 * x
        x[0] = 7.0
        return result

    with pytest.raises(AssertionError, match=r"changed its argument \[0\]"):
        check_grads(square_sum, (np.ones(2),), gradient=gradient)


# What cannot be checked is refused.


@pytest.mark.parametrize(
    "args, argnums, message",
    [
        ((3,), 0, "no floating-point entry"),
        ((np.arange(3),), 0, "no floating-point entry"),
        ((1j,), 0, "no real number"),
        ((1.0,), 1, "out of range"),
        ((1.0,), "z", "'z' is not a parameter"),
        ((1.0,), (), "empty"),
        (1.0, 0, "args must be a tuple"),
    ],
    ids=repr,
)
def test_refused_arguments(args, argnums, message):
    with pytest.raises(ArgumentError, match=message):
        check_grads(lambda x: np.sum(x * x), args, argnums, gradient=double)


def test_refused_results():
    with pytest.raises(ArgumentError, match="returns 'text'"):
        check_grads(lambda x: "text", (1.0,), gradient=double)


def test_errors_of_the_function_itself_are_not_hidden():
    def f(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        check_grads(f, (1.0,), gradient=double)


# The default gradient is that of sct_ad.


def test_the_default_gradient():
    assert check_grads(square_sum, (np.array([1.0, -2.0]),)) < 1e-9
    assert check_grads(square, (3.0,), "x") < 1e-9


def test_the_default_gradient_of_an_array_function():
    def f(x, y, scale=1.0):
        return np.outer(x, y) * scale

    assert check_grads(f, (np.arange(3.0), np.ones(2)), (0, 1)) < 1e-6
    assert check_grads(f, (np.arange(3.0), np.ones(2)), "y", kwargs={"scale": 2.0}) < 1e-6


def test_the_default_gradient_of_several_results():
    def f(x):
        return np.sin(x), np.sum(x**2)

    assert check_grads(f, (np.arange(3.0),)) < 1e-6


# Argnums and callables of every kind that grad takes.


@pytest.mark.parametrize("argnums", [[0, 1], range(2), np.array([0, 1]), ("x", 1)], ids=repr)
def test_argnums_may_be_any_sequence(argnums):
    def f(x, y):
        return x * y * y

    assert check_grads(f, (2.0, 3.0), argnums) < 1e-9
    assert numerical_gradient(f, (2.0, 3.0), argnums) == pytest.approx((9.0, 12.0))
    assert check_grads(lambda x, y: np.array([x, y]) * y, (2.0, 3.0), argnums) < 1e-9


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def apply(self, x):
        return self.factor * x


@pytest.mark.parametrize(
    "function",
    [math.sin, np.sin, functools.partial(np.multiply, 3.0), Scale(3.0).apply],
    ids=["math", "ufunc", "partial", "method"],
)
@pytest.mark.parametrize("x", [0.5, np.array([0.5, 2.0])], ids=["float", "array"])
def test_callables_that_are_not_plain_functions(function, x):
    if function is not math.sin or isinstance(x, float):
        assert check_grads(function, (x,)) < 1e-9
