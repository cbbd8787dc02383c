"""Rules of the math module against finite differences."""

import math

import pytest

from sct_ad.rules.registry import lookup, registered
from tests.rules.cases import GENERAL, SCALAR, cases_of, check_rule

MATH = [f for f in {**SCALAR, **GENERAL} if getattr(f, "__module__", "") == "math"]


@pytest.mark.parametrize("function", MATH, ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for case in cases_of(function):
        check_rule(function, *case.args, keywords=case.keywords, constant=case.constant)


def test_the_rules_of_math_use_math_alone():
    """No NumPy function is called, so that Python floats stay Python floats."""
    for rule in registered():
        if rule.form == "template" and rule.body.__module__ == "sct_ad.rules.scalar":
            assert "np" not in rule.body.__code__.co_names


@pytest.mark.parametrize("entries, expected", [([0.0, 3.0], [3.0, 0.0]), ([0.0, 0.0], [0.0, 0.0]), ([], [])])
def test_product_with_zeros(entries, expected):
    assert lookup(math.prod).pullback(math.prod(entries), 1.0, entries).get("iterable", []) == expected


def test_absolute_value_and_copysign_at_zero():
    assert lookup(math.fabs).pullback(0.0, 1.0, 0.0) == {"x": 0.0}
    assert lookup(math.copysign).pullback(0.0, 1.0, 0.0, 2.0) == {"x": 0.0}


@pytest.mark.parametrize("function", [math.floor, math.ceil, math.trunc, math.isclose, math.gcd, math.factorial])
def test_steps_have_zero_derivative(function):
    assert lookup(function).zero
