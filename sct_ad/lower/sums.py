"""Sums in the middle of expressions, as statements of their own."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.lower.context import Context
from sct_ad.lower.reductions import reduced_argument
from sct_ad.optimise.footprint import DEFERRED
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array, Scalar

_SKIPPED = (*DEFERRED, gast.IfExp, gast.BoolOp, gast.NamedExpr, gast.JoinedStr, gast.Compare)
"""Of these not all parts may be evaluated."""


def sums_apart(fn: gast.FunctionDef, context: Context) -> None:
    """Take reductions out of their statements: `s = -np.sum(x)` -> `t = np.sum(x); s = -t`; in place."""
    _split(fn.body, context)


def _split(block: Block, context: Context) -> None:
    result: Block = []
    for stmt in block:
        if not isinstance(stmt, (gast.Try, gast.With)):
            for inner in nodes.blocks(stmt):
                _split(inner, context)
        if _is_plain(stmt, context):
            result += _taken_out(stmt, context)
        result.append(stmt)
    block[:] = result


def _is_plain(stmt: Stmt, context: Context) -> bool:
    """Whether evaluating parts of a statement before the rest of it is the same."""
    if not isinstance(stmt, (gast.Assign, gast.AugAssign, gast.Return)) or stmt.value is None:
        return False
    found = context.footprints.expression(stmt.value)
    return not found.impure and not found.barrier and not found.writes


def _taken_out(stmt: Any, context: Context) -> Block:
    before: Block = []
    is_own = isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)

    def visit(node: Any, is_whole: bool = False) -> Any:
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, gast.AST) or isinstance(node, _SKIPPED):
            return node
        for key in node._fields:
            setattr(node, key, visit(getattr(node, key, None)))
        if is_whole or not _is_sum(node, context):
            return node
        name = context.fresh("t", context.facts.type_of(node))
        before.append(nodes.assign(name, node, nodes.origin_of(stmt)))
        return nodes.name(name)

    stmt.value = visit(stmt.value, is_own)
    return before


def _is_sum(expr: Expr, context: Context) -> bool:
    return reduced_argument(expr, context) is not None and isinstance(context.facts.type_of(expr), (Array, Scalar))
