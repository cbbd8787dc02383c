"""Unit tangents and cotangents, many at once: arrays with an axis of directions in front, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from sct_ad.errors import ArgumentError

_NUMBERS_AT_ONCE = 2**15
"""How many numbers an array with the axis of directions has at most, by default: what fits into a fast cache."""
_FEWEST = 8
"""How many directions go together even then, by default: what they share is computed once for them."""


class Part(NamedTuple):
    """The directions of one chunk that belong to one leaf."""

    leaf: int
    entries: slice
    """The entries of the leaf."""
    rows: slice
    """The directions of the chunk."""


def chunk_length(directions: int, largest: int, chunk_size: int | None) -> int:
    """How many of so many directions go together, where the largest array has so many entries."""
    if chunk_size is None:
        chunk_size = max(_FEWEST, _NUMBERS_AT_ONCE // max(1, largest))
    return max(1, min(directions, chunk_size))


def checked_chunk_size(chunk_size: Any) -> int | None:
    """The number of directions in a chunk that a caller gave."""
    if chunk_size is None or (isinstance(chunk_size, int) and not isinstance(chunk_size, bool) and chunk_size > 0):
        return chunk_size
    raise ArgumentError(f"chunk_size must be a positive integer or None, not {chunk_size!r}")


def unit_chunks(leaves: Sequence[Any], length: int) -> Iterator[tuple[list[Part], list[Any]]]:
    """For each chunk its parts, and unit directions in the places of the leaves.

    Leaves without real or complex numbers stay as they are. The arrays are changed in place from chunk to chunk.

    >>> for parts, (directions,) in unit_chunks([np.zeros(3)], 2):
    ...     print(directions.tolist())
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    [[0.0, 0.0, 1.0]]
    """
    arrays = [np.asarray(leaf) for leaf in leaves]
    moving = [array.dtype.kind in "fc" for array in arrays]
    starts = np.cumsum([0, *(array.size if moves else 0 for array, moves in zip(arrays, moving))]).tolist()
    units = [
        np.zeros((length, *array.shape), array.dtype) if moves else leaf
        for leaf, array, moves in zip(leaves, arrays, moving)
    ]
    for first in range(0, starts[-1], length):
        count = min(length, starts[-1] - first)
        parts = list(_parts(starts, first, count))
        for part in parts:
            _diagonal(units[part.leaf], part)[...] = 1.0
        yield parts, [unit[:count] if moves else unit for unit, moves in zip(units, moving)]
        for part in parts:
            _diagonal(units[part.leaf], part)[...] = 0.0


def _parts(starts: list[int], first: int, count: int) -> Iterator[Part]:
    for leaf, (start, stop) in enumerate(pairwise(starts)):
        low, high = max(start, first), min(stop, first + count)
        if low < high:
            yield Part(leaf, slice(low - start, high - start), slice(low - first, high - first))


def _diagonal(unit: np.ndarray[Any, Any], part: Part) -> np.ndarray[Any, Any]:
    """Where the directions of a part have their ones, as a view."""
    return np.einsum("ii->i", unit.reshape(len(unit), -1)[part.rows, part.entries])
