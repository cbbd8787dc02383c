"""Loads from arrays that are written in place: which stores may write what was read.

Both the load and each store have a place in a nest of loops, and indices that are linear in the loops' variables. If
no two points of the nests name the same element with the store after the load, the element keeps its value
(Banerjee, "Dependence analysis", 1997, chapter 5; the systems of inequalities are those of `inequalities.py`).

for j in range(n):
    for k in range(j):
        t = L[j, k]       # k < j: later stores are into columns from j on
        L[j, j] -= t * t
"""

from __future__ import annotations

from functools import cached_property

import gast

from sct_ad.analysis.alias import Memory, effects_of
from sct_ad.analysis.inequalities import Linear
from sct_ad.analysis.nests import Instance, Nests
from sct_ad.analysis.parts import Part, Parts, ways_to_meet
from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt
from sct_ad.syntax.values import Array, Scalar

_LOAD, _STORE = 0, 1


class Dependence:
    """What is known of the loads of one function."""

    def __init__(self, body: Block, typer: Typer, memory: Memory) -> None:
        self.body, self.typer, self.memory = body, typer, memory
        self.parts: dict[tuple[int, Instance], Part | None] = {}
        self.answers: dict[int, frozenset[int] | None] = {}

    @cached_property
    def nests(self) -> Nests:
        """Where the statements stand; found when something is asked for the first time."""
        return Nests(self.body, self.typer)

    @cached_property
    def writers(self) -> dict[str, list[Stmt]]:
        """Alias class -> the statements that write into it."""
        found: dict[str, list[Stmt]] = {}
        for stmt in nodes.statements(self.body):
            for class_ in {self._class_of(name) for name in self._written(stmt)}:
                found.setdefault(class_, []).append(stmt)
        return found

    def _class_of(self, name: str) -> str:
        """The alias class of a variable; the empty one of what holds no memory."""
        return self.memory.find(name) if name in self.memory.parent else ""

    def _written(self, stmt: Stmt) -> set[str]:
        """The names through which a statement itself may write memory."""
        found: set[str] = set()
        if isinstance(stmt, gast.AugAssign):
            found |= nodes.names_in(stmt.target)
        elif isinstance(stmt, gast.Assign) and not isinstance(stmt.targets[0], gast.Name):
            found |= nodes.names_in(stmt.targets)
        return found | self._written_by_calls(stmt)

    def _written_by_calls(self, stmt: Stmt) -> set[str]:
        found: set[str] = set()
        for expr in nodes.expressions(stmt):
            for node in nodes.walk(expr):
                if isinstance(node, gast.Call):
                    _, args, _ = self.typer.call_parts(node)
                    mutated = effects_of(node, self.typer).mutates
                    given = [*args, *(keyword.value for keyword in node.keywords)]
                    found |= nodes.names_in([arg for k, arg in enumerate(given) if k in mutated])
                    found |= nodes.names_in([keyword.value for keyword in node.keywords if keyword.arg == "out"])
        return found

    # The questions

    def is_settled(self, stmt: Stmt) -> bool:
        """Whether what `t = x[index]` reads, or `x[index] = t` stores, stays in its place to the end."""
        return self.later_writers(stmt) == frozenset()

    def knows(self, stmt: Stmt) -> bool:
        """Whether a statement is one of the function's."""
        return id(stmt) in self.nests.places

    def load_of(self, name: str) -> Stmt | None:
        """The only definition of a variable, where that is a load from an array: `t = x[index]`."""
        found = self.nests.definitions.get(name, ())
        return found[0] if len(found) == 1 and self._is_understood(found[0]) else None

    def later_writers(self, stmt: Stmt) -> frozenset[int] | None:
        """The identities of the statements that may write what was read, or stored, after that; None: of all."""
        if id(stmt) not in self.answers:
            found = None
            if self._is_understood(stmt):
                writers = self.writers.get(self._class_of(element_of(stmt).value.id), ())  # type: ignore[union-attr]
                found = frozenset(id(writer) for writer in writers if self._may_follow(writer, stmt))
            self.answers[id(stmt)] = found
        return self.answers[id(stmt)]

    def stays_in_block(self, stmt: Stmt) -> bool:
        """Whether nothing behind a load or store, in the same run of its block, writes what was read or stored."""
        if not self._is_understood(stmt):
            return False
        place = self.nests.places[id(stmt)]
        for writer in self.writers.get(self._class_of(element_of(stmt).value.id), ()):  # type: ignore[union-attr]
            if self.nests.places[id(writer)].is_later_in_block_of(place):
                same = [self._ahead(loop.variable) for loop in place.loops]
                if self._meet(writer, stmt, same, []):
                    return False
        return True

    def stays_throughout(self, element: gast.Subscript, stmt: Stmt, loop: Stmt) -> bool:
        """Whether no trip of a loop around a statement writes an element that the statement reads."""
        place = self.nests.places[id(stmt)]
        if not isinstance(element.value, gast.Name) or not self._class_of(element.value.id):
            return False
        around = [each for each in place.loops if each.stmt is not loop and not _is_within(each.stmt, loop)]
        same = [self._ahead(each.variable) for each in around]
        read = self._parts.of(element, place, _LOAD)
        for writer in self.writers.get(self._class_of(element.value.id), ()):
            if _is_within(writer, loop) and self._may_share(writer, read, stmt, same, []):
                return False
        return True

    def _is_understood(self, stmt: Stmt) -> bool:
        """Whether a statement reads or writes a number or a view of an array that a variable refers to."""
        place = element_of(stmt)
        if place is None or not isinstance(place.value, gast.Name) or id(stmt) not in self.nests.places:
            return False
        owner, found = place.value.id, self.typer.type_of(place)
        is_array = isinstance(self.typer.types.get(owner), Array) and bool(self._class_of(owner))
        return is_array and isinstance(found, (Scalar, Array))

    def _may_follow(self, store: Stmt, load: Stmt) -> bool:
        """Whether a statement may write what an earlier load has read."""
        mine, its = self.nests.places[id(load)], self.nests.places[id(store)]
        shared: list[Linear] = []
        for one, other in zip(mine.loops, its.loops):
            if one is not other:
                break
            ahead = self._ahead(one.variable)
            if self._meet(store, load, shared, [ahead.times(one.step).plus(Linear(-1))]):
                return True
            shared.append(ahead)
        return store is not load and its.may_run_after(mine) and self._meet(store, load, shared, [])

    def _ahead(self, variable: str) -> Linear:
        """How far a loop's variable is at the store from what it was at the load."""
        return Linear.of((variable, _STORE)).plus(Linear.of((variable, _LOAD)), -1)

    def _meet(self, store: Stmt, load: Stmt, equal: list[Linear], positive: list[Linear]) -> bool:
        """Whether a store may write an element of a load, in trips of which some things are known."""
        return self._may_share(store, self._part(load, _LOAD), load, equal, positive)

    def _may_share(
        self, store: Stmt, read: Part | None, load: Stmt, equal: list[Linear], positive: list[Linear]
    ) -> bool:
        """Whether a store may write one of the elements that another statement reads."""
        written = self._part(store, _STORE)
        mine, its = self.nests.places[id(load)], self.nests.places[id(store)]
        known = [*positive, *self.nests.bounds(mine, _LOAD), *self.nests.bounds(its, _STORE)]
        if read is None or written is None or read.root != written.root:
            return not self.nests.is_empty(equal, known)
        return any(
            not self.nests.is_empty([*equal, *more], [*known, *others]) for more, others in ways_to_meet(read, written)
        )

    def _part(self, stmt: Stmt, instance: Instance) -> Part | None:
        """What a load reads, or all that a store writes, of an array; None where that is not known."""
        key = (id(stmt), instance)
        if key not in self.parts:
            place = element_of(stmt) if instance == _LOAD else self._only_store(stmt)
            where = self.nests.places[id(stmt)]
            self.parts[key] = None if place is None else self._parts.of(place, where, instance)
        return self.parts[key]

    def _only_store(self, stmt: Stmt) -> gast.Subscript | None:
        """The place that a statement writes, if it writes nothing else."""
        target = stmt.target if isinstance(stmt, gast.AugAssign) else None
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
        is_place = isinstance(target, gast.Subscript) and not self._written_by_calls(stmt)
        return target if is_place else None

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self.nests)


def _is_within(stmt: Stmt, loop: Stmt) -> bool:
    """Whether a statement stands in a loop."""
    return any(inner is stmt for block in nodes.blocks(loop) for inner in nodes.statements(block))


def element_of(stmt: Stmt | None) -> gast.Subscript | None:
    """What a load reads, or a store writes."""
    if not isinstance(stmt, gast.Assign):
        return None
    place = stmt.value if isinstance(stmt.targets[0], gast.Name) else stmt.targets[0]
    return place if isinstance(place, gast.Subscript) else None
