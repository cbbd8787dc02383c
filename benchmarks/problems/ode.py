"""A chain of n coupled equations, each driven by the one before, by the Runge-Kutta method: GradBench's ode.

y_1' = x_1, y_i' = x_i y_{i-1}; the last component at time 1 is differentiated by x.
"""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def slope(x, y):
    return x * np.concatenate((np.ones(1), y[:-1]))


def ode(x, steps):
    h = 1.0 / steps
    y = np.zeros(len(x))
    for _ in range(steps):
        k1 = slope(x, y)
        k2 = slope(x, y + h / 2 * k1)
        k3 = slope(x, y + h / 2 * k2)
        k4 = slope(x, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y[-1]


def ode_adjoint(x, steps):
    """The shifted states are kept in rows of four for each step, as both sweeps need them."""
    n = len(x)
    h = 1.0 / steps
    y = np.zeros(n)
    shifted = np.ones((steps, 4, n))
    for step in range(steps):
        s1, s2, s3, s4 = shifted[step]
        s1[1:] = y[:-1]
        k1 = x * s1
        s2[1:] = y[:-1] + h / 2 * k1[:-1]
        k2 = x * s2
        s3[1:] = y[:-1] + h / 2 * k2[:-1]
        k3 = x * s3
        s4[1:] = y[:-1] + h * k3[:-1]
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + x * s4)
    bx = np.zeros(n)
    by = np.zeros(n)
    by[-1] = 1.0
    tail = x[1:]
    for step in range(steps - 1, -1, -1):
        s1, s2, s3, s4 = shifted[step]
        b4 = h / 6 * by
        b23 = 2 * b4
        t = tail * b4[1:]
        total = t.copy()
        b3 = b23.copy()
        b3[:-1] += h * t
        t = tail * b3[1:]
        total += t
        b2 = b23
        b2[:-1] += h / 2 * t
        t = tail * b2[1:]
        total += t
        b1 = b4.copy()
        b1[:-1] += h / 2 * t
        total += tail * b1[1:]
        by[:-1] += total
        bx += b1 * s1 + b2 * s2 + b3 * s3 + b4 * s4
    return bx


def ode_loops(x, steps):
    """The same in loops over components."""
    n = len(x)
    h = 1.0 / steps
    y = np.zeros(n)
    shifted = np.ones((steps, 4, n))
    for step in range(steps):
        s = shifted[step]
        for i in range(n):
            s[0, i] = y[i - 1] if i > 0 else 1.0
        for i in range(1, n):
            s[1, i] = y[i - 1] + h / 2 * x[i - 1] * s[0, i - 1]
        for i in range(1, n):
            s[2, i] = y[i - 1] + h / 2 * x[i - 1] * s[1, i - 1]
        for i in range(1, n):
            s[3, i] = y[i - 1] + h * x[i - 1] * s[2, i - 1]
        for i in range(n):
            y[i] += h / 6 * x[i] * (s[0, i] + 2 * s[1, i] + 2 * s[2, i] + s[3, i])
    bx = np.zeros(n)
    by = np.zeros(n)
    by[n - 1] = 1.0
    for step in range(steps - 1, -1, -1):
        s = shifted[step]
        t1 = t2 = t3 = t4 = 0.0
        for i in range(n - 1, -1, -1):
            b4 = h / 6 * by[i]
            b3 = 2 * b4 + h * t4
            b2 = 2 * b4 + h / 2 * t3
            b1 = b4 + h / 2 * t2
            by[i] += t1 + t2 + t3 + t4
            t1, t2, t3, t4 = x[i] * b1, x[i] * b2, x[i] * b3, x[i] * b4
            bx[i] += b1 * s[0, i] + b2 * s[1, i] + b3 * s[2, i] + b4 * s[3, i]
    return bx


def ode_stacked(np):
    def slope(x, y):
        return x * np.concatenate((np.ones(1), y[:-1]))

    def ode(x, steps):
        h = 1.0 / steps
        y = np.zeros(len(x))
        for _ in range(steps):
            y = advanced(x, y, h)
        return y[-1]

    def advanced(x, y, h):
        k1 = slope(x, y)
        k2 = slope(x, y + h / 2 * k1)
        k3 = slope(x, y + h / 2 * k2)
        k4 = slope(x, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def scanned(x, steps):
        from jax import lax

        y, _ = lax.scan(lambda y, _: (advanced(x, y, 1.0 / steps), None), np.zeros(len(x)), length=steps)
        return y[-1]

    return scanned if np.__name__ == "jax.numpy" else ode


CASE = Case(
    name="ode",
    primal=ode,
    adjoint=ode_adjoint,
    arguments=lambda: (np.random.default_rng(0).uniform(0.5, 1.5, size=16), 100),
    small_arguments=lambda: (np.random.default_rng(0).uniform(0.5, 1.5, size=4), 5),
    full_arguments=lambda: (np.random.default_rng(0).uniform(0.5, 1.5, size=1000), 100),
    argnums=0,
    autograd_primal=ode_stacked,
    jax_primal=ode_stacked,
    loop_adjoint=ode_loops,
    note="16 components (1000 with --full), 100 steps; JAX: lax.scan",
)
