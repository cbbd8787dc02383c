"""Transposes of functions that make arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast


def linspace_start(cotangent: Any, start: Any, num: int, endpoint: bool = True, axis: int = 0) -> Any:
    """The cotangent of `start` in `np.linspace(start, stop, num, endpoint, axis=axis)`."""
    weights = 1.0 - np.linspace(0.0, 1.0, num, endpoint=endpoint)
    summed = np.tensordot(weights, np.moveaxis(cotangent, axis, 0), 1)
    return unbroadcast(summed, start, summed)


def linspace_stop(cotangent: Any, stop: Any, num: int, endpoint: bool = True, axis: int = 0) -> Any:
    """The cotangent of `stop` in `np.linspace(start, stop, num, endpoint, axis=axis)`."""
    weights = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    summed = np.tensordot(weights, np.moveaxis(cotangent, axis, 0), 1)
    return unbroadcast(summed, stop, summed)
