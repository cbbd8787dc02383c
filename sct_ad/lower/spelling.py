"""Calls that Numba does not know, in words that it, or the rest of the lowering, knows."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.lower.context import Context
from sct_ad.lower.elements import is_view
from sct_ad.runtime.reductions import deviations
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, static_value

_JOINING = (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack)


def takes_list(call: gast.Call, context: Context) -> bool:
    """Whether a call joins arrays that it is given as a list, where Numba wants a tuple."""
    function, args = context.function(call)
    return any(function is known for known in _JOINING) and bool(args) and isinstance(args[0], gast.List)


def spelled_argument(call: gast.Call, context: Context) -> Expr | None:
    """The array of a call that `spelled` has other words for."""
    function, args = context.function(call)
    if not any(function is known for known in (np.var, np.std, deviations)) or not 1 <= len(args) <= 2:
        return None
    found = context.array_type(args[0])
    if found is None or found.dtype not in ("float64", "float32"):
        return None
    if any(keyword.arg not in ("axis", "keepdims") for keyword in call.keywords):
        return None
    axes = _axes(call, args, len(found.dims or ()))
    return args[0] if axes is not None else None


def spelled(call: gast.Call, context: Context, array: Expr) -> Expr:
    """`np.var(x, axis=k)` as `np.mean((x - np.mean(x, axis=k, keepdims=True)) ** 2, axis=k)`, and its like."""
    assert is_view(array, context)
    function, args = context.function(call)
    found = context.array_type(array)
    assert found is not None
    axes = _axes(call, args, len(found.dims or ()))
    assert axes is not None
    centred = nodes.binary(nodes.copy(array), gast.Sub(), _mean(nodes.copy(array), axes, True, context))
    if function is deviations:  # twice, for what the first mean has been rounded by
        return nodes.binary(centred, gast.Sub(), _mean(nodes.copy(centred), axes, True, context))
    keepdims = any(keyword.arg == "keepdims" and static_value(keyword.value) is True for keyword in call.keywords)
    result: Expr = _mean(nodes.binary(centred, gast.Pow(), nodes.constant(2)), axes, keepdims, context)
    return nodes.call(context.numpy("sqrt"), result) if function is np.std else result


def _mean(array: Expr, axes: tuple[int, ...], keepdims: bool, context: Context) -> Expr:
    axis = nodes.constant(axes[0] if len(axes) == 1 else axes)
    return nodes.call(context.numpy("mean"), array, axis=axis, keepdims=nodes.constant(keepdims))


def _axes(call: gast.Call, args: list[Expr], rank: int) -> tuple[int, ...] | None:
    named: dict[str, Any] = {keyword.arg: keyword.value for keyword in call.keywords}
    axis = static_value(args[1] if len(args) > 1 else named.get("axis"))
    if static_value(named.get("keepdims", nodes.constant(False))) not in (True, False):
        return None
    axes = tuple(range(rank)) if axis is None else (axis,) if type(axis) is int else axis
    if not isinstance(axes, tuple) or not all(type(k) is int and -rank <= k < rank for k in axes):
        return None
    return tuple(k % rank for k in axes)
