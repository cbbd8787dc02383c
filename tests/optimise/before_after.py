"""Checks one pass by a pair of texts."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.demonstrate import text_of
from tests.optimise.derived import facts_of, parse

VECTOR = np.array([1.5, 2.0, -3.0])
ARGUMENTS = (0.7, -1.3, VECTOR, VECTOR + 4.0, VECTOR * 2.0)
HEAD = "def f(x, y, a, b, ba):\n    bx = by = 1.0 #~ line\n    bc = ba\n"
"""Two numbers and three arrays, of which the last is a cotangent, and cotangents of one line."""
PLAIN = HEAD.replace(" #~ line", "")


def becomes(
    optimise: Callable[[gast.FunctionDef, Facts], gast.FunctionDef],
    before: str,
    after: str,
    args: tuple[Any, ...],
    user: str = "",
    **memory: str,
) -> None:
    """Assert that the pass makes `after` of `before`; arguments are samples, `user` the user's variables."""
    fn = parse(before)
    got = text_of(optimise(fn, facts_of(fn, args, user, **memory)))
    assert got == ast.unparse(ast.parse(textwrap.dedent(after)))


def stays(
    optimise: Callable[[gast.FunctionDef, Facts], gast.FunctionDef], text: str, args: tuple[Any, ...], user: str = ""
) -> None:
    """Assert that the pass leaves the text alone."""
    becomes(optimise, text, "\n".join(line.split("#")[0] for line in text.split("\n")), args, user)
