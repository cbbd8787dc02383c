"""Cotangents that are built at run time, because their structure is known only then."""

from __future__ import annotations

from typing import Any

import numpy as np


def zero_if_none(cotangent: Any, primal: Any) -> Any:
    """The cotangent itself, or a zero of the primal's shape where a pullback returned None."""
    if cotangent is not None:
        return cotangent
    if isinstance(primal, (list, tuple)):
        return type(primal)([zero_if_none(None, item) for item in primal])
    return np.zeros_like(primal) if isinstance(primal, np.ndarray) else 0.0


def expand_reduced(cotangent: Any, primal: Any, axis: Any, keepdims: Any) -> Any:
    """The cotangent of a reduction of `primal` over `axis`, in the shape of `primal`; numbers have none."""
    if np.ndim(primal) == 0:
        return cotangent
    if not keepdims and axis is not None:
        cotangent = np.expand_dims(cotangent, tuple(int(k) for k in axis) if np.ndim(axis) else int(axis))
    return np.broadcast_to(cotangent, np.shape(primal))


def absolute_cotangent(cotangent: Any, x: Any) -> Any:
    """The cotangent of `x` in `abs(x)`, whether `x` is complex or real."""
    size = np.abs(x)
    return np.real(cotangent) * np.conj(x) / (size + (size == 0))


def imaginary_cotangent(cotangent: Any, x: Any) -> Any:
    """The cotangent of `x` in `np.imag(x)`: nothing where `x` is real."""
    return (-1j if np.iscomplexobj(x) else 0.0) * np.real(cotangent)


def angle_cotangent(cotangent: Any, x: Any, deg: bool = False) -> Any:
    """The cotangent of `x` in `np.angle(x, deg)`: the angle of real numbers is constant."""
    if not np.iscomplexobj(x):
        return 0.0 * np.real(cotangent)
    given = np.real(cotangent)
    return (np.degrees(given) if deg else given) * -1j / x


def fitting(cotangent: Any, x: Any) -> Any:
    """The cotangent as an array in the precision of `x`, and without imaginary part if `x` has none."""
    x, cotangent = np.asarray(x), np.asarray(cotangent)
    if cotangent.dtype.kind == "c" and x.dtype.kind != "c":
        cotangent = cotangent.real
    if x.dtype in (np.float32, np.complex64):
        return cotangent.astype(np.complex64 if cotangent.dtype.kind == "c" else np.float32, copy=False)
    return cotangent
