"""Half of GradBench's saddle: the value of a maximisation by gradient ascent, differentiated through the ascent.

max over q of |p|^2 - |q|^2 + p M q, by a fixed number of steps with momentum; differentiated by p.
"""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def saddle(p, M, rate, steps):
    q = np.ones(M.shape[1])
    speed = np.zeros(M.shape[1])
    for _ in range(steps):
        uphill = p @ M - 2.0 * q - 0.1 * q**3
        speed = 0.5 * speed + rate * uphill
        q = q + speed
    return p @ p - q @ q + p @ M @ q


def saddle_adjoint(p, M, rate, steps):
    q = np.ones(M.shape[1])
    speed = np.zeros(M.shape[1])
    pM = p @ M
    tape = []
    for _ in range(steps):
        tape.append(q)
        uphill = pM - 2.0 * q - 0.1 * q**3
        speed = 0.5 * speed + rate * uphill
        q = q + speed
    bp = 2.0 * p + M @ q
    bq = pM - 2.0 * q
    bspeed = np.zeros_like(q)
    bpM = np.zeros_like(q)
    for _ in range(steps):
        q = tape.pop()
        bspeed += bq
        bup = rate * bspeed
        bspeed *= 0.5
        bpM += bup
        bq -= bup * (2.0 + 0.3 * q**2)
    bp += M @ bpM
    return bp


def problem(n):
    rng = np.random.default_rng(0)
    return rng.normal(size=n), rng.normal(size=(n, n)) / np.sqrt(n)


CASE = Case(
    name="saddle",
    primal=saddle,
    adjoint=saddle_adjoint,
    arguments=lambda: (*problem(30), 0.1, 100),
    small_arguments=lambda: (*problem(3), 0.1, 4),
    argnums=0,
    autograd_primal=as_written(saddle),
    note="30 unknowns, 100 steps; what does not change in the loop is computed once by hand",
)
