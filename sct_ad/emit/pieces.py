"""The pieces that emitted text consists of, and the functions that they define."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sct_ad.emit.load import load
from sct_ad.errors import Span


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
