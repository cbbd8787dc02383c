"""`python -m benchmarks.sparse`: sparse Jacobians and Hessians against dense ones; the contenders take turns.

Times are over that of the sparse derivative with a given pattern, a ratio within each turn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.timing import interleave, ratio
from sct_ad import hessian, jacobian


def tridiagonal(u):
    r = 2.0 * u - 0.1 * np.exp(u)
    r[1:] -= u[:-1]
    r[:-1] -= u[1:]
    return r


def five_point(u):
    r = 4.0 * u + u**3
    r[1:] -= u[:-1]
    r[:-1] -= u[1:]
    r[:, 1:] -= u[:, :-1]
    r[:, :-1] -= u[:, 1:]
    return r


def chain(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def arrow(x):
    return x[0] * np.sum(x[1:] ** 2) + np.sum(np.exp(x))


class Case(NamedTuple):
    """A function, what is made of it, and an argument of a size."""

    function: Callable[..., Any]
    operator: Callable[..., Any]
    make: Callable[[int], Any]


def _line(n: int) -> Any:
    return np.linspace(0.0, 1.0, n)


def _square(n: int) -> Any:
    side = max(int(n**0.5), 2)
    return np.linspace(0.0, 1.0, side * side).reshape(side, side)


CASES = [
    Case(tridiagonal, jacobian, _line),
    Case(five_point, jacobian, _square),
    Case(chain, hessian, _line),
    Case(arrow, hessian, _line),
]
DENSE_UP_TO = 1000


def run(case: Case, size: int, seconds: float) -> str:
    """A line of text for one case."""
    x = case.make(size)
    automatic = case.operator(case.function, sparsity="auto")
    given = case.operator(case.function, sparsity=automatic.pattern(x))
    contenders = {"given": given, "auto": automatic, "function": case.function}
    if size <= DENSE_UP_TO:
        contenders["dense"] = case.operator(case.function)
    times = interleave(contenders, (x,), seconds, 20)
    found = {name: ratio(times[name], times["given"]) for name in contenders}
    dense = f"{found['dense']:8.1f}" if "dense" in found else "       -"
    spent = min(t for t in times["given"] if t is not None)
    return (
        f"{case.function.__name__:12} n = {x.size:6}: given {spent * 1e3:8.2f} ms, over it: "
        f"auto {found['auto']:6.1f}, dense {dense}, function {found['function']:6.3f}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run all cases and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args(arguments)
    for case in CASES:
        for size in given.sizes:
            print(run(case, size, given.seconds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
