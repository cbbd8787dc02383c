"""What a loop records in each trip goes on one tape, as a tuple."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.cost import MAX_WIDTH, width
from sct_ad.optimise.footprint import commute, tape_operation
from sct_ad.optimise.workspace import Workspace, all_blocks, single_target
from sct_ad.syntax.nodes import (
    LOAD,
    Block,
    Stmt,
    assign,
    attribute,
    call,
    copy,
    every,
    is_simple,
    name,
    origin_of,
    rewrite,
    statements,
    tuple_,
    with_origin,
)
from sct_ad.syntax.values import UNKNOWN, List, Tuple

_AROUND = 24
"""How many columns indentation and the call take."""


@dataclass(eq=False)
class Tape:
    """A list with one `append` in a loop, and one `pop` in another loop."""

    born: Stmt
    appends: Block
    append: Any
    pops: Block
    reader: Any
    """The statement that reads from it."""
    pop: Any
    """`x = tape.pop()`: the reader itself, or what could stand before it."""


def one_tape(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Record tuples instead of several values, where the same loop records, and the same loop reads them.

    >>> from sct_ad.optimise.demonstrate import show
    >>> sweep = "    t = []\\n    u = []\\n    for k in range(n): t.append(x); u.append(y); x = x * y"
    >>> back = "    for k in range(n): x = t.pop(); bx = bx * u.pop() + x\\n    return bx"
    >>> show(one_tape, f"def f(x, y, n, bx):\\n{sweep}\\n{back}", {"t", "u"})
    def f(x, y, n, bx):
        tape = []
        for k in range(n):
            tape.append((x, y))
            x = x * y
        for k in range(n):
            x, t1 = tape.pop()
            bx = bx * t1 + x
        return bx
    """
    loops = [stmt for stmt in statements(fn.body) if isinstance(stmt, (gast.For, gast.While))]
    if len(loops) < 2:
        return fn
    space = Workspace.of(fn, facts)
    if len(space.footprints.tapes) < 2:
        return space.leave()
    groups: dict[tuple[int, int], list[Tape]] = {}
    for found in _tapes(space):
        groups.setdefault((id(found.appends), id(found.pops)), []).append(found)
    for group in groups.values():
        rest = group
        while len(rest) > 1:
            members, anchor = max((_movable(rest, tape, space) for tape in rest), key=lambda found: len(found[0]))
            if len(members) < 2:
                break
            _join(members, anchor, space)
            rest = [tape for tape in rest if tape not in members]
    return space.leave()


def _tapes(space: Workspace) -> list[Tape]:
    """The tapes that are appended to and read once, in the order in which they are read."""
    born = {single_target(stmt): stmt for stmt in space.fn.body}
    appends: dict[str, list[tuple[Block, Any]]] = {}
    pops: dict[str, list[tuple[Block, Any]]] = {}
    inside = {id(stmt.body) for stmt in statements(space.fn.body) if isinstance(stmt, (gast.For, gast.While))}
    for block in all_blocks(space.fn):
        for stmt in filter(is_simple, block):
            for node in every(stmt, gast.Call):
                owner = tape_operation(node)
                if owner is not None and owner in space.footprints.tapes:
                    (appends if node.args else pops).setdefault(owner, []).append((block, stmt))
    found = []
    for tape, reading in pops.items():
        recording = appends.get(tape, [])
        if not (len(reading) == len(recording) == 1 and space.loads[tape] == 2 and tape in born):
            continue
        (block, reader), (recorder, append) = reading[0], recording[0]
        if {id(block), id(recorder)} <= inside and block is not recorder:
            found.append(Tape(born[tape], recorder, append, block, reader, _plain_pop(reader, tape, space)))
    return found


def _plain_pop(reader: Any, tape: str, space: Workspace) -> Any:
    """The statement that takes one value from a tape: the reader, or one that could stand before it."""
    if single_target(reader) is not None and _is_pop(reader.value, tape):
        return reader
    value = call(attribute(name(tape), "pop"))
    variable = space.declare("t", space.facts.type_of(value), is_fresh=False)
    return with_origin(assign(variable, value), origin_of(reader))


