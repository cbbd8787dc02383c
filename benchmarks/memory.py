"""Peak memory of calls, as Python and NumPy allocate it."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any


def peak(function: Callable[..., Any], arguments: tuple[Any, ...]) -> int:
    """The most bytes that a call has allocated at once, its result included; called once before, which may compile."""
    function(*arguments)
    gc.collect()
    tracemalloc.start()
    try:
        result = function(*arguments)
        _, most = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return most
