"""Assignments and stores: names, items of lists and dicts, and parts of arrays."""

from __future__ import annotations

from types import FunctionType, ModuleType

import gast

from sct_ad.objects import is_plain, is_users_module
from sct_ad.specialise import (
    array_methods,
    attributes,
    building,
    calls,
    dicts,
    expressions,
    flat,
    heap,
    identity,
    instances,
    lists,
    operators,
    subscripts,
)
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import Instance, Iteration, Record, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import (
    NO_VALUE,
    UNDEFINED,
    Abstract,
    Array,
    Dict,
    List,
    Opaque,
    forget_length,
    kind,
)


def assign(state: State, frame: Frame, stmt: gast.Assign, following: Stmt | None) -> None:
    """`name = rhs`, or a store of an atom."""
    target = stmt.targets[0]
    if isinstance(target, gast.Name) and isinstance(stmt.value, gast.Call) and target.id not in frame.temporaries:
        state.naming = target.id
    symbol = expressions.evaluate(state, frame, stmt.value)
    state.naming = ""
    if isinstance(target, gast.Name):
        if target.id in getattr(frame.core, "unset", ()) and isinstance(stmt.value, gast.Constant):
            if stmt.value.value is None:
                symbol = Runtime(UNDEFINED, nodes.copy(stmt.value))
        if frame.is_library:
            symbol = expressions.placeholder_or_literal(symbol, isinstance(stmt.value, gast.Constant))
        at_once = following is not None and target.id in frame.temporaries and _reads_once(frame, target.id, following)
        if at_once and (isinstance(symbol, Sequence) or _is_attribute(state, stmt.value, symbol)):
            state.env[state.variable(frame, target.id)] = symbol
        else:
            if isinstance(stmt.value, gast.Name) and stmt.value.id in frame.expiring.get(id(stmt), ()):
                state.forget([state.variable(frame, stmt.value.id)])
            state.assign(frame, target.id, symbol)
    elif isinstance(target, gast.Subscript):
        store(state, frame, target, symbol)
    else:
        held = expressions.evaluate(state, frame, target.value)
        if isinstance(held, Runtime) and isinstance(held.type, Array):
            array_methods.set_attribute(state, held, target.attr, symbol)
            return
        owner = _attribute_owner(state, frame, target)
        instances.store(state, owner, target.attr, symbol)


def _is_attribute(state: State, value: Expr, symbol: Symbol) -> bool:
    """Whether what was read is an attribute of an object that has a variable of its own."""
    if not isinstance(value, gast.Attribute) or not isinstance(symbol, Runtime):
        return False
    return isinstance(symbol.atom, gast.Name) and symbol.atom.id in state.owners


def _attribute_owner(state: State, frame: Frame, target: gast.Attribute) -> Instance:
    """The object, or the class, function or module of the user's, that an attribute is stored into."""
    owner = expressions.evaluate(state, frame, target.value)
    if isinstance(owner, Instance):
        return owner
    value = expressions.static_value(owner)
    users = isinstance(value, FunctionType) or (isinstance(value, ModuleType) and is_users_module(value))
    if users or (isinstance(value, type) and is_plain(value)):
        return instances.place_of(state, value)
    what = "assignment to an attribute of an object that is not looked into"
    raise state.refuse(what, "keep the value in a local variable and return it", state.span(frame, target))


def _reads_once(frame: Frame, name: str, following: Stmt) -> bool:
    if name not in nodes.reads(following) and not (
        isinstance(following, gast.Return) and name in nodes.names_in(following)
    ):
        return False
    return frame.mentions[name] == 2


def store(state: State, frame: Frame, target: gast.Subscript, symbol: Symbol) -> None:
    """`owner[index] = value`."""
    owner = expressions.evaluate(state, frame, target.value)
    if isinstance(owner, Instance):
        place = subscripts.subscript_symbol(state, frame, target.slice)
        expressions.special(state, "__setitem__", owner, [place, symbol], target)
        return
    if flat.is_flat(owner):
        flat.store(state, frame, owner, target.slice, symbol)
        return
    if isinstance(owner, Iteration):
        raise state.refuse("a store through an iterator", "store into the array itself: x[i, j] = v")
    if isinstance(owner, (Record, Sequence)):
        if isinstance(owner, Record):
            materialised = _store_record(state, frame, target, owner, symbol)
        else:
            materialised = _store_static(state, frame, target, owner, symbol)
        if materialised is None:
            return
        owner = materialised
    runtime = state.runtime(owner)
    if isinstance(runtime.type, List) and isinstance(target.slice, gast.Slice):
        lists.store_slice(state, runtime, subscripts.index(state, frame, target.slice), symbol)
        return
    refuse_foreign(state, runtime, frame, target)
    store_item(state, runtime, subscripts.index(state, frame, target.slice), symbol)


