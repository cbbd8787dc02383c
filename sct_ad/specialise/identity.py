"""Lists and dicts that are known item by item at compile time: which of them must exist at run time after all.

Such a container belongs to the variable that held it first, its home. Another variable may hold what is known of it
too, and remembers where it came from. Once a container with several holders changes, what the others know would be
out of date: specialisation starts anew (`Reconsider`), and the container is made at run time where it is born.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import gast

from sct_ad.specialise import heap
from sct_ad.specialise.symbols import (
    Choice,
    Closure,
    Iteration,
    Method,
    Partial,
    Record,
    Runtime,
    Sequence,
    Super,
    Symbol,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

if TYPE_CHECKING:
    from sct_ad.specialise.frames import State


class Reconsider(Exception):
    """Something that specialisation relied on turns out otherwise: it starts again, knowing that from its beginning.

    Containers that were followed at compile time, by their homes, need a run-time object; an attribute of an object
    outside of the function is changed; or an object is given an attribute that its class has for all.
    """

    def __init__(
        self,
        homes: frozenset[str] = frozenset(),
        stored: tuple[object, str] | None = None,
        shadowed: tuple[type, str] | None = None,
    ) -> None:
        super().__init__(", ".join(sorted(homes)))
        self.homes, self.stored, self.shadowed = homes, stored, shadowed
        """The homes; an object outside and its attribute; a class and its attribute that objects get of their own."""


def is_mutable(symbol: Symbol) -> bool:
    """Whether a symbol is a container that can change."""
    return isinstance(symbol, Record) or (isinstance(symbol, Sequence) and symbol.is_list)


def parts(symbol: Symbol) -> Iterator[Symbol]:
    """The symbols that a symbol holds."""
    if isinstance(symbol, Sequence):
        yield from symbol.items
    elif isinstance(symbol, Record):
        yield from (item for _, item in symbol.items)
    elif isinstance(symbol, Iteration):
        yield from symbol.parts
    elif isinstance(symbol, Partial):
        yield from (symbol.function, *symbol.args, *symbol.keywords.values())
    elif isinstance(symbol, Choice):
        yield from symbol.items
    elif isinstance(symbol, (Method, Super)):
        yield symbol.owner
    elif isinstance(symbol, Closure):
        yield from symbol.defaults.values()


def homes_in(symbol: Symbol) -> frozenset[str]:
    """The homes of a symbol and of all that it holds."""
    own = symbol.homes if isinstance(symbol, (Sequence, Record)) else frozenset()
    return own.union(*map(homes_in, parts(symbol)))


def holders(state: State, homes: frozenset[str], besides: set[str]) -> bool:
    """Whether some variable, other than those in `besides`, holds a container of one of these homes."""
    lost = _unreachable(state)
    return any(homes & homes_in(s) for n, s in state.env.items() if n not in besides and n not in lost)


def _unreachable(state: State) -> set[str]:
    """The variables that are attributes of objects which nobody holds any more."""
    if not state.owners:
        return set()
    reached = heap.reachable(state, state.env, set())
    return {variable for variable, key in state.owners.items() if key not in reached}


def is_fresh(state: State, symbol: Sequence | Record) -> bool:
    """Whether nobody holds a container any more: it can have a new home."""
    return not any(home in state.env or holders(state, frozenset([home]), set()) for home in symbol.homes)


def change(state: State, variable: str, symbol: Sequence | Record) -> None:
    """Before a container, found through a variable, is changed."""
    if symbol.homes - {variable} or (symbol.homes and holders(state, symbol.homes, {variable})):
        raise Reconsider(symbol.homes | {variable})
    state.note_change(variable)
    state.changed |= {variable, *symbol.homes}
    for changed in state.changed_in_loops:
        changed.add(variable)


def leave_loop(state: State) -> None:
    """At the end of a loop body: what it changed must not be held by others on the next trip."""
    for home in state.changed_in_loops.pop():
        if holders(state, frozenset([home]), {home}):
            raise Reconsider(frozenset([home]))


def make(state: State, variable: str, symbol: Symbol) -> None:
    """Before a variable's container is made at run time, later than at its birth."""
    own = {variable, *state.item_variables(variable)}
    homes = homes_in(symbol)
    if homes and holders(state, homes, own):
        raise Reconsider(homes)


def retain(state: State, symbol: Symbol) -> None:
    """Before a run-time object, or a function that is not the user's, gets hold of a container."""
    if is_mutable(symbol):
        assert isinstance(symbol, (Sequence, Record))
        if symbol.homes and not is_fresh(state, symbol):
            raise Reconsider(symbol.homes)
    for part in parts(symbol):
        retain(state, part)


ELSEWHERE = "?"
"""The birth of a container that was passed in, or found inside another one."""


def births_of(state: State, variable: str, value: Expr) -> set[str]:
    """Where the list or dict that an expression gives may have been made."""
    if isinstance(value, gast.Name):
        return state.births.get(value.id, {ELSEWHERE})
    new = (gast.List, gast.Dict, gast.BinOp)
    if isinstance(value, new) or (isinstance(value, gast.Subscript) and isinstance(value.slice, gast.Slice)):
        return {variable}
    return {ELSEWHERE}


def escape(state: State, value: Expr) -> None:
    """A run-time object is given another one to hold."""
    for name in nodes.names_in(value):
        state.escaped |= state.births.get(name, set())


def held_elsewhere(state: State, variable: str) -> bool:
    """Whether a variable's container may be found inside other objects, or have been passed in."""
    births = state.births.get(variable, {ELSEWHERE})
    return ELSEWHERE in births or bool(births & state.escaped)


def may_be_same(state: State, left: str, right: str) -> bool:
    """Whether two variables may hold the same run-time container."""
    if state.births.get(left, {ELSEWHERE}) & state.births.get(right, {ELSEWHERE}):
        return True
    return held_elsewhere(state, left) and held_elsewhere(state, right)


def current(state: State, symbol: Symbol) -> Symbol:
    """What is known now of a container that was evaluated earlier."""
    if isinstance(symbol, Iteration):
        return replace(symbol, parts=tuple(current(state, part) for part in symbol.parts))
    if isinstance(symbol, Runtime) and isinstance(symbol.atom, gast.Name):
        found = state.env.get(symbol.atom.id)
        return found if isinstance(found, Runtime) and nodes.same(found.atom, symbol.atom) else symbol
    if isinstance(symbol, (Sequence, Record)) and len(symbol.homes) == 1:
        found = state.env.get(next(iter(symbol.homes)))
        if isinstance(found, (Sequence, Record)) and found.homes == symbol.homes:
            return found
    return symbol
