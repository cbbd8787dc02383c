"""Gauss-Seidel iteration with a nine-point stencil in place, in loops over elements, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case
from benchmarks.problems.heat_loops import plate


def seidel(A, steps):
    A = A.copy()
    n = len(A)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                above = A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                below = A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
                A[i, j] = (above + A[i, j - 1] + A[i, j] + A[i, j + 1] + below) / 9.0
    return np.sum(A**2)


def seidel_adjoint(A, steps):
    A = A.copy()
    n = len(A)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                above = A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                below = A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
                A[i, j] = (above + A[i, j - 1] + A[i, j] + A[i, j + 1] + below) / 9.0
    bA = 2.0 * A
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                t = bA[i, j] / 9.0
                bA[i, j] = t
                bA[i, j - 1] += t
                bA[i, j + 1] += t
                bA[i + 1, j - 1] += t
                bA[i + 1, j] += t
                bA[i + 1, j + 1] += t
                bA[i - 1, j - 1] += t
                bA[i - 1, j] += t
                bA[i - 1, j + 1] += t
    return bA


CASE = Case(
    name="seidel_2d",
    primal=seidel,
    adjoint=seidel_adjoint,
    arguments=lambda: (plate(32, 5)[0], 5),
    small_arguments=lambda: (plate(5, 2)[0], 2),
    full_arguments=lambda: (plate(120, 40)[0], 40),
    argnums=0,
    loop_adjoint=seidel_adjoint,
    note="32 x 32, 5 steps (120 x 120, 40 steps with --full)",
)
