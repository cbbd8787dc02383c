"""The problems: one module each, a program as its users write it and its adjoint as an expert would write it."""

from __future__ import annotations

from benchmarks.case import Case
from benchmarks.problems import (
    adi,
    ba,
    ba_batch,
    black_scholes,
    cholesky,
    conv2d,
    det,
    durbin,
    fdtd_2d,
    floyd_warshall,
    gmm,
    gramschmidt,
    hand,
    heat_loops,
    heat_slices,
    jacobi_2d,
    kalman,
    kmeans,
    llsq,
    logsumexp,
    lstm,
    lu,
    mlp,
    nbody,
    ode,
    particle,
    rk4,
    saddle,
    scalar_loop,
    seidel_2d,
    small,
    transformer,
    trisolv,
)

FLOATS = (small, scalar_loop, rk4, particle)
ELEMENTS = (heat_loops, jacobi_2d, seidel_2d, cholesky, lu, trisolv, durbin, floyd_warshall)
SLICES = (heat_slices, fdtd_2d, adi, gramschmidt, det)
SMALL_ARRAYS = (ba, hand, kalman, ode, saddle)
ARRAYS = (mlp, lstm, gmm, ba_batch, llsq, logsumexp, kmeans, nbody, black_scholes, conv2d, transformer)

GROUPS: dict[str, list[Case]] = {
    "loops over floats": [module.CASE for module in FLOATS],
    "loops over elements of arrays": [module.CASE for module in ELEMENTS],
    "loops over slices, in place": [module.CASE for module in SLICES],
    "small arrays": [module.CASE for module in SMALL_ARRAYS],
    "large arrays": [module.CASE for module in ARRAYS],
}
CASES = {case.name: case for cases in GROUPS.values() for case in cases}
