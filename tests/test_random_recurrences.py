"""Random programs with recurrences and arrays that are written in loops, against complex steps."""

import numpy as np
import pytest

from sct_ad import value_and_grad
from tests.lower.random_arrays import defined
from tests.numerical import assert_close
from tests.random_recurrences import PARAMETERS, arguments, complex_step_gradient, source


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("seed", range(120))
def test_gradients(seed):
    function, args = defined(source(seed), f"<random recurrences {seed}>"), arguments(seed)
    expected = function(*args, 2)
    assert np.isfinite(expected)
    value, found = value_and_grad(function, argnums=tuple(range(len(PARAMETERS))))(*args, 2)
    assert value == expected
    for number in range(len(PARAMETERS)):
        assert_close(found[number], complex_step_gradient(function, args, number), rtol=1e-9)


def test_the_programs_write_arrays_in_loops():
    texts = [source(seed) for seed in range(120)]
    assert sum("        for j" in text for text in texts) > 10
    assert sum(":] " in text and "for k" in text for text in texts) > 10
