"""Logarithms of determinants as the user wrote them, once their derivatives are there."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.runtime.linalg import log_of_determinant
from sct_ad.syntax.nodes import attribute, call, copy, statements


def determinants(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Compute a logarithm of a determinant by the two functions that it is made of.

    `u = log_of_determinant(a, inverse)` -> `u = np.log(np.linalg.det(a))`.
    """
    if not any(_is_logarithm(stmt, facts) for stmt in statements(fn.body)):
        return fn
    fn = copy(fn)
    for stmt in statements(fn.body):
        if _is_logarithm(stmt, facts):
            numpy = facts.denote(np, "np")
            determinant = attribute(attribute(numpy, "linalg"), "det")
            stmt.value = call(attribute(copy(numpy), "log"), call(determinant, stmt.value.args[0]))
    return fn


def _is_logarithm(stmt: Any, facts: Facts) -> bool:
    value = stmt.value if isinstance(stmt, gast.Assign) else None
    return isinstance(value, gast.Call) and facts.resolve(value.func) is log_of_determinant
