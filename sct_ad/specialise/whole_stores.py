"""Stores into all of an array: an ordinary assignment where nobody else can see the array."""

from __future__ import annotations

from collections import Counter

import gast

from sct_ad.analysis.alias import analyse_memory, sources_of
from sct_ad.specialise.entry import Specialised
from sct_ad.specialise.knowledge import fills
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Abstract, Array


def resolve_whole_stores(flat: Specialised) -> bool:
    """`t = np.multiply(x, y); x[...] = t` -> `x = t`; returns whether anything changed.

    That is how `np.multiply(x, y, out=x)` comes to be a value that needs no shadow. It takes an array of one name that
    is written in no other way, and a value of the same shape and dtype that is made for this store.
    """
    body = flat.function.body
    mentions = Counter(nodes.mentions(body))
    values = {stmt.targets[0].id: stmt.value for stmt in nodes.statements(body) if _defines(stmt)}
    found = [stmt for stmt in nodes.statements(body) if _is_candidate(flat, stmt, mentions, values)]
    if not found:
        return False
    memory = analyse_memory(body, flat.typer)
    sizes = Counter(memory.classes().values())
    without = analyse_memory(_without(body, {id(stmt) for stmt in found}), flat.typer)
    chosen = {
        id(stmt): stmt
        for stmt in found
        if sizes[memory.find(_owner(stmt))] == 1 and not without.has_identity(_owner(stmt))
    }
    _replace(flat, body, chosen)
    return bool(chosen)


def _defines(stmt: Stmt) -> bool:
    return isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)


def _owner(stmt: gast.Assign) -> str:
    return str(stmt.targets[0].value.id)


def _is_candidate(flat: Specialised, stmt: Stmt, mentions: Counter[str], values: dict[str, Expr]) -> bool:
    """Whether a statement stores a value of its own into all of an array that has the same shape and dtype."""
    target = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
    if not isinstance(target, gast.Subscript) or not isinstance(target.value, gast.Name):
        return False
    if not isinstance(target.slice, gast.Constant) or target.slice.value is not ...:
        return False
    value = stmt.value
    if not isinstance(value, gast.Name) or value.id not in flat.temporaries or mentions[value.id] != 2:
        return False
    made = values.get(value.id)
    if not isinstance(made, (gast.Call, gast.BinOp, gast.UnaryOp)) or sources_of(made, flat.typer):
        return False
    return _alike(flat.typer.types.get(value.id), flat.typer.types.get(target.value.id))


def _alike(value: Abstract | None, array: Abstract | None) -> bool:
    """Whether both have the same dtype and, since one is stored into the other, the same shape."""
    if not isinstance(value, Array) or not isinstance(array, Array) or not value.dims or not array.dims:
        return False
    return value.dtype == array.dtype != "" and fills(value.dims, array.dims)


def _without(block: Block, left_out: set[int]) -> Block:
    """A copy of a block without some of its statements."""
    kept = [stmt for stmt in nodes.statements(block) if id(stmt) not in left_out and not list(nodes.blocks(stmt))]
    tests = [gast.Expr(value=expr) for stmt in nodes.statements(block) for expr in _tests(stmt)]
    return [*kept, *tests]


def _tests(stmt: Stmt) -> list[Expr]:
    return list(nodes.expressions(stmt)) if list(nodes.blocks(stmt)) else []


def _replace(flat: Specialised, block: Block, chosen: dict[int, Stmt]) -> None:
    for position, stmt in enumerate(block):
        for inner in nodes.blocks(stmt):
            _replace(flat, inner, chosen)
        if id(stmt) in chosen:
            name = _owner(stmt)
            new = nodes.assign(name, stmt.value, nodes.origin_of(stmt))
            flat.definition_types[id(new)] = (new, flat.typer.types[name])
            block[position] = new
