"""What the compiler makes: a derivative specialised to argument types."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sct_ad.cotangents import Slot
from sct_ad.emit.numba.texts import NativeTexts
from sct_ad.emit.pieces import Piece
from sct_ad.specialise.namespace import Guard

Record = Callable[[str, Callable[[], str]], None]
"""Is told the name of each stage of the compiler, and what gives its text."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """One derivative, specialised to argument types."""

    function: types.FunctionType
    text: str
    guards: list[Guard]
    holds: Callable[[], bool]
    """Whether everything that the text was specialised to still is as it was."""
    written: tuple[int, ...]
    """Positions of the parameters whose arrays the primal writes: they must not overlap with other arguments."""
    reverse: types.FunctionType | None = None
    """The second function of a pair, whose first is `function`."""
    slot: Slot | None = None
    """What cotangents of the result look like, for a pair."""
    batched: bool = False
    """Whether tangents, and what is made of them, have an axis of directions in front."""
    finish: Callable[[Any], Any] | None = None
    """What makes of the emitted function's result that which the caller gets."""
    moving: tuple[bool, ...] = ()
    """Which positional arguments have tangents, for a linear map."""
    kernel: Callable[[], Any] | None = None
    """Makes the function of Numba's that other compiled functions can call, in the Numba backend."""
    pieces: tuple[Piece, ...] = ()
    """All that was emitted for Python, the main function first."""
    native: NativeTexts | None = None
    """All that was emitted for Numba."""
