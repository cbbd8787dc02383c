"""Statements over several directions: what has identity, what is a view, what is kept."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from sct_ad import hessian, jacfwd, jacrev
from sct_ad.pytree import flatten
from tests.numerical import assert_close

RNG = np.random.default_rng(11)
X = RNG.normal(size=5)


class Pair(NamedTuple):
    first: object
    second: object


def element_taken_before_it_is_overwritten(x):
    x = x.copy()
    for i in range(len(x) - 1):
        kept = x[i]
        x[i] = x[i + 1] * 2.0
        x[i + 1] = kept * x[i]
    return x


def numbers_in_a_loop(x):
    s, t = x[0], x[1]
    for _ in range(4):
        s, t = t * math.sin(s), s + 0.5 * t
        s += t
    return np.array([s, t])


def a_number_that_two_names_share(x):
    s = x[0] * 2.0
    t = s
    s += x[1]
    return np.array([s, t])


def updates_of_a_view(x):
    y = np.zeros((2, 5))
    row = y[1]
    row += x
    row[2:] *= x[0]
    y[0] = row[::-1]
    y[:, 1] += x[3]
    return y * x


def updates_at_repeated_places(x):
    y = np.zeros(3)
    np.add.at(y, np.array([0, 2, 0]), x[:3] * x[1:4])
    y[np.array([1, 1])] += x[4]
    return y


def updates_at_places_apart(x):
    y = np.zeros((3, 2, 3))
    y[np.array([0, 2]), :, np.array([1, 2])] = x[:2] * x[2:4]
    y[np.array([0, 1]), 0, np.array([1, 1])] += x[0] * x[1]
    return y


def containers(x):
    kept = [x[0], x[1]]
    kept[0] += x[2]
    kept.append(x * 2.0)
    named = {"a": kept[0] * x[3], "b": [kept.pop()]}
    named["c"] = named["b"][0] * named["a"]
    return Pair(named, (kept[1], 3, None))


def a_list_with_one_number_twice(x):
    s = x[0] * 1.5
    kept = [s, s]
    kept[0] += x[1]
    return np.array(kept) * x[2]


def loops_over_values(x):
    total = 0.0
    for k, (a, b) in enumerate(zip(x, x[1:])):
        total += a * b * k
    for row in np.outer(x, x):
        total += np.sum(row) * x[1]
    return np.array([total, total * x[0]])


def branches(x):
    y = x * 1.0
    if x[0] > 0:
        y[1] = x[0] ** 2
    else:
        y = np.exp(x)
    while np.sum(y) < 3.0:
        y = y + x**2
    return y


def the_same_in_all_directions(x):
    y = np.ones(5)
    total = 0.0
    for i in range(3):
        if i == 1:
            y = x * y[0]
        total = total + y[i]
    return np.array([total, 1.0]), y


def numbers_taken_in_other_ways(x):
    y = x * 1.0
    kept = []
    for i in range(4):
        kept.append(float(y[i]))
        s, t = y[i].real, y[i].item()
        y[i] = y[i + 1] * 2.0
        kept[i] += s * t
    return np.array(kept) * y[0] + y[3]


def shapes(x):
    y = np.outer(x, x)
    return y.sum() / y.size + x / len(x) + x * y.ndim * y.shape[0] + np.full(y.shape[1], x[0])


def a_caught_error(x):
    try:
        y = np.log(x**2) * int("3")
    except ValueError:
        y = x
    return y


ROWS = [
    element_taken_before_it_is_overwritten,
    numbers_in_a_loop,
    a_number_that_two_names_share,
    updates_of_a_view,
    updates_at_repeated_places,
    updates_at_places_apart,
    containers,
    a_list_with_one_number_twice,
    loops_over_values,
    branches,
    the_same_in_all_directions,
    numbers_taken_in_other_ways,
    shapes,
    a_caught_error,
]


def by_differences(f, x, step=1e-6):
    def numbers(x):
        return np.concatenate([np.ravel(leaf) * 1.0 for leaf in flatten(f(x))[0] if not isinstance(leaf, int)])

    return np.stack([(numbers(x + step * e) - numbers(x - step * e)) / (2 * step) for e in np.eye(x.size)], -1)


def flat(jacobian):
    return np.concatenate([np.reshape(leaf, (-1, X.size)) for leaf in flatten(jacobian)[0]])


@pytest.mark.parametrize("chunk_size", [None, 1, 2])
@pytest.mark.parametrize("operator", [jacfwd, jacrev])
@pytest.mark.parametrize("function", ROWS, ids=lambda f: f.__name__)
def test_jacobians(function, operator, chunk_size):
    x = X.copy()
    found = operator(function, chunk_size=chunk_size)(x)
    assert_close(flat(found), by_differences(function, X), 1e-7)
    assert np.array_equal(x, X)


@pytest.mark.parametrize("function", ROWS, ids=lambda f: f.__name__)
def test_all_of_them_go_together(function):
    derivative = jacfwd(function)
    assert derivative._inner.at((X,), {}).compiled.batched


@pytest.mark.parametrize("chunk_size", [None, 1, 3])
@pytest.mark.parametrize("function", ROWS, ids=lambda f: f.__name__)
def test_hessians(function, chunk_size):
    def total(x):
        found = function(x)
        if isinstance(found, tuple):
            return np.sum(found[1][0] ** 2) + found[1][0] if isinstance(found, Pair) else np.sum(found[1] ** 2)
        return np.sum(found**2)

    def gradient(x, step=1e-6):
        return np.array([(total(x + step * e) - total(x - step * e)) / (2 * step) for e in np.eye(x.size)])

    found = hessian(total, chunk_size=chunk_size)(X)
    expected = np.stack([(gradient(X + 1e-4 * e) - gradient(X - 1e-4 * e)) / 2e-4 for e in np.eye(X.size)])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * np.max(np.abs(expected), initial=1.0))


def depends_on_the_direction(x):
    return np.array([sorted([v * v for v in x])[0]])


def test_what_cannot_go_together_goes_one_at_a_time():
    def recursive(x, n):
        return x if n == 0 else np.sin(recursive(x, n - 1)) * x

    def f(x):
        return recursive(x, 3)

    assert not jacfwd(f)._inner.at((X,), {}).compiled.batched
    assert_close(jacfwd(f)(X), by_differences(f, X), 1e-7)
    assert_close(jacfwd(depends_on_the_direction)(X), by_differences(depends_on_the_direction, X), 1e-7)
