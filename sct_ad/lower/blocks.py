"""Large arrays a block of rows at a time: temporaries stay in the processor's cache, and take the memory of a block.

Rows are what the first axis counts. A loop over blocks takes statements whose operands all have as many rows, or are
the same for all rows, whatever their other axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.lower.context import Context, Sizes, root_of
from sct_ad.lower.elements import Apply, Leaf, Moved, Number, text, walk
from sct_ad.lower.groups import Nests, fuse
from sct_ad.lower.members import Access, Member, may_follow
from sct_ad.lower.reductions import Reduction
from sct_ad.lower.settled import settle_types
from sct_ad.lower.sums import sums_apart
from sct_ad.optimise.fold import fold
from sct_ad.optimise.tidy import Pass
from sct_ad.optimise.workspace import is_adjoint
from sct_ad.runtime.blocks import row_blocks
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import ANY, Size, same_size
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array

_LEAST = 4
"""How many operations on whole arrays are worth a loop over blocks."""


def blocking(passes: Sequence[tuple[str, Pass]], size: int) -> list[tuple[str, Pass]]:
    """The passes with `in_blocks`, where each array still has a name of its own."""
    place = next((k for k, (name, _) in enumerate(passes) if name == "rebinding"), len(passes))
    return [*passes[:place], ("blocks", partial(in_blocks, size=size)), *passes[place:]]


def in_blocks(fn: gast.FunctionDef, facts: Facts, size: int) -> gast.FunctionDef:
    """Compute chains of elementwise operations, and the sums over them, `size` elements at a time.

    Elements are computed as before, bit for bit, and so are sums of the primal; sums over all rows in the reverse sweep
    are rounded in another order. Names must be those that the facts know: it runs before the pass `names`.
    """
    fn = nodes.copy(fn)
    settle_types(fn, facts)
    context = Context(fn, facts, by_rows=True)
    sums_apart(fn, context)
    return fold(fuse(fn, context, _Blocks(size)), facts)


class _Blocks(Nests):
    """Groups become loops over blocks of rows."""

    def __init__(self, size: int) -> None:
        self.size = size

    def takes(self, member: Member) -> bool:
        """Whether a statement can be computed rows by rows."""
        if isinstance(member.space[0], int) or any(0 in access.where[1:] for access in member.accesses):
            return False
        written = {id(node) for node in nodes.walk(member.stmt)}
        rows = [a for a in member.accesses if _runs_along(a) and a.leaf is not member.target]
        if not all(id(access.leaf.expr) in written for access in rows):
            return False
        shaped = [part for part, _ in walk(member.element) if isinstance(part, Moved) and part.sizes]
        if any(_shape_owner(part, len(member.space)) is None for part in shaped):
            return False
        if member.target is not None:
            return _place(member) is not None
        reduction = member.reduction
        return reduction is None or 0 not in reduction.axes or (reduction.kind == "sum" and not reduction.keepdims)

    def fits(self, member: Member, others: list[Member], sizes: Sizes) -> bool:
        """Whether a statement may be done for a block after others."""
        if not sizes.same(member.space[0], others[0].space[0]):
            return False
        moving = {a.leaf.expr.id for a in member.accesses if not _runs_along(a) and isinstance(a.leaf.expr, gast.Name)}
        results = {m.name for m in others if m.name is not None and _over_rows(m)}
        return may_follow(member, others, results, member.fixed_names | (member.moved_names & moving))

    def write(self, context: Context, members: list[Member], kept: set[str]) -> Block:
        """A loop over blocks, if that is worth it."""
        operations = sum(isinstance(part, Apply) for m in members for part, _ in walk(m.element))
        outer = any(_runs_along(a) and a.leaf.key not in {m.name for m in members} for m in members for a in m.accesses)
        if operations < _LEAST or not outer or any(m.name is not None and _reads(m, m.name) for m in members):
            return [member.stmt for member in members]
        return _Loop(context, members, kept, self.size).statements()


class _Loop:
    """Writes the loop of one group of statements; `kept` are the arrays made by it that are needed after it."""

    def __init__(self, context: Context, members: list[Member], kept: set[str], size: int) -> None:
        self.context, self.members, self.kept, self.size = context, members, kept, size
        self.made = {m.name: m for m in members if m.name is not None and not _over_rows(m)}
        self.rows = context.fresh("rows")
        self.before: Block = []
        self.enter: Block = []
        self.body: Block = []
        self.leave: Block = []
        self.after: Block = []
        self.sliced: dict[str, str] = {}
        """The key of an array -> the variable that holds its rows."""
        self.arrays: dict[str, gast.Name] = {}
        """The key of an array -> the variable that holds it."""
        self.counted: list[Expr] = []
        """The arrays whose lengths have to agree."""
        self.length: Size = ANY

    def statements(self) -> Block:
        """What comes before the loop, the loop, and what comes after it."""
        for member in self.members:
            self._slice_operands(member)
        for member in self.members:
            origin, done = nodes.origin_of(member.stmt), len(self.body)
            self._member(member)
            self.body[done:] = [nodes.with_origin(stmt, origin) for stmt in self.body[done:]]
        width = self._width()
        call = nodes.call(
            self.context.facts.denote(row_blocks, "row_blocks"),
            nodes.constant(self.size),
            *self.counted,
            **({} if width is None else {"width": width}),
        )
        first = next((found for m in self.members if (found := nodes.origin_of(m.stmt)) is not None), None)
        for block in (self.before, self.enter, self.leave):
            block[:] = [nodes.with_origin(stmt, first) for stmt in block]
        body = [*self.enter, *self.body, *self.leave]
        loop = gast.For(target=nodes.target(self.rows), iter=call, body=body, orelse=[], type_comment=None)
        return [*self.before, nodes.with_origin(loop, first), *self.after]

    # Arrays that were there before

    def _slice_operands(self, member: Member) -> None:
        for access in member.accesses:
            if _runs_along(access) and access.leaf.key not in self.made:
                self._slice(access.leaf)
        for part, _ in walk(member.element):
            owner = _shape_owner(part, len(member.space)) if isinstance(part, Moved) and part.sizes else None
            known = None if owner is None else self.context.array_type(owner)
            if owner is not None and known is not None and known.dims is not None:
                self._slice(Leaf(known.dims, known.dtype, owner))

    def _slice(self, leaf: Leaf) -> None:
        if leaf.key in self.sliced:
            return
        array = leaf.expr
        memory = self.context.memory_of(array)
        if not isinstance(array, gast.Name):
            whole = self.context.fresh(f"{root_of(array).id}_part", Array(leaf.dtype, leaf.dims), memory)
            self.before.append(nodes.assign(whole, nodes.copy(array)))
            array = nodes.name(whole)
        self.arrays[leaf.key] = array
        if not self.counted:
            self.length = leaf.dims[0]
        if not self.counted or not same_size(leaf.dims[0], self.length):
            self.counted.append(nodes.copy(array))
        rows = self.context.fresh(f"{array.id}_rows", Array(leaf.dtype, (ANY, *leaf.dims[1:])), memory)
        self.enter.append(nodes.assign(rows, nodes.subscript(nodes.copy(array), nodes.name(self.rows))))
        self.sliced[leaf.key] = rows

    # Sizes

    def _width(self) -> Expr | None:
        """How many elements a row has, where it has the most axes; None if it is one."""
        widest = max(self.members, key=lambda member: len(member.space))
        sizes = [self._extent(widest, axis) for axis in range(1, len(widest.space))]
        return nodes.product(sizes) if sizes else None

    def _extent(self, member: Member, axis: int) -> Expr:
        """How long an axis of a statement is."""
        size = member.space[axis]
        if isinstance(size, int):
            return nodes.constant(size)
        for access in member.accesses:
            if axis not in access.where:
                continue
            place, key = access.where.index(axis), access.leaf.key
            if key not in self.made:
                shape = nodes.attribute(nodes.copy(self.arrays.get(key, access.leaf.expr)), "shape")
                return nodes.subscript(shape, nodes.constant(place))
            maker = self.made[key]
            return self._extent(maker, _axes_of_result(maker)[place])
        return nodes.copy(member.sizes[axis])

    def _pattern(self, member: Member) -> Expr | None:
        """An array that was there before with the shape of a statement's elements."""
        for access in member.accesses:
            if access.where != tuple(range(len(member.space))):
                continue
            if access.leaf.key not in self.made:
                return nodes.copy(self.arrays[access.leaf.key])
            maker = self.made[access.leaf.key]
            found = None if maker.reduction is not None else self._pattern(maker)
            if found is not None:
                return found
        return None

    def _room(self, member: Member, dtype: str) -> Expr:
        """A new array for the elements of a statement; in the memory order of its operands, as NumPy makes it."""
        pattern = self._pattern(member)
        if pattern is None:
            return self.context.new("empty", [self._extent(member, axis) for axis in range(len(member.space))], dtype)
        known = self.context.array_type(pattern)
        if known is not None and known.dtype == dtype:
            return nodes.call(self.context.numpy("empty_like"), pattern)
        return nodes.call(self.context.numpy("empty_like"), pattern, self.context.dtype(dtype))

    # Statements

    def _member(self, member: Member) -> None:
        stmt, renamed = member.stmt, self._renamed(member)
        if member.reduction is not None and _over_rows(member) and not is_adjoint(stmt):
            self._sum_afterwards(member, member.reduction, renamed)
            return
        stmt.value = _replaced(stmt.value, renamed)
        if member.target is not None:
            self.body.append(self._store(member))
        elif member.reduction is not None and _over_rows(member):
            self._add_up(member, member.reduction)
        else:
            self._define(member)

    def _renamed(self, member: Member) -> dict[int, str]:
        """The operands of a block, by identity -> the variables that hold them: rows, and numbers computed before."""
        found = {
            id(access.leaf.expr): self.sliced[access.leaf.key]
            for access in member.accesses
            if _runs_along(access) and access.leaf is not member.target and access.leaf.key in self.sliced
        }
        for part, _ in walk(member.element):
            owner = _shape_owner(part, len(member.space)) if isinstance(part, Moved) and part.sizes else None
            if owner is not None:
                found[id(owner)] = self.sliced[owner.id]
            if isinstance(part, Number) and _takes_time(part.expr):
                number = self.context.fresh("t", self.context.facts.type_of(part.expr))
                self.before.append(nodes.assign(number, part.expr))
                found[id(part.expr)] = number
        return found

    def _define(self, member: Member) -> None:
        name, reduction = _name_of(member), member.reduction
        if name in self.kept:
            known = self.context.facts.types[name]
            assert isinstance(known, Array) and known.dims is not None
            rows = self.context.fresh(f"{name}_rows", Array(known.dtype, (ANY, *known.dims[1:])))
            self.sliced[name] = rows
            room = self._room(member, member.element.dtype) if reduction is None else self._room_of_reduction(member)
            self.before.append(nodes.assign(name, room))
            self.leave.append(nodes.assign(self._at_rows(name), nodes.name(rows)))
            name = rows
        self.body.append(nodes.assign(name, member.stmt.value))

    def _room_of_reduction(self, member: Member) -> Expr:
        assert member.reduction is not None
        gone = member.reduction.axes
        sizes = [nodes.constant(1) if a in gone else self._extent(member, a) for a in _axes_of_result(member)]
        return self.context.new("empty", sizes, member.reduction.dtype)

    def _store(self, member: Member) -> Stmt:
        stmt, target = member.stmt, member.target
        assert target is not None
        rows = self.sliced.get(target.key, target.key)
        if isinstance(stmt, gast.AugAssign):
            stmt.target = nodes.target(rows)
        else:
            stmt.targets = [nodes.subscript(nodes.name(rows), nodes.constant(...), store=True)]
        return stmt

    def _add_up(self, member: Member, reduction: Reduction) -> None:
        left = _axes_of_result(member)
        if left:
            start = self.context.new("zeros", [self._extent(member, axis) for axis in left], reduction.dtype)
        else:
            start = nodes.call(self.context.numpy(reduction.dtype), nodes.constant(0))
        self.before.append(nodes.assign(_name_of(member), start))
        total = nodes.target(_name_of(member))
        self.body.append(gast.AugAssign(target=total, op=gast.Add(), value=member.stmt.value))

    def _sum_afterwards(self, member: Member, reduction: Reduction, renamed: dict[int, str]) -> None:
        """A sum of the primal: its terms are kept, so that it is rounded as it is there."""
        terms = self.context.fresh("t", Array(member.element.dtype, member.element.dims))
        self.before.append(nodes.assign(terms, self._room(member, member.element.dtype)))
        call = _replaced(member.stmt.value, {id(reduction.argument): terms})
        self.after.append(nodes.assign(_name_of(member), call, nodes.origin_of(member.stmt)))
        self.body.append(nodes.assign(self._at_rows(terms), _replaced(reduction.argument, renamed)))

    def _at_rows(self, name: str) -> gast.Subscript:
        return nodes.subscript(nodes.name(name), nodes.name(self.rows), store=True)


