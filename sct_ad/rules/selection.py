# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that sort, pick and choose entries; `np.where` is with the elementwise functions."""

from __future__ import annotations

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, give
from sct_ad.rules.registry import d, emitter, linear_in, ndim, tangent
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.vocabulary import type_of_argument
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.shaping import (
    choose_cotangents,
    entry_cotangent,
    gathered_cotangent,
    inserted_cotangents,
    moved_cotangent,
    moved_tangent,
    positions,
    selected_cotangent,
    sort_cotangent,
    sort_tangent,
    take_along_axis_cotangent,
    take_cotangent,
)
from sct_ad.syntax import nodes, values
from sct_ad.syntax.dims import same_size
from sct_ad.syntax.nodes import Expr


@array_adjoint(np.sort)
def sort(z, a, axis=-1, kind=None, order=None, *, stable=None):
    if ndim(a) == 1:
        d[a] = d[z][np.argsort(np.argsort(a))]
    else:
        d[a] = sort_cotangent(d[z], a, axis)


@tangent(np.sort)
def sort_change(z, a, axis=-1):
    if ndim(a) == 1:
        d[z] = d[a][np.argsort(a)]
    else:
        d[z] = sort_tangent(d[a], a, axis)


@array_adjoint(np.sort_complex)
def sort_complex(z, a):
    d[a] = sort_cotangent(d[z], a)


@tangent(np.sort_complex)
def sort_complex_change(z, a):
    d[z] = sort_tangent(d[a], a)


@array_adjoint(np.partition)
def partition(z, a, kth, axis=-1, kind="introselect", order=None):
    d[a] = moved_cotangent(d[z], z, a, axis, kth)


@tangent(np.partition)
def partition_change(z, a, kth, axis=-1):
    d[z] = moved_tangent(d[a], z, a, axis, kth)


@array_adjoint(np.take)
def take(z, a, indices, axis=None, *, mode="raise"):
    if mode == "raise" and axis is None:
        d[a] = take_cotangent(d[z], a, indices)
    elif mode == "raise":
        d[a] = take_cotangent(d[z], a, indices, axis)
    else:
        d[a] = take_cotangent(d[z], a, indices, axis, mode)


@array_adjoint(np.take_along_axis)
def take_along_axis(z, arr, indices, axis=-1):
    d[arr] = take_along_axis_cotangent(d[z], arr, indices, axis)


@array_adjoint(np.compress, selects=True)
def compress(z, condition, a, axis=None):
    d[a] = selected_cotangent(d[z], a, condition, axis)


@array_adjoint(np.delete)
def delete(z, arr, obj, axis=None):
    d[arr] = gathered_cotangent(d[z], arr, np.delete(positions(arr), obj, axis))


@array_adjoint(np.insert)
def insert(z, arr, obj, values, axis=None):
    parts = inserted_cotangents(d[z], arr, obj, values, axis)
    d[arr] = parts[0]
    d[values] = parts[1]


@array_adjoint(np.extract, selects=True)
def extract(z, condition, arr):
    d[arr] = selected_cotangent(d[z], arr, condition)


@emitter(np.ndarray.item, params="a, *args")
def item(site: Site) -> Adjoint:
    """The only entry of an array, or the one that is named."""
    array, index = site.arguments["a"], site.arguments["args"].elts
    if not index:
        return Adjoint([], [(array, nodes.copy(site.cotangent))])
    helper = site.bind(entry_cotangent, "entry_cotangent")
    return Adjoint([], [(array, nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(array), *index))])


@emitter(np.choose, params="a, choices, *, mode='raise'", selects=True)
def choose(site: Site) -> Adjoint:
    """`np.where(a == 0, dz, 0.0)` for the first choice."""
    chooser, choices, mode = (site.arguments[name] for name in ("a", "choices", "mode"))
    if site.is_active(chooser):
        raise NoRuleError("numpy.choose: a chooser of floats")
    if not isinstance(choices, (gast.Tuple, gast.List)) or site.known(mode) not in ("raise", "wrap", "clip"):
        helper = site.bind(choose_cotangents, "choose_cotangents")
        call = nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(chooser), nodes.copy(choices), mode)
        return Adjoint([], [(choices, call)])
    adjoint, last = Adjoint(), nodes.constant(len(choices.elts) - 1)
    if site.known(mode) == "wrap":
        chooser = nodes.binary(chooser, gast.Mod(), nodes.constant(len(choices.elts)))
    elif site.known(mode) == "clip":
        chooser = nodes.call(nodes.attribute(site.bind(np, "np"), "clip"), chooser, nodes.constant(0), last)
    for k, choice in enumerate(choices.elts):
        chosen = gast.Compare(left=nodes.copy(chooser), ops=[gast.Eq()], comparators=[nodes.constant(k)])
        where = nodes.attribute(site.bind(np, "np"), "where")
        part = nodes.call(where, chosen, nodes.copy(site.cotangent), nodes.constant(0.0))
        give(site, adjoint, choice, summed_to(site, part, choice))
    return adjoint


def summed_to(site: Site, part: Expr, operand: Expr) -> Expr:
    """A contribution of the result's shape, summed to the shape of an operand that was broadcast to it."""
    have, want = (values.dims_of(type_of_argument(site, e)) for e in (site.result, operand))
    if have is not None and want is not None and len(have) == len(want) and all(map(same_size, have, want)):
        return part
    if site.is_number(operand):
        return nodes.call(nodes.attribute(site.bind(np, "np"), "sum"), part)
    return nodes.call(site.bind(unbroadcast, "unbroadcast"), part, nodes.copy(operand))


@emitter(np.select, params="condlist, choicelist, default=0", elementwise=True, selects=True)
def select(site: Site) -> Adjoint:
    """The cotangent where a choice is taken, through the same `np.select`."""
    choices, default = site.arguments["choicelist"], site.arguments["default"]
    adjoint = Adjoint()
    if not isinstance(choices, (gast.Tuple, gast.List)):
        raise NoRuleError("numpy.select: a list of choices of unknown length; write the choices in the call")
    for k, choice in enumerate(choices.elts):
        adjoint.contributions.append((choice, _selected(site, len(choices.elts), k)))
    adjoint.contributions.append((default, _selected(site, len(choices.elts), -1)))
    return adjoint


def _selected(site: Site, count: int, taken: int) -> Expr:
    zero, cotangent = nodes.constant(0.0), nodes.copy(site.cotangent)
    masks = [cotangent if k == taken else nodes.copy(zero) for k in range(count)]
    function = nodes.attribute(site.bind(np, "np"), "select")
    conditions = nodes.copy(site.arguments["condlist"])
    return nodes.call(function, conditions, gast.List(elts=masks, ctx=nodes.LOAD), cotangent if taken < 0 else zero)


# Forward mode --------------------------------------------------------------------------------------------------------

linear_in("a", np.take, np.compress, np.ndarray.item)
linear_in("arr", np.take_along_axis, np.delete, np.extract)
linear_in("arr values", np.insert)
linear_in("choices", np.choose)
linear_in("choicelist default", np.select)
