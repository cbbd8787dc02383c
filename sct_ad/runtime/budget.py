"""Loops within a budget of memory: sizes are measured while they run, and say which states are kept.

A loop of n trips with a state of S bytes, and records of T bytes for each trip, needs c S + L T bytes if c states are
kept and L trips recorded at a time. Of all c and L that fit, those are taken for which the binomial schedule of
`sct_ad.runtime.checkpointing` computes the fewest trips again.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sct_ad.runtime.checkpointing import Binomial, Part, advances, reverse_parts

_SLOT = 9
"""Bytes of an entry of a list, with a list's reserve."""
_SAMPLE = 64
"""How many records are looked at for their size."""


def size_of(value: Any, seen: set[int] | None = None) -> int:
    """The bytes that keeping a value takes; of arrays that share memory, what is in `seen` counts no more."""
    if isinstance(value, np.ndarray):
        return _SLOT + 112 + _new_bytes(value, set() if seen is None else seen)
    if isinstance(value, (list, tuple)):
        return _SLOT + sys.getsizeof(value) + sum(size_of(item, seen) for item in value)
    if value is None or isinstance(value, (bool, type, str)):
        return _SLOT
    return _SLOT + sys.getsizeof(value)


def kept_bytes(*state: Any) -> int:
    """The bytes that keeping a state takes."""
    return sum(map(size_of, state))


def recorded_bytes(*tapes: list[Any]) -> int:
    """The bytes that tapes hold, judged by their last entries."""
    found, seen = 0.0, set[int]()
    for tape in filter(None, tapes):
        last = tape[-_SAMPLE:]
        found += sum(size_of(value, seen) for value in last) * len(tape) / len(last)
    return math.ceil(found)


def thin(states: list[Any]) -> None:
    """Forget every other kept state."""
    del states[1::2]


def _new_bytes(array: np.ndarray, seen: set[int]) -> int:
    owner: Any = array
    while isinstance(getattr(owner, "base", None), np.ndarray):
        owner = owner.base
    if id(owner) in seen:
        return 0
    seen.add(id(owner))
    return int(owner.nbytes)


@dataclass(frozen=True)
class LoopReport:
    """What became of one loop in the last call."""

    line: str
    """The file and line of the loop."""
    strategy: str
    """"store": all is recorded; "recompute": each segment is computed once more; "binomial": some several times."""
    trips: int = 0
    state_bytes: int = 0
    """The bytes of one kept state."""
    tape_bytes: int = 0
    """The bytes that are recorded for each trip."""
    every: int = 0
    """How many trips are recorded at a time."""
    snapshots: int = 0
    """How many states are kept at most."""
    predicted_steps: int = 0
    """How many trips were to be computed again."""
    actual_steps: int = 0
    """How many trips were computed again."""
    predicted_bytes: int = 0
    """What states and records were to take at most."""
    stored_bytes: int = 0
    """What recording all trips would have taken."""
    obstacle: str = ""
    """Why the loop can only be stored."""


@dataclass(frozen=True)
class MemoryReport:
    """What became of the loops of a derivative in its last call; printed, one line for each loop."""

    budget: int
    loops: tuple[LoopReport, ...] = ()

    @property
    def predicted_steps(self) -> int:
        """How many trips were to be computed again, in all loops."""
        return sum(loop.predicted_steps for loop in self.loops)

    @property
    def actual_steps(self) -> int:
        """How many trips were computed again, in all loops."""
        return sum(loop.actual_steps for loop in self.loops)

    @property
    def predicted_bytes(self) -> int:
        """What states and records were to take at most, in all loops."""
        return sum(loop.predicted_bytes for loop in self.loops)

    def __str__(self) -> str:
        lines = [f"budget {_shown(self.budget)}, predicted {_shown(self.predicted_bytes)}"]
        for loop in self.loops:
            line = f"{loop.line}: {loop.strategy}, {loop.trips} trips"
            if loop.state_bytes or loop.tape_bytes:
                line += f", {_shown(loop.state_bytes)} for a state, {_shown(loop.tape_bytes)} for a recorded trip"
            if loop.strategy in ("recompute", "binomial"):
                line += f"; {loop.snapshots} states kept, {loop.every} trips recorded at a time"
                line += f"; {loop.actual_steps} trips computed again, {loop.predicted_steps} predicted"
            line += f"; {_shown(loop.predicted_bytes)} instead of {_shown(loop.stored_bytes)}" * bool(loop.trips)
            lines.append(line + (f"; cannot be computed again: {loop.obstacle}" if loop.obstacle else ""))
        return "\n".join(lines)


@dataclass
class Ledger:
    """Which of several budgets, one for each combination of types, was used last."""

    latest: Budget | None = None


