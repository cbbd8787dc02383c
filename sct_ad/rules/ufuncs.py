# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of NumPy's elementwise functions, each by its partial derivatives. Operators' ufuncs are in operators.py.

`np.where(c, x, y)` gives `np.where(c, d[z], 0.0)` to `x`. Rules marked `singular` can then turn that zero into NaN
(0 * inf), so the differentiator masks their contributions again with the same condition.
"""

from __future__ import annotations

import math

import numpy as np

from sct_ad.rules.macros import between, over, selected, under
from sct_ad.rules.registry import active, adjoint, d, kind, linear_in, static, tangent, zero_derivative
from sct_ad.runtime.complex_numbers import sign_cotangent
from sct_ad.runtime.cotangents import angle_cotangent, imaginary_cotangent
from sct_ad.runtime.special import bessel_i1, sinc_slope

LOG_2, LOG_10 = math.log(2.0), math.log(10.0)


# Exponentials and logarithms ---------------------------------------------------------------------------------------


@adjoint(np.exp, elementwise=True)
def exp(z, x):
    d[x] = d[z] * z


@adjoint(np.exp2, elementwise=True)
def exp2(z, x):
    d[x] = d[z] * LOG_2 * z


@adjoint(np.expm1, elementwise=True)
def expm1(z, x):
    d[x] = d[z] * (1.0 + z)


@adjoint(np.log, elementwise=True, singular=True)
def log(z, x):
    d[x] = d[z] / x


@adjoint(np.log2, elementwise=True, singular=True)
def log2(z, x):
    d[x] = d[z] / (LOG_2 * x)


@adjoint(np.log10, elementwise=True, singular=True)
def log10(z, x):
    d[x] = d[z] / (LOG_10 * x)


@adjoint(np.log1p, elementwise=True, singular=True)
def log1p(z, x):
    d[x] = d[z] / (1.0 + x)


@adjoint(np.logaddexp, elementwise=True, singular=True)
def logaddexp(z, x, y):
    d[x] = d[z] * np.exp(x - z)
    d[y] = d[z] * np.exp(y - z)


@adjoint(np.logaddexp2, elementwise=True, singular=True)
def logaddexp2(z, x, y):
    d[x] = d[z] * np.exp2(x - z)
    d[y] = d[z] * np.exp2(y - z)


# Powers and roots --------------------------------------------------------------------------------------------------


@adjoint(np.sqrt, elementwise=True, singular=True)
def sqrt(z, x):
    """The derivative is infinite at 0."""
    d[x] = d[z] * 0.5 / z


@adjoint(np.cbrt, elementwise=True, singular=True)
def cbrt(z, x):
    """The derivative is infinite at 0."""
    d[x] = d[z] / (3.0 * z * z)


@adjoint(np.square, elementwise=True)
def square(z, x):
    d[x] = d[z] * 2.0 * x


@adjoint(np.reciprocal, elementwise=True, singular=True)
def reciprocal(z, x):
    d[x] = -d[z] * z * z


@adjoint(np.hypot, elementwise=True)
def hypot(z, x, y):
    """The derivative is 0 where both are 0."""
    d[x] = d[z] * x / (z + (z == 0))
    d[y] = d[z] * y / (z + (z == 0))


# Trigonometry ------------------------------------------------------------------------------------------------------


@adjoint(np.sin, elementwise=True)
def sin(z, x):
    d[x] = d[z] * np.cos(x)


@adjoint(np.cos, elementwise=True)
def cos(z, x):
    d[x] = -d[z] * np.sin(x)


@adjoint(np.tan, elementwise=True, singular=True)
def tan(z, x):
    d[x] = d[z] * (1.0 + z**2)


@adjoint(np.arcsin, elementwise=True, singular=True)
def arcsin(z, x):
    """The derivative is infinite at -1 and 1."""
    d[x] = d[z] / np.sqrt(1.0 - x**2)


@adjoint(np.arccos, elementwise=True, singular=True)
def arccos(z, x):
    """The derivative is infinite at -1 and 1."""
    d[x] = -d[z] / np.sqrt(1.0 - x**2)


@adjoint(np.arctan, elementwise=True)
def arctan(z, x):
    d[x] = d[z] / (1.0 + x**2)


@adjoint(np.arctan2, elementwise=True, singular=True)
def arctan2(z, y, x):
    """The derivative is NaN where both are 0."""
    d[y] = d[z] * x / (x**2 + y**2)
    d[x] = -d[z] * y / (x**2 + y**2)


@adjoint(np.sinh, elementwise=True)
def sinh(z, x):
    d[x] = d[z] * np.cosh(x)


@adjoint(np.cosh, elementwise=True)
def cosh(z, x):
    d[x] = d[z] * np.sinh(x)


@adjoint(np.tanh, elementwise=True)
def tanh(z, x):
    d[x] = d[z] * (1.0 - z**2)


@adjoint(np.arcsinh, elementwise=True)
def arcsinh(z, x):
    d[x] = d[z] / np.sqrt(x**2 + 1.0)


@adjoint(np.arccosh, elementwise=True, singular=True)
def arccosh(z, x):
    """The root of `x**2 - 1` is the wrong one left of the imaginary axis."""
    if kind(x) in ("float", "int", "bool"):
        d[x] = d[z] / np.sqrt(x**2 - 1.0)
    else:
        d[x] = d[z] / (np.sqrt(x + 1.0) * np.sqrt(x - 1.0))


@adjoint(np.arctanh, elementwise=True, singular=True)
def arctanh(z, x):
    d[x] = d[z] / (1.0 - x**2)


@adjoint(np.sinc, elementwise=True)
def sinc(z, x):
    d[x] = d[z] * sinc_slope(x)


@adjoint(np.i0, elementwise=True)
def i0(z, x):
    d[x] = d[z] * bessel_i1(x)


@adjoint(np.degrees, np.rad2deg, elementwise=True)
def degrees(z, x):
    d[x] = np.degrees(d[z])


@adjoint(np.radians, np.deg2rad, elementwise=True)
def radians(z, x):
    d[x] = np.radians(d[z])


# Sizes, signs and choices ------------------------------------------------------------------------------------------


@adjoint(np.fabs, elementwise=True)
def fabs(z, x):
    """The derivative is 0 at 0."""
    d[x] = d[z] * np.sign(x)


@adjoint(np.copysign, elementwise=True)
def copysign(z, x, y):
    """The derivative is 0 where `x` is 0, and with respect to the sign."""
    d[x] = d[z] * np.sign(x) * np.sign(z)


@adjoint(np.maximum, elementwise=True)
def maximum(z, x, y):
    """Operands that tie share the cotangent equally; NaN gives 0."""
    if kind(x) == "complex" or kind(y) == "complex":
        raise NotImplementedError("complex numbers, which have no order; compare their real parts or sizes")
    else:
        d[x] = selected(d[z], x > y, x == y)
        d[y] = selected(d[z], y > x, x == y)


@adjoint(np.minimum, elementwise=True)
def minimum(z, x, y):
    """Operands that tie share the cotangent equally; NaN gives 0."""
    if kind(x) == "complex" or kind(y) == "complex":
        raise NotImplementedError("complex numbers, which have no order; compare their real parts or sizes")
    else:
        d[x] = selected(d[z], x < y, x == y)
        d[y] = selected(d[z], y < x, x == y)


@adjoint(np.fmax, elementwise=True, selects=True)
def fmax(z, x, y):
    """Operands that tie share the cotangent equally; the one that is no NaN takes all."""
    if kind(x) == "complex" or kind(y) == "complex":
        raise NotImplementedError("complex numbers, which have no order; compare their real parts or sizes")
    else:
        d[x] = selected(d[z], (x > y) | np.isnan(y), x == y)
        d[y] = selected(d[z], (y > x) | np.isnan(x), x == y)


@adjoint(np.fmin, elementwise=True, selects=True)
def fmin(z, x, y):
    """Operands that tie share the cotangent equally; the one that is no NaN takes all."""
    if kind(x) == "complex" or kind(y) == "complex":
        raise NotImplementedError("complex numbers, which have no order; compare their real parts or sizes")
    else:
        d[x] = selected(d[z], (x < y) | np.isnan(y), x == y)
        d[y] = selected(d[z], (y < x) | np.isnan(x), x == y)


@adjoint(np.clip, elementwise=True)
def clip(z, a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    """The derivative is 1 at the bounds; where the lower bound is above the upper one, all goes to the upper one."""
    if out is not None:
        raise NotImplementedError("the out argument; assign the result instead")
    elif kind(a) == "complex" or kind(a_min) == "complex" or kind(a_max) == "complex":
        raise NotImplementedError("complex numbers, which have no order; compare their real parts or sizes")
    elif min is None and max is None:
        d[a] = d[z] * between(a, a_min, a_max)
        d[a_min] = d[z] * under(a, a_min, a_max)
        d[a_max] = d[z] * over(a, a_min, a_max)
    else:
        d[a] = d[z] * between(a, min, max)
        d[min] = d[z] * under(a, min, max)
        d[max] = d[z] * over(a, min, max)


@adjoint(np.where, elementwise=True, selects=True)
def where(z, condition, x=None, y=None):
    """The choice not taken contributes 0, whatever its value."""
    d[x] = np.where(condition, d[z], 0.0)
    d[y] = np.where(condition, 0.0, d[z])


linear_in("x y", np.where)


@adjoint(np.heaviside, elementwise=True)
def heaviside(z, x, h):
    """Only the value at 0 has a derivative."""
    d[h] = d[z] * (x == 0)


@adjoint(np.nan_to_num, elementwise=True, selects=True)
def nan_to_num(z, x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Real and imaginary parts are looked at one by one."""
    if not copy or not static(copy):
        raise NotImplementedError("copy=False, which writes the argument in place")
    elif kind(x) == "complex" and (active(nan) or active(posinf) or active(neginf)):
        raise NotImplementedError("a fill value that carries a derivative, in complex numbers")
    elif kind(x) == "complex":
        d[x] = np.where(np.isfinite(x.real), d[z].real, 0.0) + 1j * np.where(np.isfinite(x.imag), d[z].imag, 0.0)
    else:
        d[x] = np.where(np.isfinite(x), d[z], 0.0)
        d[nan] = np.where(np.isnan(x), d[z], 0.0)
        d[posinf] = np.where(np.isposinf(x), d[z], 0.0)
        d[neginf] = np.where(np.isneginf(x), d[z], 0.0)


