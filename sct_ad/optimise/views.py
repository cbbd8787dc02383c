"""Parts of arrays and containers are read and written where they are, without a name or a copy of their own."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.cost import is_index_arithmetic
from sct_ad.optimise.footprint import commute, tape_class
from sct_ad.optimise.ownership import kept_names
from sct_ad.optimise.workspace import Region, Workspace, all_blocks, replace_reads, single_target
from sct_ad.syntax.nodes import Block, Expr, Stmt, blocks, copy, names_in, statements, subscript, tuple_, walk
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Dict, List, Scalar, Tuple

CONTAINERS = (List, Tuple, Dict)
MOST_USES = 2


def views(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Add to a part of a cotangent in place, instead of naming a view of it first.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> row, matrix = Array("float64", (Dim("n"),)), Array("float64", (Dim("m"), Dim("n")))
    >>> text = "def f(bA, bf, i):\\n    bt = bA[i]\\n    bt += bf\\n    bt[1:] += bf\\n    return bA"
    >>> show(views, text, {"t", "bt"}, adjoint=True, bA=matrix, bt=row, i=Scalar("int"))
    def f(bA, bf, i):
        bA[i] += bf
        bA[i, 1:] += bf
        return bA
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            if not _put_back(space, block, position):
                position += 1
    return space.leave()


def loans(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Read a part of an array in place of a copy of it, where nothing is written there before the last use.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> x = Array("float64", (Dim("n"),))
    >>> text = "def f(bx, k):\\n    t = bx[1:].copy()\\n    by = t * k\\n    bk = t * by\\n    return bk"
    >>> show(loans, text, {"t"}, adjoint=True, bx=x, t=x)
    def f(bx, k):
        by = bx[1:] * k
        bk = bx[1:] * by
        return bk
    """
    space = Workspace.of(fn, facts)
    kept: set[str] | None = None
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            name, part = single_target(block[position]), _copied_part(block[position], space)
            if name is not None and part is not None:
                kept = kept_names(space) if kept is None else kept
                if name not in kept and _borrow(space, block, position, name, part):
                    continue
            position += 1
    return space.leave()


# Views


def _put_back(space: Workspace, block: Block, position: int) -> bool:
    """`v = x[i]; ... v ...` -> `... x[i] ...`, where v is a view that is used a few times at most."""
    stmt = block[position]
    name = single_target(stmt)
    if name is None or name not in space.facts.temporaries:
        return False
    if not _is_view(stmt.value, name, space):
        return False
    region = space.region(block, position, name, objects=space.in_place(name))
    if region is None or not region.users or region.uses > _most_uses(block, region, name, space):
        return False
    users = [block[index] for index in region.users]
    if any(isinstance(user, (gast.For, gast.While)) or space.deferred(user, name) for user in users):
        return False
    if any(_adds_to(user, name) for user in users) and isinstance(_owner_type(stmt.value, space.facts), Tuple):
        return False  # t[0] += 1.0 also stores, which a tuple refuses
    if not _stays(stmt.value, block, position, region.last, space):
        return False
    space.drop(block, position)
    for user in users:
        with space.editing(user):
            _replace(user, name, stmt.value, space.facts)
    return True


def _owner_type(place: Expr, facts: Facts) -> Abstract:
    return facts.type_of(place.value) if isinstance(place, gast.Subscript) else UNKNOWN


def _adds_to(stmt: Stmt, name: str) -> bool:
    return isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name) and stmt.target.id == name


def _most_uses(block: Block, region: Region, name: str, space: Workspace) -> int:
    """A view of the user's keeps its name, unless it is only added to."""
    if all(_adds_to(block[index], name) for index in region.users):
        return MOST_USES + 1
    if name not in space.adjoint_names:
        return 0
    return MOST_USES if name[1:] in space.facts.temporaries else 1


def _is_view(value: Expr, name: str, space: Workspace) -> bool:
    """Whether it is a part of an array or of a cotangent's container that shares memory with the whole."""
    if not isinstance(value, gast.Subscript) or not _is_path(value, space.facts):
        return False
    found = space.facts.types.get(name)
    if isinstance(found, Array) and name not in space.adjoint_names:  # the user's containers may be tuples
        return bool(found.ndim) and isinstance(space.facts.type_of(_innermost(value)), Array)
    if isinstance(found, Array):
        return bool(found.ndim)
    return isinstance(found, CONTAINERS) and name in space.adjoint_names


