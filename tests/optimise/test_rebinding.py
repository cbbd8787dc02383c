"""Names that arrays take over from others, and names that are let go."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.rebinding import rebinding
from sct_ad.optimise.release import release
from tests.optimise.derived import equal, facts_of, parse, run

A = np.array([1.5, -2.0, 3.0])
NAMES = {"t1", "t2", "t3", "t4", "u1", "u2"}


def after(text: str, optimise=rebinding, *args) -> str:
    """The body after the pass, whose values are those before."""
    args = args or (A, 2.0)
    fn = parse(textwrap.dedent(text))
    facts = facts_of(fn, args)
    facts.temporaries = NAMES & set(facts.types)
    changed = optimise(fn, facts)
    assert equal(run(fn, args)[0], run(changed, args)[0])
    return text_of(changed)


def test_a_name_is_taken_over_in_the_statement_that_reads_it_last() -> None:
    text = "def f(a, n):\n    t1 = a * n\n    t2 = t1 + 1.0\n    t3 = t2 * t2\n    return t3"
    assert "t2" not in after(text) and "t3" not in after(text)


@pytest.mark.parametrize(
    "text",
    [
        "t1 = a * n\n    t2 = a + 1.0\n    return t1 + t2",
        "t1 = a * n\n    t2 = a + 1.0\n    y = t1\n    return y + t2",
        "t1 = 2.0 * n\n    t2 = t1 + 1.0\n    return t2",
        "t1 = a * n\n    u1 = t1 + 1.0\n    return u1",
        "t1 = a * n\n    t2 = np.outer(t1, t1)\n    return t2",
        "t1 = a * n\n    g = lambda: t1\n    t2 = g() + 1.0\n    y = t2 * g()\n    return y",
        "t1 = a * n\n    for i in range(2):\n        t2 = t1 + 1.0\n        t3 = t2 * t1\n    return t3 + t1",
        "t1 = a * n\n    t2 = t1 + 1.0\n    t2 += t1\n    return t2",
    ],
)
def test_names_that_stay(text: str) -> None:
    text = f"def f(a, n):\n    {text}"
    assert after(text) == text_of(parse(text))


def test_within_a_loop() -> None:
    text = """
        def f(a, n):
            s = a
            for i in range(3):
                t1 = s * n
                t2 = t1 + 1.0
                s = t2 * t2
            return s
        """
    assert "t2" not in after(text)


def test_a_name_that_is_carried_from_trip_to_trip_stays() -> None:
    text = """
        def f(a, n):
            t1 = a * 1.0
            for i in range(3):
                t2 = t1 * n
                t1 = t2 + 1.0
            return t1
        """
    assert "t2" in after(text)


def test_names_are_deleted_several_at_once() -> None:
    names = [f"y{k}" for k in range(9)]
    lines = [f"    {name} = a * n" for name in names]
    end = ["    w = z * z  #: w = z * z", "    v = w * w  #: v = w * w", "    return v * n"]
    text = "\n".join(["def f(a, n):", *lines, f"    z = {' + '.join(names)}  #: z = 0", *end])
    assert f"del {', '.join(names)}" in after(text, release)
    assert "del" not in after(text, release, 1.5, 2.0)  # numbers
    assert "del" not in after(text.replace("#: w = z * z", "#: z = 0").replace("#: v = w * w", "#: z = 0"), release)
    captured = text.replace("    w = z * z", "    g = lambda: y3\n    w = z * g()")
    assert "y3" not in after(captured, release).partition("del ")[2].partition("\n")[0]


def test_a_gradient_lets_its_arrays_go() -> None:
    def f(x, w):
        y = x
        for k in (0.1, 0.2, 0.3):
            a = np.sin(y * w)
            b = np.exp(k * a)
            y = a * b / (1.0 + b * b)
        return np.sum(y)

    x = np.linspace(0.1, 1.0, 4)
    gradient = grad(f, (0, 1))
    first = gradient(x, x + 1.0)
    assert all(map(np.array_equal, first, gradient(x, x + 1.0)))
