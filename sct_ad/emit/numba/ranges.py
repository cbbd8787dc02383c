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
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import Array


def backward_ranges(function: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Loops backwards over ranges count down."""
    function = nodes.copy(function)
    known = _rising(function.body)
    supply = Names(nodes.names_in(function) | set(facts.types))

    def block(stmts: Block) -> Block:
        found: Block = []
        for stmt in stmts:
            for inner in nodes.blocks(stmt):
                inner[:] = block(inner)
            if isinstance(stmt, gast.For):
                stmt.iter = _backward(stmt.iter)
                found += _of_recorded(stmt, known, supply, facts)
            found.append(stmt)
        return found

    function.body = block(function.body)
    return function


def _rising(body: Block) -> set[str]:
    """The variables and tapes that hold ranges of step 1 alone."""
    held: dict[str, list[Expr]] = {}
    for stmt in nodes.statements(body):
        call = stmt.value if isinstance(stmt, gast.Expr) else None
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            if not (isinstance(stmt.value, gast.List) and not stmt.value.elts):
                held.setdefault(stmt.targets[0].id, []).append(stmt.value)
        elif isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute) and call.func.attr == "append":
            if isinstance(call.func.value, gast.Name) and len(call.args) == 1:
                held.setdefault(call.func.value.id, []).append(call.args[0])
        else:
            for name in nodes.defines(stmt):
                held.setdefault(name, []).append(nodes.constant(None))
    found: set[str] = set()
    for _ in range(2):  # a tape records a variable
        found |= {name for name, values in held.items() if all(_is_rising(value, found) for value in values)}
    return found


def _is_rising(value: Expr, known: set[str]) -> bool:
    if isinstance(value, gast.Name):
        return value.id in known
    return _calls(value, "range") and len(value.args) < 3  # type: ignore[attr-defined]


def _of_recorded(stmt: gast.For, known: set[str], supply: Names, facts: Facts) -> Block:
    """Make a loop over `reversed(t_tape.pop())` count down; returns what has to come before it."""
    if not _calls(stmt.iter, "reversed"):
        return []
    whole, before = stmt.iter.args[0], list[nodes.Stmt]()
    if isinstance(whole, gast.Call) and isinstance(whole.func, gast.Attribute) and whole.func.attr == "pop":
        owner = whole.func.value
        if not (isinstance(owner, gast.Name) and owner.id in known) or whole.args:
            return []
        name = supply.fresh("trips")
        facts.temporaries.add(name)
        facts.types[name] = facts.type_of(whole)
        before.append(nodes.assign(name, whole, nodes.origin_of(stmt)))
        whole = nodes.name(name)
    elif not (isinstance(whole, gast.Name) and whole.id in known):
        return []
    start, stop = (nodes.attribute(nodes.copy(whole), end) for end in ("start", "stop"))
    stmt.iter = nodes.call(nodes.name("range"), _less_one(stop), _less_one(start), nodes.constant(-1))
    return before


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
