"""Sizes that hold no longer where a value is used, so that nothing may be known of them there.

A type that is found inside of a loop speaks of the sizes of one trip: `n = np.nonzero(x > k)` gives every trip a length
of its own, under one key. A variable that keeps its value into the next trip, or that not every trip assigns, may hold
what an earlier trip made. And what a mask chooses is as long at every use only if nothing is written into the mask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import gast

from sct_ad.analysis.alias import analyse_memory
from sct_ad.analysis.liveness import Liveness
from sct_ad.analysis.typer import Typer
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import ANY, Dim, Size, is_not_one
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import (
    Abstract,
    Array,
    Scalar,
    map_leaves,
)

Definitions = list[tuple[gast.Name | None, Abstract]]
"""The names that are bound, and their types; parameters have no node."""


def without_earlier_sizes(function: gast.FunctionDef, definitions: Definitions) -> list[Abstract]:
    """The types of the definitions, those that outlive their trip without the sizes that are born in their loop."""
    types, atoms = [type_ for _, type_ in definitions], _Atoms()
    if not any(map(atoms.of_type, types)):
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
        outside = set(range(len(types))).difference(own)
        known = frozenset().union(*(atoms.of_type(types[k]) for k in outside))
        for k in own:
            node = definitions[k][0]
            if node is not None and node.id in kept:
                types[k] = atoms.forget(types[k], atoms.of_type(types[k]) - known)
    return types


def without_counts_of_written(body: Block, types: dict[str, Abstract], objects: dict[str, Any]) -> dict[str, Abstract]:
    """The types without the counts of masks that are written in place somewhere."""
    atoms = _Atoms()
    counts = {name: found for name, type_ in types.items() if (found := atoms.of_type(type_, _count))}
    if not counts:
        return types
    memory = analyse_memory(body, Typer(types, objects))
    outdated = frozenset().union(*(found for name, found in counts.items() if memory.has_identity(name)))
    return {name: atoms.forget(type_, outdated) for name, type_ in types.items()} if outdated else types


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


class _Atoms:
    """What stands in types for sizes that are made where they are found, and equal only themselves.

    Keys share their parts, so that as a tree one can be far larger than what it is made of.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Hashable, frozenset[Hashable]]] = {}

    def of(self, key: Hashable) -> frozenset[Hashable]:
        """Those of a size or of a part of its key."""
        if isinstance(key, Dim):
            key = key.key
        if type(key) is object:
            return frozenset([key])
        if not isinstance(key, (tuple, frozenset)):
            return frozenset()
        if id(key) not in self._known:
            self._known[id(key)] = key, frozenset().union(*map(self.of, key))
        return self._known[id(key)][1]

    def of_type(
        self, type_: Abstract, sizes_of: Callable[[Abstract], tuple[Size, ...]] = _sizes
    ) -> frozenset[Hashable]:
        """Those of a type."""
        found: set[Hashable] = set()

        def look(leaf: Abstract) -> Abstract:
            found.update(*map(self.of, sizes_of(leaf)))
            return leaf

        map_leaves(type_, look)
        return frozenset(found)

    def forget(self, type_: Abstract, outdated: frozenset[Hashable]) -> Abstract:
        """The type with nothing known of the sizes that are made of those."""

        def forgotten(leaf: Abstract) -> Abstract:
            if outdated.isdisjoint(self.of_type(leaf)):
                return leaf
            if isinstance(leaf, Scalar):
                return replace(leaf, size=None)
            assert isinstance(leaf, Array)
            dims = [
                d if outdated.isdisjoint(self.of(d)) else replace(ANY, not_one=is_not_one(d)) for d in leaf.dims or ()
            ]
            return Array(leaf.dtype, None if leaf.dims is None else tuple(dims))

        return map_leaves(type_, forgotten)
