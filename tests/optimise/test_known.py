"""Products that are there already."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.known import known
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import ARGUMENTS, VECTOR, becomes, stays

HEAD = (
    "def f(x, y, a, b, ba):\n    e = x * y #: e = x * y\n    r = 1.0 / y #: r = 1.0 / y\n    z = a * e #: z = a * e\n"
)
PLAIN = "def f(x, y, a, b, ba):\n    e = x * y\n    r = 1.0 / y\n    z = a * e\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bu = ba * a * y * x * 2.0 #~ line", "bu = ba * 2.0 * z"),
        ("bu = -ba * b * x / y #~ line", "bu = -x * r * ba * b"),
        ("bt = ba * x #~ line\n    bv = bt * b\n    bu = bt * a * y * b", "bt = ba * x\n    bv = bt * b\n    bu = ba * b * z"),
        ("bu = b * 1.0 #~ line\n    bu += x * y * a", "bu = b * 1.0\n    bu += z"),
        # what has been written in between is no product any more; what it was made of may be one of others
        ("a[0] = 3.0\n    bu = ba * a * x * y #~ line", "a[0] = 3.0\n    bu = a * ba * e"),
        ("z[0] = 3.0\n    bu = ba * a * x * y #~ line", "z[0] = 3.0\n    bu = ba * a * e"),
    ],
)  # fmt: skip
def test_what_is_taken(before: str, after: str) -> None:
    end = "\n    return bu, e, r, z"
    becomes(known, HEAD + f"    {before}{end}", PLAIN + f"    {after}{end}", ARGUMENTS, "x y a b e r z")


@pytest.mark.parametrize(
    "lines",
    [
        "bu = ba * x * a #~ line",  # nothing is there
        "bu = ba * (x + y) #~ line",
        "e = 3.0\n    bu = ba * x * y #~ line",  # it has another value by now
        "x = 3.0\n    bu = ba * x * y #~ line",
        "bu = ba * x #~ line\n    bu *= y\n    bv = bu * x * b",  # it grows
        "k = 0.5 * 2.0\n    m = x * 1.0\n    bu = ba * x #~ line",  # no product of variables
    ],
)
def test_what_stays(lines: str) -> None:
    stays(known, HEAD + f"    {lines}\n    return bu, e, r, z", ARGUMENTS, "x y a b e r z bu k m")


def density(x, scale):
    return np.sum(np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi) * scale * (1.0 + x))


def decay(x, y):
    return y * math.exp(-x * y) / x * math.sqrt(1.0 + x)


@pytest.mark.parametrize(
    ("function", "args"), [(density, (VECTOR, VECTOR + 4.0)), (density, (VECTOR, 0.5)), (decay, (0.7, 1.9))]
)
def test_gradients(function, args) -> None:
    found = grad(function, argnums=(0, 1))(*args)
    for k in range(2):
        assert_close(found[k], difference_gradient(function, args, k))
    single = tuple(np.float32(a) if np.ndim(a) == 0 else a.astype("float32") for a in args)
    if function is density:
        assert [part.dtype for part in grad(function, argnums=(0, 1))(*single)] == [np.float32, np.float32]
