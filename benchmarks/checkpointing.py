"""`python -m benchmarks.checkpointing [--full]`: loops whose states are computed again, against recording all of them.

Time and peak memory of the gradient within a budget, over those of the gradient that records everything; the two take
turns. `--full` also runs, within their budgets only, a loop of 10**6 trips over a float, and one of 10**4 trips over an
array of 10**5 floats, which would take 8 GB for its states alone.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.timing import interleave, ratio
from sct_ad import grad


def scalar_state(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1 + 0.1 * x
        s = s + x * x
    return s


def array_state(u, n):
    for i in range(n):
        u = u + 0.01 * np.sin(u) * u
    return np.sum(u)


def state_in_place(u, n):
    for i in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u**2)


class Loop(NamedTuple):
    """A function with a loop, its arguments, and budgets from ample to small."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    budgets: tuple[str, ...]


LOOPS = [
    Loop(scalar_state, (0.5, 20_000), ("10MB", "100kB", "10kB")),
    Loop(array_state, (np.linspace(0.0, 1.0, 10_000), 200), ("100MB", "4MB", "1MB")),
    Loop(state_in_place, (np.linspace(0.0, 1.0, 10_000), 200), ("100MB", "4MB", "1MB")),
]
SMALL = [loop._replace(arguments=(loop.arguments[0], 50), budgets=("100MB", "1kB")) for loop in LOOPS[:1]]
FULL = [
    Loop(scalar_state, (0.5, 10**6), ("200kB",)),
    Loop(array_state, (np.linspace(0.0, 1.0, 10**5), 10**4), ("200MB",)),
]


def peak_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> int:
    """The bytes that a call takes at most."""
    gc.collect()
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare(loop: Loop, seconds: float) -> list[dict[str, Any]]:
    """Time and peak memory within each budget over those of recording everything."""
    stored = grad(loop.function)
    expected = stored(*loop.arguments)
    rows = []
    for budget in loop.budgets:
        bounded = grad(loop.function, memory=budget)
        for _ in range(3):  # sizes are measured, then measured over longer segments
            assert np.array_equal(bounded(*loop.arguments), expected)
        samples = interleave({"bounded": bounded, "stored": stored}, loop.arguments, seconds)
        peaks = peak_of(bounded, loop.arguments), peak_of(stored, loop.arguments)
        (report,) = bounded.memory_report().loops
        rows.append(
            {
                "name": loop.function.__name__,
                "budget": budget,
                "strategy": report.strategy,
                "again": report.actual_steps / report.trips,
                "time": ratio(samples["bounded"], samples["stored"]),
                "memory": peaks[0] / peaks[1],
                "bytes": peaks[0],
            }
        )
    return rows


def run_in_full(loop: Loop) -> dict[str, Any]:
    """A loop too large to be stored: seconds of primal and gradient, and the peak of the gradient."""
    bounded = grad(loop.function, memory=loop.budgets[0])
    start = time.perf_counter()
    loop.function(*loop.arguments)
    primal = time.perf_counter() - start
    bounded(*loop.arguments)
    start = time.perf_counter()
    bounded(*loop.arguments)
    gradient = time.perf_counter() - start
    report = bounded.memory_report()
    return {"primal": primal, "gradient": gradient, "report": report, "peak": peak_of(bounded, loop.arguments)}


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkpointing")
    parser.add_argument("--small", action="store_true", help="one small loop, to see that it works")
    parser.add_argument("--full", action="store_true", help="the loops that are too large to be stored, too")
    options = parser.parse_args(arguments)
    print(f"{'loop':15} {'budget':>7} {'strategy':>10} {'again':>6} {'time':>6} {'memory':>7} {'peak':>10}")
    for loop in SMALL if options.small else LOOPS:
        for row in compare(loop, 0.01 if options.small else 2.0):
            print(
                f"{row['name']:15} {row['budget']:>7} {row['strategy']:>10} {row['again']:6.2f} "
                f"{row['time']:6.2f} {row['memory']:7.3f} {row['bytes'] / 1e6:7.2f} MB"
            )
    for loop in FULL if options.full else []:
        found = run_in_full(loop)
        print(f"{loop.function.__name__}, {loop.arguments[1]} trips within {loop.budgets[0]}: ", end="")
        print(f"primal {found['primal']:.1f} s, gradient {found['gradient']:.1f} s, peak {found['peak'] / 1e6:.2f} MB")
        print(found["report"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