def _innermost(value: Expr) -> Expr:
    while isinstance(value, gast.Subscript):
        value = value.value
    return value


def _is_path(value: Expr, facts: Facts) -> bool:
    """Whether it is a name with indices that cost nothing to compute and that select, not gather."""
    if isinstance(value, gast.Name):
        return True
    if not isinstance(value, gast.Subscript) or not _is_path(value.value, facts):
        return False
    owner = facts.type_of(value.value)
    if isinstance(owner, Array):
        return all(_is_selector(part, facts) for part in index_parts(value.slice))
    return isinstance(owner, CONTAINERS) and (
        isinstance(value.slice, gast.Constant) or is_index_arithmetic(value.slice, facts)
    )


def index_parts(index: Expr) -> list[Expr]:
    """The parts of an index, one for each axis."""
    return list(index.elts) if isinstance(index, gast.Tuple) else [index]


def _is_selector(part: Expr, facts: Facts) -> bool:
    if isinstance(part, gast.Slice):
        return all(
            bound is None or _is_negative_constant(bound) or is_index_arithmetic(bound, facts)
            for bound in (part.lower, part.upper, part.step)
        )
    if isinstance(part, gast.Constant):
        return part.value is None or part.value is Ellipsis or type(part.value) is int
    return _is_negative_constant(part) or is_index_arithmetic(part, facts)


def _is_negative_constant(part: Expr) -> bool:
    return isinstance(part, gast.UnaryOp) and isinstance(part.op, gast.USub) and isinstance(part.operand, gast.Constant)


def _stays(value: Expr, block: Block, start: int, last: int, space: Workspace) -> bool:
    """Whether `value` denotes the same memory after `start` and up to the reads of `block[last]`."""
    root = value
    path: list[Expr] = []
    while isinstance(root, gast.Subscript):
        path.append(root.value)
        root = root.value
    held = any(isinstance(space.facts.type_of(owner), CONTAINERS) for owner in path)
    for index in range(start + 1, last + 1):
        stmt = block[index]
        if index == last and not blocks(stmt) and not held:
            return True
        if space.footprints.statement(stmt).impure or (held and _restructures(stmt, space)):
            return False
        if index == last and not blocks(stmt):
            return True
        touched = space.footprints.statement(stmt).defines
        if space.rebinds(stmt, root.id) or not (names_in(value) - {root.id}).isdisjoint(touched):
            return False
    return True


def _restructures(stmt: Stmt, space: Workspace) -> bool:
    """Whether a statement, or one nested in it, may put other objects into a container."""
    for inner in statements([stmt]):
        if isinstance(inner, gast.Expr):
            return True
        place = inner.targets[0] if isinstance(inner, gast.Assign) else getattr(inner, "target", None)
        if isinstance(place, gast.Attribute):
            return True
        if isinstance(place, gast.Subscript) and not isinstance(space.facts.type_of(place.value), Array):
            kept = isinstance(inner, gast.AugAssign) and isinstance(space.facts.type_of(place), Array)
            if not kept:
                return True
        written = space.footprints.own(inner).writes - set(map(tape_class, space.footprints.tapes))
        if written and isinstance(inner, gast.Assign) and isinstance(place, gast.Name):
            return True  # a call such as `x = xs.pop()`
    return False


def _replace(user: Stmt, name: str, value: Expr, facts: Facts) -> None:
    for inner in statements([user]):
        if _adds_to(inner, name):
            inner.target = copy(value)
            inner.target.ctx = gast.Store()
        replace_reads(inner, name, value)
        for key in inner._fields:
            if key not in ("body", "orelse"):
                setattr(inner, key, _merged(getattr(inner, key, None), facts))


