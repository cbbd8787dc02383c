"""Statements: straight lines, branches and loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import gast

from sct_ad.specialise import (
    calls,
    changes,
    choices,
    contexts,
    cursors,
    expressions,
    generators,
    heap,
    identity,
    iteration,
    library,
    operators,
    stores,
    trying,
)
from sct_ad.specialise.frames import (
    Environment,
    Frame,
    State,
    Unassigned,
    Unreachable,
    join_environments,
    truth,
)
from sct_ad.specialise.heap import NeedsUnrolling, NeedsValues
from sct_ad.specialise.symbols import (
    Closure,
    Generator,
    Instance,
    Iteration,
    Poison,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import (
    UNDEFINED,
    Abstract,
    Constant,
    Range,
    Scalar,
    forget_length,
    join,
)

_MOST_TRIPS_TO_FIXPOINT = 12
_MOST_TRIPS_UNROLLED = 500
_TRUE = Runtime(Scalar("bool", "", True), nodes.constant(True))


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
        for_loop(state, frame, stmt)
    elif isinstance(stmt, gast.While):
        while_loop(state, frame, stmt)
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
    test = operators.truth(state, expressions.evaluate(state, frame, stmt.test)) or _TRUE
    if isinstance(stmt.body[-1], gast.Break) and _decided(test):  # what follows in the loop body must stay in front
        state.emit(gast.If(test=nodes.constant(True), body=[gast.Break()], orelse=[]))
        return
    either(state, test, lambda: block(state, frame, stmt.body), lambda: block(state, frame, stmt.orelse))


def either(state: State, test: Symbol, then: Callable[[], None], otherwise: Callable[[], None]) -> None:
    """Specialise both sides of a test, or the one that is decided, and join what they leave behind."""
    decided = _decided(test)
    if decided is not None:
        (then if decided else otherwise)()
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
        note_types(state, before)
        run()
        sides.append((state.out, state.environment))
        state.out = outer
    (body, after_body), (orelse, after_orelse) = sides
    if after_body is None or after_orelse is None:
        state.environment = after_orelse if after_body is None else after_body
    else:
        joined, conflicts = meet(state, [(body, after_body), (orelse, after_orelse)])
        for out, env in ((body, after_body), (orelse, after_orelse)):
            materialise(state, out, env, conflicts)
        choices.joined(state, joined, [(body, after_body), (orelse, after_orelse)])
        state.environment = joined
        widen(state, conflicts)
    if state.environment is not None:
        note_types(state, state.environment)
    if body or orelse:
        test_atom = unchanged(state, test_atom, [*body, *orelse])
        state.emit(nodes.with_origin(gast.If(test=test_atom, body=body or [gast.Pass()], orelse=orelse), origin))


def meet(state: State, sides: list[tuple[Block, Environment]]) -> tuple[Environment, set[str]]:
    """The environment where two paths meet, objects united, and the variables that need a run-time container."""
    while True:
        conflicts: set[str] = set()
        joined = join_environments(sides[0][1], sides[1][1], conflicts)
        objects = {name for name in conflicts if isinstance(joined[name], Instance)}
        if not objects:
            state.unsure |= {n for n in state.owners if (n in sides[0][1]) != (n in sides[1][1])}
            return joined, conflicts
        for out, env in sides:
            heap.unite(state, out, env, objects)


def unchanged(state: State, atom: Expr, block_: Block) -> Expr:
    """A header's atom under a name that the block does not assign: the reverse sweep reads it after the block."""
    assigned = {n for stmt in nodes.statements(block_) for n in nodes.defines(stmt)}
    if not (isinstance(atom, gast.Name) and atom.id in assigned):
        return atom
    type_ = state.typer.type_of(atom)
    name = state.fresh("kept")
    stmt = state.emit(nodes.assign(name, atom))
    state.definition_types[id(stmt)] = (stmt, type_)
    return nodes.name(name)


def _decided(test: Symbol) -> bool | None:
    if isinstance(test, (Sequence, Record)):
        return bool(test.items)
    return truth(test.type) if isinstance(test, Runtime) else True


def materialise(state: State, out: Block, env: Environment, names: set[str]) -> None:
    """Give displays that exist only at compile time a run-time variable at the end of `out`."""
    shown = {name: symbol for name in sorted(names) if isinstance(symbol := env.get(name), (Sequence, Record))}
    with heap.at_end(state, out, env):
        for name, symbol in shown.items():
            identity.make(state, name, symbol)
            state.define(name, display(symbol), forget_length(symbol_type(symbol)))


