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
