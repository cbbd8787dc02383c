"""The logarithm of a sum of exponentials of a long vector."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def logsumexp(x):
    largest = np.max(x)
    return np.log(np.sum(np.exp(x - largest))) + largest


def logsumexp_adjoint(x):
    e = np.exp(x - np.max(x))
    e /= np.sum(e)
    return e


CASE = Case(
    name="logsumexp",
    primal=logsumexp,
    adjoint=logsumexp_adjoint,
    arguments=lambda: (np.random.default_rng(0).normal(size=10_000),),
    full_arguments=lambda: (np.random.default_rng(0).normal(size=1_000_000),),
    small_arguments=lambda: (np.random.default_rng(0).normal(size=6),),
    argnums=0,
    autograd_primal=as_written(logsumexp),
    jax_primal=as_written(logsumexp),
    note="10,000 numbers (1,000,000 with --full)",
)
