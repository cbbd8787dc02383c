"""What is looped over: its items one by one where they are known, else its length and the item at a position."""

from __future__ import annotations

import gast

from sct_ad.analysis.typer import constant_type
from sct_ad.specialise import calls
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Iteration, Record, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Array, Constant, Dict, List, Range, Scalar, Tuple, Unknown, join_all

_MOST_UNROLLED = 64


def static_items(state: State, iterable: Symbol) -> tuple[Symbol, ...] | None:
    """The items, one by one, where any part of an iteration is a display, a string or a mixed container."""
    if isinstance(iterable, Sequence):
        return iterable.items
    if isinstance(iterable, Record):
        return tuple(Runtime(constant_type(key), nodes.constant(key)) for key, _ in iterable.items)
    if isinstance(iterable, Runtime):
        return _items_of_container(state, iterable)
    if not isinstance(iterable, Iteration):
        return None
    parts = [static_items(state, part) for part in iterable.parts[: 1 if iterable.kind != "zip" else None]]
    known = [len(p) for p in parts if p is not None]
    if not known:
        return None
    count = min(known)
    if iterable.kind == "reversed":
        return parts[0][::-1] if parts[0] is not None else None
    if iterable.kind == "enumerate":
        start = iterable.parts[1]
        rows = []
        for k, item in enumerate(parts[0] or ()):
            rows.append(Sequence((add_integer(state, start, k), item)))
        return tuple(rows)
    rows = []
    for k in range(count):
        row = []
        for part, items in zip(iterable.parts, parts):
            position = Runtime(Scalar("int", "", k), nodes.constant(k))
            row.append(items[k] if items is not None else item_at(state, part, position, None))
        rows.append(Sequence(tuple(row)))
    return tuple(rows)


def _items_of_container(state: State, iterable: Runtime) -> tuple[Symbol, ...] | None:
    type_ = iterable.type
    if isinstance(type_, Constant) and isinstance(type_.value, str):
        return tuple(Runtime(Constant(c), nodes.constant(c)) for c in type_.value)
    if isinstance(type_, Dict):
        return tuple(Runtime(constant_type(key), nodes.constant(key)) for key, _ in type_.items)
    if not isinstance(type_, (Tuple, List)) or not type_.items or len(type_.items) > _MOST_UNROLLED:
        return None
    if not isinstance(join_all(list(type_.items)), (Unknown, Constant)):
        return None
    return tuple(calls.items_of(state, iterable))


def call_builtin(state: State, function: str, args: list[Runtime], base: str = "t") -> Runtime:
    """A call of a builtin, in a variable."""
    expr = nodes.call(state.namespace.builtin(function), *(display(a) for a in args))
    return state.temporary(expr, state.typer.type_of(expr), base)


def length(state: State, iterable: Symbol) -> Runtime:
    """How many items something has that is looped over, as a run-time value."""
    if isinstance(iterable, Iteration):
        if iterable.kind == "zip":
            lengths = [length(state, part) for part in iterable.parts]
            return lengths[0] if len(lengths) == 1 else call_builtin(state, "min", lengths)
        return length(state, iterable.parts[0])
    if isinstance(iterable, Runtime) and isinstance(iterable.type, (Array, List, Tuple, Range, Unknown)):
        return call_builtin(state, "len", [iterable])
    raise state.refuse("a loop over this kind of object", "loop over a range, array, list or tuple")


def item_at(state: State, iterable: Symbol, index: Runtime, known_length: Runtime | None) -> Symbol:
    """The item at a run-time position of something that is looped over."""
    if isinstance(iterable, Sequence):
        assert isinstance(index.type, Scalar)
        return iterable.items[index.type.value]
    if isinstance(iterable, Iteration):
        inner = iterable.parts[0]
        if iterable.kind == "zip":
            return Sequence(tuple(item_at(state, part, index, None) for part in iterable.parts))
        if iterable.kind == "enumerate":
            start = iterable.parts[1]
            assert isinstance(start, Runtime)
            if isinstance(start.type, Scalar) and start.type.value == 0:
                count = index
            else:
                count = state.temporary(nodes.binary(display(index), gast.Add(), display(start)), Scalar("int"))
            return Sequence((count, item_at(state, inner, index, known_length)))
        size = known_length or length(state, inner)
        last = state.temporary(nodes.binary(display(size), gast.Sub(), nodes.constant(1)), Scalar("int"))
        back = state.temporary(nodes.binary(display(last), gast.Sub(), display(index)), Scalar("int"))
        return item_at(state, inner, back, size)
    assert isinstance(iterable, Runtime)
    expr = nodes.subscript(display(iterable), display(index))
    return state.temporary(expr, state.typer.type_of(expr))


def add_integer(state: State, symbol: Symbol, number: int) -> Symbol:
    """An int symbol plus a known number."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Scalar) and type(symbol.type.value) is int:
        total = symbol.type.value + number
        return Runtime(Scalar("int", "", total), nodes.constant(total))
    assert isinstance(symbol, Runtime)
    return state.temporary(nodes.binary(display(symbol), gast.Add(), nodes.constant(number)), Scalar("int"))
