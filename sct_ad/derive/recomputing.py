"""Cheap values that the reverse sweep has again without a record: computed once more, or read where they still are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from sct_ad.analysis.alias import base_of, is_gather, is_view
from sct_ad.analysis.dependence import element_of
from sct_ad.analysis.typer import Typer
from sct_ad.derive.definitions import all_defined, all_defined_in, defined
from sct_ad.derive.needs import Contents, Needs
from sct_ad.derive.pairs import Item, Pair
from sct_ad.derive.reads import Access
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import is_stretched
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Array, List, Range, Scalar, Tuple, dims_of

if TYPE_CHECKING:
    from sct_ad.derive.storage import Storage

_LIGHT_OPERATORS = (gast.Add, gast.Sub, gast.Mult)
_CHEAP_OPERATORS = (gast.Add, gast.Sub, gast.Mult, gast.Div, gast.FloorDiv, gast.Mod)


class Recomputing:
    """Finds such values; `blocks` knows where names are defined and read."""

    def __init__(self, blocks: Storage, access: Access, typer: Typer, needs: Contents) -> None:
        self.blocks, self.access, self.typer, self.needs = blocks, access, typer, needs
        self.settled = needs.settled

    def recomputable(self, name: str, pair: Pair, needs: Needs, loop: Pair) -> tuple[Expr, Stmt] | tuple[None, None]:
        """A cheap value whose operands are there again at the start of the reversed block, and where it comes from."""
        defining = [
            (k, stmt) for k, item in enumerate(pair.items) for stmt in self._sources(item) if name in defined(stmt)
        ]
        if len(defining) != 1 or not isinstance(defining[0][1], gast.Assign):
            return None, None
        if sum(name in all_defined(item) for item in pair.items) > 1:
            return None, None
        position, stmt = defining[0]
        if self._is_cheap(stmt.value, name) and self._is_there(stmt.value, position, stmt, pair, needs, loop):
            return nodes.copy(stmt.value), stmt
        position, stmt = self._stored(name, pair, position)
        place = element_of(stmt)
        if place is None or not self._is_there(place, position, stmt, pair, needs, loop):
            return None, None
        return nodes.subscript(nodes.copy(place.value), nodes.copy(place.slice)), stmt

    def _is_there(self, value: Expr, position: int, stmt: Stmt, pair: Pair, needs: Needs, loop: Pair) -> bool:
        """Whether a value of a statement can be had again at the start of the reversed block."""
        inside = all_defined_in(loop)
        for operand in nodes.names_in(value) & self.blocks.primal:
            if any(operand in all_defined(item) for item in pair.items[position + 1 :]):
                return False
            if operand in self.access.shadows and not self._is_steady(operand, pair.items[position]):
                return False
            invariant = operand not in inside
            if not (
                invariant or operand in needs or self._is_any_target(operand) or self._chain(operand, pair, needs, loop)
            ):
                return False
        if not self._contents(value):
            return True
        is_place = element_of(stmt) is not None and not is_view(value, self.typer)
        return is_place and self.settled is not None and (self.settled.is_settled(stmt) or self._is_free(stmt, needs))

    def _sources(self, item: Item) -> list[Stmt]:
        """The statements of the forward sweep whose values may be computed again: of shadows, the views."""
        views = [stmt for stmt in item.mirror if isinstance(stmt, gast.Assign) and is_view(stmt.value, self.typer)]
        return [item.primal, *(stmt for stmt in views if defined(stmt) & self.access.shadows.keys())]

    def _is_steady(self, shadow: str, item: Item) -> bool:
        """Whether a shadow stays the same object from a statement's view of it to the end of the block."""
        return shadow not in self.blocks.reassigned and not any(shadow in defined(stmt) for stmt in item.mirror)

    def _is_free(self, stmt: Stmt, needs: Needs) -> bool:
        """Whether a place can be read again at the end of its block, and is restored until then for others' sake."""
        place = self.access.place(base_of(element_of(stmt)) or "")
        if place is None or self.settled is None or not self.settled.stays_in_block(stmt):
            return False
        mine, others = self.settled.later_writers(stmt), self.needs.writers(place, needs)
        if mine is None or None in others:
            return mine is not None
        return mine <= frozenset().union(*filter(None, others))

    def rereads(self, value: Expr, source: Stmt | None) -> Needs:
        """What is needed of memory to read a place again."""
        if source is None or element_of(source) is None or is_view(value, self.typer):
            return set()
        place = self.access.place(base_of(value) or "")
        return set() if place is None else self.needs.to_load(place, source)

    def _contents(self, value: Expr) -> Needs:
        """What an expression needs of memory to be computed again; a view by itself needs nothing."""
        base, found = value, Needs()
        while is_view(base, self.typer):
            if isinstance(base, gast.Subscript):
                found = found.union(*map(self.needs.to_read, self.access.read(base.slice)))
            base = base.value
        if isinstance(base, gast.Name) and base is not value:
            return found
        return found.union(*map(self.needs.to_read, self.access.read(base)))

    def _stored(self, name: str, pair: Pair, start: int) -> tuple[int, Stmt | None]:
        """The statement after `start` that puts a number into an element of an array of the same precision."""
        for position, item in enumerate(pair.items[start + 1 :], start + 1):
            place = stored_in(item.primal)
            if place is not None and isinstance(item.primal.value, gast.Name) and item.primal.value.id == name:
                type_, array = self.typer.types.get(name), self.typer.type_of(place.value)
                exact = isinstance(type_, Scalar) and type_.kind == "float" and type_.dtype in ("", "float64")
                exact = exact and isinstance(self.typer.type_of(place), Scalar)  # not a row of such numbers
                if exact and isinstance(array, Array) and array.dtype == "float64":
                    return position, item.primal
        return start, None

    def twin(self, name: str, pair: Pair, confined: list[str], values: list[Expr | None], needs: Needs) -> Expr | None:
        """An earlier variable of the block that holds the same number: one of the two is recorded.

        `values` are those of `without_copies`, by which only variables that are needed anyway are found.
        """
        found = [(k, item.primal) for k, item in enumerate(pair.items) if name in all_defined(item)]
        if len(found) != 1 or not _is_plain_number(name, found[0][1], self.typer):
            return None
        position, stmt = found[0]
        operands, contents = nodes.names_in(values[position]), self.access.contents(stmt.value)
        for item, value in reversed(list(zip(pair.items[:position], values))):
            other = item.primal.targets[0].id if isinstance(item.primal, gast.Assign) and defined(item.primal) else ""
            is_known = other in confined and (other in needs or nodes.same(item.primal.value, stmt.value))
            if is_known and nodes.same(value, values[position]):
                once = sum(other in all_defined(each) for each in pair.items) == 1
                return nodes.name(other) if once else None
            if operands & all_defined(item) or contents & self._contents_written(item):
                return None
        return None

    def _contents_written(self, item: Item) -> set[str | None]:
        """The classes of memory that a statement of the forward sweep, or one nested in it, may write."""
        return {self.access.place(v) for stmt in nodes.statements([item.primal]) for v in self.access.written(stmt)}

    def _chain(self, operand: str, pair: Pair, needs: Needs, loop: Pair) -> bool:
        """Whether an operand that nothing else needs is itself cheap to compute again from what is there."""
        return (
            operand in self.blocks.readers
            and self.blocks.readers[operand][-1] is pair
            and operand not in self.blocks.exposed_in(loop)
            and self._is_had_for_content(operand, pair, needs | {operand}, loop)
        )

    def _is_had_for_content(self, operand: str, pair: Pair, needs: Needs, loop: Pair) -> bool:
        """Whether a value can be computed again whose content something else that is computed again reads."""
        known = operand in self.blocks.content
        self.blocks.content.add(operand)
        found = self.recomputable(operand, pair, needs, loop)[0] is not None
        if not known:
            self.blocks.content.discard(operand)
        return found

    def _is_any_target(self, name: str) -> bool:
        return any(name in targets for targets in self.blocks.targets.values())

    def _is_cheap(self, value: Expr, name: str) -> bool:
        type_ = self.typer.types.get(name)
        if isinstance(value, (gast.Name, gast.Constant)):
            return True
        if isinstance(value, gast.BinOp):
            if isinstance(type_, Array):  # one that is written later would have to be written again
                return self.access.place(name) is None and self._is_light(value, type_, name in self.blocks.content)
            return isinstance(type_, Scalar) and isinstance(value.op, _CHEAP_OPERATORS)
        if isinstance(value, (gast.UnaryOp, gast.Compare)):
            return isinstance(type_, Scalar)
        if isinstance(value, gast.Subscript):
            return isinstance(type_, (Scalar, Array, Tuple, List)) and not is_gather(value, self.typer)
        if isinstance(value, gast.Attribute):
            return value.attr in ("T", "shape", "size", "ndim")
        if isinstance(value, gast.Call):
            return isinstance(type_, Range) or self.typer.resolve(value.func) is len
        return False

    def _is_light(self, value: gast.BinOp, type_: Array, is_read: bool) -> bool:
        """Whether an array is made of a number and another array, or of two of which one is smaller than it is.

        That takes about as long as it takes to keep it. For a shape alone, only what takes less is computed again.
        """
        sides = [self.typer.type_of(side) for side in (value.left, value.right)]
        if not isinstance(value.op, _LIGHT_OPERATORS) and not (is_read and isinstance(value.op, gast.Div)):
            return False
        if any(isinstance(side, Scalar) for side in sides):
            return any(isinstance(side, Array) for side in sides)
        stretched = [is_stretched(dims_of(side), type_.dims) for side in sides]
        return all(stretched) or (is_read and any(stretched))


