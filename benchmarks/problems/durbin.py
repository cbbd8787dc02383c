"""Durbin's recursion for a Toeplitz system, in loops over elements, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def durbin(r):
    n = len(r)
    y = np.zeros(n)
    z = np.zeros(n)
    y[0] = -r[0]
    beta = 1.0
    alpha = -r[0]
    for k in range(1, n):
        beta = (1.0 - alpha * alpha) * beta
        total = 0.0
        for i in range(k):
            total += r[k - i - 1] * y[i]
        alpha = -(r[k] + total) / beta
        for i in range(k):
            z[i] = y[i] + alpha * y[k - i - 1]
        for i in range(k):
            y[i] = z[i]
        y[k] = alpha
    return np.sum(y**2)


def durbin_adjoint(r):
    """Each row of `rows` is the solution of one order; the last element of a row is that order's alpha."""
    n = len(r)
    rows = np.zeros((n, n))
    betas = np.ones(n)
    rows[0, 0] = -r[0]
    beta = 1.0
    alpha = -r[0]
    for k in range(1, n):
        y = rows[k - 1]
        new = rows[k]
        beta = (1.0 - alpha * alpha) * beta
        betas[k] = beta
        total = 0.0
        for i in range(k):
            total += r[k - i - 1] * y[i]
        alpha = -(r[k] + total) / beta
        for i in range(k):
            new[i] = y[i] + alpha * y[k - i - 1]
        new[k] = alpha
    br = np.zeros_like(r)
    by = 2.0 * rows[n - 1]
    balpha = 0.0
    bbeta = 0.0
    for k in range(n - 1, 0, -1):
        y = rows[k - 1]
        alpha = rows[k, k]
        balpha += by[k]
        bz = by
        by = np.zeros(n)
        for i in range(k):
            t = bz[i]
            by[i] += t
            by[k - i - 1] += alpha * t
            balpha += t * y[k - i - 1]
        t = -balpha / betas[k]
        bbeta += t * alpha
        br[k] += t
        for i in range(k):
            by[i] += t * r[k - i - 1]
            br[k - i - 1] += t * y[i]
        alpha = rows[k - 1, k - 1]
        balpha = -2.0 * alpha * betas[k - 1] * bbeta
        bbeta *= 1.0 - alpha * alpha
    br[0] -= by[0] + balpha
    return br


def durbin_lists(np):
    """Lists of numbers in the place of arrays."""

    def durbin(r):
        n = len(r)
        y = [-r[0]]
        beta = 1.0
        alpha = -r[0]
        for k in range(1, n):
            beta = (1.0 - alpha * alpha) * beta
            total = 0.0
            for i in range(k):
                total += r[k - i - 1] * y[i]
            alpha = -(r[k] + total) / beta
            y = [y[i] + alpha * y[k - i - 1] for i in range(k)] + [alpha]
        return sum(t**2 for t in y)

    return durbin


CASE = Case(
    name="durbin",
    primal=durbin,
    adjoint=durbin_adjoint,
    arguments=lambda: (np.random.default_rng(0).uniform(-0.2, 0.2, size=60),),
    small_arguments=lambda: (np.array([0.3, -0.2, 0.15, 0.1]),),
    full_arguments=lambda: (np.random.default_rng(0).uniform(-0.05, 0.05, size=400),),
    argnums=0,
    autograd_primal=durbin_lists,
    loop_adjoint=durbin_adjoint,
    note="60 coefficients (400 with --full); autograd: lists of scalars",
)
