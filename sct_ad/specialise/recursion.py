"""Recursive calls: the callee is specialised once, as a unit of its own, to widened argument types."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from sct_ad.analysis.alias import unit_writes
from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Unit
from sct_ad.objects import is_plain
from sct_ad.specialise import calls, capture, entry, heap
from sct_ad.specialise.frames import Frame, State, Unreachable
from sct_ad.specialise.signature import NeedsValues
from sct_ad.specialise.symbols import Closure, Runtime, Symbol, display, symbol_type
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.values import (
    NO_VALUE,
    Abstract,
    Array,
    Dict,
    List,
    Opaque,
    Scalar,
    Tuple,
    forget_sizes,
    join,
)

_MOST_ROUNDS = 8


def widen(type_: Abstract, name: str) -> Abstract:
    """The type without what differs from one recursive call to the next: values and sizes."""
    if isinstance(type_, Scalar):
        return replace(type_, value=NO_VALUE, size=None)
    if isinstance(type_, Array) and type_.dims is not None:
        return Array(type_.dtype, tuple(Dim(("recursive", name, axis)) for axis in range(len(type_.dims))))
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
    state: State, inner: Frame, bound: dict[str, Symbol], key: Any, function: Any, must: bool, deep: bool = False
) -> Symbol | None:
    """A call of a unit; ends the path while the unit's result type is not known yet.

    None where the call had better be inlined, unless it `must` be one; `deep` below many that have been inlined.
    """
    static = {n: s for n, s in bound.items() if not capture.is_data(s)}
    static = {n: calls.constant_item(state, s) if isinstance(s, Runtime) else s for n, s in static.items()}
    functions = [s for s in static.values() if isinstance(s, Closure)]
    if any(not isinstance(s, (Runtime, Closure)) for s in static.values()):
        if inner.parent is not None and not must:
            return None
        objects = any(map(heap.keys_in, static.values()))
        if objects and not must:
            return None
        if objects and not state.by_value:
            raise NeedsValues
        what = "objects, to a depth that is not known" if objects else "a nested function"
        raise state.refuse(f"recursion of '{inner.core.name}' that passes on {what}", "write a loop")
    outside = capture.captured(state, inner, functions) if inner.parent is not None or functions else {}
    if outside is None:
        if not must:
            return None
        name = inner.core.name
        what = f"'{name}' that passes on a nested function" if functions else f"the nested function '{name}'"
        raise state.refuse(
            f"recursion of {what}, which assigns outer names, has default values or holds iterators",
            "pass and return what it changes, or write a loop",
        )
    if any(map(heap.keys_in, outside.values())):
        if not must:
            return None
        raise state.refuse(
            f"recursion of the nested function '{inner.core.name}', which reads an object", "write a loop"
        )
    data = {n: s for n, s in outside.items() if capture.is_data(s)}
    known = {n: calls.constant_item(state, s) for n, s in outside.items() if isinstance(s, Runtime) and n not in data}
    types = {n: widen(symbol_type(s), n) for n, s in bound.items() if n not in static}
    outer = {n: widen(symbol_type(s), n) for n, s in data.items()}
    constants = tuple((n, _constant(s)) for n, s in static.items())
    signature = (key, tuple(types.items()), constants, tuple(outer.items()))
    unit = state.units.get(signature)
    if unit is None:
        called = _callable(function, static, list(bound)) if inner.parent is None and not functions else None
        name = state.namespace.names.fresh(inner.core.name)
        unit = state.units[signature] = Unit(name, [*types, *map(capture.parameter, outer)], called)
        _specialise_unit(state, inner, unit, types, static, key, {**outside, **known, **_typed(outer)})
    if unit.result is None:
        raise Unreachable
    if unit.is_complete and _holds_lists(unit.result):
        if not must:
            return None
        raise state.refuse(
            f"recursion of '{inner.core.name}', which returns a list, dict or object",
            "return a tuple or an array, or write a loop",
        )
    given = [bound[n] for n in types] + list(data.values())
    if unit.is_complete and unit_writes(unit):
        if not must:
            return None  # known arguments that differ from call to call: inlined after all, until the recursion ends
        if deep and not state.by_value:
            raise NeedsValues
        if deep:
            raise state.refuse(
                f"recursion of '{inner.core.name}', which writes into its arguments, to a depth that is not known",
                "return a new array, or write a loop",
            )
        if any(not isinstance(given[k], Runtime) for k in unit_writes(unit)):
            raise state.refuse(
                f"recursion of '{inner.core.name}', which changes a list or dict that it is given",
                "return a new one, or write a loop",
            )
    denoted = state.namespace.denote(unit, unit.name)
    return Runtime(forget_sizes(unit.result), nodes.call(denoted, *(display(state.runtime(s)) for s in given)))


def _constant(symbol: Symbol) -> Any:
    """What tells one argument that is known at compile time from another."""
    return (id(symbol.node), id(symbol.frame)) if isinstance(symbol, Closure) else symbol_type(symbol)


def _holds_lists(type_: Abstract) -> bool:
    if isinstance(type_, Opaque) and is_plain(type_.cls):
        return True
    return isinstance(type_, (List, Dict)) or (isinstance(type_, Tuple) and any(map(_holds_lists, type_.items)))


def _typed(variables: dict[str, Abstract]) -> dict[str, Symbol]:
    return {name: Runtime(type_, nodes.name(name)) for name, type_ in variables.items()}


def _callable(function: Any, static: dict[str, Symbol], parameters: list[str]) -> Any:
    """The function itself, with its constant arguments; None where others follow these by position."""
    if any(name not in static for name in parameters[len(parameters) - len(static) :]):
        return None
    values = {n: symbol_type(s).value for n, s in static.items()}  # type: ignore[attr-defined]
    return functools.partial(function, **values) if values else function


def _specialise_unit(
    state: State,
    inner: Frame,
    unit: Unit,
    types: dict[str, Abstract],
    static: dict[str, Symbol],
    key: Any,
    outside: dict[str, Symbol],
) -> None:
    for _ in range(_MOST_ROUNDS):
        frame = Frame(inner.core, inner.source, inner.function_globals, inner.cells, inner.parent, is_root=True)
        own = State(
            state.namespace,
            Typer({}, state.namespace.objects),
            units=state.units,
            origin=state.origin,
            made=state.made,
            hoisted=state.hoisted,
            shadowed=state.shadowed,
            by_value=state.by_value,
            is_unit=True,
        )
        own.stack.append((key, entry.RECURSIVE, entry.RECURSIVE))
        flat = entry.run(own, frame, types, static, outside)
        before, found = unit.result, symbol_type(flat.result)
        unit.result = found if before is None else join(before, found)
        unit.flat, unit.writes, unit.aliases, unit.pure = flat, None, None, None
        if unit.result == before:
            unit.is_complete = True
            return
    raise state.refuse(f"recursion of '{inner.core.name}' whose result type keeps changing")
