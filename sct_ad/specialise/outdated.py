"""Sizes that hold no longer where a value is used, so that nothing may be known of them there.

A type that is found inside of a loop speaks of the sizes of one trip: `n = np.nonzero(x > k)` gives every trip a length
of its own, under one key. A variable that keeps its value into the next trip, or that not every trip assigns, may hold
what an earlier trip made. And what a mask chooses is as long at every use only if nothing is written into the mask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import Any

import gast

from sct_ad.analysis.alias import analyse_memory
from sct_ad.analysis.liveness import Liveness
from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import ANY, Abstract, Array, Dim, Scalar, Size, is_not_one, map_leaves

Definitions = list[tuple[gast.Name | None, Abstract]]
"""The names that are bound, and their types; parameters have no node."""


def without_earlier_sizes(function: gast.FunctionDef, definitions: Definitions) -> list[Abstract]:
    """The types of the definitions, those that outlive their trip without the sizes that are born in their loop."""
    types = [type_ for _, type_ in definitions]
    if not any(map(_atoms, types)):
        return types
    live = Liveness(function)
    for stmt in nodes.statements(function.body):
        if not isinstance(stmt, (gast.For, gast.While)):
            continue
        inside = {id(node) for node in nodes.walk([stmt])}
        own = [k for k, (node, _) in enumerate(definitions) if node is not None and id(node) in inside]
        assigned = {stmt.target.id} if isinstance(stmt, gast.For) else set[str]()
        exposed = _exposed(stmt.body, assigned) | nodes.reads(stmt)
        kept = live.at_end(stmt.body) - (assigned - exposed)
        known = set().union(*(_atoms(type_) for k, type_ in enumerate(types) if k not in own))
        for k in own:
            node = definitions[k][0]
            if node is not None and node.id in kept:
                types[k] = _forget(types[k], _atoms(types[k]) - known)
    return types


def without_counts_of_written(body: Block, types: dict[str, Abstract], objects: dict[str, Any]) -> dict[str, Abstract]:
    """The types without the counts of masks that are written in place somewhere."""
    counts = {name: found for name, type_ in types.items() if (found := _atoms(type_, _count))}
    if not counts:
        return types
    memory = analyse_memory(body, Typer(types, objects))
    outdated = set().union(*(found for name, found in counts.items() if memory.has_identity(name)))
    return {name: _forget(type_, outdated) for name, type_ in types.items()} if outdated else types


def _exposed(block: Block, assigned: set[str]) -> set[str]:
    """The names that may be read before the block assigns them; adds to `assigned` what it surely assigns."""
    found: set[str] = set()
    for stmt in block:
        found |= nodes.reads(stmt) - assigned
        if isinstance(stmt, gast.If):
            one, other = set(assigned), set(assigned)
            found |= _exposed(stmt.body, one) | _exposed(stmt.orelse, other)
            assigned |= one & other
            continue
        target = nodes.header_target(stmt)
        for inner in nodes.blocks(stmt):
            found |= _exposed(inner, assigned | ({target.id} if target is not None else set()))
        if not nodes.blocks(stmt):
            assigned |= nodes.defines(stmt)
    return found


def _sizes(leaf: Abstract) -> tuple[Size, ...]:
    if isinstance(leaf, Array):
        return (*(leaf.dims or ()), *_count(leaf))
    return (leaf.size,) if isinstance(leaf, Scalar) and leaf.size is not None else ()


def _count(leaf: Abstract) -> tuple[Size, ...]:
    return (leaf.chosen,) if isinstance(leaf, Array) and leaf.chosen is not None else ()


def _atoms(type_: Abstract, sizes_of: Callable[[Abstract], tuple[Size, ...]] = _sizes) -> set[Hashable]:
    """What stands in a type for sizes that are made where it is found, and equal only themselves."""
    found: set[Hashable] = set()

    def look(leaf: Abstract) -> Abstract:
        found.update(atom for size in sizes_of(leaf) for atom in _made(size))
        return leaf

    map_leaves(type_, look)
    return found


def _made(key: Hashable) -> Iterator[Hashable]:
    if isinstance(key, Dim):
        yield from _made(key.key)
    elif isinstance(key, (tuple, frozenset)):
        for part in key:
            yield from _made(part)
    elif type(key) is object:
        yield key


def _forget(type_: Abstract, outdated: set[Hashable]) -> Abstract:
    """The type with nothing known of the sizes that are made of those."""

    def forgotten(leaf: Abstract) -> Abstract:
        if outdated.isdisjoint(_atoms(leaf)):
            return leaf
        if isinstance(leaf, Scalar):
            return replace(leaf, size=None)
        assert isinstance(leaf, Array)
        dims = [d if outdated.isdisjoint(_made(d)) else replace(ANY, not_one=is_not_one(d)) for d in leaf.dims or ()]
        return Array(leaf.dtype, None if leaf.dims is None else tuple(dims))

    return map_leaves(type_, forgotten)
