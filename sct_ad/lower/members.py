"""Statements that become part of a loop nest: what they compute, and what memory they touch on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import gast

from sct_ad.lower.context import Context, Sizes
from sct_ad.lower.elements import Apply, Element, Leaf, Moved, Number, Parser, Where, aligned, kind_of, walk
from sct_ad.lower.reductions import Reduction, parse_reduction
from sct_ad.optimise.footprint import commute
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dims, Size, is_any
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Array


@dataclass(eq=False)
class Access:
    """One array that a statement reads or writes at each step of the loops."""

    leaf: Leaf
    where: Where
    classes: set[str]
    same_place: bool
    """Whether it is the element at the indices of the loops."""


@dataclass(eq=False)
class Member:
    """`name = element`, `target op= element`, or `name = reduction`."""

    stmt: Stmt
    element: Element
    space: Dims
    name: str | None = None
    target: Leaf | None = None
    place: Where = ()
    """The loops that the axes of the target run along."""
    op: gast.operator | None = None
    reduction: Reduction | None = None
    accesses: list[Access] = field(default_factory=list)
    fixed_names: set[str] = field(default_factory=set)
    """Names that are read before the loops: in scalars, views, sizes."""
    moved_names: set[str] = field(default_factory=set)
    """Arrays of which not only the element at the indices of the loops is read."""
    fixed_content: set[str] = field(default_factory=set)
    """Memory that is read before the loops."""
    sizes: dict[int, Expr] = field(default_factory=dict)
    """How often loops run, where no access tells."""
    relied_on: list[tuple[Size, Size]] = field(default_factory=list)
    """Sizes that are equal where the loops run."""
    is_assumed: bool = False
    """Whether one of them may be 1 in truth: then the statement stays as it is."""

    @property
    def defined(self) -> str | None:
        """The variable that the statement binds to a new array or number."""
        return self.name

    @property
    def written(self) -> set[str]:
        """The classes of memory that the statement writes in place."""
        return self.accesses[0].classes if self.target is not None else set()

    def at(self) -> Where:
        """The loops that the element's axes run along."""
        return aligned(self.element, tuple(range(len(self.space)))) if self.target else tuple(range(len(self.space)))


def member_of(stmt: Stmt, context: Context, sizes: Sizes) -> Member | None:
    """A statement as part of a loop nest; None if it has to stay as it is."""
    parser = Parser(context)
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and len(stmt.targets) == 1:
        found = _definition(stmt, context, parser)
    elif isinstance(stmt, (gast.Assign, gast.AugAssign)):
        found = _store(stmt, context, parser)
    else:
        return None
    if found is None or not _look_at(found, context):
        return None
    return found if _sizes_agree(found, context, sizes) else None


def _definition(stmt: gast.Assign, context: Context, parser: Parser) -> Member | None:
    name = stmt.targets[0].id
    if name in context.facts.outside:
        return None
    reduction = parse_reduction(stmt.value, context, parser)
    if reduction is not None:
        return Member(stmt, reduction.element, reduction.element.dims, name, reduction=reduction)
    if not _makes_array(stmt.value, context):
        return None
    element = parser.parse(stmt.value)
    declared = context.facts.types.get(name)
    if element is None or not element.dims or not isinstance(declared, Array) or declared.ndim != len(element.dims):
        return None
    return Member(stmt, element, element.dims, name)


def _makes_array(value: Expr, context: Context) -> bool:
    if isinstance(value, (gast.BinOp, gast.UnaryOp, gast.Compare)):
        return True
    if not isinstance(value, gast.Call):
        return False
    function, _ = context.function(value)
    return getattr(function, "__name__", "") not in ("broadcast_to", "asarray", "ascontiguousarray", "transpose")


def _store(stmt: gast.Assign | gast.AugAssign, context: Context, parser: Parser) -> Member | None:
    place = stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target
    if isinstance(place, gast.Name):
        read: Expr = nodes.name(place.id)
    elif isinstance(place, gast.Subscript) and (isinstance(stmt, gast.AugAssign) or len(stmt.targets) == 1):
        read = nodes.subscript(place.value, place.slice)
    else:
        return None
    target, element = parser.parse(read), parser.parse(stmt.value)
    if target is None or element is None or len(element.dims) > len(target.dims):
        return None
    space, place = target.dims, tuple(range(len(target.dims)))
    while isinstance(target, Moved):  # x[:, None] += e
        place = tuple(None if axis is None else place[axis] for axis in target.where)
        target = target.inner
    if not isinstance(target, Leaf) or len(set(place) - {None}) < sum(size != 1 for size in space):
        return None
    op = stmt.op if isinstance(stmt, gast.AugAssign) else None
    if not _may_be_stored(kind_of(element), target.dtype, op):
        return None
    return Member(stmt, element, space, None, target, place, op)


def _may_be_stored(kind: str, dtype: str, op: gast.operator | None) -> bool:
    order = ("bool", "int", "float", "complex")
    if dtype == "bool":
        return kind == "bool" and (op is None or isinstance(op, (gast.BitAnd, gast.BitOr, gast.BitXor)))
    if kind not in order or order.index(kind) > order.index({"int64": "int"}.get(dtype, dtype.rstrip("0123456789"))):
        return False
    if dtype == "int64":
        return op is None or isinstance(op, (gast.Add, gast.Sub, gast.Mult))
    return op is None or isinstance(op, (gast.Add, gast.Sub, gast.Mult, gast.Div))


