# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of error functions, DLMF 7, and of the normal distribution's functions."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sct_ad.rules.registry import adjoint, d
from sct_ad.runtime.scipy.special import dawsn_slope, erfcx_slope, wofz_slope

ERF_SLOPE, ERF_INVERSE_SLOPE = 2.0 / math.sqrt(math.pi), math.sqrt(math.pi) / 2.0
ROOT_2, ROOT_PI, ROOT_2PI = math.sqrt(2.0), math.sqrt(math.pi), math.sqrt(2.0 * math.pi)
ROOT_2_OVER_PI, ROOT_PI_OVER_2 = math.sqrt(2.0 / math.pi), math.sqrt(math.pi / 2.0)
TWO_PI, TWO_ROOT_2PI = 2.0 * math.pi, 2.0 * math.sqrt(2.0 * math.pi)


@adjoint(special.erf, elementwise=True)
def erf(z, x):
    d[x] = d[z] * ERF_SLOPE * np.exp(-(x**2))


@adjoint(special.erfc, elementwise=True)
def erfc(z, x):
    d[x] = -d[z] * ERF_SLOPE * np.exp(-(x**2))


@adjoint(special.erfi, elementwise=True)
def erfi(z, x):
    d[x] = d[z] * ERF_SLOPE * np.exp(x**2)


@adjoint(special.erfcx, elementwise=True)
def erfcx(z, x):
    d[x] = d[z] * erfcx_slope(x)


@adjoint(special.erfinv, elementwise=True, singular=True)
def erfinv(z, y):
    d[y] = d[z] * ERF_INVERSE_SLOPE * np.exp(z**2)


@adjoint(special.erfcinv, elementwise=True, singular=True)
def erfcinv(z, y):
    d[y] = -d[z] * ERF_INVERSE_SLOPE * np.exp(z**2)


@adjoint(special.dawsn, elementwise=True)
def dawsn(z, x):
    d[x] = d[z] * dawsn_slope(x)


@adjoint(special.wofz, elementwise=True)
def wofz(z, x):
    d[x] = d[z] * wofz_slope(x)


@adjoint(special.voigt_profile, elementwise=True)
def voigt_profile(z, x, sigma, gamma):
    """The real part of the Faddeeva function of `(x + i gamma) / (sqrt(2) sigma)`, by the chain rule."""
    at = (x + 1j * gamma) / (ROOT_2 * sigma)
    slope = wofz_slope(at) / (2.0 * ROOT_PI * sigma**2)
    d[x] = d[z] * np.real(slope)
    d[sigma] = -d[z] * (z + ROOT_2 * sigma * np.real(slope * at)) / sigma
    d[gamma] = -d[z] * np.imag(slope)


# The normal distribution ---------------------------------------------------------------------------------------------


@adjoint(special.ndtr, elementwise=True)
def ndtr(z, x):
    d[x] = d[z] * np.exp(-0.5 * x**2) / ROOT_2PI


@adjoint(special.ndtri, elementwise=True, singular=True)
def ndtri(z, y):
    d[y] = d[z] * ROOT_2PI * np.exp(0.5 * z**2)


@adjoint(special.log_ndtr, elementwise=True)
def log_ndtr(z, x):
    """The density over the distribution function, which the scaled error function keeps exact in both tails."""
    d[x] = d[z] * ROOT_2_OVER_PI / special.erfcx(-x / ROOT_2)


@adjoint(special.ndtri_exp, elementwise=True, singular=True)
def ndtri_exp(z, y):
    d[y] = d[z] * ROOT_PI_OVER_2 * special.erfcx(-z / ROOT_2)


@adjoint(special.owens_t, elementwise=True)
def owens_t(z, h, a):
    d[h] = -d[z] * np.exp(-0.5 * h**2) * special.erf(a * h / ROOT_2) / TWO_ROOT_2PI
    d[a] = d[z] * np.exp(-0.5 * h**2 * (1.0 + a**2)) / (TWO_PI * (1.0 + a**2))
