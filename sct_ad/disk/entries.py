"""A compiled derivative <-> an entry: plain data that JSON holds, and the emitted text."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sct_ad.compiled import Compiled
from sct_ad.disk.fingerprints import code_facts, digest, lines_of
from sct_ad.disk.homes import OWN, Undescribed, imported, stamp_of
from sct_ad.disk.pieces import Data, Texts
from sct_ad.disk.references import References
from sct_ad.disk.surroundings import Surroundings
from sct_ad.emit.numba.options import Backend
from sct_ad.emit.numba.texts import NativeTexts
from sct_ad.emit.pieces import Piece, load_pieces, text_of
from sct_ad.specialise.guards import compile_guards, follow
from sct_ad.specialise.namespace import Guard, Item
from sct_ad.specialise.signature import dispatch_key
from sct_ad.syntax.values import UNKNOWN


def data_of(compiled: Compiled, around: Surroundings, read: list[types.FunctionType], has_source: bool = False) -> Data:
    """A compiled derivative as data, without its text; `read` are the functions whose source was read for it.

    With `has_source`, the text of the function was given. Raises Undescribed where something cannot be found again.
    """
    references = Texts(around)
    data: Data = {
        "pieces": [references.piece_data(piece) for piece in _pieces(compiled)],
        "guards": [_guard_data(guard, references) for guard in compiled.guards],
        "written": list(compiled.written),
        "batched": compiled.batched,
        "slot": references.refer(compiled.slot),
        "pair": compiled.reverse is not None,
        "read": [_read_data(function, references) for function in _unknown(read, around, has_source)],
    }
    texts = compiled.native
    if texts is not None:
        data["native"] = [list(texts.models), texts.within is not None, list(texts.passed), texts.way_out]
    return {**data, "stamps": references.stamps}


def stored_text(compiled: Compiled) -> str:
    """The text of all pieces of a derivative."""
    return text_of(_pieces(compiled))


def _pieces(compiled: Compiled) -> Sequence[Piece]:
    return compiled.pieces if compiled.native is None else [*compiled.native.pieces()]


def compiled_of(
    data: Data, text: str, around: Surroundings, function: types.FunctionType, backend: Backend | None = None
) -> Compiled:
    """The derivative of a function that data and text stand for; Undescribed where anything is not as it was."""
    references = Texts(around)
    for module, stamp in data["stamps"].items():
        references.check_stamp(module, stamp)
    for reference, expected in data["read"]:
        found = references.resolve(reference)
        if not isinstance(found, types.FunctionType) or _function_digest(found) != expected:
            raise Undescribed("a function of a library that has changed")
    guards = [_guard_of(references, *guard) for guard in data["guards"]]
    holds = compile_guards(guards)
    if not holds():
        raise Undescribed("a guard that does not hold")
    pieces = references.pieces(data["pieces"], text)
    if backend is not None:
        texts = _native_texts(pieces, *data["native"])
        from sct_ad.disk.machine_code import storing  # which import Numba
        from sct_ad.emit.numba.kernels import load_native

        made = load_native(texts, function, backend, storing(backend))
        found = Compiled(made.function, texts.text, guards, holds, tuple(data["written"]), native=texts)
        slot = references.resolve(data["slot"])
        return replace(found, batched=data["batched"], slot=slot, kernel=made.kernel)
    loaded = load_pieces(pieces, function.__globals__)
    return Compiled(
        loaded[0],
        text,
        guards,
        holds,
        tuple(data["written"]),
        loaded[1] if data["pair"] else None,
        references.resolve(data["slot"]),
        data["batched"],
        pieces=tuple(pieces),
    )


def _native_texts(
    pieces: Sequence[Piece], models: list[str], has_within: bool, passed: list[str], way_out: str
) -> NativeTexts:
    """What is emitted for Numba, of its pieces in order."""
    kernels = tuple(pieces[1 : 1 + len(models)])
    within = pieces[-1] if has_within else None
    return NativeTexts(pieces[0], kernels, tuple(models), within, tuple(passed), way_out)


# Functions

_PLAIN = (type(None), bool, int, float, complex, str)


def _unknown(read: list[types.FunctionType], around: Surroundings, has_source: bool) -> list[types.FunctionType]:
    """The functions that were read and that neither the key nor this package's version covers."""
    own = {id(f): f for f in read if stamp_of(str(f.__globals__.get("__name__"))) != OWN}
    for function in own.values():
        if not has_source and not lines_of(function):
            raise Undescribed("a function of unknown text")
    return [function for function in own.values() if id(function.__code__) not in around.places]


def _read_data(function: types.FunctionType, references: References) -> list[Any]:
    if imported(function) is None:
        raise Undescribed(f"{function.__qualname__}, which is not found from the function")
    return [references.refer(function), _function_digest(function)]


def _function_digest(function: types.FunctionType) -> str:
    """A hash of the code of a library's function, and of its defaults."""
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()]
    shown = [repr(value) if type(value) in _PLAIN else type(value).__name__ for value in defaults]
    return digest(code_facts(function.__code__), shown)


# Guards

_PARTS = (("__code__",), ("__defaults__",), ("__kwdefaults__",))
_OWN_PART = ["own"]


def _guard_data(guard: Guard, references: References) -> list[Any]:
    path = [["item", *references.refer(step.key)] if isinstance(step, Item) else [step] for step in guard.path]
    return [references.refer(guard.place), path, *_expected(guard, references)]


def _expected(guard: Guard, references: References) -> list[Any]:
    """What a place has to hold, as data: the object, or the type; what a function consists of is known otherwise."""
    if isinstance(guard.place, types.FunctionType) and guard.path in _PARTS:
        return [False, _OWN_PART]
    if guard.expected_type is None:
        return [False, references.refer(guard.expected)]
    return [True, references.refer(dispatch_key(follow(guard)))]


def _guard_of(references: References, place: Any, path: Any, is_type: bool, expected: Any) -> Guard:
    steps = tuple(Item(references.resolve(step[1:])) if len(step) > 1 else step[0] for step in path)
    guard = Guard(references.resolve(place), steps)
    try:
        found = dispatch_key(follow(guard)) if is_type else follow(guard)
    except (KeyError, NameError, ValueError, AttributeError, IndexError, TypeError):
        raise Undescribed("a place that is gone") from None
    own = isinstance(guard.place, types.FunctionType) and steps in _PARTS
    if (_OWN_PART if own else references.refer(found)) != expected:
        raise Undescribed("a place that holds something else")
    return Guard(guard.place, steps, None, UNKNOWN) if is_type else Guard(guard.place, steps, found)
