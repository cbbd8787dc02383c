"""Functions that reduce along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array, is_none
from sct_ad.rules.typing.probe import constant_keywords, shaped, unit_type
from sct_ad.rules.typing.sizes import axes_of, either, fresh_dims, int_of, product, static
from sct_ad.rules.typing.table import FALSE, LAST, NONE, ONE, ZERO, members, rule
from sct_ad.syntax.dims import Dims, broadcast
from sct_ad.syntax.values import (
    BOOL,
    INT,
    NO_VALUE,
    Abstract,
    Array,
    Constant,
    List,
    Scalar,
    Tuple,
    kind_of_dtype,
)

# The parameters of each function in order, after the array.
_PARAMETERS = {
    "sum prod nansum nanprod": "axis dtype out keepdims initial where",
    "mean nanmean": "axis dtype out keepdims where",
    "std var nanstd nanvar": "axis dtype out ddof keepdims where mean correction",
    "max min amax amin nanmax nanmin": "axis out keepdims initial where",
    "all any": "axis out keepdims where",
    "argmax argmin nanargmax nanargmin": "axis out keepdims",
    "ptp": "axis out keepdims",
    "median nanmedian": "axis out overwrite_input keepdims",
    "count_nonzero": "axis keepdims",
    "average": "axis weights returned keepdims",
}
_ORDER = {f: parameters.split() for names, parameters in _PARAMETERS.items() for f in members(np, names)}


def reduced_dims(dims: Dims | None, axis: Abstract, keepdims: Abstract = FALSE) -> Dims | None:
    """The dims left after reducing along `axis`."""
    keep, where = static(keepdims), static(axis)
    if keep is NO_VALUE:
        return None
    if dims is None:
        return () if where is None and not keep else None
    if where is None:
        return (1,) * len(dims) if keep else ()
    axes = axes_of(axis, len(dims))
    if axes is not None:
        return tuple(1 if a in axes else d for a, d in enumerate(dims) if keep or a not in axes)
    if isinstance(axis, Scalar):
        choices = [reduced_dims(dims, Scalar("int", "", a), keepdims) or () for a in range(len(dims))]
        return tuple(either(column) for column in zip(*choices, strict=True)) if choices else None
    if isinstance(axis, Tuple):
        rank = len(dims) if keep else max(0, len(dims) - len(axis.items))
        return fresh_dims(rank)
    return None


@rule(*_ORDER)
def reduction(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.sum(a, axis=0)` and all that takes axis and keepdims like it."""
    order = _ORDER[function]
    if len(args) > len(order) or not set(keywords) <= set(order):
        raise TypeError("unknown parameter")
    given = constant_keywords(**dict(zip(order, args)), **keywords)
    if "out" in given:
        return given["out"]
    if given.pop("returned", FALSE) != FALSE:
        raise TypeError("returned")
    found = as_array(a)
    axis, keepdims = given.get("axis", NONE), given.get("keepdims", FALSE)
    dims = reduced_dims(found.dims, axis, keepdims)
    trial = {k: v for k, v in given.items() if k in ("dtype", "axis", "keepdims")}
    if found.dims is None:
        trial.pop("axis", None)
    # Sizes do not matter for the dtype, but weights and where must fit the array.
    extra = {k: Array(v.dtype, found.dims) for k, v in given.items() if k == "weights" and isinstance(v, Array)}
    operand = found if not isinstance(a, Scalar) else a
    return shaped(function, dims, [operand], {**trial, **extra})


@rule(*members(np, "quantile percentile nanquantile nanpercentile"))
def quantile(
    function: Any,
    a: Abstract,
    q: Abstract,
    axis: Abstract = NONE,
    out: Abstract = NONE,
    overwrite_input: Abstract = FALSE,
    method: Abstract = NONE,
    keepdims: Abstract = FALSE,
) -> Abstract:
    """`np.quantile(a, q)`."""
    found, probability = as_array(a), as_array(q)
    dims = reduced_dims(found.dims, axis, keepdims)
    if dims is not None and probability.dims is not None:
        dims = (*probability.dims, *dims)
    else:
        dims = None
    return shaped(function, dims, [Array(found.dtype, (1,)), q if isinstance(q, Scalar) else Scalar("float")])


