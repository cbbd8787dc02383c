"""Tangents of arrays that lie in memory in another way than their primals, where reshaping makes views or copies."""

import numpy as np
import pytest

from sct_ad import grad, hvp, jvp


def written_through_a_view(x):
    y = x.reshape(-1)
    y[0] = y[1] * y[2]
    return np.sum(x * x) + np.sum(y)


def scaled_through_a_view(x):
    z = x * 2.0
    y = z.ravel()
    y *= y[0]
    return np.sum(z * z)


@pytest.mark.parametrize("function", [written_through_a_view, scaled_through_a_view])
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("order_of_tangent", "CF")
def test_layouts(function, order, order_of_tangent):
    rng = np.random.default_rng(1)
    x = np.array(rng.normal(size=(3, 2)), order=order)
    v = np.array(rng.normal(size=(3, 2)), order=order_of_tangent)

    def moved(step):
        return np.array(x + step * v, order=order)

    value, tangent = jvp(function, (x,), (v,))
    assert value == function(moved(0.0))
    assert tangent == pytest.approx(np.sum(grad(function)(x) * v), rel=1e-12)
    expected = (grad(function)(moved(1e-6)) - grad(function)(moved(-1e-6))) / 2e-6
    np.testing.assert_allclose(hvp(function)(x, v), expected, rtol=1e-6, atol=1e-6)
