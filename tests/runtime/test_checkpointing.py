"""Binomial schedules: valid, within their snapshots, and as short as the best of all."""

import functools

import pytest

from sct_ad.runtime.budget import choose
from sct_ad.runtime.checkpointing import advances, binomial, reach


@functools.cache
def fewest(steps, snapshots):
    """The fewest steps computed without recording, by trying every place for the next snapshot."""
    if steps <= 1:
        return 0
    if snapshots == 1:
        return steps * (steps - 1) // 2
    return min(m + fewest(steps - m, snapshots - 1) + fewest(m, snapshots) for m in range(1, steps))


def replayed(trips, snapshots, every):
    """Follow a schedule; returns how many trips it computes again and how many states it keeps at most."""
    schedule, trip = binomial(trips, snapshots, every), range(trips)
    kept, again, left = schedule.starts(), 0, trips
    assert [trip[part][0] for part in schedule.forward()] == kept
    assert [i for part in schedule.forward() for i in trip[part]] == list(trip)
    most = len(kept)
    for part in schedule.reverse():
        at = kept[-1]
        assert part.restore and trip[part.before] == range(at, at + len(trip[part.before]))
        at += len(trip[part.before])
        if part.keep:
            kept.append(at)
        assert trip[part.taped] == trip[part.own] and len(trip[part.taped]) <= every
        if part.reverses:
            assert trip[part.own] == range(at, left)
            left = at
        if part.done:
            kept.pop()
        again += len(trip[part.before]) + len(trip[part.taped])
        most = max(most, len(kept))
    assert left == 0 and not kept
    return again, most


@pytest.mark.parametrize("snapshots", range(1, 7))
def test_schedules_are_optimal(snapshots):
    for steps in range(1, 60):
        assert advances(steps, snapshots) == fewest(steps, snapshots)
        again, most = replayed(steps, snapshots, 1)
        last = steps - binomial(steps, snapshots).starts()[-1]
        assert again + steps - last == advances(steps, snapshots) + steps  # the forward sweep goes on to the end
        assert most <= snapshots


@pytest.mark.parametrize("every", [2, 3, 7])
@pytest.mark.parametrize("trips", [1, 5, 21, 64])
@pytest.mark.parametrize("snapshots", [1, 2, 5, 100])
def test_schedules_of_segments(trips, snapshots, every):
    again, most = replayed(trips, snapshots, every)
    assert again >= trips and most <= snapshots


def test_reach_is_that_of_the_papers():
    assert [reach(3, r) for r in range(5)] == [1, 4, 10, 20, 35]
    assert advances(10, 3) == 15 and advances(56, 5) == 140


def test_the_choice_keeps_within_the_limit():
    for trips in (1, 10, 1000, 10**6):
        for state, tape in ((8, 8), (8, 800), (800, 8)):
            for limit in (2000, 10_000, 10**7):
                every, snapshots = choose(trips, state, tape, limit)
                assert trips * tape <= limit or every * tape + snapshots * state <= limit
                assert 1 <= every <= max(trips, 1) and snapshots >= 1
