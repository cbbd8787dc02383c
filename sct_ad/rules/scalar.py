# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the `math` module. They use `math` alone for Python floats, so that these stay Python floats."""

from __future__ import annotations

import math
import sys
from typing import Any

import gast

from sct_ad.rules.macros import change_of, sign
from sct_ad.rules.macros import log as natural_log
from sct_ad.rules.registry import (
    adjoint,
    d,
    emitter,
    is_python,
    linear_in,
    pullback,
    static,
    tangent,
    tangent_emitter,
    zero_derivative,
)
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.sequences import (
    distance_cotangents,
    distance_tangent,
    product_cotangents,
    product_tangent,
    scaled_items,
    sum_cotangents,
)
from sct_ad.runtime.special import digamma
from sct_ad.syntax import nodes

LOG_2, LOG_10 = math.log(2.0), math.log(10.0)
ERF_SLOPE = 2.0 / math.sqrt(math.pi)


# Exponentials and logarithms ---------------------------------------------------------------------------------------


@adjoint(math.exp, elementwise=True)
def exp(z, x):
    d[x] = d[z] * z


@adjoint(math.expm1, elementwise=True)
def expm1(z, x):
    d[x] = d[z] * (1.0 + z)


@adjoint(math.log, elementwise=True)
def log(z, x, base=None):
    if base is None:
        d[x] = d[z] / x
    else:
        d[x] = d[z] / (x * math.log(base))
        d[base] = -d[z] * z / (base * math.log(base))


@adjoint(math.log2, elementwise=True)
def log2(z, x):
    d[x] = d[z] / (LOG_2 * x)


@adjoint(math.log10, elementwise=True)
def log10(z, x):
    d[x] = d[z] / (LOG_10 * x)


@adjoint(math.log1p, elementwise=True)
def log1p(z, x):
    d[x] = d[z] / (1.0 + x)


# Powers and roots --------------------------------------------------------------------------------------------------


@adjoint(math.sqrt, elementwise=True, singular=True)
def sqrt(z, x):
    d[x] = d[z] * 0.5 / z


@adjoint(math.pow, elementwise=True, singular=True)
def power(z, x, y):
    """As for `x ** y`; the result is a float, whatever the arguments."""
    if static(y):
        if y == 0:
            pass
        elif y == 1:
            d[x] = d[z]
        elif y == 2:
            d[x] = d[z] * 2.0 * x
        else:
            d[x] = d[z] * y * x ** (y - 1)
    else:
        d[x] = d[z] * y * x ** (y - (y != 0))
    if static(x) and x > 0:
        d[y] = d[z] * z * natural_log(x)
    else:
        d[y] = d[z] * z * (math.log(x + (x == 0)) if x >= 0 else math.nan)


@emitter(math.hypot, params="*coordinates")
def hypot(site: Site) -> Adjoint:
    """`d[x] = d[z] * x / z` for each coordinate; zero at the origin."""
    contributions = []
    for x in site.arguments["coordinates"].elts:
        at_origin = gast.Compare(left=nodes.copy(site.result), ops=[gast.Eq()], comparators=[nodes.constant(0)])
        length = nodes.binary(nodes.copy(site.result), gast.Add(), at_origin)
        product = nodes.binary(nodes.copy(site.cotangent), gast.Mult(), nodes.copy(x))
        contributions.append((x, nodes.binary(product, gast.Div(), length)))
    return Adjoint([], contributions)


@tangent_emitter(math.hypot)
def hypot_tangent(site: Site) -> Tangent:
    """The sum of `x * dx / z`; zero at the origin."""
    terms = []
    for x in site.arguments["coordinates"].elts:
        if site.is_active(x):
            at_origin = gast.Compare(left=nodes.copy(site.result), ops=[gast.Eq()], comparators=[nodes.constant(0)])
            product = nodes.binary(nodes.copy(x), gast.Mult(), tangent_of(site, x))
            length = nodes.binary(nodes.copy(site.result), gast.Add(), at_origin)
            terms.append(nodes.binary(product, gast.Div(), length))
    return Tangent([], terms)


# Trigonometry ------------------------------------------------------------------------------------------------------


@adjoint(math.sin, elementwise=True)
def sin(z, x):
    d[x] = d[z] * math.cos(x)


@adjoint(math.cos, elementwise=True)
def cos(z, x):
    d[x] = -d[z] * math.sin(x)


@adjoint(math.tan, elementwise=True)
def tan(z, x):
    d[x] = d[z] * (1.0 + z * z)


@adjoint(math.asin, elementwise=True, singular=True)
def asin(z, x):
    d[x] = d[z] / math.sqrt(1.0 - x * x)


@adjoint(math.acos, elementwise=True, singular=True)
def acos(z, x):
    d[x] = -d[z] / math.sqrt(1.0 - x * x)


@adjoint(math.atan, elementwise=True)
def atan(z, x):
    d[x] = d[z] / (1.0 + x * x)


@adjoint(math.atan2, elementwise=True, singular=True)
def atan2(z, y, x):
    d[y] = d[z] * x / (x * x + y * y)
    d[x] = -d[z] * y / (x * x + y * y)


@adjoint(math.sinh, elementwise=True)
def sinh(z, x):
    d[x] = d[z] * math.cosh(x)


@adjoint(math.cosh, elementwise=True)
def cosh(z, x):
    d[x] = d[z] * math.sinh(x)


@adjoint(math.tanh, elementwise=True)
def tanh(z, x):
    d[x] = d[z] * (1.0 - z * z)


