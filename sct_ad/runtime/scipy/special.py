"""Derivatives of special functions where the closed form cancels, divides by zero, or is a sum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

ROOT_PI = math.sqrt(math.pi)
_DOUBLE_FACTORIALS = [float(math.prod(range(2 * n + 1, 0, -2))) for n in range(13)]  # (2n + 1)!!

_BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]  # B_2, B_4, ...


# The gamma function --------------------------------------------------------------------------------------------------


def rgamma_slope(x: Any) -> Any:
    """The derivative of 1 / gamma(x), which is entire: (-1)**n n! at the poles -n of the gamma function."""
    pole = (x == np.floor(np.real(x))) & (np.real(x) <= 0)
    regular = np.where(pole, 1.0, x)
    order = np.where(pole, -np.real(x), 0.0)
    at_pole = (1.0 - 2.0 * (order % 2)) * special.gamma(order + 1.0)
    return np.where(pole, at_pole, -special.digamma(regular) * special.rgamma(regular))[()]


def rgamma_curvature(x: Any) -> Any:
    """The second derivative of 1 / gamma(x): -2 (-1)**n n! digamma(n + 1) at the poles -n of the gamma function."""
    pole = (x == np.floor(np.real(x))) & (np.real(x) <= 0)
    regular = np.where(pole, 1.0, x)
    order = np.where(pole, -np.real(x), 0.0)
    at_pole = -2.0 * (1.0 - 2.0 * (order % 2)) * special.gamma(order + 1.0) * special.digamma(order + 1.0)
    growth = special.digamma(regular)
    return np.where(pole, at_pole, (growth * growth - trigamma(regular)) * special.rgamma(regular))[()]


def trigamma(x: Any) -> Any:
    """The derivative of digamma; for complex numbers DLMF 5.15.5, 5.15.6 and 5.15.8."""
    if not np.iscomplexobj(x):
        return special.zeta(2.0, x)
    left = np.real(x) < 0.5
    y, total = np.where(left, 1.0 - x, x), np.zeros_like(x)
    for _ in range(12):
        total, y = total + 1.0 / y**2, y + 1.0
    square = 1.0 / y**2
    tail = np.zeros_like(y)
    for bernoulli in _BERNOULLI[::-1]:
        tail = (tail + bernoulli) * square
    total = total + 1.0 / y + 0.5 * square + tail / y
    sine = np.sin(np.pi * np.where(left, x, 0.5))
    return np.where(left, (np.pi / sine) ** 2 - total, total)[()]


def multigammaln_slope(a: Any, dimension: int) -> Any:
    """The derivative of `multigammaln`: the sum of digamma(a + (1 - j) / 2) over j = 1 ... dimension."""
    shifts = 0.5 * np.arange(int(dimension)).astype(getattr(a, "dtype", float))
    return np.sum(special.digamma(np.subtract.outer(a, shifts)), axis=-1)


# Error functions: where |z| is large, by the asymptotic series of DLMF 7.12.1 ----------------------------------------


def _tail(u: Any) -> Any:
    """The sum of (2n + 1)!! u**n for |u| < 1/200, to machine precision."""
    total = np.zeros_like(u)
    for coefficient in _DOUBLE_FACTORIALS[::-1]:
        total = total * u + coefficient
    return total


def erfcx_slope(x: Any) -> Any:
    """The derivative of the scaled complementary error function, 2 x erfcx(x) - 2 / sqrt(pi)."""
    if np.iscomplexobj(x):
        return 1j * wofz_slope(1j * x)
    far = x > 10.0
    large = np.where(far, x, 10.0)
    near = np.where(far, 0.0, x)
    series = -_tail(-0.5 / large**2) / (ROOT_PI * large**2)
    return np.where(far, series, 2.0 * near * special.erfcx(near) - 2.0 / ROOT_PI)[()]


def dawsn_slope(x: Any) -> Any:
    """The derivative of Dawson's integral, 1 - 2 x dawsn(x)."""
    if np.iscomplexobj(x):
        return -0.5j * ROOT_PI * (2.0 * x * np.exp(-(x**2)) + wofz_slope(x))
    far = np.abs(x) > 10.0
    large = np.where(far, x, 10.0)
    return np.where(far, -0.5 * _tail(0.5 / large**2) / large**2, 1.0 - 2.0 * x * special.dawsn(x))[()]


def wofz_slope(z: Any) -> Any:
    """The derivative of the Faddeeva function, -2 z w(z) + 2i / sqrt(pi), DLMF 7.10.2."""
    z = np.asarray(z)
    z = z.astype(np.result_type(z.dtype, np.complex64))
    below = z.imag < 0
    upper = np.where(below, -z, z)  # w(z) = 2 exp(-z**2) - w(-z), so that the slopes at z and -z are alike
    far = np.abs(upper) > 10.0
    large = np.where(far, upper, 10.0)
    near = np.where(far, 0.0, upper)
    series = -1j * _tail(0.5 / large**2) / (ROOT_PI * large**2)
    slope = np.where(far, series, -2.0 * near * special.wofz(near) + 2j / ROOT_PI)
    lower = np.where(below, z, 0.0)
    return (slope - 4.0 * lower * np.exp(-(lower**2)))[()]


