"""The primal and the linear function as one tree: each statement in its place in either, or in both."""

from __future__ import annotations

from dataclasses import dataclass, field

import gast

from sct_ad.syntax.nodes import Block, Stmt


@dataclass(eq=False)
class Record:
    """A variable whose value the linear function needs at a step."""

    variable: str
    in_loop: bool
    """Whether it is recorded on a tape, and not as it is."""
    content: bool
    """Whether the content of its memory is read, and not the shape alone."""
    late: bool = False
    """Whether the primal function records it after the step; the linear function needs it before."""
    home: str = ""
    """The tape or the variable where it is recorded; none where its own variable keeps it."""
    copied: bool = False
    """Whether its memory is written afterwards."""


@dataclass(eq=False)
class Step:
    """A statement in the primal function and its counterpart in the linear one."""

    primal: Stmt | None
    linear: Stmt | None = None
    inner: list[list[Step]] = field(default_factory=list)
    """The nested blocks of a structured statement, in the order of `nodes.blocks`."""
    transparent: bool = False
    """Whether the statements in the block stand in the linear function without what is around them."""
    late: str = ""
    """The variable that the linear header reads, as it is after the primal statement."""
    records: list[Record] = field(default_factory=list)

    @property
    def is_loop(self) -> bool:
        """Whether the blocks are repeated."""
        return isinstance(self.primal, (gast.For, gast.While))


def with_blocks(stmt: Stmt, bodies: list[Block]) -> Stmt:
    """A structured statement around other blocks, in the order of `nodes.blocks`."""
    new = stmt.__class__.__new__(stmt.__class__)
    new.__dict__.update(stmt.__dict__)
    new.body = bodies[0] or [gast.Pass()]
    if isinstance(stmt, gast.If):
        new.orelse = bodies[1]
    elif isinstance(stmt, gast.Try):
        (clause,) = stmt.handlers
        handler = clause.__class__.__new__(clause.__class__)
        handler.__dict__.update(clause.__dict__)
        handler.body = bodies[1] or [gast.Pass()]
        new.handlers, new.orelse = [handler], bodies[2]
    return new
