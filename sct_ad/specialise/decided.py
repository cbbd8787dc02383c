"""Builtins that are decided at compile time; each returns None where it is an ordinary call after all."""

from __future__ import annotations

import builtins
import collections
import copy
import functools
import heapq
import types
from typing import Any

import gast

from sct_ad.objects import original_of
from sct_ad.rules.inlined import refused
from sct_ad.specialise import (
    attributes,
    building,
    calls,
    dicts,
    expressions,
    flat,
    identity,
    iteration,
    knowledge,
    library,
    lists,
    loops,
    patterns,
    standard,
)
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import (
    NONE,
    Choice,
    Closure,
    Generator,
    Instance,
    Iteration,
    Method,
    Partial,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
    literal,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.values import NO_VALUE, Array, Dict, List, Opaque, Scalar


def _enumerate(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    start = args[1] if len(args) > 1 else keywords.get("start", literal(0))
    return Iteration("enumerate", (iteration.iterator_of(state, args[0]), start))


def _has_unknown_length(symbol: Symbol) -> bool:
    if not isinstance(symbol, Runtime):
        return False
    if isinstance(symbol.type, List):
        return symbol.type.items is None
    return isinstance(symbol.type, Array) and not (symbol.type.dims and isinstance(symbol.type.dims[0], int))


def _zip(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if any(_has_unknown_length(a) for a in args):
        # Which one is the shortest shows at run time only.
        args = [lists.at_run_time(state, a) if isinstance(a, Sequence) and is_concrete(a) else a for a in args]
    args = [iteration.iterator_of(state, a) for a in args]
    strict = keywords.get("strict")
    if strict is not None and expressions.static_value(strict) is not False:
        _same_lengths(state, args)
    return Iteration("zip", tuple(args)) if args else Sequence(())


def _same_lengths(state: State, args: list[Symbol]) -> None:
    """What `strict=True` asks for, tested before the loop."""
    counts = [iteration.known_length(state, a) for a in args]
    if None not in counts and len(set(counts)) <= 1:
        return
    if any(iteration.is_endless(a) or not iteration.is_by_position(a) for a in args):
        raise state.refuse("zip of a generator with strict=True", "make lists of the generators: list(...)")
    for other in args[1:]:
        calls.from_library(state, library.check_lengths, args[0], other)


def _reversed(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Iteration("reversed", tuple(args))


def _len(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], Iteration) and args[0].kind in dicts.VIEWS:
        owner = identity.current(state, args[0].parts[0])
        return _len(state, [owner], {}) or iteration.call_builtin(state, "len", [state.runtime(owner)])
    if isinstance(args[0], (Sequence, Record)):
        return literal(len(args[0].items))
    if flat.is_flat(args[0]):
        return building.attribute(state, flat.array_of(args[0]), "size")
    if isinstance(args[0], Iteration) and iteration.is_by_position(args[0]):  # in our own library only
        count = iteration.known_length(state, args[0])
        return iteration.length(state, args[0]) if count is None else literal(count)
    return None


def _as_sequence(is_list: bool):  # type: ignore[no-untyped-def]
    def convert(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        if not args:
            return Sequence((), is_list)
        whole = iteration.keys_listed(state, args[0])
        if is_list and isinstance(whole, Runtime) and isinstance(whole.type, Array):
            return calls.from_library(state, library.listed, whole)
        items_of = iteration.static_items if isinstance(whole, (Sequence, Record)) else calls.known_items
        fixed = items_of(state, whole)
        if fixed is not None:
            return Sequence(tuple(fixed), is_list)
        if not is_list and (whole is not args[0] or knowledge.is_array(whole)):
            raise state.refuse("tuple() of something whose length is not known", "make a list of it: list(...)")
        return whole if is_list and whole is not args[0] else None

    return convert


def _sum(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if not isinstance(args[0], Sequence):
        return None
    if any(isinstance(item, Sequence) and item.is_list for item in args[0].items):
        raise state.refuse("sum of lists", "join them in a loop: items += row")
    floats = [
        i for i in args[0].items if isinstance(i, Runtime) and isinstance(i.type, Scalar) and i.type.kind == "float"
    ]
    if len(floats) > 2:  # since Python 3.12, sum() of floats carries what rounding loses: `a + b + c` is not the same
        return None
    zero = literal(0)
    total = args[1] if len(args) > 1 else keywords.get("start", zero)
    for k, item in enumerate(args[0].items):
        item = _settled(state, item)
        if k == 0 and isinstance(total, Runtime) and total.type == zero.type:
            total = item
            continue
        step = expressions.binary(state, total, gast.Add(), item, nodes.constant(0))
        total = state.temporary(step.atom, step.type) if isinstance(step, Runtime) else step
    return total


def _settled(state: State, item: Symbol) -> Symbol:
    """An item in a variable where it was an expression."""
    if isinstance(item, Runtime) and not isinstance(item.atom, (gast.Name, gast.Constant)):
        return state.temporary(item.atom, item.type)
    return item


def _extreme(function: Any):  # type: ignore[no-untyped-def]
    def convert(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        default, key = keywords.get("default"), keywords.get("key", NONE)
        if default is not None and len(args) == 1:
            called = calls.symbol_of(state, function, function.__name__)
            if expressions.static_value(key) is None:
                return calls.from_library(state, library.extreme_or, called, args[0], default)
            return calls.from_library(state, library.extreme_by_or, called, args[0], key, default)
        if "key" in keywords and set(keywords) == {"key"}:
            values = calls.as_list(state, args[0]) if len(args) == 1 else Sequence(tuple(args), True)
            return lists.extreme_by_key(state, function.__name__, values, keywords["key"])
        if len(args) == 1 and isinstance(args[0], Sequence) and not keywords:
            items = [_settled(state, item) for item in args[0].items]
            if len(items) == 1:
                return items[0]
            if any(isinstance(item, Instance) for item in items):
                return lists.extreme_object(state, function.__name__, tuple(items))
            return calls.primitive(state, state.namespace.builtin(function.__name__), items, {}, None)
        if len(args) > 1 and any(isinstance(a, Instance) for a in args) and not keywords:
            return lists.extreme_object(state, function.__name__, tuple(args))
        return None

    return convert


def _isinstance(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    """Of what exists at compile time only, whose class is known."""
    classes, cls = expressions.static_classes(args[1]), class_of(state, args[0])
    return None if cls is None or classes is None else literal(issubclass(cls, classes))


def _not_differentiable(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    what, hint = (expressions.static_value(a) for a in args)
    raise state.refuse(str(what), str(hint))


_ITERATORS = {"map": map, "zip": zip, "enumerate": enumerate, "reversed": reversed}


def class_of(state: State, symbol: Symbol) -> type | None:
    """The class of a symbol that is no run-time value."""
    if isinstance(symbol, Sequence):
        cls = list if symbol.is_list else tuple
        known = state.namespace.objects.get(symbol.maker.id) if isinstance(symbol.maker, gast.Name) else None
        return cls if known is None else known
    if isinstance(symbol, Instance):
        return original_of(symbol.cls)
    if isinstance(symbol, Iteration):
        return _ITERATORS.get(symbol.kind)
    own = {Record: dict, Closure: types.FunctionType, Partial: functools.partial, Generator: types.GeneratorType}
    return own.get(type(symbol))


def _callable(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], Runtime):
        return None
    return literal(isinstance(args[0], (Choice, Closure, Partial, Method)))


def _type(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    cls = class_of(state, args[0]) if len(args) == 1 else None
    return None if cls is None else calls.symbol_of(state, cls, cls.__name__)


def _hasattr(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    cls, name = class_of(state, args[0]), expressions.static_value(args[1])
    if cls is None or not isinstance(name, str):
        return None
    return literal(hasattr(cls, name))


def _map(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Iteration("map", (args[0], *(iteration.iterator_of(state, a) for a in args[1:])))


def _getattr(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    name = expressions.static_value(args[1])
    if not isinstance(name, str):
        raise state.refuse("getattr with a name that is not known", "write x.name")
    if len(args) > 2:
        has = _hasattr(state, args, {}) or calls.primitive(
            state, state.namespace.builtin("hasattr"), args[:2], {}, None
        )
        known = expressions.static_value(has)
        if known is NO_VALUE:
            raise state.refuse("getattr with a default, of an object that may lack the attribute", "write x.name")
        if not known:
            return args[2]
    return attributes.attribute_of(state, args[0], name, nodes.constant(None))


def _refused(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    what = "eval, exec, locals, globals and vars hide what a function depends on"
    raise state.refuse(what, "write the expression out")


def _heap(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    raise state.refuse("heapq, which changes a list in an order of its own", "use sorted(...), min(...) and pop")


def _partial(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Partial(args[0], tuple(args[1:]), dict(keywords))


def _sorted(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    values = calls.as_list(state, args[0])
    known = [expressions.static_value(item) for item in values.items] if isinstance(values, Sequence) else [NO_VALUE]
    if not keywords and isinstance(values, Sequence) and all(isinstance(v, str) for v in known):
        order = sorted(range(len(known)), key=known.__getitem__)
        return Sequence(tuple(values.items[k] for k in order), True)
    return lists.sorted_items(state, values, keywords)


def _dict(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if not args:
        return Record(tuple(keywords.items()))
    return dicts.made(state, args[0], keywords)


def _default_dict(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    function = state.namespace.denote(collections.defaultdict, "defaultdict")
    result = dicts.empty(state, function, args[0] if args else None)
    if len(args) > 1 or keywords:
        dicts.method(state, result, "update", args[1:], keywords)
    return state.env[result.atom.id]


def _ordered_dict(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    result = dicts.empty(state, state.namespace.denote(collections.OrderedDict, "OrderedDict"), None)
    dicts.method(state, result, "update", args, keywords)
    return state.env[result.atom.id]


def _from_keys(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    value = args[1] if len(args) > 1 else NONE
    rows = iteration.static_items(state, args[0])
    if rows is not None and all(expressions.static_value(row) is not NO_VALUE for row in rows):
        return Record(tuple((expressions.static_value(row), value) for row in rows))
    result = state.define(state.fresh("items"), gast.Dict(keys=[], values=[]), Dict(()))

    def add(key: Symbol) -> None:
        dicts.method(state, result, "__setitem__", [key, value], {})

    loops.for_each(state, args[0], add)
    return state.env[result.atom.id]


def _copy(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], Sequence):
        return Sequence(args[0].items, args[0].is_list)
    if isinstance(args[0], Record):
        return Record(args[0].items)
    if isinstance(args[0], Runtime) and isinstance(args[0].type, Dict):
        return dicts.copied(state, args[0])
    if isinstance(args[0], Runtime) and isinstance(args[0].type, List):
        return _as_sequence(True)(state, args, keywords) or lists.part(state, args[0], None, None)
    return None


def _set(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    """A set may be changed later: nothing of its content is known, not even that it is empty."""
    shown = [display(state.runtime(a)) for a in args]
    return Runtime(Opaque(set), nodes.call(state.namespace.builtin("set"), *shown))


DECIDED: dict[Any, Any] = {
    builtins.set: _set,
    builtins.enumerate: _enumerate,
    builtins.zip: _zip,
    builtins.reversed: _reversed,
    builtins.len: _len,
    builtins.tuple: _as_sequence(False),
    builtins.list: _as_sequence(True),
    builtins.sum: _sum,
    builtins.max: _extreme(max),
    builtins.min: _extreme(min),
    refused: _not_differentiable,
    builtins.isinstance: _isinstance,
    builtins.callable: _callable,
    builtins.type: _type,
    builtins.hasattr: _hasattr,
    builtins.map: _map,
    builtins.sorted: _sorted,
    builtins.dict: _dict,
    dict.fromkeys: _from_keys,
    collections.defaultdict: _default_dict,
    collections.OrderedDict: _ordered_dict,
    copy.copy: _copy,
    builtins.getattr: _getattr,
    **standard.STANDARD,
    **dict.fromkeys((heapq.heappush, heapq.heappop, heapq.heapify, heapq.heapreplace, heapq.heappushpop), _heap),
    **dict.fromkeys((heapq.nlargest, heapq.nsmallest, heapq.merge), _heap),
    **dict.fromkeys((builtins.eval, builtins.exec, builtins.locals, builtins.globals, builtins.vars), _refused),
    functools.partial: _partial,
    **patterns.DECIDED,
}