@adjoint(math.asinh, elementwise=True)
def asinh(z, x):
    d[x] = d[z] / math.sqrt(x * x + 1.0)


@adjoint(math.acosh, elementwise=True, singular=True)
def acosh(z, x):
    d[x] = d[z] / math.sqrt(x * x - 1.0)


@adjoint(math.atanh, elementwise=True)
def atanh(z, x):
    d[x] = d[z] / (1.0 - x * x)


@adjoint(math.degrees, elementwise=True)
def degrees(z, x):
    d[x] = math.degrees(d[z])


@adjoint(math.radians, elementwise=True)
def radians(z, x):
    d[x] = math.radians(d[z])


# Special functions -------------------------------------------------------------------------------------------------


@adjoint(math.erf, elementwise=True)
def erf(z, x):
    d[x] = d[z] * ERF_SLOPE * math.exp(-x * x)


@adjoint(math.erfc, elementwise=True)
def erfc(z, x):
    d[x] = -d[z] * ERF_SLOPE * math.exp(-x * x)


@adjoint(math.gamma, elementwise=True)
def gamma(z, x):
    d[x] = d[z] * z * digamma(x)


@adjoint(math.lgamma, elementwise=True)
def lgamma(z, x):
    d[x] = d[z] * digamma(x)


# Sizes, signs and parts of numbers ---------------------------------------------------------------------------------


@adjoint(math.fabs, elementwise=True)
def fabs(z, x):
    if is_python(x):
        d[x] = d[z] * sign(x)
    else:
        d[x] = d[z] * math.copysign(x != 0, x)


@adjoint(math.copysign, elementwise=True)
def copysign(z, x, y):
    if is_python(x):
        d[x] = d[z] * math.copysign(1.0, y) * sign(x)
    else:
        d[x] = d[z] * math.copysign(1.0, y) * math.copysign(x != 0, x)


@adjoint(math.fmod, elementwise=True)
def fmod(z, x, y):
    d[x] = d[z]
    d[y] = -d[z] * int(x / y)


@adjoint(math.remainder, elementwise=True)
def remainder(z, x, y):
    d[x] = d[z]
    d[y] = d[z] * (z - x) / y


@adjoint(math.modf)
def modf(z, x):
    d[x] = d[z][0]


@tangent(math.modf)
def modf_tangent(z, x):
    d[z] = (d[x], 0.0)


@adjoint(math.frexp)
def frexp(z, x):
    d[x] = math.ldexp(d[z][0], -z[1])


@tangent(math.frexp)
def frexp_tangent(z, x):
    d[z] = (math.ldexp(d[x], -z[1]), 0.0)


@adjoint(math.ldexp, elementwise=True)
def ldexp(z, x, i):
    d[x] = math.ldexp(d[z], i)


@adjoint(math.nextafter, elementwise=True)
def nextafter(z, x, y):
    d[x] = d[z]


# Sequences ---------------------------------------------------------------------------------------------------------


@pullback(math.fsum)
def fsum_pullback(dz: float, z: float, seq: Any) -> tuple[Any]:
    return (sum_cotangents(dz, seq),)


linear_in("seq", math.fsum)


@pullback(math.prod)
def prod_pullback(dz: float, z: float, iterable: Any, *, start: float = 1) -> tuple[Any, float]:
    items = product_cotangents(dz * start, iterable)
    return items, dz * math.prod(iterable)


@tangent_emitter(math.prod)
def prod_tangent(site: Site) -> Tangent:
    items, start = site.arguments["iterable"], site.arguments["start"]
    changes = [tangent_of(site, items), tangent_of(site, start)]
    call = nodes.call(site.bind(product_tangent, "product_tangent"), *changes, nodes.copy(items), nodes.copy(start))
    return Tangent([], [call])


@pullback(math.dist)
def dist_pullback(dz: float, z: float, p: Any, q: Any) -> tuple[Any, Any]:
    return distance_cotangents(dz, z, p, q), distance_cotangents(dz, z, q, p)


@tangent_emitter(math.dist)
def dist_tangent(site: Site) -> Tangent:
    points = [site.arguments["p"], site.arguments["q"]]
    helper = site.bind(distance_tangent, "distance_tangent")
    changes = [change_of(site, point) for point in points]
    return Tangent([], [nodes.call(helper, *changes, nodes.copy(site.result), *map(nodes.copy, points))])


# Newer Pythons -----------------------------------------------------------------------------------------------------

if sys.version_info >= (3, 11):

    @adjoint(math.cbrt, elementwise=True, singular=True)
    def cbrt(z, x):
        d[x] = d[z] / (3.0 * z * z)

    @adjoint(math.exp2, elementwise=True)
    def exp2(z, x):
        d[x] = d[z] * LOG_2 * z


if sys.version_info >= (3, 12):

    @pullback(math.sumprod)
    def sumprod_pullback(dz: float, z: float, p: Any, q: Any) -> tuple[Any, Any]:
        return scaled_items(dz, q, p), scaled_items(dz, p, q)

    linear_in("p | q", math.sumprod)


if sys.version_info >= (3, 13):

    @adjoint(math.fma, elementwise=True)
    def fma(z, x, y, a):
        d[x] = d[z] * y
        d[y] = d[z] * x
        d[a] = d[z]


zero_derivative(
    math.floor, math.ceil, math.trunc, math.isclose, math.isfinite, math.isinf, math.isnan, math.ulp, math.comb,
    math.perm, math.factorial, math.gcd, math.lcm, math.isqrt,
)  # fmt: skip
