"""Lists that exist at run time: every operation on one is a load, a store, an append, a pop, or makes a new list."""

from __future__ import annotations

import functools
from dataclasses import replace

import gast

from sct_ad.runtime import sequences
from sct_ad.specialise import calls, expressions, flow, heap, identity, iteration, loops, operators
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import (
    NONE,
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
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    UNDEFINED,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    cover,
    elements,
    join,
    join_all,
)

_INTEGERS = List(None, Scalar("int"))


def method(state: State, owner: Runtime, attr: str, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    """A method that changes or copies a list; None where it does neither."""
    if not isinstance(owner.atom, gast.Name):
        owner = state.temporary(display(owner), owner.type)
    if attr == "append":
        _append(state, owner, args[0])
    elif attr == "extend":
        loops.for_each(state, args[0], lambda item: _append(state, owner, item))
    elif attr == "pop":
        return _pop(state, owner, args)
    elif attr == "insert":
        where = state.runtime(args[0])
        where = where if isinstance(where.atom, (gast.Name, gast.Constant)) else _named(state, where)
        parts: list[Symbol] = [
            part(state, owner, None, where),
            Sequence((args[1],), True),
            part(state, owner, where, None),
        ]
        _replace(state, owner, joined(state, parts))
    elif attr == "remove":
        found = calls.primitive(state, nodes.attribute(display(owner), "index"), args, {}, None)
        _pop(state, owner, [_named(state, found)])
    elif attr == "clear":
        _replace(state, owner, Sequence((), True))
    elif attr == "reverse":
        backwards = gast.Slice(lower=None, upper=None, step=nodes.constant(-1))
        _replace(state, owner, _named(state, _slice(state, owner, backwards)))
    elif attr == "sort":
        _replace(state, owner, sorted_items(state, owner, keywords))
    elif attr == "__delitem__":
        _delete(state, owner, args[0])
    elif attr == "copy":
        return part(state, owner, None, None)
    else:
        return None
    return NONE


def _named(state: State, symbol: Runtime) -> Runtime:
    return state.temporary(display(symbol), symbol.type)


def at_run_time(state: State, symbol: Symbol) -> Runtime:
    """A list or tuple in a variable of its own where it was a display."""
    if isinstance(symbol, Runtime):
        return symbol
    return state.temporary(display(state.runtime(symbol)), symbol_type(symbol), "items")


def _append(state: State, owner: Runtime, item: Symbol) -> None:
    identity.retain(state, item)
    value = at_run_time(state, item) if isinstance(item, (Sequence, Record)) else state.runtime(item)
    identity.escape(state, display(value))
    state.emit(gast.Expr(value=nodes.call(nodes.attribute(display(owner), "append"), display(value))))
    widen(state, owner, value.type)
    absorb(state, display(value), state.typer.type_of(owner.atom))


def _pop(state: State, owner: Runtime, args: list[Symbol]) -> Runtime:
    where = [display(state.runtime(a)) for a in args]
    expr = nodes.call(nodes.attribute(display(owner), "pop"), *where)
    type_ = state.typer.type_of(expr)
    result = state.temporary(expr, type_)
    widen(state, owner, type_)
    return result


def _slice(state: State, owner: Runtime, where: gast.Slice) -> Runtime:
    expr = nodes.subscript(display(owner), where)
    return Runtime(state.typer.type_of(expr), expr)


def part(state: State, owner: Runtime, lower: Runtime | None, upper: Runtime | None) -> Runtime:
    """`owner[lower:upper]`, a new list."""
    bounds = [None if bound is None else display(bound) for bound in (lower, upper)]
    return _named(state, _slice(state, owner, gast.Slice(lower=bounds[0], upper=bounds[1], step=None)))


def joined(state: State, parts: list[Symbol]) -> Runtime:
    """Lists one behind the other, a new list."""
    total = at_run_time(state, parts[0])
    for other in parts[1:]:
        expr = nodes.binary(display(total), gast.Add(), display(at_run_time(state, other)))
        total = state.temporary(expr, state.typer.type_of(expr))
    return total


def _replace(state: State, owner: Runtime, new: Symbol) -> None:
    """`owner[:] = new`."""
    value = at_run_time(state, new)
    whole = nodes.whole()
    state.emit(nodes.assign(nodes.subscript(display(owner), whole, store=True), display(value)))
    assert isinstance(value.type, (List, Tuple))
    for element in elements(value.type) or (UNKNOWN,):
        widen(state, owner, element)


def _delete(state: State, owner: Runtime, where: Symbol) -> None:
    known = expressions.static_value(where)
    if not isinstance(known, slice):
        _pop(state, owner, [where])
    elif known.step is None:
        bounds = [None if b is None else literal(b) for b in (known.start, known.stop)]
        kept = [part(state, owner, None, bounds[0])] if bounds[0] is not None else []
        kept += [part(state, owner, bounds[1], None)] if bounds[1] is not None else []
        _replace(state, owner, joined(state, list(kept)) if kept else Sequence((), True))
    else:
        raise state.refuse("del of a slice with a step", "build a new list without these items")


def store_slice(state: State, owner: Runtime, where: gast.Slice, value: Symbol) -> None:
    """`owner[lower:upper] = value`."""
    if where.step is not None:
        raise state.refuse("assignment to a slice of a list with a step", "assign item by item")
    both = where.lower is not None and where.upper is not None
    if both and not (isinstance(where.lower, gast.Constant) and isinstance(where.upper, gast.Constant)):
        raise state.refuse("assignment to a slice of a list between computed bounds", "assign item by item")
    bounds = [None if b is None else Runtime(Scalar("int"), b) for b in (where.lower, where.upper)]
    parts: list[Symbol] = [] if bounds[0] is None else [part(state, owner, None, bounds[0])]
    parts.append(value if isinstance(value, (Sequence, Runtime)) else state.runtime(value))
    parts += [] if bounds[1] is None else [part(state, owner, bounds[1], None)]
    for item in parts:
        if not isinstance(item, Sequence) and not isinstance(expressions.owner_type(item), List):
            raise state.refuse(
                "assignment of something else than a list to a slice of a list", "assign list(...) of it"
            )
    identity.retain(state, value)
    _replace(state, owner, joined(state, parts))


def _keys(state: State, values: Runtime, key: Symbol | None) -> Runtime:
    """A list of what the items are compared by."""
    if key is None:
        return values
    name = state.fresh("keys")
    state.define(name, gast.List(elts=[], ctx=nodes.LOAD), List(None, UNDEFINED))

    def add(item: Symbol) -> None:
        found = calls.invoke(state, None, key, [item], {}, None)  # type: ignore[arg-type]
        current = state.env[name]
        assert isinstance(current, Runtime)
        _append(state, current, found)

    loops.for_each(state, values, add)
    found = state.env[name]
    assert isinstance(found, Runtime)
    return found


def sorted_items(state: State, values: Symbol, keywords: dict[str, Symbol]) -> Symbol:
    """`sorted(values, key=..., reverse=...)`, as the items in an order that is found first."""
    values = iteration.keys_listed(state, values)
    if not isinstance(values, (Sequence, Runtime)) or not isinstance(symbol_type(values), (List, Tuple)):
        raise state.refuse("sorted() of this kind of object", "sort a list: sorted(list(...))")
    known = dict(keywords)
    key, backwards = known.pop("key", None), known.pop("reverse", None)
    if known:
        raise state.refuse(f"sorted() with the keyword '{next(iter(known))}'")
    if isinstance(key, Runtime) and isinstance(key.type, Constant) and key.type.value is None:
        key = None
    if isinstance(values, Sequence) and not is_concrete(values):
        return _sorted_objects(state, values, key, backwards)
    items = at_run_time(state, values)
    given = [display(_keys(state, items, key)), *([display(state.runtime(backwards))] if backwards else [])]
    order = state.temporary(_call(state, sequences.sort_order, *given), _INTEGERS, "order")
    return taken(state, items, order)


def taken(state: State, items: Runtime, places: Runtime) -> Runtime:
    """A new list of the items at these places (of a dict: under these keys)."""
    expr = _call(state, sequences.take_items, display(items), display(places))
    return state.temporary(expr, state.typer.type_of(expr))


def extreme_by_key(state: State, function: str, values: Symbol, key: Symbol) -> Symbol:
    """`max(values, key=...)`: the first item whose key is the largest."""
    values = iteration.keys_listed(state, values)
    if not isinstance(values, (Sequence, Runtime)) or not isinstance(symbol_type(values), (List, Tuple)):
        raise state.refuse(f"{function}() by a key over this kind of object", "pass a list")
    if isinstance(values, Sequence) and not is_concrete(values):
        keys = display(_keys_of_objects(state, values, key))
        return _picked(state, values, _place_of_extreme(state, function, keys))
    items = at_run_time(state, values)
    keys = display(_keys(state, items, key))
    expr = nodes.subscript(display(items), display(_place_of_extreme(state, function, keys)))
    return state.temporary(expr, state.typer.type_of(expr))


def _place_of_extreme(state: State, function: str, keys: Expr) -> Runtime:
    best = nodes.call(state.namespace.builtin(function), keys)
    found = state.temporary(best, state.typer.type_of(best))
    where = nodes.call(nodes.attribute(nodes.copy(keys), "index"), display(found))
    return state.temporary(where, Scalar("int"))


def extreme_object(state: State, function: str, items: tuple[Symbol, ...]) -> Symbol:
    """`max(objects)`: the first that none of the others is greater than."""
    name = state.fresh("best")
    state.bind(name, items[0])
    op = gast.Gt() if function == "max" else gast.Lt()
    for item in items[1:]:
        test = operators.compare(state, item, op, state.env[name], nodes.constant(None))
        flow.either(state, test, functools.partial(state.bind, name, item), lambda: None)
    return state.env[name]


def _keys_of_objects(state: State, values: Sequence, key: Symbol | None) -> Runtime:
    """What objects are compared by, as a list."""
    if key is None:
        raise state.refuse("sorted() of objects without a key", "give it one: sorted(objects, key=lambda p: p.x)")
    found = [calls.invoke(state, None, key, [item], {}, None) for item in values.items]  # type: ignore[arg-type]
    return at_run_time(state, Sequence(tuple(_named(state, state.runtime(symbol)) for symbol in found), True))


def _sorted_objects(state: State, values: Sequence, key: Symbol | None, backwards: Symbol | None) -> Symbol:
    keys = _keys_of_objects(state, values, key)
    given = [display(keys), *([display(state.runtime(backwards))] if backwards else [])]
    order = state.temporary(_call(state, sequences.sort_order, *given), _INTEGERS, "order")
    places = [nodes.subscript(display(order), nodes.constant(k)) for k in range(len(values.items))]
    positions = [state.temporary(place, Scalar("int"), "place") for place in places]
    return Sequence(tuple(_picked(state, values, position) for position in positions), True)


def _picked(state: State, values: Sequence, position: Runtime) -> Symbol:
    found = heap.pick(state, list(values.items), position)
    if found is None:
        raise state.refuse("a choice by value among objects of several classes", "keep their numbers in lists")
    return found


def _call(state: State, function: object, *args: Expr) -> gast.Call:
    return nodes.call(state.namespace.denote(function, function.__name__), *args)  # type: ignore[attr-defined]


def widen(state: State, owner: Runtime, added: Abstract) -> None:
    """A list variable, and all that may be the same list, after an element of some type was put in."""
    assert isinstance(owner.type, List) and isinstance(owner.atom, gast.Name)
    merged = added
    for element in elements(owner.type):
        merged = merged if element in (UNKNOWN, UNDEFINED) else join(merged, element)
    changed = List(None, merged)
    _note(state, owner.atom.id, changed)
    _spread(state, owner.atom.id, changed)


def retype(state: State, owner: Runtime, changed: Dict) -> None:
    """A dict variable, and all that may be the same dict, when what is known of its items has changed."""
    assert isinstance(owner.atom, gast.Name)
    before = state.typer.type_of(owner.atom)
    _note(state, owner.atom.id, changed)
    _spread(state, owner.atom.id, changed, before)


def absorb(state: State, value: Expr, holder: Abstract) -> None:
    """A container that was put into another one: what its neighbours hold may be put into it too."""
    if isinstance(value, gast.Name) and value.id in state.env and isinstance(holder, (List, Dict)):
        known = state.typer.type_of(value)
        element = holder.element if holder.items is None else UNKNOWN
        joined = join(known, element)
        if isinstance(known, (List, Dict)) and isinstance(joined, (List, Dict)) and joined != known:
            _note(state, value.id, joined)


def _spread(state: State, changed: str, type_: List | Dict, before: Abstract = UNKNOWN) -> None:
    """What a container became is known of it under all its names."""
    inside = identity.held_elsewhere(state, changed)
    for name, symbol in list(state.env.items()):
        if isinstance(symbol, Runtime) and isinstance(symbol.type, (List, Tuple, Dict)) and name != changed:
            same = identity.may_be_same(state, name, changed)
            _note(state, name, _changed(symbol.type, type_, same, inside, before))
    for name, symbol in list(state.env.items()):
        if isinstance(symbol, (Sequence, Record)):
            state.env[name] = _refreshed(state, symbol)


def _refreshed(state: State, symbol: Symbol) -> Symbol:
    """A display whose items have the types that their variables have now."""
    if isinstance(symbol, Runtime):
        known = state.env.get(symbol.atom.id) if isinstance(symbol.atom, gast.Name) else None
        return known if isinstance(known, Runtime) and nodes.same(known.atom, symbol.atom) else symbol
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(_refreshed(state, item) for item in symbol.items))
    if isinstance(symbol, Record):
        return replace(symbol, items=tuple((key, _refreshed(state, item)) for key, item in symbol.items))
    return symbol


