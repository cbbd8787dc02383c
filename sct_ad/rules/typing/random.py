"""Random draws: arrays of the asked shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import dims_from, length, static
from sct_ad.rules.typing.table import NONE, ZERO, members, rule
from sct_ad.syntax.dims import Dims
from sct_ad.syntax.values import (
    FLOAT,
    Abstract,
    Array,
    Opaque,
    Scalar,
)

# Where `size` stands among the positional arguments.
_SIZE = {
    "random": 0,
    "random_sample": 0,
    "ranf": 0,
    "sample": 0,
    "standard_normal": 0,
    "standard_exponential": 0,
    "exponential": 1,
    "poisson": 1,
    "normal": 2,
    "uniform": 2,
    "randint": 2,
    "integers": 2,
    "binomial": 2,
    "beta": 2,
    "gamma": 2,
    "laplace": 2,
    "logistic": 2,
    "lognormal": 2,
}
_INTEGERS = ("randint", "integers", "binomial", "poisson")
_FLAT = members(np.random, _SIZE)
_METHODS = members(np.random.Generator, _SIZE) + members(np.random.RandomState, _SIZE)


def _drawn(name: str, dims: Dims | None) -> Abstract:
    integer = name in _INTEGERS
    if dims == ():
        return Scalar("int", "?") if integer else FLOAT
    return Array("int64" if integer else "float64", dims)


@rule(*_FLAT)
def draw(function: Any, *args: Abstract, size: Abstract = NONE, **keywords: Abstract) -> Abstract:
    """`np.random.normal(0, 1, size)`: array parameters give an array too."""
    name = function.__name__
    if "dtype" in keywords:
        return Array()
    if len(args) > _SIZE[name]:
        size = args[_SIZE[name]]
    if static(size) is None:
        plain = all(isinstance(a, Scalar) for a in (*args, *keywords.values()))
        return _drawn(name, () if plain else None)
    return _drawn(name, dims_from(size))


@rule(*_METHODS)
def draw_method(function: Any, generator: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`rng.normal(0, 1, size)`."""
    return draw(function, *args, **keywords)


@rule(np.random.rand, np.random.randn)
def draw_dims(function: Any, *dims: Abstract) -> Abstract:
    """`np.random.rand(2, 3)`."""
    return _drawn(function.__name__, tuple(map(length, dims)))


@rule(np.random.permutation)
def permutation(function: Any, x: Abstract, axis: Abstract = ZERO) -> Abstract:
    """`np.random.permutation(x)`: a shuffled copy, or the numbers below `x` in random order."""
    if isinstance(x, Scalar):
        return Array("int64", (length(x),))
    return as_array(x)


@rule(np.random.Generator.permutation, np.random.RandomState.permutation)
def permutation_method(function: Any, generator: Abstract, x: Abstract, axis: Abstract = ZERO) -> Abstract:
    """`rng.permutation(x)`."""
    return permutation(function, x, axis)


@rule(np.random.seed, np.random.shuffle)
def nothing(function: Any, *args: Abstract) -> Abstract:
    """A function that returns None."""
    return NONE


@rule(np.random.default_rng, np.random.RandomState)
def generator(function: Any, *seed: Abstract, **keywords: Abstract) -> Abstract:
    """A generator, whose methods draw."""
    return Opaque(np.random.RandomState if function is np.random.RandomState else np.random.Generator)
