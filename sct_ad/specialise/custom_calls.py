"""Calls of functions that bring a derivative of their own: they stay calls, whatever is in the function."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import gast

from sct_ad.analysis.units import Foreign
from sct_ad.normal.emission import at
from sct_ad.rules.custom import CustomFunction
from sct_ad.rules.effects import Effects
from sct_ad.runtime.custom import holding
from sct_ad.specialise import apart_calls, calls, heap
from sct_ad.specialise.examination import examine
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.symbols import (
    Instance,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Dict, List, Object, Tuple, may_carry_derivative

_SYMBOLS = get_args(Symbol)


def call(
    state: State, frame: Frame, custom: CustomFunction, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """A call of a custom_vjp: the function is called by name; its derivative is asked for where the call is active."""
    given = by_position(state, frame, custom, args, keywords, node)
    if apart_calls.is_for_objects(custom, given):
        forms, parts = apart_calls.taken_apart(state, given)
        made = custom.taking_apart(forms)  # type: ignore[attr-defined]
        whole = _called(state, made, parts, node)
        found = state.temporary(whole.atom, whole.type, "parts")
        return apart_calls.put_together(state, given[made.LIKE], forms[made.LIKE], found)
    return _called(state, custom, given, node)


def call_part(state: State, part: Any, args: list[Symbol], node: Any) -> Runtime:
    """A call of a function of our own that is not looked into, as emitted text has it: a part of a derivative."""
    whole = getattr(part, "whole", None)
    if whole is not None:  # the function itself, which has that derivative
        return _called(state, whole, args, node)
    types = tuple(type_of(state, symbol) for symbol in args)
    operands = [operand(state, part, symbol) for symbol in args]
    effects = Effects(view_of=tuple(range(len(args))), pure=False)
    foreign = state.foreign.setdefault((id(part), types), Foreign(part, part.result_type(types), effects, given=types))
    expr = nodes.call(state.namespace.denote(foreign, part.__name__), *operands)
    return Runtime(state.typer.type_of(expr), at(expr, node))


def _called(state: State, custom: CustomFunction, given: list[Symbol], node: Any) -> Runtime:
    for part in ("function", "fwd", "bwd"):
        state.namespace.guard(Guard(custom, (part,), expected=getattr(custom, part)))
    expr = opaque_call(state, custom, given)
    return Runtime(state.typer.type_of(expr), at(expr, node))


def by_position(
    state: State, frame: Frame, custom: CustomFunction, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> list[Symbol]:
    """The arguments of a call, all by position."""
    try:
        found = custom.positional(args, keywords)
    except TypeError as error:
        raise state.refuse(f"{custom.shown_name}: {error}", span=state.span(frame, node)) from None
    names = _parameter_names(custom)
    return [
        value if isinstance(value, _SYMBOLS) else calls.symbol_of(state, value, names[k] if k < len(names) else "value")
        for k, value in enumerate(found)
    ]


def _parameter_names(custom: CustomFunction) -> list[str]:
    try:
        return list(inspect.signature(custom.function).parameters)
    except (ValueError, TypeError):
        return []


def opaque_call(state: State, custom: CustomFunction, given: list[Symbol]) -> gast.Call:
    """The call of the function itself, by position."""
    types = tuple(type_of(state, symbol) for symbol in given)
    operands = [operand(state, custom, symbol) for symbol in given]
    foreign = state.foreign.get((id(custom), types))
    if foreign is None:
        found = examine(state.namespace, custom.function, types, state.by_value)
        if found.writes:
            written = min(found.writes)
            raise state.refuse(
                f"{custom.shown_name}, which has a derivative of its own, and writes into its argument {written}",
                "let it work on a copy, and return that",
            )
        effects = Effects(view_of=found.shared(len(types)), pure=found.pure)
        foreign = state.foreign[id(custom), types] = Foreign(
            custom.function, found.result, effects, given=types, derivative=custom
        )
    name = custom.shown_name
    return nodes.call(state.namespace.denote(foreign, identifier(name)), *operands)


def operand(state: State, custom: CustomFunction, symbol: Symbol) -> Expr:
    """An argument as code that is not looked into gets it: atoms, displays of atoms, variables of containers."""
    if isinstance(symbol, Instance):
        return _object(state, symbol)
    if isinstance(symbol, Sequence) and not symbol.is_list and symbol.maker is None:
        return nodes.tuple_([operand(state, custom, item) for item in symbol.items])
    if heap.keys_in(symbol):
        raise state.refuse(
            f"a container of objects as an argument of {custom.shown_name}, which has a derivative of its own",
            "pass the numbers in it",
        )
    if isinstance(symbol, (Sequence, Record)):
        shown = state.runtime(symbol, "an argument")
        return display(state.temporary(shown.atom, shown.type))
    if not isinstance(symbol, Runtime):
        raise state.refuse(
            f"a nested function as an argument of {custom.shown_name}, which has a derivative of its own",
            "define it outside of the function, and pass what it reads as arguments",
        )
    if isinstance(symbol.atom, (gast.Name, gast.Constant)) or not may_carry_derivative(symbol.type):
        return display(symbol)
    return display(state.temporary(symbol.atom, symbol.type))


def as_data(state: State, symbol: Symbol) -> Symbol:
    """An object as what a rule of the user's gets; anything else as it is."""
    if not isinstance(symbol, Instance):
        return symbol
    expr = _object(state, symbol)
    return Runtime(state.typer.type_of(expr), expr)


def _object(state: State, instance: Instance) -> Expr:
    """An object, with the variables of the numbers in it beside it, so that it shows what it depends on."""
    parts = [nodes.name(v) for v in _leaves(state, instance, set())]
    shown = heap.as_runtime(state, instance)
    if not parts:
        return display(shown)
    held = nodes.call(state.namespace.denote(holding, "holding"), display(shown), *parts)
    return display(state.temporary(held, shown.type, "held"))


def _leaves(state: State, symbol: Symbol, seen: set[str]) -> list[str]:
    if isinstance(symbol, Instance):
        if symbol.key in seen:
            return []
        seen.add(symbol.key)
        known = heap.attributes(state, symbol)
        return [v for variable in known.values() for v in _leaves(state, state.env[variable], seen)]
    if isinstance(symbol, (Sequence, Record)):
        items = symbol.items if isinstance(symbol, Sequence) else [item for _, item in symbol.items]
        return [v for item in items for v in _leaves(state, item, seen)]
    if isinstance(symbol, Runtime) and may_carry_derivative(symbol.type):
        return sorted(nodes.names_in(symbol.atom) & state.typer.types.keys())
    return []


def type_of(state: State, symbol: Symbol, seen: tuple[str, ...] = ()) -> Abstract:
    """The type of an argument, objects taken apart."""
    if isinstance(symbol, Instance) and symbol.key not in seen:
        known = heap.attributes(state, symbol)
        items = tuple((a, type_of(state, state.env[v], (*seen, symbol.key))) for a, v in known.items())
        if symbol.outside is not None:
            found = abstract_of(symbol.outside, ("outside", id(symbol.outside)))
            items = tuple({**dict(getattr(found, "items", ())), **dict(items)}.items())
        return Object(symbol.cls, items, symbol.key)
    if isinstance(symbol, Sequence):
        parts = tuple(type_of(state, item, seen) for item in symbol.items)
        return List(parts) if symbol.is_list else Tuple(parts, symbol.names)
    if isinstance(symbol, Record):
        return Dict(tuple((key, type_of(state, item, seen)) for key, item in symbol.items))
    return symbol_type(symbol)
