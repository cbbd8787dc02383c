# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that leave out missing numbers: NaN entries have no part in the result, and cotangent 0."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint, backward_along, reshaped
from sct_ad.rules.macros import change_of, expanded
from sct_ad.rules.reductions import along, count_of, extreme_change, freedom_of, mean_of, reducing, tally, tied_mean
from sct_ad.rules.registry import d, kind, ndim, tangent
from sct_ad.runtime.quantiles import nanmedian_cotangent, nanmedian_tangent, quantile_cotangents, quantile_tangent
from sct_ad.runtime.reductions import cumulative_product_cotangent, cumulative_product_tangent, products_of_others
from sct_ad.runtime.statistics import variance_cotangents, variance_tangent

# Sums, means and products --------------------------------------------------------------------------------------------


@array_adjoint(np.nansum, selects=True)
def nansum(z, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    if where is True:
        d[a] = np.where(np.isnan(a), 0.0, expanded(d[z], a, axis, keepdims))
    else:
        d[a] = np.where(np.isnan(a), 0.0, expanded(d[z], a, axis, keepdims) * where)
    d[initial] = np.sum(d[z])


@tangent(np.nansum)
def nansum_tangent(z, a, axis=None, *, keepdims=False, initial=None, where=True):
    if where is True:
        d[z] = reducing(np.sum, np.where(np.isnan(a), 0.0, d[a]), axis, keepdims)
    else:
        d[z] = reducing(np.sum, np.where(~np.isnan(a) & where, d[a], 0.0), axis, keepdims)
    d[z] = np.full_like(z, d[initial])[()]


@array_adjoint(np.nanmean, selects=True)
def nanmean(z, a, axis=None, dtype=None, *, keepdims=False, where=True):
    if where is True:
        valid = ~np.isnan(a)
    else:
        valid = ~np.isnan(a) & where
    d[a] = expanded(d[z], a, axis, keepdims) * valid / tally(valid, a, axis)


@tangent(np.nanmean)
def nanmean_tangent(z, a, axis=None, *, keepdims=False, where=True):
    if where is True:
        valid = ~np.isnan(a)
    else:
        valid = ~np.isnan(a) & where
    d[z] = tied_mean(valid, d[a], a, axis, keepdims)


@array_adjoint(np.nanprod, selects=True)
def nanprod(z, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True:
        valid = ~np.isnan(a)
    else:
        valid = ~np.isnan(a) & where
    factors = np.where(valid, a, 1.0)
    if initial == 1:
        d[a] = np.where(valid, expanded(d[z], a, axis, keepdims) * along(products_of_others, factors, axis), 0.0)
    else:
        d[a] = np.where(
            valid, expanded(d[z] * initial, a, axis, keepdims) * along(products_of_others, factors, axis), 0.0
        )
        d[initial] = np.sum(d[z] * np.prod(factors, axis, keepdims=keepdims))


@tangent(np.nanprod)
def nanprod_tangent(z, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True:
        valid = ~np.isnan(a)
    else:
        valid = ~np.isnan(a) & where
    factors = np.where(valid, a, 1.0)
    changes = np.where(valid, along(products_of_others, factors, axis) * d[a], 0.0)
    d[z] = initial * reducing(np.sum, changes, axis, keepdims)
    d[z] = d[initial] * np.prod(factors, axis, keepdims=keepdims)


@array_adjoint(np.nanvar, selects=True)
def nanvar(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    valid = ~np.isnan(a)
    if where is True and mean is None and correction is None:
        deviation = np.where(valid, a - mean_of(a, axis, "nanmean"), 0.0)
        d[a] = 2.0 * expanded(d[z], a, axis, keepdims) * deviation.conj() / freedom_of(tally(valid, a, axis), ddof)
    else:
        parts = variance_cotangents(
            d[z], a, axis, ddof if correction is None else correction, keepdims, valid & where, mean
        )
        d[a] = parts[0]
        d[mean] = parts[1]


@tangent(np.nanvar)
def nanvar_tangent(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    counted = ~np.isnan(a) & where
    freed = ddof if correction is None else correction
    d[z] = variance_tangent(d[a], a, axis, freed, keepdims, counted, mean)
    d[z] = -variance_tangent(d[mean], a, axis, freed, keepdims, counted, mean)


@array_adjoint(np.nanstd, selects=True)
def nanstd(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    valid = ~np.isnan(a)
    scale = d[z] / (z + (z == 0))
    if where is True and mean is None and correction is None:
        deviation = np.where(valid, a - mean_of(a, axis, "nanmean"), 0.0)
        d[a] = expanded(scale, a, axis, keepdims) * deviation.conj() / freedom_of(tally(valid, a, axis), ddof)
    else:
        parts = variance_cotangents(
            0.5 * scale, a, axis, ddof if correction is None else correction, keepdims, valid & where, mean
        )
        d[a] = parts[0]
        d[mean] = parts[1]


@tangent(np.nanstd)
def nanstd_tangent(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    counted = ~np.isnan(a) & where
    freed = ddof if correction is None else correction
    d[z] = 0.5 * variance_tangent(d[a], a, axis, freed, keepdims, counted, mean) / (z + (z == 0))
    d[z] = -0.5 * variance_tangent(d[mean], a, axis, freed, keepdims, counted, mean) / (z + (z == 0))


# Extremes: ties share equally ----------------------------------------------------------------------------------------


@array_adjoint(np.nanmax, np.nanmin, selects=True)
def extreme(z, a, axis=None, *, keepdims=False, initial=None, where=True):
    if initial is None:
        ties = a == expanded(z, a, axis, keepdims)
        d[a] = expanded(d[z], a, axis, keepdims) * ties / tally(ties, a, axis)
    else:
        ties = (a == expanded(z, a, axis, keepdims)) & where
        shares = d[z] / (count_of(ties, a, axis, keepdims) + (z == initial))
        d[a] = expanded(shares, a, axis, keepdims) * ties
        d[initial] = np.sum(shares * (z == initial))


tangent(np.nanmax, np.nanmin)(extreme_change)


# Running totals ------------------------------------------------------------------------------------------------------


@array_adjoint(np.nancumsum, selects=True)
def nancumsum(z, a, axis=None, dtype=None):
    if axis is None and ndim(a) == 1:
        d[a] = np.where(np.isnan(a), 0.0, np.cumsum(d[z][::-1])[::-1])
    elif axis is None:
        d[a] = np.where(np.isnan(a), 0.0, reshaped(np.cumsum(d[z][::-1])[::-1], a))
    else:
        sums = backward_along(np.cumsum(backward_along(d[z], a, axis), axis=axis), a, axis)
        d[a] = np.where(np.isnan(a), 0.0, sums)


@tangent(np.nancumsum)
def nancumsum_tangent(z, a, axis=None):
    d[z] = np.cumsum(np.where(np.isnan(a), 0.0, d[a]), axis)


@array_adjoint(np.nancumprod, selects=True)
def nancumprod(z, a, axis=None, dtype=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    factors = np.where(np.isnan(a), 1.0, a)
    d[a] = np.where(np.isnan(a), 0.0, cumulative_product_cotangent(d[z], factors, axis))


@tangent(np.nancumprod)
def nancumprod_tangent(z, a, axis=None, dtype=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    missing = np.isnan(a)
    d[z] = cumulative_product_tangent(np.where(missing, 0.0, d[a]), np.where(missing, 1.0, a), axis)


# Quantiles -----------------------------------------------------------------------------------------------------------


@array_adjoint(np.nanmedian, selects=True)
def nanmedian(z, a, axis=None, *, keepdims=False):
    d[a] = nanmedian_cotangent(d[z], a, axis)


@tangent(np.nanmedian)
def nanmedian_change(z, a, axis=None, *, keepdims=False):
    d[z] = nanmedian_tangent(d[a], a, axis, keepdims)


@array_adjoint(np.nanquantile, selects=True)
def nanquantile(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    parts = quantile_cotangents(d[z], a, q, axis, method, weights, True)
    d[a] = parts[0]
    d[q] = parts[1]


@tangent(np.nanquantile)
def nanquantile_tangent(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    d[z] = quantile_tangent(change_of(a), change_of(q), a, q, axis, method, weights, True, keepdims)


@array_adjoint(np.nanpercentile, selects=True)
def nanpercentile(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    parts = quantile_cotangents(d[z], a, np.divide(q, 100.0), axis, method, weights, True)
    d[a] = parts[0]
    d[q] = parts[1] / 100.0


@tangent(np.nanpercentile)
def nanpercentile_tangent(z, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    level = np.divide(q, 100.0)
    d[z] = quantile_tangent(d[a], None, a, level, axis, method, weights, True, keepdims)
    d[z] = quantile_tangent(None, np.divide(d[q], 100.0), a, level, axis, method, weights, True, keepdims)
