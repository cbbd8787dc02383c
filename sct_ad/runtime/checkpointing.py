"""Loops whose reverse sweep computes states again: marks for the user, and schedules for the emitted text.

The binomial schedule is that of Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse
automatic differentiation" (1992), and Griewank and Walther, "Algorithm 799: revolve" (ACM TOMS 26, 2000): with s
snapshots and at most r evaluations of each step, beta(s, r) = binomial(s + r, s) steps can be reversed.
"""

from __future__ import annotations

import contextlib
import math
import operator
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

MARK = "__sct_ad_checkpoint__"
"""The attribute of a function that is computed again in the reverse sweep."""
NOTHING = slice(0, 0)


def checkpointed(iterable: T, every: int | None = None, snapshots: int | None = None) -> T:
    """Mark what a loop goes over, so that its reverse sweep computes states again; the same iterable comes back.

    It is written in the header of the loop: `for i in checkpointed(range(n), every=100)`.

    The forward sweep keeps the state of the loop every `every` trips, and nothing else; the reverse sweep takes the
    segments from the last to the first, and computes each again from its state. Without options the segments have
    about `sqrt(n)` trips. With `snapshots`, no more states than that are kept at a time, by the binomial schedule of
    Griewank and Walther, and states in between are computed several times.
    """
    _check("every", every)
    _check("snapshots", snapshots)
    return iterable


def checkpoint(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function: nothing in it is recorded, the reverse sweep computes it again from its arguments.

    A decorator, or applied where the function is called, `checkpoint(layer)(x)`. Outside of differentiation the
    function runs as it is.
    """
    if not isinstance(function, types.FunctionType):
        raise TypeError(f"checkpoint expects a function written in Python, not {function!r}")
    marked = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    marked.__kwdefaults__ = function.__kwdefaults__
    marked.__dict__.update(function.__dict__)
    for name in ("__module__", "__qualname__", "__doc__", "__annotations__"):
        setattr(marked, name, getattr(function, name))
    setattr(marked, MARK, True)
    return marked


def recomputed() -> contextlib.nullcontext[None]:
    """The context of a block that is computed again in the reverse sweep; in itself, nothing."""
    return contextlib.nullcontext()


def _check(name: str, count: int | None) -> None:
    if count is not None and operator.index(count) < 1:
        raise ValueError(f"{name} must be at least 1, not {count}")


def interval(trips: int, every: int | None = None) -> int:
    """The length of a segment: about as many segments as trips in one."""
    _check("every", every)
    return max(1, math.isqrt(max(trips - 1, 0)) + 1) if every is None else every


def take_over(shadow: Any, earlier: Any) -> None:
    """Give a shadow that was made again what the first one has gathered."""
    if earlier is not None and earlier is not shadow:
        shadow[...] = earlier


def content_of(container: Any) -> Any:
    """A copy of an array or list, unless there is none yet."""
    return None if container is None else container.copy()


def refill(container: Any, content: Any) -> None:
    """Put the content back, if there was any."""
    if content is not None:
        container[slice(None) if isinstance(container, list) else ...] = content


def shorten(items: list[Any], length: int) -> None:
    """Take back what was appended to a list."""
    del items[length:]


def reach(snapshots: int, repeats: int) -> int:
    """How many steps can be reversed with so many snapshots if each is computed at most so often: beta(s, r)."""
    return math.comb(snapshots + repeats, snapshots) if snapshots >= 0 and repeats >= 0 else 0


def _repeats(steps: int, snapshots: int) -> int:
    """The least r with `reach(snapshots, r) >= steps`."""
    if snapshots == 1:
        return max(steps - 1, 0)
    repeats = 0
    while reach(snapshots, repeats) < steps:
        repeats += 1
    return repeats


def advances(steps: int, snapshots: int) -> int:
    """The least number of steps computed without recording, to reverse so many (Griewank and Walther, Theorem 1)."""
    if steps <= 1:
        return 0
    repeats = _repeats(steps, snapshots)
    return repeats * steps - reach(snapshots + 1, repeats - 1)


def split(steps: int, snapshots: int) -> int:
    """Where the next snapshot of an optimal schedule goes; the first of `snapshots` is at the start."""
    if snapshots <= 1:
        return steps
    repeats = _repeats(steps, snapshots)
    return max(reach(snapshots, repeats - 2), steps - reach(snapshots - 1, repeats), 1)


class Part(NamedTuple):
    """One turn of a reverse sweep; each slice takes trips of the loop."""

    restore: bool = True
    """Whether to go back to the newest snapshot."""
    before: slice = NOTHING
    """Trips to compute from there without recording."""
    keep: bool = False
    """Whether to keep the state then."""
    taped: slice = NOTHING
    """Trips to compute and record after that."""
    own: slice = NOTHING
    """Trips to reverse."""
    done: bool = False
    """Whether the newest snapshot is needed no more."""

    @property
    def reverses(self) -> bool:
        """Whether trips are reversed."""
        return bool(self.own.stop > self.own.start)


def reverse_parts(first: int, last: int, snapshots: int, every: int) -> Iterator[Part]:
    """Reverse the trips from `first`, where the newest snapshot is, up to `last`, with so many snapshots in all."""
    pending = [(first, last, snapshots)]
    while pending:
        first, last, snapshots = pending.pop()
        steps = -(-(last - first) // every)
        if steps <= 1:
            yield Part(taped=slice(first, last), own=slice(first, last), done=True)
        elif snapshots <= 1:
            for step in reversed(range(steps)):
                start, end = first + step * every, min(first + (step + 1) * every, last)
                yield Part(before=slice(first, start), taped=slice(start, end), own=slice(start, end), done=step == 0)
        else:
            middle = first + split(steps, snapshots) * every
            yield Part(before=slice(first, middle), keep=True)
            pending += [(first, middle, snapshots), (middle, last, snapshots - 1)]


@dataclass(frozen=True)
class Binomial:
    """The schedule of a loop of which at most so many states are kept at a time."""

    trips: int
    snapshots: int
    every: int = 1

    def starts(self) -> list[int]:
        """The trips before which the forward sweep keeps the state."""
        found, first, left = [], 0, self.snapshots
        while first < self.trips:
            found.append(first)
            steps = -(-(self.trips - first) // self.every)
            if steps <= 1 or left <= 1:
                break
            first, left = first + split(steps, left) * self.every, left - 1
        return found

    def forward(self) -> Iterator[slice]:
        """The segments of the forward sweep, each from one snapshot to the next."""
        starts = self.starts()
        yield from map(slice, starts, [*starts[1:], self.trips])

    def reverse(self) -> Iterator[Part]:
        """What the reverse sweep does, part by part."""
        starts = self.starts()
        ends = [*starts[1:], self.trips]
        for position in reversed(range(len(starts))):
            yield from reverse_parts(starts[position], ends[position], self.snapshots - position, self.every)


def binomial(trips: int, snapshots: int, every: int | None = None) -> Binomial:
    """The schedule of `checkpointed(..., every, snapshots)`."""
    _check("every", every)
    _check("snapshots", snapshots)
    return Binomial(trips, snapshots, 1 if every is None else every)
