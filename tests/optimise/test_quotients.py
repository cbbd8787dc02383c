"""Quotients that several contributions of one line contain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.quotients import quotients
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import ARGUMENTS, HEAD, PLAIN, VECTOR, becomes, stays


def test_the_quotient_is_moved_up() -> None:
    text = HEAD + "    by -= bx * x / y / y\n    bt = bx / y\n    return by, bt"
    becomes(quotients, text, PLAIN + "    bt = bx / y\n    by -= bt * x / y\n    return by, bt", ARGUMENTS, "x y a b")


def test_arrays_and_constants() -> None:
    text = HEAD + "    bt = bc / b\n    bu = -bc * 0.5 * a / b / b\n    bu += bc * x / b\n    return bt, bu"
    after = PLAIN + "    bt = bc / b\n    bu = -0.5 * bt * a / b\n    bu += bt * x\n    return bt, bu"
    becomes(quotients, text, after, ARGUMENTS, "x y a b")


@pytest.mark.parametrize(
    "lines",
    [
        "bt = bx / y\n    by = 2.0\n    bu = by * x / y",  # another numerator
        "bt = bx / y\n    bu = y * bx",  # no quotient
        "bt = bx / y\n    bx = 2.0 * by\n    bu = bx * x / y",  # it has changed
        "bt = bc / b\n    bt += bc\n    bu = bc * a / b",  # the cotangent has
        "bt = bc / b\n    bc[0] = 7.0\n    bu = bc * a / b",  # what it was computed from was written
        "bt = bc / b\n    bt[1] = 7.0\n    bu = bc * a / b",  # and it itself
        "bu = bx * x / y\n    bx = 3.0\n    bt = bx / y",  # it cannot be moved up
        "bt = -bx / y\n    bu = bx * x / y",  # a sign is not a factor
        "bt = bx / y\n    bu = bx * x + bx / y",  # a sum
        "bt = bx / y\n    bt = bx / y * bt",
    ],
)
def test_what_stays(lines: str) -> None:
    stays(quotients, HEAD + f"    {lines}\n    return bx, by, bc, bt, 1.0", ARGUMENTS, "x y a b")


def ratio(x, y):
    return math.sin(x / y) * y


def softmaxed(a, b):
    e = np.exp(a)
    return np.sum(b * e / np.sum(e)) / np.sum(a / b)


def newton(x, y):
    for _ in range(4):
        y = y - (y * y - x) / (2.0 * y)
    return y


def rows(a, b):
    m = np.outer(a, b)
    return np.sum((m / b) / (1.0 + m * m) / a[:, None])


@pytest.mark.parametrize(
    ("function", "args", "divisions"),
    [
        (ratio, (0.7, 1.9), 1),
        (softmaxed, (VECTOR, VECTOR + 4.0), None),
        (newton, (2.0, 1.1), None),
        (rows, (VECTOR, VECTOR + 4.0), None),
    ],
)
def test_gradients(function, args, divisions) -> None:
    gradient = grad(function, (0, 1))
    for argnum, part in enumerate(gradient(*args)):
        assert_close(part, difference_gradient(function, args, argnum), 1e-6)
    if divisions is not None:
        adjoint = gradient.source(*args).split("return math.sin(x / y) * y")[1]
        assert adjoint.count(" / ") == divisions
