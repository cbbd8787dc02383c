"""Tangents of the cotangents of quantiles; None is the tangent of what does not change."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.quantiles import SLOPES, found_places, moves_of, neighbours, rows_and_back


def quantile_cotangents_tangent(
    cotangent: Any,
    x: Any,
    q: Any,
    axis: Any,
    method: str,
    weights: Any,
    missing: bool,
    of_cotangent: Any,
    change: Any,
    of_q: Any,
) -> tuple[Any, Any]:
    """The tangents of both results of `quantile_cotangents(cotangent, x, q, axis, method, weights, missing)`.

    A quantile is (1 - s) a + s b of two neighbours, where s moves with the level alone.
    """
    x = np.asarray(x)
    rows, back = rows_and_back(x, axis)
    result = np.zeros(rows.shape, dtype=np.result_type(x, cotangent))
    if not rows.size:
        return back(result)[()], np.zeros(np.shape(q))[()]
    entries, places, valid = found_places(rows, x, q, axis, method, weights, missing)
    ranked = np.take_along_axis(rows, entries, -1)
    changes = rows if change is None else rows_and_back(np.asarray(change), axis)[0]
    moved = np.zeros_like(ranked) if change is None else np.take_along_axis(changes, entries, -1)
    given = np.reshape(cotangent, places.shape)
    of_given = np.zeros_like(given) if of_cotangent is None else np.reshape(of_cotangent, places.shape)
    levels = np.zeros(np.size(q)) if of_q is None else np.ravel(of_q)
    of_levels = np.zeros(np.size(q), dtype=given.dtype)
    last = np.maximum(valid - 1, 0)[..., None]
    for k in range(np.size(q)):
        exists, place, below, above, share = neighbours(places[k], last, result.dtype)
        part = np.where(exists, given[k], 0.0)[..., None]
        of_part = np.where(exists, of_given[k], 0.0)[..., None]
        shifted: Any = 0.0
        if method in SLOPES:
            moves = moves_of(valid, place, last, method)
            step, of_step = (
                np.take_along_axis(v, above, -1) - np.take_along_axis(v, below, -1) for v in (ranked, moved)
            )
            of_levels[k] = np.sum(np.where(exists[..., None], (of_part * step + part * of_step) * moves, 0.0))
            shifted = part * moves * levels[k]
        for entry, weight in ((below, (1.0 - share) * of_part - shifted), (above, share * of_part + shifted)):
            at = np.take_along_axis(entries, entry, -1)
            np.put_along_axis(result, at, np.take_along_axis(result, at, -1) + weight, -1)
    return back(result)[()], of_levels.reshape(np.shape(q))[()]
