"""What the reverse sweep needs of the program state: names, and the content of memory."""

from __future__ import annotations

from typing import NamedTuple

from sct_ad.analysis.dependence import Dependence
from sct_ad.derive.reads import Access
from sct_ad.syntax.nodes import Stmt


class Content(NamedTuple):
    """A class of memory whose present content is needed: all of it, or what a load has read."""

    place: str
    load: int | None = None
    """The identity of the statement."""


Needs = set[str | Content]
"""Names whose present values are needed, and memory."""


class Contents:
    """Answers what content is needed, and which statements overwrite it."""

    def __init__(self, access: Access, settled: Dependence | None) -> None:
        self.access, self.settled = access, settled

    def to_read(self, name: str) -> Needs:
        """What is needed of memory to read it through a variable again: nothing where it stays as it is."""
        place = self.access.place(name)
        if place is None:
            return set()
        load = None if self.settled is None else self.settled.load_of(name)
        return {Content(place)} if load is None else self.to_load(place, load)

    def to_load(self, place: str, load: Stmt) -> Needs:
        """What is needed to read a place of an array again."""
        assert self.settled is not None
        return set() if self.settled.is_settled(load) else {Content(place, id(load))}

    def overwrites(self, stmt: Stmt, place: str, needs: Needs) -> bool:
        """Whether a statement may overwrite memory whose present content is needed."""
        known = self.settled is not None and self.settled.knows(stmt)
        return any(not known or writers is None or id(stmt) in writers for writers in self.writers(place, needs))

    def writers(self, place: str, needs: Needs) -> list[frozenset[int] | None]:
        """For each need of a class of memory the statements that may overwrite what is needed; None: all may."""
        loads = [need.load for need in needs if isinstance(need, Content) and need.place == place]
        answers: dict[int, frozenset[int] | None] = {} if self.settled is None else self.settled.answers
        return [None if load is None else answers[load] for load in loads]
