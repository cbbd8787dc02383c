"""Rules of functions that join arrays, or take one apart.

For a display of arrays each gets a slice of the result's cotangent; for a tuple or list that is known only at run time,
a helper deals out all slices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.rules.arrays import at_axis, known_axis, length_of, reshaped, size_of
from sct_ad.rules.registry import emitter, linear_in
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.vocabulary import type_of_argument
from sct_ad.runtime.items import item_cotangents
from sct_ad.runtime.shaping import blocks, columns, depths, layers, pieces, rows, side_by_side
from sct_ad.syntax import nodes, values
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE


@emitter(np.concatenate, params="arrays, axis=0, *, dtype=None, casting='same_kind'")
def concatenate(site: Site) -> Adjoint:
    """Consecutive slices along the axis."""
    arrays, axis = site.arguments["arrays"], site.arguments["axis"]
    number = known_axis(site, axis)
    if _is_display(arrays) and number is not None:
        return _slices(site, arrays.elts, lambda a: number)
    if _is_display(arrays) and site.known(axis) is None:
        return _slices(site, arrays.elts, lambda a: None)
    return at_run_time(site, pieces, arrays, *([] if number == 0 else [axis]))


@emitter(np.append, params="arr, values, axis=None")
def append(site: Site) -> Adjoint:
    """As `concatenate` of two arrays, which are flattened where no axis is given."""
    items, axis = [site.arguments["arr"], site.arguments["values"]], site.arguments["axis"]
    number = known_axis(site, axis)
    if number is not None or site.known(axis) is None:
        return _slices(site, items, lambda a: number)
    return at_run_time(site, pieces, nodes.tuple_(items), axis)


@emitter(np.stack, params="arrays, axis=0, *, dtype=None, casting='same_kind'")
def stack(site: Site) -> Adjoint:
    """`dz[0]`, `dz[1]`; `dz[:, 0]`, `dz[:, 1]`."""
    arrays, axis = site.arguments["arrays"], site.arguments["axis"]
    number = known_axis(site, axis)
    if _is_display(arrays) and number is not None:
        return _indices(site, arrays.elts, number)
    return at_run_time(site, layers, arrays, *([] if number == 0 else [axis]))


@emitter(np.vstack, params="tup, *, dtype=None, casting='same_kind'")
def vstack(site: Site) -> Adjoint:
    """Vectors are rows; matrices are joined along axis 0."""
    arrays = site.arguments["tup"]
    ranks = _ranks(site, arrays)
    if ranks and all(rank == 1 for rank in ranks):
        return _indices(site, arrays.elts, 0)
    if ranks and all(rank is not NO_VALUE and rank >= 2 for rank in ranks):
        return _slices(site, arrays.elts, lambda a: 0)
    return at_run_time(site, rows, arrays)


@emitter(np.hstack, params="tup, *, dtype=None, casting='same_kind'")
def hstack(site: Site) -> Adjoint:
    """Vectors are joined along axis 0, matrices along axis 1; numbers are vectors of size 1."""
    arrays = site.arguments["tup"]
    ranks = _ranks(site, arrays)
    if ranks and all(rank == 0 for rank in ranks):
        return _indices(site, arrays.elts, 0)
    if ranks and all(rank == 1 for rank in ranks):
        return _slices(site, arrays.elts, lambda a: 0)
    if ranks and all(rank is not NO_VALUE and rank >= 2 for rank in ranks):
        return _slices(site, arrays.elts, lambda a: 1)
    return at_run_time(site, side_by_side, arrays)


@emitter(np.column_stack, params="tup")
def column_stack(site: Site) -> Adjoint:
    """Vectors are columns; matrices are joined along axis 1."""
    arrays = site.arguments["tup"]
    ranks = _ranks(site, arrays)
    if ranks and all(rank == 1 for rank in ranks):
        return _indices(site, arrays.elts, 1)
    if ranks and all(rank is not NO_VALUE and rank >= 2 for rank in ranks):
        return _slices(site, arrays.elts, lambda a: 1)
    return at_run_time(site, columns, arrays)


@emitter(np.dstack, params="tup")
def dstack(site: Site) -> Adjoint:
    """Everything is joined along axis 2."""
    return at_run_time(site, depths, site.arguments["tup"])


@emitter(np.block, params="arrays")
def block(site: Site) -> Adjoint:
    """A list of vectors as `hstack`; of all else each array gets its block at run time."""
    arrays = site.arguments["arrays"]
    ranks = _ranks(site, arrays)
    if ranks and not any(map(_is_display, arrays.elts)):
        if all(rank == 0 for rank in ranks):
            return _indices(site, arrays.elts, 0)
        if set(ranks) == {site.ndim(site.result)}:
            return _slices(site, arrays.elts, lambda a: -1)
    return at_run_time(site, blocks, arrays)


@emitter(np.split, np.array_split, params="ary, indices_or_sections, axis=0")
def split(site: Site) -> Adjoint:
    """The cotangents of the parts, joined again."""
    axis = site.arguments["axis"]
    return _rejoined(site, *([] if known_axis(site, axis) == 0 else [axis]))


@emitter(np.vsplit, params="ary, indices_or_sections")
def vsplit(site: Site) -> Adjoint:
    """Along axis 0."""
    return _rejoined(site)


@emitter(np.hsplit, params="ary, indices_or_sections")
def hsplit(site: Site) -> Adjoint:
    """Along axis 1, or axis 0 of vectors."""
    return _rejoined(site, function="hstack")


@emitter(np.dsplit, params="ary, indices_or_sections")
def dsplit(site: Site) -> Adjoint:
    """Along axis 2."""
    return _rejoined(site, nodes.constant(2))


if hasattr(np, "unstack"):

    @emitter(np.unstack, params="x, *, axis=0")
    def unstack(site: Site) -> Adjoint:
        """The cotangents of the layers, stacked again."""
        stacked = nodes.call(nodes.attribute(site.bind(np, "np"), "stack"), nodes.copy(site.cotangent))
        axis = site.arguments["axis"]
        stacked.args += [] if known_axis(site, axis) == 0 else [axis]
        return Adjoint([], [(site.arguments["x"], stacked)])

    linear_in("x", np.unstack)


def _rejoined(site: Site, *axis: Expr, function: str = "concatenate") -> Adjoint:
    join = nodes.attribute(site.bind(np, "np"), function)
    return Adjoint([], [(site.arguments["ary"], nodes.call(join, nodes.copy(site.cotangent), *axis))])


linear_in("arrays", np.concatenate, np.stack, np.block)
linear_in("tup", np.vstack, np.hstack, np.column_stack, np.dstack)
linear_in("arr values", np.append)
linear_in("ary", np.split, np.vsplit, np.hsplit, np.dsplit)


# Building blocks -----------------------------------------------------------------------------------------------------


def _is_display(expression: Expr) -> bool:
    return isinstance(expression, (gast.Tuple, gast.List))


def _ranks(site: Site, arrays: Expr) -> list[Any]:
    """The ranks of a display's items; nothing where there is no display."""
    return [site.ndim(item) for item in arrays.elts] if _is_display(arrays) else []


