"""Random array programs: lowered gradients against unlowered ones, for shapes with sizes of 1 and 0."""

import copy

import numpy as np
import pytest

from sct_ad import grad
from tests.lower.lowering import lowered_gradient
from tests.lower.random_arrays import arguments, defined, source
from tests.lower.test_programs import assert_equal_but_for_rounding

CASES = [
    ((4, 3), float, "C"),
    ((1, 3), float, "F"),
    ((3, 1), float, "C"),
    ((0, 2), float, "C"),
    ((5, 2), np.float32, "F"),
]


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("seed", range(20))
def test_random_program(seed):
    function = defined(source(seed), f"<random arrays {seed}>")
    args = arguments(seed, *CASES[seed % len(CASES)])
    expected = grad(function, argnums=(0, 1, 2, 3))(*copy.deepcopy(args))
    assert_equal_but_for_rounding(lowered_gradient(function, (0, 1, 2, 3), *copy.deepcopy(args)), expected)
