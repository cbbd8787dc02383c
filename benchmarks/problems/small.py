"""A function of two floats: what a gradient call costs besides its arithmetic."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case


def potential(x, y):
    r = math.sqrt(x * x + y * y)
    return math.exp(-r) * math.sin(x) + y * math.log(1.0 + r)


def potential_adjoint(x, y):
    r = math.sqrt(x * x + y * y)
    e = math.exp(-r)
    br = y / (1.0 + r) - e * math.sin(x)
    return e * math.cos(x) + br * x / r, math.log(1.0 + r) + br * y / r


def potential_numpy(x, y):
    r = np.sqrt(x * x + y * y)
    return np.exp(-r) * np.sin(x) + y * np.log(1.0 + r)


def potential_autograd(np):
    def potential(x, y):
        r = np.sqrt(x * x + y * y)
        return np.exp(-r) * np.sin(x) + y * np.log(1.0 + r)

    return potential


CASE = Case(
    name="small",
    primal=potential,
    adjoint=potential_adjoint,
    arguments=lambda: (0.8, 1.7),
    small_arguments=lambda: (0.8, 1.7),
    argnums=(0, 1),
    autograd_primal=potential_autograd,
    jax_primal=potential_autograd,
    loop_adjoint=potential_adjoint,
    tangent_primal=potential_numpy,
)
