"""What is looped over: its items one by one where they are known, else its length and the item at a position."""

from __future__ import annotations

from dataclasses import replace

import gast

from sct_ad.specialise import calls, dicts, enums, expressions, generators, identity, instances, library, lists
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import (
    NONE,
    Generator,
    Instance,
    Iteration,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
    literal,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.values import (
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
    Unknown,
    dict_values,
    join_all,
)

_MOST_UNROLLED = 64
_ENDLESS = ("count", "cycle", "repeat")
BEGUN = ("lookup", "entries")
"""The values, and the items, of a dict under the keys of a list: what a view becomes when it is looped over."""


def known_length(state: State, iterable: Symbol) -> int | None:
    """How many items there are, where any part of an iteration is a display, a string or a mixed container."""
    if isinstance(iterable, (Sequence, Record)):
        return len(iterable.items)
    if isinstance(iterable, Runtime):
        type_ = iterable.type
        if isinstance(type_, Constant) and isinstance(type_.value, str):
            return len(type_.value)
        if isinstance(type_, Dict):
            return None if type_.items is None else len(type_.items)
        return len(type_.items or ()) if _is_mixed(type_) else None  # type: ignore[attr-defined]
    if not isinstance(iterable, Iteration) or iterable.kind in (*_ENDLESS, *BEGUN):
        return None
    if iterable.kind in dicts.VIEWS:
        return known_length(state, identity.current(state, iterable.parts[0]))
    if iterable.kind in ("zip", "map"):
        counts = [known_length(state, part) for part in _sources(iterable)]
        return min((c for c in counts if c is not None), default=None)
    return known_length(state, iterable.parts[0])


def _is_mixed(type_: object) -> bool:
    """Whether a run-time list or tuple holds items that no one type covers."""
    if not isinstance(type_, (Tuple, List)) or not type_.items or len(type_.items) > _MOST_UNROLLED:
        return False
    return _holds_objects(join_all(list(type_.items)))


def _holds_objects(type_: Abstract) -> bool:
    """Whether a value of this type is, or holds, something else than numbers and arrays."""
    if isinstance(type_, (Tuple, List)):
        return any(map(_holds_objects, type_.items if type_.items is not None else (type_.element,)))
    if isinstance(type_, Dict):
        return any(map(_holds_objects, dict_values(type_)))
    return isinstance(type_, (Unknown, Constant)) or type_ == Opaque(str)


def _sources(iterable: Iteration) -> tuple[Symbol, ...]:
    return iterable.parts[1:] if iterable.kind == "map" else iterable.parts


def static_items(state: State, iterable: Symbol) -> tuple[Symbol, ...] | None:
    """The items, one by one, where their number is known."""
    count = known_length(state, iterable)
    if count is None:
        return None
    return tuple(item_at(state, iterable, literal(k), None) for k in range(count))


def of_known_length(iterable: Symbol, most: int) -> bool:
    """Whether something that is looped over by index could be spelled out item by item."""
    if isinstance(iterable, Iteration):
        if iterable.position or iterable.kind not in ("zip", "enumerate", "reversed", "each"):
            return False
        parts = iterable.parts if iterable.kind == "zip" else iterable.parts[:1]
        return all(isinstance(part, Sequence) or of_known_length(part, most) for part in parts)
    if not isinstance(iterable, Runtime):
        return False
    if isinstance(iterable.type, Range):
        return iterable.type.value is not None and len(iterable.type.value) <= most
    return (
        isinstance(iterable.type, (Tuple, List))
        and iterable.type.items is not None
        and len(iterable.type.items) <= most
    )


def spelled_out(state: State, iterable: Symbol) -> Symbol:
    """The same, item by item."""
    if isinstance(iterable, Iteration):
        parts = iterable.parts if iterable.kind == "zip" else iterable.parts[:1]
        spelled = tuple(part if isinstance(part, Sequence) else spelled_out(state, part) for part in parts)
        return replace(iterable, parts=(*spelled, *iterable.parts[len(parts) :]))
    assert isinstance(iterable, Runtime)
    if isinstance(iterable.type, Range):
        numbers = iterable.type.value or range(0)
        return Sequence(tuple(literal(k) for k in numbers))
    return Sequence(tuple(calls.items_of(state, iterable)))


def call_builtin(state: State, function: str, args: list[Runtime], base: str = "t") -> Runtime:
    """A call of a builtin, in a variable."""
    expr = nodes.call(state.namespace.builtin(function), *(display(a) for a in args))
    return state.temporary(expr, state.typer.type_of(expr), base)


def is_endless(iterable: Symbol) -> bool:
    """Whether an iteration never ends."""
    if not isinstance(iterable, Iteration):
        return False
    if iterable.kind in ("zip", "map"):
        return all(map(is_endless, _sources(iterable)))
    if iterable.kind in _ENDLESS:
        return iterable.kind != "repeat" or len(iterable.parts) == 1
    return is_endless(iterable.parts[0])


def is_by_position(iterable: Symbol) -> bool:
    """Whether an item can be had by its position, without those before it."""
    if isinstance(iterable, Iteration):
        sources = _sources(iterable) if iterable.kind in ("zip", "map") else iterable.parts[:1]
        return iterable.kind in _ENDLESS or (
            not iterable.position and iterable.kind != "flat" and all(map(is_by_position, sources))
        )
    return not isinstance(iterable, Generator)


def length(state: State, iterable: Symbol) -> Runtime:
    """How many items something has that is looped over, as a run-time value."""
    if isinstance(iterable, Iteration):
        if iterable.kind in ("zip", "map"):
            lengths = [length(state, part) for part in _sources(iterable) if not is_endless(part)]
            return lengths[0] if len(lengths) == 1 else call_builtin(state, "min", lengths)
        if iterable.kind in BEGUN:
            return length(state, iterable.parts[1])
        if iterable.kind == "repeat":
            count = iterable.parts[1]
            assert isinstance(count, Runtime)
            return count
        return length(state, iterable.parts[0])
    if isinstance(iterable, (Sequence, Record)):
        return literal(len(iterable.items))
    if isinstance(iterable, Runtime) and isinstance(iterable.type, (Array, List, Tuple, Range, Dict, Unknown)):
        return call_builtin(state, "len", [iterable])
    raise state.refuse("a loop over this kind of object", "loop over a range, array, list or tuple")


def item_at(state: State, iterable: Symbol, index: Runtime, size: Runtime | None) -> Symbol:
    """The item at a position of something that is looped over, whose length may be at hand."""
    known = index.type.value if isinstance(index.type, Scalar) and type(index.type.value) is int else None
    if isinstance(iterable, Iteration):
        return _item_of_iteration(state, iterable, index, size)
    if isinstance(iterable, Sequence) and known is not None:
        return iterable.items[known]
    if isinstance(iterable, Sequence):
        iterable = lists.at_run_time(state, iterable)
    if isinstance(iterable, Record):
        key = iterable.items[known or 0][0]
        return literal(key)
    assert isinstance(iterable, Runtime)
    if known is not None and isinstance(iterable.type, Constant):
        character = iterable.type.value[known]
        return Runtime(Constant(character), nodes.constant(character))
    if known is not None and isinstance(iterable.type, Dict) and iterable.type.items is not None:
        key = iterable.type.items[known][0]
        return literal(key)
    expr = nodes.subscript(display(iterable), display(index))
    item = calls.constant_item(state, Runtime(state.typer.type_of(expr), expr))
    return item if isinstance(item.type, Constant) else state.temporary(item.atom, item.type)


def _item_of_iteration(state: State, iterable: Iteration, index: Runtime, size: Runtime | None) -> Symbol:
    kind, parts = iterable.kind, iterable.parts
    if kind in dicts.VIEWS:
        return _entry(state, iterable, index)
    if kind in BEGUN:
        key = item_at(state, parts[1], index, size)
        expr = nodes.subscript(display(state.runtime(parts[0])), display(key))
        value = calls.constant_item(state, Runtime(state.typer.type_of(expr), expr))
        value = value if isinstance(value.type, Constant) else state.temporary(value.atom, value.type)
        return value if kind == "lookup" else Sequence((key, value))
    if kind == "zip":
        return Sequence(tuple(item_at(state, part, index, None) for part in parts))
    if kind == "map":
        args = [item_at(state, part, index, None) for part in parts[1:]]
        result = calls.invoke(state, None, parts[0], args, {}, None)  # type: ignore[arg-type]
        return state.temporary(result.atom, result.type) if isinstance(result, Runtime) else result
    if kind == "enumerate":
        return Sequence((add(state, index, parts[1]), item_at(state, parts[0], index, size)))
    if kind == "repeat":
        return parts[0]
    if kind == "each":
        return item_at(state, parts[0], index, size)
    if kind == "count":
        step = expressions.binary(state, index, gast.Mult(), parts[1], nodes.constant(0))
        if expressions.static_value(parts[1]) == 1 and isinstance(expressions.static_value(parts[1]), int):
            step = index
        return add(state, _folded(state, step) if isinstance(step, Runtime) else step, parts[0])
    if kind == "cycle":
        whole = length(state, parts[0])
        turn = expressions.binary(state, index, gast.Mod(), whole, nodes.constant(0))
        assert isinstance(turn, Runtime)
        return item_at(state, parts[0], _folded(state, turn), whole)
    whole = size or length(state, parts[0])
    count = known_length(state, parts[0])
    if count is not None and isinstance(index.type, Scalar) and type(index.type.value) is int:
        return item_at(state, parts[0], literal(count - 1 - index.type.value), None)
    last = state.temporary(nodes.binary(display(whole), gast.Sub(), nodes.constant(1)), Scalar("int"))
    back = state.temporary(nodes.binary(display(last), gast.Sub(), display(index)), Scalar("int"))
    return item_at(state, parts[0], back, whole)


def _entry(state: State, view: Iteration, index: Runtime) -> Symbol:
    """The key, value or item at a known position of a dict of known keys, as it is now."""
    assert isinstance(index.type, Scalar)
    entries = calls.mapping_items(state, identity.current(state, view.parts[0]))
    known, value = list(entries.items())[index.type.value]
    key = literal(known)
    return {"keys": key, "values": value, "items": Sequence((key, value))}[view.kind]


def begun(state: State, iterable: Symbol) -> Symbol:
    """What is about to be looped over, with the keys of a dict as they are now in a list of their own."""
    if isinstance(iterable, Runtime) and isinstance(iterable.type, Dict) and iterable.type.items is None:
        return dicts.key_list(state, iterable)
    if not isinstance(iterable, Iteration) or iterable.kind in BEGUN:
        return iterable
    if iterable.kind not in dicts.VIEWS:
        parts = tuple(begun(state, part) for part in iterable.parts)
        if iterable.kind == "zip" and any(map(_is_open, parts)):
            # Which one is the shortest shows at run time only.
            parts = tuple(part if _is_open(part) else _made(state, part) for part in parts)
        return replace(iterable, parts=parts)
    owner = identity.current(state, iterable.parts[0])
    if known_length(state, owner) is not None:
        return iterable
    keys = dicts.key_list(state, owner)
    if iterable.kind == "items":
        return Iteration("entries", (owner, keys))
    return keys if iterable.kind == "keys" else Iteration("lookup", (owner, keys))


def _is_open(iterable: Symbol) -> bool:
    """Whether how many items there are shows at run time only."""
    if isinstance(iterable, Iteration):
        if iterable.kind in (*_ENDLESS, *dicts.VIEWS):
            return False
        return iterable.kind in BEGUN or any(map(_is_open, _sources(iterable)))
    return isinstance(iterable, Runtime) and isinstance(iterable.type, List) and iterable.type.items is None


def _made(state: State, iterable: Symbol) -> Symbol:
    """A display that is looped over as a run-time list, where it can be one."""
    if isinstance(iterable, Generator) or is_endless(iterable):
        return iterable
    found = listed(state, iterable) if isinstance(iterable, (Iteration, Record)) else iterable
    return lists.at_run_time(state, found) if isinstance(found, Sequence) and is_concrete(found) else found


def add(state: State, index: Symbol, start: Symbol) -> Symbol:
    """`start + index`."""
    if expressions.static_value(start) == 0 and isinstance(expressions.static_value(start), int):
        return index
    total = expressions.binary(state, start, gast.Add(), index, nodes.constant(0))
    return _folded(state, total) if isinstance(total, Runtime) else total


def _folded(state: State, value: Runtime) -> Runtime:
    """A number in a variable, or as a literal where it is known."""
    known = value.type.value if isinstance(value.type, Scalar) else None
    if isinstance(value.atom, (gast.Name, gast.Constant)):
        return value
    if type(known) in (int, float):
        return Runtime(value.type, nodes.constant(known))
    return state.temporary(value.atom, value.type)


def as_generator(state: State, iterable: Symbol) -> Symbol:
    """What must be gone through from one item to the next as one generator; anything else as it is."""
    if not isinstance(iterable, Iteration) or (is_by_position(iterable) and not is_endless(iterable)):
        return iterable
    kind, parts = iterable.kind, iterable.parts
    if is_by_position(iterable):
        return calls.from_library(state, library.by_positions, iterable)
    if kind == "iter":
        return calls.from_library(state, library.remaining, iterable)
    if kind == "flat":
        return calls.from_library(state, library.flat, *parts)
    if kind == "enumerate":
        return calls.from_library(state, library.enumerated, *parts)
    if kind == "map":
        return calls.from_library(state, library.mapped, *parts)
    if kind != "zip":
        raise state.refuse(f"{kind} of a generator", "make a list of the generator: list(...)")
    cursors = {part.position for part in parts if isinstance(part, Iteration) and part.position}
    if len(parts) > 1 and len(cursors) == 1 and all(getattr(part, "position", "") for part in parts):
        return calls.from_library(state, library.grouped, parts[0], literal(len(parts)))
    places = [k for k, part in enumerate(parts) if not is_by_position(part)]
    if len(places) > 1:
        raise state.refuse("zip of more than one generator", "make lists of all but one of them: list(...)")
    where = places[0]
    sides = [Iteration("zip", side) if side else NONE for side in (parts[:where], parts[where + 1 :])]
    ends = [literal(bool(s)) for s in map(_ends, sides)]
    return calls.from_library(state, library.zipped, sides[0], parts[where], sides[1], *ends)


def _ends(side: Symbol) -> bool:
    return isinstance(side, Iteration) and not is_endless(side)


def iterator_of(state: State, iterable: Symbol) -> Symbol:
    """What `__iter__` of an object gives; anything else as it is."""
    if isinstance(iterable, Iteration) and iterable.kind == "checkpointed":
        raise state.refuse("checkpointed(...) that no loop goes over itself", "for i, x in checkpointed(enumerate(xs))")
    if not isinstance(iterable, Instance):
        return enums.members(state, iterable) or iterable
    found = instances.call_special(state, iterable, "__iter__", [], None)
    if found is None or isinstance(found, Instance):
        raise state.refuse(
            f"a loop over an object of class '{iterable.cls.__name__}', which has no __iter__ that yields its items",
            "write __iter__ as a generator function, or loop over a list",
        )
    if isinstance(found, Iteration) and found.kind == "iter":
        place = state.env.get(found.position)
        if place is not None and expressions.static_value(place) == 0:  # `return iter(self.items)`
            return found.parts[0]
    return found


def keys_listed(state: State, iterable: Symbol) -> Symbol:
    """What is looped over as a list: the keys of a dict."""
    if dicts.is_dict(iterable):
        items = static_items(state, iterable)
        return begun(state, iterable) if items is None else Sequence(items, True)
    return listed(state, iterable)


def listed(state: State, iterable: Symbol) -> Symbol:
    """A generator, iteration or object with `__iter__` as a list; anything else as it is."""
    iterable = iterator_of(state, iterable)
    if isinstance(iterable, Iteration):
        iterable = begun(state, iterable)
    if isinstance(iterable, Iteration) and iterable.kind == "lookup":
        owner, places = map(state.runtime, iterable.parts)
        return lists.taken(state, owner, places)
    if not isinstance(iterable, (Generator, Iteration)):
        return iterable
    if is_endless(iterable):
        raise state.refuse("an iteration without end used up at once", "use itertools.islice, or a loop with break")
    items = static_items(state, iterable) if is_by_position(iterable) else None
    if items is not None:
        generators.use_up(state, iterable)
        return Sequence(items, True)
    return calls.from_library(state, library.listed, iterable)
