# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the `cmath` module and of the methods of Python's complex numbers.

`d[x]` is the complex number c for which the result changes by the real part of c times dx: rules of holomorphic
functions are those of the real ones, with the branches of the principal values.
"""

from __future__ import annotations

import cmath
import math

from sct_ad.rules.registry import adjoint, d, kind, tangent, zero_derivative

LOG_10 = math.log(10.0)


# Exponentials, logarithms and roots --------------------------------------------------------------------------------


@adjoint(cmath.exp, elementwise=True)
def exp(z, x):
    d[x] = d[z] * z


@adjoint(cmath.log, elementwise=True)
def log(z, x, base=None):
    if base is None:
        d[x] = d[z] / x
    else:
        d[x] = d[z] / (x * cmath.log(base))
        d[base] = -d[z] * z / (base * cmath.log(base))


@adjoint(cmath.log10, elementwise=True)
def log10(z, x):
    d[x] = d[z] / (LOG_10 * x)


@adjoint(cmath.sqrt, elementwise=True, singular=True)
def sqrt(z, x):
    d[x] = d[z] * 0.5 / z


# Trigonometry ------------------------------------------------------------------------------------------------------


@adjoint(cmath.sin, elementwise=True)
def sin(z, x):
    d[x] = d[z] * cmath.cos(x)


@adjoint(cmath.cos, elementwise=True)
def cos(z, x):
    d[x] = -d[z] * cmath.sin(x)


@adjoint(cmath.tan, elementwise=True)
def tan(z, x):
    d[x] = d[z] * (1.0 + z * z)


@adjoint(cmath.asin, elementwise=True, singular=True)
def asin(z, x):
    d[x] = d[z] / cmath.sqrt(1.0 - x * x)


@adjoint(cmath.acos, elementwise=True, singular=True)
def acos(z, x):
    d[x] = -d[z] / cmath.sqrt(1.0 - x * x)


@adjoint(cmath.atan, elementwise=True, singular=True)
def atan(z, x):
    d[x] = d[z] / (1.0 + x * x)


@adjoint(cmath.sinh, elementwise=True)
def sinh(z, x):
    d[x] = d[z] * cmath.cosh(x)


@adjoint(cmath.cosh, elementwise=True)
def cosh(z, x):
    d[x] = d[z] * cmath.sinh(x)


@adjoint(cmath.tanh, elementwise=True)
def tanh(z, x):
    d[x] = d[z] * (1.0 - z * z)


@adjoint(cmath.asinh, elementwise=True, singular=True)
def asinh(z, x):
    d[x] = d[z] / cmath.sqrt(x * x + 1.0)


@adjoint(cmath.acosh, elementwise=True, singular=True)
def acosh(z, x):
    """With one root for each factor: the root of their product is the wrong one left of the imaginary axis."""
    d[x] = d[z] / (cmath.sqrt(x + 1.0) * cmath.sqrt(x - 1.0))


@adjoint(cmath.atanh, elementwise=True, singular=True)
def atanh(z, x):
    d[x] = d[z] / (1.0 - x * x)


# Polar coordinates, with derivative 0 at the origin ----------------------------------------------------------------


@adjoint(cmath.phase, elementwise=True, real_is_constant=True)
def phase(z, x):
    if kind(x) in ("float", "int", "bool"):
        pass
    else:
        d[x] = d[z] * (x != 0) * -1j / (x + (x == 0))


@adjoint(cmath.polar)
def polar(z, x):
    d[x] = d[z][0] * x.conjugate() / (z[0] + (z[0] == 0)) + d[z][1] * (x != 0) * -1j / (x + (x == 0))


@tangent(cmath.polar)
def polar_tangent(z, x):
    d[z] = ((x.conjugate() * d[x]).real / (z[0] + (z[0] == 0)), (x != 0) * (d[x] / (x + (x == 0))).imag)


@adjoint(cmath.rect, elementwise=True)
def rect(z, r, phi):
    d[r] = d[z] * cmath.rect(1.0, phi)
    d[phi] = d[z] * 1j * z


# Methods -----------------------------------------------------------------------------------------------------------


@adjoint(complex.conjugate, elementwise=True)
def conjugate(z, x):
    d[x] = d[z].conjugate()


@adjoint(float.conjugate, elementwise=True)
def conjugate_of_float(z, x):
    d[x] = d[z]


zero_derivative(cmath.isfinite, cmath.isinf, cmath.isnan, cmath.isclose)
