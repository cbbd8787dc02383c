# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that reshape, permute and repeat entries. What joins arrays is in joining.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sct_ad.rules.arrays import array_adjoint, backward_along, length_of, on_arrays, reshaped
from sct_ad.rules.registry import adjoint, d, emitter, is_scalar, linear_in, macro, ndim, static
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.shaping import (
    gathered_cotangent,
    positions,
    reordered_cotangent,
    repeat_cotangent,
    rollaxis_cotangent,
    tile_cotangent,
    window_cotangent,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE

# Shapes --------------------------------------------------------------------------------------------------------------


@macro
def ordered(site: Any, dz: Expr, a: Expr, order: Expr) -> Expr:
    """`dz.reshape(a.shape)`, in the order of memory that the primal read `a` in."""
    call = reshaped(site, dz, a)
    known = site.known(order)
    if known not in ("C", None) and isinstance(call, gast.Call) and call.args:
        call.keywords.append(gast.keyword(arg="order", value=order))
    return call


@array_adjoint(np.reshape)
def reshape(z, a, shape=None, order="C", *, newshape=None, copy=None):
    if order in ("C", "F"):
        d[a] = ordered(d[z], a, order)
    else:
        d[a] = reordered_cotangent(d[z], a, order)


@array_adjoint(np.ravel, np.ndarray.flatten)
def ravel(z, a, order="C"):
    if order in ("C", "F"):
        d[a] = ordered(d[z], a, order)
    else:
        d[a] = reordered_cotangent(d[z], a, order)


@array_adjoint(np.squeeze)
def squeeze(z, a, axis=None):
    d[a] = reshaped(d[z], a)


@array_adjoint(np.expand_dims)
def expand_dims(z, a, axis):
    d[a] = reshaped(d[z], a)


@emitter(np.atleast_1d, params="*arys")
def atleast_1d(site: Site) -> Adjoint:
    """One array is a result by itself; several make a tuple or list of results."""
    return _widened(site)


@emitter(np.atleast_2d, params="*arys")
def atleast_2d(site: Site) -> Adjoint:
    """As `atleast_1d`."""
    return _widened(site)


@emitter(np.atleast_3d, params="*arys")
def atleast_3d(site: Site) -> Adjoint:
    """As `atleast_1d`."""
    return _widened(site)


def _widened(site: Site) -> Adjoint:
    items = site.arguments["arys"].elts
    if len(items) == 1:

        def emit(inner: Site) -> Adjoint:
            given = inner.arguments["ary"]
            return Adjoint([], [(given, reshaped(inner, nodes.copy(inner.cotangent), nodes.copy(given)))])

        return on_arrays(replace(site, arguments={"ary": items[0]}), emit)
    found = Adjoint()
    for k, item in enumerate(items):
        part = nodes.subscript(nodes.copy(site.cotangent), nodes.constant(k))
        reshape = nodes.attribute(site.bind(np, "np"), "reshape")
        shape = nodes.call(nodes.attribute(site.bind(np, "np"), "shape"), nodes.copy(item))
        found.contributions.append((item, nodes.call(reshape, part, shape)))
    return found


@adjoint(np.broadcast_to, elementwise=True)
def broadcast_to(z, array, shape, subok=False):
    d[array] = d[z]


# Permutations --------------------------------------------------------------------------------------------------------


@macro
def transposed(site: Any, dz: Expr, order: Expr | None = None) -> Expr:
    """`dz.T`, or `dz.transpose(order)`."""
    rank = site.ndim(site.result)
    permutation = None if order is None else site.known(order)
    if rank in (0, 1):
        return dz
    if permutation is None or (rank == 2 and permutation == (1, 0)):
        if rank is not NO_VALUE:
            return nodes.attribute(dz, "T")
        return nodes.call(nodes.attribute(site.bind(np, "np"), "transpose"), dz)
    return nodes.call(nodes.attribute(dz, "transpose"), *map(nodes.constant, permutation))


@macro
def inverse(site: Any, axes: Expr) -> Expr:
    """The static permutation that undoes a static permutation."""
    known = site.known(axes)
    return nodes.constant(tuple(int(k) for k in np.argsort([k % len(known) for k in known])))


@array_adjoint(np.transpose, *([np.permute_dims] if hasattr(np, "permute_dims") else []))
def transpose(z, a, axes=None):
    if is_scalar(a):
        d[a] = d[z]
    elif axes is None:
        d[a] = transposed(d[z])
    elif static(axes):
        d[a] = transposed(d[z], inverse(axes))
    else:
        d[a] = np.transpose(d[z], np.argsort(np.mod(axes, len(axes))))


if hasattr(np, "matrix_transpose"):  # NumPy 2

    @array_adjoint(np.matrix_transpose, np.linalg.matrix_transpose)
    def matrix_transpose(z, x):
        if ndim(x) == 2:
            d[x] = d[z].T
        else:
            d[x] = np.swapaxes(d[z], -1, -2)

    linear_in("x", np.matrix_transpose)


@array_adjoint(np.swapaxes)
def swapaxes(z, a, axis1, axis2):
    if ndim(a) == 2 and (axis1 - axis2) % 2 == 1:
        d[a] = d[z].T
    else:
        d[a] = np.swapaxes(d[z], axis1, axis2)


@array_adjoint(np.moveaxis)
def moveaxis(z, a, source, destination):
    d[a] = np.moveaxis(d[z], destination, source)


@array_adjoint(np.rollaxis)
def rollaxis(z, a, axis, start=0):
    d[a] = rollaxis_cotangent(d[z], axis, start)


@array_adjoint(np.flip)
def flip(z, m, axis=None):
    if static(axis) and (axis is None or isinstance(axis, int)):
        d[m] = backward_along(d[z], m, axis)
    else:
        d[m] = np.flip(d[z], axis)


@array_adjoint(np.flipud)
def flipud(z, m):
    d[m] = d[z][::-1]


@array_adjoint(np.fliplr)
def fliplr(z, m):
    d[m] = d[z][:, ::-1]


@array_adjoint(np.rot90)
def rot90(z, m, k=1, axes=(0, 1)):
    if axes == (0, 1):
        d[m] = np.rot90(d[z], negated(k))
    else:
        d[m] = np.rot90(d[z], negated(k), axes)


@macro
def negated(site: Any, number: Expr) -> Expr:
    """Minus an integer, or minus each of several."""
    known = site.known(number)
    if isinstance(known, int):
        return nodes.constant(-known)
    if isinstance(known, tuple) and all(isinstance(n, int) for n in known):
        return nodes.constant(tuple(-n for n in known))
    if site.is_number(number):
        return gast.UnaryOp(op=gast.USub(), operand=number)
    return nodes.call(nodes.attribute(site.bind(np, "np"), "negative"), number)


@array_adjoint(np.roll)
def roll(z, a, shift, axis=None):
    if axis is None:
        d[a] = np.roll(d[z], negated(shift))
    else:
        d[a] = np.roll(d[z], negated(shift), axis)


# Copies of entries ---------------------------------------------------------------------------------------------------


@array_adjoint(np.tile)
def tile(z, A, reps):
    d[A] = tile_cotangent(d[z], A, reps)


@macro
def folded(site: Any, dz: Expr, a: Expr, repeats: Expr) -> Expr:
    """`dz.reshape(a.shape[0], repeats).sum(axis=1)`."""
    shape = nodes.call(nodes.attribute(dz, "reshape"), length_of(site, a, 0), repeats)
    return nodes.call(nodes.attribute(shape, "sum"), axis=nodes.constant(1))


@array_adjoint(np.repeat)
def repeat(z, a, repeats, axis=None):
    if is_scalar(a):
        d[a] = np.sum(d[z])
    elif ndim(a) == 1 and is_scalar(repeats):
        d[a] = folded(d[z], a, repeats)
    elif axis is None:
        d[a] = repeat_cotangent(d[z], a, repeats)
    else:
        d[a] = repeat_cotangent(d[z], a, repeats, axis)


@array_adjoint(np.resize)
def resize(z, a, new_shape):
    d[a] = gathered_cotangent(d[z], a, np.resize(positions(a), new_shape))


@array_adjoint(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(z, x, window_shape, axis=None, *, subok=False, writeable=False):
    if axis is None:
        d[x] = window_cotangent(d[z], x, window_shape)
    else:
        d[x] = window_cotangent(d[z], x, window_shape, axis)


# Forward mode --------------------------------------------------------------------------------------------------------

linear_in("a", np.reshape, np.ravel, np.squeeze, np.expand_dims, np.transpose, np.swapaxes, np.moveaxis, np.rollaxis)
linear_in("m", np.flip, np.flipud, np.fliplr, np.rot90)
linear_in("a", np.roll, np.repeat, np.resize)
linear_in("A", np.tile)
linear_in("array", np.broadcast_to)
linear_in("x", np.lib.stride_tricks.sliding_window_view)
linear_in("arys", np.atleast_1d, np.atleast_2d, np.atleast_3d)
