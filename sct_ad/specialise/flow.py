"""Statements: straight lines and branches; what has more to it has a module of its own."""

from __future__ import annotations

from collections.abc import Callable

import gast

from sct_ad.specialise import (
    calls,
    choices,
    contexts,
    expressions,
    generators,
    iteration,
    joins,
    loops,
    operators,
    stores,
    trying,
)
from sct_ad.specialise.frames import Environment, Frame, State, Unreachable
from sct_ad.specialise.symbols import Closure, Record, Runtime, Sequence, Symbol, display, literal, truth
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt
from sct_ad.syntax.values import Constant, Scalar


def block(state: State, frame: Frame, stmts: Block) -> None:
    """Specialise a block into `state.out`."""
    for position, stmt in enumerate(stmts):
        if state.environment is None:
            return
        with state.at(frame, stmt):
            following = stmts[position + 1] if position + 1 < len(stmts) else None
            try:
                statement(state, frame, stmt, following)
            except Unreachable:
                state.environment = None
            if state.environment is not None:
                state.forget(state.variable(frame, name) for name in frame.expiring.get(id(stmt), ()))


def statement(state: State, frame: Frame, stmt: Stmt, following: Stmt | None) -> None:
    """Specialise one statement."""
    if isinstance(stmt, gast.Assign):
        stores.assign(state, frame, stmt, following)
    elif isinstance(stmt, gast.AugAssign):
        stores.augmented(state, frame, stmt)
    elif isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Yield):
        generators.yielded(state, frame, stmt.value)
    elif isinstance(stmt, gast.Expr):
        expressions.effect(state, frame, stmt)
    elif isinstance(stmt, gast.If):
        branch(state, frame, stmt)
    elif isinstance(stmt, gast.For):
        loops.for_loop(state, frame, stmt)
    elif isinstance(stmt, gast.While):
        loops.while_loop(state, frame, stmt)
    elif isinstance(stmt, gast.Try):
        trying.try_(state, frame, stmt)
    elif isinstance(stmt, gast.With):
        contexts.with_(state, frame, stmt)
    elif isinstance(stmt, gast.FunctionDef):
        defaults = calls.definition_defaults(state, frame, stmt)
        state.bind(state.variable(frame, stmt.name), Closure(stmt, frame, defaults))
    elif isinstance(stmt, gast.Raise):
        expressions.raise_(state, frame, stmt)
        state.environment = None
    elif isinstance(stmt, gast.Break):
        state.emit(gast.Break())
    elif isinstance(stmt, (gast.Import, gast.ImportFrom)):
        expressions.import_(state, frame, stmt)
    elif not isinstance(stmt, (gast.Pass, gast.Nonlocal, gast.Global)):
        raise state.refuse(f"the statement '{type(stmt).__name__.lower()}'")


def branch(state: State, frame: Frame, stmt: gast.If) -> None:
    """`if`: one side only where the test is decided at compile time."""
    test = operators.truth(state, expressions.evaluate(state, frame, stmt.test)) or literal(True)
    if isinstance(stmt.body[-1], gast.Break) and decided(test):  # what follows in the loop body must stay in front
        state.emit(gast.If(test=nodes.constant(True), body=[gast.Break()], orelse=[]))
        return
    either(state, test, lambda: block(state, frame, stmt.body), lambda: block(state, frame, stmt.orelse))


def either(state: State, test: Symbol, then: Callable[[], None], otherwise: Callable[[], None]) -> None:
    """Specialise both sides of a test, or the one that is decided, and join what they leave behind."""
    known = decided(test)
    if known is not None:
        (then if known else otherwise)()
        return
    flag = state.runtime(test)
    if not isinstance(flag.type, (Scalar, Constant)):  # the reverse sweep asks again, in another state of the container
        flag = iteration.call_builtin(state, "bool", [flag])
    test_atom = display(flag)
    before, origin = state.env, state.origin
    sides: list[tuple[Block, Environment | None]] = []
    for run in (then, otherwise):
        state.environment, outer = dict(before), state.out
        state.out = []
        joins.note_types(state, before)
        run()
        sides.append((state.out, state.environment))
        state.out = outer
    (body, after_body), (orelse, after_orelse) = sides
    if after_body is None or after_orelse is None:
        state.environment = after_orelse if after_body is None else after_body
    else:
        joined, conflicts = joins.meet(state, [(body, after_body), (orelse, after_orelse)])
        for out, env in ((body, after_body), (orelse, after_orelse)):
            joins.materialise(state, out, env, conflicts)
        choices.joined(state, joined, [(body, after_body), (orelse, after_orelse)])
        state.environment = joined
        joins.widen(state, conflicts)
    if state.environment is not None:
        joins.note_types(state, state.environment)
    if body or orelse:
        test_atom = joins.unchanged(state, test_atom, [*body, *orelse])
        state.emit(nodes.with_origin(gast.If(test=test_atom, body=body or [gast.Pass()], orelse=orelse), origin))


def decided(test: Symbol) -> bool | None:
    """Which side of a test is taken, where that is known at compile time."""
    if isinstance(test, (Sequence, Record)):
        return bool(test.items)
    return truth(test.type) if isinstance(test, Runtime) else True
