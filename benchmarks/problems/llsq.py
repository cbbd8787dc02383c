"""A polynomial fitted to the sign function by least squares: GradBench's llsq."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def llsq(x, n):
    t = np.linspace(-1.0, 1.0, n)
    fitted = np.zeros(n)
    for j in range(len(x)):
        fitted = fitted + x[j] * t**j
    return 0.5 * np.sum((np.sign(t) - fitted) ** 2)


def llsq_adjoint(x, n):
    """The powers are the columns of a matrix, whose products with vectors are all there is to it."""
    t = np.linspace(-1.0, 1.0, n)
    powers = np.empty((len(x), n))
    for j in range(len(x)):
        powers[j] = t**j
    return powers @ (x @ powers - np.sign(t))


CASE = Case(
    name="llsq",
    primal=llsq,
    adjoint=llsq_adjoint,
    arguments=lambda: (np.random.default_rng(0).normal(size=16), 4096),
    small_arguments=lambda: (np.random.default_rng(0).normal(size=4), 6),
    argnums=0,
    autograd_primal=as_written(llsq),
    jax_primal=as_written(llsq),
    note="16 coefficients, 4096 points",
)
