"""Cotangents of quantiles and medians, by every method, with and without missing numbers.

Every method picks one sorted entry, or a point between two neighbours. Which one it is depends on the ranks of the
entries alone, so the primal's own function, applied to the ranks, tells: 1.25 is a quarter of the way from the second
entry to the third.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.reductions import as_reduced, axis_count, in_rows, mean_of_ties, reduced_axes

# How far the place of a quantile moves with its level: (entries + this); the other methods jump from entry to entry.
# R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996), 361-365.
SLOPES = {
    "linear": -1.0,
    "hazen": 0.0,
    "weibull": 1.0,
    "median_unbiased": 1.0 / 3.0,
    "normal_unbiased": 0.25,
    "interpolated_inverted_cdf": 0.0,
}


def quantile_cotangents(
    cotangent: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", weights: Any = None, missing: bool = False
) -> tuple[Any, Any]:
    """The cotangents of `x` and `q` in `np.quantile(x, q, axis, method=method, weights=weights)`.

    With `missing`, in `np.nanquantile`. Quantiles that are NaN have no derivative.
    """
    x = np.asarray(x)
    rows, back = rows_and_back(x, axis)
    if not rows.size:
        return np.zeros(x.shape, dtype=np.result_type(x, cotangent)), np.zeros(np.shape(q))[()]
    entries, places, valid = found_places(rows, x, q, axis, method, weights, missing)
    ranked = np.take_along_axis(rows, entries, -1)
    result = np.zeros(rows.shape, dtype=np.result_type(x, cotangent))
    given = np.reshape(cotangent, places.shape)
    of_levels = np.zeros(np.size(q), dtype=given.dtype)
    last = np.maximum(valid - 1, 0)[..., None]
    for k in range(np.size(q)):
        exists, place, below, above, share = neighbours(places[k], last, result.dtype)
        part = np.where(exists, given[k], 0.0)[..., None]
        for entry, weight in ((below, 1.0 - share), (above, share)):
            at = np.take_along_axis(entries, entry, -1)
            np.put_along_axis(result, at, np.take_along_axis(result, at, -1) + weight * part, -1)
        if method in SLOPES:
            step = np.take_along_axis(ranked, above, -1) - np.take_along_axis(ranked, below, -1)
            moves = moves_of(valid, place, last, method)
            of_levels[k] = np.sum(np.where(exists[..., None], part * step * moves, 0.0))
    return back(result)[()], of_levels.reshape(np.shape(q))[()]


def quantile_tangent(
    change: Any,
    of_q: Any,
    x: Any,
    q: Any,
    axis: Any = None,
    method: str = "linear",
    weights: Any = None,
    missing: bool = False,
    keepdims: bool = False,
) -> Any:
    """The tangent of `np.quantile(x, q, axis, method=method, weights=weights, keepdims=keepdims)`.

    With `missing`, of `np.nanquantile`. None stands for the tangent of what does not change.
    """
    x = np.asarray(x)
    rows = in_rows(x, axis)
    changes = np.zeros_like(rows) if change is None else in_rows(change, axis)
    levels = np.zeros(np.size(q)) if of_q is None else np.ravel(of_q)
    result = np.zeros((np.size(q), *rows.shape[:-1]), dtype=np.result_type(rows, changes))
    if rows.size:
        entries, places, valid = found_places(rows, x, q, axis, method, weights, missing)
        ranked = np.take_along_axis(rows, entries, -1)
        moved = np.take_along_axis(changes, entries, -1)
        last = np.maximum(valid - 1, 0)[..., None]
        for k in range(np.size(q)):
            exists, place, below, above, share = neighbours(places[k], last, result.dtype)
            left, right = np.take_along_axis(moved, below, -1), np.take_along_axis(moved, above, -1)
            part = np.where(share == 0.0, left, left + share * (right - left))
            if method in SLOPES and of_q is not None:
                step = np.take_along_axis(ranked, above, -1) - np.take_along_axis(ranked, below, -1)
                part = part + step * moves_of(valid, place, last, method) * levels[k]
            result[k] = np.where(exists, part[..., 0], 0.0)
    if keepdims:
        result = np.expand_dims(result, tuple([k + 1 for k in reduced_axes(x, axis)]))
    return result.reshape((*np.shape(q), *result.shape[1:]))[()]


def found_places(
    rows: Any, x: Any, q: Any, axis: Any, method: str, weights: Any, missing: bool
) -> tuple[Any, Any, Any]:
    """Where the sorted entries are, the place of each quantile among them, and how many are not NaN."""
    valid = np.count_nonzero(~np.isnan(rows), axis=-1)
    if weights is None:
        places = _places(np.ravel(q), rows.shape, valid, method, None, missing)
        wanted = np.unique(np.floor(places[~np.isnan(places)]).astype(int))
        wanted = np.clip(np.concatenate([wanted - 1, wanted, wanted + 1]), 0, rows.shape[-1] - 1)
        entries = np.argpartition(rows, wanted, axis=-1) if wanted.size else np.zeros(rows.shape, int)
        return entries, places, valid
    entries = np.argsort(rows, axis=-1, kind="stable")
    weights = np.take_along_axis(rows_and_back(_in_full(weights, x, axis), axis)[0], entries, -1)
    return entries, _places(np.ravel(q), rows.shape, valid, method, weights, missing), valid


def neighbours(places: Any, last: Any, dtype: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Whether there is a quantile, its place, the sorted entries around it, and the share of the upper one."""
    exists = ~np.isnan(places)
    place = np.where(exists, places, 0.0)[..., None]
    below = np.minimum(np.floor(place).astype(int), np.maximum(last - 1, 0))
    above = np.minimum(below + 1, last)
    return exists, place, below, above, (place - below).astype(dtype)


