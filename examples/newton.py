"""Newton's method: the exact Hessian of a logistic regression, and Hessian-vector products of a larger one."""

from __future__ import annotations

import numpy as np

from sct_ad import grad, hessian, hvp


def loss(w, A, y, decay):
    z = A @ w
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.5 * decay * np.sum(w**2)


def data(samples, features):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(samples, features))
    y = (A @ rng.normal(size=features) + rng.normal(size=samples) > 0.0).astype(float)
    return A, y, 0.01


# The step solves H s = g with the whole Hessian: one Hessian-vector product for each feature.
def newton(samples=200, features=5, steps=8):
    arguments = data(samples, features)
    gradient, curvature = grad(loss), hessian(loss)
    w, norms = np.zeros(features), []
    for _ in range(steps):
        g = gradient(w, *arguments)
        norms.append(float(np.linalg.norm(g)))
        w = w - np.linalg.solve(curvature(w, *arguments), g)
    return w, norms, arguments


# The step solves H s = g by conjugate gradients, which only ask for H times a vector.
def newton_cg(samples=400, features=60, steps=8):
    arguments = data(samples, features)
    gradient, product = grad(loss), hvp(loss)
    w, norms, products = np.zeros(features), [], 0
    for _ in range(steps):
        g = gradient(w, *arguments)
        norms.append(float(np.linalg.norm(g)))
        s, r = np.zeros(features), g
        p, rr = r, r @ r
        while np.sqrt(rr) > 1e-3 * min(1.0, norms[-1]) * norms[-1]:
            Hp = product(w, *arguments, p)
            products += 1
            step = rr / (p @ Hp)
            s, r = s + step * p, r - step * Hp
            rr, before = r @ r, rr
            p = r + rr / before * p
        w = w - s
    return norms, products


def main():
    w, norms, arguments = newton()
    print(grad(loss).source(w, *arguments))
    print(hvp(loss).source(w, *arguments))
    print("gradient in Newton's method:", ", ".join(f"{norm:.1e}" for norm in norms))
    A, y, decay = arguments
    p = 1.0 / (1.0 + np.exp(-(A @ w)))
    by_hand = (A.T * (p * (1.0 - p))) @ A / len(y) + decay * np.eye(len(w))
    error = np.max(np.abs(hessian(loss)(w, *arguments) - by_hand))
    norms_cg, products = newton_cg()
    print(f"with conjugate gradients: {norms_cg[0]:.1e} to {norms_cg[-1]:.1e} by {products} Hessian-vector products")
    return {"norms": norms, "error": error, "norms_cg": norms_cg, "products": products}


if __name__ == "__main__":
    main()
