"""Newton's method with sparse Jacobians: the pattern comes from the source, and three sweeps give the matrix."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import spsolve

from sct_ad import grad, hessian, jacobian


def bratu(u, rate):
    """The residual of u'' + rate * exp(u) = 0 with zeros at both ends, on a grid."""
    h = 1.0 / (len(u) + 1)
    r = -2.0 * u
    r[1:] += u[:-1]
    r[:-1] += u[1:]
    return r / h**2 + rate * np.exp(u)


def newton(n, rate):
    u = np.zeros(n)
    sparse_jacobian = jacobian(bratu, sparsity="auto")
    pattern = sparse_jacobian.pattern(u, rate)  # there are no branches: it holds everywhere
    sparse_jacobian = jacobian(bratu, sparsity=pattern)
    for _ in range(20):
        residual = bratu(u, rate)
        if np.linalg.norm(residual, np.inf) < 1e-6:
            break
        matrix = sparse_jacobian(u, rate)
        u = u - spsolve(matrix.tocsc(), residual)
    return u, matrix


def chain(x):
    """The energy of springs between neighbours, and a weak one at each mass."""
    return np.sum((x[1:] - x[:-1] - 1.0) ** 4) + 0.01 * np.sum(x**2)


def main():
    u, matrix = newton(999, 1.0)
    print(f"Bratu: u(1/2) = {u[len(u) // 2]:.6f}, {matrix.nnz} entries in a matrix of shape {matrix.shape}")
    x = np.linspace(0.0, 1.0, 1000)
    print(grad(chain).source(x))
    curvature = hessian(chain, sparsity="auto")(x)
    print(f"chain: {curvature.nnz} entries in a Hessian of shape {curvature.shape}")
    return {"middle": u[len(u) // 2], "jacobian": matrix.nnz, "hessian": curvature.nnz}


if __name__ == "__main__":
    main()
