"""Modified Gram-Schmidt orthogonalisation by columns, in place, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def gramschmidt(A, weights):
    A = A.copy()
    m, n = A.shape
    Q = np.zeros((m, n))
    R = np.zeros((n, n))
    for k in range(n):
        R[k, k] = np.sqrt(np.sum(A[:, k] ** 2))
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = Q[:, k] @ A[:, j]
            A[:, j] -= Q[:, k] * R[k, j]
    return np.sum(R**2) + np.sum(Q * weights)


def gramschmidt_adjoint(A, weights):
    """The columns are stepped back by adding what was taken away, as the tape would be as large as m n^2 / 2."""
    A = A.copy()
    m, n = A.shape
    Q = np.zeros((m, n))
    R = np.zeros((n, n))
    for k in range(n):
        R[k, k] = np.sqrt(np.sum(A[:, k] ** 2))
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = Q[:, k] @ A[:, j]
            A[:, j] -= Q[:, k] * R[k, j]
    bA = np.zeros_like(A)
    for k in range(n - 1, -1, -1):
        q = Q[:, k]
        bq = weights[:, k].copy()
        for j in range(n - 1, k, -1):
            b = bA[:, j]
            r = R[k, j]
            br = 2.0 * r - b @ q
            A[:, j] += q * r
            bq -= b * r
            bq += br * A[:, j]
            b += br * q
        r = R[k, k]
        # q = a / r, r = |a|: what is left of bq is orthogonal to q
        bA[:, k] = bq / r + (2.0 * r - bq @ q / r) * q
    return bA


def columns(m, n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(m, n)), rng.normal(size=(m, n))


CASE = Case(
    name="gramschmidt",
    primal=gramschmidt,
    adjoint=gramschmidt_adjoint,
    arguments=lambda: columns(60, 30),
    small_arguments=lambda: columns(4, 3),
    argnums=0,
    note="60 x 30",
)
