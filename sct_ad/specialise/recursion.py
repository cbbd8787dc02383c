"""Recursive calls: the callee is specialised once, as a unit of its own, to widened argument types."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from sct_ad.analysis.alias import unit_writes
from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Unit
from sct_ad.specialise import entry
from sct_ad.specialise.frames import Frame, State, Unreachable
from sct_ad.specialise.symbols import Runtime, Sequence, Symbol, display, is_concrete, symbol_type
from sct_ad.syntax import nodes
from sct_ad.syntax.values import NO_VALUE, Abstract, Array, Constant, Dim, List, Scalar, Tuple, forget_sizes, join

_MOST_ROUNDS = 8


def widen(type_: Abstract, name: str) -> Abstract:
    """The type without what differs from one recursive call to the next: values and sizes."""
    if isinstance(type_, Scalar):
        return replace(type_, value=NO_VALUE, size=None)
    if isinstance(type_, Array) and type_.dims is not None:
        return replace(type_, dims=tuple(Dim(("recursive", name, axis)) for axis in range(len(type_.dims))))
    if isinstance(type_, Tuple):
        return Tuple(tuple(widen(item, f"{name}.{k}") for k, item in enumerate(type_.items)))
    if isinstance(type_, List):
        items = type_.items if type_.items is not None else (type_.element,)
        joined = items[0] if items else type_.element
        for item in items[1:]:
            joined = join(joined, item)
        return List(None, widen(joined, name))
    return type_


def recursive_call(
    state: State, inner: Frame, bound: dict[str, Symbol], key: Any, function: Any, must: bool
) -> Symbol | None:
    """A call of a unit; ends the path while the unit's result type is not known yet."""
    if inner.parent is not None:
        if not must:
            return None
        raise state.refuse(
            f"recursion of the nested function '{inner.core.name}'", "define it at module level, or write a loop"
        )
    static = {n: s for n, s in bound.items() if not _is_data(s)}
    if any(not isinstance(s, Runtime) for s in static.values()):
        raise state.refuse(f"recursion of '{inner.core.name}' that passes on a nested function", "write a loop")
    types = {n: widen(symbol_type(s), n) for n, s in bound.items() if n not in static}
    signature = (key, tuple(types.items()), tuple((n, symbol_type(s)) for n, s in static.items()))
    unit = state.units.get(signature)
    if unit is None:
        unit = state.units[signature] = Unit(
            state.namespace.names.fresh(inner.core.name), list(types), _callable(function, static)
        )
        _specialise_unit(state, inner, unit, types, static, key)
    if unit.result is None:
        raise Unreachable
    if not must and unit_writes(unit):
        return None  # known arguments that differ from call to call: inlined after all, until the recursion ends
    denoted = state.namespace.denote(unit, unit.name)
    return Runtime(forget_sizes(unit.result), nodes.call(denoted, *(display(state.runtime(bound[n])) for n in types)))


def _callable(function: Any, static: dict[str, Symbol]) -> Any:
    values = {n: symbol_type(s).value for n, s in static.items()}  # type: ignore[attr-defined]
    return functools.partial(function, **values) if values else function


def _is_data(symbol: Symbol) -> bool:
    if isinstance(symbol, Sequence):
        return is_concrete(symbol)
    return isinstance(symbol, Runtime) and not isinstance(symbol.type, Constant)


def _specialise_unit(
    state: State, inner: Frame, unit: Unit, types: dict[str, Abstract], static: dict[str, Symbol], key: Any
) -> None:
    for _ in range(_MOST_ROUNDS):
        frame = Frame(inner.core, inner.source, inner.function_globals, inner.cells, is_root=True)
        own = State(
            state.namespace, Typer({}, state.namespace.objects), units=state.units, origin=state.origin, made=state.made
        )
        own.stack.append((key, entry.RECURSIVE, entry.RECURSIVE))
        flat = entry.run(own, frame, types, static)
        before, found = unit.result, symbol_type(flat.result)
        unit.result = found if before is None else join(before, found)
        unit.flat = flat
        if unit.result == before:
            return
    raise state.refuse(f"recursion of '{inner.core.name}' whose result type keeps changing")
