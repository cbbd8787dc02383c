"""Cotangents of weighted averages, variances, covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.cotangents import expand_reduced
from sct_ad.runtime.reductions import reduced_axes


def average_cotangents(
    cotangent: Any, of_total: Any, x: Any, axis: Any, weights: Any, keepdims: Any
) -> tuple[Any, Any]:
    """The cotangents of `x` and `weights` in `np.average(x, axis, weights, returned=True)`, also for one axis' weights.

    `of_total` is the cotangent of the sum of weights; None where that is not asked for.
    """
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    given = expand_reduced(cotangent, x, axis, keepdims)
    if weights is None:
        return given / max(1, int(np.prod([x.shape[k] for k in axes]))), None
    heights = _in_rank(weights, x, axes)
    total = np.sum(heights, axis=axes, keepdims=True)
    of_x = given * heights / total
    of_weights = given * (x - np.sum(x * heights, axis=axes, keepdims=True) / total) / total
    if of_total is not None:
        of_weights = of_weights + expand_reduced(of_total, x, axis, keepdims)
    return of_x, _as_weights(of_weights, weights, heights, x, axes)


def _as_weights(cotangent: Any, weights: Any, heights: Any, x: Any, axes: Any) -> Any:
    """A cotangent in the shape of `x` as one of the weights, which may be those of the reduced axes alone."""
    cotangent = unbroadcast(cotangent, heights)
    if heights.shape != np.shape(weights):
        return cotangent.reshape([x.shape[k] for k in sorted(axes)]).transpose(np.argsort(np.argsort(axes)))
    return cotangent


def average_cotangents_tangent(
    cotangent: Any,
    of_total: Any,
    x: Any,
    axis: Any,
    weights: Any,
    keepdims: Any,
    of_cotangent: Any,
    of_of_total: Any,
    of_x: Any,
    of_weights: Any,
) -> tuple[Any, Any]:
    """The tangents of both results of `average_cotangents`; None for what does not change."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    given, change = (
        expand_reduced(np.zeros_like(cotangent) if v is None else v, x, axis, keepdims)
        for v in (cotangent, of_cotangent)
    )
    if weights is None:
        return change / max(1, int(np.prod([x.shape[k] for k in axes]))), None
    heights = _in_rank(weights, x, axes)
    growth = np.zeros_like(heights) if of_weights is None else _in_rank(of_weights, x, axes)
    moved = np.zeros_like(x) if of_x is None else of_x
    total, of_sum = (np.sum(v, axis=axes, keepdims=True) for v in (heights, growth))
    mean = np.sum(x * heights, axis=axes, keepdims=True) / total
    of_mean = (np.sum(moved * heights + x * growth, axis=axes, keepdims=True) - mean * of_sum) / total
    first = (change * heights + given * growth - given * heights / total * of_sum) / total
    second = (change * (x - mean) + given * (moved - of_mean) - given * (x - mean) / total * of_sum) / total
    if of_of_total is not None:
        second = second + expand_reduced(of_of_total, x, axis, keepdims)
    return first, _as_weights(second, weights, heights, x, axes)


def variance_cotangents(
    cotangent: Any, x: Any, axis: Any, ddof: Any, keepdims: Any, where: Any = True, mean: Any = None
) -> tuple[Any, Any]:
    """The cotangents of `x` and `mean` in `np.var(x, axis, ddof=ddof, where=where, mean=mean)`."""
    x = np.asarray(x)
    counted = np.broadcast_to(where, x.shape)
    number = np.sum(counted, axis=axis, keepdims=True, dtype=x.real.dtype)
    centre = np.sum(x, axis=axis, keepdims=True, where=counted) / number if mean is None else mean
    apart = np.conj(x - centre) if np.iscomplexobj(x) else x - centre
    slope = 2.0 * expand_reduced(cotangent, x, axis, keepdims) * apart / (number - ddof)
    slope = np.where(counted, slope, 0.0)[()]
    return slope, None if mean is None else -unbroadcast(slope, mean)


