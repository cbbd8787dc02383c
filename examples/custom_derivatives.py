"""Derivatives of one's own: a solver, a stable logarithm, clipped and recorded cotangents, a rounding step."""

from __future__ import annotations

import numpy as np

from sct_ad import custom_jvp, custom_vjp, grad, stop_gradient, with_cotangent


# The root of f(z) = z**3 + a * z - b by Newton's method. The derivative comes from the implicit function theorem, not
# from the iteration: (3 * z**2 + a) * dz = db - z * da.
@custom_vjp
def root(a, b):
    z = b
    for _ in range(50):
        z = z - (z**3 + a * z - b) / (3.0 * z**2 + a)
    return z


def root_fwd(a, b):
    z = root(a, b)
    return z, (a, z)


def root_bwd(residuals, bz):
    a, z = residuals
    bb = bz / (3.0 * z**2 + a)
    return -bb * z, bb


root.defvjp(root_fwd, root_bwd)


def objective(a, b):
    return np.sum(root(a, b) ** 2)


# log(1 + exp(x)) without overflow of the derivative: a tangent rule, which reverse mode transposes.
@custom_jvp
def log1pexp(x):
    return np.logaddexp(0.0, x)


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    return log1pexp(x), dx / (1.0 + np.exp(-x))


def softplus_loss(x):
    return np.sum(log1pexp(x) ** 2)


# A recurrent loop whose cotangent is clipped on its way back, and whose size is recorded.
sizes: list[float] = []


def record(b):
    sizes.append(float(np.max(np.abs(b))))


def recurrent(x, steps):
    for _ in range(steps):
        x = with_cotangent(3.0 * np.sin(x), lambda bx: np.clip(bx, -1.0, 1.0))
        x = with_cotangent(x, record)
    return np.sum(x)


# Rounding has derivative zero; let the derivative go straight through.
def quantised(x):
    rounded = x + stop_gradient(np.round(x) - x)
    return np.sum(rounded**2)


def main():
    """Print the gradients' sources, and return what they compute beside what they should."""
    a, b = np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 2.0])
    x = np.array([0.3, -1.2, 2.6])
    print(grad(objective, argnums=(0, 1)).source(a, b))
    print(grad(softplus_loss).source(x))
    print(grad(recurrent).source(x, 4))
    z = root(a, b)
    expected = 2.0 * z / (3.0 * z**2 + a)
    gradient = grad(objective, argnums=(0, 1))(a, b)
    sizes.clear()
    grad(recurrent)(x, 30)
    return {
        "root": max(np.max(np.abs(gradient[0] + expected * z)), np.max(np.abs(gradient[1] - expected))),
        "softplus": float(np.max(np.abs(grad(softplus_loss)(x) - 2.0 * log1pexp(x) / (1.0 + np.exp(-x))))),
        "sizes": sizes[:],
        "quantised": float(np.max(np.abs(grad(quantised)(x) - 2.0 * np.round(x)))),
    }


if __name__ == "__main__":
    print(main())