@dataclass
class Budget:
    """The memory that the loops of one derivative may take for what they keep and record."""

    limit: int
    ledger: Ledger = field(default_factory=Ledger)
    loops: list[LoopMemory] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger.latest = self

    def loop(self, line: str, obstacle: str = "") -> LoopMemory:
        """One more loop to plan."""
        self.loops.append(LoopMemory(self, line, obstacle))
        return self.loops[-1]

    def share(self, loop: LoopMemory) -> int:
        """What one loop may take: those that need less than an equal share leave the rest to the others."""
        left = self.limit - sum(other.stored for other in self.loops if other.obstacle)
        sharing = [other for other in self.loops if not other.obstacle]
        for count, other in zip(range(len(sharing), 0, -1), sorted(sharing, key=lambda one: one.stored)):
            share = max(left, 0) // count
            if other is loop:
                return share
            left -= min(other.stored, share)
        return max(left, 0)

    def report(self) -> MemoryReport:
        """What became of each loop in the last call."""
        return MemoryReport(self.limit, tuple(loop.report for loop in self.loops))


class LoopMemory:
    """What is known of one loop from earlier calls."""

    def __init__(self, budget: Budget, line: str, obstacle: str = "") -> None:
        self.budget, self.line, self.obstacle = budget, line, obstacle
        self.tape_bytes: int | None = None
        self.stored = 0
        """What recording all trips of the last call takes."""
        self.report = LoopReport(line, "not run", obstacle=obstacle)

    def plan(self, trips: int | None, state_bytes: int) -> Plan:
        """The plan of one run of the loop; without `trips`, of a loop whose trips are counted while it runs."""
        self.budget.ledger.latest = self.budget
        return Plan(self, trips, state_bytes)

    def stored_whole(self, recorded: int) -> None:
        """Note what a loop that can only be stored has recorded."""
        self.budget.ledger.latest = self.budget
        self.stored = recorded
        self.report = LoopReport(
            self.line,
            "store",
            predicted_bytes=self.stored,
            stored_bytes=self.stored,
            obstacle=self.obstacle,
        )
        if self.stored > self.budget.limit:
            self.warn(self.stored, f"records {_shown(self.stored)}, since it cannot be computed again: {self.obstacle}")

    def warn(self, needed: int, what: str, hint: str = "") -> None:
        """Say that the budget cannot be met."""
        limit = _shown(self.budget.limit)
        warnings.warn(f"the loop at {self.line} {what}; the budget is {limit}{hint}", RuntimeWarning, stacklevel=4)


