"""What a reverse function computes again, since that is cheaper and reads better than to record it."""

from __future__ import annotations

import gast

from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr

_BINDING = (gast.For, gast.With, gast.Try)


def computed_again(parameters: list[str], forward: Block, reverse: Block) -> Block:
    """The assignments of the forward sweep that the reverse sweep repeats: names, constants, ranges, transposes.

    What they read is there at the end of the forward sweep as it was when they ran: nothing of it is assigned twice,
    and nothing lives outside of the function.
    """
    count = dict.fromkeys(parameters, 1)
    for stmt in nodes.statements(forward):
        for name in nodes.defines(stmt):
            count[name] = count.get(name, 0) + 1
    wanted, found = live_in(reverse), []
    for stmt in reversed(forward):
        if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
            continue
        name = stmt.targets[0].id
        if name not in wanted or count[name] > 1 or not _is_cheap(stmt.value):
            continue
        operands = nodes.names_in(stmt.value) - ({"range"} - count.keys())
        if any(count.get(operand) != 1 for operand in operands):  # assigned twice, or found outside
            continue
        wanted |= operands
        found.append(nodes.copy(stmt))
    return found[::-1]


def _is_cheap(value: Expr) -> bool:
    if isinstance(value, (gast.Name, gast.Constant)):
        return True
    if isinstance(value, gast.UnaryOp):
        return isinstance(value.operand, gast.Constant)
    if isinstance(value, gast.Tuple):
        return all(map(_is_cheap, value.elts))
    if isinstance(value, gast.Attribute):
        return value.attr == "T" and isinstance(value.value, gast.Name)
    if isinstance(value, gast.Call):
        return isinstance(value.func, gast.Name) and value.func.id == "range" and all(map(_is_cheap, value.args))
    return False


def live_in(block: Block) -> set[str]:
    """The names that a block may read before it assigns them."""
    found: set[str] = set()
    _exposed(block, set(), found)
    return found


def _exposed(block: Block, assigned: set[str], found: set[str]) -> None:
    for stmt in block:
        found |= nodes.reads(stmt) - assigned
        if isinstance(stmt, gast.If):
            sides = [set(assigned), set(assigned)]
            for inner, side in zip(nodes.blocks(stmt), sides):
                _exposed(inner, side, found)
            assigned |= sides[0] & sides[1]
        elif isinstance(stmt, gast.With):
            assigned |= nodes.defines(stmt)
            _exposed(stmt.body, assigned, found)
        elif blocks := nodes.blocks(stmt):
            for inner in blocks:
                _exposed(inner, assigned | (nodes.defines(stmt) if isinstance(stmt, _BINDING) else set()), found)
        elif not isinstance(stmt, gast.AugAssign):
            assigned |= nodes.defines(stmt)
