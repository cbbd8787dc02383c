"""What the adjoint of one line adds in several places is computed once."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.workspace import Workspace, all_blocks, same_line
from sct_ad.syntax.nodes import Block, Stmt, assign, copy, name, origin_of, same, statements, with_origin
from sct_ad.syntax.values import Array, Scalar, kind


def repeated(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Name a product or quotient that several contributions of a line add.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(bx, bt, mu):\\n    bx[0] += bt * mu\\n    bx[1] -= 2.0\\n    bx[2] += bt * mu\\n    return bx"
    >>> show(repeated, text, adjoint=True, bx=Array("float64", (Dim("n"),)))
    def f(bx, bt, mu):
        bt1 = bt * mu
        bx[0] += bt1
        bx[1] -= 2.0
        bx[2] += bt1
        return bx
    """
    if sum(isinstance(stmt, gast.AugAssign) for stmt in statements(fn.body)) < 2:
        return fn
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            others = _others(block, position, space)
            if others:
                _name(block, position, others, space)
            position += 1
    return space.leave()


def _others(block: Block, position: int, space: Workspace) -> list[Stmt]:
    """The contributions further down that add the same value as `block[position]`."""
    stmt = block[position]
    if not _adds_product(stmt, space):
        return []
    value = space.footprints.expression(stmt.value)
    found: list[Stmt] = []
    for other in [stmt, *block[position + 1 :]]:
        if not same_line(stmt, other) or not isinstance(other, (gast.Assign, gast.AugAssign)):
            break
        if other is not stmt and _adds_product(other, space) and same(other.value, stmt.value):
            found.append(other)
        touched = space.footprints.statement(other)
        if touched.barrier or touched.impure or not touched.writes.isdisjoint(value.content):
            break
        if not touched.defines.isdisjoint(value.reads):
            break
    return found


def _adds_product(stmt: Any, space: Workspace) -> bool:
    """Whether a statement adds a product or quotient of variables and numbers to something."""
    if not isinstance(stmt, gast.AugAssign) or not space.is_cotangent(stmt) or not isinstance(stmt.value, gast.BinOp):
        return False
    found = space.facts.type_of(stmt.value)
    if not isinstance(found, (Array, Scalar)) or kind(found) not in ("float", "complex"):
        return False
    is_product = isinstance(stmt.value.op, (gast.Mult, gast.Div))
    return is_product and space.footprints.expression(stmt.value).effect_free


def _name(block: Block, position: int, others: list[Stmt], space: Workspace) -> None:
    first = block[position]
    new = space.declare("bt", space.facts.type_of(first.value), is_fresh=True)
    block.insert(position, with_origin(assign(new, copy(first.value)), origin_of(first)))
    for stmt in [first, *others]:
        stmt.value = name(new)
        space.footprints.forget(stmt)
