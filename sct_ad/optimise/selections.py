"""Contributions through both sides of `np.where`."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.products import alike
from sct_ad.optimise.workspace import Workspace, is_adjoint, single_target
from sct_ad.syntax.nodes import Block, Expr, call, copy, same
from sct_ad.syntax.values import Array


def merge_sides(block: Block, space: Workspace) -> None:
    """`bx = np.where(c, 0.0, a)`, `bx -= np.where(c, b, 0.0)` -> `bx = np.where(c, -b, a)`, in place."""
    position = 0
    while position + 1 < len(block):
        merged = _merged(block[position], block[position + 1], space)
        if merged is not None:
            block[position].value = merged
            del block[position + 1]
            space.footprints.forget(block[position])
        position += 1


def _merged(one: Any, two: Any, space: Workspace) -> Expr | None:
    """What a cotangent is after two statements that give it one side each."""
    name = single_target(one)
    if (
        name is None
        or not is_adjoint(one)
        or not (isinstance(two, gast.AugAssign) and same(one.targets[0], two.target))
    ):
        return None
    if not isinstance(two.op, (gast.Add, gast.Sub)):
        return None
    first, second = _sides(one.value, space.facts), _sides(two.value, space.facts)
    if first is None or second is None or not same(one.value.args[0], two.value.args[0]):
        return None
    footprint = space.footprints.expression(two.value)
    if not footprint.effect_free or footprint.reads[name]:
        return None
    added = [side if isinstance(two.op, gast.Add) or side is None else _negative(side) for side in second]
    taken, left = ([part for part in pair if part is not None] for pair in zip(first, added))
    if len(taken) != 1 or len(left) != 1:
        return None
    merged = call(one.value.func, copy(one.value.args[0]), taken[0], left[0])
    return merged if alike(space.facts.type_of(one.value), space.facts.type_of(merged)) else None


def _sides(value: Expr, facts: Facts) -> tuple[Expr | None, Expr | None] | None:
    """The two sides of a selection of which just one is zero, which is given as None."""
    if not isinstance(value, gast.Call) or len(value.args) != 3 or value.keywords:
        return None
    if facts.resolve(value.func) is not np.where or not isinstance(facts.type_of(value), Array):
        return None
    found = [None if isinstance(e, gast.Constant) and e.value == 0 else e for e in value.args[1:]]
    return (found[0], found[1]) if found.count(None) == 1 else None


def _negative(side: Expr) -> Expr:
    """`-b`, and `b` for `-b`."""
    if isinstance(side, gast.UnaryOp) and isinstance(side.op, gast.USub):
        return side.operand
    return gast.UnaryOp(op=gast.USub(), operand=side)
