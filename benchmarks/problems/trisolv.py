"""A lower triangular system solved by forward substitution, in loops over elements, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def trisolv(L, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] = x[i] / L[i, i]
    return np.sum(x**2)


def trisolv_adjoint(L, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] = x[i] / L[i, i]
    bx = 2.0 * x
    bL = np.zeros_like(L)
    bb = np.zeros_like(b)
    for i in range(n - 1, -1, -1):
        t = bx[i] / L[i, i]
        bL[i, i] = -t * x[i]
        for j in range(i - 1, -1, -1):
            bL[i, j] = -t * x[j]
            bx[j] -= t * L[i, j]
        bb[i] = t
    return bL, bb


def system(n):
    rng = np.random.default_rng(0)
    return np.tril(rng.normal(size=(n, n))) / n + np.eye(n), rng.normal(size=n)


CASE = Case(
    name="trisolv",
    primal=trisolv,
    adjoint=trisolv_adjoint,
    arguments=lambda: system(80),
    small_arguments=lambda: system(4),
    full_arguments=lambda: system(400),
    argnums=(0, 1),
    loop_adjoint=trisolv_adjoint,
    note="80 unknowns (400 with --full)",
)
