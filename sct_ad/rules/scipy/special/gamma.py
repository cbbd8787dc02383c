# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the gamma and beta functions, of what is made of them, and of the zeta function."""

from __future__ import annotations

import gast
import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d, emitter, kind, static, tangent_emitter, zero_derivative
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.scipy.incomplete import (
    betainc_slope_x,
    betainc_slopes,
    gammainc_slope_a,
    gammainc_slope_x,
)
from sct_ad.runtime.scipy.special import multigammaln_slope, rgamma_curvature, rgamma_slope, trigamma
from sct_ad.syntax import nodes

# The gamma function, DLMF 5.2.2 --------------------------------------------------------------------------------------


@adjoint(special.gamma, elementwise=True)
def gamma(z, x):
    d[x] = d[z] * z * special.digamma(x)


@adjoint(special.gammaln, special.loggamma, elementwise=True)
def gammaln(z, x):
    d[x] = d[z] * special.digamma(x)


@adjoint(special.rgamma, elementwise=True)
def rgamma(z, x):
    d[x] = d[z] * rgamma_slope(x)


@adjoint(rgamma_slope, elementwise=True)
def of_rgamma_slope(z, x):
    d[x] = d[z] * rgamma_curvature(x)


@adjoint(rgamma_curvature, elementwise=True)
def of_rgamma_curvature(z, x):
    """NaN at the poles of the gamma function."""
    if kind(x) == "complex":
        raise NotImplementedError("a third derivative of 1 / gamma(x) at complex numbers")
    growth = special.digamma(x)
    third = special.polygamma(2, x) - 3.0 * growth * special.zeta(2.0, x) + growth**3
    d[x] = -d[z] * special.rgamma(x) * third


@adjoint(special.digamma, elementwise=True)
def digamma(z, x):
    """DLMF 5.15.1: the trigamma function is a zeta function."""
    if kind(x) == "float":
        d[x] = d[z] * special.zeta(2.0, x)
    else:
        d[x] = d[z] * trigamma(x)


@adjoint(special.polygamma, elementwise=True)
def polygamma(z, n, x):
    if active(n):
        raise NotImplementedError("the order n, which is an integer")
    d[x] = d[z] * special.polygamma(n + 1, x)


@adjoint(special.poch, elementwise=True, singular=True)
def poch(z, x, m):
    d[x] = d[z] * z * (special.digamma(x + m) - special.digamma(x))
    d[m] = d[z] * z * special.digamma(x + m)


@emitter(special.multigammaln, params="a, d")
def multigammaln(site: Site) -> Adjoint:
    """`d[a] = d[z] * multigammaln_slope(a, dimension)`, as a sum over the one-dimensional gamma functions."""
    a, dimension = site.arguments["a"], site.arguments["d"]
    slope = nodes.call(site.bind(multigammaln_slope, "multigammaln_slope"), nodes.copy(a), nodes.copy(dimension))
    return Adjoint([], [(a, nodes.binary(nodes.copy(site.cotangent), gast.Mult(), slope))])


@tangent_emitter(special.multigammaln)
def multigammaln_change(site: Site) -> Tangent:
    """The tangent of `a` times its slope."""
    a, dimension = site.arguments["a"], site.arguments["d"]
    slope = nodes.call(site.bind(multigammaln_slope, "multigammaln_slope"), nodes.copy(a), nodes.copy(dimension))
    return Tangent([], [nodes.binary(tangent_of(site, a), gast.Mult(), slope)])


# Counts --------------------------------------------------------------------------------------------------------------


@adjoint(special.factorial, elementwise=True)
def factorial(z, n, exact=False, extend="zero"):
    """0 for negative numbers, unless the argument is taken for complex."""
    if extend == "zero":
        d[n] = d[z] * z * special.digamma(np.maximum(n, 0.0) + 1.0)
    else:
        d[n] = d[z] * z * special.digamma(n + 1.0)


@adjoint(special.binom, elementwise=True, singular=True)
def binom(z, x, y):
    d[x] = d[z] * z * (special.digamma(x + 1.0) - special.digamma(x - y + 1.0))
    d[y] = d[z] * z * (special.digamma(x - y + 1.0) - special.digamma(y + 1.0))


