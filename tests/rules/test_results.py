"""The types of what runtime functions return have the shapes that they really have."""

import inspect

import numpy as np
import pytest

from sct_ad.rules.results import SHAPED_LIKE, of_operand
from sct_ad.rules.typing import result_type
from sct_ad.runtime import linear, reductions
from sct_ad.runtime.einsum import einsum_cotangent
from sct_ad.syntax.values import UNKNOWN, Scalar
from tests.rules.array_cases import numbers, other
from tests.rules.array_emission import TYPES


def test_the_argument_exists():
    for position, functions in SHAPED_LIKE.items():
        assert all(len(inspect.signature(function).parameters) > position for function in functions)


@pytest.mark.parametrize("side", [0, 1])
def test_products(side):
    function = (linear.matmul_left, linear.matmul_right)[side]
    x, y = numbers(2, 4, 3), other(3, 2)
    assert function(x @ y, x, y).shape == (x, y)[side].shape
    assert result_type(function, [TYPES["P"], TYPES["P"], TYPES["B"]], {}) == TYPES["PB"[side]]


def test_dtypes_are_known_only_for_double_precision():
    found = result_type(reductions.deviations, [TYPES["F"]], {})
    assert found.dims == TYPES["F"].dims and found.dtype == ""
    assert result_type(reductions.deviations, [TYPES["A"]], {}) == TYPES["A"]
    assert result_type(reductions.deviations, [TYPES["U"]], {}) == UNKNOWN


def test_einsum():
    types = [TYPES["w"], UNKNOWN, Scalar("int", "", 1), TYPES["A"], TYPES["v"]]
    assert result_type(einsum_cotangent, types, {}) == TYPES["v"]
    assert of_operand(einsum_cotangent, *types[:2], Scalar("int"), *types[3:]) == UNKNOWN
    assert einsum_cotangent(np.ones(2), "ij,j->i", 1, numbers(2, 3), other(3)).shape == (3,)
