"""Programs that use `scipy.linalg`, as users write them."""

import numpy as np
import scipy.linalg as sla
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from tests.program import arr, gauss, register


def kriging_likelihood(x, y, scale, noise):
    """The log marginal likelihood of a Gaussian process."""
    distances = (x[:, None] - x[None, :]) ** 2
    cov = np.exp(-0.5 * distances / scale**2) + noise * np.eye(len(x))
    factor = cho_factor(cov, lower=True)
    weights = cho_solve(factor, y)
    logdet = 2.0 * np.sum(np.log(np.diag(factor[0])))
    return -0.5 * (y @ weights) - 0.5 * logdet


register(kriging_likelihood, lambda r: (arr(r, 4), gauss(r, 4), 0.7, 0.3), (0, 1, 2, 3), tags="array linalg scipy")


def whitened(points, cov):
    chol = sla.cholesky(cov, lower=True)
    white = solve_triangular(chol, points.T, lower=True)
    return np.sum(white**2) + np.sum(np.log(np.diag(chol)))


register(whitened, lambda r: (gauss(r, 3, 2), np.array([[2.0, 0.3], [0.3, 1.0]])), (0, 1), tags="array linalg scipy")


def rotating(omega, t, x):
    """A linear system stepped by its exponential."""
    generator = np.array([[0.0, -1.0], [1.0, 0.0]]) * omega
    total = 0.0
    for k in range(3):
        x = sla.expm(generator * t) @ x
        if k > 0:
            total += x[0] ** 2 + 0.5 * x[1]
    return total


register(rotating, lambda r: (1.3, 0.4, gauss(r, 2)), (0, 1, 2), tags="array linalg scipy")


def reused_factors(a, b, c):
    lu = sla.lu_factor(a)
    first = sla.lu_solve(lu, b)
    second = sla.lu_solve(lu, c, trans=1)
    return first @ second


register(
    reused_factors,
    lambda r: (gauss(r, 3, 3) + 4.0 * np.eye(3), gauss(r, 3), gauss(r, 3)),
    (0, 1, 2),
    tags="array linalg scipy",
)


def heat_step(kappa, u, dt):
    """Implicit steps of the heat equation: a tridiagonal matrix written in place."""
    n = len(u)
    bands = np.zeros((3, n))
    bands[0, 1:] = -kappa[1:] * dt
    bands[1] = 1.0 + 2.0 * kappa * dt
    bands[2, :-1] = -kappa[:-1] * dt
    for _ in range(2):
        u = sla.solve_banded((1, 1), bands, u)
    return np.sum(u**2)


register(heat_step, lambda r: (arr(r, 4), gauss(r, 4), 0.1), (0, 1, 2), tags="array linalg scipy")


def matrix_roots(a):
    """The root of a real matrix can be complex; here one is, one is not."""
    root, other = sla.sqrtm(a @ a.T + np.eye(2)), sla.sqrtm(-a @ a.T)
    return np.sum(np.abs(root) ** 2) + np.abs(other[0, 1]) ** 2


register(matrix_roots, lambda r: (gauss(r, 2, 2),), tags="array linalg scipy")


def fit_and_its_singular_values(a, b):
    """How many numbers there are in the second result, the values decide; the gradient needs not know."""
    solution, squares, rank, s = sla.lstsq(a, b)
    return np.sum(solution**2) + squares * rank + np.sum(s)


register(fit_and_its_singular_values, lambda r: (gauss(r, 4, 2), gauss(r, 4)), (0, 1), tags="array linalg scipy")


def blocks(a, c):
    m = sla.block_diag(a, sla.toeplitz(c))
    return np.sum(m @ m) + sla.det(m)


register(blocks, lambda r: (gauss(r, 2, 2), gauss(r, 2)), (0, 1), tags="array linalg scipy")
