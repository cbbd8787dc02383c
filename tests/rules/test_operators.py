"""Rules of Python's operators and builtins against finite differences, and the text that they emit."""

import builtins
import math
import operator

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
from tests.rules.cases import ELEMENTWISE, GENERAL, SCALAR, cases_of, check_rule
from tests.rules.emission import emitted

PYTHON = [f for f in {**ELEMENTWISE, **SCALAR, **GENERAL} if getattr(f, "__module__", "") in ("builtins", "_operator")]


@pytest.mark.parametrize("function", [f for f in PYTHON if not isinstance(f, np.ufunc)], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for case in cases_of(function):
        check_rule(function, *case.args, keywords=case.keywords, constant=case.constant)


@pytest.mark.parametrize(
    "y, expected",
    [
        ("0", []),
        ("0.0", []),
        ("1", ["bx += bz"]),
        ("2", ["bx += bz * 2.0 * x"]),
        ("2.0", ["bx += bz * 2.0 * x"]),
        ("0.5", ["bx += bz * 0.5 / float(z)"]),
        ("-1", ["bx += -bz * z * z"]),
        ("3", ["bx += bz * 3 * x ** 2"]),
        ("-3.0", ["bx += bz * -3.0 * x ** (-4.0)"]),
        ("-2.5", ["bx += bz * -2.5 * float(x ** (-3.5))"]),
    ],
)
def test_powers_with_known_exponents(y, expected):
    assert emitted(operator.pow, "x", y) == expected


def test_powers_with_unknown_exponents():
    assert emitted(operator.pow, "x", "y") == [
        "bx += bz * y * float(x ** (y - (y != 0)))",
        "by += bz * z * (math.log(x + (x == 0)) if x >= 0 else math.nan)",
    ]
    assert emitted(operator.pow, "2.0", "y") == ["by += bz * z * math.log(2.0)"]


def test_products():
    assert emitted(operator.mul, "x", "y") == ["bx += bz * y", "by += bz * x"]
    assert emitted(operator.mul, "x", "x") == ["bx += bz * 2.0 * x"]
    assert emitted(operator.mul, "2.0", "x") == ["bx += bz * 2.0"]


def test_absolute_values():
    assert emitted(builtins.abs, "x") == ["bx += bz * ((x > 0) - (x < 0))"]
    assert emitted(builtins.abs, "A") == ["bA += bz * np.sign(A)"]


def test_extremes():
    assert emitted(max, "x", "0.0") == ["bx += bz * ((x > 0.0) + 0.5 * (x == 0.0))"]
    assert emitted(min, "x", "y") == [
        "bx += bz * ((x < y) + 0.5 * (x == y))",
        "by += bz * ((y < x) + 0.5 * (y == x))",
    ]
    assert emitted(max, "A") == ["bA += tie_cotangents(bz, z, A)"]
    assert emitted(max, "x", "y", "1.0") == [
        "shares = tie_cotangents(bz, z, (x, y, 1.0))",
        "bx += shares[0]",
        "by += shares[1]",
    ]


def test_sums():
    assert emitted(sum, "A") == ["bA += bz"]
    assert emitted(sum, "[x, y]", "1.0") == ["bx += bz", "by += bz"]


@pytest.mark.parametrize("function", [max, min])
def test_ties(function):
    rule = lookup(function)
    assert rule.pullback(2.0, 1.0, 2.0, 2.0) == {"values": (0.5, 0.5)}
    assert rule.pullback(2.0, 3.0, 2.0, 2.0, 2.0) == {"values": (1.0, 1.0, 1.0)}
    assert rule.pullback(2.0, 3.0, [2.0, 2.0]) == {"values": ([1.5, 1.5],)}
    assert rule.pullback(2.0, 1.0, np.full(4, 2.0))["values"][0].tolist() == [0.25] * 4
    assert rule.pullback(math.nan, 1.0, math.nan, 1.0, 1.0)["values"] is not None
    assert rule.pullback(np.float32(2), np.float32(1), np.float32(2), np.float32(2)) == {"values": (0.5, 0.5)}


def test_scalar_results_are_python_floats():
    for function, args in [(abs, (-2.0,)), (max, (2.0, 1.0)), (operator.pow, (2.0, 3.0)), (operator.mod, (7.5, 2.0))]:
        found = lookup(function).pullback(function(*args), 1.0, *args)
        parts = found["values"] if "values" in found else found.values()
        assert all(type(part) is float for part in parts)


def test_sequences_are_refused():
    with pytest.raises(NoRuleError, match="operator.add: concatenation"):
        lookup(operator.add).pullback((1.0, 2.0), (1.0, 1.0), (1.0,), (2.0,))
    with pytest.raises(NoRuleError, match="operator.mul: repetition"):
        lookup(operator.mul).pullback([1.0, 1.0], [1.0, 1.0], [1.0], 2)
    with pytest.raises(NoRuleError, match="max does not know the argument key"):
        lookup(max).pullback(2.0, 1.0, [1.0, 2.0], key=abs)
