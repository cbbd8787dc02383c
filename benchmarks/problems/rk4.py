"""Predators and prey by the classical Runge-Kutta method, on floats."""

from __future__ import annotations

from benchmarks.case import Case


def rates(x, y, a, b, c, d):
    return a * x - b * x * y, d * x * y - c * y


def rk4(x, y, a, b, c, d, h, steps):
    for _ in range(steps):
        k1x, k1y = rates(x, y, a, b, c, d)
        k2x, k2y = rates(x + 0.5 * h * k1x, y + 0.5 * h * k1y, a, b, c, d)
        k3x, k3y = rates(x + 0.5 * h * k2x, y + 0.5 * h * k2y, a, b, c, d)
        k4x, k4y = rates(x + h * k3x, y + h * k3y, a, b, c, d)
        x = x + h / 6.0 * (k1x + 2.0 * k2x + 2.0 * k3x + k4x)
        y = y + h / 6.0 * (k1y + 2.0 * k2y + 2.0 * k3y + k4y)
    return x * y


def rk4_adjoint(x, y, a, b, c, d, h, steps):
    """Each step is computed again from its start, which is all that is kept."""
    half, sixth = 0.5 * h, h / 6.0
    starts = []
    for _ in range(steps):
        starts.append((x, y))
        k1x, k1y = a * x - b * x * y, d * x * y - c * y
        x2, y2 = x + half * k1x, y + half * k1y
        k2x, k2y = a * x2 - b * x2 * y2, d * x2 * y2 - c * y2
        x3, y3 = x + half * k2x, y + half * k2y
        k3x, k3y = a * x3 - b * x3 * y3, d * x3 * y3 - c * y3
        x4, y4 = x + h * k3x, y + h * k3y
        k4x, k4y = a * x4 - b * x4 * y4, d * x4 * y4 - c * y4
        x = x + sixth * (k1x + 2.0 * k2x + 2.0 * k3x + k4x)
        y = y + sixth * (k1y + 2.0 * k2y + 2.0 * k3y + k4y)
    bx, by = y, x
    ba = bb = bc = bd = 0.0
    for _ in range(steps):
        x, y = starts.pop()
        xy = x * y
        k1x, k1y = a * x - b * xy, d * xy - c * y
        x2, y2 = x + half * k1x, y + half * k1y
        xy2 = x2 * y2
        k2x, k2y = a * x2 - b * xy2, d * xy2 - c * y2
        x3, y3 = x + half * k2x, y + half * k2y
        xy3 = x3 * y3
        k3x, k3y = a * x3 - b * xy3, d * xy3 - c * y3
        x4, y4 = x + h * k3x, y + h * k3y
        xy4 = x4 * y4
        b4x, b4y = sixth * bx, sixth * by
        t = d * b4y - b * b4x
        bx4, by4 = a * b4x + t * y4, t * x4 - c * b4y
        b3x, b3y = 2.0 * b4x + h * bx4, 2.0 * b4y + h * by4
        t = d * b3y - b * b3x
        bx3, by3 = a * b3x + t * y3, t * x3 - c * b3y
        b2x, b2y = 2.0 * b4x + half * bx3, 2.0 * b4y + half * by3
        t = d * b2y - b * b2x
        bx2, by2 = a * b2x + t * y2, t * x2 - c * b2y
        b1x, b1y = b4x + half * bx2, b4y + half * by2
        t = d * b1y - b * b1x
        bx += bx4 + bx3 + bx2 + a * b1x + t * y
        by += by4 + by3 + by2 + t * x - c * b1y
        ba += b1x * x + b2x * x2 + b3x * x3 + b4x * x4
        bb -= b1x * xy + b2x * xy2 + b3x * xy3 + b4x * xy4
        bc -= b1y * y + b2y * y2 + b3y * y3 + b4y * y4
        bd += b1y * xy + b2y * xy2 + b3y * xy3 + b4y * xy4
    return bx, by, ba, bb, bc, bd


def rk4_plain(np):
    return rk4


def rk4_jax(np):
    from jax import lax

    def trajectory(x, y, a, b, c, d, h, steps):
        def step(state, _):
            return one_step(*state, a, b, c, d, h), None

        (x, y), _ = lax.scan(step, (np.asarray(x), np.asarray(y)), length=steps)
        return x * y

    def one_step(x, y, a, b, c, d, h):
        k1x, k1y = rates(x, y, a, b, c, d)
        k2x, k2y = rates(x + 0.5 * h * k1x, y + 0.5 * h * k1y, a, b, c, d)
        k3x, k3y = rates(x + 0.5 * h * k2x, y + 0.5 * h * k2y, a, b, c, d)
        k4x, k4y = rates(x + h * k3x, y + h * k3y, a, b, c, d)
        x = x + h / 6.0 * (k1x + 2.0 * k2x + 2.0 * k3x + k4x)
        return x, y + h / 6.0 * (k1y + 2.0 * k2y + 2.0 * k3y + k4y)

    return trajectory


CASE = Case(
    name="rk4",
    primal=rk4,
    adjoint=rk4_adjoint,
    arguments=lambda: (10.0, 5.0, 1.1, 0.4, 0.4, 0.1, 0.05, 200),
    small_arguments=lambda: (10.0, 5.0, 1.1, 0.4, 0.4, 0.1, 0.05, 5),
    argnums=(0, 1, 2, 3, 4, 5),
    autograd_primal=rk4_plain,
    jax_primal=rk4_jax,
    loop_adjoint=rk4_adjoint,
    note="200 steps; JAX: lax.scan",
)
