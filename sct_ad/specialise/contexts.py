"""with: contexts that are known are taken apart at compile time, others are entered by the forward sweep."""

from __future__ import annotations

import contextlib
import io
import threading
import types
import warnings
from typing import Any

import gast
import numpy as np

from sct_ad.errors import SctError
from sct_ad.objects import is_plain
from sct_ad.specialise import calls, expressions, flow, generators, instances, loops, operators, trying
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import NONE, Generator, Instance, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.source import find_source
from sct_ad.syntax.values import Abstract, Constant, Opaque

_PASSING = (
    np.errstate,
    warnings.catch_warnings,
    np.printoptions,
    open,
    type(threading.Lock()),
    type(threading.RLock()),
)
"""Contexts that never swallow an exception, besides files."""
_HELPER = contextlib.contextmanager(lambda: iter(())).__code__


def with_(state: State, frame: Frame, stmt: gast.With) -> None:
    """`with context as name: body`."""
    (item,) = stmt.items
    expr, target = item.context_expr, item.optional_vars
    if not isinstance(expr, gast.Call):
        _enter(state, frame, stmt, expressions.evaluate(state, frame, expr), None)
        return
    function = calls.callee(state, frame, expr.func)
    args, keywords = calls.arguments(state, frame, expr)
    value = function.type.value if isinstance(function, Runtime) and isinstance(function.type, Constant) else None
    if value is contextlib.suppress:
        _suppress(state, frame, stmt, args)
    elif value is contextlib.nullcontext:
        if target is not None:
            state.assign(frame, target.id, (*args, *keywords.values(), NONE)[0])
        flow.block(state, frame, stmt.body)
    elif _generator_of(value) is not None:
        made = calls.invoke_function(state, frame, _generator_of(value), args, keywords, expr)
        assert isinstance(made, Generator)
        generators.consume(state, made, lambda item: _run(state, frame, stmt, item), _assigned(state, frame, stmt))
    elif (isinstance(value, type) and not is_plain(value)) or getattr(value, "__code__", None) is _HELPER:
        context = calls.primitive(state, display(state.runtime(function)), args, keywords, expr)
        _enter(state, frame, stmt, context, value)
    else:
        _enter(state, frame, stmt, calls.invoke(state, frame, function, args, keywords, expr), value)


def _generator_of(value: Any) -> Any:
    """The generator function of a context, if it can be inlined: not where it yields inside a `try`."""
    if getattr(value, "__code__", None) is not _HELPER:
        return None
    try:
        core, _ = calls.lowered(value.__wrapped__)
    except SctError:
        return None
    return None if core.stopped is None else value.__wrapped__


def _assigned(state: State, frame: Frame, stmt: gast.With) -> set[str]:
    target = stmt.items[0].optional_vars
    own = set() if target is None else {state.variable(frame, target.id)}
    return loops.assigned_by(state, frame, stmt.body) | own


def _run(state: State, frame: Frame, stmt: gast.With, item: Symbol) -> None:
    """The body of a context, at the `yield` of its generator."""
    target = stmt.items[0].optional_vars
    if target is not None:
        state.assign(frame, target.id, item)
    flow.block(state, frame, stmt.body)


def _enter(state: State, frame: Frame, stmt: gast.With, context: Symbol, made_by: Any) -> None:
    """Enter a context: by its own methods where they are the user's, else in the forward sweep."""
    if isinstance(context, Instance):
        _enter_instance(state, frame, stmt, context)
        return
    runtime = state.runtime(context, "this context")
    if not isinstance(runtime.atom, (gast.Name, gast.Call)):
        runtime = state.temporary(display(runtime), runtime.type, "context")
    _enter_foreign(state, frame, stmt, display(runtime), _may_swallow(made_by, runtime.type))