def _is_pop(node: Any, tape: str) -> bool:
    return isinstance(node, gast.Call) and not node.args and tape_operation(node) == tape


def _movable(group: list[Tape], anchor: Tape, space: Workspace) -> tuple[list[Tape], Tape]:
    """Those that can be recorded where `anchor` is, and read at the first place where one of them is."""
    found = _that_fit([anchor, *(tape for tape in group if tape is not anchor)])
    target = anchor.appends.index(anchor.append)
    while found:
        first = min(tape.pops.index(tape.reader) for tape in found)
        moving = {id(stmt) for tape in found for stmt in (tape.append, tape.pop)}
        stays = []
        for tape in found:
            start, stop = sorted((tape.appends.index(tape.append), target))
            before = tape.pops[first : tape.pops.index(tape.reader)]
            is_recorded = _passes(tape.append, tape.appends[start:stop], moving, space)
            if is_recorded and _passes(tape.pop, before, moving, space):
                stays.append(tape)
        if len(stays) == len(found):
            break
        found = stays
    return [tape for tape in group if tape in found] if anchor in found else [], anchor


def _that_fit(group: list[Tape]) -> list[Tape]:
    """As many as a line has room for, with different names for what is read."""
    found: list[Tape] = []
    names: set[str | None] = set()
    wide = 0
    for tape in group:
        wide += max(width(tape.append.value.args[0]), width(tape.pop.targets[0])) + 2
        target = single_target(tape.pop)
        if wide > MAX_WIDTH - _AROUND or target in names:
            continue
        names.add(target)
        found.append(tape)
    return found


def _passes(stmt: Stmt, others: Block, moving: set[int], space: Workspace) -> bool:
    """Whether a statement may change places with all others but those that are moved with it."""
    own = space.footprints.statement(stmt)
    return all(id(other) in moving or commute(own, space.footprints.statement(other)) for other in others)


def _join(tapes: list[Tape], anchor: Tape, space: Workspace) -> None:
    """Let one tape hold what several held."""
    body = space.fn.body
    targets = [str(single_target(tape.pop)) for tape in tapes]
    for tape, target in zip(tapes, targets):
        if tape.pop is not tape.reader:
            _read_variable(tape.reader, str(single_target(tape.born)), target)
            space.footprints.forget(tape.reader)
    elements = tuple(space.facts.types.get(target, UNKNOWN) for target in targets)
    joint = space.declare("tape", List(None, Tuple(elements)), is_fresh=False)
    append = call(attribute(name(joint), "append"), tuple_([copy(tape.append.value.args[0]) for tape in tapes]))
    places = gast.Tuple(elts=[copy(tape.pop.targets[0]) for tape in tapes], ctx=gast.Store())
    pop = assign(places, call(attribute(name(joint), "pop")))
    one = tapes[0]
    one.appends[one.appends.index(anchor.append)] = with_origin(gast.Expr(value=append), origin_of(anchor.append))
    first = min(tapes, key=lambda tape: tape.pops.index(tape.reader))
    one.pops.insert(one.pops.index(first.reader), with_origin(pop, origin_of(first.pop)))
    born = min((tape.born for tape in tapes), key=body.index)
    body[body.index(born)] = with_origin(assign(joint, gast.List(elts=[], ctx=LOAD)), origin_of(born))
    gone = {id(stmt) for tape in tapes for stmt in (tape.born, tape.append, tape.pop)}
    for block in (body, one.appends, one.pops):
        block[:] = [stmt for stmt in block if id(stmt) not in gone]


def _read_variable(reader: Stmt, tape: str, variable: str) -> None:
    """Let a statement read a variable instead of the tape."""
    rewrite(reader, lambda node: name(variable) if _is_pop(node, tape) else node)
