"""Polynomials: values, matrices of powers, and what has as many entries as there are coefficients or roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import fresh, fresh_dims, length, plus, static
from sct_ad.rules.typing.table import FALSE, NONE, TRUE, rule
from sct_ad.rules.typing.transforms import cotangent_type, like, tried
from sct_ad.runtime import polynomials, series
from sct_ad.syntax.dims import Dims, broadcast
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    List,
    Tuple,
    kind,
)

_BASES = {
    "poly": np.polynomial.polynomial,
    "cheb": np.polynomial.chebyshev,
    "leg": np.polynomial.legendre,
    "herm": np.polynomial.hermite,
    "herme": np.polynomial.hermite_e,
    "lag": np.polynomial.laguerre,
}


def _named(name: str) -> list[Any]:
    """The functions of this name of all bases."""
    return [getattr(module, prefix + name) for prefix, module in _BASES.items()]


@rule(np.roots, *_named("roots"))
def roots(function: Any, c: Abstract = NONE, **keywords: Abstract) -> Abstract:
    """Whether they are complex depends on the coefficients; zeros at either end change their number."""
    return Array("", fresh_dims(1))


@rule(np.poly)
def poly(function: Any, seq_of_zeros: Abstract) -> Abstract:
    """Complex roots may be conjugates of one another, so that the coefficients are real."""
    array = as_array(seq_of_zeros)
    sizes = (plus(array.dims[0], 1),) if array.dims else None
    found = tried(function, sizes, [array], {})
    real = kind(array) in ("float", "int", "bool") and array.ndim == 1
    return found if real or not isinstance(found, Array) else Array("", found.dims)


@rule(np.polyval)
def polyval(function: Any, p: Abstract, x: Abstract) -> Abstract:
    """The shape of the points; coefficients in a matrix are columns of as many polynomials."""
    coefficients, points = as_array(p), as_array(x)
    dims = None
    if coefficients.dims and points.dims is not None:
        dims = broadcast(coefficients.dims[1:], points.dims)
    if coefficients.ndim == 0:
        raise TypeError("a polynomial without coefficients")
    return tried(function, dims, [p, x], {})


@rule(*_named("val"))
def value(function: Any, x: Abstract, c: Abstract, tensor: Abstract = TRUE) -> Abstract:
    """The shape of the points, after that of the columns of coefficients if there are several."""
    coefficients, points = as_array(c), as_array(x)
    dims: Dims | None = None
    if coefficients.dims and points.dims is not None:
        columns = coefficients.dims[1:]
        dims = broadcast(columns, points.dims) if static(tensor) is False else (*columns, *points.dims)
    return tried(function, dims, [x, c, tensor], {})


@rule(*_named("vander"))
def powers(function: Any, x: Abstract, deg: Abstract) -> Abstract:
    """One more axis, of size deg + 1."""
    points, size = as_array(x), length(deg)
    dims = None if not points.dims else (*points.dims, size + 1 if isinstance(size, int) else fresh())
    return tried(function, dims, [x, deg], {})


@rule(np.vander)
def vander(function: Any, x: Abstract, N: Abstract = NONE, increasing: Abstract = FALSE) -> Abstract:
    """A row for each point."""
    points = as_array(x)
    if not points.dims:
        return tried(function, None, [x, N, increasing], {})
    return tried(function, (points.dims[0], points.dims[0] if static(N) is None else length(N)), [x, N, increasing], {})


@rule(series.without_leading_zeros)
def leading_zeros(function: Any, c: Abstract) -> Abstract:
    """As many as are left."""
    return Array(as_array(c).dtype, fresh_dims(1))


REAL_COTANGENTS: dict[tuple[int, ...], list[Any]] = {
    (1,): [
        polynomials.sum_cotangent, polynomials.polyder_cotangent, polynomials.vander_cotangent,
        series.series_argument_cotangent, series.series_map_cotangent, series.series_times_x_cotangent,
        series.series_converted_cotangent, series.series_power_cotangent, series.series_of_roots_cotangent,
        series.series_companion_cotangent, series.series_vander_cotangent,
    ],
    (2,): [
        polynomials.poly_cotangent, polynomials.roots_cotangent, series.series_coefficients_cotangent,
        series.series_roots_cotangent,
    ],
    (1, 2): [
        polynomials.polymul_cotangents, polynomials.polyval_cotangents, series.series_sum_cotangents,
        series.series_product_cotangents,
    ],
    (1, 3): [polynomials.polyint_cotangents],
    (3, 4): [polynomials.polydiv_cotangents, series.series_quotient_cotangents],
    (2, 3, 5): [polynomials.polyfit_cotangents, series.series_fit_cotangents],
}  # fmt: skip
"""Positions -> the functions whose results are the cotangents of the arguments there, real for real arguments."""
for _positions, _functions in REAL_COTANGENTS.items():
    for _function in _functions:
        like(_function, *_positions, real_if_real=True)
like(series.without_leading_zeros_cotangent, 1)


@rule(series.series_integral_cotangents)
def of_integrand_and_constants(
    function: Any, cotangent: Abstract, c: Abstract, m: Abstract, k: Abstract, *args: Abstract
) -> Abstract:
    """Those of the lower bound and of the scale come only for m = 1."""
    found = tuple(cotangent_type(x, [cotangent, c, k, *args], True) for x in (c, k))
    return UNKNOWN if static(m) is NO_VALUE else Tuple((*found, UNKNOWN, UNKNOWN) if static(m) == 1 else found)


@rule(series.series_points_cotangents)
def of_points_and_coefficients(
    function: Any, cotangent: Abstract, points: Abstract, c: Abstract, *args: Abstract
) -> Abstract:
    """One for each array of points, and the coefficients' at last."""
    return Tuple(tuple(cotangent_type(x, [cotangent, *of(points), c], True) for x in (*of(points), c)))


@rule(series.series_vander_cotangents)
def of_points(function: Any, cotangent: Abstract, points: Abstract, *args: Abstract) -> Abstract:
    """One for each array of points."""
    return Tuple(tuple(cotangent_type(x, [cotangent, *of(points)], True) for x in of(points)))


def of(points: Abstract) -> tuple[Abstract, ...]:
    """The types of the items of a tuple or list of known length."""
    if not isinstance(points, (Tuple, List)) or points.items is None:
        raise TypeError("a container of unknown length")
    return points.items