def _note(state: State, variable: str, type_: Abstract) -> None:
    """A wider type of a variable."""
    if variable not in state.env:  # a list that lives outside of the function
        state.typer.types[variable] = state.namespace.types[variable] = type_
        return
    symbol = state.env[variable]
    assert isinstance(symbol, Runtime)
    if type_ != symbol.type or variable in state.widened or isinstance(type_, (List, Dict)):
        state.widened[variable] = cover(state.widened.get(variable, type_), type_)
    state.env[variable] = Runtime(type_, symbol.atom)
    state.typer.types[variable] = type_


def _changed(type_: Abstract, changed: List | Dict, same: bool, inside: bool, before: Abstract) -> Abstract:
    """A type after some list or dict has changed: this very one, if `same`, or one inside it, if `inside`."""
    if isinstance(type_, List):
        items = tuple(_changed(i, changed, inside, inside, before) for i in (type_.items or (type_.element,)))
        element = join_all(list(items))
        if same and isinstance(changed, List) and _alike(element, changed.element):
            empty = element in (UNKNOWN, UNDEFINED)
            return List(None, changed.element if empty else join(element, changed.element))
        return List(None, element) if type_.items is None else List(items if type_.items else ())
    if isinstance(type_, Tuple):
        return Tuple(tuple(_changed(i, changed, inside, inside, before) for i in type_.items), type_.names)
    if isinstance(type_, Dict):
        if type_.items is None:
            kept: Dict = replace(type_, element=_changed(type_.element, changed, inside, inside, before))
        else:
            entries = tuple((key, _changed(item, changed, inside, inside, before)) for key, item in type_.items)
            kept = Dict(entries, default=type_.default)
        if same and isinstance(changed, Dict) and _may_have_been(kept, before):
            joined = join(kept, changed)
            return kept if joined == UNKNOWN else joined
        return kept
    return type_


def _may_have_been(type_: Dict, before: Abstract) -> bool:
    """Whether a dict of this type can be the one that had another type before it changed."""
    if not isinstance(before, Dict) or type_.items is None or before.items is None:
        return True
    return [key for key, _ in type_.items] == [key for key, _ in before.items]


def _alike(left: Abstract, right: Abstract) -> bool:
    if UNKNOWN in (left, right) or UNDEFINED in (left, right):
        return True
    if {type(left), type(right)} == {Scalar, Array}:
        return not all(getattr(side, "dims", None) for side in (left, right) if isinstance(side, Array))
    return join(left, right) != UNKNOWN
