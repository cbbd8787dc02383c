# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of `logsumexp`, `softmax` and `log_softmax`."""

from __future__ import annotations

import numpy as np
from scipy import special

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import expanded
from sct_ad.rules.registry import d, kind, static, tangent
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.scipy.special import exp_difference, logsumexp_cotangents, logsumexp_weights


@array_adjoint(special.logsumexp, singular=True)
def logsumexp(z, a, axis=None, b=None, keepdims=False, return_sign=False):
    """The weights of the mean that the sum is: 0 for entries of minus infinity, and all 0 where there are no others."""
    if not static(return_sign):
        raise NotImplementedError("return_sign, which must be a constant")
    elif not return_sign and b is None:
        d[a] = expanded(d[z], a, axis, keepdims) * exp_difference(a, expanded(z, a, axis, keepdims))
    elif not return_sign:
        cotangents = logsumexp_cotangents(d[z], z, a, b, axis, keepdims)
        d[a] = unbroadcast(cotangents[0], a)
        d[b] = unbroadcast(cotangents[1], b)
    elif b is None and kind(a) == "float":
        d[a] = expanded(d[z][0] * z[1], a, axis, keepdims) * exp_difference(a, expanded(z[0], a, axis, keepdims))
    elif kind(a) in ("float", "int") and kind(b) in ("float", "int"):
        cotangents = logsumexp_cotangents(d[z][0] * z[1], z[0], a, b, axis, keepdims)
        d[a] = unbroadcast(cotangents[0], a)
        d[b] = unbroadcast(cotangents[1], b)
    else:
        raise NotImplementedError("return_sign with arguments that may be complex: the sign has a derivative then")


@array_adjoint(special.softmax)
def softmax(z, x, axis=None):
    if axis is None:
        d[x] = z * (d[z] - np.sum(d[z] * z))
    else:
        d[x] = z * (d[z] - np.sum(d[z] * z, axis=axis, keepdims=True))


@array_adjoint(special.log_softmax)
def log_softmax(z, x, axis=None):
    if axis is None:
        d[x] = d[z] - np.exp(z) * np.sum(d[z])
    else:
        d[x] = d[z] - np.exp(z) * np.sum(d[z], axis=axis, keepdims=True)


@tangent(special.logsumexp)
def logsumexp_change(z, a, axis=None, b=None, keepdims=False, return_sign=False):
    """The mean with weights of the tangents."""
    if not return_sign and b is None:
        d[z] = np.sum(exp_difference(a, expanded(z, a, axis, keepdims)) * d[a], axis=axis, keepdims=keepdims)
    elif not return_sign:
        d[z] = np.sum(b * logsumexp_weights(z, a, b, axis, keepdims) * d[a], axis=axis, keepdims=keepdims)
        d[z] = np.sum(logsumexp_weights(z, a, b, axis, keepdims) * d[b], axis=axis, keepdims=keepdims)
    elif b is None:
        share = exp_difference(a, expanded(z[0], a, axis, keepdims)) * d[a]
        d[z] = (z[1] * np.sum(share, axis=axis, keepdims=keepdims), np.zeros_like(z[1]))
    else:
        by_a = b * logsumexp_weights(z[0], a, b, axis, keepdims) * d[a]
        by_b = logsumexp_weights(z[0], a, b, axis, keepdims) * d[b]
        d[z] = (z[1] * np.sum(by_a, axis=axis, keepdims=keepdims), np.zeros_like(z[1]))
        d[z] = (z[1] * np.sum(by_b, axis=axis, keepdims=keepdims), np.zeros_like(z[1]))


@tangent(special.softmax)
def softmax_change(z, x, axis=None):
    """The Jacobian is symmetric."""
    if axis is None:
        d[z] = z * (d[x] - np.sum(d[x] * z))
    else:
        d[z] = z * (d[x] - np.sum(d[x] * z, axis=axis, keepdims=True))


@tangent(special.log_softmax)
def log_softmax_change(z, x, axis=None):
    if axis is None:
        d[z] = d[x] - np.sum(np.exp(z) * d[x])
    else:
        d[z] = d[x] - np.sum(np.exp(z) * d[x], axis=axis, keepdims=True)
