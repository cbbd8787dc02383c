"""A loop over floats: the cost of Python bookkeeping, with nothing to hide it."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case


def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


def energy_adjoint(x, n):
    x_tape = []
    for _ in range(n):
        x_tape.append(x)
        x = math.sin(x) * 1.1
    bx = 0.0
    for _ in range(n):
        bx += 2.0 * x
        x = x_tape.pop()
        bx = bx * 1.1 * math.cos(x)
    return bx


def energy_numpy(x, n):
    s = 0.0
    for i in range(n):
        x = np.sin(x) * 1.1
        s = s + x * x
    return s


def energy_autograd(np):
    def energy(x, n):
        s = 0.0
        for _ in range(n):
            x = np.sin(x) * 1.1
            s = s + x * x
        return s

    return energy


def energy_jax(np):
    from jax import lax

    def energy(x, n):
        def step(state, _):
            x, s = state
            x = np.sin(x) * 1.1
            return (x, s + x * x), None

        (_, s), _ = lax.scan(step, (np.asarray(x), np.asarray(0.0)), length=n)
        return s

    return energy


CASE = Case(
    name="scalar_loop",
    primal=energy,
    adjoint=energy_adjoint,
    arguments=lambda: (0.7, 1000),
    small_arguments=lambda: (0.7, 12),
    argnums=0,
    autograd_primal=energy_autograd,
    jax_primal=energy_jax,
    loop_adjoint=energy_adjoint,
    tangent_primal=energy_numpy,
)
