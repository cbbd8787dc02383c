"""Numbers that all products with a cotangent have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.constants import constants
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import ARGUMENTS, HEAD, PLAIN, VECTOR, becomes, stays


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bt = 0.5 * bx / y\n    bu = bt * 2.0 * x\n    bv = by - y * bt * 2.0", "bt = bx / y\n    bu = bt * x\n    bv = by - y * bt"),
        ("bt = bx * y\n    bu = 3.0 * bt * x\n    bv = np.sum(bt * 3.0 * a)", "bt = bx * 3.0 * y\n    bu = bt * x\n    bv = np.sum(bt * a)"),
        ("bt = bc / b\n    bu = -bt * x / 2.0\n    bv = bt * a / 2.0", "bt = bc * 0.5 / b\n    bu = -x * bt\n    bv = bt * a"),
    ],
)  # fmt: skip
def test_what_is_moved(before: str, after: str) -> None:
    end = "\n    return bu, bv"
    becomes(constants, HEAD + f"    {before}{end}", PLAIN + f"    {after}{end}", ARGUMENTS, "x y a b")


@pytest.mark.parametrize(
    "lines",
    [
        "bt = bx / y\n    bu = bt * 2.0 * x\n    bv = bt * 3.0 * y",  # two numbers
        "bt = bx / y\n    bu = bt * 2.0 * x\n    bv = bt",  # it is read as it is
        "bt = bx / y\n    bu = 2.0 * x / bt\n    bv = 2.0 * bt * y",  # it divides
        "bt = bx / y\n    bu = 2.0 * bt * bt\n    bv = 2.0 * bt * y",  # twice a factor
        "bt = bx / y\n    bu = 2.0 * bt * (x + bt)\n    bv = 2.0 * bt * y",
        "bt = bx / y\n    bu = bt * 2.0\n    bv = bt * 2.0",  # nothing else to multiply by
        "bt = bx / y\n    bu = 2.0 * bt * x\n    bt += 1.0\n    bv = 2.0 * bt * y",  # it changes
        "bt = bc / b\n    bu = 2.0 * bt * a\n    bt[0] = 7.0\n    bv = 2.0 * bt * x",
        "bt = bc * 0.5\n    bu = 2.0 * bt * a\n    bc[0] = 7.0\n    bv = 2.0 * bt * x",  # it would be `bc` itself
        "bt = bx / y\n    bu = 2.0 * bt * x\n    bv = 0.0",  # one product only
        "bt = bx / y\n    bu = bt * x\n    bv = bt * y",  # no number
    ],
)
def test_what_stays(lines: str) -> None:
    stays(constants, HEAD + f"    {lines}\n    return bu, bv, bc", ARGUMENTS, "x y a b")


def norm(x, y):
    r = math.sqrt(x * x + y * y)
    return r * math.sin(r) / 3.0


def distances(a, b):
    r = np.sqrt(a**2 + b**2 + 0.1)
    return np.sum(r * np.log(r)) + np.sum((a - b) ** 4)


@pytest.mark.parametrize(("function", "args"), [(norm, (0.7, 1.9)), (distances, (VECTOR, VECTOR + 4.0))])
def test_gradients(function, args) -> None:
    found = grad(function, argnums=(0, 1))(*args)
    for k in range(2):
        assert_close(found[k], difference_gradient(function, args, k))


def test_a_norm_is_differentiated_as_by_hand() -> None:
    text = grad(norm, argnums=(0, 1)).source(1.0, 2.0)
    assert "bx = bt * x" in text
    assert "2.0" not in text


def test_numbers_in_a_part_with_more_axes() -> None:
    def force(a, b):
        d = a[None, :] - b[:, None]
        weights = np.sum(d**2, axis=1) ** 1.5
        return np.sum(weights[:, None] * d**2)

    args = (VECTOR, VECTOR + 4.0)
    found = grad(force, argnums=(0, 1))(*args)
    for k in range(2):
        assert_close(found[k], difference_gradient(force, args, k))
