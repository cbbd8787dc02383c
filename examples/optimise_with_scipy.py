"""Parameters in containers, optimised with scipy.optimize: gradients, curvature, residuals, equations, constraints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, minimize, root

from sct_ad import grad, objective


# 1. Minimisation: logistic regression with a ridge. Every method finds the same weights.
def loss(params, x, y, ridge):
    margin = y * (x @ params["w"] + params["b"])
    return np.mean(np.logaddexp(0.0, -margin)) + ridge * np.sum(params["w"] ** 2)


def minimise():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = np.sign(x @ np.array([1.0, -2.0, 0.5]) + 0.3 * rng.normal(size=60))
    o = objective(loss, {"w": np.zeros(3), "b": 0.0}, x, y, 0.01)
    print(grad(loss).source(o.unflatten(o.x0), x, y, 0.01))
    exact = minimize(o.fun, o.x0, jac=o.jac, hess=o.hess, method="trust-exact", options={"gtol": 1e-10}).x
    found = {
        "BFGS": minimize(o.fun, o.x0, jac=o.jac, method="BFGS"),
        "L-BFGS-B": minimize(o.fun, o.x0, jac=o.jac, method="L-BFGS-B", options={"ftol": 1e-14}),
        "Newton-CG": minimize(o.fun, o.x0, jac=o.jac, hessp=o.hessp, method="Newton-CG"),
        "trust-ncg": minimize(o.fun, o.x0, jac=o.jac, hessp=o.hessp, method="trust-ncg", options={"gtol": 1e-8}),
        "trust-krylov": minimize(o.fun, o.x0, jac=o.jac, hessp=o.hessp, method="trust-krylov", options={"gtol": 1e-8}),
    }
    print(o.unflatten(exact), o.nfev, "values", o.njev, "gradients", o.nhev, "Hessians", o.nhevp, "products")
    return {name: float(np.max(np.abs(result.x - exact))) for name, result in found.items()}


# 2. Least squares: a damped oscillation. The residuals are an array, the parameters an object.
@dataclass
class Oscillation:
    """A damped oscillation."""

    size: float
    damping: float
    frequency: float


def residuals(oscillation, t, seen):
    decay = oscillation.size * np.exp(-oscillation.damping * t)
    return decay * np.cos(oscillation.frequency * t) - seen


def fit():
    t = np.linspace(0.0, 3.0, 40)
    seen = 2.0 * np.exp(-0.5 * t) * np.cos(4.0 * t)
    o = objective(residuals, Oscillation(1.0, 1.0, 3.5), t, seen)
    found = o.unflatten(least_squares(o.fun, o.x0, o.jac).x)
    return max(abs(found.size - 2.0), abs(found.damping - 0.5), abs(found.frequency - 4.0))


# 3. Equations: where a circle and a hyperbola meet.
def equations(point):
    x, y = point
    return {"circle": x**2 + y**2 - 4.0, "hyperbola": x * y - 1.0}


def solve():
    o = objective(equations, (2.0, 0.3))
    x, y = o.unflatten(root(o.fun, o.x0, jac=o.jac).x)
    return abs(x - np.sqrt(2.0 + np.sqrt(3.0))) + abs(y - 1.0 / x)


# 4. Constraints: the largest box in a sphere is a cube.
def minus_volume(sides):
    return -sides[0] * sides[1] * sides[2]


def room(sides):
    return 1.0 - np.sum((0.5 * sides) ** 2)


def largest_box():
    o, inside = objective(minus_volume, np.ones(3)), objective(room, np.ones(3))
    constraint = {"type": "ineq", "fun": inside.fun, "jac": inside.jac}
    found = minimize(o.fun, o.x0, jac=o.jac, method="SLSQP", constraints=[constraint], options={"ftol": 1e-10})
    return float(np.max(np.abs(found.x - 2.0 / np.sqrt(3.0))))


def main():
    """What the optimisers find, as distances from where the optima are."""
    return {**minimise(), "least_squares": fit(), "root": solve(), "SLSQP": largest_box()}


if __name__ == "__main__":
    print(main())
