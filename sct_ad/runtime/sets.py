"""Transposes of functions that pick values out of arrays: each value's cotangent goes to where the value came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.reductions import reduced_axes


def found_cotangent(cotangent: Any, values: Any, x: Any) -> Any:
    """The cotangent of `x` where `values` were picked out of it, in any order; of equal ones the first has it all."""
    flat = np.reshape(x, -1)
    result = np.zeros(flat.shape, dtype=np.result_type(flat, cotangent))
    if flat.size:
        order = np.argsort(flat, kind="stable")
        places = order[np.minimum(np.searchsorted(flat[order], np.reshape(values, -1)), flat.size - 1)]
        np.add.at(result, places, np.reshape(cotangent, -1))
    return result.reshape(np.shape(x))


def found_cotangents(cotangent: Any, values: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The cotangents of `x` and `y` where `values` were picked out of both; what is in both came from `x`."""
    both = found_cotangent(cotangent, values, np.concatenate((np.reshape(x, -1), np.reshape(y, -1))))
    return both[: np.size(x)].reshape(np.shape(x))[()], both[np.size(x) :].reshape(np.shape(y))[()]


def unique_rows_cotangent(cotangent: Any, x: Any, axis: int) -> Any:
    """The cotangent of `x` in `np.unique(x, axis=axis)`."""
    x = np.asarray(x)
    _, places = np.unique(x, return_index=True, axis=axis)
    result = np.zeros(x.shape, dtype=np.result_type(x, cotangent))
    np.moveaxis(result, axis, 0)[places] = np.moveaxis(cotangent, axis, 0)
    return result


def trimmed_cotangent(cotangent: Any, x: Any, trim: str = "fb", axis: Any = None) -> Any:
    """The cotangent of `x` in `np.trim_zeros(x, trim, axis)`."""
    x, cotangent = np.asarray(x), np.asarray(cotangent)
    result = np.zeros(x.shape, dtype=np.result_type(x, cotangent))
    if cotangent.size:
        axes = reduced_axes(x, axis)
        first = [int(np.min(places)) for places in np.nonzero(x)]
        starts = [first[k] if k in axes and "f" in trim.lower() else 0 for k in range(x.ndim)]
        result[tuple(slice(s, s + n) for s, n in zip(starts, cotangent.shape, strict=True))] = cotangent
    return result


def found_tangent(change: Any, values: Any, x: Any) -> Any:
    """The tangent of values that were picked out of `x`, in any order; equal ones are the first of them."""
    flat = np.reshape(x, -1)
    if not flat.size:
        return np.zeros(np.shape(values))
    order = np.argsort(flat, kind="stable")
    places = order[np.minimum(np.searchsorted(flat[order], np.reshape(values, -1)), flat.size - 1)]
    return np.reshape(change, -1)[places].reshape(np.shape(values))


def found_in_both_tangent(of_x: Any, of_y: Any, values: Any, x: Any, y: Any) -> Any:
    """The tangent of values that were picked out of both; what is in both came from `x`. None: does not change."""
    first, second = np.reshape(x, -1), np.reshape(y, -1)
    changes = [
        np.zeros(len(flat)) if given is None else np.reshape(given, -1)
        for given, flat in ((of_x, first), (of_y, second))
    ]
    return found_tangent(np.concatenate(changes), values, np.concatenate((first, second)))


def unique_rows_tangent(change: Any, x: Any, axis: int) -> Any:
    """The tangent of `np.unique(x, axis=axis)`."""
    _, places = np.unique(x, return_index=True, axis=axis)
    return np.take(change, places, axis)


def trimmed_tangent(change: Any, z: Any, x: Any, trim: str = "fb", axis: Any = None) -> Any:
    """The tangent of `z = np.trim_zeros(x, trim, axis)`."""
    x = np.asarray(x)
    if not np.size(z):
        return np.zeros_like(z)
    axes = reduced_axes(x, axis)
    first = [int(np.min(places)) for places in np.nonzero(x)]
    starts = [first[k] if k in axes and "f" in trim.lower() else 0 for k in range(x.ndim)]
    return np.asarray(change)[tuple([slice(s, s + n) for s, n in zip(starts, np.shape(z), strict=True)])]
