# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions on stacks of vectors and matrices that came with NumPy 2, and of products of many matrices."""

from __future__ import annotations

import gast
import numpy as np

from sct_ad.rules.arrays import array_adjoint, conj
from sct_ad.rules.joining import at_run_time
from sct_ad.rules.linear import summed
from sct_ad.rules.registry import d, emitter, linear_in, ndim, tangent_emitter
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.linalg import chain_cotangents, chain_tangent
from sct_ad.runtime.linear import cross_left, cross_right, diagonal_cotangent, trace_cotangent, vecdot_cotangent
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


@emitter(np.linalg.multi_dot, params="arrays")
def multi_dot(site: Site) -> Adjoint:
    return at_run_time(site, chain_cotangents, site.arguments["arrays"])


@tangent_emitter(np.linalg.multi_dot)
def multi_dot_tangent(site: Site) -> Tangent:
    """One product for each matrix that changes."""
    arrays = site.arguments["arrays"]
    multi_dot = nodes.attribute(nodes.attribute(site.bind(np, "np"), "linalg"), "multi_dot")
    if not isinstance(arrays, (gast.Tuple, gast.List)):
        call = nodes.call(site.bind(chain_tangent, "chain_tangent"), tangent_of(site, arrays), nodes.copy(arrays))
        return Tangent([], [call])
    terms: list[Expr] = []
    for k, item in enumerate(arrays.elts):
        if site.is_active(item):
            factors = [tangent_of(site, e) if j == k else nodes.copy(e) for j, e in enumerate(arrays.elts)]
            terms.append(nodes.call(nodes.copy(multi_dot), gast.List(elts=factors, ctx=nodes.LOAD)))
    return Tangent([], terms)


if hasattr(np, "vecdot"):

    @array_adjoint(np.vecdot, np.linalg.vecdot)
    def vecdot(z, x1, x2, *, axis=-1):
        """`vecdot` conjugates its first argument; each operand has its own axis of that number."""
        if axis == -1 and ndim(x1) == 1 and ndim(x2) == 1:
            d[x1] = conj(d[z] * x2, z)
            d[x2] = d[z] * conj(x1)
        elif axis == -1:
            d[x1] = unbroadcast(conj(np.expand_dims(d[z], -1) * x2, z), x1)
            d[x2] = unbroadcast(np.expand_dims(d[z], -1) * conj(x1), x2)
        else:
            d[x1] = conj(vecdot_cotangent(d[z], x1, x2, axis), z)
            d[x2] = vecdot_cotangent(d[z], x2, conj(x1), axis)

    @array_adjoint(np.linalg.cross)
    def cross(z, x1, x2, *, axis=-1):
        d[x1] = cross_left(d[z], x1, x2, axis, axis, axis)
        d[x2] = cross_right(d[z], x1, x2, axis, axis, axis)

    @array_adjoint(np.linalg.trace)
    def trace(z, x, *, offset=0, dtype=None):
        d[x] = trace_cotangent(d[z], x, offset, -2, -1)

    @array_adjoint(np.linalg.diagonal)
    def diagonal(z, x, *, offset=0):
        d[x] = diagonal_cotangent(d[z], x, offset, -2, -1)

    linear_in("x1 | x2", np.vecdot, np.linalg.cross)
    linear_in("x", np.linalg.trace, np.linalg.diagonal)


if hasattr(np, "matvec"):

    @array_adjoint(np.matvec)
    def matvec(z, x1, x2):
        if ndim(x1) == 2 and ndim(x2) == 1:
            d[x1] = np.outer(d[z], x2)
            d[x2] = x1.T @ d[z]
        elif ndim(x1) == 3 and ndim(x2) == 1:
            d[x1] = d[z][:, :, None] * x2
            d[x2] = summed(d[z], x1, x1)
        else:
            d[x1] = unbroadcast(np.expand_dims(d[z], -1) * np.expand_dims(x2, -2), x1)
            d[x2] = unbroadcast(np.squeeze(np.expand_dims(d[z], -2) @ x1, -2), x2)

    @array_adjoint(np.vecmat)
    def vecmat(z, x1, x2):
        """`vecmat` conjugates its first argument."""
        if ndim(x1) == 1 and ndim(x2) == 2:
            d[x1] = conj(x2 @ d[z], z)
            d[x2] = np.outer(conj(x1), d[z])
        else:
            d[x1] = unbroadcast(conj(np.squeeze(x2 @ np.expand_dims(d[z], -1), -1), z), x1)
            d[x2] = unbroadcast(np.expand_dims(d[z], -2) * np.expand_dims(conj(x1), -1), x2)

    linear_in("x1 | x2", np.matvec, np.vecmat)
