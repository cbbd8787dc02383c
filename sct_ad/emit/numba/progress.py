"""A line on stderr where Numba keeps an interactive user waiting."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SECONDS = 1.0
"""How long nothing is said."""


@contextmanager
def telling(name: str) -> Iterator[None]:
    """Says what is being compiled if the block takes longer than a second; it says so once."""
    if not is_wanted():
        yield
        return
    timer = threading.Timer(SECONDS, _tell, (name,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def is_wanted() -> bool:
    """Whether somebody reads stderr as it is written: at a terminal or in Jupyter, unless SCT_AD_PROGRESS decides."""
    wish = os.environ.get("SCT_AD_PROGRESS", "").lower()
    if wish:
        return wish not in ("0", "off", "false", "no")
    with suppress(Exception):  # any object can stand there, or none
        return type(sys.stderr).__module__.startswith("ipykernel") or sys.stderr.isatty()
    return False


def _tell(name: str) -> None:
    with suppress(Exception):
        print(f"compiling {name} with Numba ...", file=sys.stderr, flush=True)
