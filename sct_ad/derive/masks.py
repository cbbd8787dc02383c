"""Which entries of a cotangent `np.where` has set to zero, and when its other side fills them again.

A zero that a selection has put there stays zero, whatever it is multiplied by. What comes through both sides is not
masked like that: each entry belongs to a side that was taken, where the values are those that made the result. Only
where a derivative may be infinite beside finite values, as that of the square root at 0, a zero stays zero there too.
"""

from __future__ import annotations

import builtins
import operator
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.typer import Typer
from sct_ad.rules.registry import Rule
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Scalar

Sides = frozenset[tuple[int, bool]]
"""A selection by its number, and whether its condition holds; what is masked by several has an entry for each."""

NO_SIDES: Sides = frozenset()
FILLED: Sides = frozenset({(-1, True)})
"""In the place of the two sides of a selection that have been added up."""

FINITE_TOGETHER = (operator.truediv, np.divide, np.reciprocal, np.log, np.log2, np.log10, np.log1p)
"""Functions whose derivatives are finite wherever their results are."""
POWERS = (operator.pow, builtins.pow, np.power, np.float_power)


def side_taken(expr: Expr, cotangent: Expr, typer: Typer) -> bool | None:
    """True for `np.where(c, bz, 0.0)`, False for `np.where(c, 0.0, bz)`, None for anything else."""
    if not isinstance(expr, gast.Call) or typer.resolve(expr.func) is not np.where or len(expr.args) != 3:
        return None
    _, taken, left = expr.args
    if nodes.same(taken, cotangent) and _is_zero(left):
        return True
    return False if nodes.same(left, cotangent) and _is_zero(taken) else None


def either_side(masked: bool, sides: Sides, masked_too: bool, others: Sides) -> Sides:
    """The sides that the sum of two cotangents is on.

    The sum `np.where(c, bz, 0.0) + np.where(c, 0.0, -bz)` is masked no more than `bz` is, and filled.
    """
    if sides == others and masked == masked_too:
        return sides
    if FILLED in (sides, others):
        return FILLED
    common = sides & others
    if masked and masked_too and len(sides) == len(others) == len(common) + 1:
        ((one, holds),), ((other, holds_too),) = sides - common, others - common
        if one == other and holds != holds_too:
            return common or FILLED
    return NO_SIDES


def may_blow_up(rule: Rule, function: Any, args: list[Expr], typer: Typer) -> bool:
    """Whether a derivative may be infinite or NaN where the function's result is finite."""
    if any(function is power for power in POWERS) and len(args) == 2:
        exponent = typer.type_of(args[1])
        value: Any = exponent.value if isinstance(exponent, Scalar) else None
        return not (type(value) in (int, float) and value >= 1)
    return rule.singular and not any(function is other for other in FINITE_TOGETHER)


def _is_zero(expr: Expr) -> bool:
    return isinstance(expr, gast.Constant) and type(expr.value) is float and expr.value == 0.0
