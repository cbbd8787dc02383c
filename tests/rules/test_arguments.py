"""Arguments of unusual kinds: run-time axes, lists in place of arrays, arrays of rank 0, NaN."""

import math

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
from sct_ad.testing import check_grads

MATRIX = np.arange(1.0, 7.0).reshape(2, 3)
REDUCTIONS = [np.sum, np.mean, np.max, np.prod, np.var, np.std, np.add.reduce, np.linalg.norm]


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("function", REDUCTIONS, ids=lambda f: f.__name__)
def test_axes_and_keepdims_of_run_time(function, axis):
    def kept(x, s, axis):
        return np.sum(function(x + s, axis=axis, keepdims=True) ** 2 * 0.5)

    def perhaps(x, s, axis, keepdims):
        return np.sum(function(x * s, axis=axis, keepdims=keepdims) ** 2)

    check_grads(kept, (MATRIX, 0.5, axis), (0, 1))
    if function is not np.linalg.norm:
        for keepdims in (True, False):
            check_grads(perhaps, (MATRIX, 0.5, axis, keepdims), (0, 1))


LISTS = {
    "maximum": lambda x, y: np.sum(np.maximum(x, y) * np.array([1.0, 3.0])),
    "fmin": lambda x, y: np.sum(np.fmin(x, y) * np.array([1.0, 3.0])),
    "clip": lambda x, y: np.sum(np.clip(x, y, 2.5) * np.array([1.0, 3.0])),
    "log1p": lambda x, y: np.sum(np.log1p(x) * np.arctan2(x, y)),
    "multiply": lambda x, y: np.sum(np.multiply(x, y) + np.multiply(x, 2.0)),
    "array": lambda x, y: np.sum(np.array([1.0, 2.0]) * x + np.add(x, y) ** 2),
    "where": lambda x, y: np.sum(np.where([True, False], x, y) ** 2),
    "dot": lambda x, y: np.dot(x, [1, 2]) + np.inner([3, 1], y),
    "matrix": lambda x, y: np.sum(np.maximum(x, np.ones((3, 2))) ** 2 * y),
    "ndmin": lambda x, y: np.sum(np.array(x, ndmin=3) ** 2) + np.sum(np.array([x[0], y[1]], ndmin=2) ** 2),
    "meshgrid": lambda x, y: np.sum(np.meshgrid([x[0], 1.0], y)[0] ** 2),
    "prod": lambda x, y: math.prod([x[0], y[0]]) + math.fsum([x[1], y[1], 0.5]) + math.dist([x[0], 1.0], [y[0], 0.3]),
}


@pytest.mark.parametrize("function", LISTS.values(), ids=LISTS.keys())
def test_lists_in_place_of_arrays(function):
    check_grads(function, ([1.3, 5.0], [3.0, 2.0]), (0, 1))


@pytest.mark.parametrize(
    "function", [lambda x: np.sum(np.log([x, 1.0])), lambda x: max((x, 1.0), (x * x, 2.0))[0]], ids=["log", "max"]
)
def test_sequences_that_are_refused(function):
    with pytest.raises(NoRuleError, match="instead: "):
        grad(function)(1.5)


RANK_0 = {
    "T": lambda x: np.sum(2.0 * x.T),
    "astype": lambda x: np.sum(2.0 * x.astype(np.float64)),
    "append": lambda x: np.sum(np.append(x, x)),
    "cumsum": lambda x: np.sum(2.0 * np.cumsum(x, axis=0)),
    "pad": lambda x: np.sum(2.0 * np.pad(x, 1)),
    "take": lambda x: np.sum(2.0 * np.take(x, [0], axis=-1)),
    "clip": lambda x: np.sum(np.clip(x, -3.0, 3.0)) + np.sum(np.expand_dims(x, 0)),
    "inner": lambda x: np.sum(np.inner(x, np.array([1.5, 0.5]))),
    "kron": lambda x: 2.0 * np.kron(x, np.array(1.0)),
    "linspace": lambda x: np.sum(np.linspace(np.zeros(1), x, 4)),
}


@pytest.mark.parametrize("function", RANK_0.values(), ids=RANK_0.keys())
def test_arrays_of_rank_0(function):
    gradient = grad(function)(np.array(0.5))
    assert gradient.shape == () and gradient.dtype == np.float64
    assert gradient == pytest.approx(2.0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(np.maximum(x, 0.0)),
        lambda x: np.sum(np.minimum(0.0, x)),
        lambda x: np.sum(np.clip(x, 0.0, 1.0)),
        lambda x: max(x[0], 0.0) + np.sum(x[1:]) * 0.0,
    ],
)
def test_a_comparison_with_nan_selects_nothing(function):
    assert grad(function)(np.array([math.nan, 1.0]))[0] == 0.0


def test_nan_stays_nan_in_absolute_values():
    with np.errstate(invalid="ignore"):
        assert math.isnan(grad(lambda x: np.sum(np.abs(x)))(np.array([math.nan, 1.0]))[0])


def test_powers_of_negative_numbers_have_no_derivative_by_the_exponent():
    for function in (math.pow, lambda x, y: x**y):
        assert math.isnan(grad(lambda x, y: function(x, y), argnums=1)(-2.0, 2.0))
    assert math.isnan(grad(np.linalg.det)(np.array([[math.nan, 1.0], [2.0, 3.0]]))[0, 0])


def test_functions_that_choose_entries():
    for function in (np.where, np.select, np.compress, np.extract, np.nansum, np.fmax, np.fmin, np.nan_to_num):
        assert lookup(function).selects
    assert not lookup(np.maximum).selects


def test_bounds_of_clip_that_cross():
    got = grad(lambda x, low, high: np.sum(np.clip(x, low, high)), (0, 1, 2))(np.array([0.0, 3.0, 1.5]), 2.0, 1.0)
    assert got[0].tolist() == [0.0] * 3 and got[1:] == (0.0, 3.0)


def test_booleans_as_exponents():
    assert grad(lambda x, m: np.sum(x**m))(np.array([1.5, 2.0]), np.array([True, False])).tolist() == [1.0, 0.0]


def test_norms_whose_value_is_rounded():
    rng = np.random.default_rng(0)
    largest, smallest = grad(lambda x: np.linalg.norm(x, 2)), grad(lambda x: np.linalg.norm(x, -2))
    for _ in range(20):
        x = rng.normal(size=(3, 4))
        u, _, vh = np.linalg.svd(x, full_matrices=False)
        assert largest(x) == pytest.approx(np.outer(u[:, 0], vh[0]), abs=1e-12)
        assert smallest(x) == pytest.approx(np.outer(u[:, -1], vh[-1]), abs=1e-12)
    for norm in (lambda x: np.linalg.norm(x, 0.5), lambda x: np.linalg.norm(x, ord=2.5)):
        assert grad(norm)(np.zeros(2)).tolist() == [0.0, 0.0]


def test_spread_of_a_number():
    assert grad(lambda x: np.var(x))(2.0) == 0.0
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning):
        assert math.isnan(grad(lambda x: np.var(x, ddof=1))(2.0))
