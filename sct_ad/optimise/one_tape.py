"""What a loop records in each trip goes on one tape, as a tuple."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.cost import MAX_WIDTH, width
from sct_ad.optimise.footprint import commute
from sct_ad.optimise.workspace import Workspace, single_target
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import (
    LOAD,
    Block,
    Stmt,
    assign,
    attribute,
    blocks,
    call,
    copy,
    every,
    name,
    names_in,
    origin_of,
    statements,
    tuple_,
    with_origin,
)
from sct_ad.syntax.values import UNKNOWN, List, Tuple

_AROUND = 24
"""How many columns indentation and the call take."""


@dataclass
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
    supply = Names(names_in(space.fn) | {space.fn.name})
    groups: dict[tuple[int, int], list[Tape]] = {}
    for found in _tapes(space, supply):
        groups.setdefault((id(found.appends), id(found.pops)), []).append(found)
    for group in groups.values():
        rest = group
        while len(rest) > 1:
            members, anchor = max((_movable(rest, tape, space) for tape in rest), key=lambda found: len(found[0]))
            if len(members) < 2:
                break
            _join(members, anchor, supply.fresh("tape"), space)
            rest = [tape for tape in rest if not any(tape is one for one in members)]
    return space.leave()


def _tapes(space: Workspace, supply: Names) -> list[Tape]:
    """The tapes that are appended to and read once, in the order in which they are read."""
    born = {single_target(stmt): stmt for stmt in space.fn.body}
    appends: dict[str, list[tuple[Block, Stmt]]] = {}
    pops: dict[str, list[tuple[Block, Any]]] = {}
    loops = [stmt for stmt in statements(space.fn.body) if isinstance(stmt, (gast.For, gast.While))]
    inside = {id(block): block for loop in loops for block in [loop.body]}
    for block in [space.fn.body, *(inner for stmt in statements(space.fn.body) for inner in blocks(stmt))]:
        for stmt in block:
            for node in every(stmt, gast.Call) if not blocks(stmt) else []:
                owner = node.func.value.id if _is_tape_call(node, space) else ""
                if owner and node.func.attr == "append":
                    appends.setdefault(owner, []).append((block, stmt))
                elif owner:
                    pops.setdefault(owner, []).append((block, stmt))
    found = []
    for tape, ((block, reader), *more) in pops.items():
        written = appends.get(tape, [])
        if more or len(written) != 1 or space.loads[tape] != 2 or tape not in born:
            continue
        if id(block) in inside and id(written[0][0]) in inside and block is not written[0][0]:
            pop = reader
            if single_target(reader) is None or not (
                isinstance(reader.value, gast.Call) and _is_tape_call(reader.value, space)
            ):
                pop = with_origin(assign(supply.fresh("t"), call(attribute(name(tape), "pop"))), origin_of(reader))
            found.append(Tape(born[tape], *written[0], block, reader, pop))
    return found


def _is_tape_call(node: Any, space: Workspace) -> bool:
    owner = node.func.value if isinstance(node.func, gast.Attribute) else None
    return isinstance(owner, gast.Name) and owner.id in space.footprints.tapes


def _movable(group: list[Tape], anchor: Tape, space: Workspace) -> tuple[list[Tape], Tape]:
    """Those that can be recorded where `anchor` is, and read at the first place where one of them is."""
    found = _that_fit([anchor, *(tape for tape in group if tape is not anchor)])
    target = _place(anchor.appends, anchor.append)
    while found:
        first = min(_place(tape.pops, tape.reader) for tape in found)
        moving = {id(stmt) for tape in found for stmt in (tape.append, tape.pop)}
        stays = []
        for tape in found:
            start, stop = sorted((_place(tape.appends, tape.append), target))
            before = tape.pops[first : _place(tape.pops, tape.reader)]
            if _passes(tape.append, tape.appends[start:stop], moving, space) and _passes(
                tape.pop, before, moving, space
            ):
                stays.append(tape)
        if len(stays) == len(found):
            break
        found = stays
    if not any(tape is anchor for tape in found):
        return [], anchor
    return [tape for tape in group if any(tape is one for one in found)], anchor


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


def _place(block: Block, stmt: Stmt) -> int:
    return next(k for k, other in enumerate(block) if other is stmt)


def _passes(stmt: Stmt, others: Block, moving: set[int], space: Workspace) -> bool:
    """Whether a statement may change places with all others but those that are moved with it."""
    own = space.footprints.statement(stmt)
    return all(id(other) in moving or commute(own, space.footprints.statement(other)) for other in others)


def _join(tapes: list[Tape], anchor: Tape, joint: str, space: Workspace) -> None:
    """Let one tape hold what several held."""
    facts, body = space.facts, space.fn.body
    targets = [str(single_target(tape.pop)) for tape in tapes]
    for tape, target in zip(tapes, targets):
        if tape.pop is not tape.reader:
            facts.types[target] = facts.type_of(tape.pop.value)
            facts.temporaries.add(target)
            _replace_pop(tape.reader, tape.pop.value.func.value.id, target)
            space.footprints.forget(tape.reader)
    facts.types[joint] = List(None, Tuple(tuple(facts.types.get(target, UNKNOWN) for target in targets)))
    facts.temporaries.add(joint)
    append = call(attribute(name(joint), "append"), tuple_([copy(tape.append.value.args[0]) for tape in tapes]))
    places = gast.Tuple(elts=[copy(tape.pop.targets[0]) for tape in tapes], ctx=gast.Store())
    pop = assign(places, call(attribute(name(joint), "pop")))
    one = tapes[0]
    one.appends[_place(one.appends, anchor.append)] = with_origin(gast.Expr(value=append), origin_of(anchor.append))
    first = min(tapes, key=lambda tape: _place(tape.pops, tape.reader))
    one.pops.insert(_place(one.pops, first.reader), with_origin(pop, origin_of(first.pop)))
    born = min((tape.born for tape in tapes), key=lambda stmt: _place(body, stmt))
    body[_place(body, born)] = with_origin(assign(joint, gast.List(elts=[], ctx=LOAD)), origin_of(born))
    gone = {id(stmt) for tape in tapes for stmt in (tape.born, tape.append, tape.pop)}
    for block in (body, one.appends, one.pops):
        block[:] = [stmt for stmt in block if id(stmt) not in gone]


def _replace_pop(node: Any, tape: str, variable: str) -> None:
    """Read a variable where something was taken from the tape, in place."""
    for key in node._fields:
        child = getattr(node, key, None)
        for item in child if isinstance(child, list) else [child]:
            if not isinstance(item, gast.AST):
                continue
            func = item.func if isinstance(item, gast.Call) else None
            owner = func.value if isinstance(func, gast.Attribute) and func.attr == "pop" else None
            if not (isinstance(owner, gast.Name) and owner.id == tape):
                _replace_pop(item, tape, variable)
            elif isinstance(child, list):
                child[child.index(item)] = name(variable)
            else:
                setattr(node, key, name(variable))