# Elementary functions ------------------------------------------------------------------------------------------------


def exprel_slope(x: Any) -> Any:
    """The derivative of (exp(x) - 1) / x; near 0 by its series, the sum of x**n / (n! (n + 2))."""
    near = np.abs(x) < 1.0
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    total = np.zeros_like(small)
    for n in range(17, -1, -1):
        total = total * small + 1.0 / (math.factorial(n) * (n + 2))
    return np.where(near, total, (np.exp(large) * (large - 1.0) + 1.0) / large**2)[()]


def box_cox_slope(log_x: Any, lmbda: Any) -> Any:
    """The derivative of (x**lmbda - 1) / lmbda by lmbda, given the logarithm of x."""
    return log_x**2 * exprel_slope(lmbda * log_x)


def log1p_ratio_slope(u: Any) -> Any:
    """The derivative of log(1 + u) / u; near 0 by its series."""
    near = np.abs(u) < 0.1
    small, large = np.where(near, u, 0.0), np.where(near, 1.0, u)
    total = np.zeros_like(small)
    for n in range(18, 0, -1):
        total = (-1.0) ** n * n / (n + 1) + total * small
    return np.where(near, total, (large / (1.0 + large) - np.log1p(large)) / large**2)[()]


def diric_slope(x: Any, n: Any) -> Any:
    """The derivative of the periodic sinc function, as the sum of n cosines that the function is."""
    slope = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(n)), getattr(x, "dtype", float))
    for j in range(int(np.max(n, initial=0))):
        frequency = j - 0.5 * (np.asarray(n, slope.dtype) - 1.0)
        slope = slope - np.where(j < n, frequency * np.sin(frequency * x), 0.0)
    return (slope / n)[()]


# Integrals -----------------------------------------------------------------------------------------------------------


def expn_slope(n: Any, x: Any) -> Any:
    """The derivative of `expn`, -expn(n - 1, x), DLMF 8.19.13 and, for n = 0, 8.19.12."""
    return -np.where(n == 0, np.exp(-x) * (1.0 + x) / x**2, special.expn(np.maximum(n, 1) - 1, x))[()]


def sinhc(x: Any) -> Any:
    """sinh(x) / x, and 1 at 0."""
    return np.where(x == 0, 1.0, np.sinh(x) / np.where(x == 0, 1.0, x))[()]


def spence_slope(x: Any) -> Any:
    """The derivative of `spence`, log(x) / (1 - x), and -1 at 1."""
    return np.where(x == 1, -1.0, np.log(x) / np.where(x == 1, 1.0, 1.0 - x))[()]


def kelvin_second(z: Any, x: Any) -> tuple[Any, Any]:
    """The second derivatives of ber + i bei and of ker + i kei: w'' = i w - w' / x."""
    safe = np.where(x == 0, 1.0, x)
    return 1j * z[0] - np.where(x == 0, 0.5j, z[2] / safe), 1j * z[1] - z[3] / safe


def kelvin_cotangent(dz: Any, z: Any, x: Any) -> Any:
    """The cotangent of x of `kelvin`."""
    second, other = kelvin_second(z, x)
    return np.real(dz[0] * z[2] + dz[1] * z[3] + dz[2] * second + dz[3] * other)


def bessel_quotient(z: Any, x: Any) -> Any:
    """The Bessel function z of order 1 (J or I), over x; 1/2 at 0."""
    return np.where(x == 0, 0.5, z / np.where(x == 0, 1.0, x))[()]


def struve_term(v: Any, x: Any) -> Any:
    """The first term of the series of the Struve functions, (x / 2)**v / (sqrt(pi) gamma(v + 3/2))."""
    term = (x / 2.0) ** v / (ROOT_PI * special.gamma(v + 1.5))
    return np.asarray(term, np.result_type(v, x))[()]


# Elliptic integrals by Carlson's R_D ---------------------------------------------------------------------------------


def _by_period(phi: Any, m: Any, piece: Any, complete: Any) -> Any:
    """An odd integral from 0 to phi, of a function of period pi, from its piece within half a period of 0."""
    turns = np.round(phi / np.pi)
    rest = phi - turns * np.pi
    sine = np.sin(rest)
    whole = 2.0 * turns * np.where(turns == 0, 0.0, complete)
    return np.asarray(piece(sine, np.cos(rest) ** 2, 1.0 - m * sine**2) + whole, np.result_type(phi, m))[()]


def ellipkinc_slope_m(phi: Any, m: Any) -> Any:
    """Half the integral of sin(t)**2 (1 - m sin(t)**2)**(-3/2) from 0 to phi."""

    def piece(sine: Any, cosine2: Any, delta2: Any) -> Any:
        return sine**3 * special.elliprd(cosine2, 1.0, delta2) / 6.0

    return _by_period(phi, m, piece, special.elliprd(0.0, 1.0, 1.0 - m) / 6.0)


