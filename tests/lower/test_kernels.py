"""Array functions: what their lowered gradients compute, by plain Python and by Numba."""

import copy

import numpy as np
import pytest

from sct_ad import grad
from tests.lower.kernels import KERNELS
from tests.lower.lowering import lowered_gradient, lowered_text
from tests.lower.test_programs import assert_equal_but_for_rounding


@pytest.mark.parametrize("name", KERNELS)
def test_lowered_gradient(name):
    function, argnums, make = KERNELS[name]
    args = make(np.random.default_rng(7))
    expected = grad(function, argnums=argnums)(*copy.deepcopy(args))
    assert_equal_but_for_rounding(lowered_gradient(function, argnums, *copy.deepcopy(args)), expected)


@pytest.mark.parametrize("name", KERNELS)
def test_text_is_the_same_each_time(name):
    function, argnums, make = KERNELS[name]
    args = make(np.random.default_rng(7))
    assert lowered_text(function, argnums, *args) == lowered_text(function, argnums, *args)
