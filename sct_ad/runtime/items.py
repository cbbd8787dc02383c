"""Cotangents of the items of tuples and lists that NumPy took for arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

_PYTHON_NUMBERS = (bool, int, float, complex)


def item_cotangents(cotangent: Any, items: Any) -> Any:
    """The cotangent of `np.array(items)`, or what broadcasts to it, dealt out in the structure of `items`.

    It may have more axes, of size 1.

    Python numbers get Python numbers: with NumPy's own, all later arithmetic would be slower.
    """
    if isinstance(items, (tuple, list)):
        shape = np.shape(items)
        if np.ndim(cotangent) > len(shape):
            cotangent = np.reshape(cotangent, shape)
        return _dealt(cotangent if np.shape(cotangent) == shape else np.broadcast_to(cotangent, shape), items)
    return np.reshape(cotangent, np.shape(items))[()]


def _dealt(cotangent: Any, items: Any) -> Any:
    if not isinstance(items, (tuple, list)):
        return cotangent.item() if type(items) in _PYTHON_NUMBERS else cotangent
    parts = [_dealt(part, item) for part, item in zip(cotangent, items, strict=True)]
    return tuple(parts) if isinstance(items, tuple) else parts
