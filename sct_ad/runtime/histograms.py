"""Cotangents of histograms: of the weights, and of the edges, which follow the smallest and the largest entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.creation import linspace_start, linspace_stop
from sct_ad.runtime.grids import difference_cotangent
from sct_ad.runtime.reductions import mean_of_ties


def histogram_cotangents(
    cotangent: Any, of_edges: Any, z: Any, edges: Any, x: Any, bins: Any, bounds: Any, density: Any, weights: Any
) -> tuple[Any, Any, Any, Any]:
    """The cotangents of `x`, `bins`, `bounds` and `weights` in `np.histogram(x, bins, bounds, density, weights)`."""
    sample = np.reshape(x, (-1, 1))
    of_weights, of_all_edges = _counted(cotangent, [of_edges], z, [edges], sample, density, weights)
    of_x, of_bins, of_bounds = edges_cotangents(of_all_edges[0], x, bins, bounds)
    return of_x, of_bins, of_bounds, of_weights


def histogramdd_cotangents(
    cotangent: Any, of_edges: Any, z: Any, edges: Any, sample: Any, bins: Any, bounds: Any, density: Any, weights: Any
) -> tuple[Any, Any]:
    """The cotangents of the sample (of one row for each point) and the weights in `np.histogramdd`."""
    sample = np.asarray(sample)
    of_weights, of_all_edges = _counted(cotangent, of_edges, z, edges, sample, density, weights)
    of_sample = np.zeros(sample.shape, dtype=np.result_type(sample, *of_all_edges))
    count = sample.shape[1]
    given = [bins] * count if np.ndim(bins) == 0 else bins
    for k in range(count):
        one = None if bounds is None else bounds[k]
        of_sample[:, k] = edges_cotangents(of_all_edges[k], sample[:, k], given[k], one)[0]
    return of_sample, of_weights


def edges_cotangents(cotangent: Any, x: Any, bins: Any, bounds: Any) -> tuple[Any, Any, Any]:
    """The cotangents of `x`, `bins` and `bounds` in `np.histogram_bin_edges(x, bins, bounds)`; ties share."""
    x = np.asarray(x)
    of_x = np.zeros(x.shape, dtype=np.result_type(x, cotangent))
    if np.ndim(bins):
        return of_x, np.array(cotangent).reshape(np.shape(bins)), None
    ends = [of_end(cotangent, 0.0, len(cotangent)) for of_end in (linspace_start, linspace_stop)]
    if bounds is not None:
        return of_x, None, np.array(ends)
    for end, share in ((np.min, ends[0]), (np.max, ends[1])):
        if x.size:
            ties = x == end(x)
            of_x += share * ties / np.count_nonzero(ties)
    return of_x, None, None


def _counted(
    cotangent: Any, of_edges: Any, z: Any, edges: Any, sample: Any, density: Any, weights: Any
) -> tuple[Any, list[Any]]:
    """The cotangents of the weights, and of the edges along each axis."""
    given = np.asarray(cotangent)
    totals = [np.zeros(len(e)) if c is None else np.array(c, dtype=float) for c, e in zip(of_edges, edges, strict=True)]
    inside = np.ones(len(sample), dtype=bool)
    places = []
    for k, ends in enumerate(edges):
        points = sample[:, k]
        inside &= (points >= ends[0]) & (points <= ends[-1])
        places.append(np.minimum(np.searchsorted(ends, points, side="right") - 1, len(ends) - 2))
    index = tuple(place[inside] for place in places)
    if density:
        widths = [np.diff(ends) for ends in edges]
        volume = 1.0
        for k, width in enumerate(widths):
            volume = volume * width.reshape((-1,) + (1,) * (len(edges) - 1 - k))
        counted = np.count_nonzero(inside) if weights is None else np.sum(np.reshape(weights, -1)[inside])
        for k, width in enumerate(widths):
            others = tuple(j for j in range(len(edges)) if j != k)
            totals[k] = totals[k] + difference_cotangent(-np.sum(given * z, axis=others) / width, edges[k], 1, 0)
        given = given / (volume * counted) - np.sum(given * z) / counted
    if weights is None:
        return None, totals
    of_weights = np.zeros(len(sample), dtype=given.dtype)
    of_weights[inside] = given[index]
    return of_weights.reshape(np.shape(weights)), totals


def edges_tangent(change: Any, of_bins: Any, of_bounds: Any, z: Any, x: Any, bins: Any, bounds: Any) -> Any:
    """The tangent of `z = np.histogram_bin_edges(x, bins, bounds)`; ties count equally. None: does not change."""
    if np.ndim(bins):
        return np.zeros_like(z, float) if of_bins is None else np.array(of_bins)
    if bounds is not None:
        ends = (0.0, 0.0) if of_bounds is None else of_bounds
        return np.linspace(ends[0], ends[1], len(z))
    if change is None or not np.size(x):
        return np.zeros_like(z)
    x, change = np.reshape(x, -1), np.reshape(change, -1)
    lowest, highest = mean_of_ties(change, x == np.min(x)), mean_of_ties(change, x == np.max(x))
    return np.linspace(lowest, highest, len(z)).astype(z.dtype)


def histogram_tangent(
    change: Any,
    of_bins: Any,
    of_bounds: Any,
    of_weights: Any,
    z: Any,
    x: Any,
    bins: Any,
    bounds: Any,
    density: Any,
    weights: Any,
) -> Any:
    """The tangents of both results of `z = np.histogram(x, bins, bounds, density, weights)`."""
    of_edges = edges_tangent(change, of_bins, of_bounds, z[1], x, bins, bounds)
    sample = np.reshape(x, (-1, 1))
    return counts_tangent(of_weights, [of_edges], z[0], [z[1]], sample, density, weights), of_edges


def histogramdd_tangent(
    change: Any, of_weights: Any, z: Any, edges: Any, sample: Any, bins: Any, bounds: Any, density: Any, weights: Any
) -> Any:
    """The tangents of the counts `z` and of all edges in `np.histogramdd(sample, bins, bounds, density, weights)`."""
    sample = np.asarray(sample)
    count = sample.shape[1]
    given = [bins] * count if np.ndim(bins) == 0 else bins
    of_edges = [
        edges_tangent(
            None if change is None else change[:, k],
            None,
            None,
            edges[k],
            sample[:, k],
            given[k],
            None if bounds is None else bounds[k],
        )
        for k in range(count)
    ]
    return counts_tangent(of_weights, of_edges, z, edges, sample, density, weights), tuple(of_edges)


def counts_tangent(of_weights: Any, of_edges: Any, z: Any, edges: Any, sample: Any, density: Any, weights: Any) -> Any:
    """The tangent of counts, or of densities: z = counts / (volume * total)."""
    counts = np.zeros(np.shape(z))
    if of_weights is not None:
        counts = np.histogramdd(sample, edges, weights=np.reshape(of_weights, -1))[0]
    if not density:
        return counts
    volume = np.ones(())
    for k, ends in enumerate(edges):
        shape = (-1,) + (1,) * (len(edges) - 1 - k)
        volume = volume * np.diff(ends).reshape(shape)
    inside = np.histogramdd(sample, edges, weights=None if weights is None else np.reshape(weights, -1))[0]
    total = np.sum(inside)
    result = counts / (volume * total) - z * np.sum(counts) / total
    for k, ends in enumerate(edges):
        shape = (-1,) + (1,) * (len(edges) - 1 - k)
        result = result - z * (np.diff(of_edges[k]) / np.diff(ends)).reshape(shape)
    return result