def covariance_cotangents(
    cotangent: Any, m: Any, y: Any, rowvar: Any, bias: Any, ddof: Any, fweights: Any = None, aweights: Any = None
) -> tuple[Any, Any, Any]:
    """The cotangents of `m`, `y` and `aweights` in `np.cov(m, y, rowvar, bias, ddof, fweights, aweights)`.

    With centred variables X, weights w and C = X diag(w) X^H / f: the weighted sum of each row of X is 0, so that the
    centre itself needs no derivative.
    """
    rows, turned = _variables(cotangent, m, y, rowvar)
    lag = (0 if bias else 1) if ddof is None else ddof
    weights = None if fweights is None else np.asarray(fweights, dtype=rows.real.dtype)
    if aweights is not None:
        weights = np.asarray(aweights) if weights is None else weights * aweights
    given = np.reshape(cotangent, (len(rows), len(rows)))
    both = given + given.conj().T
    if weights is None:
        centred = rows - np.mean(rows, axis=1, keepdims=True)
        return *_returned(both @ centred.conj() / (rows.shape[1] - lag), m, y, turned), None
    total = np.sum(weights)
    centred = rows - (rows @ weights / total)[:, None]
    freedom = total - lag
    if aweights is not None and lag:
        squares = np.sum(weights * aweights)
        freedom = total - lag * squares / total
    of_rows = both @ centred.conj() * weights / freedom
    of_weights = None
    if aweights is not None:
        heights = np.sum((given @ centred.conj()) * centred, axis=0).real / freedom
        counts = np.ones_like(weights) if fweights is None else np.asarray(fweights, dtype=weights.dtype)
        slope = counts - lag * (2.0 * weights / total - squares * counts / total**2) if lag else counts
        of_weights = heights * counts - np.sum(heights * weights) / freedom * slope
    return *_returned(of_rows, m, y, turned), of_weights


def correlation_cotangents(cotangent: Any, z: Any, x: Any, y: Any, rowvar: Any) -> tuple[Any, Any]:
    """The cotangents of `x` and `y` in `z = np.corrcoef(x, y, rowvar)`: covariances over both standard deviations."""
    rows, _ = _variables(cotangent, x, y, rowvar)
    given, correlation = (np.reshape(v, (len(rows), len(rows))) for v in (cotangent, z))
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    variances = np.mean(np.abs(centred) ** 2, axis=1)
    deviations = np.sqrt(variances)
    of_covariance = given / (deviations[:, None] * deviations)
    used = (given * correlation).real
    of_covariance[np.diag_indices(len(rows))] -= (np.sum(used, axis=0) + np.sum(used, axis=1)) / (2.0 * variances)
    return covariance_cotangents(of_covariance, x, y, rowvar, True, None)[:2]


def _variables(cotangent: Any, x: Any, y: Any, rowvar: Any) -> tuple[Any, list[bool]]:
    """One row for each variable, and for `x` and `y` whether their columns are variables.

    Versions of NumPy disagree about a matrix of one row: the size of the result tells.
    """
    turned = [bool(not rowvar and np.ndim(v) > 1 and len(v) != 1) for v in (x, y) if v is not None]
    if not rowvar and np.ndim(x) == 2 and len(x) == 1:
        others = 0 if y is None else np.atleast_2d(y).shape[1 if turned[1] else 0]
        turned[0] = (np.shape(x)[1] + others) ** 2 == np.size(cotangent)
    rows = [np.atleast_2d(v).T if t else np.atleast_2d(v) for v, t in zip((x, y), turned)]
    return np.concatenate(rows), turned


def _returned(rows: Any, x: Any, y: Any, turned: list[bool]) -> tuple[Any, Any]:
    first = np.atleast_2d(x).shape[1 if turned[0] else 0]
    parts = [(rows[:first], x)] if y is None else [(rows[:first], x), (rows[first:], y)]
    found = [np.reshape(p.T if t else p, np.shape(v)) for (p, v), t in zip(parts, turned, strict=True)]
    return found[0], found[1] if y is not None else None