def widen(state: State, names: set[str]) -> None:
    """Displays that came to exist at run time have the type of all paths, though each path defines its own."""
    for name in names:
        symbol = state.env.get(name)
        if isinstance(symbol, Runtime):
            state.widened[name] = join(state.widened.get(name, symbol.type), symbol.type)


def note_types(state: State, env: Environment) -> None:
    """Let the typer know the types of an environment."""
    for name, symbol in env.items():
        if isinstance(symbol, Runtime):
            state.typer.types[name] = symbol.type


def _with_unset(state: State, head: Environment, out: Block, found: Unassigned, assigned: set[str]) -> Environment:
    """The environment in which a variable that the first trip does not read is None when the loop starts."""
    if found.variable not in assigned or found.variable in head:
        raise found.refusal if not state.changed_in_loops else found
    state.out, state.environment = out, head
    state.define(found.variable, nodes.constant(None), UNDEFINED)
    return dict(head)


def loop(state: State, run_body: Callable[[], None], assigned: set[str]) -> Block:
    """Specialise a loop body with the types that hold on every trip; returns the emitted body.

    `assigned` are the variables of the flat function that the user's loop body assigns.
    """
    outer = state.out
    head = dict(state.env)
    for _ in range(_MOST_TRIPS_TO_FIXPOINT):
        start = state.snapshot()
        state.out, state.environment = [], dict(head)
        note_types(state, head)
        state.changed_in_loops.append(set())
        try:
            run_body()
        except Unassigned as found:
            state.changed_in_loops.pop()
            head = _with_unset(state, head, outer, found, assigned)
            state.restore(start)
            continue
        if state.environment is None:
            state.changed_in_loops.pop()
        else:
            identity.leave_loop(state)
        after = state.environment if state.environment is not None else head
        separate = {n for n, s in head.items() if heap.differ(s, after.get(n))}
        if separate:
            heap.unite(state, state.out, after, separate)
            if any(after[n] != head[n] for n in separate):
                state.restore(start)
                heap.unite(state, outer, head, separate)
                continue
        late = {n for n in state.missed & set(after) if n not in head and state.owners.get(n) in _held(state, head)}
        if late:
            raise state.refuse(
                "an attribute that an object first gets in a loop, having been asked for before",
                "give the attribute a value before the loop",
            )
        conflicts: set[str] = set()
        joined = join_environments(head, after, conflicts)
        joined = {n: s for n, s in joined.items() if n in head}
        displayed = {n for n in conflicts & set(head) if not isinstance(head[n], Runtime)}
        if conflicts & set(head):
            state.environment = head
            materialise(state, outer, head, conflicts)
            joined.update({n: Runtime(_joined_type(head[n], after[n]), nodes.name(n)) for n in conflicts if n in head})
            state.environment = joined
            widen(state, conflicts & set(head))
        if state.unrollable:
            _look_for_lost_objects(head, after, joined)
        if not displayed and _same_types(head, joined):
            break
        head = joined
        state.restore(start)
    else:
        raise state.refuse("a loop in which the types of variables keep changing", "keep each variable's type the same")
    body = state.out
    state.out = outer
    if state.environment is not None:
        needed = {n for n, s in head.items() if isinstance(s, Runtime) and isinstance(after.get(n), (Sequence, Record))}
        materialise(state, body, after, needed)
    state.environment = {**after, **head}
    note_types(state, state.environment)
    return body


def _held(state: State, env: Environment) -> set[str]:
    """The objects that an environment leads to."""
    return heap.reachable(state, env, set())


def _look_for_lost_objects(head: Environment, after: Environment, joined: Environment) -> None:
    """Raise NeedsUnrolling where a variable cannot say any more which objects or functions it holds."""
    for name, symbol in joined.items():
        if isinstance(symbol, Poison) and not isinstance(head[name], Poison):
            if not (isinstance(head[name], Runtime) and isinstance(after[name], Runtime)):
                raise NeedsUnrolling


def _joined_type(left: Symbol, right: Symbol) -> Abstract:
    return join(symbol_type(left), symbol_type(right))


def _same_types(left: Environment, right: Environment) -> bool:
    return all(_same_symbol(symbol, right[name]) for name, symbol in left.items())


