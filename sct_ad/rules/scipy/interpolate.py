"""Rules of the interpolants of `scipy.interpolate`, by the points at which they are evaluated.

They are objects that have been made outside of the function, and are called in it. Most give their own derivatives:
`spline(x, 1)` is the slope of `spline(x)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np
import scipy.interpolate

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, on_arrays
from sct_ad.rules.inlined import interpolants
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import active, called_objects, d, tangent, tangent_emitter
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.typing import transforms
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import fresh_dims, plus
from sct_ad.rules.typing.table import NONE, ZERO, rule, rule_of_objects
from sct_ad.runtime.scipy.interpolate import (
    grid_cotangent,
    grid_tangent,
    hermite_coefficients,
    hermite_coefficients_cotangents,
    hermite_coefficients_tangent,
    linear_slope,
    pchip_coefficients,
    pchip_coefficients_cotangents,
    pchip_coefficients_tangent,
    piecewise_cotangents,
    piecewise_tangent,
    piecewise_value,
    point_cotangent,
    point_tangent,
    spline_coefficients,
    spline_coefficients_cotangent,
    without_slopes,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE, UNKNOWN, Abstract, Array

_PIECEWISE = tuple(
    getattr(scipy.interpolate, name) for name in ("PPoly", "BPoly", "BSpline") if hasattr(scipy.interpolate, name)
)
assert interpolants  # which stands for the classes that are made in a function
transforms.like(piecewise_cotangents, 1, 2, 3)
transforms.like(spline_coefficients_cotangent, 2)
transforms.like(hermite_coefficients_cotangents, 1, 2, 3)
transforms.like(pchip_coefficients_cotangents, 2, 3)
transforms.like(point_cotangent, 1)
transforms.like(grid_cotangent, 2)


@called_objects(*_PIECEWISE, params="self, x, nu=0, extrapolate=None")
def piecewise(site: Site) -> Adjoint:
    """`bz * spline(x, 1)`."""
    spline = _known(site)
    return _by_slope(site, "x", _slope_of_piecewise(site), np.ndim(spline.c) - _own_axes(spline), spline.axis)


@called_objects(scipy.interpolate.interp1d, params="self, x")
def one_dimensional(site: Site) -> Adjoint:
    """The slope between the neighbours; 0 where the interpolant is constant."""
    interpolant = _known(site)
    kind = getattr(interpolant, "_kind", "")
    if kind in ("nearest", "nearest-up", "previous", "next", "zero"):
        return Adjoint()
    if kind not in ("linear", "slinear"):
        raise NoRuleError(f"interp1d of the kind {kind!r}; use scipy.interpolate.make_interp_spline(x, y, k)")

    return _by_slope(site, "x", _slope_of_lines, np.ndim(interpolant.y) - 1, interpolant.axis)


@called_objects(scipy.interpolate.RegularGridInterpolator, params="self, xi, method=None, *, nu=None")
def on_a_grid(site: Site) -> Adjoint:
    """Along each axis the slope in the cell, or that of the spline."""
    interpolant = _known(site)
    method = site.known(site.arguments["method"])
    method = interpolant.method if method is None else method
    if method == "nearest":
        return Adjoint()
    if method not in ("linear", "slinear", "cubic", "quintic") or site.known(site.arguments["nu"]) is not None:
        raise NoRuleError(f"RegularGridInterpolator with the method {method!r}, or with nu=")

    def emit(inner: Site) -> Adjoint:
        helper = inner.bind(grid_cotangent, "grid_cotangent")
        xi, given = inner.arguments["xi"], inner.arguments["method"]
        names = [nodes.copy(inner.cotangent), nodes.copy(inner.arguments["self"]), nodes.copy(xi)]
        names += [] if inner.known(given) is None else [nodes.copy(given)]
        return Adjoint([], [(xi, nodes.call(helper, *names))])

    return on_arrays(site, emit)


def _slope_of_piecewise(site: Site) -> Callable[[Site, Expr], Expr]:
    nu, extrapolate = site.arguments["nu"], site.arguments["extrapolate"]
    more = nodes.constant(site.known(nu) + 1) if type(site.known(nu)) is int else _one_more(nu)
    options = {} if site.known(extrapolate) is None else {"extrapolate": nodes.copy(extrapolate)}

    def slope(inner: Site, x: Expr) -> Expr:
        return nodes.call(nodes.copy(inner.arguments["self"]), nodes.copy(x), nodes.copy(more), **options)

    return slope


def _slope_of_lines(site: Site, x: Expr) -> Expr:
    helper = site.bind(linear_slope, "linear_slope")
    return nodes.call(helper, nodes.copy(site.arguments["self"]), nodes.copy(x))


def _by_slope(site: Site, points: str, slope: Any, columns: int, axis: int) -> Adjoint:
    """The cotangent times the slope, summed over the columns of values if there are any."""

    def emit(inner: Site) -> Adjoint:
        x = inner.arguments[points]
        found = slope(inner, x)
        if columns == 0:
            return Adjoint([], [(x, nodes.binary(nodes.copy(inner.cotangent), gast.Mult(), found))])
        helper = inner.bind(point_cotangent, "point_cotangent")
        call = nodes.call(helper, nodes.copy(inner.cotangent), nodes.copy(x), found, nodes.constant(int(axis)))
        return Adjoint([], [(x, call)])

    return on_arrays(site, emit)


def _known(site: Site) -> Any:
    found = site.known(site.arguments["self"])
    if found is NO_VALUE:
        raise NoRuleError("an interpolant that is not known at compile time; let it be a global, or an argument")
    return found


def _own_axes(spline: Any) -> int:
    """The number of axes of coefficients that belong to one polynomial."""
    return 1 if isinstance(spline, scipy.interpolate.BSpline) else 2


def _one_more(nu: Expr) -> Expr:
    return nodes.binary(nodes.copy(nu), gast.Add(), nodes.constant(1))


@rule_of_objects(*_PIECEWISE)
def value_of_piecewise(function: Any, x: Abstract, nu: Abstract = ZERO, extrapolate: Abstract = NONE) -> Abstract:
    """The shape of the points, with that of the columns of values around it."""
    return _values(function, x, np.shape(function.c)[_own_axes(function) :], function.axis, function.c.dtype)


@rule_of_objects(scipy.interpolate.interp1d)
def value_of_one_dimensional(function: Any, x: Abstract) -> Abstract:
    """The shape of the points, in place of an axis of the values."""
    axis = function.axis % function.y.ndim
    shape = (*function.y.shape[:axis], *function.y.shape[axis + 1 :])
    return _values(function, x, shape, axis, np.result_type(function.y.dtype, np.float64))


def _values(function: Any, x: Abstract, columns: tuple[int, ...], axis: int, dtype: Any) -> Abstract:
    points = as_array(x)
    if points.dims is None or points.dtype.startswith("complex"):
        return UNKNOWN
    dims = (*columns[:axis], *points.dims, *columns[axis:])
    return Array(np.dtype(dtype).name, dims)


@rule_of_objects(scipy.interpolate.RegularGridInterpolator)
def value_on_a_grid(function: Any, xi: Abstract, method: Abstract = NONE, *, nu: Abstract = NONE) -> Abstract:
    """One value for each point."""
    points = as_array(xi)
    columns = np.shape(function.values)[len(function.grid) :]
    if points.dims is None:
        return UNKNOWN
    first = points.dims[:-1] if len(points.dims) > 1 else fresh_dims(1)
    return Array(np.result_type(function.values.dtype, np.float64).name, (*first, *columns))


# Interpolants that are made in the function ---------------------------------------------------------------------------


@array_adjoint(piecewise_value)
def value_of_pieces(z, c, x, t, nu=0, extrapolate=True):  # type: ignore[no-untyped-def]  # noqa: D103
    parts = piecewise_cotangents(d[z], c, x, t, nu, extrapolate)
    d[c] = parts[0]
    d[x] = parts[1]
    d[t] = parts[2]


@array_adjoint(spline_coefficients)
def spline(z, x, y, bc_type="not-a-knot"):  # type: ignore[no-untyped-def]  # noqa: D103
    if active(x):
        raise NotImplementedError("CubicSpline: a derivative by the knots; use PchipInterpolator, or fixed knots")
    else:
        d[y] = spline_coefficients_cotangent(d[z], x, y, bc_type)


@array_adjoint(hermite_coefficients)
def hermite(z, x, y, dydx):  # type: ignore[no-untyped-def]  # noqa: D103
    parts = hermite_coefficients_cotangents(d[z], x, y, dydx)
    d[x] = parts[0]
    d[y] = parts[1]
    d[dydx] = parts[2]


@array_adjoint(pchip_coefficients)
def monotone(z, x, y):  # type: ignore[no-untyped-def]  # noqa: D103
    parts = pchip_coefficients_cotangents(d[z], z, x, y)
    d[x] = parts[0]
    d[y] = parts[1]


@rule(piecewise_value)
def type_of_pieces(
    function: Any, c: Abstract, x: Abstract, t: Abstract, nu: Abstract = ZERO, extrapolate: Abstract = NONE
) -> Abstract:
    """The shape of the points, and that of the columns of values."""
    coefficients, points = as_array(c), as_array(t)
    if coefficients.dims is None or points.dims is None or not coefficients.dtype:
        return UNKNOWN
    return Array(np.result_type(coefficients.dtype, np.float64).name, (*points.dims, *coefficients.dims[2:]))


@rule(spline_coefficients, hermite_coefficients, pchip_coefficients)
def type_of_coefficients(function: Any, x: Abstract, y: Abstract, *rest: Abstract) -> Abstract:
    """Four for each segment."""
    values = as_array(y)
    if not values.dims or not values.dtype:
        return UNKNOWN
    return Array(np.result_type(values.dtype, np.float64).name, (4, plus(values.dims[0], -1), *values.dims[1:]))


# Tangents -------------------------------------------------------------------------------------------------------------


@tangent_emitter(piecewise)
def piecewise_change(site: Site) -> Tangent:
    """`spline(x, 1) * dx`."""
    spline = _known(site)
    return _along_slope(site, _slope_of_piecewise(site), np.ndim(spline.c) - _own_axes(spline), spline.axis)


@tangent_emitter(one_dimensional)
def one_dimensional_change(site: Site) -> Tangent:
    """The slope between the neighbours times the tangent of the points; nothing where the interpolant is constant."""
    interpolant = _known(site)
    if interpolant._kind not in ("linear", "slinear"):
        return Tangent()
    return _along_slope(site, _slope_of_lines, np.ndim(interpolant.y) - 1, interpolant.axis)


@tangent_emitter(on_a_grid)
def on_a_grid_change(site: Site) -> Tangent:
    """The slopes along all axes times the tangents of the coordinates."""
    method = site.known(site.arguments["method"])
    if (_known(site).method if method is None else method) == "nearest":
        return Tangent()
    xi, given = site.arguments["xi"], site.arguments["method"]
    names = [nodes.copy(site.arguments["self"]), nodes.copy(xi), tangent_of(site, xi)]
    names += [] if method is None else [nodes.copy(given)]
    return Tangent([], [nodes.call(site.bind(grid_tangent, "grid_tangent"), *names)])


def _along_slope(site: Site, slope: Any, columns: int, axis: int) -> Tangent:
    x = site.arguments["x"]
    found, moved = slope(site, x), tangent_of(site, x)
    if columns == 0:
        return Tangent([], [nodes.binary(found, gast.Mult(), moved)])
    return Tangent([], [nodes.call(site.bind(point_tangent, "point_tangent"), found, moved, nodes.constant(int(axis)))])


@tangent(piecewise_value)
def pieces_change(z, c, x, t, nu=0, extrapolate=True):  # type: ignore[no-untyped-def]  # noqa: D103
    d[z] = piecewise_value(d[c], x, t, nu, extrapolate)
    d[z] = piecewise_tangent(c, x, t, nu, extrapolate, None, d[t])
    d[z] = piecewise_tangent(c, x, t, nu, extrapolate, d[x], None)


@tangent(spline_coefficients)
def spline_change(z, x, y, bc_type="not-a-knot"):  # type: ignore[no-untyped-def]  # noqa: D103
    if isinstance(bc_type, str):
        d[z] = spline_coefficients(x, d[y], bc_type)
    else:
        d[z] = spline_coefficients(x, d[y], without_slopes(bc_type, y))


@tangent(hermite_coefficients)
def hermite_change(z, x, y, dydx):  # type: ignore[no-untyped-def]
    """Of fixed knots linear."""
    if active(x):
        d[z] = hermite_coefficients_tangent(x, y, dydx, change_of(x), change_of(y), change_of(dydx))
    else:
        d[z] = hermite_coefficients(x, d[y], np.zeros_like(dydx))
        d[z] = hermite_coefficients(x, np.zeros_like(y), d[dydx])


@tangent(pchip_coefficients)
def monotone_change(z, x, y):  # type: ignore[no-untyped-def]  # noqa: D103
    d[z] = pchip_coefficients_tangent(z, x, y, change_of(x), change_of(y))
