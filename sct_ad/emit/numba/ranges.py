"""Spellings that Numba does not know, or knows to be slow, in words that it knows.

for i in reversed(range(n)):  ->  for i in range(n - 1, -1, -1):
x[...] = y                    ->  x[:] = y
bparams[k] += db              ->  add_to_item(bparams, k, db)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import Array


def backward_ranges(function: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Loops backwards over ranges count down."""
    function = nodes.copy(function)
    for stmt in nodes.statements(function.body):
        if isinstance(stmt, gast.For):
            stmt.iter = _backward(stmt.iter)
    return function


def whole_slices(function: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """`x[...]` of an array that has axes is `x[:]`."""
    function = nodes.copy(function)
    for node in nodes.walk(function.body):
        if isinstance(node, gast.Subscript) and isinstance(node.slice, gast.Constant) and node.slice.value is Ellipsis:
            type_ = facts.type_of(node.value)
            if not (isinstance(type_, Array) and type_.dims == ()):
                node.slice = nodes.whole()
    return function


def items_in_place(function: gast.FunctionDef, facts: Facts, add: Callable[[], Expr]) -> gast.FunctionDef:
    """`bparams[k] += db` of something that is not known to be an array is `add(bparams, k, db)`."""

    def block(stmts: Block) -> Block:
        found: Block = []
        for stmt in stmts:
            for inner in nodes.blocks(stmt):
                inner[:] = block(inner)
            found.append(added(stmt))
        return found

    def added(stmt: nodes.Stmt) -> nodes.Stmt:
        if not (isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Subscript)):
            return stmt
        target, value = stmt.target, stmt.value
        plain = isinstance(target.slice, (gast.Name, gast.Constant, gast.UnaryOp, gast.BinOp))
        if not plain or isinstance(facts.type_of(target.value), Array) or not isinstance(stmt.op, (gast.Add, gast.Sub)):
            return stmt
        if isinstance(stmt.op, gast.Sub):
            value = gast.UnaryOp(op=gast.USub(), operand=value)
        call = nodes.call(add(), _read(target.value), target.slice, value)
        return nodes.with_origin(gast.Expr(value=call), nodes.origin_of(stmt))

    function = nodes.copy(function)
    function.body = block(function.body)
    return function


def _read(value: Expr) -> Expr:
    value = nodes.copy(value)
    value.ctx = nodes.LOAD
    return value


def _backward(iterated: Expr) -> Expr:
    if not _calls(iterated, "reversed"):
        return iterated
    whole, trips = iterated.args[0], None
    if isinstance(whole, gast.Subscript) and isinstance(whole.slice, gast.Slice):  # of a loop that was left early
        first = whole.slice
        if first.lower is not None or first.step is not None or first.upper is None:
            return iterated
        whole, trips = whole.value, first.upper
    if not _calls(whole, "range") or len(whole.args) == 3:
        return iterated
    start, stop = whole.args if len(whole.args) == 2 else (nodes.constant(0), whole.args[0])
    if trips is not None:
        stop = trips if len(whole.args) == 1 else nodes.binary(start, gast.Add(), trips)
    return nodes.call(whole.func, _less_one(stop), _less_one(start), nodes.constant(-1))


def _calls(node: Any, name: str) -> bool:
    plain = isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and not node.keywords
    return plain and node.func.id == name and bool(node.args)


def _less_one(value: Expr) -> Expr:
    if isinstance(value, gast.Constant) and type(value.value) is int:
        return nodes.constant(value.value - 1)
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Add) and isinstance(value.right, gast.Constant):
        if value.right.value == 1 and type(value.right.value) is int:
            return value.left
    return nodes.binary(value, gast.Sub(), nodes.constant(1))
