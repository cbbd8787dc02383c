"""Algebra on adjoint statements: shorter, the same type, the same value up to rounding."""

from __future__ import annotations

import ast
import random

import numpy as np
import pytest

from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.simplify import simplify
from tests.optimise.before_after import becomes
from tests.optimise.derived import equal, facts_of, parse, run

A, B32, M = np.array([1.5, -2.0, 3.0]), np.array([0.5, 2.0, -1.0], "float32"), np.array([[1.0, 2, 3], [4, 5, 6]])
ARGUMENTS = (0.7, -1.3, 3, A, B32, M, np.arange(3))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("s * (r / 2) * 2.0 * M", "s * r * M"),
        ("s * 0.5 * 2.0 * a", "s * a"),
        ("2.0 * s * 3.0", "s * 6.0"),
        ("1.0 * s", "s"),
        ("1.0 * n", "1.0 * n"),
        ("n / 1", "n / 1"),
        ("a * 1.0", "a * 1.0"),  # a new array
        ("np.asarray(a * 1.0)", "np.asarray(a * 1.0)"),
        ("a * 1.0 - s", "a - s"),
        ("b32 * 1.0 + b32", "b32 + b32"),
        ("k * 1.0", "k * 1.0"),
        ("(s * a + s * a) * 3.0 * a", "s * 6.0 * a * a"),
        ("a + a", "a + a"),
        ("np.full_like(a, s * a)", "s * a"),
        ("np.full_like(b32, s * a)", "np.full_like(b32, s * a)"),
        ("np.full_like(a, a)", "np.full_like(a, a)"),
        ("np.full_like(M, s * a)", "np.full_like(M, s * a)"),
        ("- -s", "s"),
        ("-s * -r", "s * r"),
        ("s * -r", "-s * r"),
        ("s - -r", "s + r"),
        ("s + -r * a", "s - r * a"),
        ("s ** 1", "s"),
        ("n ** 1.0", "n ** 1.0"),
        ("s * r ** (2 - 1)", "s * r"),
        ("s * 1.1 * 1.1", "s * 1.1 * 1.1"),
        ("a * s * r", "s * r * a"),
        ("a * s / r", "a * s / r"),
        ("a * s / 6", "s / 6 * a"),
        ("a * 0.1 * 3 * M", "0.1 * 3 * a * M"),
        ("a * 3 / 7", "3 / 7 * a"),
        ("-a / 6", "-a / 6"),
        ("-a * 0.7", "-0.7 * a"),
        ("-a * s", "-s * a"),
        ("-a * a", "-a * a"),
        ("s - a * 2.0", "s - a * 2.0"),
        ("s + -a * 2.0", "s - a * 2.0"),
        ("s * (2.0 * r)", "s * 2.0 * r"),
        ("M * (a * a)", "M * (a * a)"),
        ("0.0 * a", "0.0 * a"),
        ("a ** 0", "a ** 0"),
        ("s + 0.0", "s + 0.0"),
        ("np.broadcast_to(s, M.shape) * 2.0 * M", "s * 2.0 * M"),
        ("np.broadcast_to(s, M.shape) * a", "np.broadcast_to(s, M.shape) * a"),
        ("k * 100 * 0.5", "k * 100 * 0.5"),
        ("np.where(s * 2.0 * 0.5 > r, s * 2.0 * 0.5, r)", "np.where(s * 2.0 * 0.5 > r, s, r)"),
    ],
)
def test_expressions(before: str, after: str) -> None:
    fn = parse(f"def f(s, r, n, a, b32, M, k):\n    bx = {before} #~ line\n    return bx")
    simplified = simplify(fn, facts_of(fn, ARGUMENTS))
    assert ast.unparse(ast.parse(text_of(simplified)).body[0].body[0].value) == ast.unparse(ast.parse(after))
    assert equal(run(fn, ARGUMENTS)[0], run(simplified, ARGUMENTS)[0], 1e-14)


def test_equal_contributions_are_added_once() -> None:
    becomes(
        simplify,
        """
        def f(x, s):
            bx = s * x          #~ y = x * x
            bx += s * x
            bx += -s
            bx += -s
            bx += bx * s
            bx += bx * s
            return bx
        """,
        """
        def f(x, s):
            bx = s * 2.0 * x
            bx -= 2.0 * s
            bx += bx * s
            bx += bx * s
            return bx
        """,
        (0.5, 2.0),
    )


def test_user_lines_and_decisions_are_left_alone() -> None:
    text = """
        def f(x, s):
            y = 2.0 * x * 0.5       #: y = 2.0 * x * 0.5
            t = 2.0 * x * 0.5 > s   #~ if 2.0 * x * 0.5 > s:
            if 2.0 * x * 0.5 > s:
                y = y + 1.0
            return y, t
        """
    becomes(simplify, text, "\n".join(line.split("#")[0] for line in text.split("\n")), (0.5, 2.0), "y")


def _expression(source: random.Random, depth: int = 3) -> str:
    if depth == 0 or source.random() < 0.25:
        return source.choice(["s", "r", "n", "a", "b32", "M", "k", "2.0", "0.5", "3", "1.0", "2", "1"])
    left, right = _expression(source, depth - 1), _expression(source, depth - 1)
    if source.random() < 0.15:
        return f"-({left})"
    return f"({left}) {source.choice(['*', '*', '*', '/', '+', '-'])} ({right})"


@pytest.mark.parametrize("seed", range(8))
def test_random_expressions_keep_value_and_type(seed: int) -> None:
    source = random.Random(seed)
    for _ in range(25):
        text = _expression(source, 4)
        fn = parse(f"def f(s, r, n, a, b32, M, k):\n    bx = {text} #~ line\n    return bx")
        try:
            facts = facts_of(fn, ARGUMENTS)
        except ZeroDivisionError:
            continue
        simplified = simplify(fn, facts)
        expected, got = run(fn, ARGUMENTS)[0], run(simplified, ARGUMENTS)[0]
        tolerance = 1e-4 if "b32" in text else 1e-9
        assert equal(expected, got, tolerance), f"{text_of(fn)}\n{text_of(simplified)}"
