"""What a nested function reads of the functions around it: the arguments that it gets more where it is a unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from sct_ad.normal import scopes
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import (
    Closure,
    Generator,
    Iteration,
    Method,
    Partial,
    Poison,
    Record,
    Runtime,
    Sequence,
    Symbol,
    is_concrete,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Constant


def captured(state: State, inner: Frame, given: Iterable[Closure] = ()) -> dict[str, Symbol] | None:
    """The outer variables that a function may read, itself or through others; None where it assigns some.

    `given` are nested functions among its arguments.
    """
    found: dict[str, Symbol] = {}
    visited: set[int] = set()

    def look(tree: Any, own: set[str], frame: Frame | None) -> bool:
        for name in sorted(nodes.names_in(tree) - own):
            owner = frame.owner_of(name) if frame is not None else None
            if owner is None:
                continue
            variable = state.variable(owner, name)
            symbol = state.env.get(variable)
            if symbol is not None and variable not in found:
                found[variable] = symbol
                if not follow(symbol):
                    return False
        return True

    def follow(symbol: Symbol) -> bool:
        if isinstance(symbol, Closure):
            if id(symbol.node) in visited:
                return True
            visited.add(id(symbol.node))
            assigns = any(isinstance(n, (gast.Nonlocal, gast.Global)) for n in nodes.walk(symbol.node.body))
            own = scopes.parameters(symbol.node.args) | scopes.bound(symbol.node.body)
            return not assigns and not symbol.defaults and look(symbol.node.body, own, symbol.frame)
        if isinstance(symbol, (Iteration, Generator, Method, Partial)):
            return False
        return isinstance(symbol, (Runtime, Poison)) or is_concrete(symbol)

    if any(isinstance(n, (gast.Nonlocal, gast.Global)) for n in nodes.walk(inner.core.body)):
        return None
    return found if look(inner.core.body, inner.locals, inner.parent) and all(map(follow, given)) else None


def parameter(variable: str) -> str:
    """The name of the parameter for an outer variable, unlike any parameter of the user's."""
    return f"outer {variable}"


def is_data(symbol: Symbol) -> bool:
    """Whether a symbol can be an argument at run time."""
    if isinstance(symbol, (Sequence, Record)):
        return is_concrete(symbol)
    return isinstance(symbol, Runtime) and not isinstance(symbol.type, Constant)
