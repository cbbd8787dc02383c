"""Contributions of one user statement in the order in which the user reads it."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import commute
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, same_line, single_target
from sct_ad.syntax.nodes import Stmt

_LONGEST_RUN = 12
"""Each statement is compared with all of its run; nobody reads more lines at once."""


def reading_order(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Reverse runs of accumulations with one origin: the reverse sweep made them back to front.

    >>> from sct_ad.optimise.demonstrate import show
    >>> text = "def f(x, y, bf):\\n    bx = by = bf\\n    by += bf * x\\n    bx += bf * y\\n    return bx, by"
    >>> show(reading_order, text, adjoint=True)
    def f(x, y, bf):
        bx = by = bf
        bx += bf * y
        by += bf * x
        return (bx, by)
    """
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        start = 0
        while start < len(block):
            stop = start
            while stop < len(block) and _joins(block[start:stop], block[stop], space):
                stop += 1
            block[start:stop] = reversed(block[start:stop])
            start = max(stop, start + 1)
    return space.leave()


def _joins(run: list[Stmt], stmt: Stmt, space: Workspace) -> bool:
    """Whether the statement is an accumulation that may change places with each of the run."""
    if len(run) >= _LONGEST_RUN or not is_adjoint(stmt) or not _accumulates(stmt, space):
        return False
    return all(same_line(other, stmt) and _may_swap(other, stmt, space) for other in run)


def _accumulates(stmt: Stmt, space: Workspace) -> bool:
    """`bx += e`, or `bx = e` where more is added to bx later."""
    if isinstance(stmt, gast.AugAssign):
        return isinstance(stmt.op, (gast.Add, gast.Sub))
    name = single_target(stmt)
    return name is not None and name in space.adjoint_names and space.definitions[name] > 1


def _may_swap(one: Stmt, two: Stmt, space: Workspace) -> bool:
    """Whether they commute, up to the order in which numbers are added into the same place."""
    first, second = space.footprints.own(one), space.footprints.own(two)
    if commute(first, second):
        return True
    if not (isinstance(one, gast.AugAssign) and isinstance(two, gast.AugAssign)):
        return False
    values = [space.footprints.expression(stmt.value) for stmt in (one, two)]
    if not all(value.effect_free for value in values):
        return False
    written, defined = first.writes | second.writes, first.defines | second.defines
    places = [stmt.target for stmt in (one, two)]
    indexed = [place.slice for place in places if isinstance(place, gast.Subscript)]
    values += [space.footprints.expression(index) for index in indexed]
    return all(written.isdisjoint(v.content) and defined.isdisjoint(v.reads) for v in values)
