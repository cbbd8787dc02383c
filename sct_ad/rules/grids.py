# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions on grids of points: differences, integrals, interpolation, coordinates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, give, on_arrays, size_of
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import (
    d,
    dtype,
    emitter,
    is_array,
    is_sequence,
    linear_in,
    macro,
    ndim,
    tangent,
    tangent_emitter,
)
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.vocabulary import type_of_argument
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.grids import (
    coordinate_cotangent,
    difference_cotangent,
    ediff1d_cotangents,
    extended_difference_cotangents,
    extended_interp_cotangents,
    gradient_cotangents,
    gradient_tangent,
    interp_cotangents,
    interp_slopes,
    periodic_interp_cotangents,
    periodic_interp_tangent,
    trapezoid_cotangents,
)
from sct_ad.syntax import nodes, values
from sct_ad.syntax.nodes import Expr


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


linear_in("a prepend append", np.diff)


@array_adjoint(np.ediff1d)
def ediff1d(z, ary, to_end=None, to_begin=None):
    parts = ediff1d_cotangents(d[z], ary, to_end, to_begin)
    d[ary] = parts[0]
    d[to_end] = parts[1]
    d[to_begin] = parts[2]


linear_in("ary to_end to_begin", np.ediff1d)


@emitter(np.gradient, params="f, *varargs, axis=None, edge_order=1")
def gradient(site: Site) -> Adjoint:
    """Spacings are numbers, or coordinates along an axis."""
    spacing = site.arguments["varargs"]

    def emit(inner: Site) -> Adjoint:
        f, axis, order = (inner.arguments[name] for name in ("f", "axis", "edge_order"))
        helper = inner.bind(gradient_cotangents, "gradient_cotangents")
        call = nodes.call(helper, nodes.copy(inner.cotangent), nodes.copy(f), nodes.copy(spacing), axis, order)
        if not any(map(site.is_active, spacing.elts)):
            return Adjoint([], [(f, nodes.subscript(call, nodes.constant(0)))])
        parts = inner.fresh("parts")
        found = Adjoint([nodes.assign(parts, call)])
        found.contributions.append((f, nodes.subscript(nodes.name(parts), nodes.constant(0))))
        of_spacing = nodes.subscript(nodes.name(parts), nodes.constant(1))
        for k, step in enumerate(spacing.elts):
            give(site, found, step, nodes.subscript(nodes.copy(of_spacing), nodes.constant(k)))
        return found

    return on_arrays(replace(site, arguments={k: v for k, v in site.arguments.items() if k != "varargs"}), emit)


@tangent_emitter(np.gradient)
def gradient_change(site: Site) -> Tangent:
    """The gradient of the tangent, where spacings do not change."""
    f, spacing = site.arguments["f"], site.arguments["varargs"]
    options = {name: site.arguments[name] for name in ("axis", "edge_order")}
    if not any(map(site.is_active, spacing.elts)):
        defaults = {"axis": None, "edge_order": 1}
        given = {name: e for name, e in options.items() if site.known(e) is not defaults[name]}
        function = nodes.attribute(site.bind(np, "np"), "gradient")
        return Tangent([], [nodes.call(function, tangent_of(site, f), *spacing.elts, **given)])
    changes = [change_of(site, e) for e in (f, *spacing.elts)]
    helper = site.bind(gradient_tangent, "gradient_tangent")
    steps = nodes.tuple_(map(nodes.copy, spacing.elts))
    arguments = [changes[0], nodes.tuple_(changes[1:]), nodes.copy(site.result), nodes.copy(f), steps]
    return Tangent([], [nodes.call(helper, *arguments, *options.values())])


integral = getattr(np, "trapezoid", None) or vars(np)["trapz"]


@array_adjoint(integral)
def trapezoid(z, y, x=None, dx=1.0, axis=-1):
    parts = trapezoid_cotangents(d[z], y, x, dx, axis)
    d[y] = parts[0]
    d[x] = parts[1]
    d[dx] = parts[2]


@tangent(integral)
def trapezoid_tangent(z, y, x=None, dx=1.0, axis=-1):
    if x is None:
        d[z] = integral(d[y], dx=dx, axis=axis)
        d[z] = integral(y, dx=d[dx], axis=axis)
    elif is_array(x) or is_sequence(x):
        d[z] = integral(d[y], x, axis=axis)
        d[z] = integral(y, d[x], axis=axis)
    else:
        d[z] = integral(d[y], x, dx, axis)
        d[z] = integral(y, d[x], dx, axis)
        d[z] = integral(y, dx=d[dx], axis=axis) if x is None else 0.0


@array_adjoint(np.interp)
def interp(z, x, xp, fp, left=None, right=None, period=None):
    """At a knot the slope is that of the segment to the right of it, and 0 outside of all knots."""
    if period is None and left is None and right is None:
        parts = interp_cotangents(d[z], x, xp, fp)
        d[x] = parts[0]
        d[xp] = parts[1]
        d[fp] = parts[2]
    elif period is None:
        extended = extended_interp_cotangents(d[z], x, xp, fp, left, right)
        d[x] = extended[0]
        d[xp] = extended[1]
        d[fp] = extended[2]
        d[left] = extended[3]
        d[right] = extended[4]
    elif period is not None:
        periodic = periodic_interp_cotangents(d[z], x, xp, fp, period)
        d[x] = periodic[0]
        d[xp] = periodic[1]
        d[fp] = periodic[2]
        d[period] = periodic[3]
    else:
        raise NotImplementedError("a period of which it is not known whether it is None")


@tangent(np.interp)
def interp_tangent(z, x, xp, fp, left=None, right=None, period=None):
    if period is None:
        d[z] = interp_slopes(x, xp, fp) * d[x]
        d[z] = -interp_slopes(x, xp, fp) * np.interp(x, xp, d[xp])
        d[z] = interpolated(x, xp, d[fp], left, right)
        d[z] = np.where(np.less(x, xp[0]), d[left], 0.0)[()]
        d[z] = np.where(np.greater(x, xp[-1]), d[right], 0.0)[()]
    elif period is not None:
        d[z] = periodic_interp_tangent(change_of(x), change_of(xp), change_of(fp), change_of(period), x, xp, fp, period)
    else:
        raise NotImplementedError("a period of which it is not known whether it is None")


@macro
def interpolated(site: Any, x: Expr, xp: Expr, change: Expr, left: Expr, right: Expr) -> Expr:
    """`np.interp(x, xp, dfp)`, with zeros at the ends for which values of their own are given."""
    ends: dict[str, Expr] = {}
    for name, end in (("left", left), ("right", right)):
        if site.known(end) is not None:
            known = not isinstance(type_of_argument(site, end), values.Unknown)
            is_none = gast.Compare(left=nodes.copy(end), ops=[gast.Is()], comparators=[nodes.constant(None)])
            zero = nodes.constant(0.0)
            ends[name] = zero if known else gast.IfExp(test=is_none, body=nodes.constant(None), orelse=zero)
    return nodes.call(nodes.attribute(site.bind(np, "np"), "interp"), x, xp, change, **ends)


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


linear_in("xi", np.meshgrid)
linear_in("args", np.broadcast_arrays)


@array_adjoint(np.unwrap)
def unwrap(z, p, discont=None, axis=-1, *, period=6.283185307179586):
    """What is added to each point is a whole number of periods."""
    d[p] = d[z]
    d[period] = np.sum(d[z] * (z - p)) / period


@tangent(np.unwrap)
def unwrap_tangent(z, p, discont=None, axis=-1, *, period=6.283185307179586):
    d[z] = d[p]
    d[z] = (z - p) * (d[period] / period)
