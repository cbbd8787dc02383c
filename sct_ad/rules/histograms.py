# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that count in bins: counts are linear in the weights; which bin a point is in has no derivative.

Edges that are not given lie evenly between the smallest and the largest entry, and carry the derivatives of these two.
"""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import change_of, change_or_zero
from sct_ad.rules.registry import active, d, is_sequence, linear_in, tangent
from sct_ad.runtime.histograms import (
    edges_cotangents,
    edges_tangent,
    histogram_cotangents,
    histogram_tangent,
    histogramdd_cotangents,
    histogramdd_tangent,
)


@array_adjoint(np.bincount)
def bincount(z, x, weights=None, minlength=0):
    d[weights] = d[z][x]


linear_in("weights", np.bincount)


@array_adjoint(np.histogram_bin_edges)
def histogram_bin_edges(z, a, bins=10, range=None, weights=None):
    parts = edges_cotangents(d[z], a, bins, range)
    d[a] = parts[0]
    d[bins] = parts[1]
    d[range] = parts[2]


@tangent(np.histogram_bin_edges)
def histogram_bin_edges_tangent(z, a, bins=10, range=None):
    d[z] = edges_tangent(change_of(a), change_of(bins), change_of(range), z, a, bins, range)


@array_adjoint(np.histogram)
def histogram(z, a, bins=10, range=None, density=None, weights=None):
    parts = histogram_cotangents(d[z][0], d[z][1], z[0], z[1], a, bins, range, density, weights)
    d[a] = parts[0]
    d[bins] = parts[1]
    d[range] = parts[2]
    d[weights] = parts[3]


@tangent(np.histogram)
def histogram_change(z, a, bins=10, range=None, density=None, weights=None):
    d[z] = histogram_tangent(
        change_of(a), change_of(bins), change_of(range), change_of(weights), z, a, bins, range, density, weights
    )


@array_adjoint(np.histogram2d)
def histogram2d(z, x, y, bins=10, range=None, density=None, weights=None):
    if active(bins) or active(range):
        raise NotImplementedError("edges that carry derivatives; use np.histogram along one axis")
    else:
        parts = histogramdd_cotangents(
            d[z][0], (d[z][1], d[z][2]), z[0], (z[1], z[2]), np.stack((x, y), 1), bins, range, density, weights
        )
        d[x] = parts[0][:, 0]
        d[y] = parts[0][:, 1]
        d[weights] = parts[1]


@tangent(np.histogram2d)
def histogram2d_change(z, x, y, bins=10, range=None, density=None, weights=None):
    if active(bins) or active(range):
        raise NotImplementedError("edges that carry derivatives; use np.histogram along one axis")
    else:
        changes = np.stack((change_or_zero(x), change_or_zero(y)), 1)
        points = np.stack((x, y), 1)
        parts = histogramdd_tangent(changes, change_of(weights), z[0], z[1:], points, bins, range, density, weights)
        d[z] = (parts[0], parts[1][0], parts[1][1])


@array_adjoint(np.histogramdd)
def histogramdd(z, sample, bins=10, range=None, density=None, weights=None):
    if active(bins) or active(range):
        raise NotImplementedError("edges that carry derivatives; use np.histogram along one axis")
    elif is_sequence(sample):
        raise NotImplementedError("a sequence of coordinates; stack them, np.stack(coordinates, axis=1)")
    else:
        parts = histogramdd_cotangents(d[z][0], d[z][1], z[0], z[1], sample, bins, range, density, weights)
        d[sample] = parts[0]
        d[weights] = parts[1]


@tangent(np.histogramdd)
def histogramdd_change(z, sample, bins=10, range=None, density=None, weights=None):
    if active(bins) or active(range):
        raise NotImplementedError("edges that carry derivatives; use np.histogram along one axis")
    elif is_sequence(sample):
        raise NotImplementedError("a sequence of coordinates; stack them, np.stack(coordinates, axis=1)")
    else:
        d[z] = histogramdd_tangent(
            change_of(sample), change_of(weights), z[0], z[1], sample, bins, range, density, weights
        )
