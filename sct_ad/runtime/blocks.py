"""Blocks of rows that are small enough for the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def row_blocks(size: int, *arrays: Any, width: int = 1) -> Iterator[slice]:
    """Slices of the first axis that cover the arrays' rows, `size` elements at a time where a row has `width`.

    >>> list(row_blocks(8, [0] * 10, [1] * 10, width=2))
    [slice(0, 4, None), slice(4, 8, None), slice(8, 12, None)]

    Raises ValueError where the arrays differ in length: in a block, one row of them might be broadcast.
    """
    length = len(arrays[0])
    for array in arrays:
        if len(array) != length:
            raise ValueError(f"operands could not be broadcast together with {length} and {len(array)} rows")
    rows = max(1, size // max(1, width))
    return (slice(start, start + rows) for start in range(0, length, rows))
