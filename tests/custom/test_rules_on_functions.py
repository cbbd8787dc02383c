"""A rule that is registered for a function written in Python counts, not what is in the function."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import UnsupportedError, grad
from sct_ad.rules.registry import adjoint, d, pullback

X = np.array([0.3, -1.0, 2.0])


def cube(x):
    return x**3


def scaled(x, k=2.0):
    return k * x


class Layer:
    def __init__(self, k):
        self.k = k

    def act(self, x):
        return self.k * np.tanh(x)

    def __call__(self, x):
        return self.act(x) + x


LAYER = Layer(0.7)


@adjoint(cube, elementwise=True, like="x")
def cube_rule(z, x):
    d[x] = 10.0 * d[z] * x**2


@pullback(scaled, like="x")
def scaled_pullback(dz, z, x, k=2.0):
    return 10.0 * k * dz, None


@pullback(Layer.act, like="x")
def act_pullback(dz, z, self, x):
    return None, 10.0 * self.k * dz


def test_template_and_pullback():
    np.testing.assert_allclose(grad(lambda x: np.sum(cube(x)))(X), 10.0 * X**2)
    np.testing.assert_allclose(grad(lambda x: np.sum(scaled(x, k=3.0)))(X), np.full(3, 30.0))
    np.testing.assert_allclose(grad(cube)(2.0), 40.0)


def test_methods():
    np.testing.assert_allclose(grad(lambda x: np.sum(LAYER.act(x)))(X), np.full(3, 7.0))
    np.testing.assert_allclose(grad(lambda x: np.sum(LAYER(x)))(X), np.full(3, 8.0))
    np.testing.assert_allclose(grad(lambda layer, x: np.sum(layer(x)), argnums=1)(LAYER, X), np.full(3, 8.0))
    with pytest.raises(UnsupportedError, match="an object whose numbers are differentiated by"):
        grad(lambda layer, x: np.sum(layer(x)))(LAYER, X)
