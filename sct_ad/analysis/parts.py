"""Which elements of an array a place such as `x[i, k + 1:]` is made of, where the array may be a view of another one.

row = A[i]
row[k + 1:]      # of A: the row i, the columns from k + 1 on
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import gast

from sct_ad.analysis.alias import is_gather, sources_of
from sct_ad.analysis.inequalities import Linear
from sct_ad.analysis.nests import Instance, Nests, Place
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Array, Scalar

_MOST_WAYS = 16


@dataclass(frozen=True)
class Axis:
    """The positions along one axis of an array, as far as they are known."""

    at: tuple[Linear, ...] = ()
    """Where it is one position: that of these; of others nothing is known but the bounds."""
    low: Linear | None = None
    below: tuple[Linear, ...] = ()
    is_range: bool = True
    """Whether the axis is there in what the place refers to."""
    is_shifted: bool = False
    """Whether the k-th position of a range is `low + k`."""


_WHOLE = Axis(low=Linear(0), is_shifted=True)


@dataclass(frozen=True)
class Part:
    """Elements of the array that `root` names; axes after those that are listed are there as a whole."""

    root: str
    axes: tuple[Axis, ...] = ()
    is_plain: bool = True
    """Whether the axes of the place are the ranges among these axes, in their order, and then the others."""


class Parts:
    """Finds the parts of arrays that places refer to."""

    def __init__(self, nests: Nests) -> None:
        self.nests, self.typer = nests, nests.typer

    def of(self, place: gast.Subscript, where: Place, instance: Instance) -> Part | None:
        """The elements of a place, in a statement of the nests; None where the array is not known."""
        if not isinstance(place.value, gast.Name) or not isinstance(self.typer.types.get(place.value.id), Array):
            return None
        base = self._array(place.value.id, where, instance)
        return None if base is None else self._within(base, place.slice, where, instance)

    def _array(self, name: str, where: Place, instance: Instance) -> Part | None:
        """What a variable refers to, if that is the same memory in every trip, or new memory in each."""
        if name not in self.nests.definitions:
            given = name in self.typer.types and name not in self.typer.outside
            return Part(name) if given else None
        stmt = self.nests.definition(name, where)
        if stmt is None:
            return None
        value, its = stmt.value, self.nests.places[id(stmt)]
        if isinstance(value, gast.Name) and isinstance(self.typer.types.get(value.id), Array):
            return self._array(value.id, its, instance)
        if isinstance(value, gast.Subscript) and not is_gather(value, self.typer):
            part = self.of(value, its, instance)
            if part is not None:
                return part
        return None if its.loops and sources_of(value, self.typer) else Part(name)

    def _within(self, base: Part, index: Expr, where: Place, instance: Instance) -> Part:
        if not base.is_plain:
            return base
        left, found, is_plain = list(base.axes), [], True
        bounds = self.nests.bounds(where, instance)
        for part in index.elts if isinstance(index, gast.Tuple) else [index]:
            if isinstance(part, gast.Constant) and part.value is None:
                is_plain = False  # a new axis
                continue
            while left and not left[0].is_range:
                found.append(left.pop(0))
            axis = self._along(left[0] if left else _WHOLE, part, bounds, where, instance)
            if axis is None:
                is_plain = False
                break
            left = left[1:]
            found.append(axis)
        return Part(base.root, (*found, *left), is_plain)

    def _along(self, axis: Axis, part: Expr, bounds: list[Linear], where: Place, instance: Instance) -> Axis | None:
        """What an index makes of an axis; None of an index that may be for several axes, or none."""
        if isinstance(part, gast.Slice):
            return self._sliced(axis, part, bounds, where, instance)
        numbers = part.elts if isinstance(part, (gast.List, gast.Tuple)) else [part]
        if not all(self._is_whole(number) for number in numbers):
            type_ = self.typer.type_of(part)
            is_gathered = isinstance(type_, Array) and (type_.dtype or "").startswith("int")
            return replace(axis, is_range=False) if is_gathered else None
        positions = [self._offset(number, bounds, where, instance) for number in numbers]
        known = [position for position in positions if position is not None]
        one = replace(axis, is_range=False)
        if axis.low is None or not axis.is_shifted or len(known) < len(positions):
            return one
        return replace(one, at=tuple(axis.low.plus(position) for position in known))

    def _is_whole(self, number: Expr) -> bool:
        type_ = self.typer.type_of(number)
        return isinstance(type_, Scalar) and type_.kind == "int"

    def _offset(self, number: Expr, bounds: list[Linear], where: Place, instance: Instance) -> Linear | None:
        """A position that surely does not count from the end."""
        found = self.nests.linear(number, where, instance)
        return found if found is not None and self.nests.is_not_negative(found, bounds) else None

    def _sliced(self, axis: Axis, part: gast.Slice, bounds: list[Linear], where: Place, instance: Instance) -> Axis:
        step = 1 if part.step is None else nodes.integer(part.step)
        if step is None or step < 1:
            return replace(axis, is_shifted=False)
        if axis.low is None or not axis.is_shifted:
            return axis
        low = Linear(0) if part.lower is None else self._offset(part.lower, bounds, where, instance)
        high = None if part.upper is None else self._offset(part.upper, bounds, where, instance)
        below = axis.below if high is None else (*axis.below, axis.low.plus(high))
        if low is None:
            return replace(axis, below=below, is_shifted=False)
        return replace(axis, low=axis.low.plus(low), below=below, is_shifted=step == 1)


def ways_to_meet(left: Part, right: Part) -> Iterator[tuple[list[Linear], list[Linear]]]:
    """Systems, equalities and inequalities, of which one has a solution if two parts of an array share an element."""
    choices: list[list[tuple[list[Linear], list[Linear]]]] = []
    ways = 1
    for number, (one, other) in enumerate(zip(left.axes, right.axes)):
        mine, its = (_positions(axis, (number, side)) for side, axis in enumerate((one, other)))
        if ways * len(mine) * len(its) > _MOST_WAYS:
            continue
        ways *= len(mine) * len(its)
        choices.append([([a.plus(b, -1)], [*known, *more]) for a, known in mine for b, more in its])
    for choice in product(*choices):
        yield [e for equal, _ in choice for e in equal], [p for _, positive in choice for p in positive]


def _positions(axis: Axis, key: tuple[int, int]) -> list[tuple[Linear, list[Linear]]]:
    """Each position that may be meant, or a variable for it, with what is known of that."""
    if axis.at:
        return [(position, []) for position in axis.at]
    variable = Linear.of(("", *key))
    known = [] if axis.low is None else [variable.plus(axis.low, -1)]
    return [(variable, [*known, *(high.plus(variable, -1).plus(Linear(-1)) for high in axis.below)])]
