"""Compiled derivatives on disk: what one process has compiled, the next one finds.

An entry's name is a hash of all that the compiler may have looked at: this package, Python and NumPy, the options, the
argument types, and what is reached from the function (`surroundings`). Before its text is loaded, what it names is
found again, and its guards are tested. What cannot be described is compiled each time.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sct_ad.compiled import Compiled
from sct_ad.disk.entries import compiled_of, data_of
from sct_ad.disk.fingerprints import environment_facts
from sct_ad.disk.homes import Undescribed
from sct_ad.disk.store import Store, opened
from sct_ad.disk.surroundings import Surroundings
from sct_ad.rules import registry
from sct_ad.specialise.calls import noting_sources
from sct_ad.specialise.heap import NeedsValues
from sct_ad.syntax.values import Abstract

Asked = tuple[Any, ...]


def kept(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    asked: Asked,
    compile_: Callable[[], Compiled],
) -> Compiled:
    """What `compile_()` gives, from the user's store if it is there, and put there if not.

    `asked` is all else that decides what is compiled: the request and the options.
    """
    store = opened()
    if store is None or registry.is_extended():
        return compile_()
    described = _described(function, argument_types, asked)
    if described is None:
        return compile_()
    around, key = described
    found = _read(store, key, around, function)
    if found is not None:
        return found
    with noting_sources() as read:
        try:
            compiled = compile_()
        except NeedsValues:
            store.write(key, {"needs values": True}, "")
            raise
    _write(store, key, compiled, around, read)
    return compiled


def _described(
    function: types.FunctionType, argument_types: dict[str, Abstract], asked: Asked
) -> tuple[Surroundings, str] | None:
    """What is around a function, and the name of its entry."""
    with suppress(Undescribed):
        around = Surroundings((function, tuple(argument_types.items()), asked, environment_facts()))
        return around, around.digest()
    return None


def _read(store: Store, key: str, around: Surroundings, function: types.FunctionType) -> Compiled | None:
    entry = store.read(key)
    if entry is None:
        return None
    data, text = entry
    if data.get("needs values"):
        raise NeedsValues
    with suppress(Undescribed):
        return compiled_of(data, text, around, function)
    return None


def _write(
    store: Store, key: str, compiled: Compiled, around: Surroundings, read: list[types.FunctionType]
) -> None:
    with suppress(Undescribed):
        store.write(key, data_of(compiled, around, read), compiled.text)
