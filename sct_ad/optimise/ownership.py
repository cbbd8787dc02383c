"""Array cotangents that nobody else can see are added to, or multiplied, in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import SHAPE_ATTRIBUTES, parameters
from sct_ad.optimise.products import alike, same_shape
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, single_target
from sct_ad.syntax.nodes import Expr, Stmt, mentions, origin_of, statements, substitute, walk, with_origin
from sct_ad.syntax.values import UNKNOWN, Array, Scalar

_IN_PLACE = (gast.Add, gast.Sub, gast.Mult, gast.Div)


def in_place(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write `bx = bx + e` as `bx += e` for an array that was computed here and that no other name refers to.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> x = Array("float64", (Dim("n"),))
    >>> text = "def f(x):\\n    bx = x * x\\n    bx = bx + 2.0 * x\\n    return bx"
    >>> show(in_place, text, {"bx"}, adjoint=True, x=x, bx=x)
    def f(x):
        bx = x * x
        bx += 2.0 * x
        return bx
    """
    space = Workspace.of(fn, facts)
    wanted = {name for stmt in statements(space.fn.body) if (name := _grown(stmt, space)) is not None}
    last = space.fn.body[-1]
    _inline_last_copies(space)
    copied = _copied_at_last(last)
    again = {name for stmt in statements(space.fn.body) if (name := _copied_again(stmt, space)) is not None}
    if not wanted and not copied and not again:
        return space.leave()
    kept = kept_names(space) | set(parameters(fn))
    owned = wanted - kept - _assigned_other_than(_is_proper, space)
    if copied:
        alone = copied - kept - _assigned_other_than(lambda _, value, facts: is_fresh(value, facts), space)
        last.value = _without_copies(last.value, {name for name in alone if space.definitions[name]})
        space.footprints.forget(last)
    again -= kept | _assigned_other_than(_is_proper, space) if again else set()
    for block in all_blocks(space.fn):
        stays = [stmt for stmt in block if _copied_again(stmt, space) not in again]
        if stays:  # a branch is left as it is rather than empty
            block[:] = stays
        block[:] = [_augmented(stmt) if _grown(stmt, space) in owned else stmt for stmt in block]
    return space.leave()


def _copied_again(stmt: Stmt, space: Workspace) -> str | None:
    """The array cotangent of `bx = bx.copy()`."""
    name = single_target(stmt)
    is_own = name is not None and name in space.adjoint_names and is_adjoint(stmt) and _copied(stmt.value) == name
    return name if is_own and isinstance(space.facts.types.get(str(name)), Array) else None


def _grown(stmt: Stmt, space: Workspace) -> str | None:
    """The array cotangent of `bx = bx + e`, if the sum, or product, has the shape and dtype of bx."""
    name = single_target(stmt)
    if not isinstance(stmt, gast.Assign) or name not in space.adjoint_names or not is_adjoint(stmt):
        return None
    value = stmt.value
    if not (isinstance(value, gast.BinOp) and isinstance(value.op, _IN_PLACE)):
        return None
    if not (isinstance(value.left, gast.Name) and value.left.id == name):
        return None
    before, after = space.facts.type_of(value.left), space.facts.type_of(value)
    if not (isinstance(before, Array) and alike(before, after) and same_shape(before, after)):
        return None
    return name


def _inline_last_copies(space: Workspace) -> None:
    """`y = x.copy()` right before the return, which reads y once: the copy is made there."""
    body = space.fn.body
    if not isinstance(body[-1], gast.Return):
        return
    while len(body) > 1 and isinstance(body[-2], gast.Assign) and _copied(body[-2].value) is not None:
        name = single_target(body[-2])
        mentions = [node for node in walk(body[-1]) if isinstance(node, gast.Name) and node.id == name]
        if name is None or len(mentions) != 1:
            return
        body[-1].value = substitute(body[-1].value, {name: body[-2].value})
        space.footprints.forget(body[-1])
        space.drop(body, len(body) - 2)


def _copied_at_last(stmt: Stmt) -> set[str]:
    """The names of `return x.copy(), y` that are copied, and mentioned once."""
    if not isinstance(stmt, gast.Return):
        return set()
    mentioned = mentions(stmt)
    owners = {owner for node in walk(stmt) if (owner := _copied(node)) is not None}
    return {owner for owner in owners if mentioned.count(owner) == 1}


def _copied(node: Any) -> str | None:
    """The name in `x.copy()`."""
    if not isinstance(node, gast.Call) or node.args or not isinstance(node.func, gast.Attribute):
        return None
    return node.func.value.id if node.func.attr == "copy" and isinstance(node.func.value, gast.Name) else None


