"""Functions that pick, count and move entries: shapes follow from the arguments' shapes, or only the ranks do."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array, is_none, promoted
from sct_ad.rules.typing.indexing import array_of, items_of
from sct_ad.rules.typing.operators import elementwise
from sct_ad.rules.typing.probe import shaped, unit_type, with_dims
from sct_ad.rules.typing.shapes import changed, flattened
from sct_ad.rules.typing.sizes import axes_of, best, fresh, fresh_dims, plus, static, static_int, total
from sct_ad.rules.typing.table import FALSE, LAST, NONE, ONE, TRUE, ZERO, members, rule
from sct_ad.syntax.dims import Dims, Size, broadcast, is_not_one, is_one
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    List,
    Scalar,
    Tuple,
    dims_of,
)

_TEN = Scalar("int", "", 10)


@rule(np.partition, *members(np, "argpartition"))
def partition(
    function: Any, a: Abstract, kth: Abstract, axis: Abstract = LAST, kind: Abstract = NONE, order: Abstract = NONE
) -> Abstract:
    """`np.partition(a, k)`."""
    found = as_array(a)
    dims = found.dims
    if is_none(axis):
        dims = (fresh(),) if dims is None else flattened(dims)
    dtype = found.dtype if function is np.partition else np.dtype(np.intp).name
    return Array(dtype, dims if isinstance(axis, Scalar) or is_none(axis) else None)


@rule(np.unwrap)
def unwrap(
    function: Any, p: Abstract, discont: Abstract = NONE, axis: Abstract = LAST, *, period: Abstract = NONE
) -> Abstract:
    """`np.unwrap(p)`."""
    found = as_array(p)
    given = {} if is_none(period) else {"period": period}
    return shaped(function, found.dims, [Array(found.dtype, (1,))], given)


@rule(np.asarray_chkfinite, np.require)
def converted(
    function: Any, a: Abstract, dtype: Abstract = NONE, requirements: Abstract = NONE, order: Abstract = NONE
) -> Abstract:
    """`np.require(a)`."""
    found = as_array(a)
    if is_none(dtype):
        return found
    known = static(dtype)
    return Array("" if known is NO_VALUE else np.dtype(known).name, found.dims)


@rule(np.take_along_axis)
def take_along_axis(function: Any, arr: Abstract, indices: Abstract, axis: Abstract = LAST) -> Abstract:
    """`np.take_along_axis(a, indices, axis)`: of the shape of the indices, with which the other axes broadcast."""
    found, where = as_array(arr), as_array(indices)
    if is_none(axis) or found.dims is None or where.dims is None:
        return Array(found.dtype, where.dims)
    axes = axes_of(axis, len(found.dims))
    if axes is None:
        return Array(found.dtype, fresh_dims(len(found.dims)))
    dims = broadcast(changed(found.dims, axis, lambda d: 1), changed(where.dims, axis, lambda d: 1)) or ()
    return Array(found.dtype, tuple(where.dims[k] if k in axes else d for k, d in enumerate(dims)))


@rule(np.choose)
def choose(function: Any, a: Abstract, choices: Abstract, out: Abstract = NONE, mode: Abstract = NONE) -> Abstract:
    """`np.choose(a, choices)`."""
    if not is_none(out):
        return out
    chooser = a if isinstance(a, Scalar) else as_array(a)
    if isinstance(choices, Array):
        rest = None if choices.dims is None else choices.dims[1:]
        return array_of(choices.dtype, broadcast(dims_of(chooser), rest))
    items = items_of(choices)
    if items is None:
        return Array()
    arrays = [as_array(item) for item in items]
    dims = dims_of(chooser)
    for array in arrays:
        dims = broadcast(dims, array.dims)
    return array_of(promoted([array.dtype for array in arrays]), dims)


@rule(*members(np, "cumulative_sum cumulative_prod"))
def cumulative(
    function: Any,
    x: Abstract,
    *,
    axis: Abstract = NONE,
    dtype: Abstract = NONE,
    out: Abstract = NONE,
    include_initial: Abstract = FALSE,
) -> Abstract:
    """`np.cumulative_sum(x)`."""
    if not is_none(out):
        return out
    found, extra = as_array(x), {} if is_none(dtype) else {"dtype": dtype}
    where = ZERO if is_none(axis) else axis
    dims = found.dims
    if include_initial != FALSE:
        dims = changed(dims, where, lambda d: plus(d, 1) if include_initial == TRUE else fresh())
    return shaped(function, dims, [Array(found.dtype, (1,))], extra)


@rule(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    function: Any,
    x: Abstract,
    window_shape: Abstract,
    axis: Abstract = NONE,
    *,
    subok: Abstract = FALSE,
    writeable: Abstract = FALSE,
) -> Abstract:
    """`sliding_window_view(x, n)`: the sizes of the windows come last."""
    found = as_array(x)
    if found.dims is None:
        return found
    sizes = [window_shape] if isinstance(window_shape, Scalar) else items_of(window_shape)
    rank = len(found.dims)
    if sizes is None:
        return Array(found.dtype)
    axes = tuple(range(rank)) if is_none(axis) else axes_of(axis, rank)
    numbers = [static_int(size) for size in sizes]
    if axes is None or len(axes) != len(numbers):
        return Array(found.dtype, fresh_dims(rank + len(numbers)))
    dims = list(found.dims)
    for k, number in zip(axes, numbers, strict=True):
        dims[k] = fresh() if number is None else plus(dims[k], 1 - number)
    return Array(found.dtype, (*dims, *(fresh() if n is None else n for n in numbers)))


@rule(np.insert)
def insert(function: Any, arr: Abstract, obj: Abstract, values: Abstract, axis: Abstract = NONE) -> Abstract:
    """`np.insert(a, place, values)`: how many entries there are is not looked into."""
    return _changed_along(arr, axis)


@rule(np.delete)
def delete(function: Any, arr: Abstract, obj: Abstract, axis: Abstract = NONE) -> Abstract:
    """`np.delete(a, place)`."""
    return _changed_along(arr, axis)


def _changed_along(arr: Abstract, axis: Abstract) -> Abstract:
    found = as_array(arr)
    if is_none(axis):
        return Array(found.dtype, (fresh(),))
    return Array(found.dtype, changed(found.dims, axis, lambda d: fresh()))


@rule(np.ediff1d)
def ediff1d(function: Any, ary: Abstract, to_end: Abstract = NONE, to_begin: Abstract = NONE) -> Abstract:
    """`np.ediff1d(a)`."""
    return shaped(function, (fresh(),), [Array(as_array(ary).dtype, (1,))])


@rule(np.gradient)
def gradient(
    function: Any, f: Abstract, *varargs: Abstract, axis: Abstract = NONE, edge_order: Abstract = ONE
) -> Abstract:
    """`np.gradient(f)`: an array for one axis, else one for each."""
    found = as_array(f)
    like = shaped(function, found.dims, [_three(found.dtype)])
    if not isinstance(like, Array):
        return UNKNOWN
    if any(isinstance(step, Array) and step.dtype != "float64" for step in varargs):
        like = Array("", like.dims)
    if found.dims is None and not isinstance(axis, Scalar):
        return UNKNOWN
    axes = axes_of(axis, len(found.dims or ())) if isinstance(axis, Tuple) else None
    count = 1 if isinstance(axis, Scalar) else len(found.dims or ()) if is_none(axis) else len(axes or ())
    if count == 0:
        return UNKNOWN
    if count == 1:
        return like
    made = np.gradient(np.zeros((2, 2)))
    return Tuple((like,) * count) if isinstance(made, tuple) else List((like,) * count)


def _three(dtype: str) -> Abstract:
    """Points enough for a slope."""
    return Tuple(tuple(Scalar("float", dtype if dtype.startswith("float") else "") for _ in range(3)))


@rule(np.convolve, np.correlate)
def convolve(function: Any, a: Abstract, v: Abstract, mode: Abstract = NONE) -> Abstract:
    """`np.convolve(a, v)`."""
    left, right = as_array(a), as_array(v)
    sizes = [array.dims[0] if array.dims else 1 if array.dims == () else fresh() for array in (left, right)]
    full = static(mode) == "full" or (is_none(mode) and function is np.convolve)
    size: Size = plus(total(sizes), -1) if full else fresh()
    return shaped(function, (size,), [Array(left.dtype, (1,)), Array(right.dtype, (1,))])


@rule(np.diagflat)
def diagflat(function: Any, v: Abstract, k: Abstract = ZERO) -> Abstract:
    """`np.diagflat(v)`."""
    found, offset = as_array(v), static_int(k)
    size = fresh() if found.dims is None or offset is None else plus(flattened(found.dims)[0], abs(offset))
    return Array(found.dtype, (size, size))


@rule(np.cov, np.corrcoef)
def covariance(function: Any, m: Abstract, y: Abstract = NONE, rowvar: Abstract = TRUE, *args: Abstract,
               **keywords: Abstract) -> Abstract:  # fmt: skip
    """`np.cov(m)`: a number for one variable, else a square matrix."""
    found = [as_array(v) for v in ((m,) if is_none(y) else (m, y))]
    extra = {key: value for key, value in keywords.items() if key == "dtype"}
    counts: list[Size] = []
    for array in found:
        if array.dims is None or len(array.dims) > 2:
            return Array()
        turned = rowvar == FALSE and len(array.dims) == 2 and is_not_one(array.dims[0])
        known = 1 if len(array.dims) < 2 else array.dims[1] if turned else array.dims[0] if rowvar == TRUE else fresh()
        counts.append(known)
    number = total(counts)
    single = len(found) == 1 and is_one(number)
    if len(found) == 1 and not single and not is_not_one(number):
        return Array()
    like = unit_type(function, [Array(array.dtype, (1,)) for array in found], extra)
    return with_dims(like, () if single else (number, number))


@rule(np.block)
def block(function: Any, arrays: Abstract) -> Abstract:
    """`np.block([[a, b], [c, d]])`."""
    depth, inner = 0, arrays
    while isinstance(inner, List) and inner.items:
        depth, inner = depth + 1, inner.items[0]
    ranks = _ranks(arrays)
    if ranks is None:
        return Array()
    return _block(arrays, depth, max([depth, *ranks]))


def _ranks(arrays: Abstract) -> list[int] | None:
    if isinstance(arrays, List):
        found = [_ranks(item) for item in arrays.items or ()]
        if not found or any(ranks is None for ranks in found):
            return None
        return [rank for ranks in found for rank in ranks or ()]
    rank = as_array(arrays).ndim
    return None if rank is None else [rank]


def _block(arrays: Abstract, depth: int, rank: int) -> Array:
    if not isinstance(arrays, List):
        found = as_array(arrays)
        return found if found.dims is None else Array(found.dtype, (1,) * (rank - len(found.dims)) + found.dims)
    parts = [_block(item, depth - 1, rank) for item in arrays.items or ()]
    axis = rank - depth
    columns = list(zip(*[part.dims or () for part in parts], strict=True))
    dims: Dims = tuple(total(column) if k == axis else best(column) for k, column in enumerate(columns))
    return Array(promoted([part.dtype for part in parts]), dims)


@rule(np.histogram)
def histogram(
    function: Any,
    a: Abstract,
    bins: Abstract = _TEN,
    range: Abstract = NONE,
    density: Abstract = NONE,
    weights: Abstract = NONE,
) -> Abstract:
    """`np.histogram(a, bins)`: the counts, and one edge more."""
    edges = histogram_bin_edges(np.histogram_bin_edges, a, bins)
    if not isinstance(edges, Array) or edges.dims is None:
        return UNKNOWN
    like = unit_type(_counts, [Array(as_array(a).dtype, (1,)), _unit_weights(weights), density])
    dtype = like.dtype if isinstance(like, Array) else ""
    return Tuple((Array(dtype, (plus(edges.dims[0], -1),)), edges))


def _counts(a: Any, weights: Any, density: Any) -> Any:
    return np.histogram(a, 1, None, density, weights)[0]


def _unit_weights(weights: Abstract) -> Abstract:
    return weights if is_none(weights) else Array(as_array(weights).dtype, (1,))


@rule(np.histogram_bin_edges)
def histogram_bin_edges(
    function: Any, a: Abstract, bins: Abstract = _TEN, range: Abstract = NONE, weights: Abstract = NONE
) -> Abstract:
    """`np.histogram_bin_edges(a, bins)`."""
    if isinstance(bins, Scalar):
        number = static_int(bins)
        size = fresh() if number is None else number + 1
        return shaped(function, (size,), [Array(as_array(a).dtype, (1,)), ONE])
    given = as_array(bins) if isinstance(bins, (Array, Tuple, List)) else Array("", (fresh(),))
    return given if given.dims is not None else Array(given.dtype, (fresh(),))


@rule(*members(np.emath, "sqrt log log2 log10 logn power arcsin arccos arctanh"))
def by_value(function: Any, *args: Abstract) -> Abstract:
    """`np.emath.sqrt(x)`: complex where that is needed, which only the values tell."""
    like = elementwise(np.add, list(args)) if len(args) > 1 else args[0]
    dims = dims_of(like)
    dtypes = [value.dtype if isinstance(value, (Array, Scalar)) else "?" for value in args]
    if dims is None:
        return Array()
    if dims == ():
        return Scalar("complex", "?")
    known = all(dtype.startswith("complex") for dtype in dtypes)
    return Array(promoted(dtypes) if known else "", dims)
