"""What is added to cotangents: nothing where it is zero, and once where it is added to one element twice."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import commute
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, same_line
from sct_ad.syntax.nodes import Block, Expr, Stmt, binary, defines, names_in, reads, same, statements
from sct_ad.syntax.values import Array, Scalar


def into_branches(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Add a cotangent that is zero in the other branch where it is made.

    >>> from sct_ad.optimise.demonstrate import show
    >>> head = "def f(bx, t, i):\\n    if t:\\n        b = bx[i]\\n    else:\\n        b = 0.0\\n"
    >>> show(into_branches, head + "    bx[0] += b\\n    return bx", {"b"}, adjoint=True)
    def f(bx, t, i):
        if t:
            b = bx[i]
            bx[0] += b
        return bx
    """
    if not any(isinstance(stmt, gast.If) and stmt.orelse for stmt in statements(fn.body)):
        return fn
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        for position, stmt in enumerate(block):
            if isinstance(stmt, gast.If) and stmt.orelse:
                while _sink(space, block, position):
                    space.refresh()
    return space.leave()


def _sink(space: Workspace, block: Block, position: int) -> bool:
    """Move what adds a number into the branch of `block[position]` that computes it."""
    test = block[position]
    for zero, other in ((test.orelse, test.body), (test.body, test.orelse)):
        for place, stmt in enumerate(zero):
            name = _zeroed(stmt, space)
            if name is None or name in {n for s in statements(zero[place + 1 :]) for n in reads(s) | defines(s)}:
                continue
            users = _additions(block, position, name)
            inside = sum(name in reads(s) for s in statements(other))
            everywhere = sum(name in reads(s) for s in statements(space.fn.body))
            bound = sum(name in defines(s) for s in statements(other)) + 1
            if not users or inside + len(users) != everywhere or bound == 1:
                continue
            if space.definitions[name] != bound or _may_leave(other):
                continue
            del block[position + 1 : position + 1 + len(users)]
            other += users
            del zero[place]
            _without_empty_branch(test)
            return True
    return False


def _zeroed(stmt: Stmt, space: Workspace) -> str | None:
    """The number that a statement of the reverse sweep makes 0.0."""
    if not (isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)):
        return None
    if not (isinstance(stmt.value, gast.Constant) and type(stmt.value.value) is float and stmt.value.value == 0.0):
        return None
    name = stmt.targets[0].id
    return name if name in space.facts.temporaries or name in space.adjoint_names else None


def _additions(block: Block, position: int, name: str) -> Block:
    """The statements right behind that do nothing but to add the number to something else."""
    found: Block = []
    for stmt in block[position + 1 :]:
        if not (isinstance(stmt, gast.AugAssign) and is_adjoint(stmt) and isinstance(stmt.op, (gast.Add, gast.Sub))):
            break
        if not (isinstance(stmt.value, gast.Name) and stmt.value.id == name) or name in names_in(stmt.target):
            break
        found.append(stmt)
    return found


def _may_leave(block: Block) -> bool:
    jumps = (gast.Break, gast.Continue, gast.Return, gast.Raise)
    return any(isinstance(stmt, jumps) for stmt in statements(block))


def _without_empty_branch(test: gast.If) -> None:
    if not test.body:
        test.test = gast.UnaryOp(op=gast.Not(), operand=test.test)
        test.body, test.orelse = test.orelse, []


def at_once(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Add to one element once, for one line of the user's.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(bx, t, i):\\n    bx[i] += t\\n    bx[i - 1] += t\\n    bx[i] -= 4.0 * t\\n    return bx"
    >>> show(at_once, text, adjoint=True, bx=Array("float64", (Dim("n"),)))
    def f(bx, t, i):
        bx[i - 1] += t
        bx[i] += t - 4.0 * t
        return bx
    """
    additions = (stmt for stmt in statements(fn.body) if isinstance(stmt, gast.AugAssign))
    if sum(isinstance(stmt.target, gast.Subscript) for stmt in additions) < 2:
        return fn
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            if not (_adds_to_element(block[position], space) and _merge(space, block, position)):
                position += 1
    return space.leave()


def _adds_to_element(stmt: Stmt, space: Workspace) -> bool:
    """Whether a statement of the reverse sweep adds a number to an element."""
    if not (isinstance(stmt, gast.AugAssign) and is_adjoint(stmt) and isinstance(stmt.op, (gast.Add, gast.Sub))):
        return False
    place, type_of = stmt.target, space.facts.type_of
    if not isinstance(place, gast.Subscript) or not isinstance(type_of(stmt.value), Scalar):
        return False
    parts = place.slice.elts if isinstance(place.slice, gast.Tuple) else [place.slice]
    array = type_of(place.value)
    numbers = all(not isinstance(part, gast.Slice) and isinstance(type_of(part), Scalar) for part in parts)
    return isinstance(array, Array) and array.ndim == len(parts) and numbers


def _merge(space: Workspace, block: Block, position: int) -> bool:
    """`x[i] += a; ...; x[i] += b` -> `...; x[i] += a + b`."""
    first = block[position]
    value = space.footprints.expression(first.value)
    own = space.footprints.statement(first)
    for index in range(position + 1, len(block)):
        stmt = block[index]
        touched = space.footprints.statement(stmt)
        adds = _adds_to_element(stmt, space)
        if adds and same(stmt.target, first.target) and same_line(first, stmt):
            if value.content & own.writes or space.footprints.expression(stmt.value).content & own.writes:
                return False
            stmt.value = _sum(first, stmt)
            stmt.op = first.op
            del block[position]
            space.footprints.forget(stmt)
            return True
        if adds and not touched.impure and not touched.barrier:
            if touched.defines & own.reads.keys() or touched.writes & value.content:
                return False
            if space.footprints.expression(stmt.value).content & own.writes:
                return False
            continue
        if not commute(own, touched):
            return False
    return False


def _sum(first: gast.AugAssign, second: gast.AugAssign) -> Expr:
    """What is added in all, to be added or subtracted as the first is."""
    alike = type(first.op) is type(second.op)
    return binary(first.value, gast.Add() if alike else gast.Sub(), second.value)
