"""Gradients of array functions by the Numba backend, whose array operations are loops, against those in Python."""

import copy

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import ArgumentError
from tests.lower.kernels import KERNELS
from tests.lower.test_programs import assert_equal_but_for_rounding

pytest.importorskip("numba")

NAMES = """
logsumexp chain softmaxreg heat heat2 mlp batchnorm kmeans poisson lasso32 nbody attention layernorm variance gather
concat stacked rmsnorm sums windows counted waves loopsum
""".split()


@pytest.mark.parametrize("name", NAMES)
def test_compiled_gradient(name):
    function, argnums, make = KERNELS[name]
    args = make(np.random.default_rng(3))
    expected = grad(function, argnums=argnums)(*copy.deepcopy(args))
    found = grad(function, argnums=argnums, backend="numba")(*copy.deepcopy(args))
    assert_equal_but_for_rounding(found, expected)


@pytest.mark.parametrize("name", ["chain", "batchnorm"])
def test_vector_instructions(name):
    function, argnums, make = KERNELS[name]
    args = make(np.random.default_rng(3))
    expected = grad(function, argnums=argnums)(*copy.deepcopy(args))
    fast = grad(function, argnums=argnums, backend="numba", numba_options={"fast_math": "vector"})
    assert_equal_but_for_rounding(fast(*copy.deepcopy(args)), expected)
    assert "vector_" in fast.source(*args)


def test_the_only_fast_math_is_that_of_vectors():
    with pytest.raises(ArgumentError, match="fast_math must be 'vector'"):
        grad(np.sum, backend="numba", numba_options={"fast_math": True})


def quotients(x, n):
    k = 7 % n
    return np.sum(1.0 / x + x / (x - x[k])) + np.sum(x // 0.3 * x) + np.sum(x % 0.7)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_arrays_are_divided_by_zero_also_where_numbers_are_not():
    x = np.array([0.0, 0.5, -0.25])
    expected = grad(quotients)(x, 3)
    np.testing.assert_allclose(grad(quotients, backend="numba")(x, 3), expected)
