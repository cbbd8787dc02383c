"""Transposes of functions that make arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast


def linspace_start(cotangent: Any, start: Any, num: int, endpoint: bool = True, axis: int = 0) -> Any:
    """The cotangent of `start` in `np.linspace(start, stop, num, endpoint, axis=axis)`."""
    weights = 1.0 - np.linspace(0.0, 1.0, num, endpoint=endpoint)
    summed = np.tensordot(_as_precise(weights, cotangent), np.moveaxis(cotangent, axis, 0), 1)
    return unbroadcast(summed, start, summed)


def linspace_stop(cotangent: Any, stop: Any, num: int, endpoint: bool = True, axis: int = 0) -> Any:
    """The cotangent of `stop` in `np.linspace(start, stop, num, endpoint, axis=axis)`."""
    weights = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    summed = np.tensordot(_as_precise(weights, cotangent), np.moveaxis(cotangent, axis, 0), 1)
    return unbroadcast(summed, stop, summed)


def logspace_cotangents(
    cotangent: Any, z: Any, start: Any, stop: Any, num: int, endpoint: bool, base: Any, axis: int
) -> tuple[Any, Any, Any]:
    """The cotangents of `start`, `stop`, `base` in `z = np.logspace(start, stop, num, endpoint, base, axis=axis)`."""
    rank = max(np.ndim(start), np.ndim(stop), np.ndim(base))
    wide = np.expand_dims(np.array(base, ndmin=rank), axis) if rank else base
    ends = [np.array(end, ndmin=rank) for end in (start, stop)]
    exponents = np.linspace(ends[0], ends[1], num, endpoint, axis=axis)
    of_exponents = cotangent * z * _as_precise(np.log(wide), z)
    of_base = unbroadcast(cotangent * z * exponents / wide, wide)
    return (
        linspace_start(of_exponents, start, num, endpoint, axis)[()],
        linspace_stop(of_exponents, stop, num, endpoint, axis)[()],
        unbroadcast(np.squeeze(of_base, axis) if rank else of_base, base),
    )


def _as_precise(numbers: Any, like: Any) -> Any:
    """Numbers in single precision, where that of others is single."""
    if np.asarray(like).real.dtype != np.float32:
        return numbers
    return numbers.astype(np.complex64 if np.iscomplexobj(numbers) else np.float32)


def logspace_tangent(
    of_start: Any,
    of_stop: Any,
    of_base: Any,
    z: Any,
    start: Any,
    stop: Any,
    num: int,
    endpoint: bool,
    base: Any,
    axis: int,
) -> Any:
    """The tangent of `z = np.logspace(start, stop, num, endpoint, base, axis=axis)`; None for what does not change."""
    rank = max(np.ndim(start), np.ndim(stop), np.ndim(base))
    wide = np.expand_dims(np.array(base, ndmin=rank), axis) if rank else base
    ends = [np.array(end, ndmin=rank) for end in (start, stop)]
    moved = [np.array(0.0 if end is None else end, ndmin=rank) for end in (of_start, of_stop)]
    exponents = np.linspace(ends[0], ends[1], num, endpoint, axis=axis)
    result = np.linspace(moved[0], moved[1], num, endpoint, axis=axis) * _as_precise(np.log(wide), z)
    if of_base is not None:
        result = result + exponents * (np.expand_dims(np.array(of_base, ndmin=rank), axis) if rank else of_base) / wide
    return z * result
