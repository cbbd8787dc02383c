"""Factors that several contributions to one cotangent share."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.factors import factors
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import ARGUMENTS, HEAD, PLAIN, VECTOR, becomes, stays


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bu = bx * y\n    bu += bx * x", "bu = bx * (y + x)"),
        ("bu = bx * y\n    bu -= bx * x * 3.0", "bu = bx * (y - x * 3.0)"),
        ("bu = -bx * y / x\n    bu += bx * by / x", "bu = -bx * (y - by) / x"),
        ("bu = bc * b\n    bv = bc * x\n    bu += bv * a\n    bu -= bv * y", "bu = bc * (b + x * (a - y))"),
        ("bu = 1.0\n    bu -= bx * y\n    bu -= by * y", "bu = 1.0\n    bu -= y * (bx + by)"),
        ("bu = 1.0\n    bu -= bx * y\n    bu += by * y", "bu = 1.0\n    bu -= y * (bx - by)"),
    ],
)
def test_what_is_shared(before: str, after: str) -> None:
    end = "\n    return bu, bx, by, bc"
    becomes(factors, HEAD + f"    {before}{end}", PLAIN + f"    {after}{end}", ARGUMENTS, "x y a b")


@pytest.mark.parametrize(
    "lines",
    [
        "bu = bx * y\n    bu += by * x",  # nothing shared
        "bu = bx * y\n    bu += bx",  # nothing left
        "bu = bx * y\n    bv = bu * x\n    bu += bx * x",  # it is read in between
        "bu = bx * y\n    bx = 3.0 * by\n    bu += bx * x",  # what is shared changes
        "bu = bc * a\n    bc[0] = 7.0\n    bu += bc * b",
        "bu = bx * y\n    bu += bx * bu",  # it reads itself
        "bu = -bx * y / x\n    bu += bx * y / x / by",
    ],
)
def test_what_stays(lines: str) -> None:
    stays(factors, HEAD + f"    {lines}\n    return bu, bx, by, bc", ARGUMENTS, "x y a b")


def test_only_within_a_line() -> None:
    text = "def f(x, y, bz):\n    bx = bz * y #~ one\n    bx += bz * x #~ other\n    return bx"
    stays(factors, text, (1.0, 2.0, 3.0), "x y")


def momentum(x, a):
    speed = 0.0 * x
    for _ in range(4):
        speed = 0.5 * speed - 0.1 * (2.0 * x + 0.3 * x**3 - a)
        x = x + speed
    return np.sum(x * speed)


def horner(x, a):
    return np.sum(0.5 * x * (a[0] + x * (a[1] + x * (a[2] + x * 3.0))))


def force(x, y):
    r = math.sqrt(x * x + y * y)
    return x / r**3 - y / r**3 + x * y * math.exp(x)


def complex_polynomial(z):
    return np.abs(z * (1.0 + 2.0j + z * (0.5 - z * z))) ** 2


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (horner, (VECTOR, VECTOR + 4.0)),
        (momentum, (VECTOR, VECTOR + 4.0)),
        (horner, (VECTOR.astype("float32"), VECTOR + 4.0)),
        (force, (0.7, 1.9)),
        (complex_polynomial, (0.3 + 0.4j,)),
    ],
)
def test_gradients(function, args) -> None:
    found = grad(function, argnums=tuple(range(len(args))))(*args)
    for k, arg in enumerate(args):
        assert_close(
            found[k],
            difference_gradient(function, args, k),
            rtol=1e-4 if getattr(arg, "dtype", 0) == "float32" else 1e-8,
        )


def test_the_derivative_of_a_polynomial_is_horners() -> None:
    lines = grad(horner).source(VECTOR, VECTOR).splitlines()
    assert sum("+=" in line for line in lines) <= 1
