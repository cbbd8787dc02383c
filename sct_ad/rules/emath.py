# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of `np.emath`, whose results are complex where an argument is outside of the real domain.

The derivatives are those of the complex functions; a real argument takes the real part.
"""

from __future__ import annotations

import math

import numpy as np

from sct_ad.rules.registry import adjoint, d

LOG_2, LOG_10 = math.log(2.0), math.log(10.0)


@adjoint(np.emath.sqrt, elementwise=True, singular=True)
def sqrt(z, x):
    d[x] = d[z] * 0.5 / z


@adjoint(np.emath.log, elementwise=True)
def log(z, x):
    d[x] = d[z] / x


@adjoint(np.emath.log2, elementwise=True)
def log2(z, x):
    d[x] = d[z] / (x * LOG_2)


@adjoint(np.emath.log10, elementwise=True)
def log10(z, x):
    d[x] = d[z] / (x * LOG_10)


@adjoint(np.emath.logn, elementwise=True)
def logn(z, n, x):
    d[n] = -d[z] * z / (n * np.emath.log(n))
    d[x] = d[z] / (x * np.emath.log(n))


@adjoint(np.emath.power, elementwise=True, singular=True)
def power(z, x, p):
    d[x] = d[z] * p * np.emath.power(x, p - 1)
    d[p] = d[z] * z * np.emath.log(x + (x == 0))


@adjoint(np.emath.arcsin, elementwise=True, singular=True)
def arcsin(z, x):
    d[x] = d[z] / np.cos(z)


@adjoint(np.emath.arccos, elementwise=True, singular=True)
def arccos(z, x):
    d[x] = -d[z] / np.sin(z)


@adjoint(np.emath.arctanh, elementwise=True, singular=True)
def arctanh(z, x):
    d[x] = d[z] / (1.0 - x**2)