def ellipeinc_slope_m(phi: Any, m: Any) -> Any:
    """Minus half the integral of sin(t)**2 (1 - m sin(t)**2)**(-1/2) from 0 to phi."""

    def piece(sine: Any, cosine2: Any, delta2: Any) -> Any:
        return -(sine**3) * special.elliprd(cosine2, delta2, 1.0) / 6.0

    return _by_period(phi, m, piece, -special.elliprd(0.0, 1.0 - m, 1.0) / 6.0)


def _complete_slope(m: Any, m1: Any, integral: Any, of_carlson: Any) -> Any:
    """A derivative by m, from both complete integrals where nothing cancels, else by R_D; float32 stays float32.

    K takes some tens of nanoseconds and R_D hundreds. At small m the integrals nearly cancel, and at m = 1, for
    infinite m and for m > 1 they are infinite or NaN.
    """
    precise, precise1 = np.asarray(m, float), np.asarray(m1, float)
    usual = (np.abs(precise) > 0.1) & (precise > -1e8) & (precise1 > 0.0)
    result = np.empty(precise.shape)
    result[usual] = integral(precise[usual], precise1[usual])
    result[~usual] = of_carlson(precise1[~usual])
    return result.astype(np.result_type(m) if isinstance(m, (np.ndarray, np.generic)) else float, copy=False)[()]


def ellipk_slope(m: Any) -> Any:
    """The derivative of K(m) by m, DLMF 19.4.1."""
    return _first_slope(m, 1.0 - m)


def ellipkm1_slope(p: Any) -> Any:
    """The derivative of K(1 - p) by p."""
    return -_first_slope(1.0 - p, p)


def _first_slope(m: Any, m1: Any) -> Any:

    def integral(m: Any, m1: Any) -> Any:
        return (special.ellipe(m) - m1 * special.ellipkm1(m1)) / (2.0 * m * m1)

    return _complete_slope(m, m1, integral, lambda m1: special.elliprd(0.0, 1.0, m1) / 6.0)


def ellipe_slope(m: Any) -> Any:
    """The derivative of E(m) by m, DLMF 19.4.2."""

    def integral(m: Any, m1: Any) -> Any:
        return (special.ellipe(m) - special.ellipk(m)) / (2.0 * m)

    return _complete_slope(m, 1.0 - m, integral, lambda m1: -special.elliprd(0.0, m1, 1.0) / 6.0)


def agm_slopes(a: Any, b: Any) -> tuple[Any, Any]:
    """The derivatives of the arithmetic-geometric mean, whose steps (DLMF 19.8.1) are differentiated one by one.

    All terms are positive. Neither is defined where an argument is 0 or of the other sign.
    """
    dtype = np.result_type(*(v for v in (a, b) if isinstance(v, (np.ndarray, np.generic))), np.float16)
    arrays = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    with np.errstate(all="ignore"):
        defined = arrays[0] * np.sign(arrays[1]) > 0
        scale = np.sqrt(np.abs(arrays[0])) * np.sqrt(np.abs(arrays[1]))  # the mean is homogeneous
        mean, root = (np.where(defined, np.abs(v) / scale, 1.0) for v in arrays)
        mean_a, root_a, mean_b, root_b = 1.0, 0.0, 0.0, 1.0
        for _ in range(40):
            product = np.sqrt(mean) * np.sqrt(root)
            share, other = 0.5 * root / product, 0.5 * mean / product
            mean_a, root_a = 0.5 * (mean_a + root_a), share * mean_a + other * root_a
            mean_b, root_b = 0.5 * (mean_b + root_b), share * mean_b + other * root_b
            mean, root = 0.5 * (mean + root), product
            if np.all(mean - root <= 1e-15 * mean):
                break
    dtype = dtype if dtype == np.float32 else np.dtype(float)
    by_a, by_b = (np.where(defined, slope, np.nan).astype(dtype, copy=False)[()] for slope in (mean_a, mean_b))
    return by_a, by_b


# Sums of exponentials ------------------------------------------------------------------------------------------------


def exp_difference(a: Any, z: Any) -> Any:
    """exp(a - z), and 0 where both are minus infinity."""
    return np.exp(a - np.where(z == -np.inf, np.array(0.0, getattr(z, "dtype", float)), z))


def logsumexp_cotangents(dz: Any, z: Any, a: Any, b: Any, axis: Any, keepdims: bool) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` of the logarithm of sum(b * exp(a)), before they are summed to their shapes."""
    if axis is None:
        axis = tuple(range(max(np.ndim(a), np.ndim(b))))
    if not keepdims:
        dz, z = np.expand_dims(dz, axis), np.expand_dims(z, axis)
    weights = dz * exp_difference(a, z)
    return (weights if b is None else b * weights), weights


def logsumexp_weights(z: Any, a: Any, b: Any, axis: Any, keepdims: bool) -> Any:
    """exp(a - z), where z is the logarithm of sum(b * exp(a))."""
    if not keepdims:
        z = np.expand_dims(z, tuple(range(max(np.ndim(a), np.ndim(b)))) if axis is None else axis)
    return exp_difference(a, z)
