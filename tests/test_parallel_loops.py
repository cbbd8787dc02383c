"""Gradients of loops over `prange` that run in parallel, against those of the Python backend."""

import copy
import math

import numpy as np
import pytest

from sct_ad import grad, value_and_grad
from tests.numerical import leaves

numba = pytest.importorskip("numba")


def likelihood(w, X, y):
    s = 0.0
    for i in numba.prange(len(y)):
        z = 0.0
        for k in range(len(w)):
            z += X[i, k] * w[k]
        s += math.log(1.0 + math.exp(-y[i] * z))
    return s


def iterated(x, n):
    s = 0.0
    for i in numba.prange(len(x)):
        t = x[i]
        for _ in range(n):
            t = math.sin(t) * 1.1
        s += t
    return s


def scattered(x, index):
    s = 0.0
    for i in numba.prange(len(index)):
        s += x[index[i]] ** 2 * x[i]
    return s


def rows(A, b):
    out = np.zeros(len(A))
    for i in numba.prange(len(A)):
        out[i] = np.sum(A[i] * b) ** 2
    return np.sum(np.sin(out))


def with_weights(x, w, n):
    for i in numba.prange(1, n - 1):
        x[i] = x[i] * w[0] + w[1] * x[i] ** 2
    return np.sum(x**3)


def two_sums(z, c):
    s, t = 0.0, 1.0
    for i in numba.prange(len(z)):
        u = z[i] * c
        s += u * u
        t -= u
    return s * t


def stepped(u, c, steps):
    for _ in range(steps):
        for i in numba.prange(len(u)):
            u[i] = math.sin(c * u[i])
    return np.sum(u)


X = np.random.default_rng(3)
PARALLEL = {
    "likelihood": (likelihood, (0, 1), (X.normal(size=3), X.normal(size=(57, 3)), X.normal(size=57)), 2),
    "iterated": (iterated, 0, (X.normal(size=41), 5), 2),
    "scattered": (scattered, 0, (X.normal(size=60), X.integers(0, 5, size=60)), 2),
    "with_weights": (with_weights, (0, 1), (X.normal(size=31), X.normal(size=2), 31), 2),
    "two_sums": (two_sums, (0, 1), (X.normal(size=31), 0.3), 2),
}


def chained(x):
    for i in numba.prange(1, len(x)):
        x[i] = x[i] * x[i - 1]
    return np.sum(x)


def from_the_end(x):
    out = np.zeros(len(x))
    for i in numba.prange(-2, len(x) - 2):
        out[i] = out[i] * 0.5 + x[i] ** 2
    return np.sum(out)


def views(x):
    y = x.copy()
    z = y[1:]
    for i in numba.prange(len(z)):
        z[i] = math.sin(y[i])
    return np.sum(y)


def carried(x):
    t, s = 1.0, 0.0
    for i in numba.prange(len(x)):
        t = t * x[i]
        s += t
    return s


def last_one(x):
    t = 0.0
    for i in numba.prange(len(x)):
        t = x[i] ** 2
    return t


def counted(x):
    k, s = 0, 0.0
    for i in numba.prange(len(x)):
        if x[i] > 0.0:
            k += 1
        s += x[i] ** 2 * k
    return s


def overwritten(x, index):
    out = np.zeros(3)
    for i in numba.prange(len(x)):
        out[index[i]] = x[i] ** 2
    return np.sum(out)


def swapped(x):
    y = np.zeros_like(x)
    for i in numba.prange(len(x)):
        y[i] = x[len(x) - 1 - i] ** 2
        y[len(x) - 1 - i] = x[i] * 3.0
    return np.sum(y)


def whole_rows(A, b):
    out = np.zeros_like(A)
    for i in numba.prange(len(A)):
        out[i] = A[i] * b
    return np.sum(out**2)


SEQUENTIAL = {
    "whole_rows": (whole_rows, (0, 1), (X.normal(size=(5, 4)), X.normal(size=4))),
    "rows": (rows, (0, 1), (X.normal(size=(23, 4)), X.normal(size=4))),
    "chained": (chained, 0, (X.normal(size=9),)),
    "from_the_end": (from_the_end, 0, (X.normal(size=9),)),
    "views": (views, 0, (X.normal(size=9),)),
    "carried": (carried, 0, (X.normal(size=9),)),
    "last_one": (last_one, 0, (X.normal(size=9),)),
    "counted": (counted, 0, (X.normal(size=9),)),
    "overwritten": (overwritten, 0, (X.normal(size=30), X.integers(0, 3, size=30))),
    "swapped": (swapped, 0, (X.normal(size=9),)),
    "stepped": (stepped, (0, 1), (X.normal(size=7), 0.9, 3)),
}


@pytest.mark.parametrize("name", [*PARALLEL, *SEQUENTIAL])
def test_the_gradient_is_that_of_python(name):
    function, argnums, args, *_ = {**PARALLEL, **SEQUENTIAL}[name]
    value, expected = value_and_grad(function, argnums=argnums)(*copy.deepcopy(args))
    made = value_and_grad(function, argnums=argnums, backend="numba", numba_options={"parallel": True})
    before = numba.get_num_threads()
    try:
        for threads in {1, min(2, numba.config.NUMBA_NUM_THREADS), numba.config.NUMBA_NUM_THREADS}:
            numba.set_num_threads(threads)
            for _ in range(5):
                given = copy.deepcopy(args)
                found = made(*given)
                np.testing.assert_allclose(found[0], value, rtol=1e-12)
                for one, other in zip(leaves(found[1]), leaves(expected), strict=True):
                    assert np.shape(one) == np.shape(other)
                    np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)
                for one, other in zip(leaves(given), leaves(args), strict=True):
                    assert np.array_equal(one, other)
    finally:
        numba.set_num_threads(before)


@pytest.mark.parametrize("name", PARALLEL)
def test_what_is_parallel(name):
    function, argnums, args, loops = PARALLEL[name]
    text = grad(function, argnums=argnums, backend="numba", numba_options={"parallel": True}).source(*args)
    assert text.count("prange(chunks") == loops
    assert "prange" not in grad(function, argnums=argnums, backend="numba").source(*args)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_few_trips(size):
    made = grad(iterated, backend="numba", numba_options={"parallel": True})
    x = np.linspace(0.1, 1.0, size)
    np.testing.assert_allclose(made(x, 3), grad(iterated)(x, 3), rtol=1e-12)
    made = grad(scattered, backend="numba", numba_options={"parallel": True})
    index = np.zeros(size, int)
    np.testing.assert_allclose(made(x, index), grad(scattered)(x, index), rtol=1e-12)


def test_loops_that_may_raise_stay_as_they_are():
    args = PARALLEL["likelihood"][2]
    for strict in ({"boundscheck": True}, {"error_model": "python"}):
        made = grad(likelihood, backend="numba", numba_options={"parallel": True, **strict})
        assert "prange" not in made.source(*args)


def test_errors_in_trips_are_not_lost():
    made = value_and_grad(whole_rows, backend="numba", numba_options={"parallel": True})
    with pytest.raises(ValueError, match="broadcast|match|assign"):
        made(np.ones((4, 3)), np.ones(2))