# Parts of numbers --------------------------------------------------------------------------------------------------


@adjoint(np.fmod, elementwise=True)
def fmod(z, x, y):
    """The derivative of the quotient, which jumps, is 0."""
    d[x] = d[z]
    d[y] = -d[z] * np.trunc(x / y)


@adjoint(np.modf)
def modf(z, x):
    d[x] = d[z][0]


@tangent(np.modf)
def modf_tangent(z, x):
    d[z] = (d[x], np.zeros_like(z[1])[()])


@adjoint(np.frexp)
def frexp(z, x):
    d[x] = np.ldexp(d[z][0], -z[1])


@tangent(np.frexp)
def frexp_tangent(z, x):
    d[z] = (np.ldexp(d[x], -z[1]), np.zeros_like(z[0])[()])


@adjoint(np.ldexp, elementwise=True)
def ldexp(z, x, i):
    d[x] = np.ldexp(d[z], i)


@adjoint(np.nextafter, elementwise=True)
def nextafter(z, x, y):
    d[x] = d[z]


# Complex numbers: d[x] is the complex number c such that the result changes by the real part of c times dx ------------


@adjoint(np.real, elementwise=True)
def real(z, x):
    if kind(x) in ("float", "int", "bool", "complex"):
        d[x] = d[z]
    else:
        d[x] = np.real(d[z])


