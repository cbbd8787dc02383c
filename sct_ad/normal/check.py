"""The core grammar as a predicate."""

from __future__ import annotations

import ast
from typing import Any

import gast

from sct_ad.errors import InternalError
from sct_ad.normal.scopes import bound, parameters
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt

_PLAIN = (gast.Pass, gast.Global, gast.Nonlocal, gast.FunctionDef, gast.Import, gast.ImportFrom)


def check_core(function: gast.FunctionDef) -> None:
    """Raise InternalError, naming the statement, if a function is not core.

    >>> from sct_ad.normal.demonstrate import parse
    >>> check_core(parse("def f(x):\\n    t = x + 1\\n    y = t * x\\n    return y").tree)
    >>> check_core(parse("def f(x):\\n    y = (x + 1) * x\\n    return y").tree)
    Traceback (most recent call last):
    sct_ad.errors.InternalError: f: not a core statement: y = (x + 1) * x
    """
    _Checker(function).check()


class _Checker:
    def __init__(self, function: gast.FunctionDef) -> None:
        self.function = function
        self.locals = parameters(function.args) | bound(function.body)

    def check(self) -> None:
        body = self.function.body
        if not body or not isinstance(body[-1], gast.Return) or not self.is_atom(body[-1].value):
            raise InternalError(f"{self.function.name}: core ends with one return of an atom")
        self.check_block(body[:-1], in_loop=False)

    def check_block(self, block: Block, in_loop: bool) -> None:
        for position, stmt in enumerate(block):
            if in_loop and position == len(block) - 1 and _leaves(stmt):
                continue
            if not self.is_core(stmt):
                text = ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(nodes.copy(stmt))))
                raise InternalError(f"{self.function.name}: not a core statement: {text}")
            for inner in nodes.blocks(stmt):
                self.check_block(inner, isinstance(stmt, (gast.For, gast.While)))

    def is_core(self, stmt: Stmt) -> bool:
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
            if len(stmt.targets) != 1:
                return False
            if isinstance(target, gast.Name):
                return self.is_rhs(stmt.value)
            return self.is_place(target) and self.is_atom(stmt.value)
        if isinstance(stmt, gast.AugAssign):
            return (isinstance(stmt.target, gast.Name) or self.is_place(stmt.target)) and self.is_atom(stmt.value)
        if isinstance(stmt, gast.Expr):
            if isinstance(stmt.value, gast.Yield):
                return self.is_atom(stmt.value.value)
            return isinstance(stmt.value, gast.Call) and self.is_rhs(stmt.value)
        if isinstance(stmt, gast.If):
            return bool(stmt.body) and self.is_atom(stmt.test)
        if isinstance(stmt, gast.While):
            return bool(stmt.body) and self.is_atom(stmt.test) and not stmt.orelse
        if isinstance(stmt, gast.For):
            plain = isinstance(stmt.target, gast.Name) and not stmt.orelse
            return plain and bool(stmt.body) and self.is_atom(stmt.iter)
        if isinstance(stmt, gast.With):
            target = stmt.items[0].optional_vars
            plain = len(stmt.items) == 1 and isinstance(target, (gast.Name, type(None)))
            return plain and bool(stmt.body) and self.is_rhs(stmt.items[0].context_expr)
        if isinstance(stmt, gast.Try):
            if len(stmt.handlers) != 1 or stmt.finalbody or not stmt.body or not stmt.handlers[0].body:
                return False
            type_ = stmt.handlers[0].type
            return self.are_atoms(type_.elts) if isinstance(type_, gast.Tuple) else self.is_atom(type_)
        if isinstance(stmt, gast.Raise):
            return (stmt.exc is None or self.is_rhs(stmt.exc)) and (stmt.cause is None or self.is_atom(stmt.cause))
        return isinstance(stmt, _PLAIN)

    def is_atom(self, expr: Any) -> bool:
        if isinstance(expr, gast.UnaryOp):
            return isinstance(expr.op, gast.USub) and isinstance(expr.operand, gast.Constant)
        if isinstance(expr, (gast.Name, gast.Constant)):
            return True
        path = nodes.dotted(expr)
        return path is not None and path[0] not in self.locals

    def are_atoms(self, exprs: list[Expr]) -> bool:
        return all(self.is_atom(e.value if isinstance(e, gast.Starred) else e) for e in exprs)

    def is_place(self, expr: Expr) -> bool:
        if isinstance(expr, gast.Attribute):
            return self.is_atom(expr.value)
        return isinstance(expr, gast.Subscript) and self.is_atom(expr.value) and self.is_index(expr.slice)

    def is_index(self, expr: Expr) -> bool:
        if isinstance(expr, gast.Slice):
            return all(p is None or self.is_atom(p) for p in (expr.lower, expr.upper, expr.step))
        return all(map(self.is_index, expr.elts)) if isinstance(expr, gast.Tuple) else self.is_atom(expr)

    def is_rhs(self, expr: Expr) -> bool:
        if self.is_atom(expr) or self.is_place(expr):
            return True
        if isinstance(expr, gast.Call):
            func = expr.func.value if isinstance(expr.func, gast.Attribute) else expr.func
            return self.is_atom(func) and self.are_atoms([*expr.args, *(k.value for k in expr.keywords)])
        if isinstance(expr, gast.UnaryOp):
            return self.is_atom(expr.operand)
        if isinstance(expr, gast.BinOp):
            return self.are_atoms([expr.left, expr.right])
        if isinstance(expr, gast.Compare):
            return len(expr.ops) == 1 and self.are_atoms([expr.left, *expr.comparators])
        if isinstance(expr, (gast.Tuple, gast.List, gast.Set)):
            return self.are_atoms(expr.elts)
        if isinstance(expr, gast.Dict):
            return self.are_atoms([*expr.keys, *expr.values])
        return isinstance(expr, gast.JoinedStr) and self.is_text(expr)

    def is_text(self, expr: gast.JoinedStr) -> bool:
        for part in expr.values:
            if isinstance(part, gast.FormattedValue):
                if not self.is_atom(part.value) or not (part.format_spec is None or self.is_rhs(part.format_spec)):
                    return False
            elif not isinstance(part, gast.Constant):
                return False
        return True


def _leaves(stmt: Stmt) -> bool:
    """Whether this is `if flag: break`."""
    if not isinstance(stmt, gast.If) or not isinstance(stmt.test, gast.Name) or stmt.orelse:
        return False
    return len(stmt.body) == 1 and isinstance(stmt.body[0], gast.Break)
