"""Names of modules and of outer functions that have returned, assigned by `global` and `nonlocal`.

Such an assignment is an effect, done where it stands; what the call itself reads afterwards is a variable of the flat
function, so that a derivative goes with it. The variable starts with what the name stands for when the call begins.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

import gast

from sct_ad.specialise import entry, identity, lists
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.namespace import module_hint, view_of_globals
from sct_ad.specialise.symbols import Record, Runtime, Sequence, Symbol, display, is_concrete
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

_UNSET: Any = object()


def place_of(frame: Frame, name: str) -> Any:
    """The cell or the dict of globals that an outer name lives in."""
    cell = frame.cell_of(name)
    return frame.function_globals if cell is None else cell


def value_of(place: Any, name: str) -> Any:
    """What a name stands for before the call."""
    if isinstance(place, types.CellType):
        try:
            return place.cell_contents
        except ValueError:
            return _UNSET
    return place.get(name, _UNSET)


def hoist(state: State, place: dict[str, Any] | types.CellType, names: Iterable[str]) -> None:
    """At the start of the function, let a variable follow each outer name that is going to be assigned."""
    for name in names:
        value = value_of(place, name)
        cell = place if isinstance(place, types.CellType) else None
        symbol = state.outside(place, () if cell else (name,), value, name, cell)
        state.bind(_variable(state, place, name), symbol)


def variable_of(state: State, frame: Frame, name: str) -> str:
    """The variable that follows an outer name."""
    return _variable(state, place_of(frame, name), name)


def _variable(state: State, place: Any, name: str) -> str:
    key = (id(place), name)
    if key not in state.outer_names:
        variable = state.namespace.names.fresh(name)
        state.namespace.locals.add(variable)
        state.outer_names[key] = variable
    return state.outer_names[key]


def write(state: State, frame: Frame, name: str, symbol: Symbol) -> None:
    """`name = symbol` for an outer name."""
    place = place_of(frame, name)
    if any(signature is entry.RECURSIVE for _, signature, _ in state.stack):
        raise state.refuse(f"assignment to the outer name '{name}' in a recursive function", "return the new value")
    hoisted = name in state.hoisted_names(place)
    if not hoisted and value_of(place, name) is not _UNSET:
        raise identity.Reconsider(frozenset(), (place, name))
    if isinstance(symbol, (Sequence, Record)) and is_concrete(symbol):
        symbol = lists.at_run_time(state, symbol)
    if not isinstance(symbol, Runtime):
        raise state.refuse(
            f"assignment of a function or object to the outer name '{name}'", "return it, and assign it in the caller"
        )
    variable = _variable(state, place, name)
    state.bind(variable, symbol)
    setter, kept = state.namespace.builtin("setattr"), display(state.env[variable])
    state.emit(gast.Expr(value=nodes.call(setter, *_target(state, place, name), kept)))


def _target(state: State, place: Any, name: str) -> tuple[Expr, Expr]:
    if isinstance(place, types.CellType):
        return state.namespace.denote(place, f"{name}_cell"), nodes.constant("cell_contents")
    return state.namespace.denote(view_of_globals(place), module_hint(place)), nodes.constant(name)
