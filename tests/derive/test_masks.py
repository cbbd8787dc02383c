"""Cotangents that `np.where` has set to zero: what comes through both of its sides is whole again."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.derive.masks import FILLED, NO_SIDES, either_side
from tests.numerical import assert_close, difference_gradient

T, F, T2, F2 = (1, True), (1, False), (2, True), (2, False)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ({T}, {F}, FILLED),
        (FILLED, {T}, FILLED),
        (FILLED, set(), FILLED),
        ({T, *FILLED}, {F, *FILLED}, FILLED),
        ({T, T2}, {F, T2}, {T2}),
        ({T}, {T}, {T}),
        ({T}, {F2}, set()),
        ({T, T2}, {F, F2}, set()),
        ({T, T2}, {F}, set()),
        (set(), {F}, set()),
        (set(), set(), set()),
    ],
)
def test_sums_of_masked_cotangents(one: set, two: set, expected: set) -> None:
    assert either_side(True, frozenset(one), True, frozenset(two)) == expected
    assert either_side(True, frozenset(two), True, frozenset(one)) == expected


def test_sums_with_cotangents_that_nothing_masks() -> None:
    assert either_side(False, NO_SIDES, False, NO_SIDES) == NO_SIDES
    assert either_side(True, frozenset({T}), False, NO_SIDES) == NO_SIDES
    assert either_side(False, NO_SIDES, True, frozenset({T})) == NO_SIDES


def both(x):
    t = np.sqrt(x)
    return np.sum(np.where(x > 1.0, 1.0 - t, t * t))


def within(x):
    t = np.sqrt(x)
    inner = np.where(x > 2.0, 1.0 - t, t)
    return np.sum(np.where(x > 1.0, inner, 3.0))


def crossed(x):
    t = np.sqrt(x)
    a = np.where(x > 1.0, t, 2.0)
    b = np.where(x > 2.0, 2.0, t)
    return np.sum(a * b)


def trips(x):
    total = 0.0
    y = x * 1.0
    for i in range(3):
        t = np.sqrt(y)
        total = total + np.sum(np.where(y > 0.5, t, 0.0))
        y = np.where(y > 1.0 + i, t, y)
    return total + np.sum(y)


def branches(x):
    t = np.sqrt(x)
    y = np.where(x > 1.0, t, 2.0)
    if x[0] > 0.0:
        z = np.where(x > 1.0, 3.0, t)
    else:
        z = t * 0.0 + 1.0
    return np.sum(y * z)


@pytest.mark.parametrize("f", [both, within, crossed, trips, branches])
def test_values(f) -> None:
    x = np.array([0.3, 1.7, 2.6, 0.8])
    assert_close(grad(f)(x), difference_gradient(f, (x,), 0))


def test_what_comes_through_both_sides_is_multiplied_as_it_is() -> None:
    def f(x, w):
        t = x * w
        return np.sum(np.where(x > 1.0, 1.0 - t, t) / w)

    x, w = np.array([0.5, 2.0]), np.array([3.0, -1.0])
    gradient = grad(f, (0, 1))
    assert "np.where(b" not in gradient.source(x, w)
    assert_close(gradient(x, w), (difference_gradient(f, (x, w), 0), difference_gradient(f, (x, w), 1)))


def test_a_square_root_of_zero_below_both_sides() -> None:
    """The sine over its argument, which is the length of a vector: its derivative at 0 is 0."""

    def f(v):
        angle = np.sqrt(np.sum(v**2, axis=1))
        return np.sum(np.where(angle < 1e-3, 1.0 - angle**2 / 6.0, np.sin(angle) / angle))

    v = np.array([[0.0, 0.0], [0.3, -0.4]])
    with np.errstate(all="ignore"):
        got = grad(f)(v)
    np.testing.assert_array_equal(got[0], 0.0)
    assert_close(got[1:], difference_gradient(f, (v[1:],), 0))


def test_what_one_side_alone_takes_stays_masked() -> None:
    """The square root's derivative at 0, where its value is not chosen."""
    with np.errstate(all="ignore"):
        assert grad(within)(np.array([0.0, 4.0]))[0] == 0.0


def test_a_side_that_is_summed_is_no_whole_side() -> None:
    def f(s, c):
        t = np.sqrt(s)
        return np.sum(np.where(c, t, -t))

    with np.errstate(all="ignore"):
        assert grad(f)(np.zeros(1), np.zeros((0, 1), bool))[0] == 0.0
    s, c = np.array([2.0, 3.0]), np.array([[True, False], [True, True], [False, True]])
    assert_close(grad(f)(s, c), difference_gradient(f, (s, c), 0))


def test_both_sides_in_one_line() -> None:
    def f(x, c):
        t = np.exp(x)
        return np.sum(np.where(c, 1.0 - t, t) * x)

    x, c = np.array([0.5, -1.0, 2.0]), np.array([True, False, True])
    gradient = grad(f)
    assert gradient.source(x, c).count("np.where(c, -bt, bt)") == 1
    assert_close(gradient(x, c), difference_gradient(f, (x, c), 0))
    single = x.astype("float32")
    assert gradient(single, c).dtype == np.float32
    assert gradient(np.zeros(0), np.zeros(0, bool)).shape == (0,)
