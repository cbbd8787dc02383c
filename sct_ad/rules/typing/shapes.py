"""Functions that rearrange arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array, diagonal_size, is_none
from sct_ad.rules.typing.indexing import array_of, shape_of
from sct_ad.rules.typing.probe import unit_type
from sct_ad.rules.typing.sizes import (
    axes_of,
    dims_from,
    fresh,
    fresh_dims,
    int_of,
    length,
    product,
    quotient,
    static_int,
)
from sct_ad.rules.typing.table import FALSE, FIRST_AXES, NONE, ONE, ZERO, members, rule
from sct_ad.syntax.dims import Dims, broadcast, is_not_one, is_one
from sct_ad.syntax.values import (
    INT,
    Abstract,
    Array,
    List,
    Scalar,
    Tuple,
)


def flattened(dims: Dims) -> Dims:
    """The dims of all elements in a row."""
    return (product(dims),)


@rule(np.reshape)
def reshape(
    function: Any,
    a: Abstract,
    shape: Abstract = NONE,
    order: Abstract = NONE,
    *,
    newshape: Abstract = NONE,
    copy: Abstract = NONE,
) -> Abstract:
    """`np.reshape(a, shape)`."""
    found = as_array(a)
    dims = dims_from(newshape if is_none(shape) else shape)
    if dims is not None and -1 in dims:
        rest = [d for d in dims if d != -1]
        missing = fresh() if found.dims is None else quotient(found.dims, rest)
        dims = tuple(missing if d == -1 else d for d in dims)
    return Array(found.dtype, dims)


@rule(np.ravel, np.ndarray.flatten)
def ravel(function: Any, a: Abstract, order: Abstract = NONE) -> Abstract:
    """`np.ravel(a)`."""
    found = as_array(a)
    return Array(found.dtype, (fresh(),) if found.dims is None else flattened(found.dims))


@rule(np.transpose, *members(np, "permute_dims matrix_transpose"))
def transpose(function: Any, a: Abstract, axes: Abstract = NONE) -> Abstract:
    """`np.transpose(a)`."""
    if isinstance(a, Scalar):
        return unit_type(function, [a]) or Array()
    found = as_array(a)
    if found.dims is None:
        return found
    if getattr(function, "__name__", "") == "matrix_transpose":
        return Array(found.dtype, (*found.dims[:-2], *found.dims[:-3:-1]))
    if is_none(axes):
        return Array(found.dtype, found.dims[::-1])
    order = axes_of(axes, len(found.dims))
    return Array(found.dtype, fresh_dims(len(found.dims)) if order is None else tuple(found.dims[k] for k in order))


@rule(np.swapaxes)
def swapaxes(function: Any, a: Abstract, axis1: Abstract, axis2: Abstract) -> Abstract:
    """`np.swapaxes(a, 0, 1)`."""
    found = as_array(a)
    if found.dims is None:
        return found
    one, other = axes_of(axis1, len(found.dims)), axes_of(axis2, len(found.dims))
    if one is None or other is None:
        return Array(found.dtype, fresh_dims(len(found.dims)))
    dims = list(found.dims)
    dims[one[0]], dims[other[0]] = dims[other[0]], dims[one[0]]
    return Array(found.dtype, tuple(dims))


@rule(np.moveaxis)
def moveaxis(function: Any, a: Abstract, source: Abstract, destination: Abstract) -> Abstract:
    """`np.moveaxis(a, 0, -1)`."""
    found = as_array(a)
    if found.dims is None:
        return found
    rank = len(found.dims)
    sources, targets = axes_of(source, rank), axes_of(destination, rank)
    if sources is None or targets is None:
        return Array(found.dtype, fresh_dims(rank))
    order = [k for k in range(rank) if k not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return Array(found.dtype, tuple(found.dims[k] for k in order))


@rule(np.rollaxis)
def rollaxis(function: Any, a: Abstract, axis: Abstract, start: Abstract = ZERO) -> Abstract:
    """`np.rollaxis(a, 2)`."""
    found, to = as_array(a), static_int(start)
    if found.dims is None:
        return found
    rank = len(found.dims)
    axes = axes_of(axis, rank)
    if axes is None or to is None:
        return Array(found.dtype, fresh_dims(rank))
    to = to + rank if to < 0 else to
    order = [k for k in range(rank) if k not in axes]
    order.insert(to - 1 if to > axes[0] else to, axes[0])
    return Array(found.dtype, tuple(found.dims[k] for k in order))


@rule(np.expand_dims)
def expand_dims(function: Any, a: Abstract, axis: Abstract) -> Abstract:
    """`np.expand_dims(a, 0)`."""
    found = as_array(a)
    if found.dims is None:
        return found
    more = len(axis.items) if isinstance(axis, Tuple) else 1
    axes = axes_of(axis, len(found.dims) + more)
    if axes is None:
        return Array(found.dtype, fresh_dims(len(found.dims) + more))
    rest = iter(found.dims)
    return Array(found.dtype, tuple(1 if k in axes else next(rest) for k in range(len(found.dims) + more)))


@rule(np.squeeze)
def squeeze(function: Any, a: Abstract, axis: Abstract = NONE) -> Abstract:
    """`np.squeeze(a)`."""
    if isinstance(a, Scalar):
        return unit_type(function, [a]) or Array()
    found = as_array(a)
    if found.dims is None:
        return found
    if is_none(axis):
        sure = all(is_one(d) or is_not_one(d) for d in found.dims)
        return Array(found.dtype, tuple(d for d in found.dims if not is_one(d)) if sure else None)
    axes = axes_of(axis, len(found.dims))
    if axes is None:
        return Array(found.dtype, fresh_dims(len(found.dims) - 1) if isinstance(axis, Scalar) else None)
    return Array(found.dtype, tuple(d for k, d in enumerate(found.dims) if k not in axes))


@rule(np.broadcast_to)
def broadcast_to(function: Any, array: Abstract, shape: Abstract, subok: Abstract = FALSE) -> Abstract:
    """`np.broadcast_to(a, shape)`."""
    return Array(as_array(array).dtype, dims_from(shape))


@rule(np.broadcast_arrays)
def broadcast_arrays(function: Any, *args: Abstract, subok: Abstract = FALSE) -> Abstract:
    """`np.broadcast_arrays(a, b)`."""
    dims: Dims | None = ()
    for value in args:
        dims = broadcast(dims, as_array(value).dims)
    made = tuple(Array(as_array(value).dtype, dims) for value in args)
    return Tuple(made) if isinstance(np.broadcast_arrays(0), tuple) else List(made)


@rule(np.resize)
def resize(function: Any, a: Abstract, new_shape: Abstract) -> Abstract:
    """`np.resize(a, shape)`."""
    return Array(as_array(a).dtype, dims_from(new_shape))


@rule(np.atleast_1d, np.atleast_2d, np.atleast_3d)
def at_least(function: Any, *arys: Abstract) -> Abstract:
    """`np.atleast_2d(a)`."""
    least = int(function.__name__[8])
    made = tuple(at_least_dims(as_array(a), least) for a in arys)
    if len(made) == 1:
        return made[0]
    return Tuple(made) if isinstance(function(0, 0), tuple) else List(made)


def at_least_dims(found: Array, least: int) -> Array:
    """An array with dims of 1 added up to a rank."""
    dims = found.dims
    if dims is None or len(dims) >= least:
        return found
    if least == 3:
        shapes: dict[int, Dims] = {0: (1, 1, 1), 1: (1, *dims, 1), 2: (*dims, 1)}
        return Array(found.dtype, shapes[len(dims)])
    return Array(found.dtype, (1,) * (least - len(dims)) + dims)


@rule(np.rot90)
def rot90(function: Any, m: Abstract, k: Abstract = ONE, axes: Abstract = FIRST_AXES) -> Abstract:
    """`np.rot90(m)`."""
    found = as_array(m)
    times = static_int(k)
    if found.dims is None:
        return found
    if times is None:
        return Array(found.dtype, fresh_dims(len(found.dims)))
    order = axes_of(axes, len(found.dims))
    if times % 2 == 0 or order is None:
        return found if times % 2 == 0 else Array(found.dtype, fresh_dims(len(found.dims)))
    dims = list(found.dims)
    dims[order[0]], dims[order[1]] = dims[order[1]], dims[order[0]]
    return Array(found.dtype, tuple(dims))


@rule(np.repeat)
def repeat(function: Any, a: Abstract, repeats: Abstract, axis: Abstract = NONE) -> Abstract:
    """`np.repeat(a, 2, axis=0)`."""
    found = as_array(a)
    times = length(repeats) if isinstance(repeats, Scalar) else None
    if is_none(axis):
        known = found.dims is not None and times is not None
        return Array(found.dtype, (product([*(found.dims or ()), times or 0]) if known else fresh(),))
    return Array(found.dtype, changed(found.dims, axis, lambda d: fresh() if times is None else product([d, times])))


def changed(dims: Dims | None, axis: Abstract, change: Any) -> Dims | None:
    """The dims with the one along `axis` changed."""
    if dims is None:
        return None
    axes = axes_of(axis, len(dims))
    if axes is None:
        return fresh_dims(len(dims))
    return tuple(change(d) if k in axes else d for k, d in enumerate(dims))


@rule(np.tile)
def tile(function: Any, A: Abstract, reps: Abstract) -> Abstract:
    """`np.tile(a, (2, 1))`."""
    found, times = as_array(A), dims_from(reps)
    if found.dims is None or times is None:
        return Array(found.dtype)
    rank = max(len(found.dims), len(times))
    have, times = (1,) * (rank - len(found.dims)) + found.dims, (1,) * (rank - len(times)) + times
    return Array(found.dtype, tuple(product(pair) for pair in zip(have, times, strict=True)))


@rule(np.diagonal)
def diagonal(
    function: Any, a: Abstract, offset: Abstract = ZERO, axis1: Abstract = ZERO, axis2: Abstract = ONE
) -> Abstract:
    """`np.diagonal(a)`."""
    found = as_array(a)
    if found.dims is None:
        return found
    one, other = axes_of(axis1, len(found.dims)), axes_of(axis2, len(found.dims))
    if one is None or other is None:
        return Array(found.dtype, fresh_dims(len(found.dims) - 1))
    rest = [d for k, d in enumerate(found.dims) if k not in (*one, *other)]
    return Array(found.dtype, (*rest, diagonal_size(found.dims[one[0]], found.dims[other[0]], static_int(offset))))


@rule(np.take)
def take(
    function: Any,
    a: Abstract,
    indices: Abstract,
    axis: Abstract = NONE,
    out: Abstract = NONE,
    mode: Abstract = NONE,
) -> Abstract:
    """`np.take(a, indices, axis)`."""
    found, where = as_array(a), as_array(indices)
    if is_none(axis):
        return array_of(found.dtype, where.dims)
    if found.dims is None or where.dims is None:
        return Array(found.dtype)
    axes = axes_of(axis, len(found.dims))
    if axes is None:
        return array_of(found.dtype, fresh_dims(len(found.dims) - 1 + len(where.dims)))
    return array_of(found.dtype, (*found.dims[: axes[0]], *where.dims, *found.dims[axes[0] + 1 :]))


@rule(np.shape)
def shape(function: Any, a: Abstract) -> Abstract:
    """`np.shape(a)`."""
    return shape_of(as_array(a))


@rule(np.ndim)
def ndim(function: Any, a: Abstract) -> Abstract:
    """`np.ndim(a)`."""
    dims = as_array(a).dims
    return INT if dims is None else int_of(len(dims))
