"""Wrappers that change nothing of what a function computes."""

from __future__ import annotations

import functools
from typing import Any


def unwrap(value: Any) -> Any:
    """The plain function inside a wrapper that is known to change nothing (lru_cache, njit)."""
    for _ in range(10):
        if hasattr(value, "py_func"):
            value = value.py_func
        elif isinstance(value, functools._lru_cache_wrapper):
            value = value.__wrapped__
        elif isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        else:
            break
    return value
