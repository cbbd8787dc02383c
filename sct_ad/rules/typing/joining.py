"""Functions that join and split arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array, is_none, promoted
from sct_ad.rules.typing.indexing import array_of, items_of
from sct_ad.rules.typing.shapes import at_least_dims, changed
from sct_ad.rules.typing.sizes import axes_of, best, derived, fresh, fresh_dims, product, static, total
from sct_ad.rules.typing.table import NONE, ONE, ZERO, members, rule
from sct_ad.syntax.dims import Size
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    List,
    Scalar,
    Tuple,
)


def _arrays(arrays: Abstract) -> list[Array] | None:
    """The arrays to be joined; None where their number is not known."""
    found = items_of(arrays)
    return None if found is None else [as_array(item) for item in found]


def _any_number(arrays: Abstract) -> Array:
    """What is known of each array where their number is not."""
    return as_array(arrays.element) if isinstance(arrays, List) else Array()


@rule(np.concatenate, *members(np, "concat"))
def concatenate(
    function: Any,
    arrays: Abstract,
    axis: Abstract = ZERO,
    out: Abstract = NONE,
    *,
    dtype: Abstract = NONE,
    casting: Abstract = NONE,
) -> Abstract:
    """`np.concatenate(arrays, axis)`."""
    if not is_none(out) or not is_none(dtype):
        return Array() if is_none(out) else out
    found = _arrays(arrays)
    if not found:
        one = as_array(arrays) if isinstance(arrays, Array) else _any_number(arrays)
        if isinstance(arrays, Array):
            return Array(one.dtype, None if one.dims is None else fresh_dims(len(one.dims) - 1))
        return Array(one.dtype, (fresh(),) if is_none(axis) else changed(one.dims, axis, lambda d: fresh()))
    return _concatenated(found, axis)


def _concatenated(found: Sequence[Array], axis: Abstract) -> Array:
    dtype = promoted([a.dtype for a in found])
    if is_none(axis):
        known = [a.dims for a in found if a.dims is not None]
        return Array(dtype, (total(map(product, known)) if len(known) == len(found) else fresh(),))
    shapes = [a.dims for a in found if a.dims is not None]
    if not shapes:
        return Array(dtype)
    rank = len(shapes[0])
    axes = axes_of(axis, rank)
    if axes is None:
        return Array(dtype, fresh_dims(rank))
    dims: list[Size] = []
    for k in range(rank):
        column = [shape[k] for shape in shapes]
        joined = total(column) if len(shapes) == len(found) else fresh()
        dims.append(joined if k in axes else best(column))
    return Array(dtype, tuple(dims))


@rule(np.stack)
def stack(
    function: Any,
    arrays: Abstract,
    axis: Abstract = ZERO,
    out: Abstract = NONE,
    *,
    dtype: Abstract = NONE,
    casting: Abstract = NONE,
) -> Abstract:
    """`np.stack(arrays, axis)`."""
    if not is_none(out) or not is_none(dtype):
        return Array() if is_none(out) else out
    found = _arrays(arrays)
    if not found:
        number: Size = fresh()
        one = _any_number(arrays)
        if isinstance(arrays, Array):
            one = Array(arrays.dtype, arrays.dims[1:] if arrays.dims else None)
            number = arrays.dims[0] if arrays.dims else number
        dtype_found, dims = one.dtype, one.dims
    else:
        number, dtype_found = len(found), promoted([a.dtype for a in found])
        shapes = [a.dims for a in found if a.dims is not None]
        dims = tuple(best(c) for c in zip(*shapes, strict=True)) if shapes else None
    if dims is None:
        return Array(dtype_found)
    axes = axes_of(axis, len(dims) + 1)
    if axes is None:
        return Array(dtype_found, fresh_dims(len(dims) + 1))
    return Array(dtype_found, (*dims[: axes[0]], number, *dims[axes[0] :]))


@rule(*members(np, "hstack vstack row_stack dstack column_stack"))
def stack_along(function: Any, tup: Abstract, **keywords: Abstract) -> Abstract:
    """`np.vstack(arrays)`."""
    if keywords:
        raise TypeError("unknown parameter")
    found = _arrays(tup)
    if not found:
        one = as_array(tup.element) if isinstance(tup, List) else Array()
        found = [Array(one.dtype, None if one.dims is None else fresh_dims(len(one.dims)))]
        widened = _widened(function, found[0])
        return Array(widened.dtype, None if widened.dims is None else fresh_dims(len(widened.dims)))
    widened_all = [_widened(function, a) for a in found]
    if function is np.hstack:
        first = next((a.dims for a in widened_all if a.dims is not None), None)
        if first is None:
            return Array(promoted([a.dtype for a in found]))
        return _concatenated(widened_all, ZERO if len(first) == 1 else ONE)
    axis = {"dstack": 2, "column_stack": 1}.get(function.__name__, 0)
    return _concatenated(widened_all, Scalar("int", "", axis))


def _widened(function: Any, a: Array) -> Array:
    if function is np.column_stack:
        if a.dims is not None and len(a.dims) < 2:
            return Array(a.dtype, (*(a.dims or (1,)), 1))
        return a
    return at_least_dims(a, {"hstack": 1, "dstack": 3}.get(function.__name__, 2))


@rule(np.append)
def append(function: Any, arr: Abstract, values: Abstract, axis: Abstract = NONE) -> Abstract:
    """`np.append(a, values)`."""
    return _concatenated([as_array(arr), as_array(values)], axis)


@rule(np.pad)
def pad(function: Any, array: Abstract, pad_width: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.pad(a, 1)`."""
    found = as_array(array)
    if found.dims is None:
        return found
    given = static(pad_width)
    if given is NO_VALUE:
        return Array(found.dtype, fresh_dims(len(found.dims)))
    widths = np.broadcast_to(np.asarray(given), (len(found.dims), 2)).sum(axis=1)
    return Array(found.dtype, tuple(total([d, int(w)]) for d, w in zip(found.dims, widths, strict=True)))