def _enter_instance(state: State, frame: Frame, stmt: gast.With, context: Instance) -> None:
    """`__enter__`, the body, and `__exit__` on both ways out of it."""
    target = stmt.items[0].optional_vars
    leave = instances.method_of(state, context, "__exit__")
    entered = instances.call_special(state, context, "__enter__", [], None)
    if entered is None or leave is None:
        raise state.refuse(f"an object of class '{context.cls.__name__}', which is no context manager")
    if target is not None:
        state.assign(frame, target.id, entered)
    elif isinstance(entered, Runtime) and isinstance(entered.atom, gast.Call):
        state.emit(gast.Expr(value=entered.atom))
    error = state.fresh("error")
    swallows = _may_swallow(None, Opaque(context.cls))

    def leave_with(args: list[Symbol]) -> Symbol:
        return calls.invoke(state, frame, leave, args, {}, None)

    def failed() -> None:
        caught = Runtime(Opaque(BaseException), nodes.name(error))
        cls = Runtime(Opaque(type), nodes.call(state.namespace.builtin("type"), nodes.name(error)))
        trace = Runtime(Opaque(object), nodes.attribute(nodes.name(error), "__traceback__"))
        answer = leave_with([cls, caught, trace])
        again = lambda: _raise_again(state)  # noqa: E731
        flow.either(state, operators.truth(state, answer) or NONE, lambda: None, again)

    everything = calls.object_of(state, BaseException, "BaseException")
    body = lambda: flow.block(state, frame, stmt.body)  # noqa: E731
    done = lambda: _drop(state, leave_with([NONE, NONE, NONE]))  # noqa: E731
    trying.attempt(state, body, everything, error, failed, done, leaves=not swallows)


def _raise_again(state: State) -> None:
    state.emit(gast.Raise(exc=None, cause=None))
    state.environment = None


def _drop(state: State, result: Symbol) -> None:
    """A call whose result is not looked at."""
    if isinstance(result, Runtime) and isinstance(result.atom, gast.Call):
        state.emit(gast.Expr(value=result.atom))


def _suppress(state: State, frame: Frame, stmt: gast.With, classes: list[Symbol]) -> None:
    def body() -> None:
        flow.block(state, frame, stmt.body)

    target = stmt.items[0].optional_vars
    if target is not None:
        state.assign(frame, target.id, NONE)
    nothing = lambda: None  # noqa: E731
    trying.attempt(state, body, Sequence(tuple(classes)), None, nothing, nothing)


def _enter_foreign(state: State, frame: Frame, stmt: gast.With, context: Any, swallows: bool) -> None:
    """A context that the forward sweep enters; its body runs to the end, or the call ends with an exception."""
    target = stmt.items[0].optional_vars
    origin, outer = state.origin, state.out
    name = None if target is None else state.variable(frame, target.id)
    state.out = []
    if name is not None:
        state.env[name] = Runtime(Opaque(object), nodes.name(name))
        state.typer.types[name] = Opaque(object)
        state.note_change(name)
    flow.block(state, frame, stmt.body)
    body, state.out = state.out, outer
    item = gast.withitem(context_expr=context, optional_vars=None if name is None else nodes.target(name))
    new = gast.With(items=[item], body=body or [gast.Pass()], type_comment=None)
    new.swallows = swallows
    if name is not None:
        state.definition_types[id(new)] = (new, Opaque(object))
    state.emit(nodes.with_origin(new, origin))


def _may_swallow(value: Any, type_: Abstract) -> bool:
    """Whether a context may end an exception that is raised in its body."""
    cls = value if isinstance(value, type) else type_.cls if isinstance(type_, Opaque) else None
    if any(value is known or cls is known for known in _PASSING) or (cls is not None and issubclass(cls, io.IOBase)):
        return False
    if getattr(value, "__code__", None) is _HELPER:
        tree = _tree_of(value.__wrapped__)
        return tree is None or any(isinstance(n, gast.Try) and n.handlers for n in nodes.walk(tree))
    tree = _tree_of(getattr(cls, "__exit__", None))
    if tree is None:
        return True
    returned = [n.value for n in nodes.walk(tree) if isinstance(n, gast.Return) and n.value is not None]
    return any(not isinstance(v, gast.Constant) or bool(v.value) for v in returned)


def _tree_of(function: Any) -> Any:
    """The source of a function written in Python, or None."""
    if not isinstance(function, types.FunctionType):
        return None
    try:
        return find_source(function).tree
    except SctError:
        return None
