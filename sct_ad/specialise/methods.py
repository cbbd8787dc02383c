"""Methods of lists, dicts and arrays: decided at compile time, turned into stores, or left as calls."""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

import gast

from sct_ad.specialise import array_calls, calls, dicts, expressions, heap, identity, iteration, lists, stores
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import NONE, Iteration, Record, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.values import NO_VALUE, Array, Constant, Dict, List, Opaque, Scalar, Unknown


def invoke_method(
    state: State,
    frame: Frame,
    owner: Symbol,
    attr: str,
    args: list[Symbol],
    keywords: dict[str, Symbol],
    node: Any,
) -> Symbol:
    """A method of a run-time value or of a display."""
    if isinstance(owner, Sequence) and owner.maker is not None:
        called = _named_tuple_method(state, frame, owner, attr, args, keywords, node)
        if called is not None:
            return called
    if isinstance(owner, Sequence):
        result = _static_list_method(state, frame, owner, attr, args, node)
        if result is not None:
            return result
        owner = _materialised(state, frame, owner, node)
    if isinstance(owner, Iteration) and attr == "__contains__":
        return expressions.contained(state, args[0], gast.In(), owner, node)
    if dicts.is_dict(owner) and attr in dicts.VIEWS and not args:
        return Iteration(attr, (owner,))
    if isinstance(owner, Record):
        found = _record_method(owner, attr, args) or _changed_record(state, frame, owner, attr, args, keywords, node)
        if found is not None:
            return found
        owner = _materialised(state, frame, owner, node)
    runtime = state.runtime(owner)
    if isinstance(runtime.type, Dict):
        found = dicts.method(state, runtime, attr, args, keywords)
        if found is not None:
            return found
    if isinstance(runtime.type, Opaque) and runtime.type.cls is set:
        raise state.refuse("a method of a set", "collect the values in a list, and make the set of it: set(values)")
    if isinstance(runtime.type, (Opaque, Unknown)) and attr in dicts.VIEWS and not args:
        view = calls.primitive(state, nodes.attribute(display(runtime), attr), args, keywords, node)
        kept = state.temporary(view.atom, view.type, "view")  # which has no positions
        return state.temporary(nodes.call(state.namespace.builtin("list"), display(kept)), List(None))
    if isinstance(runtime.type, (Array, Scalar)):
        found = array_calls.method(state, runtime, attr, args, keywords, node)
        if found is not None:
            return found
    if isinstance(runtime.type, List):
        done = lists.method(state, runtime, attr, args, keywords)
        if done is not None:
            return done
    return calls.primitive(state, nodes.attribute(display(runtime), attr), args, keywords, node)


def _record_method(owner: Record, attr: str, args: list[Symbol]) -> Symbol | None:
    if attr == "copy" and not args:
        return Record(owner.items)
    if attr == "get" and args:
        key = expressions.static_value(args[0])
        if key is not NO_VALUE:
            return dict(owner.items).get(key, args[1] if len(args) > 1 else NONE)
    return None


def _changed_record(
    state: State, frame: Frame, owner: Record, attr: str, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol | None:
    """A method that changes a dict display whose keys are known; None where it must exist at run time."""
    name, entries = _owner_name(node), dict(owner.items)
    key = expressions.static_value(args[0]) if args else NO_VALUE
    result: Symbol = NONE
    if name is None:
        return None
    if attr in ("pop", "__delitem__") and key in entries:
        result = entries.pop(key)
        if isinstance(result, Runtime):
            result = state.temporary(display(result), result.type)
        result = NONE if attr == "__delitem__" else result
    elif attr == "setdefault" and key is not NO_VALUE:
        if key in entries:
            return entries[key]
        result = entries[key] = args[1] if len(args) > 1 else NONE
    elif attr == "update" and len(args) <= 1:
        given = [dicts.known_entries(state, a) for a in args]
        if None in given:
            return None
        for added in given:
            entries.update(added or {})
        entries.update(keywords)
    elif attr == "clear":
        entries.clear()
    else:
        return None
    variable = heap.place_of(state, frame, name.id, owner)
    identity.change(state, variable, owner)
    state.bind(variable, Record(tuple(entries.items())))
    if attr != "setdefault":
        return result
    bound = state.env[variable]  # what was put in may be changed through the result
    if isinstance(bound, Record):
        return dict(bound.items)[key]
    return dicts.method(state, state.runtime(bound), "__getitem__", args[:1], {})


def _owner_name(node: Any) -> gast.Name | None:
    func = getattr(node, "func", None)
    value = func.value if isinstance(func, gast.Attribute) else None
    return value if isinstance(value, gast.Name) else None


def _named_tuple_method(
    state: State, frame: Frame, owner: Sequence, attr: str, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol | None:
    fields = dict(zip(owner.names, owner.items))
    if attr == "_replace" and not args and set(keywords) <= set(fields):
        return replace(owner, items=tuple({**fields, **keywords}.values()))
    if attr == "_asdict" and not args:
        return Record(tuple(fields.items()))
    cls = state.typer.type_of(owner.maker)
    method = getattr(cls.value, attr, None) if isinstance(cls, Constant) else None
    if isinstance(method, types.FunctionType):
        return calls.invoke_function(state, frame, method, [owner, *args], keywords, node)
    return None


def _static_list_method(
    state: State, frame: Frame, owner: Sequence, attr: str, args: list[Symbol], node: Any
) -> Symbol | None:
    """A method of a list display whose items are known; None where it must exist at run time."""
    if attr == "copy" and owner.is_list:
        return Sequence(owner.items, True)
    name = _owner_name(node)
    if name is None or not owner.is_list:
        return None
    items = list(owner.items)
    result: Symbol = NONE
    where = expressions.static_value(args[0]) if args else -1
    if attr == "append":
        items.append(args[0])
    elif attr == "extend":
        added = calls.known_items(state, args[0]) or iteration.static_items(state, args[0])
        if added is None:
            return None
        items += added
    elif attr == "reverse":
        items.reverse()
    elif attr == "clear":
        items.clear()
    elif attr == "insert" and type(where) is int:
        items.insert(where, args[1])
    elif attr in ("pop", "__delitem__") and type(where) is int and -len(items) <= where < len(items):
        result = items.pop(where)
        if isinstance(result, Runtime):
            result = state.temporary(display(result), result.type)
        result = NONE if attr == "__delitem__" else result
    elif attr == "__delitem__" and type(where) is slice:
        del items[where]
    else:
        return None
    variable = heap.place_of(state, frame, name.id, owner)
    identity.change(state, variable, owner)
    state.bind(variable, Sequence(tuple(items), True))
    return result


def _materialised(state: State, frame: Frame, owner: Sequence | Record, node: Any) -> Symbol:
    name = _owner_name(node)
    if name is None:
        return state.runtime(owner)
    return stores.materialised(state, state.variable_read(frame, name.id), owner)
