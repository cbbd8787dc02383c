"""Emitted functions <-> data: their texts, what free names in these denote, and the user's lines behind them."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

from sct_ad.disk.fingerprints import nested_codes
from sct_ad.disk.homes import Undescribed
from sct_ad.disk.references import Reference, References
from sct_ad.disk.surroundings import Surroundings
from sct_ad.emit.pieces import Piece, load_pieces, pieces_of, text_of
from sct_ad.errors import Span

Data = dict[str, Any]


class Texts(References):
    """References that also know emitted functions, which emitted text may call."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._places = _Places(around)

    def refer(self, value: Any) -> Reference:
        """A value as data; Undescribed where there is no way."""
        pieces = pieces_of(value) if type(value) is types.FunctionType else None
        if pieces is None or self.around.number(value) is not None:
            return super().refer(value)
        space = super().refer(value.__globals__) if "__name__" in value.__globals__ else None
        return ["emitted", space, text_of(pieces), list(map(self.piece_data, pieces))]

    def resolve(self, reference: Reference) -> Any:
        """The value that data stand for; Undescribed where it is not there."""
        if reference[0] != "emitted":
            return super().resolve(reference)
        _, space, text, data = reference
        return load_pieces(self.pieces(data, text), {} if space is None else super().resolve(space))[0]

    def piece_data(self, piece: Piece) -> Data:
        """An emitted function as data, without its text."""
        spans: dict[Span, int] = {}
        lines = [[line, spans.setdefault(span, len(spans))] for line, span in piece.lines.items()]
        return {
            "name": piece.name,
            "length": piece.text.count("\n"),
            "objects": {name: self.refer(value) for name, value in piece.objects.items()},
            "cells": {name: self.refer(cell) for name, cell in piece.cells.items()},
            "helpers": list(piece.helpers),
            "defaults": list(map(self.refer, piece.defaults)),
            "spans": list(map(self._places.data, spans)),
            "lines": lines,
        }

    def pieces(self, found: Sequence[Data], text: str) -> tuple[Piece, ...]:
        """The emitted functions that data and their common text stand for."""
        lines, start, pieces = text.split("\n"), 0, []
        for data in found:
            own = "\n".join(lines[start : start + data["length"]]) + "\n"
            pieces.append(self._piece(data, own))
            start += data["length"] + 2  # blank lines
        if text_of(pieces) != text:
            raise Undescribed("text of another length")
        return tuple(pieces)

    def _piece(self, data: Data, text: str) -> Piece:
        spans = [self._places.span(*span) for span in data["spans"]]
        return Piece(
            data["name"],
            text,
            {name: self.resolve(value) for name, value in data["objects"].items()},
            {name: self.resolve(cell) for name, cell in data["cells"].items()},
            tuple(data["helpers"]),
            tuple(map(self.resolve, data["defaults"])),
            {line: spans[index] for line, index in data["lines"]},
        )


class _Places:
    """Places in the user's files as places in functions, so that files may have other names and lines move."""

    def __init__(self, around: Surroundings) -> None:
        self.functions: dict[str, list[tuple[int, int, int]]] = {}
        """File -> first line, last line and number of each function in it."""
        self.around = around
        for number, thing in enumerate(around.things):
            if isinstance(thing, types.FunctionType):
                code = thing.__code__
                lines = [line for each in nested_codes(code) for _, _, line in each.co_lines() if line]
                place = (code.co_firstlineno, max(lines, default=code.co_firstlineno), number)
                self.functions.setdefault(code.co_filename, []).append(place)

    def data(self, span: Span) -> list[Any]:
        """A place as data."""
        rest = [span.column, span.end_line - span.line, span.end_column, span.text, span.adjoint]
        for first, last, number in self.functions.get(span.file, ()):
            if first <= span.line <= last:
                return [number, span.line - first, *rest]
        return [span.file, span.line, *rest]

    def span(self, owner: Any, line: int, column: int, height: int, end: int, text: str, adjoint: bool) -> Span:
        """The place that data stand for."""
        if isinstance(owner, int):
            code = self.around.things[owner].__code__
            owner, line = code.co_filename, line + code.co_firstlineno
        return Span(owner, line, column, line + height, end, text, adjoint)
