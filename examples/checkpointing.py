"""A heat equation backwards in time, in a tenth of the memory: marks, a budget, and what they cost."""

from __future__ import annotations

import tracemalloc

import numpy as np

from sct_ad import checkpointed, grad


def misfit(u, target, steps):
    """How far the temperatures are from the target after so many steps."""
    for _ in range(steps):
        flow = np.diff(u) * (1.0 + 0.5 * u[1:] ** 2)
        u = u + 0.2 * np.diff(flow, prepend=0.0, append=0.0)
    return np.sum((u - target) ** 2)


def misfit_in_segments(u, target, steps):
    """The same; states are kept every 20 steps."""
    for _ in checkpointed(range(steps), every=20):
        flow = np.diff(u) * (1.0 + 0.5 * u[1:] ** 2)
        u = u + 0.2 * np.diff(flow, prepend=0.0, append=0.0)
    return np.sum((u - target) ** 2)


def peak_of(gradient, *args):
    """The gradient, and the bytes that it took at most."""
    tracemalloc.start()
    try:
        return gradient(*args), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main():
    """Compare a gradient that records all steps with one that keeps states, and with one within a budget."""
    u = np.linspace(0.0, 1.0, 500) ** 2
    args = u, np.full(500, u.mean()), 200
    stored, segmented = grad(misfit), grad(misfit_in_segments)
    bounded = grad(misfit, memory="500kB")
    print(segmented.source(*args))
    figures = {}
    for name, gradient in (("stored", stored), ("segments", segmented), ("budget", bounded)):
        gradient(*args)  # which compiles, and measures
        figures[name], figures[f"{name} bytes"] = peak_of(gradient, *args)
        print(f"{name:>8}: {figures[f'{name} bytes'] / 1e6:.2f} MB at most")
    print(bounded.memory_report())
    figures["report"] = bounded.memory_report()
    return figures


if __name__ == "__main__":
    main()
