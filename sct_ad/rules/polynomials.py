# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of NumPy's functions of polynomials, whose coefficients begin with that of the highest power."""

from __future__ import annotations

import gast
import numpy as np

from sct_ad.rules.arrays import array_adjoint, is_double, on_arrays
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import active, adjoint, called_objects, d, linear_in, ndim, tangent, tangent_emitter
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.table import ONE, rule, rule_of_objects
from sct_ad.rules.typing.transforms import tried
from sct_ad.runtime.polynomials import (
    poly_cotangent,
    polyder_cotangent,
    polydiv_cotangents,
    polyfit_cotangents,
    polyint_cotangents,
    polymul_cotangents,
    polyval_cotangents,
    roots_cotangent,
    slope_of,
    sum_cotangent,
    vander_cotangent,
)
from sct_ad.runtime.series import without_leading_zeros, without_leading_zeros_cotangent
from sct_ad.runtime.series_tangents import (
    last_coefficients,
    poly_tangent,
    polydiv_tangent,
    polyfit_tangent,
    polymul_tangent,
    polyval_tangent,
    roots_tangent,
    vander_tangent,
)
from sct_ad.syntax import nodes


@array_adjoint(np.polyval)
def polyval(z, p, x):
    if ndim(p) == 1 and is_double(p) and is_double(x):
        d[p] = np.ravel(d[z]) @ np.vander(np.ravel(x), np.size(p))
        d[x] = d[z] * np.polyval(np.polyder(p), x)
    else:
        parts = polyval_cotangents(d[z], p, x)
        d[p] = parts[0]
        d[x] = parts[1]


@array_adjoint(np.polyadd)
def polyadd(z, a1, a2):
    d[a1] = sum_cotangent(d[z], a1)
    d[a2] = sum_cotangent(d[z], a2)


@array_adjoint(np.polysub)
def polysub(z, a1, a2):
    d[a1] = sum_cotangent(d[z], a1)
    d[a2] = -sum_cotangent(d[z], a2)


@array_adjoint(np.polymul)
def polymul(z, a1, a2):
    parts = polymul_cotangents(d[z], a1, a2)
    d[a1] = parts[0]
    d[a2] = parts[1]


@array_adjoint(np.polydiv)
def polydiv(z, u, v):
    parts = polydiv_cotangents(d[z][0], d[z][1], z[0], u, v)
    d[u] = parts[0]
    d[v] = parts[1]


@array_adjoint(np.polyder)
def polyder(z, p, m=1):
    if m == 1:
        d[p] = polyder_cotangent(d[z], p)
    else:
        d[p] = polyder_cotangent(d[z], p, m)


@array_adjoint(np.polyint)
def polyint(z, p, m=1, k=None):
    if m == 1 and k is None and ndim(p) == 1 and is_double(p):
        d[p] = d[z][:-1] / np.arange(np.size(p), 0, -1)
    else:
        parts = polyint_cotangents(d[z], p, m, k)
        d[p] = parts[0]
        d[k] = parts[1]


@array_adjoint(np.poly)
def poly(z, seq_of_zeros):
    d[seq_of_zeros] = poly_cotangent(d[z], z, seq_of_zeros)


@array_adjoint(np.roots)
def roots(z, p):
    """A multiple root has no derivative: NaN or infinite."""
    d[p] = roots_cotangent(d[z], z, p)


@array_adjoint(np.polyfit)
def polyfit(z, x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        raise NotImplementedError("full= or cov=; leave it out and compute from the coefficients")
    elif not full and not cov:
        parts = polyfit_cotangents(d[z], z, x, y, deg, w)
        d[x] = parts[0]
        d[y] = parts[1]
        d[w] = parts[2]
    else:
        raise NotImplementedError("full= or cov= that is not known at compile time")


@array_adjoint(without_leading_zeros)
def leading_zeros(z, c):
    d[c] = without_leading_zeros_cotangent(d[z], c)


_CLASSES = (
    np.poly1d, np.polynomial.Polynomial, np.polynomial.Chebyshev, np.polynomial.Legendre, np.polynomial.Hermite,
    np.polynomial.HermiteE, np.polynomial.Laguerre,
)  # fmt: skip


@called_objects(*_CLASSES, params="self, x")
def value_of_object(site):
    """`bz * slope_of(p, x)` for a polynomial from outside of the function."""

    def emit(inner):
        x, self = inner.arguments["x"], inner.arguments["self"]
        slope = nodes.call(inner.bind(slope_of, "slope_of"), nodes.copy(self), nodes.copy(x))
        return Adjoint([], [(x, nodes.binary(nodes.copy(inner.cotangent), gast.Mult(), slope))])

    return on_arrays(site, emit)


@adjoint(slope_of, elementwise=True)
def slope_of_object(z, p, x, order=1):
    d[x] = d[z] * slope_of(p, x, order + 1)


@rule(slope_of)
def type_of_slope(function, p, x, order=ONE):
    """The shape of the points."""
    return tried(p.value, as_array(x).dims, [x], {})


@rule_of_objects(*_CLASSES)
def type_of_value(function, x):
    """The shape of the points."""
    return tried(function, as_array(x).dims, [x], {})


@array_adjoint(np.vander)
def vander(z, x, N=None, increasing=False):
    d[x] = vander_cotangent(d[z], x, increasing)


# Tangents -------------------------------------------------------------------------------------------------------------

linear_in("a1 a2", np.polyadd, np.polysub)
linear_in("p", np.polyder)
linear_in("p k", np.polyint)


@tangent(np.polyval)
def polyval_change(z, p, x):
    if ndim(p) == 1 and is_double(p) and is_double(x):
        d[z] = np.polyval(d[p], x)
        d[z] = d[x] * np.polyval(np.polyder(p), x)
    else:
        d[z] = polyval_tangent(p, x, change_of(p), change_of(x))


@tangent(np.polymul)
def polymul_change(z, a1, a2):
    d[z] = polymul_tangent(z, a1, a2, change_of(a1), change_of(a2))


@tangent(np.polydiv)
def polydiv_change(z, u, v):
    d[z] = polydiv_tangent(z, u, v, change_of(u), change_of(v))


@tangent(np.poly)
def poly_change(z, seq_of_zeros):
    d[z] = poly_tangent(z, seq_of_zeros, d[seq_of_zeros])


@tangent(np.roots)
def roots_change(z, p):
    d[z] = roots_tangent(z, p, d[p])


@tangent(np.polyfit)
def polyfit_change(z, x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Linear in the values."""
    if active(x) or active(w):
        d[z] = polyfit_tangent(z, x, y, deg, w, change_of(x), change_of(y), change_of(w))
    elif rcond is None and w is None:
        d[z] = np.polyfit(x, d[y], deg)
    else:
        d[z] = np.polyfit(x, d[y], deg, rcond, w=w)


@tangent(without_leading_zeros)
def leading_zeros_change(z, c):
    d[z] = last_coefficients(d[c], z)


@tangent_emitter(value_of_object)
def value_of_object_change(site):
    """`slope_of(p, x) * dx`."""
    x, self = site.arguments["x"], site.arguments["self"]
    slope = nodes.call(site.bind(slope_of, "slope_of"), nodes.copy(self), nodes.copy(x))
    return Tangent([], [nodes.binary(slope, gast.Mult(), tangent_of(site, x))])


@tangent(np.vander)
def vander_change(z, x, N=None, increasing=False):
    d[z] = vander_tangent(z, x, d[x], increasing)
