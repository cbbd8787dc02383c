"""Calls of derivatives inside of a differentiated function: `grad(f)`, and what it makes, `grad(f)(x)`.

A gradient of a nested function is one of a function by itself, whose first parameters are the variables around it.
"""

from __future__ import annotations

import ast
import dis
import inspect
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.specialise import calls, expressions, heap
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.symbols import (
    Closure,
    Partial,
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
from sct_ad.syntax.names import identifier, operands
from sct_ad.syntax.values import NO_VALUE, Constant

Maker = Callable[..., Any]
MAKERS: dict[Any, Maker] = {}
"""`grad` and its like -> `maker(function, source, shift, *args, **keywords)`, which makes the object that it makes.

`shift` is the number of parameters that have been put before the function's own.
"""


INLINED: dict[Any, Callable[..., tuple[types.FunctionType, list[Guard]]]] = {}
"""`jvp` -> `compile(function, source, types, active)`: the emitted function, and what it was specialised to."""


Expansion = Callable[[State, Frame, Any, list[Symbol], dict[str, Symbol], Any], Symbol]
EXPANDED: dict[Any, Expansion] = {}
"""`vjp` and its like, and classes of derivatives, whose calls become calls of gradients and of `jvp`."""


def expansion_of(value: Any) -> Expansion | None:
    """What a call of an operator, or of what an operator has made, becomes."""
    if isinstance(value, types.FunctionType):
        return EXPANDED.get(value)
    found = (EXPANDED[cls] for cls in type(value).__mro__ if cls in EXPANDED)
    return next(found, None)


def shifted(argnums: Any, shift: int) -> Any:
    """Argnums of a function before whose parameters so many others have been put."""
    if isinstance(argnums, tuple):
        return tuple(shifted(k, shift) for k in argnums)
    return argnums + shift if isinstance(argnums, int) and argnums >= 0 else argnums


def inline(
    state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """`jvp(f, primals, tangents)`: the emitted text of the tangent in its place, as if the user had written it."""
    shown = value.__name__
    given = args[1:]
    if len(given) != 2 or keywords or not (isinstance(given[0], Sequence) and isinstance(given[1], Sequence)):
        raise state.refuse(f"this call of {shown}", f"write {shown}(f, (x, y), (dx, dy))", state.span(frame, node))
    if len(given[0].items) != len(given[1].items):
        raise state.refuse(f"{shown} with {len(given[0].items)} primals and {len(given[1].items)} tangents")
    function, text, captured = plain(state, frame, args[0], shown, node)
    primals, tangents = [*captured, *given[0].items], [*(literal(None) for _ in captured), *given[1].items]
    names = _parameters(function)[: len(primals)]
    kinds = {n: state.runtime(p, "a primal").type for n, p in zip(names, primals, strict=True)}
    moved = [k for k, t in enumerate(tangents) if expressions.static_value(t) is not None]
    made, guards = INLINED[value](function, text, kinds, tuple(names[k] for k in moved))
    for guard in guards:
        state.namespace.guard(guard)
    return calls.invoke_function(state, frame, made, [*primals, *(tangents[k] for k in moved)], {}, node)


def _parameters(function: Any) -> list[str]:
    """The names of a function's parameters."""
    if isinstance(function, np.ufunc):
        return operands(function.nin)
    return list(inspect.signature(function).parameters)


def make(state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any) -> Symbol:
    """The derivative object that a call such as `grad(f, argnums=1)` makes."""
    shown = getattr(value, "__name__", "this operator")
    if not args:
        raise state.refuse(f"{shown} without a function", f"write {shown}(f)(x)", state.span(frame, node))
    options = [static(state, arg, shown) for arg in args[1:]]
    named = {name: static(state, arg, shown) for name, arg in keywords.items()}
    function, text, captured = plain(state, frame, args[0], shown, node)
    made = MAKERS[value](function, text, len(captured), *options, **named)
    symbol = Runtime(Constant(made), state.namespace.denote(made, f"{identifier(function.__name__)}_{shown}"))
    return Partial(symbol, tuple(captured), {}) if captured else symbol


def static(state: State, symbol: Symbol, shown: str) -> Any:
    """The value of an option, which must be known when the function is compiled."""
    if isinstance(symbol, Sequence):
        return tuple(static(state, item, shown) for item in symbol.items)
    found = expressions.static_value(symbol)
    if found is NO_VALUE:
        raise state.refuse(f"an option of {shown} that is not a constant", f"write it out, as in {shown}(f, argnums=1)")
    return found


def plain(state: State, frame: Frame, symbol: Symbol, shown: str, node: Any) -> tuple[Any, str | None, list[Symbol]]:
    """The function, its text where Python does not know it, and the outer variables that it takes first."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Constant) and callable(symbol.type.value):
        return symbol.type.value, None, []
    if isinstance(symbol, Partial) and not symbol.keywords and isinstance(symbol.function, Runtime):
        function, text, captured = plain(state, frame, symbol.function, shown, node)
        return function, text, [*captured, *symbol.args]
    if isinstance(symbol, Closure) and not symbol.defaults:
        return _lifted(state, symbol)
    raise state.refuse(
        f"{shown} of a function that is chosen or bound here",
        "define it outside of the function",
        state.span(frame, node),
    )


def _lifted(state: State, closure: Closure) -> tuple[Any, str, list[Symbol]]:
    """A nested function as one by itself, the variables around it being its first parameters."""
    definition = nodes.copy(closure.node)
    if any(isinstance(n, (gast.Nonlocal, gast.Global)) for n in nodes.walk(definition.body)):
        raise state.refuse("a derivative of a nested function that assigns outer names", "return the values")
    definition.name = name = definition.name if definition.name.isidentifier() else "nested"
    names, captured = [], []
    for free in sorted(_free(_defined(definition)[0].__code__)):
        owner = closure.frame.owner_of(free)
        if owner is None and not _in_cell(closure.frame, free):
            continue
        if owner is None:
            symbol: Symbol | None = expressions.evaluate(state, closure.frame, nodes.name(free))
        else:
            symbol = state.env.get(state.variable(owner, free))
        if not (isinstance(symbol, Runtime) or (symbol is not None and is_concrete(symbol))):
            raise state.refuse(f"a derivative of a nested function that reads '{free}'", "pass it as an argument")
        names.append(free)
        captured.append(symbol)
    definition.args.args = [*nodes.parameters(names).args, *definition.args.args]
    made, text = _defined(definition)
    return types.FunctionType(made.__code__, closure.frame.function_globals, name, made.__defaults__), text, captured


def _in_cell(frame: Frame | None, name: str) -> bool:
    """Whether a name is a variable of a function around that has returned."""
    return frame is not None and (name in frame.cells or _in_cell(frame.parent, name))


def _defined(definition: gast.FunctionDef) -> tuple[types.FunctionType, str]:
    """The function that a definition defines, and its text."""
    tree = ast.fix_missing_locations(ast.Module(body=[gast.gast_to_ast(nodes.copy(definition))], type_ignores=[]))
    text = ast.unparse(tree) + "\n"
    scope: dict[str, Any] = {}
    exec(compile(text, f"<{definition.name}>", "exec"), scope)  # the user's own text
    return scope[definition.name], text


def _free(code: types.CodeType) -> set[str]:
    """The names that a function, or one inside of it, reads from outside."""
    found = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _free(constant)
    return found


def positional(state: State, value: Any, args: list[Symbol], keywords: dict[str, Symbol]) -> list[Symbol]:
    """The arguments of a call of a derivative in the order of the parameters."""
    found, left = list(args), dict(keywords)
    for name, parameter in list(inspect.signature(value).parameters.items())[len(args) :]:
        if not left:
            break
        if name in left:
            found.append(left.pop(name))
        elif parameter.default is not parameter.empty:
            found.append(calls.symbol_of(state, parameter.default, name))
        else:
            raise state.refuse(f"a call of a derivative without its argument '{name}'")
    if left:
        raise state.refuse(f"a call of a derivative with an unknown argument '{next(iter(left))}'")
    return found


def as_variables(state: State, args: list[Symbol]) -> list[Symbol]:
    """Arguments of a derivative, whose rule takes each container under a name."""
    found: list[Symbol] = []
    for arg in args:
        if isinstance(arg, (Sequence, Record)) and not heap.keys_in(arg):
            expr = display(state.runtime(arg, "an argument"))
            if isinstance(expr, (gast.Tuple, gast.List, gast.Dict, gast.Call)):
                arg = state.temporary(expr, symbol_type(arg), "given")
        found.append(arg)
    return found
