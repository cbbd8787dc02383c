"""Loops: over ranges where the items are alike, over generators, or written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import gast

from sct_ad.rules.typing.sizes import fresh
from sct_ad.runtime.checkpointing import checkpointed
from sct_ad.specialise import (
    calls,
    changes,
    cursors,
    expressions,
    fixpoint,
    flow,
    generators,
    identity,
    iteration,
    joins,
    library,
    operators,
)
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.heap import NeedsUnrolling
from sct_ad.specialise.signature import NeedsValues
from sct_ad.specialise.symbols import Generator, Iteration, Runtime, Sequence, Symbol, display, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt
from sct_ad.syntax.values import Range, Scalar, join

_MOST_TRIPS_UNROLLED = 500


def while_loop(state: State, frame: Frame, stmt: gast.While) -> None:
    """`while flag:`; the flag is assigned before the loop and at the end of its body."""
    test = operators.truth(state, expressions.evaluate(state, frame, stmt.test)) or literal(True)
    known = flow.decided(test)
    if known is False:
        return
    endless = known and isinstance(stmt.test, gast.Constant)
    test_atom = nodes.constant(True) if endless else display(state.runtime(test))
    body = fixpoint.loop(state, lambda: flow.block(state, frame, stmt.body), assigned_by(state, frame, stmt.body))
    state.emit(gast.While(test=test_atom, body=body or [gast.Pass()], orelse=[]))


def for_loop(state: State, frame: Frame, stmt: gast.For) -> None:
    """`for`, lowered to a loop over a range, or unrolled where the items are functions or displays."""
    marked = expressions.evaluate(state, frame, stmt.iter)
    options = None
    if isinstance(marked, Iteration) and marked.kind == "checkpointed":
        marked, *options = marked.parts
    found = iteration.iterator_of(state, marked)
    if options is not None:
        _checkpointed(state, frame, stmt, found, [state.runtime(option) for option in options])
        return
    iterable = _settled(state, frame, found, stmt.body)
    if isinstance(iterable, Iteration) and iterable.kind == "iter":
        iterable = cursors.rest(state, frame, iterable, stmt)
    generators.use_up(state, found)
    iterable = iteration.as_generator(state, iteration.begun(state, iterable))
    if isinstance(iterable, Generator):
        _consume(state, frame, stmt, iterable)
        return
    if iteration.known_length(state, iterable) is not None:
        _unroll(state, frame, stmt, iterable, 0)
        return
    if isinstance(iterable, Runtime) and isinstance(iterable.type, Range):
        if not iteration.of_known_length(iterable, _MOST_TRIPS_UNROLLED):
            _of_unknown_length(state, lambda: _over_range(state, frame, stmt, iterable))
            return
        _unroll_if_needed(
            state,
            lambda: _over_range(state, frame, stmt, iterable),
            lambda: _unroll(state, frame, stmt, iteration.spelled_out(state, iterable), 0),
        )
        return
    if iteration.of_known_length(iterable, _MOST_TRIPS_UNROLLED):
        _unroll_if_needed(
            state,
            lambda: _by_index(state, frame, stmt, iterable),
            lambda: _unroll(state, frame, stmt, iteration.spelled_out(state, iterable), 0),
        )
        return
    _by_index(state, frame, stmt, iterable)


def _checkpointed(state: State, frame: Frame, stmt: gast.For, found: Symbol, options: list[Runtime]) -> None:
    """`for i in checkpointed(...)`: the header says so, and how."""
    iterable = iteration.begun(state, _settled(state, frame, found, stmt.body))
    in_range = isinstance(iterable, Runtime) and isinstance(iterable.type, Range)
    by_position = in_range or (iteration.is_by_position(iterable) and iteration.known_length(state, iterable) is None)
    hint = "loop over a range, an array or a list of items that are alike"
    if not by_position:
        raise state.refuse("a checkpointed loop over this kind of iterable", hint)
    state.marks.append(tuple(options))
    unrollable, state.unrollable = state.unrollable, 1
    try:
        if in_range:
            assert isinstance(iterable, Runtime)
            _over_range(state, frame, stmt, iterable)
        else:
            _by_index(state, frame, stmt, iterable)
    except NeedsUnrolling:
        raise state.refuse("a checkpointed loop that has to be written out trip by trip", hint) from None
    finally:
        state.unrollable = unrollable
    assert not state.marks, "the loop has taken its mark"


def _by_index(state: State, frame: Frame, stmt: gast.For, iterable: Symbol) -> None:
    env, out, start, before = dict(state.env), state.out, state.snapshot(), len(state.out)
    length = iteration.length(state, iterable)
    trips = iteration.call_builtin(state, "range", [length])

    index = state.fresh("k")

    def run_body() -> None:
        position = Runtime(state.typer.types[index], nodes.name(index))
        state.assign(frame, stmt.target.id, iteration.item_at(state, iterable, position, length))
        flow.block(state, frame, stmt.body)

    _range_loop(state, trips, index, run_body, assigned_by(state, frame, stmt.body))
    if changes.of_length(state, out[before:], iterable):
        state.restore(start)
        state.out, state.environment = out, env
        del state.out[before:]
        joins.note_types(state, env)
        generator = calls.from_library(state, library.by_length, iterable)
        assert isinstance(generator, Generator)
        _consume(state, frame, stmt, generator)


def _over_range(state: State, frame: Frame, stmt: gast.For, iterable: Runtime) -> None:
    variable, kept = state.variable(frame, stmt.target.id), _read_later(frame.core.body, stmt, stmt.target.id)
    index = state.fresh(stmt.target.id) if kept else variable

    def run_own() -> None:
        if kept:  # the index of a loop is gone after it
            state.assign(frame, stmt.target.id, Runtime(state.typer.types[index], nodes.name(index)))
        flow.block(state, frame, stmt.body)

    own = assigned_by(state, frame, stmt.body) | ({variable} if kept else set())
    _range_loop(state, iterable, index, run_own, own)


def _of_unknown_length(state: State, loop_: Callable[[], None]) -> None:
    """A loop that cannot be written out, unless the function is specialised to the values of integers."""
    if state.by_value or state.unrollable:
        loop_()
        return
    state.unrollable += 1
    try:
        loop_()
    except NeedsUnrolling:
        raise NeedsValues from None
    finally:
        state.unrollable -= 1


def _unroll_if_needed(state: State, loop_: Callable[[], None], copies: Callable[[], None]) -> None:
    """A loop, or copies of its body where it turns out to pick objects or functions by its index or to collect them."""
    env, emitted, depth, start = dict(state.env), len(state.out), len(state.changed_in_loops), state.snapshot()
    out, origin = state.out, state.origin
    state.unrollable += 1
    try:
        loop_()
    except NeedsUnrolling:
        state.restore(start)
        state.out, state.environment, state.origin = out, env, origin
        del state.out[emitted:], state.changed_in_loops[depth:]
        joins.note_types(state, env)
    else:
        return
    finally:
        state.unrollable -= 1
    copies()


def _consume(state: State, frame: Frame, stmt: gast.For, generator: Generator) -> None:
    """A loop over a generator: its body stands at each `yield`."""
    body, stop = stmt.body, None
    if has_break(body):
        stop = state.variable_read(frame, body[-1].test.id)
        body = body[:-1]

    def run(item: Symbol) -> None:
        state.assign(frame, stmt.target.id, item)
        flow.block(state, frame, body)

    assigned = assigned_by(state, frame, body) | {state.variable(frame, stmt.target.id)}
    generators.consume(state, generator, run, assigned, stop)


def _read_later(block_: Block, loop_: Stmt, name: str) -> bool | None:
    """Whether a name may be read after a loop before it is assigned anew; None if the loop is not in the block."""
    for position, stmt in enumerate(block_):
        found = False if stmt is loop_ else None
        for inner in nodes.blocks(stmt) if stmt is not loop_ else ():
            found = _read_later(inner, loop_, name) if found is None else found
        if found is None:
            continue
        if found is False and stmt is not loop_ and isinstance(stmt, (gast.For, gast.While)):
            found = _reads_first([*stmt.body, stmt], name)
        return found or _reads_first(block_[position + 1 :], name)
    return None


def _reads_first(stmts: Block, name: str) -> bool:
    for stmt in stmts:
        own = nodes.expressions(stmt) if nodes.blocks(stmt) else [stmt]
        assigns = isinstance(stmt, gast.Assign) and name in nodes.defines(stmt)
        if name in nodes.names_in(stmt.value if assigns else own):
            return True
        if assigns:
            return False
        inside = isinstance(stmt, gast.For) and stmt.target.id == name
        if not inside and any(_reads_first(inner, name) for inner in nodes.blocks(stmt)):
            return True
    return False


def assigned_by(state: State, frame: Frame, body: Block) -> set[str]:
    """The variables of the flat function that statements of the user's assign."""
    own = {state.variable_read(frame, n) for stmt in nodes.statements(body) for n in nodes.defines(stmt)}
    if frame.consumer is not None and generators.has_yield(body):
        own |= frame.consumer.assigned
    return own


