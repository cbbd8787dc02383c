"""Products that several contributions of one line add."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.repeated import repeated
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import ARGUMENTS, becomes, stays

HEAD = "def f(x, y, a, b, ba):\n    bx = by = 1.0 #~ line\n"
PLAIN = HEAD.replace(" #~ line", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ba[0] += bx * y\n    ba[1] += bx * y", "bt = bx * y\n    ba[0] += bt\n    ba[1] += bt"),
        (
            "ba[1:] += bx * a[1:] / y\n    by += 2.0\n    ba[:-1] -= bx * a[1:] / y",
            "bt = bx * a[1:] / y\n    ba[1:] += bt\n    by += 2.0\n    ba[:-1] -= bt",
        ),
    ],
)
def test_what_is_named(before: str, after: str) -> None:
    end = "\n    return bx, by, ba"
    becomes(repeated, HEAD + f"    {before}{end}", PLAIN + f"    {after}{end}", ARGUMENTS, "x y a b")


@pytest.mark.parametrize(
    "lines",
    [
        "ba[0] += bx * y\n    ba[1] += by * y",  # another product
        "ba[0] += bx * y\n    bx += 1.0\n    ba[1] += bx * y",  # it has changed
        "ba[0] += ba[1] * y\n    ba[2] += ba[1] * y",  # perhaps it has
        "ba[0] += bx\n    ba[1] += bx",  # nothing to compute
        "ba[0] += bx * y\n    log(bx)\n    ba[1] += bx * y",
    ],
)
def test_what_stays(lines: str) -> None:
    stays(repeated, HEAD + f"    {lines}\n    return bx, by, ba", ARGUMENTS, "x y a b")


def diffused(u, mu):
    for _ in range(3):
        u[1:-1] = mu * u[:-2] + (1.0 - 2.0 * mu) * u[1:-1] + mu * u[2:]
    return np.sum(u**3)


def test_gradients() -> None:
    args = (np.linspace(-0.4, 1.1, 7) ** 2, 0.3)
    for k in (0, 1):
        expected = difference_gradient(lambda u, mu: diffused(u.copy(), mu), args, k)
        assert_close(grad(diffused, argnums=k)(args[0].copy(), args[1]), expected)
