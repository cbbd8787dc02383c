"""Derivatives of incomplete gamma and beta functions by their parameters, and by their arguments.

The derivative of the logarithm of the smaller tail is had from a series or continued fraction whose terms are carried
along with their derivatives (Moore, Algorithm AS 187, 1982; Boik and Robison-Cox, J. Stat. Software 3, 1998), and is
multiplied by that tail as SciPy computes it. All its terms have one sign, so that nothing cancels. What does not
converge is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

_EPS = 1e-16
_MOST_TERMS = 20000
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)


def _elementwise(function: Callable[..., Any], *args: Any) -> Any:
    """A function of flat float64 arrays, on broadcast arguments of any kind; float32 stays float32."""
    dtypes = {a.dtype for a in args if isinstance(a, np.ndarray)} or {getattr(a, "dtype", None) for a in args}
    single = dtypes == {np.dtype(np.float32)}
    arrays = np.broadcast_arrays(*(np.asarray(a, float) for a in args))
    with np.errstate(all="ignore"):
        result = function(*(a.ravel() for a in arrays))
    result = tuple(r.reshape(arrays[0].shape).astype(np.float32 if single else float)[()] for r in result)
    return result if len(result) > 1 else result[0]


def _chosen(size: int, *cases: tuple[Any, Callable[..., Any]], arguments: tuple[Any, ...]) -> Any:
    """Zeros, and where a case's mask is true what its function gives there."""
    result = np.zeros(size)
    for mask, function in cases:
        if mask.any():
            result[mask] = function(*(a[mask] for a in arguments))
    return result


def _settled(fraction: Callable[..., Any], *args: Any) -> list[Any]:
    """The derivatives that a continued fraction has when cut after enough terms; NaN where `_MOST_TERMS` are too few.

    What is cut is evaluated from its end, which needs one division a term and loses no digits. The number of terms is
    doubled where the derivatives still change; they converge so fast that a change in the 12th digit is the last one.
    """
    terms, rest = 8, np.arange(args[0].size)
    found = fraction(terms, *args)
    result = [np.full(rest.size, np.nan) for _ in found]
    while rest.size and terms < _MOST_TERMS:
        terms *= 2
        before, found = found, fraction(terms, *args)
        moves = ~np.all([np.abs(f - b) <= 1e-12 * np.abs(f) for f, b in zip(found, before, strict=True)], axis=0)
        for whole, part in zip(result, found, strict=True):
            whole[rest[~moves]] = part[~moves]
        rest, found, args = rest[moves], [part[moves] for part in found], tuple(a[moves] for a in args)
    return result


# Incomplete gamma functions ------------------------------------------------------------------------------------------


def gammainc_slope_x(a: Any, x: Any) -> Any:
    """The derivative of P(a, x) by x: the density x**(a - 1) exp(-x) / gamma(a), DLMF 8.8.13."""

    def slope(a: Any, x: Any) -> Any:
        return (np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a)),)

    return _elementwise(slope, a, x)


def gammainc_slope_a(a: Any, x: Any) -> Any:
    """The derivative of the regularised incomplete gamma function P(a, x) by a."""

    def slope(a: Any, x: Any) -> Any:
        regular = (x > 0) & (x < np.inf) & (a > 0)
        wide, low = a > 500.0, x < a + 1.0
        result = _chosen(
            a.size, (regular & wide, _gamma_wide), (regular & low & ~wide, _gamma_series),
            (regular & ~low & ~wide, _gamma_fraction), arguments=(a, x),
        )  # fmt: skip
        return (np.where((a > 0) & (x >= 0), result, np.nan),)

    return _elementwise(slope, a, x)


def _gamma_series(a: Any, x: Any) -> Any:
    """By the series DLMF 8.7.1."""
    term, total, harmonic, slope = np.ones_like(a), np.ones_like(a), np.zeros_like(a), np.zeros_like(a)
    for n in range(1, _MOST_TERMS):
        share = 1.0 / (a + n)
        term = term * (x * share)
        harmonic = harmonic + share
        total = total + term
        slope = slope - term * harmonic
        if n % 8 == 0 and np.all(term * (1.0 + harmonic) <= _EPS * total):
            break
    return special.gammainc(a, x) * (np.log(x) - special.digamma(a + 1.0) + slope / total)


def _gamma_fraction(a: Any, x: Any) -> Any:
    """By the continued fraction DLMF 8.9.2 in its even part."""
    (slope,) = _settled(_gamma_fraction_slope, a, x)
    return -special.gammaincc(a, x) * (np.log(x) - special.digamma(a) + slope)