def _settled(state: State, frame: Frame, iterable: Symbol, body: Block) -> Symbol:
    """What is looped over, under names that the body does not assign."""
    assigned = assigned_by(state, frame, body)

    def settle(symbol: Symbol) -> Symbol:
        if isinstance(symbol, Sequence) and not symbol.homes:
            return Sequence(tuple(map(settle, symbol.items)), symbol.is_list)
        if isinstance(symbol, Iteration):
            return replace(symbol, parts=tuple(map(settle, symbol.parts)))
        read = nodes.names_in(symbol.atom) & state.namespace.locals if isinstance(symbol, Runtime) else set()
        if isinstance(symbol, Runtime) and (read & assigned or (read and frame.has_closures)):
            return state.temporary(display(symbol), symbol.type)
        return symbol

    return settle(iterable)


def _range_loop(state: State, trips: Runtime, variable: str, run_body: Callable[[], None], assigned: set[str]) -> None:
    stmt = gast.For(target=nodes.target(variable), iter=display(trips), body=[], orelse=[], type_comment=None)
    marks = [state.marks.pop()] if state.marks else []
    integer, from_zero = Scalar("int"), isinstance(trips.type, Range) and trips.type.from_zero

    def run() -> None:
        own = replace(integer, size=fresh()) if from_zero else integer
        state.definition_types[id(stmt)] = (stmt, own)
        state.typer.types[variable] = own
        state.env[variable] = Runtime(own, nodes.name(variable))
        run_body()

    origin = state.origin
    before = state.env.get(variable)
    stmt.body = fixpoint.loop(state, run, assigned) or [gast.Pass()]
    stmt.iter = joins.unchanged(state, stmt.iter, stmt.body)
    for options in marks:
        kept = [joins.unchanged(state, display(option), stmt.body) for option in options]
        stmt.iter = nodes.call(state.namespace.denote(checkpointed, "checkpointed"), stmt.iter, *kept)
    if before is None or (isinstance(before, Runtime) and before.type == integer):
        state.env[variable] = Runtime(integer, nodes.name(variable))
    elif isinstance(before, Runtime):
        state.env[variable] = Runtime(join(before.type, integer), nodes.name(variable))
    state.emit(nodes.with_origin(stmt, origin))


