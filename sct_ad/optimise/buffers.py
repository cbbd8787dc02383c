"""Cotangents that start as zeros: born where they are first needed, with their first contribution."""

from __future__ import annotations

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import commute
from sct_ad.optimise.ownership import is_fresh
from sct_ad.optimise.products import alike, filling
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, single_target
from sct_ad.syntax.nodes import Block, Expr, Stmt, attribute, call, names_in, origin_of, with_origin
from sct_ad.syntax.values import Abstract, Array, Scalar, kind


def buffers(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Replace zeros that are then added to by the first contribution itself, where its type is the same.

    >>> from sct_ad.optimise.demonstrate import show
    >>> text = "def f(x, bf):\\n    bx = 0.0\\n    y = bf\\n    bx += y * x\\n    return bx"
    >>> show(buffers, text, {"bx"}, adjoint=True)
    def f(x, bf):
        y = bf
        bx = y * x
        return bx
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        _add_directly(block, space)
        _sink_zeros(block, space)
        _take_first_contributions(block, space)
    return space.leave()


def accumulations(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write `bx = bx + e` as `bx += e` for numbers; an array might be shared, so it is left alone.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(accumulations, "def f(x, bx):\\n    by = 1.0\\n    by = by + x\\n    return by", {"by"}, adjoint=True)
    def f(x, bx):
        by = 1.0
        by += x
        return by
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        block[:] = [_as_accumulation(stmt, space) for stmt in block]
    return space.leave()


def _zeros(stmt: Stmt, space: Workspace) -> str | None:
    """The cotangent that the statement sets to fresh zeros."""
    name = single_target(stmt)
    if name is None or name not in space.adjoint_names:
        return None
    value = stmt.value
    if isinstance(value, gast.Constant):
        return name if type(value.value) is float and value.value == 0.0 else None
    if isinstance(value, gast.Call) and space.facts.resolve(value.func) in (np.zeros_like, np.zeros):
        return name if space.footprints.expression(value).effect_free else None
    return None


def _add_directly(block: Block, space: Workspace) -> None:
    """`v = zeros; v[i] += e; ...; x += v` -> `x[i] += e; ...`, where nothing else happens to x and v."""
    position = 0
    while position < len(block):
        name = _zeros(block[position], space)
        total = None if name is None else _total_of(name, block, position, space)
        if name is None or total is None:
            position += 1
            continue
        owner, last = total
        for stmt in block[position + 1 : last]:
            space.rename(stmt, name, owner)
        space.drop(block, last)
        space.drop(block, position)


def _total_of(name: str, block: Block, position: int, space: Workspace) -> tuple[str, int] | None:
    """The array that a private one is added to in the end, and where."""
    region = space.region(block, position, name, objects=space.in_place(name))
    if region is None or not space.in_place(name) or space.definitions[name] != _updates(block, name) + 1:
        return None
    last = block[region.last] if region.users else None
    if not (isinstance(last, gast.AugAssign) and isinstance(last.op, gast.Add) and isinstance(last.target, gast.Name)):
        return None
    owner = last.target.id
    if not (isinstance(last.value, gast.Name) and last.value.id == name and space.in_place(owner)):
        return None
    mine, whole = space.facts.types[name], space.facts.types[owner]
    if owner not in space.adjoint_names or not alike(mine, whole) or not filling(mine, whole):
        return None
    memory = space.facts.memory
    if owner not in memory or memory[owner] == memory.get(name):
        return None
    for index in range(position + 1, region.last):
        stmt = block[index]
        touched = space.footprints.statement(stmt)
        if touched.reads[owner] or owner in touched.defines or touched.impure or touched.barrier:
            return None
        if memory[owner] in touched.content | touched.writes:
            return None
        if index in region.users and not (is_adjoint(stmt) and _updates_only(stmt, name)):
            return None
    return (owner, region.last) if len(region.users) > 1 else None


def _updates(block: Block, name: str) -> int:
    """How often an array is updated as a whole."""
    return sum(isinstance(s, gast.AugAssign) and isinstance(s.target, gast.Name) and s.target.id == name for s in block)


def _updates_only(stmt: Stmt, name: str) -> bool:
    """Whether a statement adds to an array, or to a part of it, and does nothing else with it."""
    if not isinstance(stmt, gast.AugAssign) or not isinstance(stmt.op, (gast.Add, gast.Sub)):
        return False
    place = stmt.target
    if isinstance(place, gast.Subscript) and name not in names_in(place.slice):
        place = place.value
    return isinstance(place, gast.Name) and place.id == name and name not in names_in(stmt.value)


def _sink_zeros(block: Block, space: Workspace) -> None:
    """Move zeros down to just before the first statement that mentions them."""
    for position in range(len(block) - 1, -1, -1):
        name = _zeros(block[position], space)
        if name is None:
            continue
        moved = space.footprints.statement(block[position])
        to = position + 1
        while to < len(block) and commute(moved, space.footprints.statement(block[to])):
            to += 1
        if to < len(block) and _mentions(block[to], name, space):
            while to - 1 > position and _zeros(block[to - 1], space):
                to -= 1  # keep the order of several zeros
            block.insert(to - 1, block.pop(position))


def _mentions(stmt: Stmt, name: str, space: Workspace) -> bool:
    touched = space.footprints.statement(stmt)
    return bool(touched.reads[name]) or name in touched.defines


def _take_first_contributions(block: Block, space: Workspace) -> None:
    position = 0
    while position + 1 < len(block):
        name, user = _zeros(block[position], space), block[position + 1]
        if name is not None and _adds_to(user, name, space):
            first = _first_value(block[position], user, space.facts)
            if first is not None:
                target = block[position].targets[0]
                block[position + 1] = with_origin(
                    gast.Assign(targets=[target], value=first, type_comment=None), origin_of(user)
                )
                del block[position]
        position += 1


def _adds_to(stmt: Stmt, name: str, space: Workspace) -> bool:
    """Whether it is `name += e` or `name -= e` where e does not read the name."""
    if not (isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name) and stmt.target.id == name):
        return False
    value = space.footprints.expression(stmt.value)
    return isinstance(stmt.op, (gast.Add, gast.Sub)) and value.effect_free and not value.reads[name]


def _first_value(zeros: gast.Assign, user: gast.AugAssign, facts: Facts) -> Expr | None:
    """What zeros plus the contribution are, as a fresh value; None where that takes two statements."""
    value = user.value
    if isinstance(user.op, gast.Sub):
        value = gast.UnaryOp(op=gast.USub(), operand=value)
    given, wanted = facts.type_of(user.value), facts.type_of(zeros.value)
    if isinstance(wanted, Scalar):
        return value if isinstance(given, Scalar) and kind(given) in ("float", "complex") else None
    if not isinstance(wanted, Array):
        return None
    if isinstance(given, Array):
        if not (alike(given, wanted) and filling(given, wanted)):
            return None
        if isinstance(value, gast.Name):
            return call(attribute(value, "copy"))
        return value if is_fresh(user.value, facts) else None
    return _filled(zeros.value, value, given, wanted, facts)


def _filled(zeros: gast.Call, value: Expr, given: Abstract, wanted: Array, facts: Facts) -> Expr | None:
    """`np.zeros_like(x)` and a scalar -> `np.full(x.shape, scalar)`."""
    if not isinstance(zeros.func, gast.Attribute) or len(zeros.args) != 1 or not isinstance(given, Scalar):
        return None
    if given.kind != "float" or given.dtype not in ("", "float64"):
        return None
    like = facts.resolve(zeros.func) is np.zeros_like
    owner = zeros.args[0]
    if wanted.dtype == "float64" and not zeros.keywords:
        shape = attribute(owner, "shape") if like else owner
        full = attribute(zeros.func.value, "full")
        return call(full, shape, value) if facts.resolve(full) is np.full else None
    full_like = attribute(zeros.func.value, "full_like")
    if like and not zeros.keywords and facts.resolve(full_like) is np.full_like and wanted.dtype:
        return call(full_like, owner, value)
    return None


def _as_accumulation(stmt: Stmt, space: Workspace) -> Stmt:
    name = single_target(stmt)
    if name is None or not is_adjoint(stmt) or not isinstance(stmt.value, gast.BinOp):
        return stmt
    value = stmt.value
    if not isinstance(value.op, (gast.Add, gast.Sub)) or not isinstance(value.left, gast.Name):
        return stmt
    if value.left.id != name or not isinstance(space.facts.type_of(value), Scalar):
        return stmt
    augmented = gast.AugAssign(target=stmt.targets[0], op=value.op, value=value.right)
    return with_origin(augmented, origin_of(stmt))
