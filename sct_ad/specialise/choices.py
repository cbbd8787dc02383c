"""Functions of which it shows at run time which one is meant: a call is a call of each, one per branch."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.specialise import calls, flow
from sct_ad.specialise.frames import Environment, Frame, State
from sct_ad.specialise.symbols import Choice, Closure, Method, Partial, Poison, Runtime, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import UNKNOWN, Abstract, Constant, List, Scalar, Tuple


def is_function(symbol: Symbol | None) -> bool:
    """Whether a symbol is something that is called."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Constant):
        return callable(symbol.type.value) and not isinstance(symbol.type.value, type)
    return isinstance(symbol, (Choice, Closure, Method, Partial))


def holds_functions(type_: Abstract) -> bool:
    """Whether a tuple or list consists of functions."""
    if not isinstance(type_, (Tuple, List)) or not type_.items:
        return False
    return all(is_function(Runtime(item, nodes.constant(None))) for item in type_.items)


def picked(state: State, items: tuple[Symbol, ...], index: Runtime) -> Choice:
    """The item of a display of functions at a position that shows at run time."""
    whole = nodes.call(state.namespace.builtin("range"), nodes.constant(len(items)))
    known = state.temporary(whole, state.typer.type_of(whole))
    place = nodes.subscript(display(known), display(index))  # negative positions count from the end, wrong ones raise
    return Choice(state.temporary(place, Scalar("int"), "which"), items)


def call(
    state: State, frame: Frame, choice: Choice, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """A call of one of several functions."""
    result = state.fresh("result")

    def run(item: Symbol) -> None:
        state.bind(result, calls.invoke(state, frame, item, args, keywords, node))

    def attempt(position: int) -> None:
        if position == len(choice.items) - 1:
            run(choice.items[position])
            return
        place = nodes.constant(position)
        test = gast.Compare(left=display(choice.which), ops=[gast.Eq()], comparators=[place])
        asked = state.temporary(test, Scalar("bool"))
        flow.either(state, asked, lambda: run(choice.items[position]), lambda: attempt(position + 1))

    attempt(0)
    return state.env[result]


def joined(state: State, both: Environment, sides: list[tuple[Block, Environment]]) -> None:
    """Names that stand for different functions where two paths meet: the path taken is noted."""
    for name, symbol in list(both.items()):
        functions = [env.get(name) for _, env in sides]
        lost = isinstance(symbol, Poison) or (isinstance(symbol, Runtime) and symbol.type == UNKNOWN)
        if not lost or not all(map(is_function, functions)):
            continue
        which = state.fresh("which")
        outer = state.out, state.environment
        for number, (out, env) in enumerate(sides):
            state.out, state.environment = out, env
            state.define(which, nodes.constant(number), Scalar("int"))
        state.out, state.environment = outer
        both[which] = Runtime(Scalar("int"), nodes.name(which))
        items = [calls.constant_item(state, f) if isinstance(f, Runtime) else f for f in functions]
        both[name] = Choice(Runtime(Scalar("int"), nodes.name(which)), tuple(f for f in items if f is not None))
