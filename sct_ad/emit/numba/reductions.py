"""Reductions along several axes, or that keep the axes they reduce: Numba's own know one axis at most, and drop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.np.numpy_support import as_dtype

from sct_ad.emit.numba.support import implements


def _plus(total: Any, item: Any) -> Any:
    return total + item


def _times(total: Any, item: Any) -> Any:
    return total * item


def _greatest(total: Any, item: Any) -> Any:
    return item if item > total or item != item else total


def _least(total: Any, item: Any) -> Any:
    return item if item < total or item != item else total


ALONG: dict[Any, Any] = {}
"""Reductions of NumPy's -> functions that do the same along any axes that are known when they are compiled."""


def reduce_axes(original: Any, step: Callable[[Any, Any], Any], start: int | None, mean: bool = False) -> None:
    """Make a function that reduces along any axes."""
    step = numba.njit(step)

    def along(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
        return original(a, axis=axis, keepdims=keepdims)

    def chosen(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
        keeps = _static(keepdims)
        axes = _axes(axis, a.ndim) if isinstance(a, types.Array) else None
        if axes is None or keeps is None:
            return None
        if not keeps and len(axes) == a.ndim:
            return lambda a, axis=None, keepdims=False: original(a)
        return _along(a, axes, keeps, step, start, mean)

    along.__name__ = along.__qualname__ = f"{original.__name__.removeprefix('a')}_along"
    implements(along, prefer_literal=True)(chosen)
    ALONG[original] = globals()[along.__name__] = along  # found under its name, as what is kept on disk has to be


def _along(a: Any, axes: tuple[int, ...], keeps: bool, step: Any, start: int | None, mean: bool) -> Any:
    """The reduction along some axes."""
    dtype = _dtype(as_dtype(a.dtype), start is not None, mean)
    space: dict[str, Any] = {"np": np, "dtype": dtype, "step": step, "first": dtype.type(start or 0)}
    space["item"] = dtype.type
    exec(reduction_text(a.ndim, axes, keeps, start is not None, mean), space)
    return space["reduced"]


def reduction_text(rank: int, axes: tuple[int, ...], keeps: bool, starts: bool, mean: bool) -> str:
    """The loops of a reduction.

    >>> print(reduction_text(2, (1,), keeps=True, starts=True, mean=False))
    def reduced(a, axis=None, keepdims=False):
        out = np.full((a.shape[0], 1,), first, dtype)
        for i0 in range(a.shape[0]):
            for i1 in range(a.shape[1]):
                out[i0, 0] = step(out[i0, 0], a[i0, i1])
        return out
    """
    shape = "".join(("1" if k in axes else f"a.shape[{k}]") + ", " for k in range(rank)).rstrip()
    place = ", ".join("0" if k in axes else f"i{k}" for k in range(rank))
    index = ", ".join(f"i{k}" for k in range(rank))
    lines = ["def reduced(a, axis=None, keepdims=False):"]
    if starts:
        lines.append(f"    out = np.full(({shape}), first, dtype)")
    else:
        lines.append(f"    if {' or '.join(f'a.shape[{k}] == 0' for k in axes)}:")
        lines.append("        raise ValueError('zero-size array to reduction operation which has no identity')")
        firsts = ", ".join("0:1" if k in axes else ":" for k in range(rank))
        lines.append(f"    out = a[{firsts}].copy()")
    for k in range(rank):
        lines.append("    " * (k + 1) + f"for i{k} in range(a.shape[{k}]):")
    lines.append("    " * (rank + 1) + f"out[{place}] = step(out[{place}], a[{index}])")
    if mean:
        lines.append(f"    out /= item({' * '.join(f'a.shape[{k}]' for k in axes)})")
    if keeps:
        lines.append("    return out")
    else:
        lines.append(f"    return out.reshape(({''.join(f'a.shape[{k}], ' for k in range(rank) if k not in axes)}))")
    return "\n".join(lines)


def _dtype(given: Any, adds: bool, mean: bool) -> Any:
    """The dtype of a result: sums of booleans and small integers have 64 bits, means of integers are doubles."""
    if mean and given.kind in "biu":
        return np.dtype(np.float64)
    return np.dtype(np.sum(np.empty(0, given)).dtype) if adds else given


def _static(keepdims: Any) -> bool | None:
    """Whether axes are kept; None if that is not known."""
    value = getattr(keepdims, "literal_value", getattr(keepdims, "value", keepdims))
    return value if isinstance(value, bool) else None


def _is_absent(axis: Any) -> bool:
    return axis is None or isinstance(axis, types.NoneType) or getattr(axis, "value", 0) is None


def _axes(axis: Any, rank: int) -> tuple[int, ...] | None:
    """The axes that are reduced; None if they are not known."""
    if _is_absent(axis):
        return tuple(range(rank))
    given: Any = axis if isinstance(axis, (tuple, types.BaseTuple)) else (axis,)
    found: list[Any] = [getattr(k, "literal_value", getattr(k, "value", k)) for k in given]
    if not all(isinstance(k, int) and -rank <= k < rank for k in found):
        return None
    return tuple(sorted({k % rank for k in found}))


reduce_axes(np.sum, _plus, 0)
reduce_axes(np.mean, _plus, 0, mean=True)
reduce_axes(np.prod, _times, 1)
reduce_axes(np.max, _greatest, None)
reduce_axes(np.min, _least, None)
