"""Where statements stand in nests of loops, and whole numbers that are linear in the loops' variables.

for j in range(n):
    for k in range(j):
        t = L[j, k]       # 0 <= k < j < n
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.inequalities import Linear, is_empty
from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array, Scalar

Instance = int
"""Which run of a statement is meant, where two are compared."""

_NEVER_NEGATIVE = (len, np.argmax, np.argmin)


@dataclass
class Loop:
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
class Place:
    """A statement: the loops around it, and its position in each block from the outermost on."""

    loops: list[Loop] = field(default_factory=list)
    path: list[tuple[int, int]] = field(default_factory=list)
    """The identity of a block, and the position in it."""

    def may_run_after(self, other: Place) -> bool:
        """Whether the statement may run after another one in the same trips of the loops around both."""
        for (block, index), (other_block, other_index) in zip(self.path, other.path):
            if block != other_block:
                return True  # two branches: be careful
            if index != other_index:
                return index > other_index
        return True

    def comes_before(self, other: Place) -> bool:
        """Whether the statement surely has run before another one: it stands before it in a block around it."""
        level = len(self.path) - 1
        if len(self.path) > len(other.path) or self.path[:-1] != other.path[:level]:
            return False
        return self._is_earlier_in_block(other, level)

    def is_later_in_block_of(self, other: Place) -> bool:
        """Whether the statement stands behind another one in the block of that, or nested in what stands there."""
        level = len(other.path) - 1
        if len(other.path) > len(self.path) or other.path[:-1] != self.path[:level]:
            return False
        return other._is_earlier_in_block(self, level)

    def _is_earlier_in_block(self, other: Place, level: int) -> bool:
        (block, index), (other_block, other_index) = self.path[level], other.path[level]
        return block == other_block and index < other_index


class Nests:
    """The statements of one function, and what is known of its whole numbers."""

    def __init__(self, body: Block, typer: Typer) -> None:
        self.typer = typer
        self.places: dict[int, Place] = {}
        self.definitions: dict[str, list[Stmt]] = {}
        for stmt in nodes.statements(body):
            for name in nodes.defines(stmt):
                if not (isinstance(stmt, gast.AugAssign) and isinstance(typer.types.get(name), Array)):
                    self.definitions.setdefault(name, []).append(stmt)
        self._collect(body, Place())

    def _collect(self, block: Block, around: Place) -> None:
        for index, stmt in enumerate(block):
            place = Place(around.loops, [*around.path, (id(block), index)])
            self.places[id(stmt)] = place
            inner = place
            if isinstance(stmt, (gast.For, gast.While)):
                inner = Place([*place.loops, self._loop(stmt, place)], place.path)
            for each in nodes.blocks(stmt):
                self._collect(each, inner)

    def _loop(self, stmt: Stmt, place: Place) -> Loop:
        unknown = Loop(stmt, f"trip of {id(stmt)}")
        if not isinstance(stmt, gast.For):
            return unknown
        call, backwards = self._value(stmt.iter, place), False
        if isinstance(call, gast.Call) and self.typer.resolve(call.func) is reversed and len(call.args) == 1:
            backwards, call = True, self._value(call.args[0], place)
        found = self._range(call)
        if found is None:
            return unknown
        low, end, step = found
        loop = Loop(stmt, stmt.target.id, -step if backwards else step, low, end)
        length = self._value(end, place)
        if isinstance(end, gast.Name) and isinstance(length, gast.Call) and self.typer.resolve(length.func) is len:
            counted = self._range(self._value(length.args[0], place))
            if counted is not None:
                loop.count, loop.end = end.id, nodes.binary(counted[1], gast.Sub(), counted[0])
        return loop

    def definition(self, name: str, place: Place) -> gast.Assign | None:
        """The assignment that gives a variable its value where a statement stands, if there is but one."""
        definitions = self.definitions.get(name, ())
        if len(definitions) != 1 or not isinstance(definitions[0], gast.Assign):
            return None
        its = self.places.get(id(definitions[0]))
        return definitions[0] if its is not None and its.comes_before(place) else None

    def _value(self, expr: Expr, place: Place) -> Any:
        """What defines a variable that is defined once, and surely before; any other expression itself."""
        found = self.definition(expr.id, place) if isinstance(expr, gast.Name) else None
        return expr if found is None else found.value

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

    # Systems

    def bounds(self, around: Place, instance: Instance) -> list[Linear]:
        """What is known of the variables of the loops around a statement."""
        found: list[Linear] = []
        for loop in around.loops:
            variable, place = Linear.of((loop.variable, instance)), self.places[id(loop.stmt)]
            low = None if loop.low is None else self.linear(loop.low, place, instance)
            end = None if loop.end is None else self.linear(loop.end, place, instance)
            if low is not None:
                found.append(variable.plus(low, -1))
            if end is not None:
                found.append(end.plus(variable, -1).plus(Linear(-1)))
        return found

    def is_empty(self, equal: Iterable[Linear], positive: Iterable[Linear]) -> bool:
        """Whether a system surely has no solution, with what is known of lengths and positions."""
        equal, positive = list(equal), list(positive)
        symbols = dict.fromkeys(symbol for each in [*equal, *positive] for symbol, _ in each.terms)
        known = [Linear.of(symbol) for symbol in symbols if self._is_never_negative(symbol)]
        return is_empty(equal, [*positive, *known])

    def is_not_negative(self, one: Linear, bounds: list[Linear]) -> bool:
        """Whether a number is zero or more, and so no position that counts from the end."""
        return self.is_empty([], [*bounds, Linear(-1).plus(one, -1)])

    def _is_never_negative(self, symbol: Hashable) -> bool:
        name = symbol[0] if isinstance(symbol, tuple) else symbol
        definitions = self.definitions.get(str(name), ())
        if len(definitions) != 1 or not isinstance(definitions[0], gast.Assign):
            return False  # a parameter, or the variable of a loop
        value = definitions[0].value
        if isinstance(value, gast.Call):
            function = self.typer.resolve(value.func)
            return any(function is known for known in _NEVER_NEGATIVE)
        if isinstance(value, gast.Subscript):
            value = self._value(value.value, self.places[id(definitions[0])])
            is_shape = isinstance(value, gast.Attribute) and value.attr == "shape"
            return is_shape or (isinstance(value, gast.Call) and self.typer.resolve(value.func) is np.shape)
        return isinstance(value, gast.Attribute) and value.attr == "size"

    # Numbers

    def linear(self, expr: Expr, place: Place, instance: Instance) -> Linear | None:
        """A whole number in terms of the loops' variables and of what is only known by its name."""
        if isinstance(expr, gast.Constant):
            return Linear(expr.value) if type(expr.value) is int else None
        if isinstance(expr, gast.Name):
            return self._named(expr.id, place, instance)
        if isinstance(expr, gast.Subscript):
            numbers = self._range(self._value(expr.value, place))
            return None if numbers is None else self._nth(numbers, expr.slice, place, instance)
        if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.USub):
            inner = self.linear(expr.operand, place, instance)
            return None if inner is None else inner.times(-1)
        if isinstance(expr, gast.BinOp) and isinstance(expr.op, (gast.Add, gast.Sub, gast.Mult)):
            left, right = (self.linear(side, place, instance) for side in (expr.left, expr.right))
            if left is None or right is None:
                return None
            if not isinstance(expr.op, gast.Mult):
                return left.plus(right, 1 if isinstance(expr.op, gast.Add) else -1)
            if left.terms and right.terms:
                return None
            return right.times(left.constant) if not left.terms else left.times(right.constant)
        return None

    def _nth(self, numbers: tuple[Expr, Expr, int], index: Expr, place: Place, instance: Instance) -> Linear | None:
        """A number of a range, by a position that surely does not count from the end."""
        low, _, step = numbers
        first, offset = (self.linear(part, place, instance) for part in (low, index))
        if step != 1 or first is None or offset is None:
            return None
        return first.plus(offset) if self.is_not_negative(offset, self.bounds(place, instance)) else None

    def _named(self, name: str, place: Place, instance: Instance) -> Linear | None:
        definitions = self.definitions.get(name, [])
        if len(definitions) > 1:
            return None
        if not definitions:  # a parameter
            given = name not in self.typer.outside and self._is_whole(name, ("", "?", "int64"))
            return Linear.of(name) if given else None
        loop = next((loop for loop in place.loops if loop.stmt is definitions[0]), None)
        if loop is not None:
            return Linear.of((name, instance)) if loop.variable == name else None
        counted = next((loop for loop in place.loops if loop.count == name), None)
        if counted is not None and counted.end is not None:
            return self.linear(counted.end, self.places[id(counted.stmt)], instance)
        stmt = self.definition(name, place)
        if stmt is None:
            return None
        its = self.places[id(stmt)]
        value = self.linear(stmt.value, its, instance)
        if value is not None or not self._is_whole(name):
            return value
        return Linear.of((name, instance) if its.loops else name)

    def _is_whole(self, name: str, dtypes: tuple[str, ...] = ("", "int64")) -> bool:
        """Whether a variable is a whole number whose sums do not wrap around."""
        type_ = self.typer.types.get(name)
        return isinstance(type_, Scalar) and type_.kind == "int" and type_.dtype in dtypes
