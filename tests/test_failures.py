"""Exceptions of tangents in try blocks: the user's handler does not see them, and the caller gets them as they are."""

import math

import pytest

from sct_ad import grad, hessian, hvp, jacfwd, jvp


def root_or_zero(x):
    try:
        s = math.sqrt(x)
    except ValueError:
        s = 0.0
    return s * x


def slope_of_root(x):
    return jvp(root_or_zero, (x,), (1.0,))[1] * x


@pytest.mark.parametrize(
    "call",
    [
        lambda x: jvp(root_or_zero, (x,), (1.0,)),
        lambda x: hvp(root_or_zero)(x, 1.0),
        hessian(root_or_zero),
        jacfwd(root_or_zero),
        grad(slope_of_root),
    ],
    ids=["jvp", "hvp", "hessian", "jacfwd", "grad of jvp"],
)
def test_a_division_by_zero_reaches_the_caller(call):
    with pytest.raises(ZeroDivisionError):
        call(0.0)
    assert call(1.0) is not None


def test_also_where_the_call_has_become_a_short_one():
    slope = grad(slope_of_root)
    for _ in range(4):
        assert slope(1.0) == pytest.approx(2.25)
    with pytest.raises(ZeroDivisionError):
        slope(0.0)


@pytest.mark.parametrize("mode", [lambda f, x: jvp(f, (x,), (1.0,)), lambda f, x: hvp(f)(x, 1.0)], ids=["jvp", "hvp"])
def test_what_finally_does_is_done_and_a_handler_around_it_does_not_see_the_tangent(mode):
    done = []

    def cleaned_up(x):
        try:
            y = math.sqrt(x) * 2.0
        finally:
            done.append(x)
        return y + x

    def handled(x):
        try:
            return cleaned_up(x)
        except ZeroDivisionError:
            return x * 100.0

    with pytest.raises(ZeroDivisionError):
        mode(handled, 0.0)
    assert done == [0.0]
    assert mode(handled, 4.0) is not None
    assert jvp(handled, (4.0,), (1.0,))[1] == pytest.approx(1.5)
