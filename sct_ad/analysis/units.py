"""User calls that stay calls in flat core: recursive functions, and functions with a derivative of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sct_ad.rules.custom import shown_name
from sct_ad.rules.effects import Effects
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

    pure: bool | None = None
    """Whether it does nothing to the world, once that has been asked."""

    writes: tuple[int, ...] | None = None
    """The positions of the arguments that it writes in place, once that has been asked."""

    tied: frozenset[str] | None = None
    """What it returns in memory that others write and reach in other ways too, where that is known."""

    @property
    def __name__(self) -> str:
        return self.name


@dataclass(eq=False)
class Foreign:
    """A user function that is called by name; what is known of one call of it."""

    function: Any
    result: Abstract
    effects: Effects
    results: int = 0
    """How many there are in the tuple that it returns, which then is taken apart at once."""
    names: tuple[str, ...] = ()
    """What these may be called."""
    given: tuple[Abstract, ...] = ()
    """The types of the arguments, objects taken apart."""
    derivative: Any = None
    """The custom_vjp that tells its derivative."""
    copied: tuple[int, ...] = ()
    """Arguments that a part of what it returns may share memory with."""

    @property
    def __name__(self) -> str:
        return shown_name(self.function)


Callee = (Unit, Foreign)
