"""All shortest paths in a graph, in loops over elements, as in PolyBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def floyd_warshall(path, weights):
    path = path.copy()
    n = len(path)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = path[i, k] + path[k, j]
                if through < path[i, j]:
                    path[i, j] = through
    return np.sum(path * weights)


def floyd_warshall_adjoint(path, weights):
    """The steps that shorten a path are linear: which they are is all that is kept."""
    path = path.copy()
    n = len(path)
    shortened = []
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = path[i, k] + path[k, j]
                if through < path[i, j]:
                    path[i, j] = through
                    shortened.append((i, j, k))
    bpath = weights.copy()
    for i, j, k in reversed(shortened):
        t = bpath[i, j]
        bpath[i, j] = 0.0
        bpath[i, k] += t
        bpath[k, j] += t
    return bpath


def floyd_warshall_loops(path, weights):
    """The tape is a stack of numbered cells, which Numba compiles better than a list of tuples."""
    path = path.copy()
    n = len(path)
    shortened = np.empty(n**3, dtype=np.int64)
    count = 0
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = path[i, k] + path[k, j]
                if through < path[i, j]:
                    path[i, j] = through
                    shortened[count] = (k * n + i) * n + j
                    count += 1
    bpath = weights.copy()
    while count > 0:
        count -= 1
        cell = shortened[count]
        i, j, k = cell // n % n, cell % n, cell // (n * n)
        t = bpath[i, j]
        bpath[i, j] = 0.0
        bpath[i, k] += t
        bpath[k, j] += t
    return bpath


def distances(n):
    rng = np.random.default_rng(0)
    return rng.uniform(1.0, 10.0, size=(n, n)), rng.normal(size=(n, n))


def floyd_warshall_jax(np):
    from jax import lax

    def floyd_warshall(path, weights):
        def step(path, k):
            through = path[:, k][:, None] + path[k]
            return np.where(through < path, through, path), None

        path, _ = lax.scan(step, path, np.arange(len(path)))
        return np.sum(path * weights)

    return floyd_warshall


CASE = Case(
    name="floyd_warshall",
    primal=floyd_warshall,
    adjoint=floyd_warshall_adjoint,
    arguments=lambda: distances(20),
    small_arguments=lambda: distances(4),
    full_arguments=lambda: distances(60),
    argnums=0,
    jax_primal=floyd_warshall_jax,
    loop_adjoint=floyd_warshall_loops,
    note="20 nodes (60 with --full); JAX: whole matrices and lax.scan",
)
