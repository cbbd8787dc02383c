"""The core grammar as a predicate."""

from __future__ import annotations

import ast

import gast

from sct_ad.errors import InternalError
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt


def check_core(function: gast.FunctionDef) -> None:
    """Raise InternalError, naming the statement, if a function is not core."""
    body = function.body
    if not body or not isinstance(body[-1], gast.Return) or not _is_atom(body[-1].value):
        raise InternalError(f"{function.name}: core ends with one return of an atom")
    _check_block(body[:-1])


def _check_block(block: Block) -> None:
    for stmt in block:
        if not _is_core(stmt):
            text = ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(nodes.copy(stmt))))
            raise InternalError(f"not a core statement: {text}")
        for inner in nodes.blocks(stmt):
            _check_block(inner)


def _is_core(stmt: Stmt) -> bool:
    if isinstance(stmt, gast.Assign):
        target = stmt.targets[0]
        if len(stmt.targets) != 1:
            return False
        return _is_rhs(stmt.value) if isinstance(target, gast.Name) else _is_place(target) and _is_atom(stmt.value)
    if isinstance(stmt, gast.AugAssign):
        return (isinstance(stmt.target, gast.Name) or _is_place(stmt.target)) and _is_atom(stmt.value)
    if isinstance(stmt, gast.Expr):
        return isinstance(stmt.value, gast.Call) and _is_rhs(stmt.value)
    if isinstance(stmt, (gast.If, gast.While)):
        return _is_atom(stmt.test)
    if isinstance(stmt, gast.For):
        return isinstance(stmt.target, gast.Name) and _is_atom(stmt.iter) and not stmt.orelse
    return isinstance(stmt, (gast.Pass, gast.Break, gast.Raise, gast.Global, gast.Nonlocal, gast.FunctionDef, gast.Import, gast.ImportFrom))


def _is_atom(expr: Expr) -> bool:
    if isinstance(expr, gast.UnaryOp):
        return isinstance(expr.op, gast.USub) and isinstance(expr.operand, gast.Constant)
    return isinstance(expr, gast.Constant) or nodes.dotted(expr) is not None


def _is_place(expr: Expr) -> bool:
    if isinstance(expr, gast.Attribute):
        return _is_atom(expr.value)
    return isinstance(expr, gast.Subscript) and _is_atom(expr.value) and _is_index(expr.slice)


def _is_index(expr: Expr) -> bool:
    if isinstance(expr, gast.Slice):
        return all(p is None or _is_atom(p) for p in (expr.lower, expr.upper, expr.step))
    return all(map(_is_index, expr.elts)) if isinstance(expr, gast.Tuple) else _is_atom(expr)


def _is_rhs(expr: Expr) -> bool:
    if isinstance(expr, gast.Subscript):
        return _is_atom(expr.value) and _is_index(expr.slice)
    if isinstance(expr, gast.Call):
        func = expr.func.value if isinstance(expr.func, gast.Attribute) else expr.func
        args = [a.value if isinstance(a, gast.Starred) else a for a in expr.args]
        return _is_atom(func) and all(map(_is_atom, [*args, *(k.value for k in expr.keywords)]))
    if isinstance(expr, gast.JoinedStr):
        return True
    children = [c for c in gast.iter_child_nodes(expr) if isinstance(c, gast.expr)]
    children = [c.value if isinstance(c, gast.Starred) else c for c in children]
    return _is_atom(expr) or all(map(_is_atom, children))
