"""Stores of what was just zeroed, and of what was never away."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.stores import stores
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import becomes

X, K = np.array([1.5, -2.0, 3.0]), 2.0


def test_what_is_put_back_stays():
    before = """
        def f(x, k):
            t = x[1:].copy()   #~ line
            x[1:] = 0.0        #~ line
            x[1:] += t         #~ line
            return t * k
        """
    after = """
        def f(x, k):
            t = x[1:].copy()
            return t * k
        """
    becomes(stores, before, after, (X.copy(), K))


@pytest.mark.parametrize(
    ("between", "stored"),
    [("x[0] = 3.0", "x[1:]"), ("x = x * k", "x[1:]"), ("x[2:] = k", "x[1:]"), ("k = k * 2.0", "x[:2]")],
)
def test_what_has_changed_is_stored(between, stored):
    becomes(
        stores,
        f"""
        def f(x, k):
            t = x[1:].copy()   #~ line
            {between}          #~ line
            {stored} = 0.0     #~ line
            {stored} += t      #~ line
            return t * k
        """,
        f"""
        def f(x, k):
            t = x[1:].copy()
            {between}
            {stored} = t
            return t * k
        """,
        (X.copy(), K),
    )


def test_a_view_changes_with_its_place():
    text = """
        def f(x, k):
            t = x[1:]          #~ line
            x[1:] = 0.0        #~ line
            x[1:] += t         #~ line
            return t * k
        """
    after = """
        def f(x, k):
            t = x[1:]
            x[1:] = 0.0
            x[1:] += t
            return t * k
        """
    becomes(stores, text, after, (X.copy(), K))


def smoothed(u, alpha, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    for i in range(1, len(u)):
        u[i] = u[i] + u[i - 1] * alpha
    return np.sum(u**3)


def test_updates_read_the_cotangent_where_it_is():
    u = np.array([0.5, 1.0, -0.3, 0.8, 2.0, 0.1])
    text = grad(smoothed).source(u, 0.1, 3)
    assert ".copy()" not in text.partition("reversed")[2] and " = t\n" not in text
    assert_close(grad(smoothed)(u, 0.1, 3), difference_gradient(smoothed, (u, 0.1, 3), 0), 1e-7)
