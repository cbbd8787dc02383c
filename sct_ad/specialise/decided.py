"""Builtins that are decided at compile time; each returns None where it is an ordinary call after all."""

from __future__ import annotations

import builtins
import copy
import functools
from typing import Any

import gast

from sct_ad.specialise import calls, expressions, iteration, lists, patterns
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Iteration, Partial, Record, Runtime, Sequence, Symbol, display, is_concrete
from sct_ad.syntax import nodes
from sct_ad.syntax.values import NO_VALUE, Array, Dict, List, Opaque, Scalar


def _enumerate(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    start = args[1] if len(args) > 1 else keywords.get("start", Runtime(Scalar("int", "", 0), nodes.constant(0)))
    return Iteration("enumerate", (args[0], start))


def _zip(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if any(isinstance(a, Runtime) and isinstance(a.type, List) and a.type.items is None for a in args):
        # Which one is the shortest shows at run time only.
        args = [lists.at_run_time(state, a) if isinstance(a, Sequence) and is_concrete(a) else a for a in args]
    return Iteration("zip", tuple(args)) if args else Sequence(())


def _reversed(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Iteration("reversed", tuple(args))


def _len(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], (Sequence, Record)):
        return Runtime(Scalar("int", "", len(args[0].items)), nodes.constant(len(args[0].items)))
    return None


def _as_sequence(is_list: bool):  # type: ignore[no-untyped-def]
    def convert(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        if not args:
            return Sequence((), is_list)
        displayed = isinstance(args[0], (Sequence, Iteration, Record))
        items_of = iteration.static_items if displayed else calls.known_items
        fixed = items_of(state, args[0])
        return None if fixed is None else Sequence(tuple(fixed), is_list)

    return convert


def _sum(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if not isinstance(args[0], Sequence):
        return None
    floats = [
        i for i in args[0].items if isinstance(i, Runtime) and isinstance(i.type, Scalar) and i.type.kind == "float"
    ]
    if len(floats) > 2:  # since Python 3.12, sum() of floats carries what rounding loses: `a + b + c` is not the same
        return None
    zero = Runtime(Scalar("int", "", 0), nodes.constant(0))
    total = args[1] if len(args) > 1 else keywords.get("start", zero)
    for k, item in enumerate(args[0].items):
        if k == 0 and isinstance(total, Runtime) and total.type == zero.type:
            total = item
            continue
        step = expressions.binary(state, total, gast.Add(), item, nodes.constant(0))
        total = state.temporary(step.atom, step.type) if isinstance(step, Runtime) else step
    return total


def _extreme(function: Any):  # type: ignore[no-untyped-def]
    def convert(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        if "key" in keywords and set(keywords) == {"key"}:
            values = args[0] if len(args) == 1 else Sequence(tuple(args), True)
            return lists.extreme_by_key(state, function.__name__, values, keywords["key"])
        if len(args) == 1 and isinstance(args[0], Sequence) and not keywords:
            if len(args[0].items) == 1:
                return args[0].items[0]
            return calls.primitive(state, state.namespace.builtin(function.__name__), list(args[0].items), {}, None)
        return None

    return convert


def _isinstance(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    """Of a display, whose class is known."""
    classes = expressions.static_classes(args[1])
    if isinstance(args[0], (Sequence, Record)) and classes is not None:
        cls: type = dict if isinstance(args[0], Record) else list if args[0].is_list else tuple
        if isinstance(args[0], Sequence) and isinstance(args[0].maker, gast.Name):
            cls = state.namespace.objects.get(args[0].maker.id, cls)
        known = issubclass(cls, classes)
        return Runtime(Scalar("bool", "", known), nodes.constant(known))
    return None


def _map(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    parts = [iteration.static_items(state, a) for a in args[1:]]
    if any(p is None for p in parts):
        raise state.refuse("map() over something of unknown length", "write the loop, or a list comprehension")
    results = []
    for row in zip(*(p for p in parts if p is not None)):
        result = calls.invoke(state, None, args[0], list(row), {}, None)  # type: ignore[arg-type]
        results.append(state.temporary(result.atom, result.type) if isinstance(result, Runtime) else result)
    return Sequence(tuple(results), True)


def _getattr(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    name = expressions.static_value(args[1])
    if not isinstance(name, str) or len(args) > 2:
        raise state.refuse("getattr with a name or default that is not known", "write x.name")
    return expressions.attribute_of(state, args[0], name, nodes.constant(None))


def _refused(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    what = "eval, exec, locals, globals and vars hide what a function depends on"
    raise state.refuse(what, "write the expression out")


def _partial(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Partial(args[0], tuple(args[1:]), dict(keywords))


def _sorted(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], Runtime) and isinstance(args[0].type, Array):
        return None
    return lists.sorted_items(state, args[0], keywords)


def _dict(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if not args:
        return Record(tuple(keywords.items()))
    if isinstance(args[0], Record) or (isinstance(args[0], Runtime) and isinstance(args[0].type, Dict)):
        return Record(tuple({**calls.mapping_items(state, args[0]), **keywords}.items()))
    rows = iteration.static_items(state, args[0]) if isinstance(args[0], (Sequence, Iteration)) else None
    if rows is None or not all(isinstance(row, Sequence) and len(row.items) == 2 for row in rows):
        return None
    pairs = [(expressions.static_value(row.items[0]), row.items[1]) for row in rows if isinstance(row, Sequence)]
    if any(key is NO_VALUE for key, _ in pairs):
        return None
    return Record(tuple({**dict(pairs), **keywords}.items()))


def _copy(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], Sequence):
        return Sequence(args[0].items, args[0].is_list)
    if isinstance(args[0], Record):
        return Record(args[0].items)
    if isinstance(args[0], Runtime) and isinstance(args[0].type, Dict):
        return _dict(state, args, {})
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
    builtins.isinstance: _isinstance,
    builtins.map: _map,
    builtins.sorted: _sorted,
    builtins.dict: _dict,
    copy.copy: _copy,
    builtins.getattr: _getattr,
    **dict.fromkeys((builtins.eval, builtins.exec, builtins.locals, builtins.globals, builtins.vars), _refused),
    functools.partial: _partial,
    **patterns.DECIDED,
}
