"""What is zeroed and then added to is stored at once; loops leave where they are told to."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import commute
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, single_target
from sct_ad.syntax.nodes import Block, Expr, Stmt, origin_of, same, with_origin
from sct_ad.syntax.values import Scalar, kind


def stores(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Store a cotangent where it replaces one that was just taken out.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(bx, a, i):\\n    t = bx[i]\\n    bx[i] = 0.0\\n    ba = t\\n    bx[i] += t * a\\n    return ba"
    >>> show(stores, text, {"t"}, adjoint=True, bx=Array("float64", (Dim("n"),)))
    def f(bx, a, i):
        t = bx[i]
        ba = t
        bx[i] = t * a
        return ba
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            if not (_is_zeroing(block[position]) and _merge_store(space, block, position)):
                position += 1
        block[:] = [_in_place(stmt, space) for stmt in block]
    return space.leave()


def breaks(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Leave a loop on the condition itself instead of on a flag that is set where it holds.

    >>> from sct_ad.optimise.demonstrate import show
    >>> head = "def f(x):\\n    stop = False\\n    while x:\\n        x = x / 2\\n"
    >>> body = "        if x < 1:\\n            stop = True\\n        if stop:\\n            break"
    >>> show(breaks, head + body, {"stop"})
    def f(x):
        while x:
            x = x / 2
            if x < 1:
                break
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        for position, loop in enumerate(block):
            if isinstance(loop, (gast.For, gast.While)) and position and _leave(space, block, position):
                space.refresh()
                break
    return space.leave()


def _is_zeroing(stmt: Stmt) -> bool:
    """`x[i] = 0.0` in the reverse sweep."""
    if not (isinstance(stmt, gast.Assign) and is_adjoint(stmt) and isinstance(stmt.targets[0], gast.Subscript)):
        return False
    return isinstance(stmt.value, gast.Constant) and type(stmt.value.value) is float and stmt.value.value == 0.0


def _merge_store(space: Workspace, block: Block, position: int) -> bool:
    """`x[i] = 0.0; ...; x[i] += e` -> `...; x[i] = e`."""
    place = block[position].targets[0]
    zeroing = space.footprints.statement(block[position])
    for index in range(position + 1, len(block)):
        stmt = block[index]
        if isinstance(stmt, gast.AugAssign) and _is_place(stmt.target, place, space):
            return _store(space, block, position, index)
        if not commute(zeroing, space.footprints.statement(stmt)):
            return False
    return False


def _is_place(target: Expr, place: gast.Subscript, space: Workspace) -> bool:
    """Whether both are the same part of an array; `x` is `x[...]`."""
    whole = isinstance(place.slice, gast.Constant) and place.slice.value is Ellipsis
    if whole and isinstance(target, gast.Name):
        return same(target, place.value) and space.in_place(target.id)
    return same(target, place)


def _store(space: Workspace, block: Block, position: int, index: int) -> bool:
    stmt, owner = block[index], block[position].targets[0]
    value = space.footprints.expression(stmt.value)
    written = space.footprints.own(block[position]).writes
    if not isinstance(stmt.op, (gast.Add, gast.Sub)) or not written.isdisjoint(value.content) or value.impure:
        return False
    given, wanted = kind(space.facts.type_of(stmt.value)), kind(space.facts.type_of(owner))
    if not given or given != wanted or given not in ("float", "complex"):
        return False
    taken = _taken_out(space, block, position, owner, stmt.value) if isinstance(stmt.op, gast.Add) else None
    if taken is not None:
        space.drop(block, index)
        space.drop(block, position)
        if not space.loads[stmt.value.id]:
            space.drop(block, taken)
        return True
    new = stmt.value if isinstance(stmt.op, gast.Add) else gast.UnaryOp(op=gast.USub(), operand=stmt.value)
    stored = gast.Assign(targets=[owner], value=new, type_comment=None)
    block[index] = with_origin(stored, origin_of(stmt))
    del block[position]
    return True


def _taken_out(space: Workspace, block: Block, position: int, place: Expr, value: Expr) -> int | None:
    """Where a value has been taken out of a place that still holds it: `t = x[i]; ...; x[i] = 0.0; x[i] += t`."""
    if not isinstance(value, gast.Name) or space.definitions[value.id] != 1:
        return None
    held = space.footprints.expression(place)
    for index in range(position - 1, -1, -1):
        stmt = block[index]
        if single_target(stmt) == value.id:
            taken = stmt.value if isinstance(space.facts.type_of(place), Scalar) else _copied(stmt.value)
            return index if same(taken, place) else None
        touched = space.footprints.statement(stmt)
        if touched.impure or touched.barrier or not touched.writes.isdisjoint(held.content):
            return None
        if not touched.defines.isdisjoint(held.reads):
            return None
    return None


def _copied(value: Expr) -> Expr | None:
    """`x[i]` of `x[i].copy()`; None for what may be a view, which changes with the place."""
    is_call = isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and not value.args
    return value.func.value if is_call and value.func.attr == "copy" and not value.keywords else None


def _in_place(stmt: Stmt, space: Workspace) -> Stmt:
    """`x[i] = x[i] * e` -> `x[i] *= e` in the reverse sweep."""
    if not isinstance(stmt, gast.Assign) or not is_adjoint(stmt) or not isinstance(stmt.targets[0], gast.Subscript):
        return stmt
    place, value = stmt.targets[0], stmt.value
    if not isinstance(value, gast.BinOp) or not isinstance(value.op, (gast.Mult, gast.Div)):
        return stmt
    if not _is_place(value.left, place, space) or kind(space.facts.type_of(value)) != kind(space.facts.type_of(place)):
        return stmt
    target = place
    if isinstance(value.left, gast.Name):
        target = gast.Name(id=value.left.id, ctx=gast.Store(), annotation=None, type_comment=None)
    return with_origin(gast.AugAssign(target=target, op=value.op, value=value.right), origin_of(stmt))


def _leave(space: Workspace, block: Block, position: int) -> bool:
    """`stop = False; loop: ...; if c: stop = True; ...; if stop: break` -> `loop: ...; if c: break`."""
    body = block[position].body
    flag = _flag_of_exit(body[-1]) if body else None
    if flag is None or flag not in space.facts.temporaries or space.definitions[flag] != 2 or space.loads[flag] != 1:
        return False
    start = next((k for k in range(position) if _sets(block[k], flag, False)), None)
    setting = next((k for k, stmt in enumerate(body) if isinstance(stmt, gast.If) and _is_setting(stmt, flag)), None)
    if start is None or setting is None:
        return False
    test = space.footprints.expression(body[setting].test)
    if not test.effect_free:
        return False
    if not all(commute(test, space.footprints.statement(stmt)) for stmt in body[setting + 1 : -1]):
        return False
    body[-1].test = body[setting].test
    del body[setting]
    del block[start]
    return True


def _flag_of_exit(stmt: Stmt) -> str | None:
    """The name in `if name: break`."""
    if isinstance(stmt, gast.If) and isinstance(stmt.test, gast.Name) and isinstance(stmt.body[0], gast.Break):
        return str(stmt.test.id)
    return None


def _is_setting(stmt: gast.If, flag: str) -> bool:
    return len(stmt.body) == 1 and not stmt.orelse and _sets(stmt.body[0], flag, True)


def _sets(stmt: Stmt, flag: str, value: bool) -> bool:
    return single_target(stmt) == flag and isinstance(stmt.value, gast.Constant) and stmt.value.value is value
