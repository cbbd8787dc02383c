"""Special functions that derivatives need and that neither `math` nor NumPy has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function; NaN at its poles 0, -1, -2, ...

    >>> round(digamma(1.0), 12)  # minus the constant of Euler
    -0.577215664902
    """
    x = float(x)  # an array of no dimensions would be changed in place
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        return digamma(1.0 - x) - math.pi / math.tan(math.pi * (x - math.floor(x)))
    total = 0.0
    while x < 10.0:  # psi(x) = psi(x + 1) - 1 / x
        total -= 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)  # then the asymptotic series: the sum of B_2k / (2k x^2k)
    tail = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * (691 / 32760 - y / 12))))))
    return total + math.log(x) - 0.5 / x - tail


def bessel_i1(x: Any) -> Any:
    """The modified Bessel function of order 1, the derivative of `np.i0`.

    By its series, all of whose terms have one sign (DLMF 10.25.2); far out by the asymptotic one (DLMF 10.40.1).
    """
    x = np.asarray(x)
    far = np.abs(x) > 30.0
    if not far.any():
        return _i1_series(x)[()]
    near, size = np.where(far, 0.0, x), np.where(far, np.abs(x), 30.0)
    factor = np.ones_like(size)
    series = factor
    for k in range(1, 25):
        factor = factor * (((2 * k - 1) ** 2 - 4.0) / (8.0 * k)) / size
        series = series + factor
    large = np.sign(x) * np.exp(size) / np.sqrt(2.0 * np.pi * size) * series
    return np.where(far, large, _i1_series(near))[()]


def _i1_series(x: Any) -> Any:
    """The convergent series, up to where the terms of the largest argument are lost in rounding."""
    term = 0.5 * x
    total, square = term, term * term
    largest = float(np.max(square, initial=0.0))
    relative = 1.0  # of the first terms of it, which are larger than those of the others
    for k in range(1, 80):
        factor = square / (k * (k + 1))
        term = term * factor
        total = total + term
        relative *= largest / (k * (k + 1))
        if relative < 1e-17:
            break
    return total


def kaiser_slope(size: int, beta: Any) -> Any:
    """The derivative of `np.kaiser` by beta."""
    place = 2.0 * np.arange(size) / max(1, size - 1) - 1.0
    root = np.sqrt(np.maximum(0.0, 1.0 - place**2)) if size > 1 else np.ones(size)
    points = beta * np.append(root, 1.0)
    values, slopes = np.i0(points), bessel_i1(points)
    return (root * slopes[:-1] - values[:-1] / values[-1] * slopes[-1]) / values[-1]


def sinc_slope(x: Any) -> Any:
    """The derivative of `np.sinc`; by its series near 0, where the closed form cancels."""
    y = np.pi * x
    small = np.abs(y) < 0.3
    safe = np.where(small, 1.0, y)
    near = np.where(small, y, 0.0)
    square = near * near
    series = -near / 3.0 * (1.0 - square / 10.0 * (1.0 - square / 28.0 * (1.0 - square / 54.0 * (1.0 - square / 88.0))))
    return np.pi * np.where(small, series, (np.cos(safe) - np.sin(safe) / safe) / safe)
