"""The body of a loop, specialised with the symbols that hold on every trip."""

from __future__ import annotations

from collections.abc import Callable

from sct_ad.specialise import heap, identity, joins
from sct_ad.specialise.frames import Environment, State, Unassigned
from sct_ad.specialise.heap import NeedsUnrolling
from sct_ad.specialise.symbols import Instance, Poison, Record, Runtime, Sequence, Symbol, symbol_type
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import UNDEFINED, join

_MOST_TRIPS_TO_FIXPOINT = 12


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
        joins.note_types(state, head)
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
        held = heap.reachable(state, head, set())
        late = {n for n in state.missed & set(after) if n not in head and state.owners.get(n) in held}
        if late:
            raise state.refuse(
                "an attribute that an object first gets in a loop, having been asked for before",
                "give the attribute a value before the loop",
            )
        conflicts: set[str] = set()
        joined = joins.join_environments(head, after, conflicts)
        joined = {n: s for n, s in joined.items() if n in head}
        displayed = {n for n in conflicts & set(head) if not isinstance(head[n], Runtime)}
        if conflicts & set(head):
            state.environment = head
            joins.materialise(state, outer, head, conflicts)
            joined.update(
                {
                    n: Runtime(join(symbol_type(head[n]), symbol_type(after[n])), nodes.name(n))
                    for n in conflicts
                    if n in head
                }
            )
            state.environment = joined
            joins.widen(state, conflicts & set(head))
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
        joins.materialise(state, body, after, needed)
    state.environment = {**after, **head}
    joins.note_types(state, state.environment)
    return body


def _look_for_lost_objects(head: Environment, after: Environment, joined: Environment) -> None:
    """Raise NeedsUnrolling where a variable cannot say any more which objects or functions it holds."""
    for name, symbol in joined.items():
        if isinstance(symbol, Poison) and not isinstance(head[name], Poison):
            if not (isinstance(head[name], Runtime) and isinstance(after[name], Runtime)):
                raise NeedsUnrolling


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
