"""Transposes of functions that rearrange, repeat, pick and join entries."""

from __future__ import annotations

from typing import Any

import numpy as np


def rollaxis_cotangent(cotangent: Any, axis: int, start: int = 0) -> Any:
    """The cotangent of the array in `np.rollaxis(x, axis, start)`."""
    rank = np.ndim(cotangent)
    axis, start = axis % rank, start + rank if start < 0 else start
    return np.moveaxis(cotangent, start - 1 if start > axis else start, axis)


def tile_cotangent(cotangent: Any, x: Any, reps: Any) -> Any:
    """The cotangent of `x` in `np.tile(x, reps)`: the sum over all copies."""
    counts = [int(n) for n in np.atleast_1d(reps)]
    rank = max(len(counts), np.ndim(x))
    counts = [1] * (rank - len(counts)) + counts
    shape = (1,) * (rank - np.ndim(x)) + np.shape(x)
    split = np.reshape(cotangent, [n for pair in zip(counts, shape, strict=True) for n in pair])
    return np.reshape(np.sum(split, axis=tuple(range(0, 2 * rank, 2))), np.shape(x))


def repeat_cotangent(cotangent: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    """The cotangent of `x` in `np.repeat(x, repeats, axis)`: each entry gets the sum over its copies."""
    flat = np.reshape(x, -1) if axis is None else np.asarray(x)
    axis = 0 if axis is None else axis
    count = flat.shape[axis]
    origins = np.repeat(np.arange(count), repeats)
    result = np.zeros(flat.shape, dtype=np.result_type(flat, cotangent))
    np.add.at(np.moveaxis(result, axis, 0), origins, np.moveaxis(cotangent, axis, 0))
    return result.reshape(np.shape(x))


def take_cotangent(cotangent: Any, x: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    """The cotangent of `x` in `np.take(x, indices, axis)`; an entry that is taken twice gets both cotangents."""
    flat = np.reshape(x, -1) if axis is None else np.atleast_1d(x)
    axis = 0 if axis is None else axis % flat.ndim
    result = np.zeros(flat.shape, dtype=np.result_type(flat, cotangent))
    indices = np.asarray(indices)
    if mode == "wrap":
        indices = indices % flat.shape[axis]
    elif mode == "clip":
        indices = np.clip(indices, 0, flat.shape[axis] - 1)
    taken = np.moveaxis(np.asarray(cotangent), range(axis, axis + indices.ndim), range(indices.ndim))
    np.add.at(np.moveaxis(result, axis, 0), indices, taken)
    return result.reshape(np.shape(x))


def entry_cotangent(cotangent: Any, x: Any, *index: Any) -> Any:
    """The cotangent of `x` in `x.item(*index)`: one number counts through all entries, several go by axes."""
    result = np.zeros(np.shape(x), dtype=np.result_type(x, cotangent) if isinstance(x, np.ndarray) else float)
    place = index[0] if len(index) == 1 else index
    (result if isinstance(place, tuple) else result.reshape(-1))[place] = cotangent
    return result


def positions(x: Any) -> Any:
    """The number of each entry of `x`: what moves entries around moves these in the same way."""
    return np.arange(np.size(x)).reshape(np.shape(x))


def gathered_cotangent(cotangent: Any, x: Any, origins: Any) -> Any:
    """The cotangent of `x` in `x.ravel()[origins]`."""
    result = np.zeros(np.size(x), dtype=np.result_type(x, cotangent))
    np.add.at(result, np.ravel(origins), np.ravel(cotangent))
    return result.reshape(np.shape(x))[()]


def inserted_cotangents(cotangent: Any, x: Any, obj: Any, values: Any, axis: Any = None) -> tuple[Any, Any]:
    """The cotangents of `x` and `values` in `np.insert(x, obj, values, axis)`."""
    origins = np.insert(positions(x), obj, np.size(x) + positions(values), axis)
    both = gathered_cotangent(cotangent, np.zeros(np.size(x) + np.size(values)), origins)
    return both[: np.size(x)].reshape(np.shape(x)), both[np.size(x) :].reshape(np.shape(values))[()]


def take_along_axis_cotangent(cotangent: Any, x: Any, indices: Any, axis: Any = -1) -> Any:
    """The cotangent of `x` in `np.take_along_axis(x, indices, axis)`."""
    flat = np.reshape(x, -1) if axis is None else np.asarray(x)
    result = np.zeros(flat.shape, dtype=np.result_type(flat, cotangent))
    axis = 0 if axis is None else axis % flat.ndim
    shape = np.shape(cotangent)
    places: list[Any] = list(np.ix_(*map(np.arange, shape)))
    for k in range(len(shape)):
        if flat.shape[k] == 1 and shape[k] != 1:  # the other axes broadcast
            places[k] = np.zeros_like(places[k])
    places[axis] = indices
    np.add.at(result, tuple(np.broadcast_arrays(*places)), cotangent)
    return result.reshape(np.shape(x))


def sort_cotangent(cotangent: Any, x: Any, axis: Any = -1) -> Any:
    """The cotangent of `x` in `np.sort(x, axis)`: each entry's cotangent goes back to where the entry came from."""
    if axis is None:
        return sort_cotangent(cotangent, np.reshape(x, -1)).reshape(np.shape(x))
    places = np.argsort(np.argsort(x, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(cotangent, places, axis)


def selected_cotangent(cotangent: Any, x: Any, condition: Any, axis: Any = None) -> Any:
    """The cotangent of `x` in `np.compress(condition, x, axis)`."""
    return take_cotangent(cotangent, x, np.flatnonzero(condition), axis)


def pad_cotangent(cotangent: Any, x: Any, pad_width: Any) -> Any:
    """The cotangent of `x` in `np.pad(x, pad_width)` with constants: what lies between the paddings."""
    if isinstance(pad_width, dict):
        widths: list[Any] = [pad_width.get(k, pad_width.get(k - np.ndim(x), 0)) for k in range(np.ndim(x))]
        starts = [int(w[0] if isinstance(w, tuple) else w) for w in widths]
    else:
        starts = [int(w[0]) for w in np.broadcast_to(pad_width, (np.ndim(x), 2))]
    return np.asarray(cotangent)[tuple(slice(s, s + n) for s, n in zip(starts, np.shape(x), strict=True))]


def pieces(cotangent: Any, arrays: Any, axis: Any = 0) -> Any:
    """The cotangents of all arrays of `np.concatenate(arrays, axis)`, in the container type of `arrays`."""
    if axis is None:
        ends = np.cumsum([np.size(a) for a in arrays])[:-1]
        parts = [p.reshape(np.shape(a)) for p, a in zip(np.split(cotangent, ends), arrays, strict=True)]
    else:
        parts = np.split(cotangent, np.cumsum([np.shape(a)[axis] for a in arrays])[:-1], axis)
    return _contained(parts, arrays)


def layers(cotangent: Any, arrays: Any, axis: Any = 0) -> Any:
    """The cotangents of all arrays of `np.stack(arrays, axis)`, in the container type of `arrays`."""
    return _contained(list(np.moveaxis(cotangent, axis, 0)), arrays)


def rows(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.vstack(arrays)`."""
    return _joined_as(cotangent, arrays, np.atleast_2d, 0)


def columns(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.column_stack(arrays)`."""
    return _joined_as(cotangent, arrays, lambda a: a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)), 1)


def depths(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.dstack(arrays)`."""
    return _joined_as(cotangent, arrays, np.atleast_3d, 2)


def side_by_side(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.hstack(arrays)`."""
    return _joined_as(cotangent, arrays, np.atleast_1d, min(1, np.ndim(cotangent) - 1))


def _joined_as(cotangent: Any, arrays: Any, widened: Any, axis: int) -> Any:
    ends = np.cumsum([widened(a).shape[axis] for a in arrays])[:-1]
    parts = [np.reshape(p, np.shape(a)) for p, a in zip(np.split(cotangent, ends, axis), arrays, strict=True)]
    return _contained(parts, arrays)


def _contained(parts: list[Any], arrays: Any) -> Any:
    if isinstance(arrays, np.ndarray):
        return np.stack(parts) if parts else np.zeros_like(arrays)
    return tuple(parts) if isinstance(arrays, tuple) else parts
