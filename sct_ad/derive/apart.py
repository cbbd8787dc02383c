"""Definitions that follow each other in one block get names of their own, so that each name has one type.

brest = bt * 2.0                  ->  brest1 = bt * 2.0
brest = np.full_like(r, brest)    ->  brest = np.full_like(r, brest1)
"""

from __future__ import annotations

from collections import Counter

import gast

from sct_ad.derive.emission import Emission
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt


def definitions_apart(body: Block, emission: Emission) -> tuple[Block, set[str]]:
    """The body, and the new names; the last definition keeps the name that is read further on."""
    everywhere = Counter(name for stmt in nodes.statements(body) for name in _defined(stmt))
    new: set[str] = set()
    return _block(body, everywhere, emission, new), new


def _defined(stmt: Stmt) -> set[str]:
    return set() if isinstance(stmt, gast.AugAssign) else nodes.defines(stmt)


def _block(body: Block, everywhere: Counter[str], emission: Emission, new: set[str]) -> Block:
    here = Counter(stmt.targets[0].id for stmt in body if _plain(stmt))
    left = {name: count for name, count in here.items() if count > 1 and count == everywhere[name]}
    current: dict[str, str] = {}
    found: Block = []
    for stmt in body:
        blocks = [_block(block, everywhere, emission, new) for block in nodes.blocks(stmt)]
        stmt = nodes.copy(stmt)
        _put_blocks(stmt, blocks)
        name = stmt.targets[0].id if _plain(stmt) else ""
        if name in left:
            stmt.value = nodes.substitute(stmt.value, current)
            left[name] -= 1
            if left[name]:
                current[name] = emission.fresh(name)
                new.add(current[name])
                stmt.targets[0] = nodes.target(current[name])
            else:
                current.pop(name, None)
        elif current:
            origin = nodes.origin_of(stmt)
            stmt = nodes.with_origin(nodes.substitute(stmt, current), origin)
        found.append(stmt)
    return found


def _plain(stmt: Stmt) -> bool:
    return isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)


def _put_blocks(stmt: Stmt, blocks: list[Block]) -> None:
    """The blocks of a structured statement, in the order of `nodes.blocks`."""
    if isinstance(stmt, gast.If):
        stmt.body, stmt.orelse = blocks
    elif isinstance(stmt, (gast.For, gast.While, gast.With)):
        (stmt.body,) = blocks
    elif isinstance(stmt, gast.Try):
        stmt.body, stmt.handlers[0].body, stmt.orelse = blocks