def _same_symbol(left: Symbol, right: Symbol) -> bool:
    if isinstance(left, Runtime) and isinstance(right, Runtime):
        return left.type == right.type
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        if left.homes != right.homes:
            return False
        return len(left.items) == len(right.items) and all(map(_same_symbol, left.items, right.items))
    if isinstance(left, Instance) and isinstance(right, Instance):
        return left == right
    if isinstance(left, Record) and isinstance(right, Record):
        return (
            left.homes == right.homes
            and len(left.items) == len(right.items)
            and all(a == b and _same_symbol(c, d) for (a, c), (b, d) in zip(left.items, right.items, strict=True))
        )
    return type(left) is type(right)


def while_loop(state: State, frame: Frame, stmt: gast.While) -> None:
    """`while flag:`; the flag is assigned before the loop and at the end of its body."""
    test = operators.truth(state, expressions.evaluate(state, frame, stmt.test)) or _TRUE
    decided = _decided(test)
    if decided is False:
        return
    endless = decided and isinstance(stmt.test, gast.Constant)
    test_atom = nodes.constant(True) if endless else display(state.runtime(test))
    body = loop(state, lambda: block(state, frame, stmt.body), assigned_by(state, frame, stmt.body))
    state.emit(gast.While(test=test_atom, body=body or [gast.Pass()], orelse=[]))


def for_loop(state: State, frame: Frame, stmt: gast.For) -> None:
    """`for`, lowered to a loop over a range, or unrolled where the items are functions or displays."""
    found = iteration.iterator_of(state, expressions.evaluate(state, frame, stmt.iter))
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


def _by_index(state: State, frame: Frame, stmt: gast.For, iterable: Symbol) -> None:
    env, out, start, before = dict(state.env), state.out, state.snapshot(), len(state.out)
    length = iteration.length(state, iterable)
    trips = iteration.call_builtin(state, "range", [length])

    index = state.fresh("k")

    def run_body() -> None:
        position = Runtime(state.typer.types[index], nodes.name(index))
        state.assign(frame, stmt.target.id, iteration.item_at(state, iterable, position, length))
        block(state, frame, stmt.body)

    _range_loop(state, trips, index, run_body, assigned_by(state, frame, stmt.body))
    if changes.of_length(state, out[before:], iterable):
        state.restore(start)
        state.out, state.environment = out, env
        del state.out[before:]
        note_types(state, env)
        generator = calls.from_library(state, library.by_length, iterable)
        assert isinstance(generator, Generator)
        _consume(state, frame, stmt, generator)


def _over_range(state: State, frame: Frame, stmt: gast.For, iterable: Runtime) -> None:
    variable, kept = state.variable(frame, stmt.target.id), _read_later(frame.core.body, stmt, stmt.target.id)
    index = state.fresh(stmt.target.id) if kept else variable

    def run_own() -> None:
        if kept:  # the index of a loop is gone after it
            state.assign(frame, stmt.target.id, Runtime(state.typer.types[index], nodes.name(index)))
        block(state, frame, stmt.body)

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
        note_types(state, env)
    else:
        return
    finally:
        state.unrollable -= 1
    copies()


def _consume(state: State, frame: Frame, stmt: gast.For, generator: Generator) -> None:
    """A loop over a generator: its body stands at each `yield`."""
    body, stop = stmt.body, None
    if _has_break(body):
        stop = state.variable_read(frame, body[-1].test.id)
        body = body[:-1]

    def run(item: Symbol) -> None:
        state.assign(frame, stmt.target.id, item)
        block(state, frame, body)

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
    integer = Scalar("int")
    state.definition_types[id(stmt)] = (stmt, integer)

    def run() -> None:
        state.typer.types[variable] = integer
        state.env[variable] = Runtime(integer, nodes.name(variable))
        run_body()

    origin = state.origin
    before = state.env.get(variable)
    stmt.body = loop(state, run, assigned) or [gast.Pass()]
    stmt.iter = unchanged(state, stmt.iter, stmt.body)
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
    count = iteration.known_length(state, current) or 0
    if position >= count:
        return
    if position > _MOST_TRIPS_UNROLLED:
        raise state.refuse("a loop over a list that grows with every trip", "write a while loop over an index")
    state.assign(frame, stmt.target.id, iteration.item_at(state, current, iteration.position(position), None))
    if not _has_break(stmt.body):
        block(state, frame, stmt.body)
        _unroll(state, frame, stmt, iterable, position + 1)
        return
    block(state, frame, stmt.body[:-1])
    if state.environment is not None and count > position + 1:
        flag = expressions.evaluate(state, frame, stmt.body[-1].test)
        either(state, flag, lambda: None, lambda: _unroll(state, frame, stmt, iterable, position + 1))


def _has_break(body: Block) -> bool:
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