def store_item(state: State, runtime: Runtime, where: Expr, symbol: Symbol) -> None:
    """`runtime[where] = symbol`, what is known of the owner's type widened."""
    if isinstance(runtime.type, Dict) and not isinstance(runtime.atom, gast.Name):
        runtime = state.temporary(display(runtime), runtime.type)
    if isinstance(runtime.type, Array):
        symbol = expressions.as_operand(state, runtime, symbol)
    identity.retain(state, symbol)
    if isinstance(symbol, (Sequence, Record)):
        symbol = lists.at_run_time(state, symbol)
    value = display(state.runtime(symbol))
    identity.escape(state, value)
    state.emit(nodes.assign(nodes.subscript(display(runtime), where, store=True), value))
    if isinstance(runtime.type, List) and isinstance(runtime.atom, gast.Name):
        lists.widen(state, runtime, state.typer.type_of(value))
    elif isinstance(runtime.type, Dict):
        dicts.widen(state, runtime, where, state.typer.type_of(value))
    if isinstance(runtime.type, (List, Dict)):
        lists.absorb(state, value, state.typer.type_of(runtime.atom))


def refuse_foreign(state: State, owner: Runtime, frame: Frame | None = None, target: Expr | None = None) -> None:
    """Refuse to write into an array that lives outside of the function."""
    followed = isinstance(owner.atom, gast.Name) and owner.atom.id in state.outer_names.values()
    if isinstance(owner.atom, gast.Name) and owner.atom.id in state.namespace.locals and not followed:
        return
    if isinstance(owner.type, (List, Dict, Opaque)):
        return
    raise state.refuse(
        "a store into an object that is not local to the function",
        "pass the array as an argument, or copy it first",
        None if frame is None else state.span(frame, target),
    )


def _store_static(state: State, frame: Frame, target: gast.Subscript, owner: Sequence, symbol: Symbol) -> Symbol | None:
    if not owner.is_list:
        raise state.refuse("a tuple does not support item assignment", span=state.span(frame, target))
    assert isinstance(target.value, gast.Name)
    variable = heap.place_of(state, frame, target.value.id, owner)
    position, items = subscripts.static_index(state, frame, target.slice), list(owner.items)
    added = expressions.known_parts(state, symbol) if isinstance(position, slice) else None
    if isinstance(position, slice) and added is not None and position.step is None:
        items[position] = added
    elif isinstance(position, int) and -len(items) <= position < len(items):
        items[position] = symbol
    else:
        return materialised(state, variable, owner)
    identity.change(state, variable, owner)
    state.bind(variable, Sequence(tuple(items), True))
    return None


def materialised(state: State, variable: str, owner: Sequence | Record, type_: Abstract | None = None) -> Runtime:
    """A display made at run time, in the variable that it was found through."""
    if owner.homes - {variable}:
        raise identity.Reconsider(owner.homes)
    identity.make(state, variable, owner)
    shown = state.runtime(owner)
    return state.define(variable, display(shown), forget_length(shown.type) if type_ is None else type_)


def _store_record(state: State, frame: Frame, target: gast.Subscript, owner: Record, symbol: Symbol) -> Symbol | None:
    assert isinstance(target.value, gast.Name)
    variable = heap.place_of(state, frame, target.value.id, owner)
    key = expressions.static_value(expressions.evaluate(state, frame, target.slice))
    if key is NO_VALUE:
        return materialised(state, variable, owner)
    identity.change(state, variable, owner)
    state.bind(variable, Record(tuple({**dict(owner.items), key: symbol}.items())))
    return None


