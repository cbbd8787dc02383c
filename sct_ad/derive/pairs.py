"""The two sweeps as one tree: each primal statement beside the statements of its adjoint.

The reverse sweep *steps the program state back*. The position of each adjoint statement therefore fixes the program
state in which it reads primal variables: an item's `adjoint` runs in the state right after the item's statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sct_ad.syntax.nodes import Block, Expr, Stmt


@dataclass(eq=False)
class Item:
    """One primal statement and its adjoint."""

    primal: Stmt
    adjoint: Block = field(default_factory=list)
    """For a structured statement: what runs before its reversed form (state: right after the statement)."""
    mirror: Block = field(default_factory=list)
    """Shadow statements of the forward sweep that follow the primal statement."""
    inner: list[Pair] = field(default_factory=list)
    """The nested blocks of a structured statement."""
    save: list[Save] = field(default_factory=list)
    """What the forward sweep records before the statement and the reverse sweep restores after its adjoint."""
    trips: str | None = None
    """The variable that counts trips, for loops whose trips the header does not tell."""
    caught: str | None = None
    """The variable that says whether a try statement caught an exception."""
    rewind: list[Rewind] = field(default_factory=list)
    """What a try statement's handler takes back of what its body has done to the program state."""
    in_loop: bool = False
    """Whether a try statement is inside a loop, so that its body's tapes go on from trip to trip."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Names that the reversed header and the restores read under another name."""
    measured: Any = None
    """What notes how much a loop records that cannot be computed again, within a budget of memory."""
    region: Region | None = None
    """How the reverse sweep computes the statement again, instead of restoring what the forward sweep recorded."""


@dataclass(eq=False)
class Region:
    """A statement that is computed again in the reverse sweep, from what is kept of the state at its start.

    Of a loop, the states at the starts of segments are kept.
    """

    every: Expr | None = None
    """How many trips a segment of a loop has."""
    snapshots: Expr | None = None
    """How many states of a loop are kept at most."""
    plan: Any = None
    """What plans the loop at run time, within a budget of memory."""
    variable: str = ""
    """The variable of one run's plan."""
    first: str = ""
    """The target of the loop over segments in the forward sweep."""
    keep: list[Save] = field(default_factory=list)
    """What is kept: variables that are carried into the statement, and memory that it writes."""
    handed_on: list[str] = field(default_factory=list)
    """Shadows that may be made in the region: one that is made again takes over what the first one has gathered."""
    before_rest: dict[str, str] = field(default_factory=dict)
    """What these shadows are where the forward sweep begins to record -> the variable that says so."""


@dataclass(eq=False)
class Rewind:
    """A variable, or a tape, that is noted before a try statement and put back where an exception was caught."""

    variable: str
    noted: str = ""


@dataclass(eq=False)
class Pair:
    """A block of the forward sweep and the block that reverses it."""

    items: list[Item] = field(default_factory=list)
    first: Block = field(default_factory=list)
    """Runs first in the reversed block (state: the end of the block)."""
    last: Block = field(default_factory=list)
    """Runs last in the reversed block (state: the start of the block)."""
    save: list[Save] = field(default_factory=list)
    """Recorded at the end of the block, restored first in the reversed block."""
    recompute: Block = field(default_factory=list)
    """Cheap values computed again, after the restores, instead of being recorded; users before what they use."""


def all_items(pair: Pair) -> Iterator[Item]:
    """The items of a block and of the blocks inside it."""
    for item in pair.items:
        yield item
        for inner in item.inner:
            yield from all_items(inner)


@dataclass(eq=False)
class Save:
    """One recorded value: `place` is the expression that is read and, in the reverse sweep, assigned."""

    place: Expr
    base: str
    """The stem of the tape's name."""
    copied: bool
    """Whether the forward sweep must copy because the place is memory that is written afterwards."""
    in_loop: bool
    tape: str = ""
    length: bool = False
    """Whether the length of a list, which is only appended to, says all of it."""
    unsure: bool = False
    """Whether there may be nothing yet to keep the content of."""
