"""Dicts that exist at run time: every operation on one is a load, a store, a pop, a test for a key, or makes a copy."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import gast

from sct_ad.specialise import calls, expressions, flow, iteration, lists, loops, stores
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import NONE, Iteration, Record, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    NO_VALUE,
    UNDEFINED,
    UNKNOWN,
    Abstract,
    Constant,
    Dict,
    Factory,
    List,
    forget_length,
    join,
    join_keys,
    may_carry_derivative,
    opened,
)

VIEWS = ("items", "keys", "values")
_REMOVING = ("pop", "popitem", "__delitem__", "clear")


def is_dict(symbol: Symbol) -> bool:
    """Whether a symbol stands for a dict."""
    return isinstance(symbol, Record) or (isinstance(symbol, Runtime) and isinstance(symbol.type, Dict))


def method(state: State, owner: Runtime, attr: str, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    """A method that reads, changes or copies a dict; None where it does neither."""
    if not isinstance(owner.atom, gast.Name):
        owner = state.temporary(display(owner), owner.type)
    if attr == "get":
        return _lookup(state, owner, args[0], args[1] if len(args) > 1 else NONE)
    if attr == "__getitem__":
        return load(state, owner, _key(state, args[0]))
    if attr in ("__contains__", "copy") and len(args) == (attr == "__contains__"):
        return copied(state, owner) if attr == "copy" else contains(state, owner, _key(state, args[0]))
    if attr == "setdefault":
        return _set_default(state, owner, args[0], args[1] if len(args) > 1 else NONE)
    if attr == "update" and len(args) <= 1:
        for given in args:
            _update(state, owner, given)
        for name, value in keywords.items():
            stores.store_item(state, owner, nodes.constant(name), value)
        return NONE
    if attr == "__setitem__":
        stores.store_item(state, owner, _key(state, args[0]), args[1])
        return NONE
    if attr not in _REMOVING or keywords:
        return None
    if attr == "popitem":
        return _pop_item(state, owner)
    if attr == "clear":
        loops.for_each(state, owner, lambda key: _discard(state, owner, key))
        return NONE
    found = _pop(state, owner, args)
    return found if attr == "pop" else NONE


def _current(state: State, owner: Runtime) -> Runtime:
    """The owner with what is known of its type now."""
    found = state.env.get(owner.atom.id) if isinstance(owner.atom, gast.Name) else None
    return found if isinstance(found, Runtime) else owner


def _type(state: State, owner: Runtime) -> Dict:
    found = _current(state, owner).type
    assert isinstance(found, Dict)
    return found


def _key(state: State, symbol: Symbol) -> Expr:
    """A key as an expression that can be written several times."""
    known = expressions.static_value(symbol)
    if known is not NO_VALUE:
        return nodes.constant(known)
    if isinstance(symbol, Sequence):
        return nodes.tuple_([_key(state, item) for item in symbol.items])
    found = state.runtime(symbol)
    if not isinstance(found.atom, (gast.Name, gast.Constant)):
        found = state.temporary(display(found), found.type, "key")
    return display(found)


def _has(type_: Dict, key: Expr) -> bool | None:
    """Whether a dict surely has a key, or surely lacks it."""
    if type_.items is None or not isinstance(key, gast.Constant):
        return False if type_.items == () else None
    return any(key.value == known for known, _ in type_.items)


def contains(state: State, owner: Runtime, key: Expr) -> Runtime:
    """`key in owner`."""
    expr = gast.Compare(left=nodes.copy(key), ops=[gast.In()], comparators=[display(owner)])
    found = state.typer.type_of(expr)
    if getattr(found, "value", NO_VALUE) is not NO_VALUE:
        return Runtime(found, nodes.constant(found.value))  # type: ignore[attr-defined]
    return state.temporary(expr, found)


def load(state: State, owner: Runtime, key: Expr) -> Symbol:
    """`owner[key]`; a defaultdict makes what it lacks."""
    known = _type(state, owner)
    if known.default is not None and not _has(known, key):
        _make_missing(state, owner, key, known.default)
    return _load(state, owner, key)


def _load(state: State, owner: Runtime, key: Expr) -> Runtime:
    expr = nodes.subscript(display(owner), nodes.copy(key))
    found = calls.constant_item(state, Runtime(state.typer.type_of(expr), expr))
    return state.temporary(found.atom, found.type) if isinstance(found.atom, gast.Subscript) else found


def _make_missing(state: State, owner: Runtime, key: Expr, factory: Factory) -> None:
    def make() -> None:
        value = factory.value
        function = value if isinstance(value, Symbol) else calls.symbol_of(state, value, "factory")
        made = calls.invoke(state, None, function, [], {}, None)  # type: ignore[arg-type]
        number = getattr(made.type, "value", NO_VALUE) if isinstance(made, Runtime) else NO_VALUE
        stores.store_item(state, owner, key, made if number is NO_VALUE else calls.symbol_of(state, number, "value"))

    flow.either(state, contains(state, owner, key), lambda: None, make)


def _either(state: State, test: Symbol, then: Callable[[], Symbol], otherwise: Callable[[], Symbol]) -> Symbol:
    """One of two values."""
    result = state.fresh("found")
    flow.either(state, test, lambda: state.bind(result, then()), lambda: state.bind(result, otherwise()))
    return state.env[result]


def _lookup(state: State, owner: Runtime, where: Symbol, default: Symbol) -> Symbol:
    """`owner.get(where, default)`."""
    key = _key(state, where)
    has = _has(_type(state, owner), key)
    if has is not None:
        return _load(state, owner, key) if has else default
    return _either(state, contains(state, owner, key), lambda: _load(state, owner, key), lambda: default)


def _set_default(state: State, owner: Runtime, where: Symbol, default: Symbol) -> Symbol:
    key = _key(state, where)

    def store() -> None:
        stores.store_item(state, owner, key, default)

    flow.either(state, contains(state, owner, key), lambda: None, store)
    return _load(state, owner, key)


def _pop(state: State, owner: Runtime, args: list[Symbol]) -> Symbol:
    key = _key(state, args[0])
    has = _has(_type(state, owner), key)
    if len(args) == 1 or has is not None:
        return _removed(state, owner, key) if len(args) == 1 or has else args[1]
    return _either(state, contains(state, owner, key), lambda: _removed(state, owner, key), lambda: args[1])


def _removed(state: State, owner: Runtime, key: Expr) -> Runtime:
    """`owner.pop(key)` of a key that is there."""
    expr = nodes.call(nodes.attribute(display(owner), "pop"), nodes.copy(key))
    result = state.temporary(expr, state.typer.type_of(nodes.subscript(display(owner), nodes.copy(key))))
    type_ = _type(state, owner)
    if type_.items is not None and isinstance(key, gast.Constant):
        left = tuple(entry for entry in type_.items if entry[0] != key.value)
        lists.retype(state, owner, Dict(left, default=type_.default))
    else:
        lists.retype(state, owner, _opened(state, type_))
    return result


def _discard(state: State, owner: Runtime, key: Symbol) -> None:
    _removed(state, owner, _key(state, key))


def _pop_item(state: State, owner: Runtime) -> Symbol:
    """The last item that was put in."""
    keys = key_list(state, owner)
    last = nodes.subscript(display(keys), nodes.constant(-1))
    key = state.temporary(last, state.typer.type_of(last), "key")
    return Sequence((key, _removed(state, owner, display(key))))


def _update(state: State, owner: Runtime, given: Symbol) -> None:
    known = known_entries(state, given)
    if known is not None:
        for name, value in known.items():
            stores.store_item(state, owner, nodes.constant(name), value)
    elif isinstance(given, Runtime) and isinstance(given.type, Dict):
        loops.for_each(state, given, lambda key: _store_from(state, owner, given, key))
    else:
        loops.for_each(state, given, lambda pair: _store_pair(state, owner, pair))


def _store_from(state: State, owner: Runtime, given: Runtime, symbol: Symbol) -> None:
    key = _key(state, symbol)
    stores.store_item(state, owner, key, _load(state, given, key))


def _store_pair(state: State, owner: Runtime, pair: Symbol) -> None:
    key, value = calls.items_of(state, pair)
    stores.store_item(state, owner, _key(state, key), value)


def known_entries(state: State, given: Symbol) -> dict[Any, Symbol] | None:
    """The entries of a dict, or of a list of pairs, whose keys are known."""
    if isinstance(given, Record) or (
        isinstance(given, Runtime) and isinstance(given.type, Dict) and given.type.items is not None
    ):
        return calls.mapping_items(state, given)
    rows = iteration.static_items(state, given) if isinstance(given, (Sequence, Iteration)) else None
    if rows is None or not all(isinstance(row, Sequence) and len(row.items) == 2 for row in rows):
        return None
    pairs = [(expressions.static_value(row.items[0]), row.items[1]) for row in rows if isinstance(row, Sequence)]
    return None if any(key is NO_VALUE for key, _ in pairs) else dict(pairs)


def copied(state: State, owner: Runtime, plain: bool = False) -> Runtime:
    """A new dict of the same items; `plain`: `dict(owner)`, else of its own class."""
    name = state.fresh("items")
    expr = nodes.call(nodes.attribute(display(owner), "copy"))
    if plain:
        expr = nodes.call(state.namespace.builtin("dict"), display(owner))
    found = state.define(name, expr, forget_length(state.typer.type_of(expr)))
    state.births[name] = {name}
    return found


def made(state: State, given: Symbol | None, keywords: dict[str, Symbol]) -> Symbol | None:
    """`dict(given, **keywords)`."""
    known = {} if given is None else known_entries(state, given)
    if known is not None:
        return Record(tuple({**known, **keywords}.items()))
    assert given is not None
    if isinstance(given, Runtime) and isinstance(given.type, Dict):
        result = copied(state, given, plain=True)
    else:
        result = state.define(state.fresh("items"), gast.Dict(keys=[], values=[]), Dict(()))
        _update(state, result, given)
    method(state, result, "update", [], keywords)
    return _current(state, result)


def merged(state: State, left: Symbol, right: Symbol) -> Symbol:
    """`left | right`."""
    known = [known_entries(state, side) for side in (left, right)]
    if known[0] is not None and known[1] is not None:
        return Record(tuple({**known[0], **known[1]}.items()))
    result = copied(state, lists.at_run_time(state, left))
    _update(state, result, right)
    return _current(state, result)


def empty(state: State, function: Expr, factory: Symbol | None) -> Runtime:
    """`defaultdict(factory)`: followed at run time from its birth."""
    made_by = None
    if factory is not None and expressions.static_value(factory) is not None:
        known = expressions.static_value(factory)
        made_by = Factory(factory, getattr(factory, "node", None)) if known is NO_VALUE else Factory(known)
    shown = [display(factory)] if made_by is not None and isinstance(factory, Runtime) else []
    name = state.fresh("items")
    result = state.define(name, nodes.call(function, *shown), Dict(None, UNDEFINED, UNDEFINED, made_by))
    state.births[name] = {name}
    return result


def key_list(state: State, owner: Symbol) -> Runtime:
    """The keys of a dict as they are now."""
    found = state.runtime(owner)
    assert isinstance(found.type, Dict)
    keys = opened(found.type).key
    if may_carry_derivative(keys):
        raise state.refuse("the keys of a dict as numbers to compute with", "keep these numbers in a list too")
    return state.temporary(nodes.call(state.namespace.builtin("list"), display(found)), List(None, keys), "keys")


def _opened(state: State, type_: Dict) -> Dict:
    """The type of a dict in which a key that is known only at run time changes."""
    found = opened(type_)
    if found.element == UNKNOWN:
        raise state.refuse(
            "a key that is known only at run time, in a dict of values of different kinds",
            "keep the values of one kind in a dict of their own",
        )
    return found


def _known_key(state: State, key: Expr) -> Hashable:
    """The key itself, where it is a literal or a variable of which the value is known; else NO_VALUE."""
    if isinstance(key, gast.Constant):
        return key.value  # type: ignore[no-any-return]
    known = state.typer.type_of(key)
    return known.value if isinstance(known, Constant) and isinstance(known.value, str) else NO_VALUE


def widen(state: State, owner: Runtime, key: Expr, added: Abstract) -> None:
    """A dict variable, and all that may be the same dict, after a value was stored under a key."""
    type_ = _type(state, owner)
    name = _known_key(state, key)
    if type_.items is not None and name is not NO_VALUE:
        entries = dict(type_.items)
        entries[name] = join(entries.get(name, UNDEFINED), added)
        lists.retype(state, owner, Dict(tuple(entries.items()), default=type_.default))
        return
    before = _opened(state, type_)
    element = join(before.element, forget_length(added))
    if element == UNKNOWN != added:
        raise state.refuse(
            "a dict whose values become of different kinds", "keep the values of one kind in a dict of their own"
        )
    keys = join_keys(before.key, state.typer.type_of(key))
    lists.retype(state, owner, Dict(None, element, keys, type_.default))
