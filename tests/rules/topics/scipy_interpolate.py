"""Test data of the rules of `scipy.interpolate`: calls of interpolants, which come first among the arguments."""

import numpy as np
import scipy.interpolate as si

from sct_ad.rules.registry import ObjectsOf
from sct_ad.runtime.scipy.interpolate import (
    hermite_coefficients,
    pchip_coefficients,
    piecewise_value,
    spline_coefficients,
)
from tests.rules.array_cases import Call, numbers, other

TOPIC = "scipy.interpolate"
KNOTS = np.array([0.0, 0.7, 1.5, 2.0, 3.1, 4.0])
POINTS = np.array([0.3, 1.7, 2.6])
PLANE = np.array([0.5, 1.1, 2.0])
ONE = {"sizes 1": "the interpolant is not cut down", "sizes 0": "the interpolant is not cut down"}
SPLINES = [
    si.CubicSpline(KNOTS, numbers(6)),
    si.PchipInterpolator(KNOTS, numbers(6)),
    si.Akima1DInterpolator(KNOTS, numbers(6)),
]
COLUMNS = [si.CubicSpline(KNOTS, numbers(6, 2)), si.CubicSpline(KNOTS, numbers(2, 6), axis=1)]
LINES = [si.interp1d(KNOTS, numbers(6)), si.interp1d(KNOTS, numbers(2, 6)), si.interp1d(KNOTS, numbers(6, 2), axis=0)]
BEYOND = [si.interp1d(KNOTS, numbers(6), bounds_error=False, fill_value=fill) for fill in (0.0, "extrapolate")]
GRID = [si.RegularGridInterpolator((KNOTS, PLANE), numbers(6, 3), method=method) for method in ("linear", "slinear")]
PLACES = np.array([[0.3, 0.7], [2.2, 1.5], [3.5, 1.9]])

CUBES = numbers(4, 5)
WIDE = numbers(4, 5, 2)
MIXED = np.array([0.1, 1.2, 0.9, 0.7, 2.0, 2.2])
STEEP = np.array([0.0, 1.0, -3.0, -3.5])
NOT_REAL = {**ONE, "complex": "real interpolants", "float32": "interpolated in double precision"}

CASES = {
    piecewise_value: [Call(CUBES, KNOTS, POINTS, leave_out=NOT_REAL), Call(CUBES, KNOTS, POINTS, 1, leave_out=NOT_REAL), Call(CUBES, KNOTS, 1.7, leave_out=NOT_REAL), Call(WIDE, KNOTS, POINTS[:2], 2, leave_out=NOT_REAL)],
    spline_coefficients: [Call(np.array([0, 1, 2, 4, 5]), numbers(5), kind, leave_out=NOT_REAL) for kind in ("not-a-knot", "natural", "clamped")]
    + [Call(np.array([0, 1, 2, 4, 5]), numbers(5), ((1, 1), (2, 0)), leave_out=NOT_REAL), Call([0, 1, 3], numbers(3), leave_out=NOT_REAL)],
    hermite_coefficients: [Call(KNOTS[:4], numbers(4), other(4), leave_out=NOT_REAL), Call(KNOTS[:3], numbers(3, 2), other(3, 2), leave_out=NOT_REAL)],
    pchip_coefficients: [Call(KNOTS[: len(y)], y, leave_out=NOT_REAL) for y in (numbers(6), MIXED, STEEP, numbers(2), numbers(3), np.stack([MIXED, numbers(6)], axis=1))],
    ObjectsOf(si.PPoly): [Call(s, POINTS) for s in SPLINES] + [Call(SPLINES[0], POINTS, 1), Call(SPLINES[0], 1.7), Call(SPLINES[0], POINTS[:2].reshape(2, 1), nu=1)]
    + [Call(s, POINTS[:2]) for s in COLUMNS] + [Call(SPLINES[0], np.array([-0.5, 4.5])), Call(SPLINES[1], POINTS, extrapolate=False), Call(SPLINES[0], [0.3, 1.7])],
    ObjectsOf(si.BPoly): [Call(si.BPoly(numbers(3, 2), KNOTS[:3]), POINTS[:1])],
    ObjectsOf(si.BSpline): [Call(si.make_interp_spline(KNOTS, numbers(6)), POINTS), Call(si.make_interp_spline(KNOTS, numbers(6, 2), 2), POINTS, 1)],
    ObjectsOf(si.interp1d): [Call(s, POINTS) for s in LINES] + [Call(LINES[0], 1.7), Call(LINES[1], POINTS.reshape(3, 1)), *(Call(s, np.array([-0.5, 1.2, 4.5])) for s in BEYOND)]
    + [Call(si.interp1d(KNOTS, numbers(6), kind="previous"), POINTS)],
    ObjectsOf(si.RegularGridInterpolator): [Call(s, PLACES, leave_out=ONE) for s in GRID] + [Call(GRID[0], PLACES[0], leave_out=ONE)]
    + [Call(si.RegularGridInterpolator((KNOTS, PLANE), other(6, 3, 2)), PLACES, leave_out=ONE)]
    + [Call(si.RegularGridInterpolator((KNOTS, PLANE), other(6, 3), bounds_error=False, fill_value=fill), np.array([[5.0, 0.7], [0.3, 1.0]]), leave_out=ONE) for fill in (None, 0.0)],
}  # fmt: skip