def _gamma_fraction_slope(terms: int, a: Any, x: Any) -> tuple[Any]:
    """The derivative of the logarithm of 1 / (b_0 + t_1) by a, where t_n = -n (n - a) / (b_n + t_(n + 1))."""
    start = x + 1.0 - a
    whole = start + 2.0 * terms
    slope = np.full_like(a, -1.0)  # of the whole denominator
    for n in range(terms, 0, -1):
        inverse = 1.0 / whole
        tail = (n * (a - n)) * inverse
        slope = (n - tail * slope) * inverse - 1.0
        whole = tail + (start + 2.0 * (n - 1))
    return (-slope / whole,)


def _gamma_wide(a: Any, x: Any) -> Any:
    """For large a: the integral of (log(t) - digamma(a)) times the density over the tail, where it has one sign."""
    lower = x < a
    rate = np.abs(a - 1.0 - x) / x
    reach = 160.0 * a / (rate * a + np.sqrt((rate * a) ** 2 + 160.0 * a))
    reach = np.where(lower, np.minimum(reach, x), reach)
    t = x + np.where(lower, -reach, reach) * 0.5 * (1.0 + _NODES[:, None])
    deviation = np.where(t > 0, t / a - 1.0, -1.0)
    log_density = a * (np.log1p(deviation) - deviation) - 1.0 / (12.0 * a) + 1.0 / (360.0 * a**3)
    density = np.exp(log_density - np.log(t)) * np.sqrt(a / (2.0 * np.pi))
    half = -1.0 / (2.0 * a) - 1.0 / (12.0 * a**2) + 1.0 / (120.0 * a**4)  # digamma(a) - log(a)
    integral = np.sum(_WEIGHTS[:, None] * density * (np.log1p(deviation) - half), axis=0) * 0.5 * reach
    return np.where(lower, integral, -integral)


# Incomplete beta functions -------------------------------------------------------------------------------------------


def betainc_slope_x(a: Any, b: Any, x: Any) -> Any:
    """The derivative of I_x(a, b) by x: the density x**(a - 1) (1 - x)**(b - 1) / B(a, b)."""

    def slope(a: Any, b: Any, x: Any) -> Any:
        return (np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)),)

    return _elementwise(slope, a, b, x)


def betainc_slopes(a: Any, b: Any, x: Any) -> tuple[Any, Any]:
    """The derivatives of the regularised incomplete beta function I_x(a, b) by a and by b."""
    return _elementwise(lambda a, b, x: _beta_slopes(a, b, x, 1.0 - x), a, b, x)  # type: ignore[no-any-return]


