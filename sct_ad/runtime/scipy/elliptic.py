"""Second derivatives of elliptic integrals, DLMF 19."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

_TERMS = 24


def elliprd_slope(z: Any, x: Any, y: Any, w: Any) -> Any:
    """The derivative of `z = elliprd(x, y, w)` by x.

    By partial fractions, (z - R_D(y, w, x)) / (2 (w - x)). Where x = w, the derivative by w is three times that by x,
    and what x, y and w contribute adds up to -3/2 z.
    """
    tie, every = x == w, (x == w) & (y == w)
    plain = (z - special.elliprd(y, w, x)) / np.where(tie, 1.0, 2.0 * (w - x))
    by_y = (z - special.elliprd(w, x, y)) / np.where(y == w, 1.0, 2.0 * (w - y))
    safe = np.where(tie, x, 1.0)
    tied = np.where(every, -0.3 * z / safe, -(1.5 * z + y * by_y) / (4.0 * safe))
    return np.where(tie, tied, plain)[()]


def ellipk_curvature(slope: Any, m: Any) -> Any:
    """The second derivative of K(m), from the first one where nothing cancels, DLMF 19.4.8 and 19.5.1."""
    return _in_precision(_second(slope, np.asarray(m, float), 1.0 - m, special.ellipk(m)), m)


def ellipkm1_curvature(slope: Any, p: Any) -> Any:
    """The second derivative of K(1 - p) by p, from the first one."""
    return _in_precision(_second(-np.asarray(slope), 1.0 - np.asarray(p, float), p, special.ellipkm1(p)), p)


def _second(slope: Any, m: Any, m1: Any, integral: Any) -> Any:
    near, far = np.minimum(m, 0.1), np.maximum(m, 0.1)
    by_equation = (integral / 4.0 - (m1 - m) * slope) / (far * m1)
    return np.where(m > 0.1, by_equation, 9.0 * np.pi / 64.0 * special.hyp2f1(2.5, 2.5, 3.0, near))


def ellipe_curvature(m: Any) -> Any:
    """The second derivative of E(m), DLMF 19.5.2."""
    return _in_precision(-3.0 * np.pi / 64.0 * special.hyp2f1(1.5, 2.5, 3.0, m), m)


def _in_precision(values: Any, like: Any) -> Any:
    single = isinstance(like, (np.ndarray, np.generic)) and like.dtype == np.float32
    return np.asarray(values, np.float32 if single else float)[()]


def ellipkinc_curvature_m(phi: Any, m: Any) -> Any:
    """The second derivative of F(phi | m) by m: 3/4 of the integral of sin(t)**4 (1 - m sin(t)**2)**(-5/2)."""

    def integral(sine: Any, cosine: Any, delta: Any, m: Any, first: Any, second: Any) -> Any:
        once = (second - m * sine * cosine / delta) / (1.0 - m)
        twice = (2.0 * (2.0 - m) * once - first - m * sine * cosine / delta**3) / (3.0 * (1.0 - m))
        return (twice - 2.0 * once + first) / m**2

    return _moment(phi, m, integral, 2.5, 0.75)


def ellipeinc_curvature_m(phi: Any, m: Any) -> Any:
    """The second derivative of E(phi | m) by m: -1/4 of the integral of sin(t)**4 (1 - m sin(t)**2)**(-3/2)."""

    def integral(sine: Any, cosine: Any, delta: Any, m: Any, first: Any, second: Any) -> Any:
        once = (second - m * sine * cosine / delta) / (1.0 - m)
        return (once - 2.0 * first + second) / m**2

    return _moment(phi, m, integral, 1.5, -0.25)


def _moment(phi: Any, m: Any, integral: Any, power: float, scale: float) -> Any:
    """A multiple of the integral of sin(t)**4 (1 - m sin(t)**2)**-power from 0 to phi; by its series at small m."""
    single = all(isinstance(v, (np.ndarray, np.generic)) and v.dtype == np.float32 for v in (phi, m))
    phi, m = np.broadcast_arrays(np.asarray(phi, float), np.asarray(m, float))
    small = np.abs(m) < 0.2
    sine, cosine = np.sin(phi), np.cos(phi)
    with np.errstate(all="ignore"):
        far = np.where(small, 0.5, m)
        delta = np.sqrt(1.0 - far * sine**2)
        closed = integral(sine, cosine, delta, far, special.ellipkinc(phi, far), special.ellipeinc(phi, far))
    near, series = np.where(small, m, 0.0), np.zeros(m.shape)
    part, factor = phi, np.ones(m.shape)
    for k in range(1, _TERMS + 2):  # the integrals of sin(t)**(2 k), by parts
        part = ((2 * k - 1) * part - sine ** (2 * k - 1) * cosine) / (2 * k)
        if k >= 2:
            series = series + factor * part
            factor = factor * near * (power + k - 2) / (k - 1)
    result = scale * np.where(small, series, closed)
    return np.asarray(result, np.float32 if single else float)[()]
