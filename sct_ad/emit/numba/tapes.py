"""Tapes of numbers as arrays: Numba appends to a list and pops from it ten times slower than it writes to an array.

x_tape = []                      ->  x_tape = np.empty(n)
                                     top = 0
for i in range(n):                   for i in range(n):
    x_tape.append(x)                     x_tape[top] = x
                                         top += 1
...                                  ...
    x = x_tape.pop()                     top -= 1
                                         x = x_tape[top]

Where the number of trips is not known at first, the array is made longer when it is full (`tape_room.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.emit.numba.tape_room import Room, exact_size, growth, in_pieces, place_for
from sct_ad.specialise.namespace import Namespace
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import INT, Array, Scalar

_TAPE = re.compile(r"_tape\d*$")
_DTYPES = {"float": "float64", "int": "int64", "bool": "bool_", "complex": "complex128"}
_SHORTEST = 64
"""How many entries a tape of unknown length has room for at first."""


@dataclass
class _Tape:
    """Where a tape is born, written and read."""

    birth: Stmt
    appends: list[tuple[Stmt, Block, tuple[Stmt, ...]]] = field(default_factory=list)
    """The statement, its block, and the structured statements around it, outer ones first."""
    pops: list[tuple[Stmt, Block]] = field(default_factory=list)
    uses: int = 0
    """How often its name occurs."""
    around: tuple[Stmt, ...] = ()
    """The structured statements around its birth."""

    @property
    def is_simple(self) -> bool:
        """Whether one statement writes and one reads it."""
        return len(self.appends) == len(self.pops) == 1


def tapes_in_arrays(function: gast.FunctionDef, facts: Facts, namespace: Namespace) -> gast.FunctionDef:
    """The pass."""
    function = nodes.copy(function)
    tapes = _tapes(function, facts)
    if not tapes:
        return function
    numpy = namespace.denote(np, "np")
    dtypes = {name: _dtype(tape, facts) or "float64" for name, tape in tapes.items()}

    def longer() -> Expr:
        from sct_ad.emit.numba.support import longer

        return namespace.denote(longer, "longer")

    missing = nodes.set_to_none(function.body)

    def recorded(value: Expr) -> Expr:
        if not (isinstance(value, gast.Name) and value.id in missing):
            return value
        from sct_ad.emit.numba.missing import or_zero

        return nodes.call(namespace.denote(or_zero, "or_zero"), value)

    before: dict[int, Block] = {}
    after: dict[int, Block] = {}
    moved: set[int] = set()
    rooms = _Rooms(facts, namespace, longer)
    for group in _groups(tapes):
        top = _fresh(namespace.names.fresh("top"), facts, namespace)
        first = tapes[group[0]]
        loops = first.appends[0][2][len(first.around) :]
        size = exact_size(loops, facts, namespace) if first.is_simple else None
        for name in group:
            room = nodes.constant(_SHORTEST) if size is None else nodes.copy(size)
            made = nodes.call(nodes.attribute(numpy, "empty"), room, nodes.attribute(numpy, dtypes[name]))
            birth = tapes[name].birth
            if size is None:
                birth.value = made  # type: ignore[attr-defined]
            else:
                before.setdefault(id(loops[0]), []).append(nodes.assign(name, made, nodes.origin_of(birth)))
                moved.add(id(birth))
        start = nodes.assign(top, nodes.constant(0), nodes.origin_of(first.birth))
        after.setdefault(id(first.birth), []).append(start)
        if size is None:
            rooms.make(group, tapes, top, before)
        _replace(group, tapes, top, before, after, recorded)
        for name in group:
            facts.types[name] = Array(dtypes[name].rstrip("_"), None)
            facts.memory.setdefault(name, name)
    function.body = _with(function.body, before, after, moved)
    rooms.cut()
    return function


def _fresh(name: str, facts: Facts, namespace: Namespace) -> str:
    """A new variable for integers."""
    facts.temporaries.add(name)
    facts.types[name] = INT
    namespace.locals.add(name)
    return name


class _Rooms:
    """Makes room on tapes of unknown length: before loops, on some of their trips, or else before each entry."""

    def __init__(self, facts: Facts, namespace: Namespace, longer: Callable[[], Expr]) -> None:
        self.facts, self.namespace, self.longer = facts, namespace, longer
        self.pieces: dict[int, list[Room]] = {}

    def make(self, group: list[str], tapes: dict[str, _Tape], top: str, before: dict[int, Block]) -> None:
        """Put in what makes the tapes of a group longer."""
        tape = tapes[group[0]]
        found: dict[int, Room] = {}
        early: dict[int, bool] = {}
        for stmt, block, around in tape.appends:
            place = place_for(around[len(tape.around) :], self.facts, self.namespace)
            if place is None:
                first = next(s for s in block if s is stmt or _appended(s) in group)
                needed = nodes.binary(nodes.name(top), gast.Add(), nodes.constant(1))
                before.setdefault(id(first), []).append(growth(group, needed, self.longer, stmt))
                continue
            loop, amount, at_once = place
            room = found.setdefault(id(loop), Room(group, top, loop))
            room.amounts.append(amount)
            early[id(loop)] = at_once
        for key, room in found.items():
            if early[key]:
                before.setdefault(key, []).append(room.growth(self.longer, room.loop))
            else:
                self.pieces.setdefault(key, []).append(room)

    def cut(self) -> None:
        """Make loops run in pieces that do not tell how often they run."""
        for rooms in self.pieces.values():
            counter = in_pieces(rooms[0].loop, rooms, self.longer, self.namespace)
            if counter is not None:
                _fresh(counter, self.facts, self.namespace)


def _tapes(function: gast.FunctionDef, facts: Facts) -> dict[str, _Tape]:
    """The tapes of numbers that nothing else is done with than to append and to pop."""
    found: dict[str, _Tape] = {}
    bad: set[str] = {arg.id for arg in function.args.args}

    def visit(block: Block, around: tuple[Stmt, ...]) -> None:
        for stmt in block:
            if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and _is_empty(stmt.value):
                name = stmt.targets[0].id
                if not _TAPE.search(name) or name in found or name in facts.unsure:
                    bad.add(name)
                else:
                    found[name] = _Tape(stmt, around=around)
            appended = _appended(stmt)
            if appended is not None and appended in found:
                found[appended].appends.append((stmt, block, around))
            popped = [name for expr in nodes.expressions(stmt) for name in _popped(expr)]
            for name in popped:
                if popped.count(name) > 1 or isinstance(stmt, gast.While) or name not in found:
                    bad.add(name)
                else:
                    found[name].pops.append((stmt, block))
            for inner in nodes.blocks(stmt):
                visit(inner, (*around, stmt))

    visit(function.body, ())
    for node in nodes.walk(function.body):
        if isinstance(node, gast.Name) and node.id in found:
            found[node.id].uses += 1
        if isinstance(node, (gast.IfExp, gast.BoolOp, gast.ListComp, gast.Lambda)):
            bad |= set(_popped(node))
    return {
        name: tape
        for name, tape in found.items()
        if name not in bad
        and tape.appends
        and tape.uses == 1 + len(tape.appends) + len(tape.pops)
        and _dtype(tape, facts) is not None
    }


def _is_empty(value: Expr) -> bool:
    return isinstance(value, gast.List) and not value.elts


def _appended(stmt: Stmt) -> str | None:
    call = stmt.value if isinstance(stmt, gast.Expr) else None
    if isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute) and call.func.attr == "append":
        if isinstance(call.func.value, gast.Name) and len(call.args) == 1:
            return call.func.value.id
    return None


def _is_pop(node: object) -> bool:
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == "pop"
        and isinstance(node.func.value, gast.Name)
        and not node.args
    )


def _popped(expr: object) -> list[str]:
    return [node.func.value.id for node in nodes.walk(expr) if _is_pop(node)]  # type: ignore[attr-defined]


def _dtype(tape: _Tape, facts: Facts) -> str | None:
    """The NumPy type of what is recorded; None where it is not one kind of numbers."""
    found: set[str] = set()
    for stmt, _, _ in tape.appends:
        type_ = facts.type_of(stmt.value.args[0])  # type: ignore[attr-defined]
        if not isinstance(type_, Scalar) or type_.kind not in _DTYPES:
            return None
        plain = type_.dtype in ("", "?", "bool")
        found.add(_DTYPES[type_.kind] if plain else type_.dtype)
    return found.pop() if len(found) == 1 else None


def _groups(tapes: dict[str, _Tape]) -> list[list[str]]:
    """Tapes that are written in one block and read in one block share a counter."""
    groups: dict[object, list[str]] = {}
    for name, tape in tapes.items():
        key: object = name
        if tape.is_simple:
            block = tape.appends[0][1]
            breaks = any(isinstance(stmt, (gast.Break, gast.Continue)) for stmt in nodes.statements(block))
            if not breaks:
                key = id(block), id(tape.pops[0][1]), tuple(map(id, tape.around))
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def _replace(
    group: list[str],
    tapes: dict[str, _Tape],
    top: str,
    before: dict[int, Block],
    after: dict[int, Block],
    recorded: Callable[[Expr], Expr],
) -> None:
    """Put the statements of a group of tapes that share a counter in the places of theirs."""
    shared = [tapes[name] for name in group]
    blocks = {id(block): block for tape in shared for _, block, _ in tape.appends}
    for block in blocks.values():
        own = [stmt for stmt in block if _appended(stmt) in group]
        steps = [own[-1]] if len(group) > 1 else own
        for stmt in steps:
            after.setdefault(id(stmt), []).append(_step(top, gast.Add(), stmt))
        for stmt in own:
            place = nodes.subscript(nodes.name(_appended(stmt) or ""), nodes.name(top), store=True)
            written = nodes.assign(place, recorded(stmt.value.args[0]), nodes.origin_of(stmt))  # type: ignore[attr-defined]
            stmt.__class__ = gast.Assign
            stmt.__dict__.update(written.__dict__)
    stepped: set[int] = set()
    for tape in shared:
        for stmt, block in tape.pops:
            key = id(block) if len(group) > 1 else id(stmt)
            if key not in stepped:
                stepped.add(key)
                first = stmt
                if len(group) > 1:
                    first = next(s for s in block if any(n in group for e in nodes.expressions(s) for n in _popped(e)))
                before.setdefault(id(first), []).append(_step(top, gast.Sub(), first))
    for tape in shared:
        for stmt, _ in tape.pops:
            for node in [n for expr in nodes.expressions(stmt) for n in nodes.walk(expr) if _is_pop(n)]:
                if node.func.value.id in group:
                    read = nodes.subscript(nodes.name(node.func.value.id), nodes.name(top))
                    node.__class__ = gast.Subscript
                    node.__dict__.clear()
                    node.__dict__.update(read.__dict__)


def _step(top: str, op: gast.operator, stmt: Stmt) -> Stmt:
    step = gast.AugAssign(target=nodes.target(top), op=op, value=nodes.constant(1))
    return nodes.with_origin(step, nodes.origin_of(stmt))


def _with(block: Block, before: dict[int, Block], after: dict[int, Block], dropped: set[int]) -> Block:
    """The block with statements put in before and after others, and some dropped."""
    found: Block = []
    for stmt in block:
        for inner in nodes.blocks(stmt):
            inner[:] = _with(inner, before, after, dropped)
        here = [] if id(stmt) in dropped else [stmt]
        found += [*before.get(id(stmt), []), *here, *after.get(id(stmt), [])]
    return found
