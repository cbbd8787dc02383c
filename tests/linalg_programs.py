"""Programs of linear algebra, as users write them."""

import numpy as np

from tests.program import arr, gauss, register


def far(rng, n):
    """A matrix far from singular."""
    return gauss(rng, n, n) + 3.0 * n**0.5 * np.eye(n)


def principal_variances(x):
    """The share of the variance along each principal axis, weighted."""
    centred = x - x.mean(axis=0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    share = s**2 / np.sum(s**2)
    total = 0.0
    for k in range(len(share)):
        total += (k + 1) * share[k] * np.sum(vt[k] ** 4)
    return total


register(principal_variances, lambda r: (gauss(r, 6, 3),), tags="array linalg")


def gram_schmidt_energy(a, b):
    q, r = np.linalg.qr(a)
    x = np.linalg.solve(r, q.T @ b)
    if np.linalg.matrix_rank(a) < 2:
        return 0.0
    return np.sum(x**2) + np.abs(np.diag(r)).sum()


register(gram_schmidt_energy, lambda r: (gauss(r, 4, 2), gauss(r, 4)), (0, 1), tags="array linalg")


def spectral_loss(a):
    """Symmetric by construction, so that it does not matter which triangle is read."""
    w, v = np.linalg.eigh((a + a.T) / 2.0)
    return np.sum(w**3) + np.sum(v[:, -1] ** 4)


register(spectral_loss, lambda r: (gauss(r, 3, 3),), tags="array linalg")


def named_parts(a):
    found = np.linalg.eigh(a @ a.T)
    sign, logdet = np.linalg.slogdet(a)
    return found.eigenvalues[0] * sign + logdet


register(named_parts, lambda r: (far(r, 3),), tags="array linalg")


def spectral_radius(a):
    """The eigenvalues of a real matrix can be complex: which they are is seen when the program runs."""
    w = np.linalg.eigvals(a)
    return np.max(np.abs(w)) + np.sum(w.real**2) - np.sum(w.imag**2)


register(
    spectral_radius, lambda r: (np.array([[1.0, 2.0, 0.3], [-2.0, 0.5, 0.1], [0.2, -0.4, 1.0]]),), tags="array linalg"
)
register(
    spectral_radius,
    lambda r: (np.diag([1.0, 2.0, 4.0]) + 0.1 * gauss(r, 3, 3),),
    tags="array linalg",
    name="real_spectrum",
)


def modes(a):
    w, v = np.linalg.eig(a)
    return np.sum(np.abs(v) ** 4) + np.sum(np.abs(w) ** 2)


register(modes, lambda r: (np.array([[1.0, 2.0, 0.3], [-1.0, 0.5, 0.1], [0.2, -0.4, 1.0]]),), tags="array linalg")


def fitted_line(x, y):
    a = np.stack([np.ones_like(x), x], axis=1)
    solution, squares, rank, s = np.linalg.lstsq(a, y, rcond=None)
    return solution[1] * squares[0] + s[-1]


register(fitted_line, lambda r: (arr(r, 6), gauss(r, 6)), (0, 1), tags="array linalg")


def gaussian_log_likelihood(points, mean, root):
    cov = root @ root.T + np.eye(2)
    chol = np.linalg.cholesky(cov)
    white = np.linalg.solve(chol, (points - mean).T)
    return -0.5 * np.sum(white**2) - len(points) * np.log(np.diag(chol)).sum()


register(
    gaussian_log_likelihood, lambda r: (gauss(r, 4, 2), gauss(r, 2), gauss(r, 2, 2)), (0, 1, 2), tags="array linalg"
)


def stacked_systems(a, b):
    """Several systems at once, written into an array in place."""
    out = np.zeros((2, 3))
    x = np.linalg.solve(a, b)
    for k in range(2):
        out[k] = x[k, :, 0] * np.linalg.det(a[k])
    return np.sum(out**2) + np.linalg.norm(a, axis=(1, 2)).sum() + np.linalg.cond(a[0], 1)


register(stacked_systems, lambda r: (np.stack([far(r, 3), far(r, 3)]), gauss(r, 2, 3, 1)), (0, 1), tags="array linalg")