@rule(*members(np, "unstack"))
def unstack(function: Any, x: Abstract, /, *, axis: Abstract = ZERO) -> Abstract:
    """`np.unstack(x)`: a tuple, or what stands for one of unknown length."""
    found = as_array(x)
    axes = None if found.dims is None else axes_of(axis, len(found.dims))
    if found.dims is None or axes is None:
        return UNKNOWN
    count = found.dims[axes[0]]
    rest = tuple(d for k, d in enumerate(found.dims) if k not in axes)
    layer = array_of(found.dtype, rest)
    return Tuple((layer,) * count) if isinstance(count, int) else List(None, layer)


@rule(np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit)
def split(function: Any, ary: Abstract, indices_or_sections: Abstract, axis: Abstract = ZERO) -> Abstract:
    """`np.split(a, 3)`."""
    found = as_array(ary)
    if found.dims is None:
        return List(None, found)
    fixed = {"hsplit": 1 if len(found.dims) > 1 else 0, "vsplit": 0, "dsplit": 2}
    axis = Scalar("int", "", fixed[function.__name__]) if function.__name__ in fixed else axis
    sections = static(indices_or_sections)
    if isinstance(sections, int):
        count, part = sections, sections if function is not np.array_split else 0
        shares = [changed(found.dims, axis, lambda d: _share(d, part)) for _ in range(count)]
        return List(tuple(Array(found.dtype, dims) for dims in shares))
    loose = Array(found.dtype, changed(found.dims, axis, lambda d: fresh()))
    known = items_of(indices_or_sections)
    if isinstance(indices_or_sections, Scalar) or known is None:
        return List(None, loose)
    return List(tuple(Array(found.dtype, changed(found.dims, axis, lambda d: fresh())) for _ in [*known, 0]))


def _share(size: Size, parts: int) -> Size:
    if not parts:
        return fresh()
    return size // parts if isinstance(size, int) else derived("floordiv", size, parts)
