# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of statistics: quantiles, covariances, correlations. The versions that leave out NaN are in missing.py."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import d, tangent
from sct_ad.runtime.quantiles import quantile_cotangents, quantile_tangent
from sct_ad.runtime.statistics import (
    correlation_cotangents,
    correlation_tangent,
    covariance_cotangents,
    covariance_tangent,
)

# Quantiles -----------------------------------------------------------------------------------------------------------


@array_adjoint(np.quantile)
def quantile(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    """Weights only decide which entry is taken: `inverted_cdf` is the one method that has them."""
    if method == "linear" and weights is None:
        parts = quantile_cotangents(d[z], a, q, axis)
    else:
        parts = quantile_cotangents(d[z], a, q, axis, method, weights)
    d[a] = parts[0]
    d[q] = parts[1]


@tangent(np.quantile)
def quantile_change(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    d[z] = quantile_tangent(change_of(a), change_of(q), a, q, axis, method, weights, False, keepdims)


@array_adjoint(np.percentile)
def percentile(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    if method == "linear" and weights is None:
        parts = quantile_cotangents(d[z], a, np.divide(q, 100.0), axis)
    else:
        parts = quantile_cotangents(d[z], a, np.divide(q, 100.0), axis, method, weights)
    d[a] = parts[0]
    d[q] = parts[1] / 100.0


@tangent(np.percentile)
def percentile_change(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    level = np.divide(q, 100.0)
    d[z] = quantile_tangent(d[a], None, a, level, axis, method, weights, False, keepdims)
    d[z] = quantile_tangent(None, np.divide(d[q], 100.0), a, level, axis, method, weights, False, keepdims)


# Covariances ---------------------------------------------------------------------------------------------------------


@array_adjoint(np.cov)
def covariance(z, m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    if fweights is None and aweights is None:
        parts = covariance_cotangents(d[z], m, y, rowvar, bias, ddof)
    else:
        parts = covariance_cotangents(d[z], m, y, rowvar, bias, ddof, fweights, aweights)
    d[m] = parts[0]
    d[y] = parts[1]
    d[aweights] = parts[2]


@tangent(np.cov)
def covariance_change(z, m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None):
    d[z] = covariance_tangent(
        change_of(m), change_of(y), change_of(aweights), z, m, y, rowvar, bias, ddof, fweights, aweights
    )


@array_adjoint(np.corrcoef)
def correlation(z, x, y=None, rowvar=True, *, dtype=None):
    parts = correlation_cotangents(d[z], z, x, y, rowvar)
    d[x] = parts[0]
    d[y] = parts[1]


@tangent(np.corrcoef)
def correlation_change(z, x, y=None, rowvar=True):
    d[z] = correlation_tangent(change_of(x), change_of(y), z, x, y, rowvar)
