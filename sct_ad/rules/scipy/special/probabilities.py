# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the distribution functions in `scipy.special`. Counts, which SciPy rounds down, have derivative zero."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d, kind, macro
from sct_ad.runtime.scipy.incomplete import (
    betainc_slope_x,
    fdtr_slope_x,
    fdtr_slopes,
    gammainc_slope_a,
    gammainc_slope_x,
    stdtr_slope_df,
    stdtr_slope_t,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


@macro
def rounded_down(site: Any, k: Expr) -> Expr:
    """`np.floor(k)`, or `k` itself where it is an integer."""
    if kind.answer(site, k) in ("int", "bool"):
        return k
    return nodes.call(nodes.attribute(site.bind(np, "np"), "floor"), k)


# Binomial, negative binomial and Poisson: DLMF 8.17.5 and 8.4.10 -----------------------------------------------------


@adjoint(special.bdtr, elementwise=True)
def bdtr(z, k, n, p):
    if active(n):
        raise NotImplementedError("the number of trials n")
    few = rounded_down(k)
    d[p] = -d[z] * betainc_slope_x(few + 1.0, n - few, p)


@adjoint(special.bdtrc, elementwise=True)
def bdtrc(z, k, n, p):
    if active(n):
        raise NotImplementedError("the number of trials n")
    few = rounded_down(k)
    d[p] = d[z] * betainc_slope_x(few + 1.0, n - few, p)


@adjoint(special.bdtri, elementwise=True, singular=True)
def bdtri(z, k, n, y):
    if active(n):
        raise NotImplementedError("the number of trials n")
    few = rounded_down(k)
    d[y] = -d[z] / betainc_slope_x(few + 1.0, n - few, z)


@adjoint(special.nbdtr, elementwise=True)
def nbdtr(z, k, n, p):
    if active(n):
        raise NotImplementedError("the number of successes n")
    d[p] = d[z] * betainc_slope_x(n, rounded_down(k) + 1.0, p)


@adjoint(special.nbdtrc, elementwise=True)
def nbdtrc(z, k, n, p):
    if active(n):
        raise NotImplementedError("the number of successes n")
    d[p] = -d[z] * betainc_slope_x(n, rounded_down(k) + 1.0, p)


@adjoint(special.pdtr, elementwise=True)
def pdtr(z, k, m):
    d[m] = -d[z] * gammainc_slope_x(rounded_down(k) + 1.0, m)


@adjoint(special.pdtrc, elementwise=True)
def pdtrc(z, k, m):
    d[m] = d[z] * gammainc_slope_x(rounded_down(k) + 1.0, m)


@adjoint(special.pdtri, elementwise=True, singular=True)
def pdtri(z, k, y):
    d[y] = -d[z] / gammainc_slope_x(rounded_down(k) + 1.0, z)


# Chi-square and gamma ------------------------------------------------------------------------------------------------


@adjoint(special.chdtr, elementwise=True, singular=True)
def chdtr(z, v, x):
    d[v] = d[z] * gammainc_slope_a(v / 2.0, x / 2.0) / 2.0
    d[x] = d[z] * gammainc_slope_x(v / 2.0, x / 2.0) / 2.0


@adjoint(special.chdtrc, elementwise=True, singular=True)
def chdtrc(z, v, x):
    d[v] = -d[z] * gammainc_slope_a(v / 2.0, x / 2.0) / 2.0
    d[x] = -d[z] * gammainc_slope_x(v / 2.0, x / 2.0) / 2.0


@adjoint(special.chdtri, elementwise=True, singular=True)
def chdtri(z, v, p):
    slope = gammainc_slope_x(v / 2.0, z / 2.0)
    d[v] = -d[z] * gammainc_slope_a(v / 2.0, z / 2.0) / slope
    d[p] = -d[z] * 2.0 / slope


@adjoint(special.gdtr, elementwise=True, singular=True)
def gdtr(z, a, b, x):
    slope = gammainc_slope_x(b, a * x)
    d[a] = d[z] * slope * x
    d[b] = d[z] * gammainc_slope_a(b, a * x)
    d[x] = d[z] * slope * a


@adjoint(special.gdtrc, elementwise=True, singular=True)
def gdtrc(z, a, b, x):
    slope = gammainc_slope_x(b, a * x)
    d[a] = -d[z] * slope * x
    d[b] = -d[z] * gammainc_slope_a(b, a * x)
    d[x] = -d[z] * slope * a


@adjoint(special.gdtrix, elementwise=True, singular=True)
def gdtrix(z, a, b, p):
    slope = gammainc_slope_x(b, a * z) * a
    d[a] = -d[z] * z / a
    d[b] = -d[z] * gammainc_slope_a(b, a * z) / slope
    d[p] = d[z] / slope


# F and Student's t ---------------------------------------------------------------------------------------------------


@adjoint(special.fdtr, elementwise=True, singular=True)
def fdtr(z, dfn, dfd, x):
    slopes = fdtr_slopes(dfn, dfd, x)
    d[dfn] = d[z] * slopes[0]
    d[dfd] = d[z] * slopes[1]
    d[x] = d[z] * fdtr_slope_x(dfn, dfd, x)


@adjoint(special.fdtrc, elementwise=True, singular=True)
def fdtrc(z, dfn, dfd, x):
    slopes = fdtr_slopes(dfn, dfd, x)
    d[dfn] = -d[z] * slopes[0]
    d[dfd] = -d[z] * slopes[1]
    d[x] = -d[z] * fdtr_slope_x(dfn, dfd, x)


@adjoint(special.fdtri, elementwise=True, singular=True)
def fdtri(z, dfn, dfd, p):
    slopes = fdtr_slopes(dfn, dfd, z)
    d[dfn] = -d[z] * slopes[0] / fdtr_slope_x(dfn, dfd, z)
    d[dfd] = -d[z] * slopes[1] / fdtr_slope_x(dfn, dfd, z)
    d[p] = d[z] / fdtr_slope_x(dfn, dfd, z)


@adjoint(special.stdtr, elementwise=True)
def stdtr(z, df, t):
    d[df] = d[z] * stdtr_slope_df(df, t)
    d[t] = d[z] * stdtr_slope_t(df, t)


@adjoint(special.stdtrit, elementwise=True, singular=True)
def stdtrit(z, df, p):
    d[df] = -d[z] * stdtr_slope_df(df, z) / stdtr_slope_t(df, z)
    d[p] = d[z] / stdtr_slope_t(df, z)
