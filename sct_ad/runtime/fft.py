"""Discrete Fourier transforms: transposes of what changes the length of an axis, or reads half a spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.cotangents import fitting

_ONE_AXIS = {"fftn": "fft", "ifftn": "ifft", "rfftn": "fft", "ihfftn": "ifft", "irfftn": "ifft", "hfftn": "fft"}
"""The transform along all axes but the last."""


def fitted(cotangent: Any, size: int, axis: int = -1) -> Any:
    """The cotangent of an axis of this size that was cropped, or filled up with zeros, before a transform."""
    cotangent = np.asarray(cotangent)
    present = cotangent.shape[axis]
    if present == size:
        return cotangent
    where = [slice(None)] * cotangent.ndim
    where[axis] = slice(min(present, size))
    shape = list(cotangent.shape)
    shape[axis] = size
    result = np.zeros(shape, cotangent.dtype)
    result[tuple(where)] = cotangent[tuple(where)]
    return result


def doubled_inside(half: Any, size: int, axis: int = -1) -> Any:
    """Half a spectrum, twice those of its numbers that stand for a conjugate as well in a spectrum of this size."""
    result = np.array(half)
    where = [slice(None)] * result.ndim
    where[axis] = slice(1, (size + 1) // 2)
    result[tuple(where)] *= 2
    return result


def many_cotangent(cotangent: Any, x: Any, name: str, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The cotangent of `x` in a transform along several axes, which may change their sizes or occur twice.

    `fftn` goes through the axes from the last to the first, so its transpose goes from the first to the last.
    """
    shape = np.shape(x)
    if axes is None:
        axes = range(len(shape)) if s is None else range(len(shape) - len(s), len(shape))
    axes = [axis % len(shape) for axis in axes]
    if not axes:
        return fitting(cotangent, x)
    last = axes[-1]
    half = name in ("rfftn", "ihfftn")
    whole = name in ("irfftn", "hfftn")
    sizes = list(shape)  # of each axis before it was transformed for the first time
    if s is None:
        s = [shape[axis] for axis in axes]
        if whole:
            s[-1] = 2 * (shape[last] - 1)
    s = [sizes[axis] if size in (-1, None) else size for size, axis in zip(s, axes)]
    steps = []  # (axis, size before), in the order of the primal
    order = list(range(len(axes)))[::-1]
    if whole:
        order = [*order[1:], len(axes) - 1]
    for k in order:
        steps.append((k, axes[k], sizes[axes[k]]))
        sizes[axes[k]] = s[k] if not (half and k == len(axes) - 1) else s[k] // 2 + 1
    result = np.asarray(cotangent)
    inner = getattr(np.fft, _ONE_AXIS[name])
    for k, axis, before in reversed(steps):
        if k == len(axes) - 1 and half:
            result = inner(result, s[k], axis, norm)
        elif k == len(axes) - 1 and whole:
            back = np.fft.ihfft if name == "irfftn" else np.fft.rfft
            result = doubled_inside(back(result, axis=axis, norm=norm), s[k], axis)
        else:
            result = inner(result, axis=axis, norm=norm)
        result = fitted(result, before, axis)
    return fitting(result, x)
