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


def sinc_slope(x: Any) -> Any:
    """The derivative of `np.sinc`; by its series near 0, where the closed form cancels."""
    y = np.pi * x
    small = np.abs(y) < 0.3
    safe = np.where(small, 1.0, y)
    near = np.where(small, y, 0.0)
    square = near * near
    series = -near / 3.0 * (1.0 - square / 10.0 * (1.0 - square / 28.0 * (1.0 - square / 54.0 * (1.0 - square / 88.0))))
    return np.pi * np.where(small, series, (np.cos(safe) - np.sin(safe) / safe) / safe)