@adjoint(np.imag, elementwise=True, real_is_constant=True)
def imag(z, x):
    if kind(x) in ("float", "int", "bool"):
        pass
    elif kind(x) == "complex":
        d[x] = -1j * d[z]
    else:
        d[x] = imaginary_cotangent(d[z], x)


@tangent(np.imag)
def imag_tangent(z, x):
    if kind(x) in ("float", "int", "bool"):
        pass
    else:
        d[z] = np.imag(d[x])


@adjoint(np.conjugate, elementwise=True)
def conjugate(z, x):
    if kind(x) in ("float", "int", "bool"):
        d[x] = d[z]
    else:
        d[x] = np.conj(d[z])


@adjoint(np.angle, elementwise=True, singular=True, real_is_constant=True)
def angle(z, x, deg=False):
    """The derivative is NaN at 0."""
    if kind(x) in ("float", "int", "bool"):
        pass
    elif kind(x) != "complex":
        d[x] = angle_cotangent(d[z], x, deg)
    elif not deg:
        d[x] = d[z] * -1j / x
    else:
        d[x] = np.degrees(d[z]) * -1j / x


@tangent(np.angle)
def angle_tangent(z, x, deg=False):
    if kind(x) in ("float", "int", "bool"):
        pass
    elif not deg:
        d[z] = np.imag(d[x] / x)
    else:
        d[z] = np.degrees(np.imag(d[x] / x))


@adjoint(np.sign, elementwise=True, real_is_constant=True)
def sign(z, x):
    """At complex numbers `x / abs(x)` from NumPy 2 on; before that the sign of the real part."""
    if kind(x) in ("float", "int", "bool"):
        pass
    else:
        d[x] = sign_cotangent(d[z], x)


@tangent(np.sign)
def sign_tangent(z, x):
    if kind(x) in ("float", "int", "bool"):
        pass
    else:
        d[z] = np.conj(sign_cotangent(np.conj(d[x]), x))


@adjoint(np.real_if_close)
def real_if_close(z, a, tol=100):
    d[a] = d[z]


zero_derivative(
    np.floor, np.ceil, np.trunc, np.rint, np.fix, np.round, np.around, np.floor_divide, np.signbit, np.spacing,
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.isnan, np.isinf, np.isfinite, np.isnat,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.gcd, np.lcm,
)  # fmt: skip
