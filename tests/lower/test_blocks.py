"""Gradients a block of rows at a time: the same elements to the bit, the same value, sums up to rounding."""

import copy
import pickle
import tracemalloc
import zlib

import numpy as np
import pytest

from sct_ad import ArgumentError, grad, value_and_grad
from sct_ad.lower import blocks
from tests.lower.kernels import KERNELS
from tests.lower.random_arrays import arguments, defined, source
from tests.lower.test_programs import assert_equal_but_for_rounding
from tests.lower.test_random_programs import CASES
from tests.numerical import assert_close, difference_gradient, identical
from tests.programs import PROGRAMS

CHOSEN = {"adam_steps", "batch_norm_running", "draws_from_a_seed", "gram_schmidt"}
SAMPLE = [p for p in PROGRAMS if p.name in CHOSEN or zlib.crc32(p.name.encode()) % 40 == 7]


@pytest.fixture
def everything(monkeypatch):
    """While it is used, single operations are worth a loop too."""
    monkeypatch.setattr(blocks, "_LEAST", 1)


def check(function, argnums, make, size):
    """The blocked gradient against the other; whether there was something to block."""
    value, gradients = value_and_grad(function, argnums=argnums)(*make())
    blocked = value_and_grad(function, argnums=argnums, block_size=size)
    args = make()
    found = blocked(*args)
    assert identical(args, make())
    assert identical(found[0], value)
    assert_equal_but_for_rounding(found[1], gradients)
    return "in row_blocks(" in blocked.source(*make())


@pytest.mark.parametrize("name", KERNELS)
def test_kernels(name, everything):
    function, argnums, make = KERNELS[name]
    check(function, argnums, lambda: make(np.random.default_rng(7)), 3)


@pytest.mark.parametrize("program", SAMPLE, ids=lambda program: program.name)
def test_programs(program, everything):
    with program.undone():
        check(program.function, program.argnums, program.args, 2)


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("seed", range(100, 115))
def test_random_programs(seed, everything):
    function = defined(source(seed), f"<random blocks {seed}>")
    args = arguments(seed, *CASES[seed % 4])
    assert check(function, (0, 1, 2, 3), lambda: copy.deepcopy(args), 5)


def chain(x, y):
    z = np.exp(x) * np.sin(y) + x**2
    return np.sum(np.log(1.0 + z * z))


CHAIN = """\
def chain_grad(x, y, bchain=1.0):
    by = np.empty_like(x)
    bx = np.empty_like(x)
    for rows in row_blocks(8192, x, y):
        x_rows = x[rows]
        y_rows = y[rows]
        t = np.exp(x_rows)
        t1 = np.sin(y_rows)
        z = t * t1 + x_rows ** 2
        bz = bchain / (1.0 + z * z) * 2.0 * z  # return np.sum(np.log(1.0 + z * z))
        by[rows] = bz * t * np.cos(y_rows)
        bx[rows] = bz * (x_rows * 2.0 + t1 * t)
    return bx, by
"""


def test_a_chain_is_one_loop():
    assert grad(chain, (0, 1), block_size=8192).source(np.ones(9), np.ones(9)).rstrip() == CHAIN.rstrip()


@pytest.mark.parametrize("length", [0, 1, 4, 5, 9])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_length(length, dtype):
    rng = np.random.default_rng(length)
    x, y = rng.normal(size=(2, length)).astype(dtype)
    for found, expected in zip(grad(chain, (0, 1), block_size=4)(x, y), grad(chain, (0, 1))(x, y)):
        assert identical(found, expected)


@pytest.mark.parametrize("length", [1, 4, 5])
def test_operands_of_other_lengths_are_refused_as_by_numpy(length):
    """With blocks of 4, one of 5 rows is left over; it must not be taken for one that is the same for all."""
    gradient = grad(chain, (0, 1), block_size=4)
    x, y = np.ones(8), np.ones(9)
    gradient(y, y)
    if length == 1:
        expected = grad(chain, (0, 1))(y, y[:1])
        for found, other in zip(gradient(y, y[:1]), expected):
            np.testing.assert_allclose(found, other, rtol=1e-14)
        return
    with pytest.raises(ValueError, match="broadcast"):
        gradient(x[:length], y)


def softmax_regression(X, W, y):
    Z = X * W
    Z = Z - np.max(Z, axis=1, keepdims=True)
    E = np.exp(Z)
    P = E / np.sum(E, axis=1, keepdims=True)
    return -np.sum(y * np.log(P))


def test_sums_along_rows_stay_in_the_loop():
    rng = np.random.default_rng(3)
    X, W, y = rng.normal(size=(7, 4)), rng.normal(size=4), rng.uniform(size=(7, 4))
    gradient = grad(softmax_regression, (0, 1), block_size=8)
    text = gradient.source(X, W, y)
    assert text.count("in row_blocks(") == text.count("for ") == 1
    for argnum, found in enumerate(gradient(X, W, y)):
        assert_close(found, difference_gradient(softmax_regression, (X, W, y), argnum), 1e-6)


def stencil(u, c, n):
    for _ in range(n):
        u[1:-1] += c * (np.sin(u[2:]) - 2.0 * u[1:-1] + np.cos(u[:-2]))
        u[:] = u * 0.9 + np.tanh(u) * u
    return np.sum(u**2)


def test_updates_in_place_inside_of_loops():
    u = np.linspace(-1.0, 1.0, 11)
    gradient = grad(stencil, (0, 1), block_size=4)
    assert "in row_blocks(4" in gradient.source(u, 0.3, 3)
    for argnum, found in enumerate(gradient(u.copy(), 0.3, 3)):
        assert_close(found, difference_gradient(lambda u, c, n: stencil(u.copy(), c, n), (u, 0.3, 3), argnum), 1e-6)


def test_memory_is_that_of_a_block():
    x, y = np.random.default_rng(0).normal(size=(2, 200_000))
    peaks = []
    for gradient in (grad(chain, (0, 1)), grad(chain, (0, 1), block_size=4096)):
        gradient(x, y)
        tracemalloc.start()
        gradient(x, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2.5 * x.nbytes < peaks[0]


def test_the_value_is_the_primals_to_the_bit():
    x, y = np.random.default_rng(1).normal(size=(2, 1001))
    assert value_and_grad(chain, block_size=16)(x, y)[0] == chain(x, y)
    assert identical(value_and_grad(chain, block_size=16, check="first")(x, y)[0], chain(x, y))


def test_the_option_travels():
    gradient = pickle.loads(pickle.dumps(grad(chain, (0, 1), block_size=64)))
    assert "in row_blocks(64" in gradient.source(np.ones(3), np.ones(3))


def test_what_is_no_size_is_refused():
    for wrong in (0, -1, 2.5, True, "8192"):
        with pytest.raises(ArgumentError, match="block_size=8192"):
            grad(chain, block_size=wrong)
    with pytest.raises(ArgumentError, match="leave out block_size or backend"):
        grad(chain, block_size=8192, backend="auto")
