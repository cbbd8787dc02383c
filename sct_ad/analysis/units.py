"""Recursive user functions: the one kind of user call that stays a call in flat core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sct_ad.syntax.values import Abstract


@dataclass(eq=False)
class Unit:
    """A recursive function specialised to argument types; emitted as functions of its own."""

    name: str
    parameters: list[str]
    function: Any
    """What a call without active arguments calls; None for a nested function, which is emitted itself."""
    result: Abstract | None = None
    """None until a path that does not recurse has been seen."""
    flat: Any = None
    """The specialised body, `sct_ad.specialise.entry.Specialised`."""

    is_complete: bool = False
    """Whether all paths through it have been seen."""

    aliases: bool | None = None
    """Whether the result may share memory with an argument, once that has been asked."""

    writes: tuple[int, ...] | None = None
    """The positions of the arguments that it writes in place, once that has been asked."""

    @property
    def __name__(self) -> str:
        return self.name
