"""Maxima that cancel out of sums of exponentials."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad, hessian, jvp
from tests.numerical import assert_close, difference_gradient

X = np.array([[0.3, 1.7, -0.4], [2.6, 0.8, 2.1]])


def log_sum(x):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m))) + m


def log_sums(x):
    m = np.max(x, axis=-1, keepdims=True)
    return np.sum((np.log(np.sum(np.exp(x - m), axis=-1)) + m[..., 0]) ** 2)


def log_sums_by_columns(x):
    m = x.max(axis=0)
    return np.sum((m + np.log(np.sum(np.exp(x - m[None, :]), axis=0))) ** 3)


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum((e / np.sum(e, axis=1, keepdims=True)) ** 2)


def log_softmax(x):
    centred = x - np.max(x, axis=1)[:, None]
    return np.sum(x * (centred - np.log(np.sum(np.exp(centred), axis=1, keepdims=True))))


def looped(x):
    total = 0.0
    for row in range(2):
        m = np.max(x[row] ** 2)
        total = total + np.log(np.sum(np.exp(x[row] ** 2 - m))) + m
    return total


def in_rows(x):
    total = 0.0
    for k in range(2):
        y = x[k] * 2.0
        m = np.max(y)
        s = np.log(np.sum(np.exp(y - m)))
        total = total + (s + m) ** 2
    return total


@pytest.mark.parametrize("f", [log_sum, log_sums, log_sums_by_columns, softmax, log_softmax, in_rows])
def test_the_maximum_is_a_constant(f) -> None:
    gradient = grad(f)
    text = gradient.source(X)
    assert "ties" not in text and "==" not in text
    assert_close(gradient(X), difference_gradient(f, (X,), 0))
    v = np.array([[0.2, -0.5, 1.0], [0.7, 0.1, -0.3]])
    assert_close(jvp(f, (X,), (v,))[1], np.sum(gradient(X) * v))
    single = X.astype("float32")
    assert gradient(single).dtype == np.float32


def test_second_derivatives() -> None:
    x = np.array([0.3, 1.7, -0.4])
    p = np.exp(x) / np.sum(np.exp(x))
    assert_close(hessian(log_sum)(x), np.diag(p) - np.outer(p, p))


def test_ties_share_nothing_and_nan_stays() -> None:
    assert_close(grad(log_sum)(np.array([1.0, 1.0])), np.array([0.5, 0.5]))
    with np.errstate(all="ignore"):
        assert np.isnan(grad(log_sum)(np.array([1.0, np.nan]))).all()
        assert np.isnan(grad(log_sum)(np.array([1.0, np.inf]))).all()
        assert_close(grad(log_sum)(np.array([1.0, -np.inf])), np.array([1.0, 0.0]))
    assert_close(grad(log_sum)(np.array([1000.0, 999.0])), grad(log_sum)(np.array([1.0, 0.0])))


def returned(x):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m))) + m, m


def twice(x):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m))) + 2.0 * m


def missing(x):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m)))


def weighted(x):
    m = np.max(x, axis=1, keepdims=True)
    return np.log(np.sum(np.exp(x - m) * m)) + np.sum(m)


def other_axis(x):
    m = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=0)) + m)


def other_layout(x):
    m = np.max(x[:, :2], axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x[:, :2] - m), axis=1)) + m)


def branched(x):
    m = np.max(x)
    s = np.log(np.sum(np.exp(x - m)))
    if s > 0.0:
        s = s + m
    return s


def other_columns(x):
    m = np.max(x, axis=1)
    return np.sum(np.log(np.sum(np.exp(x[:, :2] - m), axis=1)) + m)


def carried(x):
    total, m = 0.0, 1.0
    for row in range(2):
        e = np.sum(np.exp(x[row] - m))
        m = np.max(x[row])
        total = total + np.log(e) + m
    return total


@pytest.mark.parametrize(
    "f", [twice, missing, weighted, other_axis, other_layout, branched, other_columns, carried, looped]
)
def test_a_maximum_that_matters(f) -> None:
    assert_close(grad(f)(X), difference_gradient(f, (X,), 0))


def test_a_maximum_that_is_returned() -> None:
    def last(x):
        return returned(x)[1] * 2.0 + returned(x)[0]

    assert_close(grad(last)(X), difference_gradient(last, (X,), 0))
