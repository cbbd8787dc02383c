"""Gradients by Numba in two threads, against the same work in one: `python -m benchmarks.native_threads`.

Compiled code lets go of Python's lock, unless `numba_options` says otherwise; both are measured in turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import numpy as np

from sct_ad import grad

ROUNDS, STEPS = 15, 100


def heat(x, n):
    u = x.copy()
    for _ in range(n):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) * np.exp(-(u[i] ** 2))
    return np.sum(u**2)


def seconds(gradient: Callable[..., Any], parts: Sequence[Sequence[Any]]) -> float:
    """How long it takes to differentiate at all points, with a thread for each part of them."""

    def work(points: Sequence[Any]) -> None:
        for x in points:
            gradient(x, STEPS)

    threads = [Thread(target=work, args=(part,)) for part in parts]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def main() -> None:
    """Print a line with the lock let go of, and one with the lock held."""
    points = [np.linspace(0.1, 0.9, 2000) + k for k in range(8)]
    for title, options in (("as it is", {}), ("nogil=False", {"nogil": False})):
        gradient = grad(heat, backend="numba", numba_options=options)
        gradient(points[0], STEPS)
        halves = [points[:4], points[4:]]
        ratios = [seconds(gradient, halves) / seconds(gradient, [points]) for _ in range(ROUNDS)]
        middle, least = statistics.median(ratios), min(ratios)
        print(f"{title}: two threads take {middle:.2f} of the time of one, {least:.2f} at best")


if __name__ == "__main__":
    main()
