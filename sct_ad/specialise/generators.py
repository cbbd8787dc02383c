"""Generators: the body of a generator function runs where it is looped over, and the loop's body at each `yield`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gast

from sct_ad.specialise import dicts, expressions, flow
from sct_ad.specialise.frames import Frame, State, Unreachable
from sct_ad.specialise.symbols import Generator, Iteration, Partial, Poison, Record, Runtime, Sequence, Symbol, literal
from sct_ad.syntax import nodes

_MOST_NESTED = 100


@dataclass(frozen=True)
class Consumer:
    """What happens to each item that a generator yields."""

    run: Callable[[Symbol], None]
    assigned: set[str]
    """The variables that this assigns."""
    stack: list[Any]
    """The calls that were being inlined where the loop stands."""
    stop: str | None
    """The variable that is true once the loop was left."""


def suspended(state: State, inner: Frame, bound: dict[str, Symbol], key: Any) -> Generator:
    """A call of a generator function: the parameters are bound, the body waits."""
    state.enter(inner)
    for name, symbol in bound.items():
        state.assign(inner, name, symbol)
    return Generator(inner, key, tuple(state.variable(inner, name) for name in bound))


def consume(
    state: State, generator: Generator, run: Callable[[Symbol], None], assigned: set[str], stop: str | None = None
) -> None:
    """Run a generator's body, and `run` at each of its yields; `stop` is a variable that tells it to end."""
    inner = generator.frame
    use_up(state, generator)
    exact = tuple(_exact(state.env.get(name)) for name in generator.parameters)
    if len(state.stack) > _MOST_NESTED or any(k == generator.key and e == exact for k, _, e in state.stack):
        raise state.refuse(
            f"recursion of the generator '{inner.core.name}' whose depth is not known", "build a list in the recursion"
        )
    stack, origin = state.stack, state.origin
    inner.consumer = Consumer(run, assigned, stack, stop)
    flag, first = inner.core.stopped, inner.core.body[0]
    if stop is not None:
        inner.variables[flag] = stop
    else:
        with state.at(inner, first):
            state.env[state.variable(inner, flag)] = literal(False)
    state.stack = [*stack, (generator.key, None, exact)]
    try:
        flow.block(state, inner, inner.core.body[1:-1])
        if state.environment is None:
            raise Unreachable
        if not inner.has_closures:
            state.forget(v for n, v in inner.variables.items() if n != flag)
    finally:
        state.stack, state.origin = stack, origin


def _exact(symbol: Symbol | None) -> Any:
    if isinstance(symbol, Runtime):
        return symbol.type
    if isinstance(symbol, Sequence):
        return tuple(map(_exact, symbol.items))
    return id(symbol)


def yielded(state: State, frame: Frame, value: gast.Yield) -> None:
    """`yield value`: the consumer's turn."""
    consumer = frame.consumer
    assert consumer is not None
    item = expressions.evaluate(state, frame, value.value)
    stack, state.stack = state.stack, consumer.stack
    try:
        consumer.run(item)
    finally:
        state.stack = stack


def use_up(state: State, iterator: Symbol) -> None:
    """An iterator is looped over: whoever holds it must not do so again."""
    if not isinstance(iterator, (Generator, Iteration)) or (isinstance(iterator, Iteration) and iterator.position):
        return
    if isinstance(iterator, Iteration) and iterator.kind in dicts.VIEWS:  # these can be looped over again
        return
    for name, symbol in state.env.items():
        state.env[name] = _without(symbol, iterator)
    if isinstance(iterator, Iteration):
        for part in iterator.parts:
            use_up(state, part)


_USED = Poison("a generator or iterator that was looped over already")


def _without(symbol: Symbol, iterator: Symbol) -> Symbol:
    if _is(symbol, iterator):
        return _USED
    if isinstance(symbol, Sequence) and any(_holds(item, iterator) for item in symbol.items):
        return replace(symbol, items=tuple(_without(item, iterator) for item in symbol.items))
    if isinstance(symbol, Record) and any(_holds(item, iterator) for _, item in symbol.items):
        return Record(tuple((key, _without(item, iterator)) for key, item in symbol.items), symbol.homes)
    if isinstance(symbol, Partial) and _holds(symbol, iterator):
        return _USED
    if isinstance(symbol, Iteration) and any(_is(part, iterator) for part in symbol.parts):
        return _USED
    return symbol


def _holds(symbol: Symbol, iterator: Symbol) -> bool:
    if isinstance(symbol, Sequence):
        return any(_holds(item, iterator) for item in symbol.items)
    if isinstance(symbol, Record):
        return any(_holds(item, iterator) for _, item in symbol.items)
    if isinstance(symbol, Partial):
        return any(_holds(part, iterator) for part in (*symbol.args, *symbol.keywords.values()))
    return _is(symbol, iterator) or (isinstance(symbol, Iteration) and any(_is(p, iterator) for p in symbol.parts))


def _is(symbol: Symbol, iterator: Symbol) -> bool:
    if isinstance(symbol, Iteration) and isinstance(iterator, Iteration):
        return symbol.token is iterator.token
    return symbol is iterator


def has_yield(body: list[Any]) -> bool:
    """Whether a block of core yields."""
    return any(isinstance(s, gast.Expr) and isinstance(s.value, gast.Yield) for s in nodes.statements(body))
