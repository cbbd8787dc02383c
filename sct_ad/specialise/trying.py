"""try: which variables mean what where an exception was caught.

A caught exception is treated as if the body had not begun: what it left behind half done has no derivative. A variable
that the body assigns before something else in it may raise is therefore an error where the handler, or what follows
it, reads it; only when no handler ends normally does it not matter.
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from sct_ad.analysis.raising import Resolve, TypeOf, half_done, is_narrow, may_raise, raises_anywhere
from sct_ad.specialise import expressions, flow, identity, joins
from sct_ad.specialise.frames import Environment, Frame, State, Watch
from sct_ad.specialise.symbols import Poison, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import UNDEFINED, UNKNOWN, Constant, Opaque

Run = Callable[[], None]

_HARMLESS = "__class__ __cause__ __context__ __traceback__ with_traceback add_note errno strerror filename name".split()
"""Attributes of exceptions that carry no number of the user's."""
UNSET = Runtime(UNDEFINED, nodes.constant(None))


def try_(state: State, frame: Frame, stmt: gast.Try) -> None:
    """`try: body except type as name: handler else: orelse`."""
    (handler,) = stmt.handlers
    types = expressions.evaluate(state, frame, handler.type)
    name = None if handler.name is None else state.variable(frame, handler.name.id)
    attempt(
        state,
        lambda: flow.block(state, frame, stmt.body),
        types,
        name,
        lambda: flow.block(state, frame, handler.body),
        lambda: flow.block(state, frame, stmt.orelse),
        leaves=isinstance(handler.body[-1], gast.Raise),
    )


def attempt(
    state: State, body: Run, types: Symbol, name: str | None, handle: Run, otherwise: Run, leaves: bool = False
) -> None:
    """Specialise a try statement whose parts are specialised by the functions given.

    A handler that `leaves` by raising again may read what the body has left behind: nothing is differentiated there.
    """
    caught = _exception_types(state, types)
    before, outer, origin = dict(state.env), state.out, state.origin
    state.out = []
    watch = Watch(len(state.changed_in_loops))
    state.watches.append(watch)
    try:
        body()
    finally:
        state.watches.pop()
    made, after_body = state.out, state.environment
    asked = (state.typer.type_of, state.typer.resolve, is_narrow(caught))
    first = _raising_part(made, asked)
    outer += made[:first]
    made = made[first:]
    if not made:  # nothing can raise
        state.out = outer
        if after_body is not None:
            otherwise()
        return
    state.out = []
    if after_body is not None:
        otherwise()
    orelse, after = state.out, state.environment
    early = {name for stmt in half_done(made, *asked) for name in nodes.defines(stmt)}
    dirty = early | watch.changed_before(lambda stmt: may_raise(stmt, *asked))
    for stmt in outer[len(outer) - first :] if first else ():
        (name_,) = nodes.defines(stmt)
        before[name_] = Runtime(state.definition_types[id(stmt)][1], nodes.name(name_))
    state.out, state.environment = [], _where_caught(before, dirty, leaves)
    if name is not None:
        cls = caught[0] if len(caught) == 1 else BaseException
        state.env[name] = Runtime(Opaque(cls), nodes.name(name))
        state.typer.types[name] = Opaque(cls)
    joins.note_types(state, state.env)
    handle()
    handled, after_handler = state.out, state.environment
    state.out = outer
    if after is None or after_handler is None:
        state.environment = after_handler if after is None else after
    else:
        joined, conflicts = joins.meet(state, [(orelse, after), (handled, after_handler)])
        for out, env in ((orelse, after), (handled, after_handler)):
            joins.materialise(state, out, env, conflicts)
        state.environment = joined
        joins.widen(state, conflicts)
    if state.environment is not None:
        joins.note_types(state, state.environment)
    if len(handled) == 1 and isinstance(handled[0], gast.Raise) and handled[0].exc is None:
        state.out += [*made, *orelse]  # a handler that does nothing but raise again
        return
    target = None if name is None else nodes.target(name)
    clause = gast.ExceptHandler(type=display(types), name=target, body=handled or [gast.Pass()])
    clause.leaves, clause.narrow = after_handler is None, asked[2]
    new = gast.Try(body=made, handlers=[clause], orelse=orelse, finalbody=[])
    if name is not None:
        state.definition_types[id(new)] = (new, state.typer.types[name])
    state.emit(nodes.with_origin(new, origin))


def _exception_types(state: State, types: Symbol) -> list[type]:
    symbols = types.items if isinstance(types, Sequence) else (types,)
    found = [s.type.value for s in symbols if isinstance(s, Runtime) and isinstance(s.type, Constant)]
    if len(found) != len(symbols) or not all(isinstance(c, type) and issubclass(c, BaseException) for c in found):
        raise state.refuse("except with a class that is not known", "name the exception classes: except (A, B):")
    return found


def _raising_part(made: Block, asked: tuple[TypeOf, Resolve, bool]) -> int:
    """How many statements at the start of a body cannot raise, and may as well run before it."""
    if not raises_anywhere(made, *asked):
        return len(made)
    for position, stmt in enumerate(made):
        simple = isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)
        if not simple or may_raise(stmt, *asked):
            return position
    return len(made)


def _where_caught(before: Environment, dirty: set[str], leaves: bool) -> Environment:
    """What the names mean when an exception has been caught."""
    found: Environment = {}
    for name, symbol in {**dict.fromkeys(sorted(dirty), UNSET), **before}.items():
        if name not in dirty and not _mentions(symbol) & dirty:
            found[name] = symbol
        elif leaves and isinstance(symbol, Runtime):
            found[name] = Runtime(UNKNOWN, nodes.name(name))
        else:
            found[name] = Poison(
                f"'{name}' may have been assigned in a try block before the exception",
                "assign it after all that may raise, or after the try statement",
                expressions.homes_of(symbol),
            )
    return found


def _mentions(symbol: Symbol) -> set[str]:
    own = nodes.names_in(symbol.atom) if isinstance(symbol, Runtime) else set()
    return own.union(*map(_mentions, identity.parts(symbol)))


def refuse_reading(state: State, owner: Symbol, attr: str) -> None:
    """What an exception carries may depend on what is differentiated, and no derivative comes with it."""
    if isinstance(owner, Runtime) and isinstance(owner.type, Opaque) and issubclass(owner.type.cls, BaseException):
        if attr not in _HARMLESS:
            raise state.refuse(
                f"'{attr}' of a caught exception", "return the value, or keep it in a variable, instead of raising it"
            )
