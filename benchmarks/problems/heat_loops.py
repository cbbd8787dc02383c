"""The heat equation on a grid, one element at a time, with two buffers that swap roles each step."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def heat(u, alpha, steps):
    n, m = u.shape
    u = u.copy()
    v = u.copy()
    for step in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = u[i, j] + alpha * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
        u, v = v, u
    return np.sum(u**2)


def heat_adjoint(u, alpha, steps):
    """The transposed stencil scatters; only the final `u` of the forward sweep is read."""
    n, m = u.shape
    u = u.copy()
    v = u.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = u[i, j] + alpha * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
        u, v = v, u
    bu = 2.0 * u
    bv = np.zeros_like(u)
    for _ in range(steps):
        bu, bv = bv, bu
        for i in range(n - 2, 0, -1):
            for j in range(m - 2, 0, -1):
                t = bv[i, j]
                bv[i, j] = 0.0
                a = alpha * t
                bu[i, j] += t - 4.0 * a
                bu[i, j + 1] += a
                bu[i, j - 1] += a
                bu[i + 1, j] += a
                bu[i - 1, j] += a
    bu += bv
    return bu


def heat_autograd(np):
    """Rows of scalars, since its arrays cannot be stored into."""

    def heat(u, alpha, steps):
        n, m = u.shape
        u = [[u[i, j] for j in range(m)] for i in range(n)]
        for _ in range(steps):
            v = [list(row) for row in u]
            for i in range(1, n - 1):
                for j in range(1, m - 1):
                    neighbours = u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1]
                    v[i][j] = u[i][j] + alpha * (neighbours - 4.0 * u[i][j])
            u = v
        return sum(x**2 for row in u for x in row)

    return heat


def heat_tangent(u, alpha, steps):
    """A new grid each step, since swapped buffers give it a wrong gradient; for square grids."""
    n = len(u)
    for step in range(steps):
        v = np.zeros_like(u)
        for i in range(n):
            for j in range(n):
                if i > 0 and i < n - 1 and j > 0 and j < n - 1:
                    v[i, j] = u[i, j] + alpha * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
                else:
                    v[i, j] = u[i, j]
        u = 1.0 * v
    return np.sum(u**2)


def plate(n, steps):
    return np.random.default_rng(0).uniform(size=(n, n)), 0.1, steps


def heat_jax(np):
    from jax import lax

    def heat(u, alpha, steps):
        def step(u, _):
            neighbours = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
            return u.at[1:-1, 1:-1].add(alpha * (neighbours - 4.0 * u[1:-1, 1:-1])), None

        u, _ = lax.scan(step, u, length=steps)
        return np.sum(u**2)

    return heat


CASE = Case(
    name="heat_loops",
    primal=heat,
    adjoint=heat_adjoint,
    arguments=lambda: plate(64, 10),
    full_arguments=lambda: plate(64, 100),
    small_arguments=lambda: plate(6, 3),
    argnums=0,
    autograd_primal=heat_autograd,
    jax_primal=heat_jax,
    loop_adjoint=heat_adjoint,
    tangent_primal=heat_tangent,
    note="64 x 64, 10 steps to keep the run short (100 with --full); autograd: lists of scalars; tangent-ad: new grids",
)
