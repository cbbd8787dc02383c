"""How the compiler is run: by one thread at a time, and undisturbed."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.RLock()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Room for expressions of several hundred nested operators, and no search for garbage, of which there is little."""
    with _lock:
        limit, collects = sys.getrecursionlimit(), gc.isenabled()
        sys.setrecursionlimit(max(limit, 20_000))
        gc.disable()
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)
            if collects:
                gc.enable()
