"""Lowered gradients of the ordinary programs give what the unlowered ones give, up to the order of sums."""

import copy
import zlib

import numpy as np
import pytest

from sct_ad import grad
from tests.lower.lowering import LOWERED, PLACE, lowered_gradient, lowering
from tests.numerical import leaves
from tests.programs import PROGRAMS

SAMPLE = [program for program in PROGRAMS if zlib.crc32(program.name.encode()) % 60 == 5]


@pytest.mark.parametrize("program", SAMPLE, ids=lambda program: program.name)
def test_lowered_gradient(program):
    with program.undone():
        expected = copy.deepcopy(grad(program.function, argnums=program.argnums)(*program.args()))
    with program.undone():
        found = lowered_gradient(program.function, program.argnums, *program.args())
    assert_equal_but_for_rounding(found, expected)


def assert_equal_but_for_rounding(found, expected):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert type(one) is type(other)
        if isinstance(other, (np.ndarray, np.generic, float, complex)):
            assert np.shape(one) == np.shape(other)
            assert getattr(one, "dtype", None) == getattr(other, "dtype", None)
            narrow = getattr(other, "dtype", None) in (np.float32, np.complex64)
            np.testing.assert_allclose(one, other, rtol=1e-4 if narrow else 1e-10, atol=1e-5 if narrow else 1e-11)


def test_what_is_compared_has_been_lowered():
    x = np.ones(3)
    found = grad(_sum_of_squares)(x)
    with lowering(LOWERED[:PLACE] + [("broken", _break)] + LOWERED[PLACE:]), pytest.raises(ZeroDivisionError):
        grad(_sum_of_squares)(x)
    assert found.tolist() == [2.0, 2.0, 2.0]


def _sum_of_squares(x):
    return np.sum(x**2)


def _break(fn, facts):
    raise ZeroDivisionError
