"""LU factorisation in place without pivots, in loops over elements, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def lu(A, weights):
    A = A.copy()
    n = len(A)
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(A * weights)


def lu_adjoint(A, weights):
    """No element is overwritten once it has been read by another's sum: the factors are all that is needed."""
    A = A.copy()
    n = len(A)
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    bA = weights.copy()
    for i in range(n - 1, -1, -1):
        for j in range(n - 1, i - 1, -1):
            t = bA[i, j]
            for k in range(i - 1, -1, -1):
                bA[i, k] -= t * A[k, j]
                bA[k, j] -= t * A[i, k]
        for j in range(i - 1, -1, -1):
            t = bA[i, j] / A[j, j]
            bA[i, j] = t
            bA[j, j] -= t * A[i, j]
            for k in range(j - 1, -1, -1):
                bA[i, k] -= t * A[k, j]
                bA[k, j] -= t * A[i, k]
    return bA


def dominant(n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, n)) + n * np.eye(n), rng.normal(size=(n, n))


CASE = Case(
    name="lu",
    primal=lu,
    adjoint=lu_adjoint,
    arguments=lambda: dominant(20),
    small_arguments=lambda: dominant(4),
    full_arguments=lambda: dominant(60),
    argnums=0,
    loop_adjoint=lu_adjoint,
    note="20 x 20 (60 x 60 with --full)",
)
