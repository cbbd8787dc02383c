"""Transposes of functions that rearrange, repeat, pick and join entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.reductions import reduced_axes


def reordered_cotangent(cotangent: Any, x: Any, order: str) -> Any:
    """The cotangent of `x` in `np.reshape(x, shape, order)` or `np.ravel(x, order)`; "A" and "K" ask for its layout."""
    x = np.asarray(x)
    if order in ("A", "K"):
        if order == "A" or x.flags.fnc or x.flags.c_contiguous:
            order = "F" if x.flags.fnc else "C"
        else:  # in the order of memory: where entries go when they are read in it, there they come from
            places = np.empty_like(x, dtype=np.intp)
            places[...] = np.arange(x.size).reshape(x.shape)
            return gathered_cotangent(cotangent, x, places.ravel("K"))
    return np.reshape(cotangent, x.shape, order=order)  # type: ignore[call-overload]


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
    axis = 0 if axis is None else axis % flat.ndim
    given, count = np.asarray(cotangent), flat.shape[axis]
    if np.size(repeats) == 1:
        split = given.reshape((*flat.shape[:axis], count, int(np.ravel(repeats)[0]), *flat.shape[axis + 1 :]))
        return np.sum(split, axis=axis + 1).reshape(np.shape(x))
    result = np.zeros(flat.shape, dtype=np.result_type(flat, given))
    some = np.flatnonzero(repeats)
    if some.size:
        starts = (np.cumsum(repeats) - repeats)[some]
        result[(slice(None),) * axis + (some,)] = np.add.reduceat(given, starts, axis)
    return result.reshape(np.shape(x))


def take_cotangent(cotangent: Any, x: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    """The cotangent of `x` in `np.take(x, indices, axis)`; an entry that is taken twice gets both cotangents."""
    flat = np.reshape(x, -1) if axis is None else np.atleast_1d(x)
    axis = 0 if axis is None else axis % flat.ndim
    result = np.zeros(flat.shape, dtype=np.result_type(flat, cotangent))
    indices = np.asarray(indices)
    if not result.size:
        return result.reshape(np.shape(x))
    if mode == "wrap":
        indices = indices % flat.shape[axis]
    elif mode == "clip":
        indices = np.clip(indices, 0, flat.shape[axis] - 1)
    else:
        indices = np.where(indices < 0, indices + flat.shape[axis], indices)
    if flat.ndim == 1:
        _add_at(result, indices, cotangent)
        return result.reshape(np.shape(x))
    order = np.argsort(indices, axis=None, kind="stable")
    taken = indices.ravel()[order]
    if order.size:
        starts = np.flatnonzero(np.append(True, taken[1:] != taken[:-1]))
        given = np.reshape(cotangent, (*flat.shape[:axis], order.size, *flat.shape[axis + 1 :]))
        result[(slice(None),) * axis + (taken[starts],)] = np.add.reduceat(given.take(order, axis), starts, axis)
    return result.reshape(np.shape(x))


def _add_at(result: Any, places: Any, values: Any) -> None:
    """Add values to the entries of a contiguous array that are counted through, at which `np.add.at` is fast."""
    np.add.at(result.reshape(-1), np.ravel(places), np.ravel(values).astype(result.dtype, copy=False))


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
    if result.size:
        _add_at(result, origins, cotangent)
    return result.reshape(np.shape(x))[()]


def inserted_cotangents(cotangent: Any, x: Any, obj: Any, values: Any, axis: Any = None) -> tuple[Any, Any]:
    """The cotangents of `x` and `values` in `np.insert(x, obj, values, axis)`."""
    origins = np.insert(positions(x), obj, np.size(x) + positions(values), axis)
    both = np.zeros(np.size(x) + np.size(values), dtype=np.result_type(x, values))
    both = gathered_cotangent(cotangent, both, origins)
    return both[: np.size(x)].reshape(np.shape(x))[()], both[np.size(x) :].reshape(np.shape(values))[()]


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
    places[axis] = np.where(np.asarray(indices) < 0, np.asarray(indices) + flat.shape[axis], indices)
    if result.size:
        _add_at(result, np.ravel_multi_index(np.broadcast_arrays(*places), flat.shape), cotangent)
    return result.reshape(np.shape(x))


def sort_cotangent(cotangent: Any, x: Any, axis: Any = -1) -> Any:
    """The cotangent of `x` in `np.sort(x, axis)`: each entry's cotangent goes back to where the entry came from."""
    if axis is None:
        return sort_cotangent(cotangent, np.reshape(x, -1)).reshape(np.shape(x))
    places = np.argsort(np.argsort(x, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(cotangent, places, axis)


def moved_cotangent(cotangent: Any, z: Any, x: Any, axis: Any = -1, kth: Any = None) -> Any:
    """The cotangent of `x` where `z` has the same entries along `axis` in another order.

    That of `np.partition(x, kth)` most often is that of `np.argpartition(x, kth)`, and else is had by sorting both.
    """
    if axis is None:
        return moved_cotangent(cotangent, z, np.reshape(x, -1), -1, kth).reshape(np.shape(x))
    result = np.empty(np.shape(x), dtype=np.result_type(x, cotangent))
    if kth is not None:
        order = np.argpartition(x, kth, axis)
        if np.array_equal(np.take_along_axis(np.asarray(x), order, axis), z):
            np.put_along_axis(result, order, np.asarray(cotangent), axis)
            return result
    here, there = (np.argsort(v, axis=axis, kind="stable") for v in (z, x))
    np.put_along_axis(result, there, np.take_along_axis(np.asarray(cotangent), here, axis), axis)
    return result


def choose_cotangents(cotangent: Any, chooser: Any, choices: Any, mode: str = "raise") -> Any:
    """The cotangents of all choices in `np.choose(chooser, choices, mode=mode)`, in the container type of `choices`."""
    chooser = np.asarray(chooser)
    if mode == "wrap":
        chooser = chooser % len(choices)
    elif mode == "clip":
        chooser = np.clip(chooser, 0, len(choices) - 1)
    return _contained(
        [unbroadcast(np.where(chooser == k, cotangent, 0.0), choice) for k, choice in enumerate(choices)], choices
    )


def window_cotangent(cotangent: Any, x: Any, window_shape: Any, axis: Any = None) -> Any:
    """The cotangent of `x` in `np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)`."""
    x, given = np.asarray(x), np.asarray(cotangent)
    sizes = [int(n) for n in np.atleast_1d(window_shape)]
    axes = reduced_axes(x, axis)
    result = np.zeros(x.shape, dtype=np.result_type(x, given))
    for offsets in np.ndindex(*sizes):
        starts = [0] * x.ndim
        for k, offset in zip(axes, offsets, strict=True):
            starts[k] += offset
        place = tuple(slice(s, s + n) for s, n in zip(starts, given.shape, strict=False))
        result[place] += given[(..., *offsets)]
    return result


def blocks(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.block(arrays)`, in nested lists like these."""
    depth, inner = 0, arrays
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    return _block_parts(np.asarray(cotangent), arrays, depth)


def _block_parts(given: Any, arrays: Any, depth: int) -> Any:
    """Lists of depth 1 are joined along the last axis, those of depth 2 along the one before, ..."""
    if depth == 0:
        return np.reshape(given, np.shape(arrays))[()]
    sizes = [_block_size(item, depth - 1, depth) for item in arrays]
    parts = np.split(given, np.cumsum(sizes)[:-1], -depth)
    return [_block_parts(part, item, depth - 1) for part, item in zip(parts, arrays, strict=True)]


def _block_size(arrays: Any, depth: int, axis: int) -> int:
    """The size along the axis that is counted from the end; inner lists are joined along other axes."""
    while depth:
        arrays, depth = arrays[0], depth - 1
    shape = np.shape(arrays)
    return shape[-axis] if axis <= len(shape) else 1


def selected_cotangent(cotangent: Any, x: Any, condition: Any, axis: Any = None) -> Any:
    """The cotangent of `x` in `np.compress(condition, x, axis)`."""
    flat = np.reshape(x, -1) if axis is None else np.asarray(x)
    result = np.zeros(flat.shape, dtype=np.result_type(flat, cotangent))
    axis = 0 if axis is None else axis % flat.ndim
    result[(slice(None),) * axis + (np.flatnonzero(condition),)] = cotangent
    return result.reshape(np.shape(x))


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
    if isinstance(arrays, np.ndarray):
        return np.reshape(cotangent, arrays.shape).copy()
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


def sort_tangent(change: Any, x: Any, axis: Any = -1) -> Any:
    """The tangent of `np.sort(x, axis)`."""
    if axis is None:
        return np.reshape(change, -1)[np.argsort(np.reshape(x, -1), kind="stable")]
    return np.take_along_axis(np.asarray(change), np.argsort(x, axis=axis, kind="stable"), axis)


def moved_tangent(change: Any, z: Any, x: Any, axis: Any = -1, kth: Any = None) -> Any:
    """The tangent of `z`, which has the entries of `x` along `axis` in another order; see `moved_cotangent`."""
    if axis is None:
        return moved_tangent(np.reshape(change, -1), z, np.reshape(x, -1), -1, kth)
    if kth is not None:
        order = np.argpartition(x, kth, axis)
        if np.array_equal(np.take_along_axis(np.asarray(x), order, axis), z):
            return np.take_along_axis(np.asarray(change), order, axis)
    here, there = (np.argsort(v, axis=axis, kind="stable") for v in (z, x))
    result = np.empty(np.shape(z), dtype=np.result_type(x, change))
    np.put_along_axis(result, here, np.take_along_axis(np.asarray(change), there, axis), axis)
    return result