def _contribute(site: Site, adjoint: Adjoint, item: Expr, expression: Expr) -> None:
    """A contribution to an item that is an array, or itself a tuple or list."""
    if _is_display(item):
        for k, inner in enumerate(item.elts):
            _contribute(site, adjoint, inner, nodes.subscript(nodes.copy(expression), nodes.constant(k)))
        return
    if isinstance(type_of_argument(site, item), (values.Tuple, values.List)):
        expression = nodes.call(site.bind(item_cotangents, "item_cotangents"), expression, nodes.copy(item))
    adjoint.contributions.append((item, expression))


def _indices(site: Site, items: list[Expr], axis: int) -> Adjoint:
    """`dz[0]` for the first item, `dz[1]` for the second."""
    adjoint, rank = Adjoint(), site.ndim(site.result)
    for k, item in enumerate(items):
        if site.is_active(item):
            _contribute(site, adjoint, item, at_axis(nodes.copy(site.cotangent), axis, nodes.constant(k), rank))
    return adjoint


def _slices(site: Site, items: list[Expr], axis_of: Callable[[Expr], int | None]) -> Adjoint:
    """`dz[:m]` for the first item, `dz[m:]` for the second; sizes are added up where they are needed."""
    adjoint, rank = Adjoint(), site.ndim(site.result)
    last = max((k for k, item in enumerate(items) if site.is_active(item)), default=-1)
    start: Expr | None = None
    for k, item in enumerate(items[: last + 1]):
        axis = axis_of(item)
        length = size_of(site, item) if axis is None else length_of(site, item, axis)
        stop: Expr | None = length if start is None else _sum(start, length)
        if k == len(items) - 1:
            stop = None
        elif not isinstance(stop, (gast.Constant, gast.Name)) and k < last and k > 0:
            end = site.fresh("end")
            adjoint.statements.append(nodes.assign(end, stop))
            stop = nodes.name(end)
        if site.is_active(item):
            part = gast.Slice(lower=nodes.copy(start), upper=nodes.copy(stop), step=None)
            expression = at_axis(nodes.copy(site.cotangent), 0 if axis is None else axis, part, rank)
            _contribute(site, adjoint, item, reshaped(site, expression, item) if axis is None else expression)
        start = stop
    return adjoint


def _sum(left: Expr, right: Expr) -> Expr:
    if isinstance(left, gast.Constant) and isinstance(right, gast.Constant):
        return nodes.constant(left.value + right.value)
    return nodes.binary(nodes.copy(left), gast.Add(), right)


def at_run_time(site: Site, function: Callable[..., Any], arrays: Expr, *extra: Expr) -> Adjoint:
    """`function(dz, arrays)`; its items go to the items of a display."""
    call = nodes.call(site.bind(function, function.__name__), nodes.copy(site.cotangent), nodes.copy(arrays), *extra)
    if not _is_display(arrays):
        return Adjoint([], [(arrays, call)])
    parts = site.fresh("parts")
    adjoint = Adjoint([nodes.assign(parts, call)])
    for k, item in enumerate(arrays.elts):
        if site.is_active(item):
            _contribute(site, adjoint, item, nodes.subscript(nodes.name(parts), nodes.constant(k)))
    return adjoint
