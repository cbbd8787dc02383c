# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions on grids of points: differences, integrals, interpolation, polynomials, coordinates."""

from __future__ import annotations

import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.registry import d, dtype, emitter, ndim
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.grids import (
    coordinate_cotangent,
    difference_cotangent,
    interp_cotangents,
    trapezoid_cotangents,
)
from sct_ad.syntax import nodes


@array_adjoint(np.diff)
def diff(z, a, n=1, axis=-1):
    if ndim(a) == 1 and n == 1 and dtype(a) == "float64":
        d[a] = -np.diff(d[z], prepend=0.0, append=0.0)
    else:
        d[a] = difference_cotangent(d[z], a, n, axis)


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


@array_adjoint(np.polyval)
def polyval(z, p, x):
    d[p] = np.ravel(d[z]) @ np.vander(np.ravel(x), np.size(p))
    d[x] = d[z] * np.polyval(np.polyder(p), x)


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
        adjoint.contributions.append((item, expression))
    return adjoint


@emitter(np.broadcast_arrays, params="*args, subok=False")
def broadcast_arrays(site: Site) -> Adjoint:
    """Each cotangent is summed to the shape of its argument."""
    adjoint = Adjoint()
    for k, item in enumerate(site.arguments["args"].elts):
        part = nodes.subscript(nodes.copy(site.cotangent), nodes.constant(k))
        helper = site.bind(unbroadcast, "unbroadcast")
        adjoint.contributions.append((item, nodes.call(helper, part, nodes.copy(item), nodes.copy(part))))
    return adjoint
