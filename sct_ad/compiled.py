"""What the compiler makes: a derivative specialised to argument types, and the texts that it consists of."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sct_ad.cotangents import Slot
from sct_ad.emit.load import load
from sct_ad.errors import Span
from sct_ad.specialise.namespace import Guard

Record = Callable[[str, Callable[[], str]], None]
"""Is told the name of each stage of the compiler, and what gives its text."""


@dataclass(frozen=True)
class Piece:
    """One emitted function: its text, and what the free names in it denote."""

    name: str
    text: str
    objects: dict[str, Any]
    cells: dict[str, types.CellType]
    """The user's own closure cells."""
    helpers: tuple[str, ...] = ()
    """The names of other functions emitted with it."""
    defaults: tuple[float, ...] = ()
    """Of the last parameters."""
    lines: dict[int, Span] = field(default_factory=dict)
    """Line of the text -> the user's place."""


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
    """All that was emitted, the main function first."""


def load_pieces(pieces: Sequence[Piece], function_globals: dict[str, Any]) -> list[types.FunctionType]:
    """The functions that the texts define; the helpers, all but the first, are bound to each other through cells."""
    helpers = {piece.name: types.CellType() for piece in pieces[1:]}
    loaded = []
    for piece in pieces:
        cells = {**piece.cells, **{name: helpers[name] for name in piece.helpers}}
        defaults = piece.defaults or None
        made = load(piece.text, piece.name, piece.objects, function_globals, cells, defaults, None, piece.lines)
        loaded.append(made)
        if piece.name in helpers:
            helpers[piece.name].cell_contents = made
    loaded[0].__dict__["pieces"] = tuple(pieces)
    return loaded


def pieces_of(function: types.FunctionType) -> tuple[Piece, ...] | None:
    """What was loaded with a function; None for one that is no emitted main function."""
    return function.__dict__.get("pieces")


def text_of(pieces: Sequence[Piece]) -> str:
    """The emitted functions as users see them."""
    return "\n\n".join(piece.text for piece in pieces)
