"""The determinant by Gaussian elimination with row exchanges, row by row in place."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def det(A):
    A = A.copy()
    n = len(A)
    result = 1.0
    for k in range(n):
        pivot = k + np.argmax(np.abs(A[k:, k]))
        if pivot != k:
            A[[k, pivot]] = A[[pivot, k]]
            result = -result
        result = result * A[k, k]
        for i in range(k + 1, n):
            A[i, k + 1 :] -= A[i, k] / A[k, k] * A[k, k + 1 :]
    return result


def det_adjoint(A):
    """The rows below the pivot are stepped back by adding what was taken away."""
    A = A.copy()
    n = len(A)
    pivots = []
    results = []
    result = 1.0
    for k in range(n):
        pivot = k + np.argmax(np.abs(A[k:, k]))
        pivots.append(pivot)
        if pivot != k:
            A[[k, pivot]] = A[[pivot, k]]
            result = -result
        results.append(result)
        result = result * A[k, k]
        for i in range(k + 1, n):
            A[i, k + 1 :] -= A[i, k] / A[k, k] * A[k, k + 1 :]
    bA = np.zeros_like(A)
    bresult = 1.0
    for k in range(n - 1, -1, -1):
        row, brow = A[k, k + 1 :], bA[k, k + 1 :]
        d = A[k, k]
        bd = bresult * results.pop()
        for i in range(n - 1, k, -1):
            factor = A[i, k] / d
            A[i, k + 1 :] += factor * row
            b = bA[i, k + 1 :]
            bfactor = -(b @ row) / d
            brow -= factor * b
            bA[i, k] = bfactor
            bd -= bfactor * factor
        bA[k, k] = bd
        bresult *= d
        pivot = pivots.pop()
        if pivot != k:
            A[[k, pivot]] = A[[pivot, k]]
            bA[[k, pivot]] = bA[[pivot, k]]
            bresult = -bresult
    return bA


CASE = Case(
    name="det",
    primal=det,
    adjoint=det_adjoint,
    arguments=lambda: (np.random.default_rng(0).normal(size=(30, 30)) / 3.0,),
    small_arguments=lambda: (np.random.default_rng(0).normal(size=(4, 4)),),
    argnums=0,
    note="30 x 30",
)