def _runs_along(access: Access) -> bool:
    """Whether an access is to other rows in each block."""
    return access.where[:1] == (0,)


def _over_rows(member: Member) -> bool:
    """Whether a statement is a reduction over all rows."""
    return member.reduction is not None and 0 in member.reduction.axes


def _takes_time(expr: Expr) -> bool:
    """Whether a number is not to be computed, or taken off its tape, for each block."""
    return any(isinstance(node, (gast.Call, gast.Subscript)) for node in nodes.walk(expr))


def _name_of(member: Member) -> str:
    assert member.name is not None
    return member.name


def _axes_of_result(member: Member) -> list[int]:
    """The axes of what a statement makes, as axes of its elements."""
    axes = range(len(member.space))
    reduction = member.reduction
    return [a for a in axes if reduction is None or reduction.keepdims or a not in reduction.axes]


def _reads(member: Member, name: str) -> bool:
    return any(isinstance(a.leaf.expr, gast.Name) and a.leaf.expr.id == name for a in member.accesses)


def _shape_owner(element: Moved, rank: int) -> gast.Name | None:
    """The array whose first axes have the sizes in which an element is made."""
    sizes = element.sizes
    if len(sizes) != rank or not all(isinstance(size, gast.Subscript) and _is_shape(size.value) for size in sizes):
        return None
    owner = sizes[0].value.value
    in_order = all(isinstance(s.slice, gast.Constant) and s.slice.value == axis for axis, s in enumerate(sizes))
    return owner if in_order and all(size.value.value is owner for size in sizes) else None


def _is_shape(expr: Expr) -> bool:
    return isinstance(expr, gast.Attribute) and expr.attr == "shape" and isinstance(expr.value, gast.Name)


def _place(member: Member) -> gast.Name | gast.Subscript | None:
    """Where a statement stores, if that is its target, or all of it."""
    stmt, target = member.stmt, member.target
    assert target is not None
    place = stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target
    if member.place != tuple(range(len(member.space))):
        return None
    if isinstance(place, gast.Name) or text(nodes.subscript(place.value, place.slice)) == target.key:
        return place
    return place if text(place.value) == target.key else None


def _replaced(node: Any, names: dict[int, str]) -> Any:
    """The tree with nodes, known by their identity, replaced by names."""
    if id(node) in names:
        return nodes.name(names[id(node)])
    if isinstance(node, list):
        return [_replaced(item, names) for item in node]
    if isinstance(node, gast.AST):
        for key in node._fields:
            setattr(node, key, _replaced(getattr(node, key, None), names))
    return node
