# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the slopes of incomplete gamma and beta functions, from which second derivatives follow.

By the argument they are those of densities. Second derivatives by the parameters alone are refused.
"""

from __future__ import annotations

from scipy import special

from sct_ad.rules.registry import active, adjoint, d, tangent
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.scipy.incomplete import (
    betainc_slope_x,
    betainc_slopes,
    fdtr_slope_x,
    fdtr_slopes,
    gammainc_slope_a,
    gammainc_slope_x,
    stdtr_slope_df,
    stdtr_slope_t,
    t_score_df,
)


@adjoint(gammainc_slope_x, elementwise=True, singular=True)
def gamma_density(z, a, x):
    d[a] = d[z] * (special.xlogy(z, x) - z * special.digamma(a))
    d[x] = d[z] * z * ((a - 1.0) / x - 1.0)


@adjoint(gammainc_slope_a, elementwise=True, singular=True)
def gamma_slope(z, a, x):
    if active(a):
        raise NotImplementedError("a second derivative by the parameter of an incomplete gamma function")
    density = gammainc_slope_x(a, x)
    d[x] = d[z] * (special.xlogy(density, x) - density * special.digamma(a))


@adjoint(betainc_slope_x, elementwise=True, singular=True)
def beta_density(z, a, b, x):
    d[a] = d[z] * (special.xlogy(z, x) - z * (special.digamma(a) - special.digamma(a + b)))
    d[b] = d[z] * (special.xlog1py(z, -x) - z * (special.digamma(b) - special.digamma(a + b)))
    d[x] = d[z] * z * ((a - 1.0) / x - (b - 1.0) / (1.0 - x))


@adjoint(betainc_slopes)
def beta_slopes(z, a, b, x):
    if active(a) or active(b):
        raise NotImplementedError("a second derivative by the parameters of an incomplete beta function")
    else:
        density = betainc_slope_x(a, b, x)
        by_a = special.xlogy(density, x) - density * (special.digamma(a) - special.digamma(a + b))
        by_b = special.xlog1py(density, -x) - density * (special.digamma(b) - special.digamma(a + b))
        d[x] = unbroadcast(d[z][0] * by_a + d[z][1] * by_b, x)


@tangent(betainc_slopes)
def beta_slopes_change(z, a, b, x):
    density = betainc_slope_x(a, b, x)
    by_a = special.xlogy(density, x) - density * (special.digamma(a) - special.digamma(a + b))
    by_b = special.xlog1py(density, -x) - density * (special.digamma(b) - special.digamma(a + b))
    d[z] = (by_a * d[x], by_b * d[x])


@adjoint(fdtr_slope_x, elementwise=True, singular=True)
def f_density(z, dfn, dfd, x):
    if active(dfn) or active(dfd):
        raise NotImplementedError("a second derivative by the degrees of freedom of the F distribution")
    d[x] = d[z] * z * ((dfn / 2.0 - 1.0) / x - (dfn + dfd) / 2.0 * dfn / (dfd + dfn * x))


@adjoint(fdtr_slopes)
def f_slopes(z, dfn, dfd, x):
    if active(dfn) or active(dfd) or active(x):
        raise NotImplementedError("a second derivative by the degrees of freedom of the F distribution")
    d[x] = 0.0 * d[z][0]


@tangent(fdtr_slopes)
def f_slopes_change(z, dfn, dfd, x):
    d[z] = (0.0 * d[x], 0.0 * d[x])


@adjoint(stdtr_slope_t, elementwise=True)
def t_density(z, df, t):
    d[df] = d[z] * z * t_score_df(df, t)
    d[t] = -d[z] * z * (df + 1.0) * t / (df + t**2)


@adjoint(stdtr_slope_df, elementwise=True)
def t_slope(z, df, t):
    if active(df):
        raise NotImplementedError("a second derivative by the degrees of freedom of Student's t")
    d[t] = d[z] * stdtr_slope_t(df, t) * t_score_df(df, t)
