"""Transposes of `np.pad`, which pads one axis after the other: what is padded along one is part of the next.

So each function goes through the axes from the last to the first, and gives the ends of an axis back to what they were
made of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast


def pad_cotangent(cotangent: Any, x: Any, pad_width: Any) -> Any:
    """The cotangent of `x` in `np.pad(x, pad_width)` with constants: what lies between the paddings."""
    starts = [before for before, _ in _pairs(pad_width, np.ndim(x))]
    return np.asarray(cotangent)[tuple(slice(s, s + n) for s, n in zip(starts, np.shape(x), strict=True))]


def pad_constant_cotangents(cotangent: Any, x: Any, pad_width: Any, constants: Any) -> tuple[Any, Any]:
    """The cotangents of `x` and of the constants in `np.pad(x, pad_width, constant_values=constants)`."""
    rank = np.ndim(x)
    of_ends = np.zeros((rank, 2), dtype=np.asarray(cotangent).dtype)
    for axis, (before, after) in reversed(list(enumerate(_pairs(pad_width, rank)))):
        left, cotangent, right = _parts(cotangent, axis, before, after)
        of_ends[axis] = np.sum(left), np.sum(right)
    return np.copy(cotangent), unbroadcast(of_ends, constants)


def pad_ramp_cotangents(cotangent: Any, x: Any, pad_width: Any, ends: Any) -> tuple[Any, Any]:
    """The cotangents of `x` and of the end values in `np.pad(x, pad_width, "linear_ramp", end_values=ends)`."""
    rank = np.ndim(x)
    of_ends = np.zeros((rank, 2), dtype=np.asarray(cotangent).dtype)
    for axis, (before, after) in reversed(list(enumerate(_pairs(pad_width, rank)))):
        left, inner, right = _parts(np.moveaxis(cotangent, axis, 0), 0, before, after)
        inner = np.copy(inner)
        for side, part, edge in ((0, left, 0), (1, right[::-1], -1)):
            weights = np.linspace(0.0, 1.0, len(part), endpoint=False).astype(part.real.dtype)
            if len(part):
                inner[edge] += np.tensordot(weights, part, 1)
                of_ends[axis, side] = np.sum(np.tensordot(1.0 - weights, part, 1))
        cotangent = np.moveaxis(inner, 0, axis)
    return cotangent if rank else np.copy(cotangent), unbroadcast(of_ends, ends)


def pad_copy_cotangent(cotangent: Any, x: Any, pad_width: Any, mode: str, reflect_type: str = "even") -> Any:
    """The cotangent of `x` in `np.pad(x, pad_width, mode, reflect_type=reflect_type)` with copies of entries.

    Odd reflection continues `x` to `s * x[k] + c * x[0] + (1 - s - c) * x[-1]`, where k is the place that even
    reflection copies. What it makes of the places themselves and of their squares determines s and c.
    """
    widths = _pairs(pad_width, np.ndim(x))
    for axis, (before, after) in reversed(list(enumerate(widths))):
        count = np.shape(x)[axis]
        places = np.arange(count)
        origins = np.pad(places, (before, after), mode)  # type: ignore[call-overload]
        moved = np.moveaxis(cotangent, axis, 0)
        inner = np.copy(moved[before : before + count])
        for part in (slice(0, before), slice(before + count, None)):
            if reflect_type == "even" or count < 2:
                np.add.at(inner, origins[part], moved[part])
                continue
            first, second = (
                np.pad(values, (before, after), mode, reflect_type=reflect_type)[part]  # type: ignore[call-overload]
                for values in (places.astype(float), places.astype(float) ** 2)
            )
            origin, last = origins[part], count - 1.0
            bend = origin * (origin - last)
            sign = np.where(bend == 0.0, 0.0, (second - last * first) / np.where(bend == 0.0, 1.0, bend))
            right = (first - sign * origin) / last
            given = moved[part]
            weights = [w.astype(inner.real.dtype) for w in (sign, 1.0 - sign - right, right)]
            np.add.at(inner, origin, given * weights[0].reshape((-1,) + (1,) * (given.ndim - 1)))
            inner[0] += np.tensordot(weights[1], given, 1)
            inner[-1] += np.tensordot(weights[2], given, 1)
        cotangent = np.moveaxis(inner, 0, axis)
    return cotangent if widths else np.copy(cotangent)


def pad_summary_cotangent(cotangent: Any, x: Any, pad_width: Any, mode: str, stat_length: Any = None) -> Any:
    """The cotangent of `x` in `np.pad(x, pad_width, mode, stat_length=stat_length)` with means, medians or extremes."""
    x = np.asarray(x)
    widths = _pairs(pad_width, x.ndim)
    lengths = [(None, None)] * x.ndim if stat_length is None else _pairs(stat_length, x.ndim)
    stages = [x]
    for axis in range(x.ndim - 1):
        along = [w if k == axis else (0, 0) for k, w in enumerate(widths)]
        stages.append(np.pad(stages[-1], along, mode, stat_length=stat_length))  # type: ignore[call-overload]
    for axis in range(x.ndim - 1, -1, -1):
        left, inner, right = _parts(np.moveaxis(cotangent, axis, 0), 0, *widths[axis])
        inner, rows = np.copy(inner), np.moveaxis(stages[axis], axis, 0)
        whole = len(rows)
        for part, length, first in ((left, lengths[axis][0], True), (right, lengths[axis][1], False)):
            if len(part):
                size = whole if length is None else min(length, whole)
                chosen = slice(0, size) if first else slice(whole - size, whole)
                inner[chosen] += np.sum(part, axis=0) * _shares(rows[chosen], mode)
        cotangent = np.moveaxis(inner, 0, axis)
    return cotangent if widths else np.copy(cotangent)


def _shares(rows: Any, mode: str) -> Any:
    """How much each row counts in the mean, median, maximum or minimum of all; ties share."""
    if mode == "mean":
        return np.full(rows.shape, 1.0 / len(rows), dtype=rows.real.dtype)
    if mode != "median":
        return _even(rows == (np.max if mode == "maximum" else np.min)(rows, axis=0), rows.real.dtype)
    ranked = np.sort(rows, axis=0)
    middle = [rows == ranked[k] for k in ((len(rows) - 1) // 2, len(rows) // 2)]
    return 0.5 * _even(middle[0], rows.real.dtype) + 0.5 * _even(middle[1], rows.real.dtype)


def _even(ties: Any, dtype: Any) -> Any:
    return ties / np.maximum(np.sum(ties, axis=0, dtype=dtype), 1)


def _parts(cotangent: Any, axis: int, before: int, after: int) -> tuple[Any, Any, Any]:
    """What was padded at the front of an axis, what was there, and what was padded at the end."""
    stop = np.shape(cotangent)[axis] - after
    left, inner, right = np.split(np.asarray(cotangent), [before, stop], axis)
    return left, inner, right


def _pairs(given: Any, rank: int) -> list[tuple[int, int]]:
    """Widths at the front and the end of each axis."""
    if isinstance(given, dict):
        pairs: list[Any] = [given.get(k, given.get(k - rank, 0)) for k in range(rank)]
        return [(int(p[0]), int(p[1])) if isinstance(p, tuple) else (int(p), int(p)) for p in pairs]
    return [(int(before), int(after)) for before, after in np.broadcast_to(given, (rank, 2))]


def pad_summary_tangent(change: Any, x: Any, pad_width: Any, mode: str, stat_length: Any = None) -> Any:
    """The tangent of `np.pad(x, pad_width, mode, stat_length=stat_length)` with means, medians or extremes."""
    x, change = np.asarray(x), np.asarray(change)
    widths = _pairs(pad_width, x.ndim)
    lengths = [(None, None)] * x.ndim if stat_length is None else _pairs(stat_length, x.ndim)
    for axis in range(x.ndim):
        rows, moved = np.moveaxis(x, axis, 0), np.moveaxis(change, axis, 0)
        whole = len(rows)
        parts = [moved]
        for side, first in ((0, True), (1, False)):
            width, length = widths[axis][side], lengths[axis][side]
            size = whole if length is None else min(length, whole)
            chosen = slice(0, size) if first else slice(whole - size, whole)
            shares = _shares(rows[chosen], mode) if width else np.zeros_like(rows[chosen])
            row = np.sum(np.where(shares == 0.0, 0.0, shares * moved[chosen]), axis=0)
            parts.insert(0 if first else len(parts), np.broadcast_to(row, (width, *row.shape)))
        change = np.moveaxis(np.concatenate(parts), 0, axis)
        along = [w if k == axis else (0, 0) for k, w in enumerate(widths)]
        x = np.pad(x, along, mode, stat_length=stat_length)  # type: ignore[call-overload]
    return change if widths else np.copy(change)
