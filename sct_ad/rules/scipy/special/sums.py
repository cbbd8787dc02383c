# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of `logsumexp`, `softmax` and `log_softmax`."""

from __future__ import annotations

import numpy as np
from scipy import special

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import expanded
from sct_ad.rules.registry import d, kind, static
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.scipy.special import exp_difference, logsumexp_cotangents


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
