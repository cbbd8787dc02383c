"""Augmented assignment of whole arrays: an ordinary assignment where nobody else can see the array."""

from __future__ import annotations

import gast

from sct_ad.analysis.alias import Memory
from sct_ad.errors import UnsupportedError
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt
from sct_ad.syntax.values import Array


def resolve_updates(flat: Specialised, memory: Memory) -> bool:
    """`x *= v` -> `x = x * v`, or `t = x * v; x[...] = t` where `x` has aliases; returns whether anything changed.

    `x += v` and `x -= v` on an array with aliases stay: their adjoint needs no old value.
    """
    sizes: dict[str, int] = {}
    for root in memory.classes().values():
        sizes[root] = sizes.get(root, 0) + 1
    return _block(flat, memory, sizes, flat.function.body)


def _outlives(body: Block, update: Stmt, variable: str) -> bool:
    """Whether a variable is mentioned both before and after the outermost loop around an update, or inside it."""
    before = after = False
    for stmt in body:
        mentioned = variable in nodes.names_in(stmt)
        if any(inner is update for inner in nodes.statements([stmt])):
            if mentioned:
                return True
            before, after = before or after, False
            continue
        after = after or mentioned
    return before and after


def _block(flat: Specialised, memory: Memory, sizes: dict[str, int], block: Block) -> bool:
    changed = False
    for position in range(len(block) - 1, -1, -1):
        stmt = block[position]
        for inner in nodes.blocks(stmt):
            changed |= _block(flat, memory, sizes, inner)
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
            new = _resolved(flat, memory, sizes, stmt)
            if new is not None:
                block[position : position + 1] = new
                changed = True
    return changed


def _resolved(flat: Specialised, memory: Memory, sizes: dict[str, int], stmt: gast.AugAssign) -> list[Stmt] | None:
    name, origin = stmt.target.id, nodes.origin_of(stmt)
    value = nodes.binary(nodes.name(name), stmt.op, stmt.value)
    type_ = flat.typer.types[name]
    dims = type_.dims if isinstance(type_, Array) else None
    alone = sizes.get(memory.find(name), 1) == 1
    if not dims:  # perhaps a number, whose update makes a new one
        others = [v for v, root in memory.classes().items() if root == memory.find(name) and v != name]
        alone = alone or not any(_outlives(flat.function.body, stmt, other) for other in others)
        if not alone and dims is None:
            raise UnsupportedError(
                f"'{name}' may be a number or an array here, and shares its memory if it is an array",
                origin,
                f"write {name} = {name} + ... for a new array",
            )
    if alone and (flat.typer.type_of(value) == type_ or not dims):
        new = nodes.assign(name, value, origin)
        flat.definition_types[id(new)] = (new, type_)
        return [new]
    if isinstance(stmt.op, (gast.Add, gast.Sub)):
        return None
    temp = flat.namespace.names.fresh("t")
    flat.temporaries.add(temp)
    first = nodes.assign(temp, value, origin)
    flat.definition_types[id(first)] = (first, flat.typer.type_of(value))
    place = nodes.subscript(nodes.name(name), nodes.constant(...), store=True)
    return [first, nodes.assign(place, nodes.name(temp), origin)]
