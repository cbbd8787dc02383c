"""Remove plain copies: `y = x` becomes one name instead of two."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import parameters
from sct_ad.optimise.workspace import Workspace, all_blocks, fill_bodies, single_target
from sct_ad.syntax.nodes import Block, blocks, name, names_in


def copies(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Read the original instead of a temporary copy, or compute straight into the copy's name.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(copies, "def f(x):\\n    t = x\\n    t1 = t * t\\n    y = t1\\n    return y * t1", {"t", "t1"})
    def f(x):
        y = x * x
        return y * y
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            to = single_target(block[position])
            source = _copied(block[position])
            if to is None or source is None:
                position += 1
            elif to == source:
                space.drop(block, position)
            elif not any(remove(space, block, position, to, source) for remove in REMOVALS):
                position += 1
    fill_bodies(space.fn)
    return space.leave()


def _copied(stmt: gast.stmt) -> str | None:
    value = stmt.value if isinstance(stmt, gast.Assign) else None
    return str(value.id) if isinstance(value, gast.Name) else None


def _read_original(space: Workspace, block: Block, position: int, to: str, source: str) -> bool:
    """`t = x; ... t ...` -> `... x ...`."""
    if to not in space.facts.temporaries:
        return False
    objects = space.in_place(to) and space.in_place(source)
    region = space.region(block, position, to, objects)
    if region is None or not region.users:
        return False
    between = block[position + 1 : region.last + 1]
    if any(space.deferred(stmt, to) for stmt in between):
        return False
    if objects and source in space.footprints.local:
        for stmt in between[:-1] if not blocks(between[-1]) else between:
            if space.rebinds(stmt, source):
                return False
    elif not space.unchanged(name(source), block, position, region.last):
        return False
    space.drop(block, position)
    for stmt in between:
        if single_target(stmt) == to:  # a new life of the name, computed from the old one
            space.rename_reads(stmt, to, source)
        else:
            space.rename(stmt, to, source)
    return True


def _continue_parameter(space: Workspace, block: Block, position: int, to: str, source: str) -> bool:
    """`def f(x): x1 = x; ... x1 ...` -> `def f(x): ... x ...`, where x1 is the user's x renamed apart."""
    facts = space.facts
    if block is not space.fn.body or source not in parameters(space.fn) or to in parameters(space.fn):
        return False
    if to.rstrip("0123456789").rstrip("_") != source or space.loads[source] != 1 or space.definitions[source] != 1:
        return False
    if facts.types.get(to) != facts.types.get(source) or facts.memory.get(to) != facts.memory.get(source):
        return False
    if any(to in names_in(stmt) for stmt in block[:position]):
        return False
    space.drop(block, position)
    for stmt in block:
        space.rename(stmt, to, source)
    return True


def _compute_into(space: Workspace, block: Block, position: int, to: str, source: str) -> bool:
    """`t = e; ... t ...; x = t; ... t ...` -> `x = e; ... x ...; ... x ...`."""
    if source not in space.facts.temporaries:
        return False
    start = _birth(space, block, position, source, to)
    if start is None:
        return False
    end = _last_mention(space, block, start, source, to, position)
    if end is None:
        return False
    for index in range(start, end + 1):
        if index != position:
            space.rename(block[index], source, to)
    space.drop(block, position)
    return True


def _birth(space: Workspace, block: Block, position: int, source: str, to: str) -> int | None:
    """Where the copied value is first assigned in this block, if `to` is not mentioned from there to the copy."""
    for index in range(position - 1, -1, -1):
        touched = space.footprints.statement(block[index])
        if to in touched.defines:
            return None
        if single_target(block[index]) == source and not touched.reads[source]:
            return index  # it may read the old `to`, as in `t = f(x); x = t`
        if touched.reads[to]:
            return None
    return None


def _last_mention(space: Workspace, block: Block, start: int, source: str, to: str, position: int) -> int | None:
    """The last statement with the copied value; None if the two names do not stay equal or `source` lives on."""
    last, closed = position, False
    for index in range(position + 1, len(block)):
        touched = space.footprints.statement(block[index])
        if single_target(block[index]) == source and not touched.reads[source]:
            closed = True  # a new life of the name
            break
        if touched.reads[source] or source in touched.defines:
            if source in touched.defines:
                return None
            last = index
    if (
        not closed
        and not _is_read_here_only(space, block, start, source)
        and space.liveness.is_live_at_end(block, source)
    ):
        return None
    for index in range(position + 1, last + 1):
        stmt = block[index]
        if to in space.footprints.statement(stmt).defines and not (index == last and not blocks(stmt)):
            return None
    return last


def _is_read_here_only(space: Workspace, block: Block, start: int, name: str) -> bool:
    """Whether a name's only definition is `block[start]`, and all that reads it follows in the block."""
    footprint = space.footprints.statement
    return space.definitions[name] == 1 and space.loads[name] == sum(footprint(s).reads[name] for s in block[start:])


REMOVALS = (_read_original, _compute_into, _continue_parameter)
