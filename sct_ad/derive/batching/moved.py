"""Which variables depend on the directions, themselves or by what they hold."""

from __future__ import annotations

import gast
import numpy as np

from sct_ad.analysis.alias import Memory, effects_of
from sct_ad.analysis.typer import Typer
from sct_ad.derive.reads import SHAPE_ATTRIBUTES
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, may_carry_derivative


def moved_variables(body: Block, given: set[str], typer: Typer, memory: Memory) -> set[str]:
    """The variables of a body that depend on `given`."""
    moved = set(given)
    stmts = list(nodes.statements(body))
    before = -1
    while before != len(moved):
        before = len(moved)
        for stmt in stmts:
            for name in _reached(stmt, moved, typer):
                if name not in moved:
                    moved.add(name)
                    moved |= _sharing(name, typer, memory)
    return moved


def _reached(stmt: Stmt, moved: set[str], typer: Typer) -> set[str]:
    """The variables that a statement makes depend on the directions."""
    found: set[str] = set()
    if isinstance(stmt, (gast.Assign, gast.AugAssign)):
        if not depends(stmt.value, moved, typer):
            return found
        targets = stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target]
        for target in targets:
            found |= {name for name in _roots(target) if may_carry_derivative(typer.types.get(name, UNKNOWN))}
    elif isinstance(stmt, gast.For) and depends(stmt.iter, moved, typer):
        found = {name for name in nodes.defines(stmt) if may_carry_derivative(typer.types.get(name, UNKNOWN))}
    if isinstance(stmt, (gast.Assign, gast.Expr)) and isinstance(stmt.value, gast.Call):
        call = stmt.value
        _, args, _ = typer.call_parts(call)
        if any(depends(arg, moved, typer) for arg in [*args, *(k.value for k in call.keywords)]):
            for k in effects_of(call, typer).mutates:
                if k < len(args):
                    found |= _roots(args[k])
    return found


def depends(expr: Expr, moved: set[str], typer: Typer) -> bool:
    """Whether a value depends on the directions: what has no derivative (a shape) does not."""
    pending: list[object] = [expr]
    while pending:
        found = pending.pop()
        if isinstance(found, gast.Name) and found.id in moved:
            return True
        if isinstance(found, gast.Attribute) and found.attr in SHAPE_ATTRIBUTES:
            continue
        if isinstance(found, gast.Call) and typer.resolve(found.func) in (len, np.shape, np.ndim):
            continue
        if isinstance(found, (gast.AST, list)):
            pending.extend(found if isinstance(found, list) else found.__dict__.values())
    return False


def _roots(target: Expr) -> set[str]:
    """The variables that are bound by a target, or whose memory is written through it."""
    if isinstance(target, (gast.Tuple, gast.List)):
        return set().union(*map(_roots, target.elts))
    while isinstance(target, (gast.Subscript, gast.Attribute)):
        target = target.value
    return {target.id} if isinstance(target, gast.Name) else set()


def _sharing(name: str, typer: Typer, memory: Memory) -> set[str]:
    """The variables that may share memory with one, where that is written."""
    if not memory.has_identity(name):
        return set()
    class_ = memory.find(name)
    found = {other for other in list(memory.parent) if memory.find(other) == class_}
    return {other for other in found if may_carry_derivative(typer.types.get(other, UNKNOWN))}
