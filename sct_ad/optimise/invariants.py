"""What a loop of the reverse sweep computes anew in each trip, though it does not change, is computed before it."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.dependence import Dependence
from sct_ad.analysis.facts import Facts
from sct_ad.optimise.workspace import Workspace, all_blocks, single_target
from sct_ad.syntax.nodes import Block, Expr, Stmt, is_simple, names_in, same, statements, walk
from sct_ad.syntax.values import Array, Scalar


def invariants(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Move numbers that do not change in a loop, and cannot fail to be computed, in front of it.

    >>> from sct_ad.optimise.demonstrate import show
    >>> text = "def f(bx, h):\\n    for k in range(3):\\n        bt = h * 0.5\\n        bx = bx * bt + bt"
    >>> show(invariants, text + "\\n    return bx", {"bt"}, adjoint=True)
    def f(bx, h):
        bt = h * 0.5
        for k in range(3):
            bx = bx * bt + bt
        return bx
    """
    if not any(isinstance(stmt, (gast.For, gast.While)) for stmt in statements(fn.body)):
        return fn
    space = Workspace.of(fn, facts)
    moving = _Moving(space)
    for block in reversed(all_blocks(space.fn)):  # inner loops first: what leaves one may leave the next
        for position in range(len(block) - 1, -1, -1):
            if isinstance(block[position], (gast.For, gast.While)):
                block[position:position] = moving.taken_out(block, block[position])
    return space.leave()


class _Moving:
    def __init__(self, space: Workspace) -> None:
        self.space, self.facts = space, space.facts
        self._dependence: Any = None

    def taken_out(self, block: Block, loop: Any) -> Block:
        """The statements of a loop's body that can stand in front of it, which are no longer in it."""
        found: Block = []
        for stmt in list(loop.body):
            if self._can_move(stmt, block, loop):
                loop.body.remove(stmt)
                found.append(stmt)
                self.space.footprints.forget(loop)
                self._dependence = None  # the statements are where they were no longer
        return found

    def _can_move(self, stmt: Stmt, block: Block, loop: Any) -> bool:
        name = single_target(stmt)
        if name is None or self.space.definitions[name] != 1 or len(loop.body) == 1:
            return False
        if name not in self.facts.temporaries or not isinstance(self.facts.type_of(stmt.value), Scalar):
            return False
        if not isinstance(stmt.value, (gast.BinOp, gast.UnaryOp, gast.Subscript)) or not _is_sure(
            stmt.value, self.facts
        ):
            return False
        inside, own = self.space.footprints.statement(loop), self.space.footprints.expression(stmt.value)
        if not inside.defines.isdisjoint(own.reads) or inside.barrier or inside.impure or not own.effect_free:
            return False
        loads = [node for node in walk(stmt.value) if isinstance(node, gast.Subscript)]
        if not all(self._is_read_anyway(load, block, loop) for load in loads):
            return False
        return own.content.isdisjoint(inside.writes) or self._stay(loads, stmt, loop)

    def _is_read_anyway(self, load: Expr, block: Block, loop: Stmt) -> bool:
        """Whether the statements beside the loop read or write the same element: its index is one that there is."""
        touched = [self.space.footprints.statement(stmt) for stmt in block]
        names = names_in(load)
        if any(found.barrier or not names.isdisjoint(found.defines) for found in touched):
            return False
        beside = (stmt for stmt in block if stmt is not loop and is_simple(stmt))
        return any(isinstance(node, gast.Subscript) and same(node, load) for stmt in beside for node in walk(stmt))

    def _stay(self, loads: list[Any], stmt: Stmt, loop: Stmt) -> bool:
        """Whether the loop writes none of the elements."""
        if self._dependence is None:
            self._dependence = self.facts.dependence(self.space.fn.body)
        dependence: Dependence | None = self._dependence
        return dependence is not None and all(dependence.stays_throughout(load, stmt, loop) for load in loads)


def _is_sure(expr: Expr, facts: Facts) -> bool:
    """Whether a number can be computed without an exception, if the elements of arrays in it can be read."""
    if isinstance(expr, gast.Constant):
        return type(expr.value) in (int, float)
    if isinstance(expr, gast.Name):
        return isinstance(facts.type_of(expr), Scalar) and expr.id not in facts.unsure
    if isinstance(expr, gast.Subscript):
        owner = facts.types.get(expr.value.id) if isinstance(expr.value, gast.Name) else None
        return isinstance(owner, Array) and isinstance(facts.type_of(expr), Scalar)
    if isinstance(expr, gast.UnaryOp):
        return isinstance(expr.op, gast.USub) and _is_sure(expr.operand, facts)
    if not isinstance(expr, gast.BinOp) or not _is_sure(expr.left, facts):
        return False
    if isinstance(expr.op, gast.Div):
        return (
            isinstance(expr.right, gast.Constant) and type(expr.right.value) in (int, float) and expr.right.value != 0
        )
    return isinstance(expr.op, (gast.Add, gast.Sub, gast.Mult)) and _is_sure(expr.right, facts)
