"""`iter(items)`, advanced by `next` or looped over: the items, and a variable that tells how far it has come."""

from __future__ import annotations

import gast

from sct_ad.specialise import calls, expressions, iteration, library, loops
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import Generator, Iteration, Runtime, Sequence, Symbol, display, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import Scalar


def create(state: State, items: Symbol) -> Symbol:
    """`iter(items)`; of an iterator that is not followed by position, the iterator itself."""
    if isinstance(items, (Generator, Iteration)):
        return items
    position = state.fresh("position")
    state.define(position, nodes.constant(0), Scalar("int", "", 0))
    return Iteration("iter", (items,), position)


def _place(state: State, iterator: Iteration) -> Runtime:
    found = state.env.get(iterator.position)
    if not isinstance(found, Runtime):
        raise state.refuse("an iterator from another function or path", "create the iterator where it is used")
    known = expressions.static_value(found)
    return literal(known) if type(known) is int else found


def _move(state: State, iterator: Iteration, to: Runtime) -> None:
    state.define(iterator.position, display(to), to.type)


def advance(state: State, iterator: Iteration, *default: Symbol) -> Symbol:
    """`next(iterator)`, or with a default."""
    (items,), k = iterator.parts, _place(state, iterator)
    known, count = expressions.static_value(k), iteration.known_length(state, items)
    if type(known) is int and count is not None:
        if known < count:
            item = iteration.item_at(state, items, k, None)
            _move(state, iterator, literal(known + 1))
            return item
        if default:
            return default[0]
        what = "next of an iterator that has no more items"
        raise state.failing(StopIteration, None, what, hint="give it a default: next(iterator, None)")
    here = k if type(known) is int else state.temporary(display(k), k.type, "k")
    if default:
        item = calls.from_library(state, library.next_item_or, items, here, *default)
    else:
        item = calls.from_library(state, library.next_item, items, here)
    if isinstance(item, Runtime):
        item = state.temporary(item.atom, item.type, "item")
    following = iteration.add(state, here, literal(1))
    assert isinstance(following, Runtime)
    _move(state, iterator, following)
    return item


def has_more(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol:
    """Whether so many items are left."""
    iterator, count = args
    assert isinstance(iterator, Iteration)
    end = iteration.add(state, _place(state, iterator), count)
    size = iteration.known_length(state, iterator.parts[0])
    whole = iteration.length(state, iterator.parts[0]) if size is None else literal(size)
    assert isinstance(end, Runtime)
    test = gast.Compare(left=display(end), ops=[gast.LtE()], comparators=[display(whole)])
    return state.temporary(test, state.typer.type_of(test))


def rest(state: State, frame: Frame, iterator: Iteration, stmt: gast.For) -> Symbol:
    """What a loop over the iterator goes through; the iterator is exhausted, or moved along with each trip."""
    if _is_mentioned(state, frame, stmt.body, iterator) or loops.has_break(stmt.body):
        return calls.from_library(state, library.remaining, iterator)
    (items,), k = iterator.parts, _place(state, iterator)
    known, count = expressions.static_value(k), iteration.known_length(state, items)
    if type(known) is int and count is not None:
        _move(state, iterator, literal(count))
        return Sequence((iteration.static_items(state, items) or ())[known:])
    left = calls.from_library(state, library.items_from, items, k)
    _move(state, iterator, iteration.length(state, items))
    return left


def _is_mentioned(state: State, frame: Frame, body: Block, iterator: Iteration) -> bool:
    """Whether a loop's body, or a function that it calls, may advance the iterator."""
    names = {state.variable_read(frame, n) for n in nodes.names_in(body) if frame.owner_of(n) is not None}
    held = {n for n, symbol in state.env.items() if isinstance(symbol, Iteration) and symbol.token is iterator.token}
    return bool(names & held) or (frame.has_closures and not frame.is_library)