def _beta_slopes(a: Any, b: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Both derivatives, of flat arrays; y is 1 - x."""
    by_a, by_b = np.zeros_like(a), np.zeros_like(a)
    fit = (a > 0) & (b > 0) & (a < np.inf) & (b < np.inf)
    regular = fit & (x > 0) & (y > 0)
    swapped = x * (a + b + 2.0) > a + 1.0
    if regular.any():  # I_x(a, b) = 1 - I_y(b, a)
        turn = swapped[regular]
        given = [(v[regular], w[regular]) for v, w in ((a, b), (b, a), (x, y), (y, x))]
        own, other = _beta_fraction(*(np.where(turn, w, v) for v, w in given))
        by_a[regular], by_b[regular] = np.where(turn, -other, own), np.where(turn, -own, other)
    defined = fit & (x >= 0) & (y >= 0)
    return np.where(defined, by_a, np.nan), np.where(defined, by_b, np.nan)


def _beta_fraction(a: Any, b: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """By the continued fraction DLMF 8.17.22 and its two derivatives."""
    slope_a, slope_b = _settled(_beta_fraction_slopes, a, b, x)
    tail, both = special.betainc(a, b, x), special.digamma(a + b)
    log_a = np.log(x) - special.digamma(a + 1.0) + both
    log_b = np.where(x < 0.5, np.log1p(-x), np.log(y)) - special.digamma(b) + both
    return tail * (log_a + slope_a), tail * (log_b + slope_b)


def _beta_fraction_slopes(terms: int, a: Any, b: Any, x: Any) -> tuple[Any, Any]:
    """The derivatives of the logarithm of 1 / (1 + t_1) by a and b, where t_n = d_n / (1 + t_(n + 1)), DLMF 8.17.23."""
    tail, slope_a, slope_b = np.zeros_like(a), np.zeros_like(a), np.zeros_like(a)
    both = a + b
    above = 1.0 / (a + (terms + 1.0))
    for m in range(terms // 2, 0, -1):
        middle, below = 1.0 / (a + 2.0 * m), above
        # d_(2m + 1) = -(a + m) (a + b + m) x / ((a + 2m) (a + 2m + 1))
        scale = x * (a + m) * middle * below
        top = -scale * (both + m)
        inverse = 1.0 / (1.0 + tail)
        tail = top * inverse
        slope_a = (top * (1.0 / (a + m) - middle - below) - scale - tail * slope_a) * inverse
        slope_b = (-scale - tail * slope_b) * inverse
        # d_(2m) = m (b - m) x / ((a + 2m - 1) (a + 2m))
        above = 1.0 / (a + (2.0 * m - 1.0))
        scale = m * x * above * middle
        top = scale * (b - m)
        inverse = 1.0 / (1.0 + tail)
        tail = top * inverse
        slope_a = (-top * (above + middle) - tail * slope_a) * inverse
        slope_b = (scale - tail * slope_b) * inverse
    scale = x * above
    inverse = 1.0 / (1.0 + tail)
    tail = -scale * both * inverse
    slope_a = (scale * (both * above - 1.0) - tail * slope_a) * inverse
    slope_b = (-scale - tail * slope_b) * inverse
    return -slope_a / (1.0 + tail), -slope_b / (1.0 + tail)


# Distribution functions that are incomplete beta functions -----------------------------------------------------------


def fdtr_slopes(dfn: Any, dfd: Any, x: Any) -> tuple[Any, Any]:
    """The derivatives of the F distribution function by its degrees of freedom."""

    def slopes(n: Any, m: Any, x: Any) -> tuple[Any, Any]:
        whole = m + n * x
        u, rest = n * x / whole, m / whole
        by_a, by_b = _beta_slopes(0.5 * n, 0.5 * m, u, rest)
        by_u = np.where(x > 0, _beta_density(0.5 * n, 0.5 * m, u, rest) / whole**2, 0.0)
        return 0.5 * by_a + by_u * x * m, 0.5 * by_b - by_u * n * x

    return _elementwise(slopes, dfn, dfd, x)  # type: ignore[no-any-return]


def fdtr_slope_x(dfn: Any, dfd: Any, x: Any) -> Any:
    """The density of the F distribution."""

    def slope(n: Any, m: Any, x: Any) -> Any:
        whole = m + n * x
        density = _beta_density(0.5 * n, 0.5 * m, n * x / whole, m / whole) * n * m / whole**2
        at_zero = np.where(n == 2, 1.0, np.where(n < 2, np.inf, 0.0))
        return (np.where(x > 0, density, np.where(x < 0, 0.0, at_zero)),)

    return _elementwise(slope, dfn, dfd, x)


def _beta_density(a: Any, b: Any, x: Any, y: Any) -> Any:
    return np.exp(special.xlogy(a - 1.0, x) + special.xlogy(b - 1.0, y) - special.betaln(a, b))


def stdtr_slope_t(df: Any, t: Any) -> Any:
    """The density of Student's t."""

    def slope(df: Any, t: Any) -> Any:
        half = 0.5 * (df + 1.0)
        log_scale = -special.betaln(0.5 * df, 0.5) - 0.5 * np.log(df)
        return (np.exp(log_scale - half * np.log1p(t**2 / df)),)

    return _elementwise(slope, df, t)


def stdtr_slope_df(df: Any, t: Any) -> Any:
    """The derivative of Student's t distribution function by its degrees of freedom."""

    def slope(df: Any, t: Any) -> Any:
        whole = df + t**2
        by_a, _ = _beta_slopes(0.5 * df, np.full_like(df, 0.5), df / whole, t**2 / whole)
        density = _beta_density(0.5 * df, np.full_like(df, 0.5), df / whole, t**2 / whole)
        tail = 0.25 * by_a + np.where(t == 0, 0.0, 0.5 * density * t**2 / whole**2)
        return (-np.sign(t) * tail,)

    return _elementwise(slope, df, t)


def t_score_df(df: Any, t: Any) -> Any:
    """The derivative of the logarithm of the density of Student's t by its degrees of freedom."""
    scale = special.digamma((df + 1.0) / 2.0) - special.digamma(df / 2.0) - 1.0 / df
    return (scale - np.log1p(t**2 / df) + (df + 1.0) * t**2 / (df * (df + t**2))) / 2.0