@adjoint(special.comb, elementwise=True)
def comb(z, N, k, *, exact=False, repetition=False):
    """0 where `k` is not between 0 and `N`."""
    if not static(repetition):
        raise NotImplementedError("repetition, which must be a constant")
    elif repetition:
        some = np.where(z == 0, 1.0, N)
        few = np.where(z == 0, 1.0, k)
        d[N] = d[z] * z * (special.digamma(some + few) - special.digamma(some))
        d[k] = d[z] * z * (special.digamma(some + few) - special.digamma(few + 1.0))
    else:
        rest = np.where(z == 0, 0.0, N - k)
        d[N] = d[z] * z * (special.digamma(np.where(z == 0, 0.0, N) + 1.0) - special.digamma(rest + 1.0))
        d[k] = d[z] * z * (special.digamma(rest + 1.0) - special.digamma(np.where(z == 0, 0.0, k) + 1.0))


@adjoint(special.perm, elementwise=True)
def perm(z, N, k, exact=False):
    """0 where `k` is not between 0 and `N`."""
    rest = np.where(z == 0, 0.0, N - k)
    d[N] = d[z] * z * (special.digamma(np.where(z == 0, 0.0, N) + 1.0) - special.digamma(rest + 1.0))
    d[k] = d[z] * z * special.digamma(rest + 1.0)


# Incomplete gamma functions, DLMF 8.2 --------------------------------------------------------------------------------


@adjoint(special.gammainc, elementwise=True, singular=True)
def gammainc(z, a, x):
    d[a] = d[z] * gammainc_slope_a(a, x)
    d[x] = d[z] * gammainc_slope_x(a, x)


@adjoint(special.gammaincc, elementwise=True, singular=True)
def gammaincc(z, a, x):
    d[a] = -d[z] * gammainc_slope_a(a, x)
    d[x] = -d[z] * gammainc_slope_x(a, x)


@adjoint(special.gammaincinv, elementwise=True, singular=True)
def gammaincinv(z, a, y):
    d[a] = -d[z] * gammainc_slope_a(a, z) / gammainc_slope_x(a, z)
    d[y] = d[z] / gammainc_slope_x(a, z)


@adjoint(special.gammainccinv, elementwise=True, singular=True)
def gammainccinv(z, a, y):
    d[a] = -d[z] * gammainc_slope_a(a, z) / gammainc_slope_x(a, z)
    d[y] = -d[z] / gammainc_slope_x(a, z)


# Beta functions, DLMF 5.12 and 8.17 ----------------------------------------------------------------------------------


@adjoint(special.beta, elementwise=True)
def beta(z, a, b):
    d[a] = d[z] * z * (special.digamma(a) - special.digamma(a + b))
    d[b] = d[z] * z * (special.digamma(b) - special.digamma(a + b))


@adjoint(special.betaln, elementwise=True)
def betaln(z, a, b):
    d[a] = d[z] * (special.digamma(a) - special.digamma(a + b))
    d[b] = d[z] * (special.digamma(b) - special.digamma(a + b))


@adjoint(special.betainc, elementwise=True, singular=True)
def betainc(z, a, b, x):
    slopes = betainc_slopes(a, b, x)
    d[a] = d[z] * slopes[0]
    d[b] = d[z] * slopes[1]
    d[x] = d[z] * betainc_slope_x(a, b, x)


@adjoint(special.betaincc, elementwise=True, singular=True)
def betaincc(z, a, b, x):
    slopes = betainc_slopes(a, b, x)
    d[a] = -d[z] * slopes[0]
    d[b] = -d[z] * slopes[1]
    d[x] = -d[z] * betainc_slope_x(a, b, x)


@adjoint(special.betaincinv, elementwise=True, singular=True)
def betaincinv(z, a, b, y):
    slopes = betainc_slopes(a, b, z)
    d[a] = -d[z] * slopes[0] / betainc_slope_x(a, b, z)
    d[b] = -d[z] * slopes[1] / betainc_slope_x(a, b, z)
    d[y] = d[z] / betainc_slope_x(a, b, z)


@adjoint(special.betainccinv, elementwise=True, singular=True)
def betainccinv(z, a, b, y):
    slopes = betainc_slopes(a, b, z)
    d[a] = -d[z] * slopes[0] / betainc_slope_x(a, b, z)
    d[b] = -d[z] * slopes[1] / betainc_slope_x(a, b, z)
    d[y] = -d[z] / betainc_slope_x(a, b, z)


# Zeta, DLMF 25.11.17 -------------------------------------------------------------------------------------------------


@adjoint(special.zeta, elementwise=True)
def zeta(z, x, q=None, out=None):
    if active(x):
        raise NotImplementedError("the argument x, in which SciPy has no derivative; q has one")
    elif out is not None:
        raise NotImplementedError("the out argument; assign the result instead")
    d[q] = -d[z] * x * special.zeta(x + 1, q)


zero_derivative(special.gammasgn)
