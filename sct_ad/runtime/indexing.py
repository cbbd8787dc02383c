"""Index arrays that emitted text computes."""

from __future__ import annotations

from typing import Any

import numpy as np


def flat_index(where: Any, shape: tuple[int, ...], mode: str = "raise") -> tuple[Any, ...]:
    """The index that picks from an array of this shape what `where` picks from it flattened in C order.

    `where` is an integer, a slice, an Ellipsis, or an array or list of integers or booleans; `mode` is that of np.put.
    """
    size = 1
    for length in shape:
        size *= length
    if where is Ellipsis:
        where = slice(None)
    if isinstance(where, slice):
        where = np.arange(*where.indices(size))
    given = np.asarray(where)
    if given.dtype == bool:
        if given.shape != (size,):
            raise IndexError(f"boolean index of shape {given.shape} for an array that has {size} entries")
        given = np.flatnonzero(given)
    if given.size == 0:
        given = given.astype(np.intp)
    if mode == "wrap":
        given = given % size
    elif mode == "clip":
        given = np.clip(given, 0, size - 1)
    elif np.any((given < -size) | (given >= size)):
        raise IndexError(f"index is out of bounds for an array that has {size} entries")
    else:
        given = np.where(given < 0, given + size, given)
    places = np.unravel_index(given, shape)
    return tuple(int(place) for place in places) if given.ndim == 0 else tuple(places)


def rounds(index: Any, shape: tuple[int, ...]) -> list[Any]:
    """The positions of an index array in groups, none of which names an element twice, in the order of their turns.

    `index` is an array of integers, or a tuple of such arrays that broadcast together, for an array of this shape.
    """
    given = index if isinstance(index, tuple) else (index,)
    parts = np.broadcast_arrays(*(np.asarray(part) % length for part, length in zip(given, shape)))
    names = np.zeros(parts[0].size, dtype=np.intp)
    for part, length in zip(parts, shape):
        names = names * length + part.ravel()
    order = np.argsort(names, kind="stable")
    starts = np.flatnonzero(np.diff(names[order], prepend=-1))
    turns = np.empty(len(names), dtype=np.intp)
    turns[order] = np.arange(len(names)) - np.repeat(starts, np.diff(starts, append=len(names)))
    return [np.flatnonzero(turns == k) for k in range(turns.max(initial=-1) + 1)]