def _unroll(state: State, frame: Frame, stmt: gast.For, iterable: Symbol, position: int) -> None:
    """One copy of the body per item, as it is when its turn comes; what follows a `break` is guarded by its flag."""
    if state.environment is None:
        return
    current = identity.current(state, iterable)
    count = iteration.known_length(state, current)
    if count is None:
        raise state.refuse(
            "a loop over what is changed in it, so that its length is not known", "loop over a copy: list(x)"
        )
    if position >= count:
        return
    if position > _MOST_TRIPS_UNROLLED:
        raise state.refuse("a loop over a list that grows with every trip", "write a while loop over an index")
    state.assign(frame, stmt.target.id, iteration.item_at(state, current, literal(position), None))
    if not has_break(stmt.body):
        flow.block(state, frame, stmt.body)
        _unroll(state, frame, stmt, iterable, position + 1)
        return
    flow.block(state, frame, stmt.body[:-1])
    if state.environment is not None and count > position + 1:
        flag = expressions.evaluate(state, frame, stmt.body[-1].test)
        flow.either(state, flag, lambda: None, lambda: _unroll(state, frame, stmt, iterable, position + 1))


def has_break(body: Block) -> bool:
    """Whether a loop body ends with the statement that may leave the loop."""
    last = body[-1]
    return isinstance(last, gast.If) and any(isinstance(s, gast.Break) for s in last.body)


def for_each(state: State, iterable: Symbol, run: Callable[[Symbol], None]) -> None:
    """Run an action for each item of something, in a loop where the items are not known one by one."""
    iterable = iteration.iterator_of(state, iterable)
    generators.use_up(state, iterable)
    iterable = iteration.as_generator(state, iteration.begun(state, iterable))
    if isinstance(iterable, Generator):
        generators.consume(state, iterable, run, set())
        return
    fixed = iteration.static_items(state, iterable)
    if fixed is not None:
        for item in fixed:
            run(item)
        return
    length = iteration.length(state, iterable)
    trips, index = iteration.call_builtin(state, "range", [length]), state.fresh("k")

    def run_body() -> None:
        run(iteration.item_at(state, iterable, Runtime(state.typer.types[index], nodes.name(index)), length))

    _range_loop(state, trips, index, run_body, set())
