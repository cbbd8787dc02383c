"""Arrays are let go: where, which ones, and that it changes nothing but memory."""

from __future__ import annotations

import gc
import textwrap
import tracemalloc
from typing import Any

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.release import release
from sct_ad.optimise.tidy import PASSES
from tests.lower.lowering import lowering
from tests.optimise.derived import equal, facts_of, parse, run

A = np.array([1.5, -2.0, 3.0])


def after(text: str, *args: Any) -> str:
    """The text after the pass, whose values are those before, also where loops make no trips."""
    args = args or (A, 2)
    fn = parse(textwrap.dedent(text))
    before = text_of(fn)
    changed = release(fn, facts_of(fn, args))
    assert text_of(fn) == before
    for trips in (0, 1, 2, 3):
        given = args[0], trips
        assert equal(run(fn, given)[0], run(changed, given)[0])
    return text_of(changed)


def deleted(text: str, *args: Any) -> list[str]:
    """What the pass adds, line by line."""
    return [line.strip() for line in after(text, *args).split("\n") if line.strip().startswith("del ")]


def test_what_is_dead_goes_in_front_of_a_loop() -> None:
    text = """
        def f(a, n):
            y = a * 2.0
            z = y + 1.0
            for k in range(n):
                z = z * a
            w = z * a
            return w
        """
    assert deleted(text) == ["del y"]
    assert deleted(text, 1.5, 2) == []  # numbers


def test_another_name_of_what_a_loop_carries_goes_too() -> None:
    text = """
        def f(a, n):
            u = a * 2.0
            v = a + 1.0
            for k in range(n):
                v[:] = u * a
                w = u
                u = v
                v = w
            y = u * a
            for k in range(n):
                y = y + a
            return y
        """
    assert deleted(text) == ["del w", "del v", "del u"]


def test_what_a_loop_carries_goes_after_it() -> None:
    text = """
        def f(a, n):
            z = a * 2.0
            for k in range(n):
                z = z * a
            w = z * a
            for k in range(n):
                w = w + a
            return w
        """
    assert deleted(text) == ["del z"]
    assert "w = z * a\n    del z\n    for" in after(text)


def test_what_a_trip_computes_for_itself_goes_in_the_loop() -> None:
    text = """
        def f(a, n):
            s = a * 1.0
            for k in range(n):
                y = s * a
                z = np.sin(y)
                s = s + z
            for k in range(n):
                s = s + a
            return s
        """
    assert deleted(text) == ["del y, z"]
    assert "s = s + z\n        del y, z\n" in after(text)


@pytest.mark.parametrize(
    "body",
    [
        "y = s * a\ntape.append(y)\ns = s + y",  # recorded
        "y = a[:2]\ns = s + y[0]",  # a part of an argument
        "x = a\ny = x[1:]\ns = s + y[0]",
        "s = s + (y if k else a)\ny = s * a",  # carried from trip to trip
        "y = s * a\ng = lambda: y\ns = s + g()",  # read later
        "if k:\n  y = s * a\n  s = s + y",  # perhaps not there
    ],
)
def test_what_something_else_holds_or_reads_stays(body: str) -> None:
    lines = ["def f(a, n):", "  s = a * 1.0", "  tape = []", "  for k in range(n):"]
    lines += ["    " + line for line in body.split("\n")]
    lines += ["  for k in range(n):", "    s = s + a", "  return s"]
    assert deleted("\n".join(lines)) == []


def test_nothing_goes_in_the_last_loop() -> None:
    text = """
        def f(a, n):
            s = a * 1.0
            for k in range(n):
                y = s * a
                s = s + y
            return s
        """
    assert deleted(text) == []


def peak_of(function: Any, *args: Any) -> int:
    """The most bytes that a call allocates at once."""
    for _ in range(4):
        function(*args)
    gc.collect()
    tracemalloc.start()
    try:
        function(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def mixed(x, n):
    for _ in range(n):
        a = np.sin(np.concatenate((x, x)))
        x = x * (1.0 + 0.001 * np.sum(a) / len(a))
    y = np.sin(x)
    for _ in range(n):
        y = y * 0.5
    return np.sum(y)


def test_the_arrays_of_the_last_trip_are_not_kept() -> None:
    x = np.linspace(0.1, 1.0, 20_000)
    gradient = grad(mixed)
    found, expected, h = gradient(x, 2), [], 1e-6
    for k in (0, 777, 19_999):
        step = np.zeros_like(x)
        step[k] = h
        expected.append((mixed(x + step, 2) - mixed(x - step, 2)) / (2 * h))
    assert np.allclose(found[[0, 777, 19_999]], expected, rtol=1e-5, atol=1e-7)
    assert np.array_equal(found, gradient(x, 2))
    assert "del a" in gradient.source(x, 2)
    with lowering([(name, run) for name, run in PASSES if name != "release"]):
        keeping = grad(mixed)
        assert "del a" not in keeping.source(x, 2)
        assert np.array_equal(keeping(x, 2), found)
        assert peak_of(gradient, x, 2) < peak_of(keeping, x, 2) - 1.5 * x.nbytes
