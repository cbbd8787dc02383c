# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of Bessel functions and their relatives, DLMF 9, 10 and 11. Orders are refused.

Functions that SciPy scales by the modulus of an exponential are not holomorphic: for complex arguments their cotangent
has a second part, the derivative of the modulus.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d, elementwise_results, kind, static, tangent
from sct_ad.runtime.scipy.special import bessel_quotient, kelvin_cotangent, kelvin_second, struve_term

# Order 0 and 1, DLMF 10.6.3 and 10.29.3 ------------------------------------------------------------------------------


@adjoint(special.j0, elementwise=True)
def j0(z, x):
    d[x] = -d[z] * special.j1(x)


@adjoint(special.j1, elementwise=True)
def j1(z, x):
    d[x] = d[z] * (special.j0(x) - bessel_quotient(z, x))


@adjoint(special.y0, elementwise=True)
def y0(z, x):
    d[x] = -d[z] * special.y1(x)


@adjoint(special.y1, elementwise=True)
def y1(z, x):
    d[x] = d[z] * (special.y0(x) - z / x)


@adjoint(special.i0, elementwise=True)
def i0(z, x):
    d[x] = d[z] * special.i1(x)


@adjoint(special.i1, elementwise=True)
def i1(z, x):
    d[x] = d[z] * (special.i0(x) - bessel_quotient(z, x))


@adjoint(special.k0, elementwise=True)
def k0(z, x):
    d[x] = -d[z] * special.k1(x)


@adjoint(special.k1, elementwise=True)
def k1(z, x):
    d[x] = -d[z] * (special.k0(x) + z / x)


@adjoint(special.i0e, elementwise=True)
def i0e(z, x):
    d[x] = d[z] * (special.i1e(x) - np.sign(x) * z)


@adjoint(special.i1e, elementwise=True)
def i1e(z, x):
    d[x] = d[z] * (special.i0e(x) - bessel_quotient(z, x) - np.sign(x) * z)


@adjoint(special.k0e, elementwise=True)
def k0e(z, x):
    d[x] = d[z] * (z - special.k1e(x))


@adjoint(special.k1e, elementwise=True)
def k1e(z, x):
    d[x] = d[z] * (z - special.k0e(x) - z / x)


# Any order, DLMF 10.6.1 and 10.29.1 ----------------------------------------------------------------------------------


@adjoint(special.jv, elementwise=True)
def jv(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.jv(v - 1, x) - special.jv(v + 1, x)) / 2.0


@adjoint(special.yv, elementwise=True)
def yv(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.yv(v - 1, x) - special.yv(v + 1, x)) / 2.0


@adjoint(special.iv, elementwise=True)
def iv(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.iv(v - 1, x) + special.iv(v + 1, x)) / 2.0


