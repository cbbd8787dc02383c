"""The cubic interpolants of `scipy.interpolate`, in plain Python over functions that have rules."""

import numpy as np
from scipy.interpolate import CubicHermiteSpline, CubicSpline, PchipInterpolator, PPoly

from sct_ad.objects import stand_in
from sct_ad.rules.inlined import refused
from sct_ad.runtime.scipy.interpolate import (
    hermite_coefficients,
    pchip_coefficients,
    piecewise_value,
    spline_coefficients,
)

# ruff: noqa: D102
# mypy: ignore-errors


class Piecewise:
    """`PPoly`: polynomials between knots."""

    def __init__(self, c, x, extrapolate=None, axis=0):
        if axis != 0:
            refused("an interpolant along an axis other than 0", "give it the transposed values")
        self.c, self.x = c, x
        self.extrapolate = True if extrapolate is None else extrapolate

    def __call__(self, x, nu=0, extrapolate=None):
        return piecewise_value(self.c, self.x, x, nu, self.extrapolate if extrapolate is None else extrapolate)

    def derivative(self, nu=1):
        c = self.c
        for _ in range(nu):
            powers = np.arange(len(c) - 1, 0, -1)
            c = c[:-1] * np.reshape(powers, (-1, *[1] * (np.ndim(c) - 1)))
        return PPoly(c, self.x, self.extrapolate)


class Cubic(Piecewise):
    """`CubicSpline`."""

    def __init__(self, x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
        if axis != 0:
            refused("an interpolant along an axis other than 0", "give it the transposed values")
        if extrapolate == "periodic" or bc_type == "periodic":
            refused("a periodic spline that is made in the function", "make it outside, and call it in the function")
        self.c, self.x = spline_coefficients(x, y, bc_type), x
        self.extrapolate = True if extrapolate is None else extrapolate


class CubicHermite(Piecewise):
    """`CubicHermiteSpline`."""

    def __init__(self, x, y, dydx, axis=0, extrapolate=None):
        if axis != 0:
            refused("an interpolant along an axis other than 0", "give it the transposed values")
        self.c, self.x = hermite_coefficients(x, y, dydx), x
        self.extrapolate = True if extrapolate is None else extrapolate


class Pchip(Piecewise):
    """`PchipInterpolator`."""

    def __init__(self, x, y, axis=0, extrapolate=None):
        if axis != 0:
            refused("an interpolant along an axis other than 0", "give it the transposed values")
        self.c, self.x = pchip_coefficients(x, y), x
        self.extrapolate = True if extrapolate is None else extrapolate


stand_in(PPoly, Piecewise)
stand_in(CubicSpline, Cubic)
stand_in(CubicHermiteSpline, CubicHermite)
stand_in(PchipInterpolator, Pchip)
