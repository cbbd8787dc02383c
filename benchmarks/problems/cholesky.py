"""Cholesky factorisation in place, in loops over elements, as in PolyBench; a linear functional of the factor."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case


def cholesky(A, weights):
    A = A.copy()
    n = len(A)
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] ** 2
        A[i, i] = math.sqrt(A[i, i])
    return np.sum(np.tril(A) * weights)


def cholesky_adjoint(A, weights):
    """No element is overwritten once it has been read by another's sum: the factor is all that is needed."""
    A = A.copy()
    n = len(A)
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] ** 2
        A[i, i] = math.sqrt(A[i, i])
    bA = np.tril(weights)
    for i in range(n - 1, -1, -1):
        t = bA[i, i] / (2.0 * A[i, i])
        bA[i, i] = t
        t *= 2.0
        for k in range(i - 1, -1, -1):
            bA[i, k] -= t * A[i, k]
        for j in range(i - 1, -1, -1):
            t = bA[i, j] / A[j, j]
            bA[i, j] = t
            bA[j, j] -= t * A[i, j]
            for k in range(j - 1, -1, -1):
                bA[i, k] -= t * A[j, k]
                bA[j, k] -= t * A[i, k]
    return bA


def positive_definite(n):
    rng = np.random.default_rng(0)
    B = rng.normal(size=(n, n))
    return B @ B.T + n * np.eye(n), rng.normal(size=(n, n))


CASE = Case(
    name="cholesky",
    primal=cholesky,
    adjoint=cholesky_adjoint,
    arguments=lambda: positive_definite(24),
    small_arguments=lambda: positive_definite(4),
    full_arguments=lambda: positive_definite(60),
    argnums=0,
    loop_adjoint=cholesky_adjoint,
    note="24 x 24 (60 x 60 with --full)",
)
