"""Loads from arrays that are written in place: whether an element that is read is surely never written again.

Both the load and each store have a place in a nest of loops, and indices that are linear in the loops' variables. If
no two points of the nests name the same element with the store after the load, the element keeps its value
(Banerjee, "Dependence analysis", 1997, chapter 5; the systems of inequalities are those of `inequalities.py`).

for j in range(n):
    for k in range(j):
        t = L[j, k]       # k < j: later stores are into columns from j on
        L[j, j] -= t * t
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.alias import Memory, effects_of
from sct_ad.analysis.inequalities import Linear, is_empty
from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array, Scalar

_Instance = int
_LOAD, _STORE = 0, 1


@dataclass
class _Loop:
    """A loop of a nest; its variable is that of the loop itself, or a count of its trips that nothing mentions."""

    stmt: Stmt
    variable: str
    step: int = 1
    low: Expr | None = None
    """The least value of the variable."""
    end: Expr | None = None
    """The value that it stays below."""
    count: str = ""
    """The variable that holds how many trips there are, where the loop goes over the positions of a range."""


@dataclass
class _Place:
    """A statement: the loops around it, and its position in each block from the outermost on."""

    loops: list[_Loop] = field(default_factory=list)
    path: list[tuple[int, int]] = field(default_factory=list)
    """The identity of a block, and the position in it."""


class Dependence:
    """What is known of the loads of one function."""

    def __init__(self, body: Block, typer: Typer, memory: Memory) -> None:
        self.body, self.typer, self.memory = body, typer, memory
        self.places: dict[int, _Place] = {}
        self.definitions: dict[str, list[Stmt]] = {}
        self.stores: dict[str, list[Stmt]] = {}
        """Alias class -> the statements that write into it."""
        self.barred: set[str] = set()
        """Alias classes that are written in other ways than by a store into a variable's elements."""
        self.answers: dict[int, bool] = {}

    def _class_of(self, name: str) -> str:
        """The alias class of a variable; the empty one of what holds no memory."""
        return self.memory.find(name) if name in self.memory.parent else ""

    # What there is

    def _look(self) -> None:
        """Go through the body, when something is asked for the first time."""
        if self.places:
            return
        for stmt in nodes.statements(self.body):
            for name in nodes.defines(stmt):
                if not (isinstance(stmt, gast.AugAssign) and isinstance(self.typer.types.get(name), Array)):
                    self.definitions.setdefault(name, []).append(stmt)
        self._collect(self.body, _Place())

    def _collect(self, block: Block, around: _Place) -> None:
        for index, stmt in enumerate(block):
            place = _Place(around.loops, [*around.path, (id(block), index)])
            self.places[id(stmt)] = place
            self._note(stmt)
            inner = place
            if isinstance(stmt, (gast.For, gast.While)):
                inner = _Place([*place.loops, self._loop(stmt, place)], place.path)
            for each in nodes.blocks(stmt):
                self._collect(each, inner)

    def _note(self, stmt: Stmt) -> None:
        updates = isinstance(stmt, gast.AugAssign)
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target if updates else None
        if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
            self.stores.setdefault(self._class_of(target.value.id), []).append(stmt)
        elif isinstance(target, (gast.Subscript, gast.Attribute)) or (updates and isinstance(target, gast.Name)):
            self.barred |= set(map(self._class_of, nodes.names_in(target)))
        for expr in nodes.expressions(stmt):
            for node in nodes.walk(expr):
                if isinstance(node, gast.Call):
                    self._bar_written(node)

    def _bar_written(self, call: gast.Call) -> None:
        _, args, _ = self.typer.call_parts(call)
        effects = effects_of(call, self.typer)
        given = [*args, *(keyword.value for keyword in call.keywords)]
        for k, arg in enumerate(given):
            if k in effects.mutates:
                self.barred |= set(map(self._class_of, nodes.names_in(arg)))

    def _loop(self, stmt: Stmt, place: _Place) -> _Loop:
        unknown = _Loop(stmt, f"trip of {id(stmt)}")
        if not isinstance(stmt, gast.For):
            return unknown
        call, backwards = self._value(stmt.iter, place), False
        if isinstance(call, gast.Call) and self.typer.resolve(call.func) is reversed and len(call.args) == 1:
            backwards, call = True, self._value(call.args[0], place)
        found = self._range(call)
        if found is None:
            return unknown
        low, end, step = found
        loop = _Loop(stmt, stmt.target.id, -step if backwards else step, low, end)
        length = self._value(end, place)
        if isinstance(end, gast.Name) and isinstance(length, gast.Call) and self.typer.resolve(length.func) is len:
            counted = self._range(self._value(length.args[0], place))
            if counted is not None:
                loop.count, loop.end = end.id, nodes.binary(counted[1], gast.Sub(), counted[0])
        return loop

    def _value(self, expr: Expr, place: _Place) -> Any:
        """What defines a variable that is defined once, and surely before; any other expression itself."""
        definitions = self.definitions.get(expr.id, ()) if isinstance(expr, gast.Name) else ()
        if len(definitions) != 1 or not isinstance(definitions[0], gast.Assign):
            return expr
        its = self.places.get(id(definitions[0]))
        return definitions[0].value if its is not None and _comes_before(its.path, place.path) else expr

    def _range(self, call: Any) -> tuple[Expr, Expr, int] | None:
        """The least number of a range whose step is 1 or -1, the one that it stays below, and the step."""
        if not isinstance(call, gast.Call) or self.typer.resolve(call.func) is not range or call.keywords:
            return None
        args = call.args
        low, end = (nodes.constant(0), args[0]) if len(args) == 1 else (args[0], args[1])
        step = nodes.integer(args[2]) if len(args) == 3 else 1
        if step == -1:
            one = nodes.constant(1)
            return nodes.binary(end, gast.Add(), one), nodes.binary(low, gast.Add(), one), -1
        return (low, end, 1) if step == 1 else None

    # The question

    def is_settled(self, stmt: Stmt) -> bool:
        """Whether what `t = x[index]` reads, or `x[index] = t` stores, stays in its place to the end."""
        self._look()
        known = self.answers.get(id(stmt))
        if known is None:
            known = self.answers[id(stmt)] = self._is_settled(stmt)
        return known

    def is_settled_view(self, name: str) -> bool:
        """Whether a variable is a part of an array, `t = x[index]`, that stays as it is to the end."""
        self._look()
        found = self.definitions.get(name, [])
        return len(found) == 1 and isinstance(self.typer.types.get(name), Array) and self.is_settled(found[0])

    def _is_settled(self, load: Stmt) -> bool:
        value = element_of(load)
        if value is None or not isinstance(value.value, gast.Name) or id(load) not in self.places:
            return False
        owner = value.value.id
        array, class_, found = self.typer.types.get(owner), self._class_of(owner), self.typer.type_of(value)
        if not isinstance(array, Array) or not class_ or class_ in self.barred:
            return False
        if not isinstance(found, (Scalar, Array)) or len(self.definitions.get(owner, ())) > 1:
            return False
        index = self._indices(value.slice, load, _LOAD)
        if index is None or (isinstance(found, Scalar) and None in index):
            return False
        bounds = self._bounds(self.places[id(load)], _LOAD)
        if not all(is_empty([], [*bounds, Linear(-1).plus(part, -1)]) for part in index if part is not None):
            return False  # it may be negative, and so count from the end
        return all(self._never_follows(store, load, owner, index, bounds) for store in self.stores.get(class_, ()))

    def _never_follows(
        self, store: Stmt, load: Stmt, owner: str, index: list[Linear | None], bounds: list[Linear]
    ) -> bool:
        """Whether a store never writes the element of an earlier load."""
        target = store.targets[0] if isinstance(store, gast.Assign) else store.target
        if target.value.id != owner:
            return False
        written = self._indices(target.slice, store, _STORE)
        if written is None:
            return False
        system = [*bounds, *self._bounds(self.places[id(store)], _STORE)]
        equal: list[Linear] = []
        for read, part in zip(index, written):
            if part is None or read is None:
                continue
            if not is_empty([], [*system, Linear(-1).plus(part, -1)]):
                return False
            equal.append(read.plus(part, -1))
        mine, its = self.places[id(load)], self.places[id(store)]
        shared: list[Linear] = []
        for one, other in zip(mine.loops, its.loops):
            if one is not other:
                break
            ahead = Linear.of((one.variable, _STORE)).plus(Linear.of((one.variable, _LOAD)), -1)
            if not is_empty([*equal, *shared], [*system, ahead.times(one.step).plus(Linear(-1))]):
                return False
            shared.append(ahead)
        behind = store is not load and _is_behind(its.path, mine.path)
        return not behind or is_empty([*equal, *shared], system)

    # Indices and bounds

    def _indices(self, index: Expr, stmt: Stmt, instance: _Instance) -> list[Linear | None] | None:
        """For each axis where the element is; None for an axis of which nothing is known."""
        found: list[Linear | None] = []
        for part in index.elts if isinstance(index, gast.Tuple) else [index]:
            if isinstance(part, gast.Slice):
                found.append(None)
                continue
            if isinstance(part, gast.Constant) and type(part.value) is not int:
                return None  # a new axis, or an ellipsis: the axes behind it are others
            type_ = self.typer.type_of(part)
            if not isinstance(type_, Scalar) or type_.kind != "int":
                return None
            found.append(self._linear(part, self.places[id(stmt)], instance))
        return found

    def _bounds(self, around: _Place, instance: _Instance) -> list[Linear]:
        """What is known of the variables of the loops around a statement, and of lengths."""
        found: list[Linear] = []
        for loop in around.loops:
            variable, place = Linear.of((loop.variable, instance)), self.places[id(loop.stmt)]
            low = None if loop.low is None else self._linear(loop.low, place, instance)
            end = None if loop.end is None else self._linear(loop.end, place, instance)
            if low is not None:
                found.append(variable.plus(low, -1))
            if end is not None:
                found.append(end.plus(variable, -1).plus(Linear(-1)))
        symbols = {term for each in found for term, _ in each.terms if isinstance(term, str)}
        return [*found, *(Linear.of(name) for name in symbols if self._is_length(name))]

    def _is_length(self, name: str) -> bool:
        definitions = self.definitions.get(name)
        if not definitions:
            return False  # a parameter
        place = self.places[id(definitions[0])]
        value = definitions[0].value
        if isinstance(value, gast.Call):
            return self.typer.resolve(value.func) is len
        if isinstance(value, gast.Subscript):
            value = self._value(value.value, place)
            is_shape = isinstance(value, gast.Attribute) and value.attr == "shape"
            return is_shape or (isinstance(value, gast.Call) and self.typer.resolve(value.func) is np.shape)
        return isinstance(value, gast.Attribute) and value.attr == "size"

    def _linear(self, expr: Expr, place: _Place, instance: _Instance) -> Linear | None:
        """A whole number in terms of the loops' variables and of what never changes."""
        if isinstance(expr, gast.Constant):
            return Linear(expr.value) if type(expr.value) is int else None
        if isinstance(expr, gast.Name):
            return self._named(expr.id, place, instance)
        if isinstance(expr, gast.Subscript):
            numbers = self._range(self._value(expr.value, place))
            return None if numbers is None else self._nth(numbers, expr.slice, place, instance)
        if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.USub):
            inner = self._linear(expr.operand, place, instance)
            return None if inner is None else inner.times(-1)
        if isinstance(expr, gast.BinOp) and isinstance(expr.op, (gast.Add, gast.Sub, gast.Mult)):
            left, right = (self._linear(side, place, instance) for side in (expr.left, expr.right))
            if left is None or right is None:
                return None
            if not isinstance(expr.op, gast.Mult):
                return left.plus(right, 1 if isinstance(expr.op, gast.Add) else -1)
            if left.terms and right.terms:
                return None
            return right.times(left.constant) if not left.terms else left.times(right.constant)
        return None

    def _nth(self, numbers: tuple[Expr, Expr, int], index: Expr, place: _Place, instance: _Instance) -> Linear | None:
        """A number of a range, by a position that surely does not count from the end."""
        low, _, step = numbers
        first, offset = (self._linear(part, place, instance) for part in (low, index))
        if step != 1 or first is None or offset is None:
            return None
        counts = is_empty([], [*self._bounds(place, instance), Linear(-1).plus(offset, -1)])
        return first.plus(offset) if counts else None

    def _named(self, name: str, place: _Place, instance: _Instance) -> Linear | None:
        definitions = self.definitions.get(name, [])
        if len(definitions) > 1:
            return None
        if not definitions:
            given = name in self.typer.types and name not in self.typer.outside
            return Linear.of(name) if given else None  # a parameter
        stmt = definitions[0]
        loop = next((loop for loop in place.loops if loop.stmt is stmt), None)
        if loop is not None:
            return Linear.of((name, instance)) if loop.variable == name else None
        counted = next((loop for loop in place.loops if loop.count == name), None)
        if counted is not None and counted.end is not None:
            return self._linear(counted.end, self.places[id(counted.stmt)], instance)
        its = self.places[id(stmt)]
        if not isinstance(stmt, gast.Assign) or not _comes_before(its.path, place.path):
            return None
        value = self._linear(stmt.value, its, instance)
        if value is None and not its.loops:
            return Linear.of(name)
        return value


def element_of(stmt: Stmt | None) -> gast.Subscript | None:
    """What a load reads, or a store writes."""
    if not isinstance(stmt, gast.Assign):
        return None
    place = stmt.value if isinstance(stmt.targets[0], gast.Name) else stmt.targets[0]
    return place if isinstance(place, gast.Subscript) else None


def _is_behind(path: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    """Whether a statement may run after another one in the same trips of the loops around both."""
    for (block, index), (other_block, other_index) in zip(path, other):
        if block != other_block:
            return True  # two branches: be careful
        if index != other_index:
            return index > other_index
    return True


def _comes_before(path: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    """Whether a statement surely has run before another one: it stands before it in a block around it."""
    if len(path) > len(other) or path[:-1] != other[: len(path) - 1]:
        return False
    (block, index), (other_block, other_index) = path[-1], other[len(path) - 1]
    return block == other_block and index < other_index
