"""`python -m benchmarks.blocks`: gradients of large arrays a block of rows at a time, against whole arrays.

Time and peak memory with `block_size`, for several sizes, over those without it; all take turns.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.memory import peak
from benchmarks.problems import black_scholes
from benchmarks.timing import interleave, ratio
from sct_ad import grad

SIZES = (4096, 8192, 16384, 65536)


def polynomial(x, y):
    a = x * y + 1.0
    b = a * a - x
    c = b / (1.0 + y * y)
    return np.sum(c * a + b)


def logistic(X, w):
    m = X * w
    return np.sum(np.log1p(np.exp(-np.abs(m))) + np.maximum(m, 0.0) - 0.3 * m)


def softmax(X, w, y):
    Z = X * w
    Z = Z - np.max(Z, axis=1, keepdims=True)
    E = np.exp(Z)
    P = E / np.sum(E, axis=1, keepdims=True)
    return -np.sum(y * np.log(P))


def _normal(*shapes: tuple[int, ...]) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return tuple(np.abs(rng.normal(size=shape)) for shape in shapes)


class Chain(NamedTuple):
    """A function, what it is differentiated by, and its arguments for so many elements."""

    function: Callable[..., Any]
    argnums: tuple[int, ...]
    arguments: Callable[[int], tuple[Any, ...]]


CHAINS = [
    Chain(polynomial, (0, 1), lambda n: _normal((n,), (n,))),
    Chain(logistic, (0, 1), lambda n: _normal((n // 20, 20), (20,))),
    Chain(softmax, (0, 1), lambda n: _normal((n // 10, 10), (10,), (n // 10, 10))),
    Chain(black_scholes.black_scholes, (0, 1, 2, 3, 4), black_scholes.options),
]


def compare(chain: Chain, elements: int, seconds: float, sizes: tuple[int, ...] = SIZES) -> list[dict[str, float]]:
    """For each size of a block the ratios of time and of peak memory."""
    arguments = chain.arguments(elements)
    whole = grad(chain.function, chain.argnums)
    blocked = {size: grad(chain.function, chain.argnums, block_size=size) for size in sizes}
    samples = interleave({"whole": whole, **{str(k): g for k, g in blocked.items()}}, arguments, seconds)
    memory = peak(whole, arguments)
    rows = []
    for size, gradient in blocked.items():
        time = ratio(samples[str(size)], samples["whole"])
        rows.append({"size": size, "time": time, "memory": peak(gradient, arguments) / memory})
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blocks")
    parser.add_argument("--small", action="store_true", help="small arrays, to see that it works")
    options = parser.parse_args(arguments)
    sizes = SIZES[:1] if options.small else SIZES
    print(f"{'function':15} {'elements':>9}" + "".join(f"{f'{size}: time':>14} {'memory':>7}" for size in sizes))
    for chain in CHAINS:
        for elements in (1000,) if options.small else (10**5, 10**6, 10**7):
            rows = compare(chain, elements, 0.01 if options.small else 3.0, sizes)
            columns = "".join(f"{row['time']:14.2f} {row['memory']:7.2f}" for row in rows)
            print(f"{chain.function.__name__:15} {elements:>9}{columns}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
