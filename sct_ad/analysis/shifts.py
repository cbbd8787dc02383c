"""Maxima that are subtracted before exponentials and cancel out: `np.log(np.sum(np.exp(x - m))) + m`.

The value does not depend on `m`, so that the derivative by it, a sum of terms that cancel, is 0. What does depend on it
is followed through a block: by how many times `m` a value is too large (a `Part` with `power=False`), or to which power
of `exp(m)` it is too large as a factor. If all that is left depends on `m` no more, it is a constant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import gast
import numpy as np

from sct_ad.analysis.alias import Memory
from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Abstract, Constant, Scalar, dims_of, kind

Reads = Callable[[Expr], set[str]]
"""The variables that an expression depends on smoothly."""


@dataclass(frozen=True, slots=True)
class Part:
    """`value + times * m`, or with `power` `value * exp(times * m)`."""

    times: int
    power: bool = False
    lost: bool = False
    """Whether the axis along which `m` is the maximum is gone."""


@dataclass(frozen=True, slots=True)
class Maximum:
    """`name = np.max(of, axis)`, where `of` has `rank` axes; axis None: `name` is one number."""

    name: str
    of: str
    rank: int
    axis: int | None
    part: Part


class _Depends(Exception):
    """Something depends on the maximum in another way."""


def shifts(body: Block, typer: Typer, memory: Memory, reads: Reads, outputs: set[str]) -> set[str]:
    """The maxima on which nothing that follows depends; `outputs` are read after the body."""
    found: set[str] = set()
    for block in [body, *(block for stmt in nodes.statements(body) for block in nodes.blocks(stmt))]:
        for place, stmt in enumerate(block):
            maximum = _maximum(stmt, typer)
            followed = _Followed(maximum, typer, reads) if maximum is not None else None
            if followed is None or not followed.cancels(block[place + 1 :]):
                continue
            names = set(followed.parts)
            definitions = Counter(name for s in nodes.statements(body) for name in nodes.defines(s) if name in names)
            plain = all(definitions[name] == 1 and not memory.has_identity(name) for name in names)
            if plain and not names & outputs and _mentions(body, names) == _mentions(block[place:], names):
                found.add(followed.maximum.name)
    return found


def _mentions(part: Block, names: set[str]) -> int:
    """How often statements mention any of the names."""
    return sum(isinstance(node, gast.Name) and node.id in names for stmt in part for node in nodes.walk(stmt))


def _maximum(stmt: Stmt, typer: Typer) -> Maximum | None:
    """What a statement `m = np.max(x, axis=-1, keepdims=True)` computes, of real numbers."""
    if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
        return None
    if not isinstance(stmt.value, gast.Call):
        return None
    function, args, keywords = typer.call_parts(stmt.value)
    if function not in (np.max, np.ndarray.max) or not args or not isinstance(args[0], gast.Name):
        return None
    reduced = _reduction(args, keywords, typer)
    dims = dims_of(typer.type_of(args[0]))
    if reduced is None or dims is None or kind(typer.type_of(args[0])) != "float":
        return None
    axis, keeps = reduced
    if axis is not None and len(dims) == 1 and not keeps:
        axis = None
    return Maximum(stmt.targets[0].id, args[0].id, len(dims), axis, Part(1, lost=axis is not None and not keeps))


def _reduction(args: list[Expr], keywords: dict[str, Expr], typer: Typer) -> tuple[int | None, bool] | None:
    """The axis of a reduction, counted from the front, and whether it is kept; None if it is another kind of call."""
    dims = dims_of(typer.type_of(args[0]))
    given = dict(keywords)
    if len(args) > 2 or dims is None or (len(args) == 2 and "axis" in given):
        return None
    axis = _static(args[1] if len(args) == 2 else given.pop("axis", nodes.constant(None)), typer)
    keeps = _static(given.pop("keepdims", nodes.constant(False)), typer)
    if given or type(keeps) is not bool or not (axis is None or type(axis) is int):
        return None
    if isinstance(axis, int):
        return (axis % len(dims), keeps) if -len(dims) <= axis < len(dims) else None
    return None, keeps


def _static(expr: Expr, typer: Typer) -> object:
    found: Abstract = typer.type_of(expr)
    return found.value if isinstance(found, (Constant, Scalar)) else expr


class _Followed:
    """What depends on a maximum, statement by statement."""

    def __init__(self, maximum: Maximum, typer: Typer, reads: Reads) -> None:
        self.maximum, self.typer, self.reads = maximum, typer, reads
        self.parts = {maximum.name: maximum.part}
        self.below: set[str] = set()
        """What the maximum has been subtracted from, so that no entry is above 0."""

    def cancels(self, block: Block) -> bool:
        """Whether it cancels out in all that the statements compute with it."""
        try:
            for stmt in block:
                self._statement(stmt)
        except _Depends:
            return False
        return len(self.parts) > 1

    def _statement(self, stmt: Stmt) -> None:
        if self.parts.keys().isdisjoint(nodes.names_in(stmt)):
            return
        if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
            raise _Depends
        if not self.parts.keys().isdisjoint(self.reads(stmt.value)):
            part = self._part(stmt.value)
            if part.times:
                self.parts[stmt.targets[0].id] = part
                if self._is_below(stmt.value):
                    self.below.add(stmt.targets[0].id)

    def _is_below(self, value: Expr) -> bool:
        if isinstance(value, gast.Name):
            return value.id in self.below
        if not isinstance(value, gast.BinOp) or not isinstance(value.op, gast.Sub):
            return False
        less, of = self.parts.get(getattr(value.right, "id", "")), getattr(value.left, "id", "")
        return of == self.maximum.of and less is not None and less.times == 1 and not less.power

    def _part(self, value: Expr) -> Part:
        if isinstance(value, gast.Name):
            return self.parts[value.id]
        if isinstance(value, gast.UnaryOp) and isinstance(value.op, gast.USub):
            part = self._operand(value.operand)
            return part if part.power else replace(part, times=-part.times)
        if isinstance(value, gast.BinOp):
            return self._operation(value)
        if isinstance(value, gast.Subscript) and isinstance(value.value, gast.Name):
            return self._indexed(self.parts.get(value.value.id), value.slice)
        if isinstance(value, gast.Call):
            return self._call(value)
        raise _Depends

    def _operand(self, expr: Expr) -> Part:
        if not isinstance(expr, gast.Name) or expr.id not in self.parts:
            raise _Depends
        return self.parts[expr.id]

    def _operation(self, value: gast.BinOp) -> Part:
        sides = [self.parts.get(side.id) if isinstance(side, gast.Name) else None for side in (value.left, value.right)]
        known = [part for part in sides if part is not None]
        power = isinstance(value.op, (gast.Mult, gast.Div))
        if not (power or isinstance(value.op, (gast.Add, gast.Sub))) or any(part.power != power for part in known):
            raise _Depends
        if len({part.lost for part in known}) > 1:
            raise _Depends
        rank = self.maximum.rank - known[0].lost
        for side, part in zip((value.left, value.right), sides):
            dims = dims_of(self.typer.type_of(side))
            if self.maximum.axis is not None and part is None and (dims is None or len(dims) > rank):
                raise _Depends
        left, right = (0 if part is None else part.times for part in sides)
        times = left - right if isinstance(value.op, (gast.Sub, gast.Div)) else left + right
        return Part(times, power, known[0].lost)

    def _call(self, value: gast.Call) -> Part:
        function, args, keywords = self.typer.call_parts(value)
        part = self._operand(args[0]) if args else None
        if part is None:
            raise _Depends
        if function is np.exp and len(args) == 1 and not keywords and args[0].id in self.below:
            return replace(part, power=True)
        if function is np.log and len(args) == 1 and not keywords and part.power:
            return replace(part, power=False)
        if function not in (np.sum, np.ndarray.sum) or not part.power or part.lost:
            raise _Depends
        reduced = _reduction(args, keywords, self.typer)
        if reduced is None or (self.maximum.axis is not None and reduced[0] != self.maximum.axis):
            raise _Depends
        return replace(part, lost=self.maximum.axis is not None and not reduced[1])

    def _indexed(self, part: Part | None, index: Expr) -> Part:
        """`m[..., 0]` and `m[:, None]`, which take away the axis and put it back."""
        places = index.elts if isinstance(index, gast.Tuple) else [index]
        values = [_place(place) for place in places]
        rank, axis = self.maximum.rank, self.maximum.axis
        if part is None or axis is None or any(value is _OTHER for value in values) or values.count(...) > 1:
            raise _Depends
        own = len([value for value in values if value is not ... and value is not None])
        if ... in values:
            at = values.index(...)
            values[at : at + 1] = [slice(None)] * (rank - part.lost - own)
        new, taken = values.count(None), [k for k, value in enumerate(values) if type(value) is int]
        if not part.lost and new == 0 and taken == [axis]:
            return replace(part, lost=True)
        if part.lost and new == 1 and not taken and values.index(None) == axis:
            return replace(part, lost=False)
        raise _Depends


_OTHER = object()


def _place(place: Expr) -> object:
    """`:` as a slice, None, ... and whole numbers as such."""
    if isinstance(place, gast.Slice):
        return slice(None) if place.lower is place.upper is place.step is None else _OTHER
    if isinstance(place, gast.Constant) and (place.value is None or place.value is ... or type(place.value) is int):
        return place.value
    return _OTHER
