"""Calls and stores that a lowering writes: each value in a variable of its own, so that it has a derivative."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.specialise import calls, expressions, lists, stores
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Record, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import List, Tuple


def numpy(state: State, name: str) -> Expr:
    """`np.name`."""
    return nodes.attribute(state.namespace.denote(np, "np"), name)


def denoted(state: State, function: Any) -> Expr:
    """A function of NumPy, or of our own, as emitted text denotes it."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return nodes.attribute(denoted(state, owner), function.__name__)
    name = function.__name__
    if getattr(np, name, None) is function:
        return numpy(state, name)
    return state.namespace.denote(function, name)


def call(state: State, function: Any, *args: Symbol, **keywords: Symbol) -> Runtime:
    """`function(*args, **keywords)`, a primitive given by itself or by its name in NumPy, in a variable."""
    function = getattr(np, function) if isinstance(function, str) else function
    settled = [_settled(state, a) for a in args]
    named = {key: _settled(state, value) for key, value in keywords.items()}
    result = calls.primitive(state, denoted(state, function), settled, named, None)
    return state.temporary(result.atom, result.type)


def _settled(state: State, symbol: Symbol) -> Symbol:
    if isinstance(symbol, Sequence):
        return Sequence(tuple(_settled(state, item) for item in symbol.items), symbol.is_list)
    return named(state, symbol) if isinstance(symbol, Runtime) else symbol


def method(state: State, owner: Runtime, name: str, *args: Symbol) -> Runtime:
    """`owner.name(*args)` in a variable."""
    expr = nodes.call(nodes.attribute(display(owner), name), *(display(state.runtime(a)) for a in args))
    return state.temporary(expr, state.typer.type_of(expr))


def named(state: State, symbol: Symbol) -> Runtime:
    """A value in a variable, or as a literal; a list or tuple with its items in variables."""
    if isinstance(symbol, (Sequence, Record)):
        return lists.at_run_time(state, symbol)
    runtime = state.runtime(symbol)
    path = nodes.dotted(runtime.atom)
    if isinstance(runtime.atom, (gast.Name, gast.Constant)) or (path and path[0] not in state.namespace.locals):
        return runtime
    return state.temporary(runtime.atom, runtime.type)


def attribute(state: State, owner: Runtime, name: str) -> Runtime:
    """`owner.name`, an expression."""
    expr = nodes.attribute(display(owner), name)
    return Runtime(state.typer.type_of(expr), expr)


def shape(state: State, owner: Runtime) -> Runtime:
    """`owner.shape` in a variable."""
    return named(state, attribute(state, owner, "shape"))


def item(state: State, owner: Runtime, where: Expr) -> Runtime:
    """`owner[where]` in a variable."""
    expr = nodes.subscript(display(owner), nodes.copy(where))
    return state.temporary(expr, state.typer.type_of(expr))


def binary(state: State, left: Symbol, op: gast.operator, right: Symbol) -> Runtime:
    """`left op right` in a variable."""
    found = expressions.binary(state, left, op, right, nodes.constant(0))
    assert isinstance(found, Runtime)
    return state.temporary(found.atom, found.type)


def store(state: State, owner: Runtime, where: Expr, value: Symbol) -> None:
    """`owner[where] = value`."""
    stores.refuse_foreign(state, owner)
    stores.store_item(state, owner, nodes.copy(where), value)


def as_array(state: State, symbol: Symbol) -> Runtime:
    """What NumPy makes of an argument: lists and tuples become arrays, numbers stay numbers."""
    if isinstance(symbol, Runtime) and not isinstance(symbol.type, (List, Tuple)):
        return named(state, symbol)
    return call(state, np.array, state.runtime(symbol))
