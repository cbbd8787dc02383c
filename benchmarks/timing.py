"""Fair timing of several functions in one process.

The functions take turns, so that a slow spell of the machine hits them all, and a ratio is taken within a turn.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Any

SAMPLE_SECONDS = 2e-3
"""A sample repeats its call until it lasts about this long, well above the resolution of the clock."""


Clock = Callable[[], float]


def sample(function: Callable[..., Any], arguments: tuple[Any, ...], calls: int, clock: Clock | None = None) -> float:
    """The seconds per call, over `calls` calls in a row."""
    now = clock or time.perf_counter
    start = now()
    for _ in repeat(None, calls):
        function(*arguments)
    return (now() - start) / calls


def _warm_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    """The seconds of one call after the first few, which may compile; a slow function is called once only."""
    seconds = sample(function, arguments, 1)
    for _ in range(3):
        if seconds < 0.1:
            seconds = sample(function, arguments, 1)
    return seconds


def interleave(
    functions: Mapping[str, Callable[..., Any]],
    arguments: tuple[Any, ...],
    seconds: float = 2.0,
    rounds: int = 200,
    clock: Clock | None = None,
) -> dict[str, list[float | None]]:
    """The seconds per call of each function in each round; None once a function has used up its `seconds`.

    With `clock=time.process_time` they are the processor's, of all threads: what other processes take does not count.

    Every function is called before, and takes part in at least one round however slow it is.
    """
    calls = {name: max(1, int(SAMPLE_SECONDS / _warm_call(f, arguments))) for name, f in functions.items()}
    for name, count in calls.items():
        if count > 1:  # the first call of a fast function tells little
            calls[name] = max(1, int(SAMPLE_SECONDS / sample(functions[name], arguments, count)))
    samples: dict[str, list[float | None]] = {name: [] for name in functions}
    spent = dict.fromkeys(functions, 0.0)
    names = list(functions)
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            running = [name for name in names if spent[name] < seconds]
            if not running:
                break
            first = turn % len(running)
            measured = {}
            for name in running[first:] + running[:first]:
                measured[name] = sample(functions[name], arguments, calls[name], clock)
                spent[name] += measured[name] * calls[name]
            gc.collect(0)  # reference cycles of a tracer must not pile up until memory is short
            for name in names:
                samples[name].append(measured.get(name))
    finally:
        if enabled:
            gc.enable()
    return samples


def ratio(numerator: list[float | None], denominator: list[float | None]) -> float:
    """The median, over the rounds in which both took part, of their ratio in that round."""
    return statistics.median(a / b for a, b in zip(numerator, denominator) if a is not None and b is not None)


def median(samples: list[float | None]) -> float:
    """The median of the rounds taken part in."""
    return statistics.median(a for a in samples if a is not None)
