"""Functions that make arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sct_ad.rules.typing.probe import number, unit_type
from sct_ad.rules.typing.sizes import (
    best,
    derived,
    dims_from,
    fresh,
    fresh_dims,
    length,
    plus,
    static,
    static_int,
)
from sct_ad.rules.typing.table import FALSE, FLOAT_DTYPE, NONE, TRUE, ZERO, members, rule
from sct_ad.syntax.dims import (
    Dims,
    Size,
    broadcast,
    is_exact,
    is_not_one,
    is_one,
    same_size,
)
from sct_ad.syntax.values import (
    FLOAT,
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    List,
    Range,
    Scalar,
    Tuple,
    dims_of,
)

_DEFAULT = {kind: np.dtype(kind).name for kind in ("bool", "int", "float", "complex")}
_FIFTY = Scalar("int", "", 50)


def as_array(value: Abstract) -> Array:
    """The type of `np.asarray(value)`."""
    if isinstance(value, Array):
        return value
    if isinstance(value, Scalar):
        return Array(_DEFAULT[value.kind] if value.dtype == "" else value.dtype.strip("?"), ())
    if isinstance(value, Range):
        return Array(_DEFAULT["int"], (fresh() if value.size is None else value.size,))
    if isinstance(value, (Tuple, List)):
        if isinstance(value, List) and value.items is None:
            element = as_array(value.element)
            return Array(element.dtype, None if element.dims is None else (fresh(), *element.dims))
        return _stacked([as_array(item) for item in value.items or ()])
    if isinstance(value, Constant):
        dtype = "object" if value.value is None or callable(value.value) else np.asarray(value.value).dtype.name
        return Array(dtype, ())
    return Array()


def _stacked(items: list[Array]) -> Array:
    if not items:
        return Array("float64", (0,))
    dims: Dims | None = None
    if len({item.ndim for item in items}) == 1 and items[0].dims is not None:
        shapes = [item.dims for item in items if item.dims is not None]
        dims = (len(items), *(best(axis) for axis in zip(*shapes, strict=True)))
    return Array(promoted([item.dtype for item in items]), dims)


def promoted(dtypes: list[str]) -> str:
    """The dtype that arrays of these dtypes have in common; "" where one is unknown."""
    if "" in dtypes or not dtypes:
        return ""
    try:
        return np.result_type(*map(np.dtype, dtypes)).name
    except TypeError:
        return "object"


def dtype_name(dtype: Abstract) -> str:
    """The name of the dtype that a dtype argument denotes; "" where unknown."""
    found = static(dtype)
    if found is NO_VALUE or found is None:
        return ""
    return np.dtype(found).name


def is_none(value: Abstract) -> bool:
    """Whether an optional argument surely is None."""
    return isinstance(value, Constant) and value.value is None


@rule(np.zeros, np.ones, np.empty)
def filled(function: Any, shape: Abstract, dtype: Abstract = FLOAT_DTYPE, order: Abstract = NONE) -> Abstract:
    """`np.zeros(shape)`."""
    return Array("float64" if is_none(dtype) else dtype_name(dtype), dims_from(shape))


@rule(np.full)
def full(
    function: Any, shape: Abstract, fill_value: Abstract, dtype: Abstract = NONE, order: Abstract = NONE
) -> Abstract:
    """`np.full(shape, value)`."""
    return Array(as_array(fill_value).dtype if is_none(dtype) else dtype_name(dtype), dims_from(shape))


def _like(a: Abstract, dtype: Abstract, shape: Abstract) -> Abstract:
    like = as_array(a)
    return Array(like.dtype if is_none(dtype) else dtype_name(dtype), like.dims if is_none(shape) else dims_from(shape))


@rule(np.zeros_like, np.ones_like)
def filled_like(
    function: Any,
    a: Abstract,
    dtype: Abstract = NONE,
    order: Abstract = NONE,
    subok: Abstract = TRUE,
    shape: Abstract = NONE,
) -> Abstract:
    """`np.zeros_like(a)`."""
    return _like(a, dtype, shape)


@rule(np.empty_like)
def empty_like(
    function: Any,
    prototype: Abstract,
    dtype: Abstract = NONE,
    order: Abstract = NONE,
    subok: Abstract = TRUE,
    shape: Abstract = NONE,
) -> Abstract:
    """`np.empty_like(a)`."""
    return _like(prototype, dtype, shape)


@rule(np.full_like)
def full_like(
    function: Any,
    a: Abstract,
    fill_value: Abstract,
    dtype: Abstract = NONE,
    order: Abstract = NONE,
    subok: Abstract = TRUE,
    shape: Abstract = NONE,
) -> Abstract:
    """`np.full_like(a, value)`."""
    return _like(a, dtype, shape)


@rule(np.array, np.asarray, np.asanyarray)
def array(
    function: Any,
    a: Abstract = NONE,
    dtype: Abstract = NONE,
    *,
    object: Abstract = NONE,
    copy: Abstract = TRUE,
    order: Abstract = NONE,
    subok: Abstract = FALSE,
    ndmin: Abstract = ZERO,
) -> Abstract:
    """`np.array(values)`."""
    found = as_array(object if is_none(a) else a)
    least, dims = static_int(ndmin), found.dims
    if least is None or dims is None:
        dims = None if least != 0 else dims
    else:
        dims = (1,) * (least - len(dims)) + dims
    return Array(found.dtype if is_none(dtype) else dtype_name(dtype), dims)


@rule(np.ascontiguousarray, np.asfortranarray)
def contiguous(function: Any, a: Abstract, dtype: Abstract = NONE) -> Abstract:
    """`np.ascontiguousarray(a)`: rank 1 at least."""
    found = array(function, a, dtype)
    assert isinstance(found, Array)
    return Array(found.dtype, (1,) if found.dims == () and function is np.ascontiguousarray else found.dims)


@rule(np.copy, np.ndarray.copy)
def copy(function: Any, a: Abstract, order: Abstract = NONE, subok: Abstract = FALSE) -> Abstract:
    """`np.copy(a)`."""
    return as_array(a)


@rule(np.arange)
def arange(function: Any, *args: Abstract, dtype: Abstract = NONE, **bounds: Abstract) -> Abstract:
    """`np.arange(start, stop, step)`."""
    args = (*args, *bounds.values())
    if len(args) > 3:
        args, dtype = args[:3], args[3]
    start, stop, step = _range_bounds(args)
    if is_none(dtype):
        like = unit_type(np.arange, list(args))
        name = like.dtype if isinstance(like, Array) else ""
    else:
        name = dtype_name(dtype)
    return Array(name, (_arange_size(start, stop, step),))


def _range_bounds(args: tuple[Abstract, ...]) -> tuple[Abstract, Abstract, Abstract]:
    one = Scalar("int", "", 1)
    if len(args) == 1:
        return ZERO, args[0], one
    return args[0], args[1], args[2] if len(args) > 2 else one


def _arange_size(start: Abstract, stop: Abstract, step: Abstract) -> Size:
    values = [static(v) for v in (start, stop, step)]
    if NO_VALUE not in [v if v is NO_VALUE else None for v in values]:
        return max(0, math.ceil((values[1] - values[0]) / values[2]))
    if values[0] is NO_VALUE or values[2] is NO_VALUE or not all(_is_int(v) for v in (start, stop, step)):
        return fresh()
    return range_size(start, stop, step) or fresh()


def _is_int(value: Abstract) -> bool:
    return isinstance(value, Scalar) and value.kind in ("int", "bool")


def range_size(start: Abstract, stop: Abstract, step: Abstract) -> Size | None:
    """The length of `range(start, stop, step)`."""
    first, last, by = static_int(start), static_int(stop), static_int(step)
    if first is not None and last is not None and by:
        return len(range(first, last, by))
    if by == 1 and first is not None and first >= 0 and isinstance(stop, Scalar) and stop.size is not None:
        return plus(stop.size, -first)
    if by == -1 and last is not None and last >= 0 and isinstance(start, Scalar) and start.size is not None:
        return plus(start.size, -last)
    if by == -1 and last == -1 and isinstance(start, Scalar) and start.size is not None:
        # range(n - 1, -1, -1): a difference that was perhaps cut off at 0 cannot be added to exactly.
        return plus(start.size, 1) if is_exact(start.size) else None
    return None


@rule(np.linspace, np.logspace, np.geomspace)
def linspace(
    function: Any,
    start: Abstract,
    stop: Abstract,
    num: Abstract = _FIFTY,
    endpoint: Abstract = TRUE,
    retstep: Abstract = FALSE,
    dtype: Abstract = NONE,
    axis: Abstract = ZERO,
    base: Abstract = FLOAT,
) -> Abstract:
    """`np.linspace(start, stop, num)`."""
    ends = [as_array(v) if isinstance(v, (Tuple, List)) else v for v in (start, stop)]
    inner = broadcast(dims_of(ends[0]), dims_of(ends[1]))
    at, dims = static_int(axis), None
    if inner is not None:
        dims = (length(num), *inner) if at == 0 else fresh_dims(len(inner) + 1)
    like = unit_type(function, ends)
    name = dtype_name(dtype) if not is_none(dtype) else like.dtype if isinstance(like, Array) else ""
    made = Array(name, dims)
    if function is not np.linspace or retstep == FALSE:
        return made
    both = unit_type(function, ends, {"retstep": TRUE}) if retstep == TRUE else None
    if not isinstance(both, Tuple):
        return UNKNOWN
    step = both.items[1]
    return Tuple((made, Array(step.dtype, inner) if isinstance(step, Array) else step))


@rule(np.eye)
def eye(
    function: Any,
    N: Abstract,
    M: Abstract = NONE,
    k: Abstract = ZERO,
    dtype: Abstract = FLOAT_DTYPE,
    order: Abstract = NONE,
) -> Abstract:
    """`np.eye(n)`."""
    rows = length(N)
    return Array("float64" if is_none(dtype) else dtype_name(dtype), (rows, rows if is_none(M) else length(M)))


@rule(np.identity)
def identity(function: Any, n: Abstract, dtype: Abstract = NONE) -> Abstract:
    """`np.identity(n)`."""
    return eye(function, n, dtype=dtype)


@rule(np.tri)
def tri(function: Any, N: Abstract, M: Abstract = NONE, k: Abstract = ZERO, dtype: Abstract = FLOAT_DTYPE) -> Abstract:
    """`np.tri(n)`."""
    return eye(function, N, M, k, dtype)


@rule(np.meshgrid)
def meshgrid(
    function: Any,
    *xi: Abstract,
    copy: Abstract = TRUE,
    sparse: Abstract = FALSE,
    indexing: Abstract = NONE,
) -> Abstract:
    """`np.meshgrid(x, y)`."""
    arrays = [as_array(x) for x in xi]
    like = unit_type(function, [Array(a.dtype, (1,)) for a in arrays])
    order = "xy" if is_none(indexing) else static(indexing)
    shapes = [fresh_dims(len(arrays)) for _ in arrays]
    if order in ("xy", "ij") and all(a.dims is not None for a in arrays):
        sizes = [a.dims[0] if a.dims else 1 for a in arrays]
        places = list(range(len(arrays)))
        if order == "xy" and len(arrays) > 1:
            places[:2] = [1, 0]
        if sparse == TRUE:
            shapes = [
                tuple(size if axis == place else 1 for axis in range(len(arrays)))
                for size, place in zip(sizes, places, strict=True)
            ]
        elif sparse == FALSE:
            shapes = [tuple(sizes[places.index(axis)] for axis in range(len(arrays)))] * len(arrays)
    made = tuple(Array(a.dtype, dims) for a, dims in zip(arrays, shapes, strict=True))
    return Tuple(made) if isinstance(like, Tuple) else List(made)


def cast(function: type, x: Abstract = FLOAT) -> Abstract:
    """`np.float32(x)`: a NumPy scalar, or an array for an array."""
    name = np.dtype(function).name
    found = as_array(x)
    if found.dims == ():
        return number(name)
    if found.dims and not any(map(is_not_one, found.dims)):
        # Some versions of NumPy make a scalar of an array of one element.
        like = unit_type(function, [found])
        if not isinstance(like, Array) or like.dims is None:
            return like if isinstance(like, Scalar) and all(map(is_one, found.dims)) else Array(name)
    return Array(name, found.dims)


@rule(*members(np.ndarray, "astype"), *members(np, "astype"))
def astype(function: Any, x: Abstract, dtype: Abstract, *_: Abstract, **__: Abstract) -> Abstract:
    """`x.astype(dtype)`."""
    name = dtype_name(dtype)
    if isinstance(x, Scalar):
        return number(name)
    return Array(name, x.dims if isinstance(x, Array) else None)


@rule(np.fromiter)
def fromiter(function: Any, iter: Abstract, dtype: Abstract, count: Abstract = NONE) -> Abstract:
    """`np.fromiter(values, dtype)`."""
    return Array(dtype_name(dtype), (fresh(),))


@rule(np.diag)
def diag(function: Any, v: Abstract, k: Abstract = ZERO) -> Abstract:
    """`np.diag(v)`: a matrix of a vector, the diagonal of a matrix."""
    found, offset = as_array(v), static_int(k)
    dims: Dims | None = None
    if found.ndim == 1 and found.dims is not None:
        size = found.dims[0] if offset == 0 else fresh() if offset is None else plus(found.dims[0], abs(offset))
        dims = (size, size)
    elif found.ndim == 2 and found.dims is not None:
        dims = (diagonal_size(found.dims[0], found.dims[1], offset),)
    return Array(found.dtype, dims)


def diagonal_size(rows: Size, columns: Size, offset: int | None) -> Size:
    """The length of a matrix's diagonal."""
    if offset is None:
        return fresh()
    if isinstance(rows, int) and isinstance(columns, int):
        return max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    if same_size(rows, columns):
        return plus(rows, -abs(offset))
    return derived("diagonal", rows, columns, offset)
