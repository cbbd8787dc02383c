"""Which statements may raise an exception, as far as a try statement around them cares."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import gast
import numpy as np

from sct_ad.rules.effects import home_of
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Abstract, Array, Constant, Dict, List, Opaque, Range, Scalar, Tuple, Unknown

TypeOf = Callable[[Expr], Abstract]
Resolve = Callable[[Expr], Any]

_PLACES = (types.ModuleType, types.CellType)
_KINDS = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
_LIBRARIES = ("numpy", "scipy", "sct_ad", "numba", "pandas", "sklearn")
_EXACT = (gast.Add, gast.Sub, gast.Mult)
_SHAPES = ("T", "shape", "ndim", "size", "dtype", "real", "imag")
_TOTAL = (abs, min, max, len, isinstance, range, print, bool, float, builtins.id, type)
"""Builtins that do not raise for the numbers, arrays and lists that they are known to be given."""


def is_narrow(classes: Iterable[type]) -> bool:
    """Whether exceptions of these classes come from the user's own code alone, never from a library's function."""
    return all(cls is StopIteration or not _is_library(cls) for cls in classes)


def _is_library(thing: Any) -> bool:
    """Whether a class or function is no user's, and calls no function of the user's but those it is given."""
    if isinstance(thing, np.ufunc):
        return getattr(np, thing.__name__, None) is thing
    if not isinstance(thing, _KINDS):
        return False
    root = home_of(thing).partition(".")[0]
    return root in _LIBRARIES or (root in sys.stdlib_module_names and root != "__main__")


def raises_anywhere(block: Block, type_of: TypeOf, resolve: Resolve, narrow: bool = False) -> bool:
    """Whether some statement of a block may raise, nested ones included."""
    return any(may_raise(stmt, type_of, resolve, narrow) for stmt in nodes.statements(block))


def half_done(block: Block, type_of: TypeOf, resolve: Resolve, narrow: bool = False, later: bool = False) -> list[Stmt]:
    """The statements, nested ones included, that run before something in the block, or `later`, may raise."""
    found: list[Stmt] = []
    for stmt in reversed(block):
        within = later
        if isinstance(stmt, (gast.For, gast.While)):
            within = later or raises_anywhere([stmt], type_of, resolve, narrow)
        elif isinstance(stmt, gast.Try):
            within = later or raises_anywhere([*stmt.orelse, *stmt.handlers[0].body], type_of, resolve, narrow)
        for inner in nodes.blocks(stmt):
            after = within
            if isinstance(stmt, gast.Try):  # a handler runs after what was left of the body
                after = later or (inner is stmt.body and raises_anywhere(stmt.orelse, type_of, resolve, narrow))
            found += half_done(inner, type_of, resolve, narrow, after)
        if within:
            found.append(stmt)
        later = later or raises_anywhere([stmt], type_of, resolve, narrow)
    return found


def may_raise(stmt: Stmt, type_of: TypeOf, resolve: Resolve, narrow: bool = False) -> bool:
    """Whether a statement itself may raise; in doubt, yes. Out of memory and interrupts do not count.

    With `narrow`, only exceptions matter that no library raises (see `is_narrow`).
    """
    asks = _Asks(type_of, resolve)
    if narrow and not isinstance(stmt, (gast.Raise, gast.Assert, gast.With, gast.Import, gast.ImportFrom)):
        return asks.runs_user_code([*nodes.expressions(stmt), *getattr(stmt, "targets", [])])
    if isinstance(stmt, gast.Assign):
        return not isinstance(stmt.targets[0], gast.Name) or asks.raises(stmt.value)
    if isinstance(stmt, gast.AugAssign):
        if not isinstance(stmt.target, gast.Name):
            return True
        return asks.raises(nodes.binary(nodes.name(stmt.target.id), stmt.op, stmt.value))
    if isinstance(stmt, gast.Expr):
        return asks.raises(stmt.value)
    if isinstance(stmt, (gast.If, gast.While)):
        return not isinstance(type_of(stmt.test), (Scalar, Constant)) or asks.raises(stmt.test)
    if isinstance(stmt, gast.For):
        return asks.raises(stmt.iter)
    return not isinstance(stmt, (gast.Pass, gast.Break, gast.Try, gast.Return))


class _Asks:
    def __init__(self, type_of: TypeOf, resolve: Resolve) -> None:
        self.type_of, self.resolve = type_of, resolve

    def runs_user_code(self, exprs: list[Any]) -> bool:
        """Whether evaluating expressions may run code that no library has written."""
        for node in nodes.walk(exprs):
            if isinstance(node, gast.Call):
                function = self.resolve(node.func)
                given = [self.type_of(a) for a in [*node.args, *(k.value for k in node.keywords)]]
                if function is None or function is next or not _is_library(function):
                    return True
                if any(isinstance(t, Constant) and callable(t.value) and not _is_library(t.value) for t in given):
                    return True
            elif isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Subscript, gast.Attribute)):
                operands = [getattr(node, key, None) for key in ("left", "right", "operand", "value")]
                operands += getattr(node, "comparators", [])
                if any(isinstance(self.type_of(o), (Unknown, Opaque)) for o in operands if o is not None):
                    return True
        return False

    def raises(self, expr: Any) -> bool:
        """Whether evaluating an expression may raise."""
        if isinstance(expr, (gast.Name, gast.Constant)):
            return False
        method = getattr(self, "_" + type(expr).__name__, None)
        return True if method is None else method(expr)

    def _any(self, exprs: list[Any]) -> bool:
        return any(map(self.raises, exprs))

    def _is_number(self, *exprs: Expr) -> bool:
        """Whether all are Python's own numbers."""
        types = [self.type_of(e) for e in exprs]
        return all(isinstance(t, Scalar) and t.dtype == "" for t in types)

    def _Tuple(self, expr: gast.Tuple) -> bool:
        return self._any(expr.elts)

    _List = _Tuple

    def _Dict(self, expr: gast.Dict) -> bool:
        return not all(isinstance(k, gast.Constant) for k in expr.keys) or self._any(expr.values)

    def _BinOp(self, expr: gast.BinOp) -> bool:
        if not self._is_number(expr.left, expr.right) or self._any([expr.left, expr.right]):
            return True
        if isinstance(expr.op, gast.Div):
            divisor = expr.right.value if isinstance(expr.right, gast.Constant) else 0
            return type(divisor) not in (int, float) or divisor == 0
        return not isinstance(expr.op, _EXACT)

    def _UnaryOp(self, expr: gast.UnaryOp) -> bool:
        plain = isinstance(expr.op, gast.Not) or not isinstance(expr.op, gast.Invert)
        return not plain or not self._is_number(expr.operand) or self.raises(expr.operand)

    def _Compare(self, expr: gast.Compare) -> bool:
        if self._any([expr.left, *expr.comparators]):
            return True
        if all(isinstance(op, (gast.Is, gast.IsNot)) for op in expr.ops):
            return False
        return not self._is_number(expr.left, *expr.comparators) or any(
            isinstance(op, (gast.In, gast.NotIn)) for op in expr.ops
        )

    def _BoolOp(self, expr: gast.BoolOp) -> bool:
        return self._any(expr.values) or not self._is_number(*expr.values)

    def _IfExp(self, expr: gast.IfExp) -> bool:
        return self._any([expr.body, expr.orelse, expr.test]) or not self._is_number(expr.test)

    def _Attribute(self, expr: gast.Attribute) -> bool:
        known = isinstance(self.type_of(expr.value), Array) and expr.attr in _SHAPES
        path = nodes.dotted(expr)
        return not known and (path is None or self.resolve(expr) is None)

    def _Subscript(self, expr: gast.Subscript) -> bool:
        owner, index = self.type_of(expr.value), expr.slice
        if not isinstance(index, gast.Constant) or self.raises(expr.value):
            return True
        if isinstance(owner, Tuple) or (isinstance(owner, List) and owner.items is not None):
            return type(index.value) is not int or index.value >= len(owner.items or ())
        return not (isinstance(owner, Dict) and any(key == index.value for key, _ in owner.items or ()))

    def _JoinedStr(self, expr: gast.JoinedStr) -> bool:
        parts = [part for part in expr.values if isinstance(part, gast.FormattedValue)]
        return any(not self._is_number(part.value) and part.format_spec is not None for part in parts)

    def _Call(self, expr: gast.Call) -> bool:
        args = [*expr.args, *(k.value for k in expr.keywords)]
        if self._any(args):
            return True
        owner = expr.func.value if isinstance(expr.func, gast.Attribute) else None
        if owner is not None and expr.func.attr == "append" and isinstance(self.type_of(owner), List):
            return False
        function = self.resolve(expr.func)
        if function in (print, isinstance, builtins.id, type):
            return False
        if function is setattr:
            owner_type = self.type_of(args[0])
            return not isinstance(owner_type, Constant) or not isinstance(owner_type.value, _PLACES)
        plain = (Scalar, Array, List, Tuple, Dict, Range)
        if function is len:
            return not isinstance(self.type_of(args[0]), plain[1:])
        if function is list:
            return bool(args) and not isinstance(self.type_of(args[0]), (List, Tuple))
        return not any(function is f for f in _TOTAL) or not args or not self._is_number(*args)
