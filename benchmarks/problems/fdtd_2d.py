"""Maxwell's equations in two dimensions by finite differences in time, slices in place, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def fdtd(ex, ey, hz, source):
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for s in source:
        ey[0, :] = s
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz**2)


def fdtd_adjoint(ex, ey, hz, source):
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for s in source:
        ey[0, :] = s
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    bhz = 2.0 * hz
    bex, bey = np.zeros_like(ex), np.zeros_like(ey)
    bsource = np.empty_like(source)
    for k in range(len(source) - 1, -1, -1):
        t = 0.7 * bhz[:-1, :-1]
        bex[:-1, 1:] -= t
        bex[:-1, :-1] += t
        bey[1:, :-1] -= t
        bey[:-1, :-1] += t
        t = 0.5 * bex[:, 1:]
        bhz[:, 1:] -= t
        bhz[:, :-1] += t
        t = 0.5 * bey[1:, :]
        bhz[1:, :] -= t
        bhz[:-1, :] += t
        bsource[k] = bey[0, :].sum()
        bey[0, :] = 0.0
    return bex, bey, bhz, bsource


def fdtd_jax(np):
    from jax import lax

    def fdtd(ex, ey, hz, source):
        def step(fields, s):
            ex, ey, hz = fields
            ey = ey.at[0, :].set(s)
            ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
            ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
            hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
            return (ex, ey, hz), None

        (_, _, hz), _ = lax.scan(step, (ex, ey, hz), source)
        return np.sum(hz**2)

    return fdtd


def fields(n, m, steps):
    rng = np.random.default_rng(0)
    return *(rng.normal(size=(n, m)) for _ in range(3)), rng.normal(size=steps)


CASE = Case(
    name="fdtd_2d",
    primal=fdtd,
    adjoint=fdtd_adjoint,
    arguments=lambda: fields(100, 120, 40),
    small_arguments=lambda: fields(4, 5, 3),
    argnums=(0, 1, 2, 3),
    jax_primal=fdtd_jax,
    loop_adjoint=fdtd_adjoint,
    note="100 x 120, 40 steps; JAX: lax.scan",
)
