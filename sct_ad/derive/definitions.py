"""The names that statements of the forward sweep define."""

from __future__ import annotations

import gast

from sct_ad.derive.pairs import Item, Pair
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Stmt


def defined(stmt: Stmt) -> set[str]:
    """The names that a statement itself defines."""
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
        return {stmt.targets[0].id}
    target = nodes.header_target(stmt)
    return set() if target is None else {target.id}


def all_defined(item: Item) -> set[str]:
    """The names that a statement, what follows it on shadows, and the blocks inside it define."""
    found = set().union(*(defined(s) for s in [item.primal, *item.mirror]))
    found |= {witness for witness in (item.trips, item.caught) if witness}
    return found.union(*(all_defined_in(inner) for inner in item.inner)) if item.inner else found


def all_defined_in(pair: Pair) -> set[str]:
    """The names that are defined in a block."""
    return set().union(*(all_defined(item) for item in pair.items)) if pair.items else set()