def without_copies(pair: Pair) -> list[Expr | None]:
    """What each statement of a block puts into a variable, in terms of what its operands are copies of.

    After `a = x` and `k = 2.0`, that is `x * 2.0` for `y = a * k`.
    """
    found: list[Expr | None] = []
    copies: dict[str, Expr] = {}
    for item in pair.items:
        value = item.primal.value if isinstance(item.primal, gast.Assign) and defined(item.primal) else None
        value = None if value is None else nodes.substitute(value, copies)
        found.append(value)
        changed = all_defined(item)
        if not changed.isdisjoint(copies) or any(isinstance(e, gast.Name) and e.id in changed for e in copies.values()):
            copies = {n: e for n, e in copies.items() if n not in changed and getattr(e, "id", None) not in changed}
        is_name = isinstance(value, gast.Name) and value.id not in changed
        if is_name or (isinstance(value, gast.Constant) and not str(value.value).startswith("-")):  # 0.0 == -0.0
            copies[item.primal.targets[0].id] = value
    return found


def _is_plain_number(name: str, stmt: Stmt, typer: Typer) -> bool:
    """Whether a statement puts a number into a variable that reading memory and arithmetic give."""
    if not (isinstance(stmt, gast.Assign) and defined(stmt) == {name} and isinstance(typer.types.get(name), Scalar)):
        return False
    return not any(isinstance(node, gast.Call) for node in nodes.walk(stmt.value))


def stored_in(stmt: Stmt) -> gast.Subscript | None:
    """`x[index]` of `x[index] = v`."""
    is_store = isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Subscript)
    return stmt.targets[0] if is_store else None
