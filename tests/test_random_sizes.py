"""Random programs about sizes: gradients against differences, for arrays of several sizes."""

import numpy as np
import pytest

from sct_ad import value_and_grad
from tests import random_sizes
from tests.numerical import difference_gradient
from tests.written import function_of

PROGRAMS, FEWEST = 80, 20


def check(f, size, text):
    """Whether the program runs and is smooth and tame at these sizes; fails where the gradient is wrong."""
    rng = np.random.default_rng(size)
    given = rng.normal(size=size), rng.normal(size=size)
    try:
        value = f(*given)
        fine, coarse = ([difference_gradient(f, given, k, step) for k in (0, 1)] for step in (1e-3, 4e-3))
    except (ValueError, IndexError, UnboundLocalError):  # shapes that do not match, a mask that no trip has made
        return False
    if abs(value) > 1e4 or not np.allclose(fine, coarse, rtol=1e-6, atol=1e-6):
        return False
    found, gradients = value_and_grad(f, (0, 1))(*given)
    assert found == value, text
    assert all(gradient.shape == (size,) for gradient in gradients), text
    np.testing.assert_allclose(gradients, fine, rtol=1e-6, atol=1e-6 * (1 + abs(value)), err_msg=text)
    return True


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("group", range(4))
def test_gradients_of_random_programs(group, tmp_path):
    checked = 0
    for seed in range(group, PROGRAMS, 4):
        text = random_sizes.Generator(seed).program()
        f = function_of(text, tmp_path / f"program_{seed}.py")
        checked += any([check(f, size, text) for size in (3, 2, 4, 1)])
    assert checked >= FEWEST // 4