def moves_of(valid: Any, place: Any, last: Any, method: str) -> Any:
    """How far the place moves with the level."""
    return (valid + SLOPES[method])[..., None] * ((method == "linear") | ((place > 0.0) & (place < last)))


def nanmedian_tangent(change: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    """The tangent of `np.nanmedian(x, axis, keepdims=keepdims)`; ties count equally."""
    rows, changes = in_rows(x, axis), in_rows(change, axis)
    if not rows.size:
        return as_reduced(np.zeros(rows.shape[:-1]), x, axis, keepdims)
    ranked = np.sort(rows, axis=-1)
    valid = np.count_nonzero(~np.isnan(rows), axis=-1)[..., None]
    result = np.zeros_like(changes[..., 0])
    for place in (np.maximum(valid - 1, 0) // 2, np.minimum(valid // 2, rows.shape[-1] - 1)):
        result = result + 0.5 * mean_of_ties(changes, rows == np.take_along_axis(ranked, place, -1))
    return as_reduced(result, x, axis, keepdims)


def nanmedian_cotangent(cotangent: Any, x: Any, axis: Any) -> Any:
    """The cotangent of `x` in `np.nanmedian(x, axis)`: half to each of the middle two entries; ties share."""
    rows, back = rows_and_back(np.asarray(x), axis)
    result = np.zeros(rows.shape, dtype=np.result_type(rows, cotangent))
    if not rows.size:
        return back(result)
    given = np.reshape(cotangent, [*rows.shape[:-1], 1])
    ranked = np.sort(rows, axis=-1)
    valid = np.count_nonzero(~np.isnan(rows), axis=-1)[..., None]
    for place in (np.maximum(valid - 1, 0) // 2, np.minimum(valid // 2, rows.shape[-1] - 1)):
        ties = rows == np.take_along_axis(ranked, place, -1)
        result += 0.5 * given * ties / np.maximum(np.count_nonzero(ties, axis=-1, keepdims=True), 1).astype(rows.dtype)
    return back(result)


def rows_and_back(x: Any, axis: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The axes that are reduced as one, which comes last; and what undoes that."""
    axes = reduced_axes(x, axis)
    kept = [k for k in range(x.ndim) if k not in axes]
    order = [*kept, *axes]
    moved = x.transpose(order)
    rows = moved.reshape([x.shape[k] for k in kept] + [axis_count(x, axes)])
    return rows, lambda result: result.reshape(moved.shape).transpose(np.argsort(order))


def _in_full(weights: Any, x: Any, axis: Any) -> Any:
    """Weights of the reduced axes alone, in the shape of `x`."""
    weights = np.asarray(weights)
    if weights.shape == x.shape:
        return weights
    axes = reduced_axes(x, axis)
    weights = weights.transpose(np.argsort(axes))
    return np.broadcast_to(weights.reshape([n if k in axes else 1 for k, n in enumerate(x.shape)]), x.shape)


def _places(levels: Any, shape: Any, valid: Any, method: str, weights: Any, missing: bool) -> Any:
    """For each level and row the place of the quantile among the sorted entries; NaN where it is NaN."""
    result = np.full((len(levels), *shape[:-1]), np.nan)
    for number in np.unique(valid):
        if number == 0 or (number < shape[-1] and not missing):
            continue
        ranks = np.arange(float(number))
        if weights is None:
            found = np.quantile(ranks, levels, method=method)  # type: ignore[call-overload]
            result[:, valid == number] = found[:, None]
            continue
        for row in np.argwhere(valid == number):
            heights = weights[tuple(row)][:number]
            result[(slice(None), *row)] = np.quantile(ranks, levels, method=method, weights=heights)  # type: ignore[call-overload]
    return result
