"""Series in polynomials with a three-term recurrence, and its transpose: what takes O(n) for one step and all steps.

Each basis of `numpy.polynomial` has a recurrence x T_k = rising_k T_(k+1) + level_k T_k + falling_k T_(k-1), known by
the function that multiplies a series by x. A cotangent g of the coefficients of a series is a linear functional on
polynomials, with the moments g_j = g(T_j). Its modified moments g(T_j S_k) come from the recurrence of S_k,
transposed (Gautschi, Orthogonal Polynomials: Computation and Approximation, 2004, section 2.1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

MultiplyByX = Callable[..., Any]


class Steps(NamedTuple):
    """What x T_k has of the polynomial above, of itself and of the one below; None for none of it."""

    rising: Any
    level: Any
    falling: Any


def _halves(size: int) -> Any:
    found = np.full(size, 0.5)
    found[:1] = 1.0
    return found


_STEPS: dict[Any, Callable[[Any], Steps]] = {
    polynomial.polymulx: lambda k: Steps(np.ones(k.size), None, None),
    chebyshev.chebmulx: lambda k: Steps(_halves(k.size), None, np.full(k.size, 0.5)),
    legendre.legmulx: lambda k: Steps((k + 1) / (2 * k + 1), None, k / (2 * k + 1)),
    hermite.hermmulx: lambda k: Steps(np.full(k.size, 0.5), None, k),
    hermite_e.hermemulx: lambda k: Steps(np.ones(k.size), None, k),
    laguerre.lagmulx: lambda k: Steps(-(k + 1), 2 * k + 1, -k),
}


def steps(mulx: MultiplyByX, size: int) -> Steps:
    """The recurrence of a basis for the first polynomials."""
    return _STEPS[mulx](np.arange(float(size)))


def times_x(c: Any, at: Steps) -> Any:
    """The series `c` times x, with one coefficient more."""
    n = len(c)
    found = np.zeros(n + 1, np.result_type(c, float))
    found[1:] = at.rising[:n] * c
    if at.level is not None:
        found[:n] += at.level[:n] * c
    if at.falling is not None:
        found[: n - 1] += at.falling[1:n] * c[1:]
    return found


def times_x_transposed(g: Any, at: Steps) -> Any:
    """The moments of x times the polynomials, one less than there are in `g`."""
    n = len(g) - 1
    found = at.rising[:n] * g[1:]
    if at.level is not None:
        found += at.level[:n] * g[:n]
    if at.falling is not None:
        found[1:] += at.falling[1:n] * g[: n - 1]
    return found


def moments(g: Any, mulx: MultiplyByX, other: MultiplyByX, count: int) -> Iterator[Any]:
    """For each of `count` polynomials S_k of another basis the moments g(T_j S_k), for one j less each time."""
    at, by = steps(mulx, len(g)), steps(other, count)
    before, now = g, g
    for k in range(count):
        yield now
        if k + 1 < count:
            after = times_x_transposed(now, at)
            if by.level is not None:
                after -= by.level[k] * now[:-1]
            if by.falling is not None and k:
                after -= by.falling[k] * before[: len(after)]
            if by.rising[k] != 1.0:
                after /= by.rising[k]
            before, now = now, after


def multiples(c: Any, mulx: MultiplyByX, count: int) -> Iterator[Any]:
    """The series `c` times each of the first polynomials of its basis."""
    at = steps(mulx, len(c) + count)
    before, now = c, c
    for k in range(count):
        yield now
        if k + 1 < count:
            after = times_x(now, at)
            if at.level is not None:
                after[:-1] -= at.level[k] * now
            if at.falling is not None and k:
                after[: len(before)] -= at.falling[k] * before
            if at.rising[k] != 1.0:
                after /= at.rising[k]
            before, now = now, after


def factor_cotangent(g: Any, c: Any, size: int, mulx: MultiplyByX) -> Any:
    """The cotangent of a factor with `size` coefficients in its product with `c`."""
    g = enough(g, size + len(c) - 1)
    if mulx is polynomial.polymulx:
        return np.correlate(g, np.conj(c), "valid")
    if mulx is chebyshev.chebmulx:  # T_i T_j is half the sum of T_(i + j) and T_|i - j|
        both = np.concatenate([c[:0:-1], 2.0 * c[:1], c[1:]])
        return 0.5 * np.correlate(np.concatenate([g[len(c) - 1 : 0 : -1], g]), np.conj(both), "valid")
    if size <= len(c):
        return np.array([np.dot(v[: len(c)], c) for v in moments(g, mulx, mulx, size)])
    found = np.zeros(size, np.result_type(g, c, float))
    for factor, v in zip(c, moments(g, mulx, mulx, len(c))):
        found += factor * v[:size]
    return found


def factors_cotangents(g: Any, c1: Any, c2: Any, mulx: MultiplyByX) -> tuple[Any, Any]:
    """The cotangents of both factors of a product."""
    if len(c1) > len(c2):
        return factors_cotangents(g, c2, c1, mulx)[::-1]
    if mulx in (polynomial.polymulx, chebyshev.chebmulx):
        return factor_cotangent(g, c2, len(c1), mulx), factor_cotangent(g, c1, len(c2), mulx)
    rows = np.array([v[: len(c2)] for v in moments(enough(g, len(c1) + len(c2) - 1), mulx, mulx, len(c1))])
    return rows @ c2, c1 @ rows


def enough(values: Any, size: int) -> Any:
    """As many values as asked for, with zeros for those that are missing."""
    values = np.asarray(values)
    missing = size - len(values)
    if missing <= 0:
        return values[:size]
    return np.concatenate([values, np.zeros((missing,) + values.shape[1:], values.dtype)])
