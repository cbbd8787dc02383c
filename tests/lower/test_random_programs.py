"""Random array programs: lowered gradients against unlowered ones, for shapes with sizes of 1 and 0."""

import copy
import linecache

import numpy as np
import pytest

from sct_ad import grad
from tests.lower.lowering import lowered_gradient
from tests.lower.random_arrays import source
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
    text, file = source(seed), f"<random arrays {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace = {"np": np}
    exec(compile(text, file, "exec"), namespace)
    function = namespace["f"]
    shape, dtype, order = CASES[seed % len(CASES)]
    rng = np.random.default_rng(seed)
    rows, columns = shape
    made = [np.array(rng.normal(size=s) * 0.7, dtype, order=order) for s in (shape, (columns,), (rows, 1))]
    args = (*made, 0.7)
    expected = grad(function, argnums=(0, 1, 2, 3))(*copy.deepcopy(args))
    assert_equal_but_for_rounding(lowered_gradient(function, (0, 1, 2, 3), *copy.deepcopy(args)), expected)