class Plan:
    """Which states one run of a loop keeps, and what its reverse sweep does."""

    def __init__(self, loop: LoopMemory, trips: int | None, state_bytes: int) -> None:
        self.loop, self.trips, self.state_bytes = loop, trips, state_bytes
        self.limit = loop.budget.share(loop)
        self.kept: list[int] = []
        """The trips before which the state is kept."""
        self.spacing = 1
        self.every, self.snapshots = 1, 1
        self.fixed = False
        """Whether segments are laid out from the start."""
        self.rest = slice(0, 0)
        """The last trips, which are recorded in the forward sweep."""
        self.tape_bytes = loop.tape_bytes
        self.steps = self.expected = self.needed = 0
        self.most = 0
        self.repeats = False
        """Whether some trips are computed more than twice."""
        if trips is not None:
            self._lay_out(trips)

    def _lay_out(self, trips: int) -> None:
        if self.tape_bytes is None:
            count = min(self._most_kept(), 4 * math.isqrt(trips) + 1, max(trips - 1, 1))
            self.spacing = max(1, -(-max(trips - 1, 1) // count))
            self.kept = list(range(0, trips - 1, self.spacing))
            self.rest = slice(max(trips - 1, 0), trips)
            return
        self.fixed = True
        self.every, self.snapshots = choose(trips, self.state_bytes, self.tape_bytes, self.limit)
        starts = Binomial(trips, self.snapshots, self.every).starts()
        first = (max(trips - 1, 0) // self.every) * self.every
        self.rest = slice(first, trips)
        self.kept = [start for start in starts if start < first]

    def _most_kept(self) -> int:
        return max(1, self.limit // (2 * max(self.state_bytes, 1)))

    # The forward sweep

    def forward(self) -> Iterator[slice]:
        """The segments that are computed without recording; the state is kept before each."""
        yield from map(slice, self.kept, [*self.kept[1:], self.rest.start])

    def crowded(self, trip: int) -> bool:
        """Whether every other state has to go before one more is kept, in a loop of unknown length."""
        if trip % self.spacing or len(self.kept) < max(self._most_kept(), 2):
            return False
        self.spacing *= 2
        del self.kept[1::2]
        return True

    def keeps(self, trip: int) -> bool:
        """Whether the state is kept before a trip of a loop of unknown length."""
        if trip % self.spacing:
            return False
        self.kept.append(trip)
        self.most = max(self.most, len(self.kept))
        return True

    def measure(self, recorded: int) -> None:
        """Note what the last trips, which are recorded in the forward sweep, have recorded."""
        if self.rest.stop > self.rest.start:
            self._note(_length(self.rest), recorded)

    def _note(self, count: int, recorded: int) -> None:
        self.tape_bytes = self.loop.tape_bytes = max(-(-recorded // count), 1)

    # The reverse sweep

    def reverse(self, trips: int | None = None) -> Iterator[Part]:
        """What the reverse sweep does, part by part."""
        trips = self.trips = self.trips if trips is None else trips
        assert trips is not None
        end = trips
        if self.rest.stop > self.rest.start:
            yield Part(restore=False, own=self.rest)
            end = self.rest.start
        if self.tape_bytes is None and self.kept:
            yield from self._first_part(end)
            end -= 1
        ends = [*self.kept[1:], end]
        segments = [self._segment(position, ends[position]) for position in range(len(self.kept))]
        self._foresee(trips, segments, ends)
        self.most = max(self.most, len(self.kept))
        for position in reversed(range(len(segments))):
            every, snapshots = segments[position]
            held = position + 1
            for part in reverse_parts(self.kept[position], ends[position], snapshots, every):
                held += part.keep
                self.most = max(self.most, held)
                held -= part.done
                self.steps += _length(part.before) + _length(part.taped)
                yield part
        self._close(trips)

    def _first_part(self, end: int) -> Iterator[Part]:
        """The last trip of a loop whose records have no known size yet."""
        before, own = slice(self.kept[-1], end - 1), slice(end - 1, end)
        self.steps += _length(before) + 1
        yield Part(before=before, taped=own, own=own)

    def recorded(self, part: Part, recorded: int) -> None:
        """Note what a part has recorded, unless it is known how much that is for each trip."""
        if self.tape_bytes is None and part.taped.stop > part.taped.start:
            self._note(_length(part.taped), recorded)

    def _segment(self, position: int, end: int) -> tuple[int, int]:
        """How many trips of a segment are recorded at a time, and how many states are kept in it."""
        if self.fixed:
            return self.every, self.snapshots - position
        free = self.limit - (position + 1) * self.state_bytes
        return choose(end - self.kept[position], self.state_bytes, self.tape_bytes or 1, free, held=1)

    def _foresee(self, trips: int, segments: list[tuple[int, int]], ends: list[int]) -> None:
        """Note what is to be expected, and warn where the budget is too small."""
        tape, state = self.tape_bytes or 1, self.state_bytes
        expected = self.steps
        needed = _length(self.rest) * tape + len(self.kept) * state
        for position, (every, snapshots) in enumerate(segments):
            length = ends[position] - self.kept[position]
            steps = -(-length // every)
            self.repeats |= steps > 1
            expected += length + advances(steps, snapshots) * every
            extra = min(snapshots, steps) - 1
            needed = max(needed, (position + 1 + extra) * state + min(every, length) * tape)
        self.every = max([every for every, _ in segments], default=self.every)
        self.every = max(self.every, _length(self.rest))
        self.expected, self.needed = expected, needed
        self.loop.stored = trips * tape
        if needed > self.limit:
            what = f"needs {_shown(needed)}, {_shown(state)} for a state and {_shown(tape)} for a trip"
            hint = "; mark a loop inside of it: checkpointed(...)" if tape > state else ""
            self.loop.warn(needed, what, hint)

    def _close(self, trips: int) -> None:
        strategy = "store" if not self.steps else "binomial" if self.repeats else "recompute"
        self.loop.report = LoopReport(
            self.loop.line,
            strategy,
            trips,
            self.state_bytes,
            self.tape_bytes or 0,
            self.every,
            self.most,
            self.expected,
            self.steps,
            self.needed,
            trips * (self.tape_bytes or 0),
        )


def choose(trips: int, state: int, tape: int, limit: int, held: int = 0) -> tuple[int, int]:
    """How many trips to record at a time, and how many states to keep, for the fewest trips computed again.

    So many of the states are kept already, outside of the limit.
    """
    state, tape = max(state, 1), max(tape, 1)
    if trips * tape <= limit:
        return max(trips, 1), 1
    best: tuple[int, int, int] | None = None
    for snapshots in _candidates(min(max((limit - tape) // state + held, 1), trips)):
        every = max(min((limit - (snapshots - held) * state) // tape, trips), 1)
        steps = -(-trips // every)
        used = min(snapshots, steps)
        cost = advances(steps, used) * every, used, every
        if best is None or cost < best:
            best = cost
    assert best is not None
    return best[2], best[1]


def _candidates(most: int) -> list[int]:
    """Numbers of states to try: all of the small ones, and some of the large ones."""
    found = {1, 2, 3, most, max(most // 2, 1)}
    value = 1.0
    while value < most:
        found.add(min(max(int(value), 1), most))
        value *= 1.15
    return sorted(c for c in found if c <= most)


def _length(part: slice) -> int:
    return max(part.stop - part.start, 0)


def _shown(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} bytes"
