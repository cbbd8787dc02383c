"""Calls: inlined user functions, decided builtins, recursion as units."""

import functools
import math

import numpy as np
import pytest

from sct_ad import UnsupportedError, grad
from tests.flat import flatten, text_of


def helper(y, scale=2.0, *, shift=0.0):
    return math.sin(y) * scale + shift


def test_user_functions_are_inlined_with_their_defaults():
    def f(x):
        return helper(x) + helper(x, 3.0, shift=x)

    text = text_of(flatten(f, 1.0))
    assert "helper(" not in text and text.count("math.sin") == 2


def test_static_branches_are_taken():
    def f(x, kind):
        if kind == "tanh":
            return math.tanh(x)
        if kind is None:
            return x
        raise ValueError(kind)

    assert "if" not in text_of(flatten(f, 1.0, "tanh")).split()
    assert "math.tanh" not in text_of(flatten(f, 1.0, None))


def test_functions_and_partials_as_arguments():
    def apply(function, x):
        return function(x) * 2.0

    def f(x):
        return apply(math.exp, x) + apply(functools.partial(helper, scale=4.0), x) + apply(lambda v: v * v, x)

    assert grad(f)(0.3) == pytest.approx(2 * math.exp(0.3) + 8 * math.cos(0.3) + 4 * 0.3)


def tree_product(values):
    if len(values) == 1:
        return values[0]
    middle = len(values) // 2
    return tree_product(values[:middle]) * tree_product(values[middle:])


def test_recursion_is_emitted_as_a_pair_of_functions():
    def f(x):
        return tree_product(x)

    x = np.array([1.5, 0.5, 2.0, 3.0, 0.7])
    text = grad(f).source(x)
    assert text.count("def ") == 3 and "_forward" in text and "_reverse" in text
    assert grad(f)(x) == pytest.approx(np.prod(x) / x)


def test_wrong_calls_are_refused_at_the_users_line():
    def f(x):
        return helper(x, 1.0, 2.0)

    with pytest.raises(UnsupportedError, match="positional") as caught:
        grad(f)(1.0)
    assert "helper(x, 1.0, 2.0)" in caught.value.text


@functools.lru_cache
def cached(x):
    return math.exp(x) * x


def test_a_cached_function_is_differentiated():
    assert grad(cached)(0.7) == pytest.approx(math.exp(0.7) * 1.7)
    assert cached.cache_info().misses == 0
