"""Ufuncs, and the other functions that work on each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array, is_none
from sct_ad.rules.typing.operators import elementwise
from sct_ad.rules.typing.probe import shaped, unit_type, with_dims
from sct_ad.rules.typing.reductions import reduced_dims
from sct_ad.rules.typing.shapes import flattened
from sct_ad.rules.typing.sizes import axes_of, fresh, plus, static_int
from sct_ad.rules.typing.table import FALSE, LAST, NONE, ONE, ZERO, members, rule
from sct_ad.syntax.dims import Dims, broadcast
from sct_ad.syntax.values import (
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


def ufunc(function: np.ufunc, *args: Abstract, out: Abstract = NONE, **keywords: Abstract) -> Abstract:
    """Any ufunc without a signature: `np.sin(x)`, `np.add(x, y, out=z)`."""
    given = args[: function.nin]
    if len(args) > function.nin:
        out = args[function.nin] if len(args) == function.nin + 1 else Tuple(args[function.nin :])
    if not is_none(out):
        return out.items[0] if isinstance(out, Tuple) and len(out.items) == 1 else out
    if function.nout == 1:
        return elementwise(function, list(given), keywords)
    found = [as_array(a) if isinstance(a, (Tuple, List, Range)) else a for a in given]
    dims: Dims | None = ()
    for value in found:
        dims = broadcast(dims, dims_of(value))
    parts = unit_type(function, found, keywords)
    likes = parts.items if isinstance(parts, Tuple) else (None,) * function.nout
    return Tuple(tuple(with_dims(like, dims) for like in likes))


def ufunc_method(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.add.reduce(x)`, `np.maximum.accumulate(x)`, `np.multiply.outer(x, y)`, `np.add.at(x, i, y)`."""
    name, found = function.__name__, [as_array(a) if isinstance(a, (Tuple, List, Range)) else a for a in args]
    axis = keywords.get("axis", args[1] if len(args) > 1 else ZERO)
    if name == "at":
        return NONE
    if name == "outer":
        left, right = dims_of(found[0]), dims_of(found[1])
        joined = None if left is None or right is None else (*left, *right)
        like = unit_type(function.__self__, [Array(as_array(a).dtype, (1,)) for a in found])
        return with_dims(like, joined)
    if name == "accumulate":
        return shaped(function, dims_of(found[0]), found[:1])
    if name == "reduceat":
        dims, places = dims_of(found[0]), dims_of(found[1])
        number = static_int(keywords.get("axis", args[2] if len(args) > 2 else ZERO))
        if dims is None or number is None or not places or not -len(dims) <= number < len(dims):
            return Array(as_array(found[0]).dtype)
        number %= len(dims)
        return shaped(function.__self__.accumulate, (*dims[:number], places[0], *dims[number + 1 :]), found[:1])
    if name == "reduce":
        dims = reduced_dims(dims_of(found[0]), axis, keywords.get("keepdims", FALSE))
        return shaped(function, dims, found[:1], {} if dims_of(found[0]) is None else keywords)
    return UNKNOWN


@rule(
    *members(
        np,
        "where isclose nan_to_num real_if_close angle i0 sinc fix round around round_ "
        "iscomplex isreal isposinf isneginf",
    )
)
def broadcasting(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function of elements whose result broadcasts all its array arguments."""
    if function is np.where and len(args) == 1:
        found, size = as_array(args[0]), fresh()
        return UNKNOWN if found.dims is None else Tuple((Array("int64", (size,)),) * len(found.dims))
    out = keywords.pop("out", NONE)
    return elementwise(function, list(args), keywords) if is_none(out) else out


@rule(np.clip)
def clip(
    function: Any,
    a: Abstract,
    a_min: Abstract = NONE,
    a_max: Abstract = NONE,
    out: Abstract = NONE,
    *,
    min: Abstract = NONE,
    max: Abstract = NONE,
) -> Abstract:
    """`np.clip(a, low, high)`."""
    low, high = min if is_none(a_min) else a_min, max if is_none(a_max) else a_max
    return elementwise(function, [a, low, high]) if is_none(out) else out


@rule(np.real, np.imag)
def part(function: Any, val: Abstract) -> Abstract:
    """`np.real(x)`."""
    return elementwise(function, [val])


@rule(*members(np, "sort argsort flip flipud fliplr roll nancumsum nancumprod cumsum cumprod tril triu fftshift"))
def along(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function that keeps the shape of its first argument, or flattens it first if axis is None."""
    return shaped(function, _along_dims(function, as_array(a), args, keywords), [as_array(a), *args], keywords)


def _along_dims(function: Any, a: Array, args: tuple[Abstract, ...], keywords: dict[str, Abstract]) -> Dims | None:
    if function in (np.tril, np.triu):
        return a.dims if a.dims is None or len(a.dims) != 1 else a.dims * 2
    if function in (np.sort, np.argsort, np.cumsum, np.cumprod, np.nancumsum, np.nancumprod):
        by_default = Scalar("int", "", -1) if function in (np.sort, np.argsort) else NONE
        axis = keywords.get("axis", args[0] if args else by_default)
        if is_none(axis) and a.dims is not None:
            return flattened(a.dims)
        return a.dims if isinstance(axis, (Scalar, Constant)) else None
    return a.dims


@rule(np.interp)
def interp(
    function: Any,
    x: Abstract,
    xp: Abstract,
    fp: Abstract,
    left: Abstract = NONE,
    right: Abstract = NONE,
    period: Abstract = NONE,
) -> Abstract:
    """`np.interp(x, xp, fp)`."""
    found = as_array(x)
    return shaped(function, found.dims, [x if isinstance(x, Scalar) else found, as_array(xp), as_array(fp)])


@rule(np.searchsorted)
def searchsorted(function: Any, a: Abstract, v: Abstract, side: Abstract = NONE, sorter: Abstract = NONE) -> Abstract:
    """`np.searchsorted(a, v)`."""
    value = v if isinstance(v, Scalar) else as_array(v)
    return shaped(function, dims_of(value), [as_array(a), value])


@rule(np.digitize, *members(np, "isin in1d"))
def lookup(function: Any, x: Abstract, other: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.digitize(x, bins)`."""
    value = x if isinstance(x, Scalar) else as_array(x)
    return shaped(function, dims_of(value), [value, as_array(other), *args], keywords)


@rule(np.select)
def select(function: Any, condlist: Abstract, choicelist: Abstract, default: Abstract = ZERO) -> Abstract:
    """`np.select(conditions, choices, default)`."""
    dims: Dims | None = dims_of(default)
    for values in (condlist, choicelist):
        if not isinstance(values, (Tuple, List)) or values.items is None:
            return Array()
        for item in values.items:
            dims = broadcast(dims, dims_of(as_array(item)))
    return shaped(function, dims, [condlist, choicelist, default])


@rule(np.diff)
def diff(
    function: Any,
    a: Abstract,
    n: Abstract = ONE,
    axis: Abstract = LAST,
    prepend: Abstract = NONE,
    append: Abstract = NONE,
) -> Abstract:
    """`np.diff(a)`."""
    found, times = as_array(a), static_int(n)
    like = unit_type(np.subtract if found.dtype != "bool" else np.not_equal, [found, found])
    if found.dims is None:
        return with_dims(like, None)
    axes, dims = axes_of(axis, len(found.dims)), list(found.dims)
    if axes is None:
        return with_dims(like, tuple(fresh() for _ in dims))
    plain = is_none(prepend) and is_none(append) and times is not None
    dims[axes[0]] = plus(dims[axes[0]], -(times or 0)) if plain else fresh()
    return with_dims(like, tuple(dims))
