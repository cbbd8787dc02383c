# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of statistics: quantiles, covariances, and reductions that leave out missing numbers."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint, backward_along
from sct_ad.rules.macros import expanded
from sct_ad.rules.reductions import along, freedom_of, mean_of, tally
from sct_ad.rules.registry import d, ndim
from sct_ad.runtime.reductions import products_of_others
from sct_ad.runtime.statistics import correlation_cotangents, covariance_cotangents, quantile_cotangents

# Missing numbers -----------------------------------------------------------------------------------------------------


@array_adjoint(np.nanprod, selects=True)
def nanprod(z, a, axis=None, dtype=None, *, keepdims=False):
    valid = ~np.isnan(a)
    d[a] = np.where(
        valid, expanded(d[z], a, axis, keepdims) * along(products_of_others, np.where(valid, a, 1.0), axis), 0.0
    )


@array_adjoint(np.nanvar, selects=True)
def nanvar(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False):
    valid = ~np.isnan(a)
    deviation = np.where(valid, a - mean_of(a, axis, "nanmean"), 0.0)
    d[a] = 2.0 * expanded(d[z], a, axis, keepdims) * deviation / freedom_of(tally(valid, a, axis), ddof)


@array_adjoint(np.nanstd, selects=True)
def nanstd(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False):
    valid = ~np.isnan(a)
    deviation = np.where(valid, a - mean_of(a, axis, "nanmean"), 0.0)
    scale = expanded(d[z] / (z + (z == 0)), a, axis, keepdims)
    d[a] = scale * deviation / freedom_of(tally(valid, a, axis), ddof)


@array_adjoint(np.nancumsum, selects=True)
def nancumsum(z, a, axis=None, dtype=None):
    if axis is None and ndim(a) != 1:
        raise NotImplementedError("no axis; flatten the array first")
    else:
        sums = backward_along(np.cumsum(backward_along(d[z], a, axis), axis=axis), a, axis)
        d[a] = np.where(np.isnan(a), 0.0, sums)


# Quantiles -----------------------------------------------------------------------------------------------------------


@array_adjoint(np.quantile)
def quantile(z, a, q, axis=None, *, method="linear", keepdims=False):
    if method == "linear":
        parts = quantile_cotangents(d[z], a, q, axis, keepdims)
        d[a] = parts[0]
        d[q] = parts[1]
    else:
        raise NotImplementedError("a method other than linear")


@array_adjoint(np.percentile)
def percentile(z, a, q, axis=None, *, method="linear", keepdims=False):
    if method == "linear":
        parts = quantile_cotangents(d[z], a, np.divide(q, 100.0), axis, keepdims)
        d[a] = parts[0]
        d[q] = parts[1] / 100.0
    else:
        raise NotImplementedError("a method other than linear")


# Covariances ---------------------------------------------------------------------------------------------------------


@array_adjoint(np.cov)
def covariance(z, m, y=None, rowvar=True, bias=False, ddof=None):
    parts = covariance_cotangents(d[z], m, y, rowvar, bias, ddof)
    d[m] = parts[0]
    d[y] = parts[1]


@array_adjoint(np.corrcoef)
def correlation(z, x, y=None, rowvar=True):
    parts = correlation_cotangents(d[z], x, y, rowvar)
    d[x] = parts[0]
    d[y] = parts[1]
