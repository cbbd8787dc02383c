"""Calls of the user's derivative functions as the user would write them: `z, residuals = f_fwd(x)`."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.analysis.units import Foreign
from sct_ad.optimise.workspace import single_target
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block


def unpacking(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Take what such a function returns apart at once, and call it by one name everywhere.

    `t = f_fwd(x); z = t[0]; residuals = t[1]` -> `z, residuals = f_fwd(x)`.
    """
    found = {name: f for name in nodes.names_in(fn) if (f := _foreign(nodes.name(name), facts)) is not None}
    if not found:
        return fn
    fn = nodes.copy(fn)
    for block in [fn.body, *(inner for stmt in nodes.statements(fn.body) for inner in nodes.blocks(stmt))]:
        _block(fn, block, facts)
    first: dict[int, str] = {}
    for name in sorted(found, key=lambda n: (len(n), n)):
        function = found[name].function
        known = facts.resolve(nodes.name(found[name].__name__))
        plain = known is not None and (known is function or known is found[name].derivative)
        first.setdefault(id(function), found[name].__name__ if plain else name)
    for node in nodes.walk(fn):
        if isinstance(node, gast.Name) and node.id in found:
            node.id = first[id(found[node.id].function)]
    return fn


def _foreign(name: gast.Name, facts: Facts) -> Foreign | None:
    found = facts.resolve(name)
    return found if isinstance(found, Foreign) else None


def _block(fn: gast.FunctionDef, block: Block, facts: Facts) -> None:
    position = 0
    while position < len(block):
        stmt = block[position]
        name, value = single_target(stmt), getattr(stmt, "value", None)
        if name is not None and isinstance(value, gast.Call):
            callee = _foreign(value.func, facts)
            if callee is not None and callee.results:
                _unpack(fn, block, position, name, callee)
        position += 1


def _unpack(fn: gast.FunctionDef, block: Block, position: int, name: str, callee: Foreign) -> None:
    items = [n for n in nodes.walk(fn) if isinstance(n, gast.Subscript) and _item_of(n, name) is not None]
    mentions = [n for n in nodes.walk(fn) if isinstance(n, gast.Name) and n.id == name]
    if len(mentions) != len(items) + 1:  # it is also used as a whole, or bound elsewhere
        return
    targets: dict[int, str] = {}
    end = position + 1
    while end < len(block):
        to, value = single_target(block[end]), getattr(block[end], "value", None)
        item = _item_of(value, name)
        if to is None or item is None or item in targets or to in targets.values():
            break
        targets[item] = to
        end += 1
    dropped = block[position + 1 : end]
    left = {_item_of(item, name) for item in items if not any(item is stmt.value for stmt in dropped)}
    if left & targets.keys() or not left | targets.keys():
        return
    taken = set(nodes.mentions(fn))
    for item in sorted(left):  # type: ignore[type-var]
        free = callee.names[item] or name  # type: ignore[index]
        targets[item] = free if free not in taken else name  # type: ignore[index]
        taken.add(targets[item])  # type: ignore[index]
    if len(set(targets.values())) < len(targets):
        return
    del block[position + 1 : end]
    for stmt in fn.body:
        _replace(stmt, name, targets)
    if callee.results == 1:
        block[position].targets = [nodes.target(targets[0])]
        block[position].value = nodes.subscript(block[position].value, nodes.constant(0))
        return
    names = [nodes.target(targets.get(k, "_")) for k in range(callee.results)]
    block[position].targets = [gast.Tuple(elts=names, ctx=gast.Store())]


def _item_of(value: object, name: str) -> int | None:
    """K of `name[k]`."""
    if not isinstance(value, gast.Subscript) or not isinstance(value.value, gast.Name) or value.value.id != name:
        return None
    k = nodes.index_value(value.slice)
    return k.value if isinstance(k, gast.Constant) and type(k.value) is int else None


def _replace(node: gast.AST, name: str, targets: dict[int, str]) -> None:
    """Read the items of what `name` was under their own names, in place."""
    for field in node._fields:
        child = getattr(node, field, None)
        if isinstance(child, list):
            child[:] = [_replaced(item, name, targets) for item in child]
        elif isinstance(child, gast.AST):
            setattr(node, field, _replaced(child, name, targets))


def _replaced(node: object, name: str, targets: dict[int, str]) -> object:
    item = _item_of(node, name)
    if item is not None:
        return nodes.name(targets[item])
    if isinstance(node, gast.AST):
        _replace(node, name, targets)
    return node
