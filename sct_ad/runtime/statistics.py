"""Cotangents of quantiles, covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np


def quantile_cotangents(cotangent: Any, x: Any, q: Any, axis: Any, keepdims: Any) -> tuple[Any, Any]:
    """The cotangents of `x` and `q` in `np.quantile(x, q, axis)`, linear between two sorted entries."""
    x = np.asarray(x)
    axes = tuple(range(x.ndim)) if axis is None else tuple(int(k) % x.ndim for k in np.atleast_1d(axis))
    kept = [k for k in range(x.ndim) if k not in axes]
    order = [*kept, *axes]
    moved = x.transpose(order)
    rows = moved.reshape([*(x.shape[k] for k in kept), -1])
    places = np.argsort(rows, axis=-1, kind="stable")
    result = np.zeros(rows.shape, dtype=np.result_type(x, cotangent))
    given = np.reshape(cotangent, (np.size(q), *rows.shape[:-1]))
    of_levels = np.zeros(np.size(q))
    for k, level in enumerate(np.ravel(q)):
        at = level * (rows.shape[-1] - 1)
        below = min(int(at), max(rows.shape[-1] - 2, 0))
        for place, weight in ((below, 1.0 - (at - below)), (min(below + 1, rows.shape[-1] - 1), at - below)):
            entry = places[..., place : place + 1]
            before = np.take_along_axis(result, entry, -1)
            np.put_along_axis(result, entry, before + weight * given[k][..., None], -1)
            slope = (-1.0 if place == below else 1.0) * (rows.shape[-1] - 1)
            of_levels[k] += slope * np.sum(given[k] * np.take_along_axis(rows, entry, -1)[..., 0])
    return result.reshape(moved.shape).transpose(np.argsort(order)), of_levels.reshape(np.shape(q))[()]


def covariance_cotangents(cotangent: Any, m: Any, y: Any, rowvar: Any, bias: Any, ddof: Any) -> tuple[Any, Any]:
    """The cotangents of `m` and `y` in `np.cov(m, y, rowvar, bias, ddof)`."""
    rows, first = _variables(m, y, rowvar)
    count = rows.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    given = np.reshape(cotangent, (len(rows), len(rows)))
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    return _returned((given + given.T) @ centred / count, m, y, rowvar, first)


def correlation_cotangents(cotangent: Any, x: Any, y: Any, rowvar: Any) -> tuple[Any, Any]:
    """The cotangents of `x` and `y` in `np.corrcoef(x, y, rowvar)`; each variable is centred and of unit length."""
    rows, first = _variables(x, y, rowvar)
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    lengths = np.sqrt(np.sum(centred**2, axis=1, keepdims=True))
    unit = centred / lengths
    given = np.reshape(cotangent, (len(rows), len(rows)))
    of_unit = (given + given.T) @ unit
    return _returned((of_unit - unit * np.sum(unit * of_unit, axis=1, keepdims=True)) / lengths, x, y, rowvar, first)


def _variables(x: Any, y: Any, rowvar: Any) -> tuple[Any, int]:
    """One row for each variable, and how many of them are those of `x`."""
    parts = [_rows(part, rowvar) for part in ((x,) if y is None else (x, y))]
    return np.concatenate(parts), len(parts[0])


def _rows(x: Any, rowvar: Any) -> Any:
    rows = np.atleast_2d(x)
    return rows if rowvar or len(rows) == 1 else rows.T


def _returned(rows: Any, x: Any, y: Any, rowvar: Any, first: int) -> tuple[Any, Any]:
    parts = [(rows[:first], x)] if y is None else [(rows[:first], x), (rows[first:], y)]
    turned = [np.reshape(p if rowvar or len(np.atleast_2d(v)) == 1 else p.T, np.shape(v)) for p, v in parts]
    return turned[0], turned[1] if y is not None else None
