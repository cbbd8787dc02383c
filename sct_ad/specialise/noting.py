"""Who wants to know which functions' sources are asked for."""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager

_noting: list[list[types.FunctionType]] = []


@contextmanager
def noting_sources() -> Iterator[list[types.FunctionType]]:
    """Collects the functions whose source is asked for within."""
    found: list[types.FunctionType] = []
    _noting.append(found)
    try:
        yield found
    finally:
        _noting.remove(found)


def is_noting() -> bool:
    """Whether somebody collects the functions whose source is asked for."""
    return bool(_noting)


def note_source(function: types.FunctionType) -> None:
    """Tell those who want to know that the source of a function is asked for."""
    for noted in _noting:
        noted.append(function)
