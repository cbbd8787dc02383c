# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of `scipy.special`'s elementary functions: exponentials, logarithms, entropies, losses, angles."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d, zero_derivative
from sct_ad.runtime.scipy.special import box_cox_slope, diric_slope, exprel_slope, log1p_ratio_slope

LOG_2, LOG_10, DEGREE = math.log(2.0), math.log(10.0), math.pi / 180.0


# Exponentials, logarithms and powers ---------------------------------------------------------------------------------


@adjoint(special.exp2, elementwise=True)
def exp2(z, x):
    d[x] = d[z] * LOG_2 * z


@adjoint(special.exp10, elementwise=True)
def exp10(z, x):
    d[x] = d[z] * LOG_10 * z


@adjoint(special.expm1, elementwise=True)
def expm1(z, x):
    d[x] = d[z] * (1.0 + z)


@adjoint(special.log1p, elementwise=True, singular=True)
def log1p(z, x):
    d[x] = d[z] / (1.0 + x)


@adjoint(special.cbrt, elementwise=True, singular=True)
def cbrt(z, x):
    d[x] = d[z] / (3.0 * z * z)


@adjoint(special.powm1, elementwise=True, singular=True)
def powm1(z, x, y):
    d[x] = d[z] * y * x ** (y - 1.0)
    d[y] = d[z] * (z + 1.0) * np.log(x)


@adjoint(special.exprel, elementwise=True)
def exprel(z, x):
    d[x] = d[z] * exprel_slope(x)


@adjoint(special.expit, elementwise=True)
def expit(z, x):
    d[x] = d[z] * z * (1.0 - z)


@adjoint(special.logit, elementwise=True, singular=True)
def logit(z, x):
    d[x] = d[z] / (x * (1.0 - x))


@adjoint(special.log_expit, elementwise=True)
def log_expit(z, x):
    d[x] = d[z] * special.expit(-x)


if hasattr(special, "softplus"):

    @adjoint(special.softplus, elementwise=True)
    def softplus(z, x):
        d[x] = d[z] * special.expit(x)


# Products with logarithms: 0 where a factor of 0 decides -------------------------------------------------------------


@adjoint(special.xlogy, elementwise=True, singular=True)
def xlogy(z, x, y):
    d[x] = d[z] * np.log(y)
    d[y] = d[z] * x / np.where(x == 0, 1.0, y)


@adjoint(special.xlog1py, elementwise=True, singular=True)
def xlog1py(z, x, y):
    d[x] = d[z] * np.log1p(y)
    d[y] = d[z] * x / np.where(x == 0, 1.0, 1.0 + y)


@adjoint(special.entr, elementwise=True, singular=True)
def entr(z, x):
    d[x] = -d[z] * (1.0 + np.log(x))


@adjoint(special.rel_entr, elementwise=True, singular=True)
def rel_entr(z, x, y):
    d[x] = d[z] * (1.0 + np.log(x / y))
    d[y] = -d[z] * x / np.where(x == 0, 1.0, y)


@adjoint(special.kl_div, elementwise=True, singular=True)
def kl_div(z, x, y):
    d[x] = d[z] * np.log(x / y)
    d[y] = d[z] * (1.0 - x / np.where(x == 0, 1.0, y))


# Losses and the transformation of Box and Cox ------------------------------------------------------------------------


@adjoint(special.huber, elementwise=True)
def huber(z, delta, r):
    d[delta] = d[z] * np.maximum(abs(r) - delta, 0.0)
    d[r] = d[z] * np.maximum(np.minimum(r, delta), -delta)


@adjoint(special.pseudo_huber, elementwise=True)
def pseudo_huber(z, delta, r):
    d[delta] = d[z] * (2.0 * z / delta - r**2 / np.hypot(delta, r))
    d[r] = d[z] * r * delta / np.hypot(delta, r)


@adjoint(special.boxcox, elementwise=True, singular=True)
def boxcox(z, x, lmbda):
    d[x] = d[z] * x ** (lmbda - 1.0)
    d[lmbda] = d[z] * box_cox_slope(np.log(x), lmbda)


@adjoint(special.boxcox1p, elementwise=True, singular=True)
def boxcox1p(z, x, lmbda):
    d[x] = d[z] * (1.0 + x) ** (lmbda - 1.0)
    d[lmbda] = d[z] * box_cox_slope(np.log1p(x), lmbda)


@adjoint(special.inv_boxcox, elementwise=True, singular=True)
def inv_boxcox(z, x, lmbda):
    d[x] = d[z] * z ** (1.0 - lmbda)
    d[lmbda] = d[z] * z * x**2 * log1p_ratio_slope(lmbda * x)


@adjoint(special.inv_boxcox1p, elementwise=True, singular=True)
def inv_boxcox1p(z, x, lmbda):
    d[x] = d[z] * (1.0 + z) ** (1.0 - lmbda)
    d[lmbda] = d[z] * (1.0 + z) * x**2 * log1p_ratio_slope(lmbda * x)


# Angles --------------------------------------------------------------------------------------------------------------


@adjoint(special.cosm1, elementwise=True)
def cosm1(z, x):
    d[x] = -d[z] * np.sin(x)


@adjoint(special.sindg, elementwise=True)
def sindg(z, x):
    d[x] = d[z] * DEGREE * special.cosdg(x)


@adjoint(special.cosdg, elementwise=True)
def cosdg(z, x):
    d[x] = -d[z] * DEGREE * special.sindg(x)


@adjoint(special.tandg, elementwise=True, singular=True)
def tandg(z, x):
    d[x] = d[z] * DEGREE * (1.0 + z**2)


@adjoint(special.cotdg, elementwise=True, singular=True)
def cotdg(z, x):
    d[x] = -d[z] * DEGREE * (1.0 + z**2)


@adjoint(special.radian, elementwise=True)
def radian(z, degrees, minutes, seconds):
    d[degrees] = d[z] * DEGREE
    d[minutes] = d[z] * DEGREE / 60.0
    d[seconds] = d[z] * DEGREE / 3600.0


@adjoint(special.diric, elementwise=True)
def diric(z, x, n):
    if active(n):
        raise NotImplementedError("the order n, which is an integer")
    d[x] = d[z] * diric_slope(x, n)


zero_derivative(special.round)
