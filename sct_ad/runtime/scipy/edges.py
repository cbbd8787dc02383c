"""What lies beyond the edges of an array: the entries that stand there, and the transpose of putting them there."""

from __future__ import annotations

from typing import Any

import numpy as np

SAME = {"grid-wrap": "wrap", "grid-mirror": "reflect", "grid-constant": "constant"}
"""Modes of `scipy.ndimage` that filters do not tell from others."""


def source(places: Any, size: int, mode: str) -> Any:
    """The index in 0 ... size - 1 of what stands at these places, -1 where a constant does."""
    mode = SAME.get(mode, mode)
    if mode == "wrap":
        return places % size
    if mode == "nearest":
        return np.clip(places, 0, size - 1)
    if mode == "reflect":  # d c b a | a b c d | d c b a
        folded_ = places % (2 * size)
        return np.minimum(folded_, 2 * size - 1 - folded_)
    if mode == "mirror":  # d c b | a b c d | c b a
        period = max(2 * size - 2, 1)
        folded_ = places % period
        return np.minimum(folded_, period - folded_) if size > 1 else 0 * places
    if mode == "constant":
        return np.where((places >= 0) & (places < size), places, -1)
    raise ValueError(f"the mode {mode!r} is not known")


def spread_axis(x: Any, axis: int, before: int, after: int, mode: str, cval: Any = 0.0) -> Any:
    """An array with what lies beyond the edges of one axis."""
    size = x.shape[axis]
    index = source(np.arange(-before, size + after), size, mode)
    wide = np.take(x, np.maximum(index, 0), axis)
    if (index < 0).any():
        where = [slice(None)] * x.ndim
        where[axis] = index < 0
        wide[tuple(where)] = cval
    return wide


def folded(wide: Any, axis: int, before: int, size: int, mode: str) -> Any:
    """The transpose of `spread_axis`: what stands beyond the edges is added to where it came from."""
    wide = np.moveaxis(wide, axis, 0)
    result = wide[before : before + size].copy()
    outside = np.concatenate([np.arange(before), np.arange(before + size, len(wide))])
    index = source(outside - before, size, mode)
    for place, where in zip(index, outside):  # few, and readable to the differentiator for any number of axes
        if place >= 0:
            result[place] += wide[where]
    return np.moveaxis(result, 0, axis)