def _look_at(member: Member, context: Context) -> bool:
    """Note what the statement touches; False if it writes what it also reads elsewhere."""
    everything = list(walk(member.element, member.at()))
    if member.target is not None:
        everything.insert(0, (member.target, member.place))
    for element, where in everything:
        if isinstance(element, Leaf):
            _note_leaf(member, element, where, context)
        elif isinstance(element, Number):
            member.fixed_names |= nodes.names_in(element.expr)
            member.fixed_content |= context.footprints.expression(element.expr).content
        elif isinstance(element, Moved):
            for axis, size in zip(where, element.sizes):
                member.fixed_names |= nodes.names_in(size)
                if axis is not None:
                    member.sizes.setdefault(axis, size)
    written = member.written
    return not written or (
        written.isdisjoint(member.fixed_content)
        and all(
            access.classes.isdisjoint(written) or (access.same_place and access.leaf.key == member.target.key)
            for access in member.accesses
            if member.target is not None
        )
    )


def _note_leaf(member: Member, leaf: Leaf, where: Where, context: Context) -> None:
    space = member.space
    along = [axis for axis in where if axis is not None and space[axis] != 1]
    same_place = along == [axis for axis, size in enumerate(space) if size != 1]
    classes = context.footprints.expression(leaf.expr).content
    member.accesses.append(Access(leaf, where, classes, same_place))
    if not isinstance(leaf.expr, gast.Name):
        member.fixed_names |= nodes.names_in(leaf.expr)
    elif not same_place:
        member.moved_names.add(leaf.expr.id)


def _sizes_agree(member: Member, context: Context, sizes: Sizes) -> bool:
    """Whether every operand surely is as long as the loops, at worst once that has been checked.

    Statements over several axes may also turn out to broadcast, in loops over elements: worth to be written both ways.
    """
    told: set[int] = set()
    trial = Sizes(sizes)

    def agree(size: Size, wanted: Size, checked: bool) -> bool:
        if trial.same(size, wanted):
            return True
        if not trial.may_be_united(size, wanted):
            if not checked or is_any(size) or is_any(wanted) or isinstance(size, int) or isinstance(wanted, int):
                return False
            member.is_assumed = True
        member.relied_on.append((size, wanted))
        trial.unite(size, wanted)
        return True

    for access in member.accesses:
        for size, axis in zip(access.leaf.dims, access.where, strict=True):
            if axis is None:
                if size != 1:
                    return False
                continue
            told.add(axis)
            if not agree(size, member.space[axis], len(member.space) > 1 and not context.by_rows):
                return False
    for element, where in walk(member.element, member.at()):
        if isinstance(element, (Apply, Moved)):
            for size, axis in zip(element.dims, where, strict=True):
                follows = member.is_assumed and isinstance(element, Apply)
                if axis is not None and not agree(size, member.space[axis], follows):
                    return False
    for axis, size in enumerate(member.space):
        if axis not in told:
            known = context.extent(size)
            if known is not None:
                member.sizes[axis] = known
            elif axis not in member.sizes:
                return False
    if not member.is_assumed:
        sizes.take(trial)
    return True


def fits(member: Member, others: list[Member], sizes: Sizes) -> bool:
    """Whether a statement may run at each step of the loops of others, after them."""
    results = {m.name for m in others if m.reduction is not None and m.name is not None}
    fixed = member.fixed_names | member.moved_names
    if any(m.is_assumed for m in (member, *others)):
        sizes = Sizes(sizes)
        for pair in (pair for m in (member, *others) for pair in m.relied_on):
            sizes.unite(*pair)
    return sizes.all_same(member.space, others[0].space) and may_follow(member, others, results, fixed)


def may_follow(member: Member, others: list[Member], results: set[str], fixed: set[str]) -> bool:
    """Whether a statement may run after others before all of them have run for all elements.

    `results` of them are complete only then; the statement reads `fixed` names as wholes.
    """
    made = {m.name for m in others if m.name is not None} - results
    touched = {name for m in others for name in m.fixed_names | m.moved_names} | made | results
    touched |= {a.leaf.expr.id for m in others for a in m.accesses if isinstance(a.leaf.expr, gast.Name)}
    if member.name is not None and member.name in touched:
        return False
    if not fixed.isdisjoint(made | results):
        return False
    read_now = {a.leaf.expr.id for a in member.accesses if isinstance(a.leaf.expr, gast.Name)}
    if not read_now.isdisjoint(results):
        return False
    return _memory_agrees(member, others, made)


def _memory_agrees(member: Member, others: list[Member], made: set[str]) -> bool:
    """Whether what one of the statements writes, the others touch at the same place only."""
    written_before = set().union(*(m.written for m in others))
    if not member.fixed_content.isdisjoint(written_before):
        return False
    for mine in member.accesses:
        for other in others:
            for theirs in other.accesses:
                shared = mine.classes & theirs.classes
                if shared.isdisjoint(member.written | other.written):
                    continue
                if mine.leaf.key == theirs.leaf.key and mine.same_place and theirs.same_place:
                    continue
                if _is_new(mine, made) != _is_new(theirs, made):
                    continue  # one of them was made in these loops: nothing else is that memory
                return False
    return True


def _is_new(access: Access, made: set[str]) -> bool:
    return isinstance(access.leaf.expr, gast.Name) and access.leaf.expr.id in made


def passes(member: Stmt, others: list[Stmt], context: Context) -> bool:
    """Whether a statement may change places with others."""
    own = context.footprints.statement(member)
    return all(commute(own, context.footprints.statement(other)) for other in others)
