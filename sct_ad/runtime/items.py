"""Cotangents of the items of tuples and lists that NumPy took for arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def item_cotangents(cotangent: Any, items: Any) -> Any:
    """The cotangent of `np.array(items)`, or what broadcasts to it, dealt out in the structure of `items`."""
    if isinstance(items, (tuple, list)):
        shape = np.shape(items)
        return _dealt(cotangent if np.shape(cotangent) == shape else np.broadcast_to(cotangent, shape), items)
    return np.reshape(cotangent, np.shape(items))[()]


def _dealt(cotangent: Any, items: Any) -> Any:
    if not isinstance(items, (tuple, list)):
        return cotangent
    parts = [_dealt(part, item) for part, item in zip(cotangent, items, strict=True)]
    return tuple(parts) if isinstance(items, tuple) else parts
