"""Sets of input numbers as Python integers: bit `k` of a set says whether input number `k` is in it.

Unions are `|` then, arrays of sets are NumPy arrays of objects, and views, stores and loops work on them as on numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

_MOST_BYTES = 1 << 25
"""How many bytes of sets are unpacked at a time."""

Indices = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def members(sets: list[int], width: int) -> Indices:
    """The pairs (place in the list, member), by place and then by member; all members are below `width`.

    >>> rows, found = members([0b101, 0, 0b10], 3)
    >>> rows.tolist(), found.tolist()
    ([0, 0, 2], [0, 2, 1])
    """
    size = max((width + 7) // 8, 1)
    at_once = max(_MOST_BYTES // size, 1)
    rows, columns = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for start in range(0, len(sets), at_once):
        packed = b"".join(each.to_bytes(size, "little") for each in sets[start : start + at_once])
        table = np.frombuffer(packed, np.uint8).reshape(-1, size)
        row, byte = np.nonzero(table)
        where, bit = np.nonzero(np.unpackbits(table[row, byte][:, None], axis=1, bitorder="little"))
        rows.append(row[where] + start)
        columns.append(byte[where] * 8 + bit)
    return np.concatenate(rows), np.concatenate(columns)


def union(sets: Iterable[int]) -> int:
    """All that is in any of the sets."""
    found = 0
    for each in set(sets):
        found |= each
    return found


def units(shape: tuple[int, ...], first: int) -> np.ndarray[Any, Any]:
    """An array of sets with one member each: `first`, `first + 1`, ...; empty sets where these are negative."""
    made = np.zeros(shape, dtype=object)
    flat = made.reshape(-1)
    for k in range(max(-first, 0), flat.size):
        flat[k] = 1 << (first + k)
    return made