def average_tangent(change: Any, of_weights: Any, z: Any, x: Any, axis: Any, weights: Any, keepdims: Any) -> Any:
    """The tangent of `z = np.average(x, axis, weights, keepdims=keepdims)`; None for what does not change."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    if weights is None:
        return np.mean(change, axis=axes, keepdims=keepdims)
    heights = _in_rank(weights, x, axes)
    total = np.sum(np.broadcast_to(heights, x.shape), axis=axes, keepdims=True)
    result = np.zeros_like(x)
    if change is not None:
        result = result + change * heights
    if of_weights is not None:
        result = result + _in_rank(of_weights, x, axes) * (x - np.sum(x * heights, axis=axes, keepdims=True) / total)
    return np.sum(result / total, axis=axes, keepdims=keepdims)


def weight_total_tangent(of_weights: Any, z: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    """The tangent of the sum of weights that `np.average` gives, in the shape of the average `z`."""
    if of_weights is None:
        return np.zeros_like(z)[()]
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    changes = np.broadcast_to(_in_rank(of_weights, x, axes), x.shape)
    return np.sum(changes, axis=axes, keepdims=keepdims)


def _in_rank(weights: Any, x: Any, axes: Any) -> Any:
    """Weights that may be those of the reduced axes alone, with the number of axes of `x`."""
    heights = np.asarray(weights)
    if heights.shape == x.shape:
        return heights
    turned = heights.transpose(np.argsort(axes)) if heights.ndim == len(axes) else heights
    return turned.reshape([n if k in axes else 1 for k, n in enumerate(x.shape)])


def variance_tangent(
    change: Any, x: Any, axis: Any, ddof: Any, keepdims: Any, where: Any = True, mean: Any = None
) -> Any:
    """The tangent of `np.var(x, axis, ddof=ddof, where=where, mean=mean)` where `x`, or minus the mean, changes."""
    x = np.asarray(x)
    counted = np.broadcast_to(where, x.shape)
    number = np.sum(counted, axis=axis, keepdims=True, dtype=x.real.dtype)
    centre = np.sum(x, axis=axis, keepdims=True, where=counted) / number if mean is None else mean
    apart = np.real(np.conj(x - centre) * change) if np.iscomplexobj(x) else (x - centre) * change
    slope = 2.0 * apart / (number - ddof)
    return np.sum(np.where(counted, slope, 0.0), axis=axis, keepdims=keepdims)


def covariance_tangent(
    of_m: Any,
    of_y: Any,
    of_aweights: Any,
    z: Any,
    m: Any,
    y: Any,
    rowvar: Any,
    bias: Any,
    ddof: Any,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """The tangent of `z = np.cov(m, y, rowvar, bias, ddof, fweights, aweights)`; None for what does not change.

    See `covariance_cotangents`: C = X diag(w) X^H / f, where the centre needs no derivative.
    """
    rows, _ = _variables(z, m, y, rowvar)
    lag = (0 if bias else 1) if ddof is None else ddof
    weights = np.ones(rows.shape[1], rows.real.dtype)
    if fweights is not None:
        weights = weights * np.asarray(fweights, dtype=weights.dtype)
    counts = weights
    if aweights is not None:
        weights = weights * aweights
    total = np.sum(weights)
    centred = rows - (rows @ weights / total)[:, None]
    squares = np.sum(weights * aweights) if aweights is not None else total
    freedom = total - lag * squares / total
    result = np.zeros((len(rows), len(rows)), rows.dtype)
    if of_m is not None or of_y is not None:
        first = np.zeros_like(m) if of_m is None else of_m
        second = np.zeros_like(y) if of_y is None and y is not None else of_y
        half = _variables(z, first, second, rowvar)[0] * weights @ centred.conj().T / freedom
        result = result + half + half.conj().T
    if of_aweights is not None:
        moved = counts * of_aweights
        of_total = np.sum(moved)
        of_freedom = of_total - lag * (2.0 * np.sum(weights * of_aweights) / total - squares * of_total / total**2)
        covariance = centred * weights @ centred.conj().T / freedom
        result = result + centred * moved @ centred.conj().T / freedom - covariance * of_freedom / freedom
    return np.reshape(result, np.shape(z))[()]


def correlation_tangent(of_x: Any, of_y: Any, z: Any, x: Any, y: Any, rowvar: Any) -> Any:
    """The tangent of `z = np.corrcoef(x, y, rowvar)`: covariances over both standard deviations."""
    rows, _ = _variables(z, x, y, rowvar)
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    variances = np.mean(np.abs(centred) ** 2, axis=1)
    deviations = np.sqrt(variances)
    moved = np.reshape(covariance_tangent(of_x, of_y, None, z, x, y, rowvar, True, None), (len(rows), len(rows)))
    shrunk = np.real(np.diagonal(moved)) / (2.0 * variances)
    correlation = np.reshape(z, (len(rows), len(rows)))
    result = moved / (deviations[:, None] * deviations) - correlation * (shrunk[:, None] + shrunk)
    return np.reshape(result, np.shape(z))[()]
