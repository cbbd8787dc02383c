"""Bodies under their gravity, softened, all pairs at once; leapfrog steps."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def accelerations(q, m):
    d = q[None, :, :] - q[:, None, :]
    square = np.sum(d**2, axis=2) + 0.01
    return np.sum(d * (m / square**1.5)[:, :, None], axis=1)


def nbody(q, v, m, dt, steps):
    for _ in range(steps):
        v = v + dt * accelerations(q, m)
        q = q + dt * v
    return 0.5 * np.sum(m * np.sum(v**2, axis=1)) + np.sum(q**2)


def nbody_adjoint(q, v, m, dt, steps):
    """The distances are computed again: three quarters of the memory that keeping them costs."""
    tape = []
    for _ in range(steps):
        tape.append(q)
        v = v + dt * accelerations(q, m)
        q = q + dt * v
    bq = 2.0 * q
    bv = m[:, None] * v
    bm = 0.5 * np.sum(v**2, axis=1)
    for _ in range(steps):
        q = tape.pop()
        bv += dt * bq
        ba = dt * bv
        d = q[None, :, :] - q[:, None, :]
        square = np.sum(d**2, axis=2) + 0.01
        inverse = square**-1.5
        along = np.einsum("ijk,ik->ij", d, ba)  # acceleration of i by j: d_ij m_j / square^1.5
        bm += np.sum(along * inverse, axis=0)
        strength = m * inverse
        bd = strength[:, :, None] * ba[:, None, :]
        bd -= (3.0 * along * strength / square)[:, :, None] * d
        bq += np.sum(bd, axis=0)
        bq -= np.sum(bd, axis=1)
    return bq, bv, bm


def nbody_loops(q, v, m, dt, steps):
    """The same in loops over pairs, without arrays of pairs."""
    n, dim = q.shape
    q = q.copy()
    v = v.copy()
    tape = np.empty((steps, n, dim))
    for step in range(steps):
        tape[step] = q
        for i in range(n):
            for j in range(n):
                square = 0.01
                for k in range(dim):
                    square += (q[j, k] - q[i, k]) ** 2
                strength = dt * m[j] / (square * np.sqrt(square))
                for k in range(dim):
                    v[i, k] += (q[j, k] - q[i, k]) * strength
        for i in range(n):
            for k in range(dim):
                q[i, k] += dt * v[i, k]
    bq = 2.0 * q
    bv = np.empty((n, dim))
    bm = np.zeros(n)
    for i in range(n):
        for k in range(dim):
            bv[i, k] = m[i] * v[i, k]
            bm[i] += 0.5 * v[i, k] ** 2
    for step in range(steps - 1, -1, -1):
        q = tape[step]
        for i in range(n):
            for k in range(dim):
                bv[i, k] += dt * bq[i, k]
        for i in range(n):
            for j in range(n):
                square = 0.01
                along = 0.0
                for k in range(dim):
                    d = q[j, k] - q[i, k]
                    square += d * d
                    along += d * bv[i, k]
                along *= dt
                inverse = 1.0 / (square * np.sqrt(square))
                bm[j] += along * inverse
                strength = m[j] * inverse
                t = 3.0 * along * strength / square
                for k in range(dim):
                    bd = strength * dt * bv[i, k] - t * (q[j, k] - q[i, k])
                    bq[j, k] += bd
                    bq[i, k] -= bd
    return bq, bv, bm


def nbody_jax(np):
    from jax import lax

    def accelerations(q, m):
        d = q[None, :, :] - q[:, None, :]
        square = np.sum(d**2, axis=2) + 0.01
        return np.sum(d * (m / square**1.5)[:, :, None], axis=1)

    def nbody(q, v, m, dt, steps):
        def step(state, _):
            q, v = state
            v = v + dt * accelerations(q, m)
            return (q + dt * v, v), None

        (q, v), _ = lax.scan(step, (q, v), length=steps)
        return 0.5 * np.sum(m * np.sum(v**2, axis=1)) + np.sum(q**2)

    return nbody


def bodies(n, steps):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 3)), 0.1 * rng.normal(size=(n, 3)), rng.uniform(0.5, 1.5, size=n) / n, 0.01, steps


CASE = Case(
    name="nbody",
    primal=nbody,
    adjoint=nbody_adjoint,
    arguments=lambda: bodies(40, 20),
    small_arguments=lambda: bodies(3, 2),
    full_arguments=lambda: bodies(200, 20),
    argnums=(0, 1, 2),
    autograd_primal=as_written(nbody),
    jax_primal=nbody_jax,
    loop_adjoint=nbody_loops,
    note="40 bodies (200 with --full), 20 steps; JAX: lax.scan",
)
