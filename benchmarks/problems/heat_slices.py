"""The heat equation on a grid in slices of one array, updated in place."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case
from benchmarks.problems.heat_loops import heat_jax, plate


def heat(u, alpha, steps):
    u = u.copy()
    for step in range(steps):
        u[1:-1, 1:-1] = u[1:-1, 1:-1] + alpha * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        )
    return np.sum(u**2)


def heat_adjoint(u, alpha, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] = u[1:-1, 1:-1] + alpha * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        )
    bu = 2.0 * u
    inner = bu[1:-1, 1:-1]
    for _ in range(steps):
        t = alpha * inner
        inner -= 4.0 * t
        bu[:-2, 1:-1] += t
        bu[2:, 1:-1] += t
        bu[1:-1, :-2] += t
        bu[1:-1, 2:] += t
    return bu


def heat_autograd(np):
    """A new array each step, since its arrays cannot be stored into."""

    def heat(u, alpha, steps):
        for _ in range(steps):
            inner = u[1:-1, 1:-1] + alpha * (
                u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
            )
            middle = np.concatenate([u[1:-1, :1], inner, u[1:-1, -1:]], axis=1)
            u = np.concatenate([u[:1], middle, u[-1:]], axis=0)
        return np.sum(u**2)

    return heat


def heat_tangent(u, alpha, steps):
    u = 1.0 * u
    for step in range(steps):
        u[1:-1, 1:-1] = u[1:-1, 1:-1] + alpha * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        )
    return np.sum(u**2)


CASE = Case(
    name="heat_slices",
    primal=heat,
    adjoint=heat_adjoint,
    arguments=lambda: plate(64, 100),
    small_arguments=lambda: plate(6, 3),
    argnums=0,
    autograd_primal=heat_autograd,
    jax_primal=heat_jax,
    loop_adjoint=heat_adjoint,
    tangent_primal=heat_tangent,
    note="64 x 64, 100 steps; autograd: a new array each step, no stores",
)
