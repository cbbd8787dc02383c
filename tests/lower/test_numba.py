"""Lowered gradients of array functions, compiled by Numba, against the unlowered ones in Python."""

import copy

import numpy as np
import pytest

from sct_ad import compiler, grad
from tests.lower.kernels import KERNELS
from tests.lower.lowering import lowering
from tests.lower.test_programs import assert_equal_but_for_rounding

numba = pytest.importorskip("numba")

NAMES = "layernorm concat logsumexp chain rmsnorm poisson lasso32 batchnorm".split()
"""Those that compile in a few seconds; the backend's own tests have more."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_compiled_gradient(name, monkeypatch):
    function, argnums, make = KERNELS[name]
    args = make(np.random.default_rng(3))
    expected = grad(function, argnums=argnums)(*copy.deepcopy(args))
    loaded = []
    load = compiler.load_pieces
    monkeypatch.setattr(compiler, "load_pieces", lambda *a: loaded.append(load(*a)) or loaded[-1])
    with lowering():
        grad(function, argnums=argnums).stages(*args)
    compiled = numba.njit(loaded[-1][0], error_model="numpy")
    found = compiled(*copy.deepcopy(args))
    assert_equal_but_for_rounding(found, expected)
