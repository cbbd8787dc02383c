# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of descriptive statistics. NaN is taken as a number: other policies are refused."""

from __future__ import annotations

from scipy import stats

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import change_of, expanded
from sct_ad.rules.registry import active, d, kind, reduction, tangent
from sct_ad.runtime.reductions import axis_count
from sct_ad.runtime.scipy.stats import (
    entropy_cotangents,
    entropy_tangent,
    kurtosis_slope,
    moment_slope,
    sem_slope,
    skew_slope,
    variation_slope,
    zscore_cotangent,
)


@array_adjoint(stats.gmean)
def gmean(z, a, axis=0, dtype=None, weights=None, *, nan_policy="propagate", keepdims=False):
    if nan_policy == "propagate" and weights is None and dtype is None:
        d[a] = expanded(d[z] * z, a, axis, keepdims) / (axis_count(a, axis) * a)
    else:
        raise NotImplementedError("dtype, weights, or a nan_policy other than 'propagate'")


@array_adjoint(stats.hmean)
def hmean(z, a, axis=0, dtype=None, *, weights=None, nan_policy="propagate", keepdims=False):
    if nan_policy == "propagate" and weights is None and dtype is None:
        d[a] = expanded(d[z] * z**2, a, axis, keepdims) / (axis_count(a, axis) * a**2)
    else:
        raise NotImplementedError("dtype, weights, or a nan_policy other than 'propagate'")


@array_adjoint(stats.zscore)
def zscore(z, a, axis=0, ddof=0, nan_policy="propagate"):
    if nan_policy == "propagate" and kind(a) == "float":
        d[a] = zscore_cotangent(d[z], z, a, axis, ddof)
    else:
        raise NotImplementedError("an argument that may be complex, or a nan_policy other than 'propagate'")


@array_adjoint(stats.sem)
def sem(z, a, axis=0, ddof=1, nan_policy="propagate", *, keepdims=False):
    if nan_policy == "propagate" and kind(a) == "float":
        d[a] = expanded(d[z], a, axis, keepdims) * sem_slope(a, axis, ddof)
    else:
        raise NotImplementedError("an argument that may be complex, or a nan_policy other than 'propagate'")


@array_adjoint(stats.variation)
def variation(z, a, axis=0, nan_policy="propagate", ddof=0, *, keepdims=False):
    if nan_policy == "propagate" and kind(a) == "float":
        d[a] = expanded(d[z], a, axis, keepdims) * variation_slope(a, axis, ddof)
    else:
        raise NotImplementedError("an argument that may be complex, or a nan_policy other than 'propagate'")


@array_adjoint(stats.skew)
def skew(z, a, axis=0, bias=True, nan_policy="propagate", *, keepdims=False):
    if nan_policy == "propagate" and kind(a) == "float":
        d[a] = expanded(d[z], a, axis, keepdims) * skew_slope(a, axis, bias)
    else:
        raise NotImplementedError("an argument that may be complex, or a nan_policy other than 'propagate'")


@array_adjoint(stats.kurtosis)
def kurtosis(z, a, axis=0, fisher=True, bias=True, nan_policy="propagate", *, keepdims=False):
    if nan_policy == "propagate" and kind(a) == "float":
        d[a] = expanded(d[z], a, axis, keepdims) * kurtosis_slope(a, axis, bias)
    else:
        raise NotImplementedError("an argument that may be complex, or a nan_policy other than 'propagate'")


@array_adjoint(stats.moment)
def moment(z, a, order=1, axis=0, nan_policy="propagate", *, center=None, keepdims=False):
    if active(center):
        raise NotImplementedError("the center; write np.mean((a - center) ** order, axis=axis)")
    elif nan_policy == "propagate" and isinstance(order, int):
        d[a] = expanded(d[z], a, axis, keepdims) * moment_slope(a, order, axis, center)
    else:
        raise NotImplementedError("a nan_policy other than 'propagate', or an order that is not one constant")


@array_adjoint(stats.entropy, singular=True)
def entropy(z, pk, qk=None, base=None, axis=0, *, nan_policy="propagate", keepdims=False):
    if active(base):
        raise NotImplementedError("the base; divide by its logarithm instead")
    elif nan_policy == "propagate":
        cotangents = entropy_cotangents(d[z], z, pk, qk, base, axis, keepdims)
        d[pk] = cotangents[0]
        d[qk] = cotangents[1]
    else:
        raise NotImplementedError("a nan_policy other than 'propagate'")


reduction(stats.gmean, stats.hmean, stats.sem, stats.variation, stats.skew, stats.kurtosis, stats.moment)


@tangent(stats.zscore)
def zscore_change(z, a, axis=0, ddof=0, nan_policy="propagate"):
    """The Jacobian is symmetric."""
    d[z] = zscore_cotangent(d[a], z, a, axis, ddof)


@tangent(stats.entropy)
def entropy_change(z, pk, qk=None, base=None, axis=0, *, nan_policy="propagate", keepdims=False):
    d[z] = entropy_tangent(z, pk, qk, base, axis, keepdims, change_of(pk), change_of(qk))