@adjoint(special.kv, elementwise=True)
def kv(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = -d[z] * (special.kv(v - 1, x) + special.kv(v + 1, x)) / 2.0


@adjoint(special.hankel1, elementwise=True)
def hankel1(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.hankel1(v - 1, x) - special.hankel1(v + 1, x)) / 2.0


@adjoint(special.hankel2, elementwise=True)
def hankel2(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.hankel2(v - 1, x) - special.hankel2(v + 1, x)) / 2.0


@adjoint(special.kve, elementwise=True)
def kve(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (z - (special.kve(v - 1, x) + special.kve(v + 1, x)) / 2.0)


@adjoint(special.hankel1e, elementwise=True)
def hankel1e(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * ((special.hankel1e(v - 1, x) - special.hankel1e(v + 1, x)) / 2.0 - 1j * z)


@adjoint(special.hankel2e, elementwise=True)
def hankel2e(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * ((special.hankel2e(v - 1, x) - special.hankel2e(v + 1, x)) / 2.0 + 1j * z)


@adjoint(special.yn, elementwise=True)
def yn(z, n, x):
    if active(n):
        raise NotImplementedError("the order n")
    d[x] = d[z] * (special.yn(n - 1, x) - special.yn(n + 1, x)) / 2.0


@adjoint(special.kn, elementwise=True)
def kn(z, n, x):
    if active(n):
        raise NotImplementedError("the order n")
    d[x] = -d[z] * (special.kv(n - 1, x) + special.kn(n + 1, x)) / 2.0


@adjoint(special.jve, elementwise=True)
def jve(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    slope = (special.jve(v - 1, x) - special.jve(v + 1, x)) / 2.0
    if kind(x) in ("float", "int", "bool"):
        d[x] = d[z] * slope
    elif kind(x) == "complex":
        d[x] = d[z] * slope + 1j * np.sign(np.imag(x)) * np.real(d[z] * z)
    else:
        raise NotImplementedError("an argument of which it is not known whether it is complex")


@adjoint(special.yve, elementwise=True)
def yve(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    slope = (special.yve(v - 1, x) - special.yve(v + 1, x)) / 2.0
    if kind(x) in ("float", "int", "bool"):
        d[x] = d[z] * slope
    elif kind(x) == "complex":
        d[x] = d[z] * slope + 1j * np.sign(np.imag(x)) * np.real(d[z] * z)
    else:
        raise NotImplementedError("an argument of which it is not known whether it is complex")


@adjoint(special.ive, elementwise=True)
def ive(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    slope = (special.ive(v - 1, x) + special.ive(v + 1, x)) / 2.0
    if kind(x) in ("float", "int", "bool"):
        d[x] = d[z] * (slope - np.sign(x) * z)
    else:
        d[x] = d[z] * slope - np.sign(np.real(x)) * np.real(d[z] * z)


# Derivatives of Bessel functions: the next one -----------------------------------------------------------------------


@adjoint(special.jvp, elementwise=True)
def jvp(z, v, x, n=1):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * special.jvp(v, x, n + 1)


@adjoint(special.yvp, elementwise=True)
def yvp(z, v, x, n=1):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * special.yvp(v, x, n + 1)


@adjoint(special.ivp, elementwise=True)
def ivp(z, v, x, n=1):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * special.ivp(v, x, n + 1)


@adjoint(special.kvp, elementwise=True)
def kvp(z, v, x, n=1):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * special.kvp(v, x, n + 1)


@adjoint(special.h1vp, elementwise=True)
def h1vp(z, v, x, n=1):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * special.h1vp(v, x, n + 1)


@adjoint(special.h2vp, elementwise=True)
def h2vp(z, v, x, n=1):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * special.h2vp(v, x, n + 1)


# Spherical Bessel functions: second derivatives by the differential equation, DLMF 10.47.1 and 10.47.2 ---------------


@adjoint(special.spherical_jn, elementwise=True, singular=True)
def spherical_jn(z, n, x, derivative=False):
    if active(n):
        raise NotImplementedError("the order n")
    if not static(derivative):
        raise NotImplementedError("derivative, which must be a constant")
    elif derivative:
        d[x] = d[z] * ((n * (n + 1) / x**2 - 1.0) * special.spherical_jn(n, x) - 2.0 * z / x)
    else:
        d[x] = d[z] * special.spherical_jn(n, x, True)


@adjoint(special.spherical_yn, elementwise=True, singular=True)
def spherical_yn(z, n, x, derivative=False):
    if active(n):
        raise NotImplementedError("the order n")
    if not static(derivative):
        raise NotImplementedError("derivative, which must be a constant")
    elif derivative:
        d[x] = d[z] * ((n * (n + 1) / x**2 - 1.0) * special.spherical_yn(n, x) - 2.0 * z / x)
    else:
        d[x] = d[z] * special.spherical_yn(n, x, True)


@adjoint(special.spherical_in, elementwise=True, singular=True)
def spherical_in(z, n, x, derivative=False):
    if active(n):
        raise NotImplementedError("the order n")
    if not static(derivative):
        raise NotImplementedError("derivative, which must be a constant")
    elif derivative:
        d[x] = d[z] * ((n * (n + 1) / x**2 + 1.0) * special.spherical_in(n, x) - 2.0 * z / x)
    else:
        d[x] = d[z] * special.spherical_in(n, x, True)


@adjoint(special.spherical_kn, elementwise=True, singular=True)
def spherical_kn(z, n, x, derivative=False):
    if active(n):
        raise NotImplementedError("the order n")
    if not static(derivative):
        raise NotImplementedError("derivative, which must be a constant")
    elif derivative:
        d[x] = d[z] * ((n * (n + 1) / x**2 + 1.0) * special.spherical_kn(n, x) - 2.0 * z / x)
    else:
        d[x] = d[z] * special.spherical_kn(n, x, True)


# Struve functions, DLMF 11.4.24 and 11.4.26 --------------------------------------------------------------------------


@adjoint(special.struve, elementwise=True)
def struve(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.struve(v - 1, x) - special.struve(v + 1, x) + struve_term(v, x)) / 2.0


@adjoint(special.modstruve, elementwise=True)
def modstruve(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z] * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + struve_term(v, x)) / 2.0


# Airy functions, DLMF 9.2.1 ------------------------------------------------------------------------------------------


@adjoint(special.airy)
def airy(z, x):
    d[x] = d[z][0] * z[1] + d[z][1] * x * z[0] + d[z][2] * z[3] + d[z][3] * x * z[2]


@adjoint(special.airye)
def airye(z, x):
    """The factors are the exponentials of 2/3 x**(3/2) and of its negative, the second one is 1 below 0."""
    if kind(x) == "float":
        root = np.sqrt(np.maximum(x, 0.0))
        decaying = d[z][0] * (z[1] + root * z[0]) + d[z][1] * (x * z[0] + root * z[1])
        d[x] = decaying + d[z][2] * (z[3] - root * z[2]) + d[z][3] * (x * z[2] - root * z[3])
    else:
        raise NotImplementedError("an argument that may be complex; scale the results of airy instead")


# Kelvin functions, DLMF 10.61: their differential equation is that of J_0 on a diagonal ------------------------------


@adjoint(special.ber, elementwise=True)
def ber(z, x):
    d[x] = d[z] * special.berp(x)


@adjoint(special.bei, elementwise=True)
def bei(z, x):
    d[x] = d[z] * special.beip(x)


@adjoint(special.ker, elementwise=True)
def ker(z, x):
    d[x] = d[z] * special.kerp(x)


@adjoint(special.kei, elementwise=True)
def kei(z, x):
    d[x] = d[z] * special.keip(x)


@adjoint(special.berp, elementwise=True, singular=True)
def berp(z, x):
    d[x] = -d[z] * (special.bei(x) + z / x)


@adjoint(special.beip, elementwise=True, singular=True)
def beip(z, x):
    d[x] = d[z] * (special.ber(x) - z / x)


@adjoint(special.kerp, elementwise=True, singular=True)
def kerp(z, x):
    d[x] = -d[z] * (special.kei(x) + z / x)


@adjoint(special.keip, elementwise=True, singular=True)
def keip(z, x):
    d[x] = d[z] * (special.ker(x) - z / x)


@adjoint(special.kelvin)
def kelvin(z, x):
    d[x] = kelvin_cotangent(d[z], z, x)


# Parabolic cylinder functions, DLMF 12.2.2 ---------------------------------------------------------------------------


@adjoint(special.pbdv, special.pbvv)
def pbdv(z, v, x):
    if active(v):
        raise NotImplementedError("the order v")
    d[x] = d[z][0] * z[1] + d[z][1] * (x**2 / 4.0 - v - 0.5) * z[0]


@adjoint(special.pbwa)
def pbwa(z, a, x):
    if active(a):
        raise NotImplementedError("the parameter a")
    d[x] = d[z][0] * z[1] + d[z][1] * (a - x**2 / 4.0) * z[0]


elementwise_results(4, special.airy, special.airye)
elementwise_results(2, special.pbdv, special.pbvv, special.pbwa)


@tangent(special.kelvin)
def kelvin_change(z, x):
    """Of four complex functions: ber + i bei, ker + i kei, and their derivatives."""
    second = kelvin_second(z, x)
    d[z] = (d[x] * z[2], d[x] * z[3], d[x] * second[0], d[x] * second[1])


# Tangents of the scaled functions, which are not holomorphic ---------------------------------------------------------


@tangent(special.jve)
def jve_change(z, v, x):
    slope = (special.jve(v - 1, x) - special.jve(v + 1, x)) / 2.0
    if kind(x) in ("float", "int", "bool"):
        d[z] = d[x] * slope
    else:
        d[z] = d[x] * slope - np.sign(np.imag(x)) * np.imag(d[x]) * z


@tangent(special.yve)
def yve_change(z, v, x):
    slope = (special.yve(v - 1, x) - special.yve(v + 1, x)) / 2.0
    if kind(x) in ("float", "int", "bool"):
        d[z] = d[x] * slope
    else:
        d[z] = d[x] * slope - np.sign(np.imag(x)) * np.imag(d[x]) * z


@tangent(special.ive)
def ive_change(z, v, x):
    slope = (special.ive(v - 1, x) + special.ive(v + 1, x)) / 2.0
    if kind(x) in ("float", "int", "bool"):
        d[z] = d[x] * (slope - np.sign(x) * z)
    else:
        d[z] = d[x] * slope - np.sign(np.real(x)) * np.real(d[x]) * z
