"""Footprints: what is read, what is written, what may change places."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad.optimise.footprint import Footprints, commute, tapes_of
from tests.optimise.derived import facts_of, parse

A = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("y = x[0]", "z = x[1]", True),
        ("y = x[0]", "x[1] = 2.0", False),
        ("y = v[0]", "x[1] = 2.0", False),
        ("y = w[0]", "x[1] = 2.0", True),
        ("y = x.shape", "x[1] = 2.0", True),
        ("y = np.zeros_like(x)", "x[1] = 2.0", True),
        ("y = len(x)", "x[1] = 2.0", True),
        ("y = len(xs)", "xs.append(1.0)", False),
        ("y = np.zeros_like(x * 2.0)", "x[1] = 2.0", False),
        ("y = s * 2.0", "s = 3.0", False),
        ("y = s * 2.0", "y = 3.0", False),
        ("s += 1.0", "y = s", False),
        ("x += 1.0", "y = v[0]", False),
        ("np.add.at(x, 0, 1.0)", "y = v[0]", False),
        ("np.add.at(x, 0, 1.0)", "y = w[0]", True),
        ("log(s)", "y = s + 1.0", True),
        ("log(s)", "y = x[0]", False),
        ("log(s)", "log(2)", False),
        ("tape.append(s)", "y = tape.pop()", False),
        ("tape.append(s)", "y = x[0]", True),
        ("raise ValueError(s)", "y = 1.0", False),
    ],
)
def test_what_may_change_places(one: str, two: str, expected: bool) -> None:
    fn = parse(
        "def f(x, s):\n    v = x[1:]\n    w = x * 2.0\n    xs = [s]\n    tape = []\n    y = z = 1.0\n    return s"
    )
    facts = facts_of(fn, (A, 0.5))
    tape = parse("def f(x, s):\n    tape = []\n    tape.append(s)\n    return x").body
    fn.body[3:4] = [fn.body[3], *tape[1:2]]
    first, second = (parse(f"def f():\n    {text}").body[0] for text in (one, two))
    footprints = Footprints(fn, facts)
    footprints.tapes = {"tape"}
    assert commute(footprints.own(first), footprints.own(second)) is expected
    assert commute(footprints.own(second), footprints.own(first)) is expected


def test_reads_are_counted() -> None:
    fn = parse("def f(x, s, i):\n    x[i] = s * s\n    x[i] += s\n    return (s, i)")
    footprints = Footprints(fn, facts_of(fn, (A, 0.5, 1)))
    counts = [footprints.statement(stmt).reads for stmt in fn.body]
    assert counts == [{"x": 1, "i": 1, "s": 2}, {"x": 1, "i": 1, "s": 1}, {"s": 1, "i": 1}]


def test_tapes_are_recognised_by_their_uses() -> None:
    fn = parse(
        """
        def f(x, given):
            a, b, c, d = [], [], [], []
            good = []
            good.append(x)
            y = good.pop() + 1.0
            indexed = []
            indexed.append(x)
            y = indexed[0]
            leaking = []
            leaking.append(x)
            given.append(y)
            return leaking
        """
    )
    assert tapes_of(fn) == {"good"}
