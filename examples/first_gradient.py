"""A first gradient: a function with a loop, its gradient, and the source that computes it."""

from __future__ import annotations

import math

from sct_ad import grad


def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


def main():
    """Print the gradient and its source."""
    gradient = grad(energy)
    slope = gradient(0.5, 10)
    print(f"energy(0.5, 10)      = {energy(0.5, 10):.6f}")
    print(f"its derivative by x  = {slope:.6f}")
    print()
    print(gradient.source(0.5, 10))
    return {"value": energy(0.5, 10), "slope": slope}


if __name__ == "__main__":
    main()
