"""Calls of functions with a `custom_jvp`: the rule is inlined, as a function of tangents alone.

Until it is known what is active, such a call is an `if`: one side inlines the rule, for a result that carries a
derivative, and the other one calls the function.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import gast

from sct_ad.rules.custom import custom_jvp, shown_name
from sct_ad.rules.marks import (
    DIFFERENTIATED,
    constant_argument,
    primal_of,
    tangent_of,
    with_checked_tangent,
    with_tangent,
)
from sct_ad.specialise import calls, cotangent_calls, custom_calls, flow, heap
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.symbols import (
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
    literal,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import equal_dims
from sct_ad.syntax.values import (
    BOOL,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    forget_value,
    may_carry_derivative,
)


def call(
    state: State, frame: Frame, custom: custom_jvp, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """A call of a function with a custom_jvp."""
    given = custom_calls.by_position(state, frame, custom, args, keywords, node)
    for part in ("function", "rule", "partials"):
        state.namespace.guard(Guard(custom, (part,), expected=getattr(custom, part)))
    given = [_named(state, custom, symbol) for symbol in given]
    undefined = custom.rule is None and custom.partials is None
    if undefined or any(custom is other for other in state.own_rules):
        expr = custom_calls.opaque_call(state, custom, given)
        return state.temporary(expr, state.typer.type_of(expr))
    result, found = state.fresh("t"), list[Symbol]()

    def differentiated() -> None:
        state.own_rules.append(custom)
        value, tangent = _by_rule(state, frame, custom, given, node)
        state.own_rules.pop()
        state.bind(result, _attached(state, custom, value, tangent))
        found.append(state.env[result])

    def otherwise() -> None:
        expr = custom_calls.opaque_call(state, custom, given)
        type_ = state.typer.type_of(expr)
        if isinstance(found[0], Runtime):
            mine = found[0].type
            state.define(result, expr, mine if type_ == UNKNOWN else type_)
        else:
            state.bind(
                result, _like(state, custom, found[0], Runtime(UNKNOWN, state.temporary(expr, type_).atom), type_)
            )

    test = Runtime(BOOL, state.namespace.denote(DIFFERENTIATED, "differentiated"))
    flow.either(state, test, differentiated, otherwise)
    return state.env[result]


def _named(state: State, custom: custom_jvp, symbol: Symbol) -> Symbol:
    """An argument in variables, so that both sides of the `if` read the same."""
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(_named(state, custom, item) for item in symbol.items), homes=frozenset())
    if isinstance(symbol, Record):
        return Record(tuple((key, _named(state, custom, item)) for key, item in symbol.items))
    if isinstance(symbol, Runtime) and not isinstance(symbol.atom, (gast.Name, gast.Constant)):
        return state.temporary(symbol.atom, symbol.type) if may_carry_derivative(symbol.type) else symbol
    return symbol


def _by_rule(
    state: State, frame: Frame, custom: custom_jvp, given: list[Symbol], node: Any
) -> tuple[Symbol, Symbol | None]:
    """The value and its tangent."""
    nondiff = custom.nondiff(len(given))
    held = [_constant(state, given[k]) for k in nondiff]
    wanted = [symbol for k, symbol in enumerate(given) if k not in nondiff]
    primals = [_settled(state, cotangent_calls.stopped(state, symbol, primal_of)) for symbol in wanted]
    tangents = [_tangent(state, custom, symbol) for symbol in wanted]
    if custom.partials is not None:
        return _by_partials(state, frame, custom, primals, tangents, node)
    rule = calls.symbol_of(state, custom.rule, shown_name(custom.rule))
    both = calls.invoke(state, frame, rule, [*held, Sequence(tuple(primals)), Sequence(tuple(tangents))], {}, node)
    items = _pair(state, custom, both)
    return items[0], items[1]


def _pair(state: State, custom: custom_jvp, both: Symbol) -> list[Symbol]:
    items = getattr(both.type, "items", None) if isinstance(both, Runtime) else getattr(both, "items", None)
    if isinstance(both, Record) or items is None or len(items) != 2:
        raise state.refuse(
            f"{shown_name(custom.rule)}, the rule of {custom.shown_name}, does not return a pair",
            "return (value, tangent)",
        )
    return calls.items_of(state, both)


def _by_partials(
    state: State, frame: Frame, custom: custom_jvp, primals: list[Symbol], tangents: list[Symbol], node: Any
) -> tuple[Symbol, Symbol | None]:
    """The value by the function itself, the tangent as the sum of what each argument contributes."""
    expr = custom_calls.opaque_call(state, custom, primals)
    value = state.temporary(expr, state.typer.type_of(expr), "value")
    total: Symbol | None = None
    for given, tangent in zip(custom.partials or (), tangents):
        if given is not None and _may_change(tangent):
            function = calls.symbol_of(state, given, shown_name(given))
            part = calls.invoke(state, frame, function, [tangent, value, *primals], {}, node)
            if total is not None:
                add = calls.object_of(state, operator.add, "add")
                part = _settled(state, calls.invoke(state, frame, add, [total, part], {}, node))
            total = part
    return value, total


def _may_change(tangent: Symbol) -> bool:
    return not (isinstance(tangent, Runtime) and isinstance(tangent.atom, gast.Constant))


def _constant(state: State, symbol: Symbol) -> Symbol:
    """An argument in nondiff_argnums: it must not depend on what is differentiated by, which shows later."""
    if isinstance(symbol, Runtime) and may_carry_derivative(symbol.type):
        marker = state.namespace.denote(constant_argument, "constant_argument")
        return state.temporary(nodes.call(marker, display(symbol)), symbol.type)
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(_constant(state, item) for item in symbol.items))
    if isinstance(symbol, Record):
        return Record(tuple((key, _constant(state, item)) for key, item in symbol.items))
    return symbol


def _tangent(state: State, custom: custom_jvp, symbol: Symbol) -> Symbol:
    """The tangent of an argument, in its structure; zero for what carries none."""
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(_tangent(state, custom, item) for item in symbol.items))
    if isinstance(symbol, Record):
        return Record(tuple((key, _tangent(state, custom, item)) for key, item in symbol.items))
    if heap.keys_in(symbol):
        raise state.refuse(
            f"an object as an argument of {custom.shown_name}, which has a derivative of its own",
            "name it in nondiff_argnums, or pass the numbers in it",
        )
    if not isinstance(symbol, Runtime):
        raise state.refuse(
            f"a function as an argument of {custom.shown_name}, which has a derivative of its own",
            "name it in nondiff_argnums",
        )
    if isinstance(symbol.type, (Tuple, List, Dict)):
        if symbol.type.items is None:
            raise state.refuse(
                f"a list or dict whose length is not known, as an argument of {custom.shown_name}", "pass an array"
            )
        if isinstance(symbol.type, Dict):
            entries = calls.mapping_items(state, symbol).items()
            return Record(tuple((key, _tangent(state, custom, item)) for key, item in entries))
        items = tuple(_tangent(state, custom, item) for item in calls.items_of(state, symbol))
        return Sequence(items, isinstance(symbol.type, List))
    if isinstance(symbol.type, Constant):
        return symbol
    if isinstance(symbol.type, Scalar) and not may_carry_derivative(symbol.type):
        return literal(0.0)
    marker = state.namespace.denote(tangent_of, "tangent_of")
    expr = nodes.call(marker, display(symbol))
    return state.temporary(expr, state.typer.type_of(expr), "dt")


def _settled(state: State, symbol: Symbol) -> Symbol:
    if isinstance(symbol, Runtime) and not isinstance(symbol.atom, (gast.Name, gast.Constant)):
        return state.temporary(symbol.atom, symbol.type)
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(_settled(state, item) for item in symbol.items))
    if isinstance(symbol, Record):
        return Record(tuple((key, _settled(state, item)) for key, item in symbol.items))
    return symbol


def _attached(state: State, custom: custom_jvp, value: Symbol, tangent: Symbol | None) -> Symbol:
    """The value, each number in it with its tangent."""
    value = _opened(state, value)
    tangent = None if tangent is None else _opened(state, tangent)
    if isinstance(value, Sequence) and isinstance(tangent, Sequence) and len(value.items) == len(tangent.items):
        pairs = zip(value.items, tangent.items)
        return replace(value, items=tuple(_attached(state, custom, v, t) for v, t in pairs), homes=frozenset())
    if isinstance(value, Record) and isinstance(tangent, Record) and len(value.items) == len(tangent.items):
        tangents = dict(tangent.items)
        if tangents.keys() == dict(value.items).keys():
            return Record(tuple((key, _attached(state, custom, v, tangents[key])) for key, v in value.items))
    if not isinstance(value, Runtime) or not (tangent is None or isinstance(tangent, Runtime)):
        raise _mismatch(state, custom, "a structure unlike that of the value")
    if isinstance(value.type, (List, Dict)):
        raise _mismatch(state, custom, "to be a list or dict of a length that is not known")
    if not may_carry_derivative(value.type) or tangent is None or not may_carry_derivative(tangent.type):
        return value
    if isinstance(tangent.atom, gast.Constant):
        return value
    held, moved = _settled(state, value), _settled(state, tangent)
    function, hint = (with_tangent, "with_tangent")
    if not _alike(value.type, tangent.type):
        function, hint = (with_checked_tangent, "with_checked_tangent")
        if _differ(value.type, tangent.type):
            raise _mismatch(state, custom, "a shape unlike that of the value")
    expr = nodes.call(state.namespace.denote(function, hint), display(held), display(moved))
    return state.temporary(expr, forget_value(value.type))


def _opened(state: State, symbol: Symbol) -> Symbol:
    """A container whose items are known one by one, as a display of them."""
    type_ = symbol.type if isinstance(symbol, Runtime) else UNKNOWN
    if isinstance(type_, (Tuple, List)) and type_.items is not None:
        return Sequence(tuple(calls.items_of(state, symbol)), isinstance(type_, List))
    if isinstance(type_, Dict) and type_.items is not None:
        return Record(tuple(calls.mapping_items(state, symbol).items()))
    return symbol


def _alike(value: Abstract, tangent: Abstract) -> bool:
    if isinstance(value, Scalar) and isinstance(tangent, Scalar):
        return True
    return isinstance(value, Array) and isinstance(tangent, Array) and equal_dims(value.dims, tangent.dims)


def _differ(value: Abstract, tangent: Abstract) -> bool:
    ranks = [0 if isinstance(t, Scalar) else t.ndim if isinstance(t, Array) else None for t in (value, tangent)]
    return None not in ranks and ranks[0] != ranks[1]


def _mismatch(state: State, custom: custom_jvp, what: str) -> Exception:
    rule = f"{shown_name(custom.rule)}, the rule" if custom.rule is not None else "a partial derivative"
    return state.refuse(f"{rule} of {custom.shown_name}, whose tangent has {what}", "return a tangent like the value")


def _like(state: State, custom: custom_jvp, structure: Symbol, whole: Runtime, type_: Abstract) -> Symbol:
    """What the function returned, taken apart as what the rule returned is."""
    if isinstance(structure, Runtime):
        return Runtime(structure.type if type_ == UNKNOWN else type_, whole.atom)
    if isinstance(structure, Sequence):
        known = type_.items if isinstance(type_, (Tuple, List)) and type_.items is not None else None
        if known is not None and len(known) != len(structure.items):
            raise _mismatch(state, custom, "a structure unlike what the function returns")
        places: list[tuple[Any, Symbol]] = list(enumerate(structure.items))
    elif isinstance(structure, Record):
        known, places = None, list(structure.items)
    else:
        raise _mismatch(state, custom, "a structure that cannot be taken apart")
    items: list[Symbol] = []
    for position, (key, item) in enumerate(places):
        own = known[position] if known is not None else UNKNOWN
        own = own if own != UNKNOWN else symbol_type(item) if is_concrete(item) else UNKNOWN
        place = nodes.subscript(nodes.copy(whole.atom), nodes.constant(key))
        items.append(_like(state, custom, item, state.temporary(place, own), own))
    if isinstance(structure, Sequence):
        return replace(structure, items=tuple(items), homes=frozenset())
    return Record(tuple((key, item) for (key, _), item in zip(places, items)))
