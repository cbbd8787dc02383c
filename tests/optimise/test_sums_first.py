"""Cotangents of which only the sum over the first axis is wanted."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.sums_first import sums_first
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import becomes, stays

X, M, C = np.arange(12.0).reshape(4, 3), np.array([0.5, -1.0, 2.0]), np.ones((4, 1))
ARGUMENTS = (X, M, C)
HEAD = "def f(bz, w, c):\n    bt = bz * 1.0 #~ line\n"
PLAIN = "def f(bz, w, c):\n    bt = bz * 1.0\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "bx = bt * w\n    bm = np.sum(-bx, axis=0)",
            "bt1 = np.sum(bt, axis=0)\n    bx1 = bt1 * w\n    bm = -bx1",
        ),
        (
            "bx = bt * w * 2.0\n    bx += bz * c\n    bx -= bt * w\n    bm = np.sum(bx, axis=0)",
            "bt1 = np.sum(bt, axis=0)\n    bx1 = bt1 * 2.0 * w\n    bx1 += np.sum(bz * c, axis=0)\n    bx1 -= bt1 * w\n    bm = bx1.copy()",
        ),
    ],
)
def test_what_is_summed_first(before: str, after: str) -> None:
    end = "\n    return bm"
    becomes(sums_first, HEAD + f"    {before}{end}", PLAIN + f"    {after}{end}", ARGUMENTS, "w c")


@pytest.mark.parametrize(
    "lines",
    [
        "bx = bt * c\n    bm = np.sum(bx, axis=0)",  # nothing is spared
        "bx = bt * w\n    bm = np.sum(bx, axis=0)\n    bt += bx",  # it is read otherwise
        "bx = bt * w\n    bm = np.sum(bx, axis=1)",
        "bx = bt * w\n    bx[0] = 0.0\n    bm = np.sum(bx, axis=0)",
        "bx = c * w\n    bx = bx + bt\n    bm = np.sum(bx, axis=0)",
    ],
)
def test_what_stays(lines: str) -> None:
    stays(sums_first, HEAD + f"    {lines}\n    return bm", ARGUMENTS, "w c")


def distances(x, means, roots):
    centred = x[:, None, :] - means
    z = np.einsum("kij,nkj->nki", roots, centred) + centred * np.exp(means)
    return np.sum(np.sin(z))


def standardised(x, mean, scale):
    return np.sum(np.tanh((x - mean) / scale) ** 2 * (x - mean))


def one_after_the_other(x, mean, scale):
    centred = x - mean
    p = np.sin(centred * scale)
    return np.sum(np.exp(np.cos(centred * mean + p)))


def written_in_between(x, mean, scale):
    centred = x - mean
    p = centred * scale
    p[0] = 0.5 * p[1]
    return np.sum(p**2) + np.sum(np.sin(centred * mean) * p)


def broadcast_rows(x, mean, scale):
    return np.sum(((x[:1] - mean) / scale) ** 3)


GENERATOR = np.random.default_rng(2)
CASES = [
    (distances, (GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=(2, 3)), GENERATOR.normal(size=(2, 3, 3)))),
    (standardised, (GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=3), np.array([1.0, 2.0, 0.5]))),
    (standardised, (GENERATOR.normal(size=(1, 3)), GENERATOR.normal(size=3), np.array([1.0, 2.0, 0.5]))),
    (standardised, (np.zeros((0, 3)), GENERATOR.normal(size=3), np.array([1.0, 2.0, 0.5]))),
    (one_after_the_other, (GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=3), GENERATOR.normal(size=3))),
    (written_in_between, (GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=3), GENERATOR.normal(size=3))),
    (broadcast_rows, (GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=(4, 3)), np.array([1.0, 2.0, 0.5]))),
]


@pytest.mark.parametrize(("function", "args"), CASES)
def test_gradients(function, args) -> None:
    for k in (1, (1, 2), (0, 1, 2)):
        found = grad(function, argnums=k)(*args)
        for part, number in zip(found if isinstance(k, tuple) else (found,), k if isinstance(k, tuple) else (k,)):
            assert_close(part, difference_gradient(function, args, number))
    single = tuple(a.astype("float32") for a in args)
    assert grad(function, argnums=1)(*single).dtype == np.float32


def test_a_mean_is_summed_before_the_matrices() -> None:
    text = grad(distances, argnums=1).source(*CASES[0][1])
    assert "'ki,kij->kj'" in text or '"ki,kij->kj"' in text
