"""Texts for Numba -> functions: compiled kernels, and the Python function around them that callers call."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sct_ad.emit.load import load
from sct_ad.emit.numba import implementations  # noqa: F401  they are registered
from sct_ad.emit.numba.native import adapted, compiled, rebound
from sct_ad.emit.numba.options import Backend
from sct_ad.emit.numba.texts import NativeTexts
from sct_ad.emit.pieces import Piece
from sct_ad.errors import UnsupportedError


@dataclass
class Native:
    """A derivative for Numba."""

    function: types.FunctionType
    kernel: Callable[[], Any]
    """Makes the function of Numba's that takes the derivative's own arguments."""


def load_native(texts: NativeTexts, function: types.FunctionType, backend: Backend, store: Any = None) -> Native:
    """The functions that the texts of a derivative of `function` define.

    `store(dispatcher)` is where Numba looks for the machine code of the first kernel, and puts it.
    """
    keywords = {"nogil": True, **backend.keywords}
    cells = {piece.name: types.CellType() for piece in texts.kernels}
    first = texts.kernels[0].name
    if backend.instead is not None:
        cells[first] = backend.instead.kernel
    for piece, model in zip(texts.kernels, texts.models, strict=True):
        inner = {name: cells[name] for name in piece.helpers}
        known = {name: adapted(value) for name, value in piece.objects.items()}
        plain = load(piece.text, piece.name, known, function.__globals__, inner, None, None, piece.lines, by_text=True)
        place = store if piece.name == first else None
        made = compiled(rebound(plain, inner), {"error_model": model, **keywords}, place, texts.outside.name)
        cells[piece.name].cell_contents = made
    kernel = cells[first].cell_contents

    def loaded(piece: Piece, objects: dict[str, Any]) -> types.FunctionType:
        shared = {**piece.cells, **{name: cells[name] for name in piece.helpers}}
        defaults = piece.defaults or None
        return load(piece.text, piece.name, objects, function.__globals__, shared, defaults, None, piece.lines)

    @functools.cache
    def for_numba() -> Any:
        if texts.within is None:
            raise UnsupportedError(
                f"the derivative reads {', '.join(texts.passed)} from outside of {function.__name__}, "
                "which Numba takes for constants",
                hint="pass it as an argument",
            )
        plain = loaded(texts.within, texts.within.objects)
        return compiled(rebound(_with_cells(plain, {first: types.CellType(kernel)})), keywords)

    way_out = {texts.way_out: backend.instead} if texts.way_out else {}
    return Native(loaded(texts.outside, {**texts.outside.objects, **way_out}), for_numba)


def _with_cells(function: types.FunctionType, cells: dict[str, types.CellType]) -> types.FunctionType:
    """The function with some cells replaced."""
    names = function.__code__.co_freevars
    closure = tuple(cells.get(name, cell) for name, cell in zip(names, function.__closure__ or ()))
    return types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, closure
    )