def augmented(state: State, frame: Frame, stmt: gast.AugAssign) -> None:
    """`target op= value`: in place for arrays and lists, an assignment for everything else."""
    value = expressions.evaluate(state, frame, stmt.value)
    target = stmt.target
    if isinstance(target, gast.Name):
        _augmented_name(state, frame, stmt, value)
        return
    if isinstance(target, gast.Attribute):
        held = expressions.evaluate(state, frame, target.value)
        if isinstance(held, Runtime) and isinstance(held.type, Array):
            array_methods.set_part(state, held, target.attr, stmt.op, value)
            return
        holder = _attribute_owner(state, frame, target)
        current = attributes.load_attribute(state, frame, target)
        place = heap.attributes(state, holder).get(target.attr)
        if isinstance(current, Sequence) and current.is_list and isinstance(stmt.op, gast.Add) and place is not None:
            _extend(state, place, current, value)
            return
        changed = _in_place(state, frame, stmt, current, value)
        if changed is not current or holder.outside is not None:
            instances.store(state, holder, target.attr, changed)
        return
    owner = expressions.evaluate(state, frame, target.value)
    if flat.is_flat(owner):
        result = expressions.binary(state, flat.load(state, frame, owner, target.slice), stmt.op, value, stmt.value)
        flat.store(state, frame, owner, target.slice, building.named(state, result))
        return
    known = isinstance(owner, Record) and expressions.static_value(expressions.evaluate(state, frame, target.slice))
    if isinstance(owner, Record) and known is NO_VALUE:
        owner = materialised(state, heap.place_of(state, frame, target.value.id, owner), owner)
    where = subscripts.index(state, frame, target.slice)
    if isinstance(owner, Runtime) and isinstance(owner.type, Array):
        refuse_foreign(state, owner, frame, target)
        if isinstance(stmt.op, (gast.Add, gast.Sub)) or kind(owner.type) not in ("float", "complex"):
            to = nodes.subscript(display(owner), where, store=True)
            operand = expressions.as_operand(state, owner, value)
            state.emit(gast.AugAssign(target=to, op=stmt.op, value=display(state.runtime(operand))))
            return
    load = subscripts.load_item(state, frame, gast.Subscript(value=target.value, slice=target.slice, ctx=nodes.LOAD))
    if isinstance(load, Runtime):
        load = state.temporary(load.atom, load.type)
    if (
        isinstance(load, Runtime)
        and isinstance(load.type, Array)
        and not isinstance(expressions.owner_type(owner), Array)
    ):
        state.emit(gast.AugAssign(target=nodes.target(load.atom.id), op=stmt.op, value=display(state.runtime(value))))
        return
    if isinstance(load, Runtime) and isinstance(load.type, List) and isinstance(stmt.op, gast.Add):
        lists.method(state, load, "extend", [value], {})
        return
    result = expressions.binary(state, load, stmt.op, value, stmt.value)
    if isinstance(result, Runtime):
        result = state.temporary(result.atom, result.type)
    store(state, frame, target, result)


def _augmented_name(state: State, frame: Frame, stmt: gast.AugAssign, value: Symbol) -> None:
    name = stmt.target.id
    current = state.lookup(frame, name)
    if isinstance(current, Sequence) and current.is_list and isinstance(stmt.op, gast.Add):
        _extend(state, state.variable_read(frame, name), current, value)
        return
    held = isinstance(current, Runtime) and isinstance(current.type, (Array, List))
    if held and frame.writes_outside(name):
        raise state.refuse(
            f"a change in place of '{name}', which lives outside of the function",
            f"assign a new value: {name} = {name} + ...",
            state.span(frame, stmt),
        )
    if isinstance(current, Record) and isinstance(stmt.op, gast.BitOr):
        variable, added = state.variable_read(frame, name), dicts.known_entries(state, value)
        if added is not None:
            identity.change(state, variable, current)
            state.bind(variable, Record(tuple({**dict(current.items), **added}.items())))
        else:
            dicts.method(state, materialised(state, variable, current), "update", [value], {})
        return
    changed = _in_place(state, frame, stmt, current, value)
    if changed is not current:
        state.assign(frame, name, changed)


def _extend(state: State, variable: str, current: Sequence, value: Symbol) -> None:
    """`variable += value` for a list display."""
    identity.change(state, variable, current)
    state.bind(variable, Sequence(current.items + tuple(calls.items_of(state, value)), True))


def _in_place(state: State, frame: Frame, stmt: gast.AugAssign, current: Symbol, value: Symbol) -> Symbol:
    """The value of a name or attribute after `op=`: what it was, changed in place, or a new value."""
    if isinstance(current, Runtime) and isinstance(current.type, List) and isinstance(stmt.op, gast.Add):
        lists.method(state, current, "extend", [value], {})
        return current
    if isinstance(current, Runtime) and isinstance(current.type, Dict) and isinstance(stmt.op, gast.BitOr):
        dicts.method(state, current, "update", [value], {})
        return current
    if isinstance(current, Runtime) and isinstance(current.type, Array) and isinstance(current.atom, gast.Name):
        refuse_foreign(state, current, frame, stmt.target)
        to, operand = nodes.target(current.atom.id), expressions.as_operand(state, current, value)
        state.emit(gast.AugAssign(target=to, op=stmt.op, value=display(state.runtime(operand))))
        return current
    if isinstance(current, Runtime) and isinstance(current.type, Array):
        raise state.refuse(
            "a change in place of an array that is not local to the function", "copy it first", state.span(frame, stmt)
        )
    if isinstance(current, Instance):
        return operators.in_place(state, current, stmt.op, value, stmt.value)
    return expressions.binary(state, current, stmt.op, value, stmt.value)
