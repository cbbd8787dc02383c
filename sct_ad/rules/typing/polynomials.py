"""Polynomials: values, matrices of powers, and what has as many entries as there are coefficients or roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import fresh, fresh_dims, length, plus, static
from sct_ad.rules.typing.table import FALSE, NONE, TRUE, rule
from sct_ad.rules.typing.transforms import like, tried
from sct_ad.runtime import polynomials, series
from sct_ad.syntax.values import Abstract, Array, Dims, broadcast, kind

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


like(series.without_leading_zeros_cotangent, 1)
like(polynomials.sum_cotangent, 1)
like(polynomials.polymul_cotangents, 1, 2)
like(polynomials.polyder_cotangent, 1)
like(polynomials.vander_cotangent, 1)
like(polynomials.poly_cotangent, 2)
like(polynomials.roots_cotangent, 2)
like(polynomials.polyfit_cotangents, 2, 3, 5)
like(polynomials.polyval_cotangents, 1, 2)
like(polynomials.polydiv_cotangents, 3, 4)
like(series.series_argument_cotangent, 1)
like(series.series_coefficients_cotangent, 2)
like(series.series_map_cotangent, 1)
like(series.series_mapped_cotangent, 1)
like(series.series_sum_cotangents, 1, 2)
like(series.series_product_cotangents, 1, 2)
like(series.series_quotient_cotangents, 3, 4)
like(series.series_power_cotangent, 1)
like(series.series_of_roots_cotangent, 1)
like(series.series_roots_cotangent, 2)
like(series.series_companion_cotangent, 1)
like(series.series_vander_cotangent, 1)
like(series.series_fit_cotangents, 2, 3, 5)
