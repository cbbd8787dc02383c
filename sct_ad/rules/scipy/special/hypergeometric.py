# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of hypergeometric functions and of the inverses of exponential equations. Parameters are refused."""

from __future__ import annotations

import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d


@adjoint(special.hyp0f1, elementwise=True)
def hyp0f1(z, v, x):
    """DLMF 16.3.1."""
    if active(v):
        raise NotImplementedError("the parameter v")
    d[x] = d[z] * special.hyp0f1(v + 1, x) / v


@adjoint(special.hyp1f1, elementwise=True)
def hyp1f1(z, a, b, x):
    """DLMF 13.3.15."""
    if active(a) or active(b):
        raise NotImplementedError("the parameters a and b")
    d[x] = d[z] * a / b * special.hyp1f1(a + 1, b + 1, x)


@adjoint(special.hyp2f1, elementwise=True)
def hyp2f1(z, a, b, c, x):
    """DLMF 15.5.1."""
    if active(a) or active(b) or active(c):
        raise NotImplementedError("the parameters a, b and c")
    d[x] = d[z] * a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, x)


@adjoint(special.hyperu, elementwise=True)
def hyperu(z, a, b, x):
    """DLMF 13.3.22."""
    if active(a) or active(b):
        raise NotImplementedError("the parameters a and b")
    d[x] = -d[z] * a * special.hyperu(a + 1, b + 1, x)


@adjoint(special.wright_bessel, elementwise=True)
def wright_bessel(z, a, b, x):
    """DLMF 10.46.1, term by term."""
    if active(a) or active(b):
        raise NotImplementedError("the parameters a and b")
    d[x] = d[z] * special.wright_bessel(a, a + b, x)


if hasattr(special, "log_wright_bessel"):

    @adjoint(special.log_wright_bessel, elementwise=True)
    def log_wright_bessel(z, a, b, x):
        if active(a) or active(b):
            raise NotImplementedError("the parameters a and b")
        d[x] = d[z] * np.exp(special.log_wright_bessel(a, a + b, x) - z)


@adjoint(special.lambertw, elementwise=True, singular=True)
def lambertw(z, x, k=0, tol=1e-8):
    """DLMF 4.13.4, in the form that is finite at 0."""
    d[x] = d[z] * np.exp(-z) / (1.0 + z)


@adjoint(special.wrightomega, elementwise=True, singular=True)
def wrightomega(z, x):
    d[x] = d[z] * z / (1.0 + z)