@rule(np.linalg.norm)
def norm(
    function: Any, x: Abstract, ord: Abstract = NONE, axis: Abstract = NONE, keepdims: Abstract = FALSE
) -> Abstract:
    """`np.linalg.norm(x)`."""
    found = as_array(x)
    dims = reduced_dims(found.dims, axis, keepdims)
    return shaped(function, dims, [Array(found.dtype, (1,))])


@rule(*members(np.linalg, "vector_norm"))
def vector_norm(
    function: Any, x: Abstract, axis: Abstract = NONE, keepdims: Abstract = FALSE, **rest: Abstract
) -> Abstract:
    """`np.linalg.vector_norm(x)`."""
    return norm(np.linalg.norm, x, axis=axis, keepdims=keepdims)


@rule(*members(np.linalg, "matrix_norm"))
def matrix_norm(function: Any, x: Abstract, keepdims: Abstract = FALSE, **rest: Abstract) -> Abstract:
    """`np.linalg.matrix_norm(x)`."""
    return norm(np.linalg.norm, x, axis=Tuple((Scalar("int", "", -2), LAST)), keepdims=keepdims)


@rule(*members(np, "trapezoid trapz"))
def trapezoid(
    function: Any,
    y: Abstract,
    x: Abstract = NONE,
    dx: Abstract = NONE,
    axis: Abstract = LAST,
) -> Abstract:
    """`np.trapezoid(y, x)`."""
    found = as_array(y)
    given: list[Abstract] = [found] if is_none(x) else [found, Array(as_array(x).dtype, found.dims)]
    dims, points = reduced_dims(found.dims, axis), as_array(x)
    if not is_none(x) and points.ndim != 1:
        dims = broadcast(dims, reduced_dims(points.dims, axis))
    return shaped(function, dims, given)


@rule(np.trace)
def trace(
    function: Any,
    a: Abstract,
    offset: Abstract = NONE,
    axis1: Abstract = ZERO,
    axis2: Abstract = ONE,
    dtype: Abstract = NONE,
    out: Abstract = NONE,
) -> Abstract:
    """`np.trace(a)`."""
    found = as_array(a)
    dims = reduced_dims(found.dims, Tuple((axis1, axis2)))
    return shaped(function, dims, [found], constant_keywords(dtype=dtype))


@rule(np.size)
def size(function: Any, a: Abstract, axis: Abstract = NONE) -> Abstract:
    """`np.size(a)`."""
    found = as_array(a)
    if found.dims is None:
        return INT
    if is_none(axis):
        return int_of(product(found.dims))
    axes = axes_of(axis, len(found.dims))
    return INT if axes is None else int_of(product(found.dims[k] for k in axes))


@rule(np.array_equal, np.allclose, *members(np, "array_equiv may_share_memory shares_memory"))
def verdict(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A Python bool on whole arrays."""
    return unit_type(function, list(args)) or Scalar("bool")


@rule(np.isscalar)
def isscalar(function: Any, element: Abstract) -> Abstract:
    """`np.isscalar(x)`: whether x is a number or a string."""
    if isinstance(element, Array) and element.dims is None:
        return BOOL
    if isinstance(element, (Scalar, Array, Tuple, List)):
        return Scalar("bool", "", isinstance(element, Scalar))
    return Scalar("bool", "", np.isscalar(element.value)) if isinstance(element, Constant) else BOOL


@rule(np.iscomplexobj, np.isrealobj)
def iscomplexobj(function: Any, x: Abstract) -> Abstract:
    """`np.iscomplexobj(x)`: decided by the dtype."""
    kind = kind_of_dtype(as_array(x).dtype)
    if kind in ("", "object"):
        return BOOL
    return Scalar("bool", "", (kind == "complex") == (function is np.iscomplexobj))
