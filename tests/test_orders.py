"""check_grads in forward mode and of higher orders: right derivatives pass, wrong ones are found."""

import numpy as np
import pytest

from sct_ad import ArgumentError, custom_jvp
from sct_ad.checking import orders
from sct_ad.testing import check_grads

X = np.array([0.5, -1.2, 2.0])


def cubic(x):
    return np.sum(x**3 * np.sin(x))


def network(p, x):
    h = np.tanh(p["W"] @ x + p["b"][0])
    return {"h": h}["h"]


P = {"W": np.arange(6.0).reshape(2, 3) / 7.0, "b": [np.array([0.1, -0.3]), 3]}
BOTH = {"modes": ("fwd", "rev")}


@pytest.mark.parametrize("order", [1, 2, 3])
def test_right_derivatives_pass(order):
    assert check_grads(cubic, (X,), order=order, **BOTH) < 1e-6
    assert check_grads(network, (P, X), (0, 1), order=order, **BOTH) < 1e-6
    assert check_grads(lambda x, a=2.0: a * x**4, (0.7,), kwargs={"a": 3.0}, order=order, **BOTH) < 1e-6
    assert check_grads(lambda z: np.sum(np.abs(z) ** 2 * np.real(z)), (X + 1j,), order=order, **BOTH) < 1e-6
    assert check_grads(lambda z: z * z, (X + 1j,), order=order, **BOTH) < 1e-6
    assert check_grads(cubic, (X.astype(np.float32),), order=order, **BOTH) < 1e-1


def test_forward_mode_alone():
    assert check_grads(cubic, (X,), modes=("fwd",)) < 1e-7
    assert check_grads(cubic, (X,), modes="fwd") < 1e-7


def test_wrong_tangents_are_found():
    @custom_jvp
    def square(x):
        return x * x

    @square.defjvp
    def square_jvp(primals, tangents):
        (x,), (dx,) = primals, tangents
        return x * x, 3.0 * x * dx

    with pytest.raises(AssertionError, match="check_grads: the tangent of .* is wrong along a random direction"):
        check_grads(lambda x: np.sum(square(x)), (X,), modes=("fwd",))


@pytest.mark.parametrize(("order", "what"), [(2, "second"), (3, "third")])
def test_wrong_higher_derivatives_are_found(monkeypatch, order, what):
    right = orders._derivative

    def wrong(contraction, positions, directions):
        made = right(contraction, positions, directions)
        return made if directions < order - 1 else lambda *args: tuple(1.1 * part for part in made(*args))

    monkeypatch.setattr(orders, "_derivative", wrong)
    with pytest.raises(AssertionError, match=f"the {what} derivative of cubic is wrong along a random direction"):
        check_grads(cubic, (X,), order=order)


def test_refused():
    with pytest.raises(ArgumentError, match="order must be 1, 2 or 3, not 4"):
        check_grads(cubic, (X,), order=4)
    with pytest.raises(ArgumentError, match="modes are 'fwd' and 'rev'"):
        check_grads(cubic, (X,), modes=("forward",))
