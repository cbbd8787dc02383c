"""Derivatives of reductions that need more than one line of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np


def axis_count(x: Any, axis: Any) -> int:
    """The number of entries of `x` along one or several axes."""
    shape = np.shape(x)
    count = 1
    for k in reduced_axes(x, axis):
        count *= shape[k]
    return count


def deviations(x: Any, axis: Any = None) -> Any:
    """`x` minus its mean along `axis`; exactly zero where all entries are equal, whatever the mean is rounded to."""
    if np.size(x) == 0:
        return x
    return _centred(_centred(x, axis, first_entries), axis, _mean)


def first_entries(x: Any, axis: Any) -> Any:
    """The first entry along `axis`, which is kept with size 1."""
    axes = reduced_axes(x, axis)
    return x[tuple(slice(1) if k in axes else slice(None) for k in range(np.ndim(x)))]


def _mean(x: Any, axis: Any) -> Any:
    return np.mean(x, axis=axis, keepdims=True)


def _centred(x: Any, axis: Any, centre: Any) -> Any:
    return x - centre(x, axis)


def products_of_others(x: Any, axis: Any = None) -> Any:
    """For each entry the product of all other entries along `axis`; exact where entries are zero."""
    x = np.asarray(x)
    if x.ndim == 0:
        return np.ones_like(x)
    axes = reduced_axes(x, axis)
    count = axis_count(x, axes)
    if _divides_products(x, count):
        return np.prod(x, axis=axes, keepdims=True) / x
    kept = [k for k in range(x.ndim) if k not in axes]
    order = [*kept, *axes]
    moved = x.transpose(order)
    rows = moved.reshape([x.shape[k] for k in kept] + [count])
    before, after = np.ones_like(rows), np.ones_like(rows)
    np.multiply.accumulate(rows[..., :-1], axis=-1, out=before[..., 1:])
    np.multiply.accumulate(rows[..., :0:-1], axis=-1, out=after[..., -2::-1])
    return (before * after).reshape(moved.shape).transpose(np.argsort(order))


def _divides_products(x: Any, count: int) -> bool:
    """Whether no product of up to `count` of the entries can be 0 or lose digits, so that one may divide it by them."""
    if not x.size or x.dtype.kind not in "fc" or count > 1000:  # so many seldom pass, and it takes time to find out
        return False
    sizes = np.abs(x)
    low, high = float(np.min(sizes)), float(np.max(sizes))
    if not 0.0 < low <= high < np.inf:
        return False
    return count * max(-np.log(low), np.log(high)) < 0.9 * float(np.log(np.finfo(x.dtype).max))


def cumulative_product_cotangent(cotangent: Any, x: Any, axis: Any = None) -> Any:
    """The cotangent of `x` in `np.cumprod(x, axis)`; exact where entries are zero.

    With p the product before entry k, d[x][k] = p * s, where s = d[z][k] + x[k + 1] * (s of entry k + 1).
    """
    x = np.asarray(x)
    axis = axis[0] if isinstance(axis, tuple) else axis
    flat, along = (x.reshape(-1), 0) if axis is None else (x, axis)
    products = np.cumprod(flat, along)
    sizes = np.abs(products)
    largest = float(np.finfo(x.dtype).max) ** 0.25 if x.dtype.kind in "fc" else 1.0
    if x.size and 1.0 / largest < np.min(sizes) and np.max(sizes) < largest:  # none has lost digits
        sums = np.cumsum(np.flip(cotangent * products, along), along)
        return (np.flip(sums, along) / flat).reshape(x.shape)
    rows = np.moveaxis(x.reshape(-1) if axis is None else x, -1 if axis is None else axis, 0)
    given = np.moveaxis(np.asarray(cotangent), -1 if axis is None else axis, 0)
    result = np.empty_like(rows)
    sums = np.zeros_like(rows[:1].sum(axis=0))
    for k in range(len(rows) - 1, -1, -1):
        sums = given[k] + (sums * rows[k + 1] if k + 1 < len(rows) else sums)
        result[k] = sums
    before = np.ones_like(rows)
    np.multiply.accumulate(rows[:-1], axis=0, out=before[1:])
    result = result * before
    return result.reshape(x.shape) if axis is None else np.moveaxis(result, 0, axis)


def running_extreme_cotangent(cotangent: Any, z: Any, x: Any, axis: Any) -> Any:
    """The cotangent of `x` in `z`, its running maximum or minimum; an entry that ties with the one before gets half."""
    axis = axis[0] if isinstance(axis, tuple) else axis
    rows, best, given = (np.moveaxis(np.asarray(v), axis, -1) for v in (x, z, cotangent))
    attained = rows == best
    if x.size and attained[..., 0].all() and np.array_equal(attained[..., 1:], best[..., 1:] != best[..., :-1]):
        starts = np.flatnonzero(attained)  # neither ties nor NaN: each extreme stays until the next one
        result = np.zeros(rows.shape, dtype=np.result_type(rows, given))
        result.reshape(-1)[starts] = np.add.reduceat(given.ravel(), starts)
        return np.moveaxis(result, -1, axis)
    rows, best, given = (np.moveaxis(v, -1, 0) for v in (rows, best, given))
    result = np.empty(rows.shape, dtype=np.result_type(rows, given))
    carried = np.zeros(rows.shape[1:], dtype=result.dtype)
    for k in range(len(rows) - 1, -1, -1):
        carried = carried + given[k]
        weight = 1.0 * (rows[k] == best[k])
        if k > 0:
            weight = np.where(best[k] == best[k], weight - 0.5 * weight * (best[k - 1] == best[k]), best[k])
        result[k] = weight * carried
        carried = carried - result[k]
    return np.moveaxis(result, 0, axis)


def median_cotangent(cotangent: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    """The cotangent of `x` in its median: to the middle entry, or half to each of the middle two; ties share."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    kept = [k for k in range(x.ndim) if k not in axes]
    order = kept + list(axes)
    moved = x.transpose(order)
    rows = moved.reshape([x.shape[k] for k in kept] + [axis_count(x, axes)])
    count = rows.shape[-1]
    middle = np.partition(rows, [(count - 1) // 2, count // 2], axis=-1)
    result = np.zeros_like(rows)
    given = np.reshape(cotangent, rows.shape[:-1] + (1,))
    for k in ((count - 1) // 2, count // 2):
        ties = rows == middle[..., k : k + 1]
        result += 0.5 * given * ties / np.sum(ties, axis=-1, keepdims=True)
    return result.reshape(moved.shape).transpose(np.argsort(order))


def reduceat_cotangent(cotangent: Any, x: Any, indices: Any, axis: Any) -> Any:
    """The cotangent of `x` in `np.add.reduceat(x, indices, axis)`.

    Entry k of the result is the sum of `x[indices[k]:indices[k + 1]]`, or `x[indices[k]]` if that slice is empty.
    """
    given = np.moveaxis(np.asarray(cotangent), axis, 0)
    shape = np.moveaxis(np.asarray(x), axis, 0).shape
    result = np.zeros(shape, dtype=given.dtype)
    starts = np.asarray(indices)
    stops = np.append(starts[1:], shape[0])
    if starts.size and np.all(starts < stops):
        result[starts[0] :] = np.repeat(given, stops - starts, axis=0)
    else:
        for k, (start, stop) in enumerate(zip(starts, stops)):
            result[start : max(stop, start + 1)] += given[k]
    return np.moveaxis(result, 0, axis)


def median_tangent(change: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    """The tangent of `np.median(x, axis, keepdims=keepdims)`: that of the middle entry, or the mean of the middle two.

    Entries that tie count equally.
    """
    rows, changes = in_rows(x, axis), in_rows(change, axis)
    if not rows.size:
        return as_reduced(np.zeros(rows.shape[:-1]), x, axis, keepdims)
    count = rows.shape[-1]
    low, high = (count - 1) // 2, count // 2
    middle = np.partition(rows, sorted({low, high}), axis=-1)
    below = mean_of_ties(changes, rows == middle[..., low : low + 1])
    above = mean_of_ties(changes, rows == middle[..., high : high + 1])
    return as_reduced(0.5 * (below + above), x, axis, keepdims)


def in_rows(x: Any, axis: Any) -> Any:
    """The axes that are reduced as one, which comes last."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    kept = [k for k in range(x.ndim) if k not in axes]
    return x.transpose([*kept, *axes]).reshape([x.shape[k] for k in kept] + [axis_count(x, axes)])


def reduced_axes(x: Any, axis: Any) -> tuple[int, ...]:
    """All axes that an `axis` argument stands for, counted from the front."""
    if axis is None:
        return tuple(range(np.ndim(x)))
    if isinstance(axis, int):  # these two are read by the compiler, where second derivatives are taken
        return (axis % np.ndim(x),)
    if isinstance(axis, tuple):
        return tuple([k % np.ndim(x) for k in axis])
    return tuple([int(k) % np.ndim(x) for k in np.atleast_1d(axis)])


def as_reduced(values: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    """One value for each row of `in_rows(x, axis)`, in the shape of a reduction of `x`."""
    return np.expand_dims(values, reduced_axes(x, axis))[()] if keepdims else values[()]


def mean_of_ties(changes: Any, ties: Any) -> Any:
    """The mean of those entries of each row that tie, whatever the others are."""
    count = np.maximum(np.sum(ties, axis=-1), 1).astype(changes.real.dtype)
    return np.sum(np.where(ties, changes, 0.0), axis=-1) / count


def cumulative_product_tangent(change: Any, x: Any, axis: Any = None, include_initial: bool = False) -> Any:
    """The tangent of `z = np.cumprod(x, axis)`: dz[k] = dz[k - 1] * x[k] + z[k - 1] * dx[k]; right where x is zero.

    With `include_initial` there is a 1 before the products, as `np.cumulative_prod` has it.
    """
    axis = axis[0] if isinstance(axis, tuple) else axis
    rows = np.moveaxis(np.reshape(x, -1) if axis is None else np.asarray(x), -1 if axis is None else axis, 0)
    given = np.moveaxis(np.reshape(change, -1) if axis is None else np.asarray(change), -1 if axis is None else axis, 0)
    products = np.cumprod(rows, 0)
    sizes = np.abs(products)
    largest = float(np.finfo(rows.dtype).max) ** 0.25 if rows.dtype.kind in "fc" else 1.0
    if rows.size and 1.0 / largest < np.min(sizes) and np.max(sizes) < largest:  # none has lost digits
        result = products * np.cumsum(given / rows, axis=0)
    else:
        result = np.zeros(rows.shape, dtype=np.result_type(rows, given))
        for k in range(len(rows)):
            result[k] = result[k - 1] * rows[k] + products[k - 1] * given[k] if k else given[k]
    if include_initial:
        result = np.concatenate([np.zeros((1, *result.shape[1:]), result.dtype), result])
    return np.moveaxis(result, 0, -1 if axis is None else axis)


def running_extreme_tangent(change: Any, z: Any, x: Any, axis: Any) -> Any:
    """The tangent of `z`, the running maximum or minimum of `x`; an entry that ties with the one before counts half."""
    axis = axis[0] if isinstance(axis, tuple) else axis
    rows, best, given = (np.moveaxis(np.asarray(v), axis, 0) for v in (x, z, change))
    result = np.array(given, dtype=np.result_type(rows, given))
    for k in range(1, len(rows)):
        before = result[k - 1]
        new, old = rows[k] == best[k], best[k - 1] == best[k]
        picked = np.where(new, np.where(old, 0.5 * (given[k] + before), given[k]), before)
        result[k] = np.where(best[k] == best[k], picked, best[k])
    return np.moveaxis(result, 0, axis)