def _merged(node: Any, facts: Facts) -> Any:
    """`A[i][1:]` -> `A[i, 1:]`, where A is an array and i a number."""
    if isinstance(node, list):
        return [_merged(item, facts) for item in node]
    if not isinstance(node, gast.AST):
        return node
    for key in node._fields:
        setattr(node, key, _merged(getattr(node, key, None), facts))
    if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Subscript):
        inner = node.value
        first, second = index_parts(inner.slice), index_parts(node.slice)
        numbers = all(isinstance(facts.type_of(part), Scalar) for part in first if not isinstance(part, gast.Slice))
        numbers = numbers and not any(isinstance(part, gast.Slice) for part in first)
        if numbers and isinstance(facts.type_of(inner.value), Array) and all(_is_selector(p, facts) for p in second):
            return subscript(inner.value, tuple_([*first, *second]), isinstance(node.ctx, gast.Store))
    return node


# Copies


def _copied_part(stmt: Stmt, space: Workspace) -> Expr | None:
    """`x[i]` of `t = x[i].copy()`."""
    value = stmt.value if isinstance(stmt, gast.Assign) else None
    if not isinstance(value, gast.Call) or value.args or value.keywords or not isinstance(value.func, gast.Attribute):
        return None
    part = value.func.value
    if value.func.attr != "copy" or not isinstance(space.facts.type_of(part), Array):
        return None
    return part if _is_path(part, space.facts) else None


def _borrow(space: Workspace, block: Block, position: int, name: str, part: Expr) -> bool:
    """Use `part` itself wherever its copy is read, moving uses up in front of the next write where that is allowed."""
    if name not in space.facts.temporaries or space.definitions[name] != 1:
        return False
    region = space.region(block, position, name)
    if region is None or not region.users or region.uses > MOST_USES:
        return False
    if any(blocks(block[index]) or space.deferred(block[index], name) for index in region.users):
        return False
    own = space.footprints.expression(gast.Name(id=name, ctx=gast.Load(), annotation=None, type_comment=None)).content
    if any(not space.footprints.statement(block[index]).writes.isdisjoint(own) for index in region.users):
        return False  # the copy is written, so it is not the part itself
    order = _moved_up(space, block, position, region)
    wanted = space.footprints.expression(part)
    before = order[: 1 + max(order.index(index) for index in region.users)]
    for index in before[:-1]:
        touched = space.footprints.statement(block[index])
        if not touched.writes.isdisjoint(wanted.content) or touched.impure or touched.barrier:
            return False
        if not touched.defines.isdisjoint(wanted.reads):
            return False
    last = space.footprints.own(block[before[-1]])
    if not _reads_first(block[before[-1]], name, space) or last.impure:
        return False
    block[position + 1 :] = [block[index] for index in order] + block[position + 1 + len(order) :]
    space.drop(block, position)
    for stmt in block[position : position + len(before)]:
        with space.editing(stmt):
            replace_reads(stmt, name, part)
    return True


def _moved_up(space: Workspace, block: Block, position: int, region: Region) -> list[int]:
    """The statements from the copy to its last use, in an order that has the uses as early as possible."""
    order: list[int] = []
    for index in range(position + 1, region.last + 1):
        place = len(order)
        if index in region.users:
            moved = space.footprints.statement(block[index])
            while place and commute(moved, space.footprints.statement(block[order[place - 1]])):
                place -= 1
                if order[place] in region.users:
                    place += 1
                    break
        order.insert(place, index)
    return order


def _reads_first(stmt: Stmt, name: str, space: Workspace) -> bool:
    """Whether a simple statement has computed with the name before it writes anything."""
    if isinstance(stmt, gast.AugAssign):
        # `x[i] += x[j]` reads overlapping memory safely, since NumPy looks for overlap.
        return isinstance(stmt.target, (gast.Name, gast.Subscript))
    if isinstance(stmt, gast.Assign):
        return not any(isinstance(node, gast.Call) and _mutates(node, space) for node in walk(stmt.value))
    return False


def _mutates(call: gast.Call, space: Workspace) -> bool:
    return not space.footprints.expression(call).effect_free and not _is_tape_call(call, space)


def _is_tape_call(call: gast.Call, space: Workspace) -> bool:
    func = call.func
    owner = func.value if isinstance(func, gast.Attribute) else None
    return isinstance(owner, gast.Name) and owner.id in space.footprints.tapes
