"""What is emitted for Numba: a function for the caller around kernels that are compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sct_ad.emit.pieces import Piece, text_of


@dataclass(frozen=True)
class NativeTexts:
    """The pieces of a derivative, of which `load_native` makes functions."""

    outside: Piece
    """What callers call."""
    kernels: tuple[Piece, ...]
    """What Numba compiles, the one that `outside` calls first; the objects are those of Python."""
    models: tuple[str, ...]
    """How each kernel divides."""
    within: Piece | None = None
    """What stands around the kernel where other compiled functions call it."""
    passed: tuple[str, ...] = ()
    """What kernels are passed from globals and closures."""
    way_out: str = ""
    """The name, in `outside`, of what is called where Numba cannot compile a kernel; none with backend="numba"."""

    @property
    def text(self) -> str:
        """The functions as users see them."""
        return text_of([self.outside, *self.kernels])

    def pieces(self) -> Iterator[Piece]:
        """All pieces."""
        yield self.outside
        yield from self.kernels
        if self.within is not None:
            yield self.within
