"""Compiled derivatives on disk: what one process has compiled, the next one finds.

An entry's name is a hash of all that the compiler may have looked at: this package, Python and NumPy, the options, the
argument types, and what is reached from the function (`surroundings`). Before its text is loaded, what it names is
found again, and its guards are tested. What cannot be described is compiled each time.

Of a derivative for Numba, text and machine code are kept apart: the code is looked for when a kernel is called
(`machine_code`), under a hash of all that it was compiled from.
"""

from __future__ import annotations

import functools
import types
from contextlib import suppress

from sct_ad.compiled import Compiled
from sct_ad.disk.entries import compiled_of, data_of, stored_text
from sct_ad.disk.fingerprints import environment, environment_of_numba
from sct_ad.disk.pieces import Data
from sct_ad.disk.store import opened
from sct_ad.disk.surroundings import Surroundings
from sct_ad.rules import registry
from sct_ad.specialise.noting import is_noting, noting_sources
from sct_ad.specialise.signature import NeedsValues
from sct_ad.syntax.asking import NeedsSizes, may_ask_for_sizes

_NEEDS = {cls.__name__: cls for cls in (NeedsValues, NeedsSizes)}
"""What is kept where nothing could be compiled, since more has to be known than types."""


def kept(make: functools.partial[Compiled], has_source: bool) -> Compiled:
    """What `make()` gives, from the user's store if it is there, and put there if not.

    All that decides what is compiled is an argument in `make`, the function the first; with `has_source`, the text of
    the function is among them.
    """
    store = opened()
    if store is None or registry.is_extended() or is_noting():  # a part of what is going to be kept
        return make()
    described = _described(make)
    if described is None:
        return make()
    around, key = described
    entry = store.read(key)
    if entry is not None and entry[0].get("needs"):
        raise _NEEDS[entry[0]["needs"]]
    found = entry and _found(*entry, around, make)
    if found is not None:
        return found
    with noting_sources() as read:
        try:
            compiled = make()
        except tuple(_NEEDS.values()) as needs:
            store.write(key, {"needs": type(needs).__name__}, "")
            raise
    data = _data(compiled, around, read, has_source)
    if data is not None:
        store.write(key, data, stored_text(compiled))
    return compiled


# Looking at a user's objects may raise anything; what cannot be looked at is not kept.


def _described(make: functools.partial[Compiled]) -> tuple[Surroundings, str] | None:
    """What is around a function, and the name of its entry."""
    with suppress(Exception):
        numba = environment_of_numba() if make.keywords.get("backend") is not None else ""
        around = Surroundings((make, environment(), numba, may_ask_for_sizes()))
        return around, around.digest()
    return None


def _found(data: Data, text: str, around: Surroundings, make: functools.partial[Compiled]) -> Compiled | None:
    with suppress(Exception):
        return compiled_of(data, text, around, make.args[0], make.keywords.get("backend"))
    return None


def _data(compiled: Compiled, around: Surroundings, read: list[types.FunctionType], has_source: bool) -> Data | None:
    with suppress(Exception):
        return data_of(compiled, around, read, has_source)
    return None
