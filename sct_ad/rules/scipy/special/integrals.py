# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that are integrals of others: the derivative is the integrand."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d, elementwise_results
from sct_ad.runtime.scipy.special import expn_slope, sinhc, spence_slope

PI, HALF_PI = math.pi, math.pi / 2.0


@adjoint(special.expi, elementwise=True, singular=True)
def expi(z, x):
    d[x] = d[z] * np.exp(x) / x


@adjoint(special.exp1, elementwise=True, singular=True)
def exp1(z, x):
    d[x] = -d[z] * np.exp(-x) / x


@adjoint(special.expn, elementwise=True, singular=True)
def expn(z, n, x):
    """DLMF 8.19.13."""
    if active(n):
        raise NotImplementedError("the order n, which is an integer")
    d[x] = d[z] * expn_slope(n, x)


@adjoint(special.sici)
def sici(z, x):
    """At 0 the cosine integral is infinite, and has no part in the cotangent."""
    d[x] = d[z][0] * np.sinc(x / PI) + d[z][1] * np.cos(x) / np.where(x == 0, np.inf, x)


@adjoint(special.shichi)
def shichi(z, x):
    """As `sici`."""
    d[x] = d[z][0] * sinhc(x) + d[z][1] * np.cosh(x) / np.where(x == 0, np.inf, x)


@adjoint(special.fresnel)
def fresnel(z, x):
    d[x] = d[z][0] * np.sin(HALF_PI * x**2) + d[z][1] * np.cos(HALF_PI * x**2)


@adjoint(special.spence, elementwise=True, singular=True)
def spence(z, x):
    d[x] = d[z] * spence_slope(x)


@adjoint(special.itj0y0)
def itj0y0(z, x):
    d[x] = d[z][0] * special.j0(x) + d[z][1] * special.y0(x)


@adjoint(special.iti0k0)
def iti0k0(z, x):
    d[x] = d[z][0] * special.i0(x) + d[z][1] * special.k0(x)


@adjoint(special.it2j0y0)
def it2j0y0(z, x):
    d[x] = (d[z][0] * (1.0 - special.j0(x)) - d[z][1] * special.y0(x)) / x


@adjoint(special.it2i0k0)
def it2i0k0(z, x):
    d[x] = (d[z][0] * (special.i0(x) - 1.0) - d[z][1] * special.k0(x)) / x


@adjoint(special.itairy)
def itairy(z, x):
    there = special.airy(x)
    back = special.airy(-x)
    d[x] = d[z][0] * there[0] + d[z][1] * there[2] + d[z][2] * back[0] + d[z][3] * back[2]


@adjoint(special.itstruve0, elementwise=True)
def itstruve0(z, x):
    d[x] = d[z] * special.struve(np.zeros_like(x), x)


@adjoint(special.it2struve0, elementwise=True)
def it2struve0(z, x):
    d[x] = -d[z] * special.struve(np.zeros_like(x), x) / x


@adjoint(special.itmodstruve0, elementwise=True)
def itmodstruve0(z, x):
    d[x] = d[z] * special.modstruve(np.zeros_like(x), x)


elementwise_results(2, special.sici, special.shichi, special.fresnel)
elementwise_results(2, special.itj0y0, special.iti0k0, special.it2j0y0, special.it2i0k0)
elementwise_results(4, special.itairy)
