"""Items: `value[index]`, and the index itself."""

from __future__ import annotations

import gast

from sct_ad.specialise import (
    calls,
    choices,
    dicts,
    expressions,
    flat,
    heap,
    identity,
    index_objects,
    instances,
    iteration,
)
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.heap import NeedsUnrolling
from sct_ad.specialise.symbols import (
    Generator,
    Instance,
    Iteration,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE, Constant, Dict, List, Scalar


def subscript_symbol(state: State, frame: Frame, expr: Expr) -> Symbol:
    """An index as the value that `__getitem__` is given."""
    if isinstance(expr, gast.Tuple):
        return Sequence(tuple(subscript_symbol(state, frame, e) for e in expr.elts))
    if isinstance(expr, gast.Slice):
        known = static_index(state, frame, expr)
        if known is None:
            raise state.refuse("a slice with computed bounds given to __getitem__", "give the bounds one by one")
        return Runtime(Constant(known), state.namespace.denote(known, "part"))
    return expressions.evaluate(state, frame, expr)


def _unpacked(state: State, frame: Frame, owner: Instance, expr: gast.Subscript) -> Symbol:
    """An object that is being unpacked, as a list of what it gives to a loop."""
    if instances.method_of(state, owner, "__iter__") is None:
        raise state.refuse(f"'{owner.cls.__name__}' object has no method '__getitem__'")
    first = expr.slice.lower if isinstance(expr.slice, gast.Slice) else expr.slice
    if isinstance(first, gast.Constant) and first.value == 0:  # the others are looked up in what is kept now
        kept = state.fresh("items")
        state.bind(kept, calls.as_list(state, iteration.iterator_of(state, owner)))
        state.unpacked[owner.key] = kept
    return state.env[state.unpacked[owner.key]]


def load_item(state: State, frame: Frame, expr: gast.Subscript) -> Symbol:
    """`value[index]`."""
    owner = expressions.evaluate(state, frame, expr.value)
    if isinstance(owner, Instance):
        if instances.method_of(state, owner, "__getitem__") is not None:
            place = subscript_symbol(state, frame, expr.slice)
            return expressions.special(state, "__getitem__", owner, [place], expr)
        owner = _unpacked(state, frame, owner, expr)
    joined = index_objects.load(state, frame, owner, expr.slice)
    if joined is not None:
        return joined
    if flat.is_flat(owner):
        return flat.load(state, frame, owner, expr.slice)
    if isinstance(owner, (Generator, Iteration)):
        if frame.is_library:
            return iteration.item_at(state, owner, state.runtime(expressions.evaluate(state, frame, expr.slice)), None)
        owner = iteration.listed(state, owner)  # it is being unpacked
        if isinstance(expr.value, gast.Name) and frame.owner_of(expr.value.id) is not None:
            state.bind(state.variable_read(frame, expr.value.id), owner)
            owner = state.lookup(frame, expr.value.id)
    if nodes.is_unpacked(expr):
        owner = iteration.keys_listed(state, owner)
    if isinstance(owner, Sequence):
        static = static_index(state, frame, expr.slice)
        if isinstance(static, int):
            if not -len(owner.items) <= static < len(owner.items):
                message = f"{'list' if owner.is_list else 'tuple'} index out of range"
                raise state.failing(IndexError, message, "index out of range", state.span(frame, expr))
            return owner.items[static]
        if isinstance(static, slice):
            return Sequence(owner.items[static], owner.is_list)
        if state.unrollable and not is_concrete(owner):
            raise NeedsUnrolling
        if owner.items and all(map(choices.is_function, owner.items)) and not isinstance(expr.slice, gast.Slice):
            return choices.picked(state, owner.items, state.runtime(expressions.evaluate(state, frame, expr.slice)))
        if not is_concrete(owner) and not isinstance(expr.slice, (gast.Slice, gast.Tuple)):
            position = state.runtime(expressions.evaluate(state, frame, expr.slice))
            picked = heap.pick(state, list(owner.items), position)
            if picked is not None:
                return picked
        _made_with_items(owner)
        shown = state.runtime(owner)
        owner = state.temporary(display(shown), shown.type, "items")
    if isinstance(owner, Record):
        found = _record_item(state, frame, owner, expr)
        if found is not None:
            return found
        _made_with_items(owner)
        shown = state.runtime(owner)
        owner = state.temporary(display(shown), shown.type, "items")
    runtime = state.runtime(owner)
    if isinstance(runtime.type, Scalar) and isinstance(expr.slice, gast.Tuple) and not expr.slice.elts:
        return runtime  # `x[()]`
    several = calls.known_items(state, runtime) if choices.holds_functions(runtime.type) else None
    if several and not isinstance(expr.slice, gast.Slice) and static_index(state, frame, expr.slice) is None:
        return choices.picked(state, tuple(several), state.runtime(expressions.evaluate(state, frame, expr.slice)))
    known = calls.known_items(state, runtime) if isinstance(expr.slice, gast.Slice) else None
    where = static_index(state, frame, expr.slice) if known is not None else None
    if known is not None and isinstance(where, slice):
        return Sequence(tuple(known[where]), isinstance(runtime.type, List))
    if isinstance(runtime.type, Constant) and not isinstance(runtime.type.value, str):
        raise state.refuse(f"indexing {runtime.type.value!r}", span=state.span(frame, expr))
    if isinstance(runtime.type, Dict) and runtime.type.default is not None:
        return dicts.load(state, runtime, index(state, frame, expr.slice))
    node = nodes.subscript(display(runtime), index(state, frame, expr.slice))
    result = expressions.typed(state, node, expr)
    return calls.constant_item(state, result)


def _made_with_items(owner: Sequence | Record) -> None:
    """An item that is picked at run time must be the very list or dict that its container holds."""
    inner = frozenset().union(*map(identity.homes_in, identity.parts(owner)))
    if inner:
        raise identity.Reconsider(inner | owner.homes)


def _record_item(state: State, frame: Frame, owner: Record, expr: gast.Subscript) -> Symbol | None:
    if isinstance(expr.slice, (gast.Slice, gast.Tuple)):
        return None
    key = expressions.static_value(expressions.evaluate(state, frame, expr.slice))
    if key is NO_VALUE:
        return None
    for known, item in owner.items:
        if known == key:
            return item
    if state.changed_in_loops and owner.homes:  # an earlier trip may put it in
        raise identity.Reconsider(owner.homes)
    what = f"the key {key!r} is not in this dict"
    raise state.failing(KeyError, key, what, state.span(frame, expr))


def static_index(state: State, frame: Frame, expr: Expr) -> int | slice | None:
    """An index known at compile time, as a Python object."""
    if isinstance(expr, gast.Slice):
        parts = []
        for part in (expr.lower, expr.upper, expr.step):
            value = None if part is None else static_index(state, frame, part)
            if part is not None and not isinstance(value, int):
                return None
            parts.append(value)
        return slice(*parts)
    if isinstance(expr, gast.Tuple):
        return None
    found = expressions.evaluate(state, frame, expr)
    if isinstance(found, Runtime) and isinstance(found.type, Scalar) and type(found.type.value) in (int, bool):
        return int(found.type.value)
    return None


def index(state: State, frame: Frame, expr: Expr) -> Expr:
    """An index expression over the flat function's variables."""
    if isinstance(expr, gast.Slice):
        parts = [None if p is None else index(state, frame, p) for p in (expr.lower, expr.upper, expr.step)]
        return gast.Slice(lower=parts[0], upper=parts[1], step=parts[2])
    if isinstance(expr, gast.Tuple):
        return nodes.tuple_([index(state, frame, e) for e in expr.elts])
    return display(state.runtime(expressions.evaluate(state, frame, expr)))
