# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions on grids of points: differences, integrals, interpolation, coordinates."""

from __future__ import annotations

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, give, on_arrays, size_of
from sct_ad.rules.registry import d, dtype, emitter, is_array, ndim
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.grids import (
    coordinate_cotangent,
    difference_cotangent,
    ediff1d_cotangents,
    extended_difference_cotangents,
    gradient_cotangent,
    interp_cotangents,
    trapezoid_cotangents,
)
from sct_ad.syntax import nodes


@array_adjoint(np.diff)
def diff(z, a, n=1, axis=-1, prepend=None, append=None):
    if prepend is None and append is None and ndim(a) == 1 and n == 1 and dtype(a) == "float64":
        d[a] = -np.diff(d[z], prepend=0.0, append=0.0)[: size_of(a)]
    elif prepend is None and append is None:
        d[a] = difference_cotangent(d[z], a, n, axis)
    else:
        parts = extended_difference_cotangents(d[z], a, n, axis, prepend, append)
        d[a] = parts[0]
        d[prepend] = parts[1]
        d[append] = parts[2]


@array_adjoint(np.ediff1d)
def ediff1d(z, ary, to_end=None, to_begin=None):
    parts = ediff1d_cotangents(d[z], ary, to_end, to_begin)
    d[ary] = parts[0]
    d[to_end] = parts[1]
    d[to_begin] = parts[2]


@emitter(np.gradient, params="f, *varargs, axis=None, edge_order=1")
def gradient(site: Site) -> Adjoint:
    """Linear in `f`, and homogeneous of degree -1 in a spacing that is one number."""
    spacing = site.arguments["varargs"]
    single = is_array.answer(site, site.result) is True and all(map(site.is_number, spacing.elts))
    if any(map(site.is_active, spacing.elts)) and not single:
        raise NoRuleError("numpy.gradient: coordinates, or several spacings, that carry a derivative")

    def emit(inner: Site) -> Adjoint:
        f, axis, order = (inner.arguments[name] for name in ("f", "axis", "edge_order"))
        helper = inner.bind(gradient_cotangent, "gradient_cotangent")
        return Adjoint([], [(f, nodes.call(helper, nodes.copy(inner.cotangent), nodes.copy(f), spacing, axis, order))])

    adjoint = on_arrays(site, emit)
    for step in spacing.elts:
        product = nodes.binary(nodes.copy(site.cotangent), gast.Mult(), nodes.copy(site.result))
        total = nodes.call(nodes.attribute(site.bind(np, "np"), "sum"), product)
        slope = nodes.binary(gast.UnaryOp(op=gast.USub(), operand=total), gast.Div(), nodes.copy(step))
        adjoint.contributions.append((step, slope))
    return adjoint


@array_adjoint(getattr(np, "trapezoid", None) or vars(np)["trapz"])
def trapezoid(z, y, x=None, dx=1.0, axis=-1):
    parts = trapezoid_cotangents(d[z], y, x, dx, axis)
    d[y] = parts[0]
    d[x] = parts[1]
    d[dx] = parts[2]


@array_adjoint(np.interp)
def interp(z, x, xp, fp):
    """At a knot the slope is that of the segment to the right of it, and 0 outside of all knots."""
    parts = interp_cotangents(d[z], x, xp, fp)
    d[x] = parts[0]
    d[xp] = parts[1]
    d[fp] = parts[2]


@emitter(np.meshgrid, params="*xi, copy=True, sparse=False, indexing='xy'")
def meshgrid(site: Site) -> Adjoint:
    """Each coordinate's cotangent is summed over all axes but its own."""
    items, indexing = site.arguments["xi"].elts, site.known(site.arguments["indexing"])
    if indexing not in ("xy", "ij"):
        raise NoRuleError("numpy.meshgrid: an indexing that is not known at compile time")
    adjoint = Adjoint()
    for k, item in enumerate(items):
        axis = 1 - k if indexing == "xy" and k < 2 <= len(items) else k
        part = nodes.subscript(nodes.copy(site.cotangent), nodes.constant(k))
        others = tuple(j for j in range(len(items)) if j != axis)
        if site.ndim(item) == 1:
            over = nodes.constant(others[0] if len(others) == 1 else others)
            expression = nodes.call(nodes.attribute(site.bind(np, "np"), "sum"), part, axis=over)
        else:
            helper = site.bind(coordinate_cotangent, "coordinate_cotangent")
            expression = nodes.call(helper, part, nodes.copy(item), nodes.constant(axis))
        give(site, adjoint, item, expression)
    return adjoint


@emitter(np.broadcast_arrays, params="*args, subok=False")
def broadcast_arrays(site: Site) -> Adjoint:
    """Each cotangent is summed to the shape of its argument."""
    adjoint = Adjoint()
    for k, item in enumerate(site.arguments["args"].elts):
        part = nodes.subscript(nodes.copy(site.cotangent), nodes.constant(k))
        helper = site.bind(unbroadcast, "unbroadcast")
        give(site, adjoint, item, nodes.call(helper, part, nodes.copy(item), nodes.copy(part)))
    return adjoint
