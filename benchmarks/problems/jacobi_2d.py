"""Jacobi iteration with a five-point stencil between two grids, in loops over elements, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case
from benchmarks.problems.heat_loops import plate


def jacobi(A, steps):
    A = A.copy()
    B = A.copy()
    n = len(A)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = 0.2 * (B[i, j] + B[i, j - 1] + B[i, j + 1] + B[i + 1, j] + B[i - 1, j])
    return np.sum(A**2)


def jacobi_adjoint(A, steps):
    A = A.copy()
    B = A.copy()
    n = len(A)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = 0.2 * (B[i, j] + B[i, j - 1] + B[i, j + 1] + B[i + 1, j] + B[i - 1, j])
    bA = 2.0 * A
    bB = np.zeros_like(A)
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                t = 0.2 * bA[i, j]
                bA[i, j] = 0.0
                bB[i, j] += t
                bB[i, j - 1] += t
                bB[i, j + 1] += t
                bB[i + 1, j] += t
                bB[i - 1, j] += t
        for i in range(n - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                t = 0.2 * bB[i, j]
                bB[i, j] = 0.0
                bA[i, j] += t
                bA[i, j - 1] += t
                bA[i, j + 1] += t
                bA[i + 1, j] += t
                bA[i - 1, j] += t
    bA += bB
    return bA


def jacobi_jax(np):
    from jax import lax

    def average(C):
        return 0.2 * (C[1:-1, 1:-1] + C[1:-1, :-2] + C[1:-1, 2:] + C[2:, 1:-1] + C[:-2, 1:-1])

    def jacobi(A, steps):
        def step(grids, _):
            A, B = grids
            B = B.at[1:-1, 1:-1].set(average(A))
            return (A.at[1:-1, 1:-1].set(average(B)), B), None

        (A, _), _ = lax.scan(step, (A, A), length=steps)
        return np.sum(A**2)

    return jacobi


CASE = Case(
    name="jacobi_2d",
    primal=jacobi,
    adjoint=jacobi_adjoint,
    arguments=lambda: (plate(32, 5)[0], 5),
    small_arguments=lambda: (plate(5, 2)[0], 2),
    full_arguments=lambda: (plate(90, 40)[0], 40),
    argnums=0,
    jax_primal=jacobi_jax,
    loop_adjoint=jacobi_adjoint,
    note="32 x 32, 5 steps (90 x 90, 40 steps with --full); JAX: slices and lax.scan",
)
