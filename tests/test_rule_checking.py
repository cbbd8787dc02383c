"""Tests of check_rule: right rules pass, each kind of wrong one is found, and what is left out is said."""

import numpy as np
import pytest

from sct_ad.rules.registry import adjoint, d, linear_in, lookup, pullback
from sct_ad.testing import Call, check_rule, check_rules

X = np.array([[0.5, -1.5, 2.0], [1.0, 0.3, -0.7]])


def double(x):
    return np.multiply(x, 2.0)


def test_a_right_rule_is_checked_in_all_variants():
    @adjoint(double)
    def rule(z, x):
        d[x] = d[z] * 2.0

    assert "no tangent rule" in check_rule(double, (X,)).left_out["forward"]
    linear_in("x", double)
    checked = check_rule(double, (X,))
    assert [name for name in checked.done if name.startswith("differences")] == [
        "differences (constants)",
        "differences (types)",
        "differences (nothing)",
    ]
    variants = {
        "forward",
        "float32",
        "Fortran order",
        "strided",
        "reversed",
        "read-only",
        "sizes 1",
        "sizes 0",
        "complex",
    }
    assert variants <= set(checked.done)
    assert set(checked.left_out) == {"NumPy scalars", "arrays of no dimensions"}
    assert check_rule(double, (X,), leave_out={"complex": "not today"}).left_out["complex"] == "not today"


def test_a_wrong_number():
    @adjoint(double)
    def rule(z, x):
        d[x] = d[z] * 2.5

    with pytest.raises(AssertionError, match=r"wrong in 6 of 6 entries(.|\n)*the rule of .*double(.|\n)*constants"):
        check_rule(double, (X,))


def test_wrong_for_what_the_compiler_does_not_know():
    from sct_ad.rules.registry import is_array

    @adjoint(double)
    def rule(z, x):
        if is_array(x):
            d[x] = d[z] * 2.0
        else:
            d[x] = d[z] * 3.0

    with pytest.raises(AssertionError, match="the compiler knowing nothing"):
        check_rule(double, (X,))


@pytest.mark.parametrize(
    "pull, message",
    [
        (lambda dz, z, x: (2.0 * dz * np.ones(x.shape),), "in float32 is float64"),
        (lambda dz, z, x: (2.0 * np.conj(dz),), "in the variant 'complex'"),
        (lambda dz, z, x: (2.0 * dz.ravel(order="K").reshape(x.shape),), "in the variant 'Fortran order'"),
        (lambda dz, z, x: (np.multiply(dz, 2.0, out=dz),), "changes the cotangent"),
        (lambda dz, z, x: (2.0 * dz if x.shape[0] > 1 else dz,), "in the variant 'sizes 1'"),
        (lambda dz, z, x: (2.0 * dz.T,), "shape"),
    ],
)
def test_rules_that_are_wrong_in_one_variant(pull, message):
    def double(x):
        return np.multiply(x, 2.0)

    def double_pullback(dz, z, x):
        return pull(dz, z, x)

    pullback(double)(double_pullback)
    with pytest.raises((AssertionError, ValueError), match=message):
        check_rule(double, (X,))


def test_a_function_without_rule():
    with pytest.raises(AssertionError, match="has no rule"):
        check_rule(lambda x: x, (1.0,))


def test_literal_arguments_and_keywords():
    checked = check_rule(np.sum, (X,), {"axis": 0, "keepdims": True})
    assert "differences (constants)" in checked.done
    assert check_rule(np.power, (X**2, 2.0), literal=(1,)).done


def test_reasons_are_stated():
    checked = check_rule(np.arctan2, (X, X + 0.1))
    assert "TypeError" in checked.left_out["complex"]
    assert checked.left_out["NumPy scalars"] == "no number among the arguments"


def test_rules_are_enumerated_by_module():
    def triple(x):
        return 3.0 * x

    @adjoint(triple)
    def rule(z, x):
        d[x] = 3.0 * d[z]

    assert lookup(triple) is rule
    found = check_rules({triple: [Call(X), Call(1.5)]})
    assert len(found[triple]) == 2
    with pytest.raises(AssertionError, match="no call to check for .*triple"):
        check_rules({np.sin: [Call(0.5)]}, __name__)
    with pytest.raises(AssertionError, match="has not been imported"):
        check_rules({}, "no.such.module")
