"""Second derivatives, and derivatives in forward mode, of functions with *args, **kwargs and keyword-only parameters."""

import numpy as np
import pytest

from sct_ad import ArgumentError, grad, hessian, hvp, jacfwd, jacobian, jvp, linearize
from tests.numerical import assert_close

X, Y = np.array([1.0, 2.0]), np.array([0.5, -1.0])
V, W = np.array([1.0, -1.0]), np.array([0.3, 0.7])


def energy(*args, **kwargs):
    return np.sum(args[0] ** 2 * args[1]) * kwargs.get("s", 1.0)


def scaled(x, *, k, a=2.0):
    return np.sum(x**3) * k * a


def slopes(step, at, *along):
    """The change of the gradient of the energy by both arguments along a direction of both."""
    moved = [a + step * d for a, d in zip(at, along)]
    return grad(energy, argnums=(0, 1))(*moved, s=2.0)


def test_products_by_one_argument():
    assert_close(hvp(energy)(X, Y, V), 2.0 * Y * V, 1e-15)
    assert_close(hvp(energy)(X, Y, V, s=3.0), 6.0 * Y * V, 1e-15)
    assert_close(hvp(energy, argnums=-1)(X, Y, V), 0.0 * V, 1e-15)


@pytest.mark.parametrize("argnums", [(0, 1), "args"])
def test_products_by_all_positional_arguments(argnums):
    directions = (V, W) if argnums == (0, 1) else ((V, W),)
    found = hvp(energy, argnums=argnums)(X, Y, *directions, s=2.0)
    step = 1e-6
    above, below = slopes(step, (X, Y), V, W), slopes(-step, (X, Y), V, W)
    for one, right, left in zip(found, above, below, strict=True):
        assert_close(one, (right - left) / (2 * step), 1e-7)


def test_products_by_keyword_arguments():
    found = hvp(lambda x, **p: np.sum(x) * p["a"] ** 2 * p["b"], argnums="p")(X, {"a": 1.0, "b": 2.0}, a=3.0, b=5.0)
    assert found == {"a": 3.0 * (2.0 * 5.0 * 1.0 + 2.0 * 3.0 * 2.0), "b": 3.0 * 2.0 * 3.0 * 1.0}


def test_hessians():
    assert_close(hessian(energy)(X, Y, s=3.0), np.diag(6.0 * Y), 1e-15)
    for argnums in ((0, 1), "args"):
        (xx, xy), (yx, yy) = hessian(energy, argnums=argnums)(X, Y)
        assert_close(xx, np.diag(2.0 * Y), 1e-15)
        assert_close(xy, np.diag(2.0 * X), 1e-15)
        assert_close(yx, np.diag(2.0 * X), 1e-15)
        assert_close(yy, np.zeros((2, 2)), 1e-15)
    found = hessian(lambda x, **p: np.sum(x) * p["a"] ** 2 * p["b"], argnums="p")(X, a=3.0, b=5.0)
    assert found == {"a": {"a": 30.0, "b": 18.0}, "b": {"a": 18.0, "b": 0.0}}


def test_keyword_only_parameters():
    assert_close(hvp(scaled)(X, V, k=2.0), 24.0 * X * V, 1e-15)
    assert_close(hessian(scaled)(X, k=2.0, a=1.0), np.diag(12.0 * X), 1e-15)
    assert hvp(scaled, argnums="k")(X, 1.0, k=2.0) == 0.0


def test_tangents_and_jacobians():
    assert_close(jvp(energy, (X, Y), (V, W))[1], np.sum(2 * X * Y * V + X**2 * W), 1e-15)
    assert_close(jvp(energy, (X, Y), (V, None))[1], np.sum(2 * X * Y * V), 1e-15)
    assert_close(linearize(energy)(X, Y, s=2.0)[1](V, W), 2.0 * np.sum(2 * X * Y * V + X**2 * W), 1e-15)
    for operator in (jacfwd, jacobian):
        by_x, by_y = operator(energy, argnums="args")(X, Y, s=2.0)
        assert_close(by_x, 4.0 * X * Y, 1e-15)
        assert_close(by_y, 2.0 * X**2, 1e-15)
        assert operator(energy, argnums="kwargs")(X, Y, s=2.0) == {"s": np.sum(X**2 * Y)}


def test_inside_of_a_function():
    assert_close(grad(lambda x: np.sum(hvp(energy)(x, x, V) ** 2))(X), 8.0 * X * V**2, 1e-14)
    assert_close(grad(lambda x: np.sum(hessian(energy)(x, x) ** 2))(X), 8.0 * X, 1e-14)


def test_directions_that_do_not_fit():
    with pytest.raises(ArgumentError, match="must be a tuple of 2"):
        hvp(energy, argnums="args")(X, Y, (V,))
    with pytest.raises(ArgumentError, match="energy has no parameter number 3"):
        hvp(energy, argnums=3)(X, Y, V)
    with pytest.raises(ArgumentError, match="needs 2 directions"):
        hvp(energy, argnums=(0, 1))(X)
