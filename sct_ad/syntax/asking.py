"""What a compilation may ask for, where types alone do not tell enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_may_ask: ContextVar[bool] = ContextVar("may_ask", default=False)


class NeedsSizes(Exception):
    """Raised where ranks would be known if the sizes of small arrays were: who compiles starts again with them."""


@contextmanager
def answering(sizes: bool) -> Iterator[None]:
    """Lets what is compiled within ask for sizes, or not."""
    before = _may_ask.set(sizes)
    try:
        yield
    finally:
        _may_ask.reset(before)


def may_ask_for_sizes() -> bool:
    """Whether asking for sizes has an answer."""
    return _may_ask.get()


def ask_for_sizes() -> None:
    """Start again with sizes, if they can be told and are not known yet."""
    if _may_ask.get():
        raise NeedsSizes