def _without_copies(value: Any, owned: set[str]) -> Any:
    """`x.copy(), y` -> `x, y`, where nothing else refers to x."""
    if isinstance(value, (gast.Tuple, gast.List)):
        value.elts = [_without_copies(item, owned) for item in value.elts]
    elif isinstance(value, gast.Dict):
        value.values = [_without_copies(item, owned) for item in value.values]
    elif isinstance(value, gast.Call) and _copied(value) is None:
        for keyword in value.keywords:
            keyword.value = _without_copies(keyword.value, owned)
    return value.func.value if _copied(value) in owned else value


def _augmented(stmt: Any) -> Stmt:
    value = stmt.value
    augmented = gast.AugAssign(target=stmt.targets[0], op=value.op, value=value.right)
    return with_origin(augmented, origin_of(stmt))


def _assigned_other_than(is_such: Callable[[str, Expr, Facts], bool], space: Workspace) -> set[str]:
    """The names that are given a value which is not such a value for them."""
    found: set[str] = set()
    for stmt in statements(space.fn.body):
        name = single_target(stmt)
        if isinstance(stmt, gast.Assign) and name is not None and not is_such(name, stmt.value, space.facts):
            found.add(name)
    return found


def kept_names(space: Workspace) -> set[str]:
    """The names whose object, or a view of it, is put where it is kept: under another name, in a container."""
    found: set[str] = set()
    for stmt in statements(space.fn.body):
        if isinstance(stmt, gast.For):
            found.add(stmt.target.id)
            _kept(stmt.iter, space, found)
        elif isinstance(stmt, gast.Assign):
            is_number = isinstance(space.facts.type_of(stmt.value), Scalar)
            _kept(stmt.value, space, found, copied=is_number or _copies(stmt.targets[0], space.facts))
            for place in stmt.targets:
                _kept(place, space, found, copied=True)
        elif isinstance(stmt, gast.AugAssign):
            _kept(stmt.value, space, found, copied=isinstance(space.facts.type_of(stmt.target), (Array, Scalar)))
        elif isinstance(stmt, gast.Expr):
            _kept(stmt.value, space, found)
    return found


def _is_proper(name: str, value: Expr, facts: Facts) -> bool:
    """Whether the value is a new array of just the type that the name has."""
    given, wanted = facts.type_of(value), facts.types.get(name, UNKNOWN)
    return is_fresh(value, facts) and alike(given, wanted) and same_shape(given, wanted)


def is_fresh(value: Expr, facts: Facts) -> bool:
    """Whether the value is surely a new array that nothing else refers to."""
    if isinstance(value, (gast.BinOp, gast.UnaryOp)):
        return True
    if not isinstance(value, gast.Call) or facts.resolve(value.func) is None:
        return False
    effects = facts.call_effects(value)
    return effects.pure and not effects.view_of


def _copies(place: Expr, facts: Facts) -> bool:
    """Whether a store copies the content: into an array, not into a list."""
    return isinstance(place, gast.Subscript) and isinstance(facts.type_of(place.value), Array)


def _kept(node: Any, space: Workspace, found: set[str], copied: bool = False) -> None:
    """Add the names whose object, or a view of it, the value of `node` may hold; none where it is `copied` at once."""
    if isinstance(node, gast.Name):
        if not copied:
            found.add(node.id)
    elif isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare)):
        _kept_below(node, space, found, copied=True)
    elif isinstance(node, gast.Subscript):
        _kept(node.value, space, found, copied)
        _kept(node.slice, space, found, copied=True)
    elif isinstance(node, gast.Attribute):
        _kept(node.value, space, found, copied or node.attr in SHAPE_ATTRIBUTES)
    elif isinstance(node, gast.Call):
        _kept_below(node, space, found, copied=_keeps_nothing(node, space))
    elif isinstance(node, gast.AST):
        _kept_below(node, space, found, copied and isinstance(node, gast.Slice))


def _keeps_nothing(call: gast.Call, space: Workspace) -> bool:
    """Whether a call puts its arguments, and views of them, nowhere: what it writes into arrays is copied there."""
    effects = space.facts.call_effects(call)
    if space.facts.resolve(call.func) is None or not effects.pure or effects.view_of:
        return False
    if effects.mutates and (space.footprints.is_method(call) or max(effects.mutates) >= len(call.args)):
        return False
    written = [space.facts.type_of(call.args[k]) for k in effects.mutates]
    return all(isinstance(found, Array) and found.dtype not in ("", "object") for found in written)


def _kept_below(node: Any, space: Workspace, found: set[str], copied: bool) -> None:
    for key in node._fields:
        value = getattr(node, key, None)
        for child in value if isinstance(value, list) else [value]:
            _kept(child, space, found, copied)
