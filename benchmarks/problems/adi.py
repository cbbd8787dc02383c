"""Heat conduction by alternating directions: a tridiagonal system for each line of the grid, all lines at once.

The scheme of PolyBench's adi; each sweep is a recurrence along one axis, and an array operation along the other.
"""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def sweep(u, mu):
    """Half a step: explicit along the first axis, implicit along the second; returns the transposed grid."""
    n = len(u)
    v = np.ones((n, n))
    p = np.zeros(n)
    q = np.zeros((n, n))
    q[0] = 1.0
    for j in range(1, n - 1):
        d = 1.0 + 2.0 * mu - mu * p[j - 1]
        p[j] = mu / d
        q[j, 1:-1] = (mu * u[:-2, j] + (1.0 - 2.0 * mu) * u[1:-1, j] + mu * u[2:, j] + mu * q[j - 1, 1:-1]) / d
    for j in range(n - 2, 0, -1):
        v[j, 1:-1] = p[j] * v[j + 1, 1:-1] + q[j, 1:-1]
    return v


def adi(u, mu, steps):
    for _ in range(steps):
        u = sweep(sweep(u, mu), mu)
    return np.sum(u**2)


def adi_adjoint(u, mu, steps):
    n = len(u)
    for _ in range(2 * steps):
        u = sweep(u, mu)
    p = np.zeros(n)
    d = np.ones(n)
    for j in range(1, n - 1):
        d[j] = 1.0 + 2.0 * mu - mu * p[j - 1]
        p[j] = mu / d[j]
    bv = 2.0 * u
    for _ in range(2 * steps):
        bu = np.zeros((n, n))
        bq = np.zeros((n, n))
        for j in range(1, n - 1):
            bq[j] = bv[j]
            bv[j + 1] += p[j] * bv[j]
        for j in range(n - 2, 0, -1):
            t = bq[j, 1:-1] / d[j]
            t *= mu
            bu[:-2, j] += t
            bu[2:, j] += t
            bu[1:-1, j] += (1.0 / mu - 2.0) * t
            bq[j - 1, 1:-1] += t
        bv = bu
    return bv


CASE = Case(
    name="adi",
    primal=adi,
    adjoint=adi_adjoint,
    arguments=lambda: (np.random.default_rng(0).uniform(size=(60, 60)), 0.4, 5),
    small_arguments=lambda: (np.random.default_rng(0).uniform(size=(5, 5)), 0.4, 2),
    argnums=0,
    loop_adjoint=adi_adjoint,
    note="60 x 60, 5 steps",
)
