"""Which inputs meet in a nonlinear operation: the pattern of a Hessian, without second derivatives.

The second derivative of a result with respect to inputs i and j can be other than zero only if some nonlinear operation
of the program depends on both (Walther, Computing sparse Hessians with automatic differentiation, ACM Transactions on
Mathematical Software 34 (2008)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sct_ad.sparse.bits import members

_recorder: ContextVar[Interactions | None] = ContextVar("interactions", default=None)


class Interactions:
    """The pairs of sets of inputs that met."""

    def __init__(self) -> None:
        self.pairs: set[tuple[int, int]] = set()

    def rows(self, width: int) -> list[int]:
        """For each input the set of those that it meets."""
        found = [0] * width
        by_left: dict[int, int] = {}
        for left, right in self.pairs:
            by_left[left] = by_left.get(left, 0) | right
            by_left[right] = by_left.get(right, 0) | left
        lefts = list(by_left)
        for place, member in zip(*(part.tolist() for part in members(lefts, width))):
            found[member] |= by_left[lefts[place]]
        return found


@contextmanager
def recorded() -> Iterator[Interactions]:
    """Collects what meets in the block."""
    found = Interactions()
    token = _recorder.set(found)
    try:
        yield found
    finally:
        _recorder.reset(token)


def meet(sets: Iterable[int]) -> None:
    """Everything in each of the sets meets everything in it."""
    recorder = _recorder.get()
    if recorder is not None:
        recorder.pairs.update((each, each) for each in set(sets) if each)


def meet_pairwise(pairs: Iterable[tuple[int, int]]) -> None:
    """Everything in the first of two sets meets everything in the second."""
    recorder = _recorder.get()
    if recorder is not None:
        recorder.pairs.update(pair for pair in set(pairs) if pair[0] and pair[1])


def is_recording() -> bool:
    """Whether anybody asks what meets."""
    return _recorder.get() is not None
