"""Several values recorded by one loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sct_ad import grad, value_and_grad, vjp
from sct_ad.optimise.one_tape import one_tape
from tests.numerical import assert_close, difference_gradient
from tests.optimise.before_after import becomes, stays

ARGUMENTS = (0.7, 1.3, 3, 1.0)
START = "def f(x, y, n, bx):\n    t = []\n    u = []\n"
END = "\n    return bx, x, y"


def sweeps(forward: str, backward: str) -> str:
    loops = [f"    for k in range(n):\n        {body}" for body in (forward, backward)]
    return "\n".join(loops)


@pytest.mark.parametrize(
    ("forward", "backward", "after"),
    [
        (
            "t.append(x)\n        u.append(y)\n        x = x * y\n        y = y + 1.0",
            "x = t.pop()\n        y = u.pop()\n        bx = bx * y + x",
            (
                "tape.append((x, y))\n        x = x * y\n        y = y + 1.0",
                "x, y = tape.pop()\n        bx = bx * y + x",
            ),
        ),
        (  # recorded where the last one is, read where the first one is
            "t.append(y)\n        x = x * y\n        u.append(math.sin(x))",
            "y = t.pop()\n        bx = bx * y\n        bx = bx + u.pop()",
            (
                "x = x * y\n        tape.append((y, math.sin(x)))",
                "y, t1 = tape.pop()\n        bx = bx * y\n        bx = bx + t1",
            ),
        ),
    ],
)
def test_two_tapes(forward: str, backward: str, after: tuple[str, str]) -> None:
    before = START + sweeps(forward, backward) + END
    expected = "def f(x, y, n, bx):\n    tape = []\n" + sweeps(*after) + END
    becomes(one_tape, before, expected, ARGUMENTS, "x y k")


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        # what is recorded first changes before the other one is there
        ("t.append(x)\n        x = x * y\n        u.append(math.sin(x))", "x = t.pop()\n        bx = bx * x + u.pop()"),
        # what is read last may not be known earlier
        (
            "t.append(x)\n        u.append(y)\n        x = x * y",
            "y = u.pop()\n        bx = bx * x\n        x = t.pop()",
        ),
        # not in each trip
        (
            "t.append(x)\n        if x > 1.0:\n            u.append(y)\n        x = x * y",
            "x = t.pop()\n        bx += x",
        ),
        # only one is read
        ("t.append(x)\n        u.append(y)\n        x = x * y", "x = t.pop()\n        bx = bx * x"),
    ],
)
def test_what_stays(forward: str, backward: str) -> None:
    stays(one_tape, START + sweeps(forward, backward) + END, ARGUMENTS, "x y k")


def test_different_loops() -> None:
    once = "    for k in range(n):\n        t.append(x)\n        x = x * y\n    for k in range(n):\n        u.append(x)\n        x = x + y\n"
    back = "    for k in range(n):\n        x = u.pop()\n        bx = bx + x\n    for k in range(n):\n        x = t.pop()\n        bx = bx * x"
    stays(one_tape, START + once + back + END, ARGUMENTS, "x y k")


def orbit(x, y, n):
    for _ in range(n):
        r = math.sqrt(x * x + y * y)
        x, y = x + 0.1 * y * r, y - 0.1 * math.sin(x) / r
    return x * y


def filtered(W, xs):
    h = np.zeros(len(W))
    total = 0.0
    for x in xs:
        h = np.tanh(W @ h + x)
        g = 1.0 / (1.0 + np.exp(-h))
        total = total + np.sum(g * h**2)
    return total


def nested(x, n):
    for i in range(n):
        for j in range(i):
            x, y = math.sin(x) * 1.1, x * x + j
            x = x * math.cos(y)
    return x


def shadows(b, n):
    """The shadow of an array that is written in the loop is new in each trip, and cannot be read where the others are."""
    p, q = b * 1.0, b * b
    for _ in range(n):
        p = 0.6 * p + 0.3 * np.sin(q)
        q = 0.5 * q * p
        for j in range(1, len(p)):
            p[j] -= 0.2 * p[j - 1] * q[j] * p[0]
    return np.sum(p * q)


@pytest.mark.parametrize(
    ("function", "args", "argnums"),
    [
        (orbit, (0.7, 1.9, 4), (0, 1)),
        (orbit, (0.7, 1.9, 0), (0, 1)),
        (filtered, (np.linspace(-0.4, 0.5, 9).reshape(3, 3), np.linspace(0.1, 1.2, 12).reshape(4, 3)), (0, 1)),
        (nested, (0.3, 4), (0,)),
        (shadows, (np.linspace(-0.4, 0.9, 4), 3), (0,)),
    ],
)
def test_gradients(function, args, argnums) -> None:
    value, found = value_and_grad(function, argnums=argnums)(*args)
    assert value == function(*args)
    for part, k in zip(found, argnums, strict=True):
        assert_close(part, difference_gradient(function, args, k))
    pullback = vjp(function, *args)[1]
    assert_close(pullback(1.0)[0], found[0])


def test_one_line_records_and_one_reads() -> None:
    text = grad(orbit, argnums=(0, 1)).source(1.0, 1.0, 3)
    assert text.count("append(") == text.count("pop()") == 1
