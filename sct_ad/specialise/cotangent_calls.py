"""`stop_gradient(x)` and `with_cotangent(x, function)`: values of which the reverse sweep is told something."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Foreign, Unit
from sct_ad.rules.custom import stop_gradient, with_cotangent
from sct_ad.rules.effects import IMPURE
from sct_ad.specialise import calls, capture, entry, heap, instances
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import (
    Closure,
    Instance,
    Method,
    Partial,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Scalar,
    Unknown,
    forget_value,
    may_carry_derivative,
)


def call(
    state: State, frame: Frame, function: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """A call of one of the two."""
    names = ["x"] if function is stop_gradient else ["x", "function"]
    given = dict(zip(names, args)) | keywords
    if len(args) + len(keywords) != len(names) or set(given) != set(names):
        raise state.refuse(f"{function.__name__} with other arguments than {' and '.join(names)}")
    if function is stop_gradient:
        return stopped(state, given["x"])
    return _with_cotangent(state, given["x"], given["function"])


def stopped(state: State, symbol: Symbol, mark: Callable[[Any], Any] = stop_gradient) -> Symbol:
    """A value in which no derivative passes: containers and objects anew, each leaf by itself."""
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(stopped(state, item, mark) for item in symbol.items), homes=frozenset())
    if isinstance(symbol, Record):
        return Record(tuple((key, stopped(state, item, mark)) for key, item in symbol.items))
    if isinstance(symbol, Instance):
        twin = instances.copied(state, symbol)
        for variable in heap.attributes(state, twin).values():
            state.bind(variable, stopped(state, state.env[variable], mark))
        return twin
    if not isinstance(symbol, Runtime) or isinstance(symbol.type, Constant):
        return symbol
    if isinstance(symbol.type, Scalar) and not may_carry_derivative(symbol.type):
        return symbol
    value = symbol if isinstance(symbol.atom, (gast.Name, gast.Constant)) else state.temporary(symbol.atom, symbol.type)
    stop = state.namespace.denote(mark, mark.__name__)
    return Runtime(symbol.type, nodes.call(stop, display(value)))


def _with_cotangent(state: State, value: Symbol, function: Symbol) -> Symbol:
    """`with_cotangent(x, function)`, and in a tuple what the function reads of the functions around it."""
    if not isinstance(value, Runtime) or not isinstance(value.type, (Scalar, Array, Unknown)):
        raise state.refuse(
            "with_cotangent of something else than an array or a number", "give each array in it its own"
        )
    if not isinstance(value.atom, gast.Name):
        value = state.temporary(value.atom, value.type)
    called, captured = _function(state, function, forget_value(value.type))
    marker = state.namespace.denote(with_cotangent, "with_cotangent")
    others = [nodes.tuple_(captured)] if captured else []
    return Runtime(forget_value(value.type), nodes.call(marker, display(value), called, *others))


def _function(state: State, function: Symbol, cotangent: Abstract) -> tuple[Expr, list[Expr]]:
    if isinstance(function, Closure):
        return _nested(state, function, cotangent)
    if isinstance(function, Partial) and not function.keywords and isinstance(function.function, Runtime):
        # a method of an object outside of the function
        owner, target = function.args[0] if len(function.args) == 1 else None, function.function.type
        if isinstance(owner, Instance) and owner.outside is not None and isinstance(target, Constant):
            return _foreign(state, functools.partial(target.value, owner.outside)), []
    if isinstance(function, Runtime) and isinstance(function.type, Constant):
        return _foreign(state, function.type.value), []
    if isinstance(function, Method) and isinstance(function.owner, Runtime):
        names = nodes.names_in(function.owner.atom)
        if names and names <= state.namespace.types.keys() - state.namespace.locals:
            return nodes.attribute(display(function.owner), function.attr), []
    raise state.refuse(
        "with_cotangent with a function that the compiler cannot pass on to the reverse sweep",
        "write a lambda or a nested function; what it changes must live outside of the function",
    )


def _foreign(state: State, function: Any) -> Expr:
    for name, known in state.namespace.objects.items():
        if isinstance(known, Foreign) and _same(known.function, function) and known.derivative is None:
            return nodes.name(name)
    foreign = Foreign(function, UNKNOWN, replace(IMPURE, view_of=(0,)))
    name = foreign.__name__
    return state.namespace.denote(foreign, identifier(name))


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, functools.partial) and isinstance(right, functools.partial):
        return left.func is right.func and len(left.args) == len(right.args) == 1 and left.args[0] is right.args[0]
    return left is right


def _nested(state: State, function: Closure, cotangent: Abstract) -> tuple[Expr, list[Expr]]:
    """A nested function, specialised by itself; what it reads of the functions around it are parameters, too."""
    core = calls.nested_core(state, function)
    inner = Frame(core, function.frame.source, function.frame.function_globals, {}, function.frame, is_root=True)
    own = Runtime(cotangent, nodes.name("cotangent"))
    bound = calls.bind(state, core, [own], {}, function.defaults)
    outside = capture.captured(state, inner)
    if outside is None:
        raise state.refuse(
            f"with_cotangent with '{core.name}', which assigns outer names or holds iterators",
            "let it change a list or object that lives outside of the function",
        )
    given = {n: s for n, s in bound.items() if capture.is_data(s)}
    static = {n: s for n, s in bound.items() if n not in given}
    data = {n: s for n, s in outside.items() if capture.is_data(s)}
    known = {n: calls.constant_item(state, s) for n, s in outside.items() if isinstance(s, Runtime) and n not in data}
    types = {n: forget_value(symbol_type(s)) for n, s in given.items()}
    outer = {n: symbol_type(s) for n, s in data.items()}
    key = ("with_cotangent", id(function.node), tuple(types.items()), tuple(outer.items()))
    unit = state.units.get(key)
    if unit is None:
        name = state.namespace.names.fresh(core.name)
        unit = Unit(name, [*types, *map(capture.parameter, outer)], None)
        sub = State(
            state.namespace, Typer({}, state.namespace.objects), origin=state.origin, made=state.made,
            hoisted=state.hoisted, shadowed=state.shadowed, by_value=state.by_value, is_unit=True,
        )  # fmt: skip
        sub.stack.append((id(function.node), entry.RECURSIVE, entry.RECURSIVE))
        typed = {n: Runtime(t, nodes.name(n)) for n, t in outer.items()}
        unit.flat = entry.run(sub, inner, types, static, {**outside, **known, **typed})
        unit.result, unit.is_complete = symbol_type(unit.flat.result), True
        state.units[key] = unit
    passed = [*(s for s in given.values() if s is not own), *data.values()]
    if any(not is_concrete(s) for s in passed):
        raise state.refuse(f"with_cotangent with '{core.name}', which reads an object", "pass it the numbers in it")
    return state.namespace.denote(unit, unit.name), [display(s) for s in passed]
