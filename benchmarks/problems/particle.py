"""A charged particle falls between two fixed charges until it meets the ground: the objective of GradBench's particle.

Siskind and Pearlmutter's example: the simulation's length depends on the state, and the last step is interpolated. The
force is the derivative of the potential, written out.
"""

from __future__ import annotations

import math

from benchmarks.case import Case


def force(x, y, cx, cy):
    dx, dy = x - cx, y - cy
    r = math.sqrt(dx * dx + dy * dy)
    return dx / r**3, dy / r**3


def particle(w, dt):
    x, y, u, v = 0.0, 8.0, 0.75, 0.0
    while y > 0.0:
        ax, ay = force(x, y, 10.0, 10.0 - w)
        bx, by = force(x, y, 10.0, 0.0)
        x0, y0 = x, y
        x = x + dt * u
        y = y + dt * v
        u = u + dt * (ax + bx)
        v = v + dt * (ay + by) - dt * 0.05
    share = y0 / (y0 - y)
    landed = x0 + share * (x - x0)
    return landed * landed


def particle_adjoint(w, dt):
    """A step is computed again from its start."""
    x, y, u, v = 0.0, 8.0, 0.75, 0.0
    starts = []
    while y > 0.0:
        starts.append((x, y))
        ax, ay = force(x, y, 10.0, 10.0 - w)
        bx, by = force(x, y, 10.0, 0.0)
        x0, y0 = x, y
        x = x + dt * u
        y = y + dt * v
        u = u + dt * (ax + bx)
        v = v + dt * (ay + by) - dt * 0.05
    fall = y0 - y
    share = y0 / fall
    blanded = 2.0 * (x0 + share * (x - x0))
    bshare = blanded * (x - x0)
    gx, gy = share * blanded, share * bshare / fall
    gx0, gy0 = (1.0 - share) * blanded, (1.0 - share) * bshare / fall
    gu = gv = gw = 0.0
    first = True
    while starts:
        x, y = starts.pop()
        fx, fy = dt * gu, dt * gv
        gu += dt * gx
        gv += dt * gy
        if first:
            gx += gx0
            gy += gy0
            first = False
        for charge in (0, 1):
            dx, dy = x - 10.0, y if charge else y - 10.0 + w
            square = dx * dx + dy * dy
            cube = square * math.sqrt(square)
            t = 3.0 * (fx * dx + fy * dy) / (square * cube)
            gx += fx / cube - t * dx
            by = fy / cube - t * dy
            gy += by
            if not charge:
                gw += by
    return gw


def particle_plain(np):
    def force(x, y, cx, cy):
        dx, dy = x - cx, y - cy
        r = np.sqrt(dx * dx + dy * dy)
        return dx / r**3, dy / r**3

    def particle(w, dt):
        x, y, u, v = 0.0, 8.0, 0.75, 0.0
        while y > 0.0:
            ax, ay = force(x, y, 10.0, 10.0 - w)
            bx, by = force(x, y, 10.0, 0.0)
            x0, y0 = x, y
            x = x + dt * u
            y = y + dt * v
            u = u + dt * (ax + bx)
            v = v + dt * (ay + by) - dt * 0.05
        share = y0 / (y0 - y)
        landed = x0 + share * (x - x0)
        return landed * landed

    return particle


CASE = Case(
    name="particle",
    primal=particle,
    adjoint=particle_adjoint,
    arguments=lambda: (0.5, 0.05),
    small_arguments=lambda: (0.5, 0.5),
    argnums=0,
    autograd_primal=particle_plain,
    loop_adjoint=particle_adjoint,
    note="about 350 steps; the number of steps depends on the state",
)
