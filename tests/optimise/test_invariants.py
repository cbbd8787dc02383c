"""Numbers that do not change in a loop."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.invariants import invariants
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import ARGUMENTS, becomes, stays

HEAD = "def f(x, y, a, b, ba):\n    bx = by = 1.0 #~ line\n"
PLAIN = HEAD.replace(" #~ line", "")
END = "\n    return bx, by, ba"


def test_one_loop() -> None:
    text = "    for k in range(3):\n        bt = x * 0.5\n        bx += bt * by\n        bx += bt"
    after = "    bt = x * 0.5\n    for k in range(3):\n        bx += bt * by\n        bx += bt"
    becomes(invariants, HEAD + text + END, PLAIN + after + END, ARGUMENTS, "x y a b k")


def test_out_of_two_loops() -> None:
    text = "    for k in range(3):\n        for j in range(k):\n            bt = x / 2.0\n            bx += bt\n        by += bx"
    after = (
        "    bt = x / 2.0\n    for k in range(3):\n        for j in range(k):\n            bx += bt\n        by += bx"
    )
    becomes(invariants, HEAD + text + END, PLAIN + after + END, ARGUMENTS, "x y a b k j")


def test_an_element_that_is_read_anyway() -> None:
    text = "    for k in range(3):\n        by += b[k]\n        for j in range(k):\n            bt = b[k]\n            bx += bt * bt"
    after = "    for k in range(3):\n        by += b[k]\n        bt = b[k]\n        for j in range(k):\n            bx += bt * bt"
    becomes(invariants, HEAD + text + END, PLAIN + after + END, ARGUMENTS, "x y a b k j")


@pytest.mark.parametrize(
    "body",
    [
        "bt = bx * 0.5\n        bx += bt",  # it changes
        "bt = x / y\n        bx += bt",  # a division by zero
        "bt = x ** y\n        bx += bt",
        "bt = a * 0.5\n        by += np.sum(bt)",  # an array
        "bt = b[k]\n        bx += bt",
        "bt = b[0]\n        bx += bt",  # nobody else reads it: perhaps there is none
        "bt = x * 2.0\n        bx += bt\n        bt = x * 3.0\n        bx += bt",  # two of one name
        "bt = x * 0.5\n        log(bt)\n        bx += bt",  # the loop does other things
    ],
)
def test_what_stays(body: str) -> None:
    stays(invariants, HEAD + f"    for k in range(3):\n        {body}" + END, ARGUMENTS, "x y a b k")


def test_an_element_that_the_loop_writes() -> None:
    text = "    for k in range(3):\n        by += ba[k]\n        for j in range(3):\n            bt = ba[k]\n            ba[j] += bt"
    stays(invariants, HEAD + text + END, ARGUMENTS, "x y a b k j")


def forward_substitution(L, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] = x[i] / L[i, i]
    return np.sum(x**2)


def with_a_neighbour(L, b):
    x = b * 1.0
    for i in range(1, len(b)):
        x[i] *= 2.0
        for j in range(i + 1):
            x[i] -= L[i, j] * x[j] ** 2  # x[i] itself among them
    return np.sum(np.sin(x))


def steps(x, h):
    for _ in range(5):
        k = np.sin(x + 0.5 * h * x)
        x = x + h / 6.0 * k
    return np.sum(x)


def no_trips(x, n):
    total = x[0] ** 2
    for k in range(n):
        for j in range(k, n):
            total = total + x[k] * x[j] ** 2
    return total


L, B = np.tril(np.arange(16.0).reshape(4, 4)) / 9.0 + np.eye(4), np.array([0.3, -0.5, 1.0, 0.8])
CASES = [
    (forward_substitution, (L, B)), (with_a_neighbour, (0.3 * L, 0.3 * B)), (steps, (B, 0.1)),
    (no_trips, (B, 0)), (no_trips, (B, 1)), (no_trips, (B, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("function", "args"), CASES)
def test_gradients(function, args) -> None:
    for k in range(len(args) - (function is no_trips)):
        assert_close(grad(function, argnums=k)(*args), difference_gradient(function, args, k))


def test_an_element_that_no_trip_can_write_is_read_once() -> None:
    text = grad(forward_substitution, argnums=(0, 1)).source(L, B)
    inner = text[text.index("for j in reversed") :]
    assert "bt = -bx[i]" in text and "bt = -bx[i]" not in inner
    text = grad(with_a_neighbour, argnums=(0, 1)).source(L, B)
    assert "-bx[i]" in text[text.index("for j in reversed") :]
