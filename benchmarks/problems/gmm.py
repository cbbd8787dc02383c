"""The log-likelihood of a Gaussian mixture with a Wishart prior: ADBench's first objective.

Srajer, Kukelova, Fitzgibbon, "A benchmark of selected algorithmic differentiation tools", 2018. `icf` holds, for each
component, the logarithms of the diagonal and the lower triangle of the root of the inverse covariance.
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case, as_written


def logsumexp(x):
    largest = np.max(x, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(x - largest), axis=-1)) + largest[..., 0]


def gmm(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    logs, lower = icf[:, :d], icf[:, d:]
    diagonal = np.exp(logs)
    L = np.zeros((len(alphas), d, d))
    rows, columns = np.tril_indices(d, -1)
    L[:, rows, columns] = lower
    centred = x[:, None, :] - means
    z = diagonal * centred + np.einsum("kij,nkj->nki", L, centred)
    terms = alphas + np.sum(logs, axis=1) - 0.5 * np.sum(z**2, axis=2)
    likelihood = np.sum(logsumexp(terms)) - n * logsumexp(alphas) - 0.5 * n * d * math.log(2.0 * math.pi)
    prior = 0.5 * gamma**2 * (np.sum(diagonal**2) + np.sum(lower**2)) - m * np.sum(logs)
    return likelihood + prior


def gmm_adjoint(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    logs, lower = icf[:, :d], icf[:, d:]
    diagonal = np.exp(logs)
    L = np.zeros((len(alphas), d, d))
    rows, columns = np.tril_indices(d, -1)
    L[:, rows, columns] = lower
    centred = x[:, None, :] - means
    z = diagonal * centred + np.einsum("kij,nkj->nki", L, centred)
    terms = alphas + np.sum(logs, axis=1) - 0.5 * np.sum(z**2, axis=2)
    weights = np.exp(terms - np.max(terms, axis=1, keepdims=True))
    weights /= np.sum(weights, axis=1, keepdims=True)
    bterms = np.sum(weights, axis=0)
    shares = np.exp(alphas - np.max(alphas))
    shares /= np.sum(shares)
    z *= -weights[:, :, None]  # from here on the cotangent of z
    bdiagonal = np.einsum("nki,nki->ki", z, centred)
    by_component = z.transpose(1, 0, 2)
    bL = by_component.transpose(0, 2, 1) @ centred.transpose(1, 0, 2)
    total = np.sum(z, axis=0)  # means enter z linearly
    bmeans = -(diagonal * total + np.einsum("kij,ki->kj", L, total))
    bicf = np.empty_like(icf)
    bicf[:, :d] = bterms[:, None] - m + diagonal * (bdiagonal + gamma**2 * diagonal)
    bicf[:, d:] = bL[:, rows, columns] + gamma**2 * lower
    return bterms - n * shares, bmeans, bicf


def gmm_without_stores(np):
    """The triangle is scattered by a product with a constant matrix, since arrays cannot be stored into."""
    import numpy

    log_sum = as_written(logsumexp)(np)

    def gmm(alphas, means, icf, x, gamma, m):
        n, d = x.shape
        logs, lower = icf[:, :d], icf[:, d:]
        diagonal = np.exp(logs)
        rows, columns = numpy.tril_indices(d, -1)
        place = numpy.zeros((len(rows), d * d))
        place[numpy.arange(len(rows)), rows * d + columns] = 1.0
        L = np.reshape(lower @ place, (len(alphas), d, d))
        centred = x[:, None, :] - means
        z = diagonal * centred + np.einsum("kij,nkj->nki", L, centred)
        terms = alphas + np.sum(logs, axis=1) - 0.5 * np.sum(z**2, axis=2)
        likelihood = np.sum(log_sum(terms)) - n * log_sum(alphas) - 0.5 * n * d * math.log(2.0 * math.pi)
        prior = 0.5 * gamma**2 * (np.sum(diagonal**2) + np.sum(lower**2)) - m * np.sum(logs)
        return likelihood + prior

    return gmm


def mixture(n, d, components):
    rng = np.random.default_rng(0)
    alphas = rng.normal(size=components)
    means = rng.uniform(size=(components, d))
    icf = rng.normal(size=(components, d * (d + 1) // 2)) * 0.5
    return alphas, means, icf, rng.normal(size=(n, d)), 1.0, 0


CASE = Case(
    name="gmm",
    primal=gmm,
    adjoint=gmm_adjoint,
    arguments=lambda: mixture(1000, 10, 25),
    small_arguments=lambda: mixture(4, 3, 2),
    argnums=(0, 1, 2),
    autograd_primal=gmm_without_stores,
    jax_primal=gmm_without_stores,
    note="1000 points, d = 10, K = 25; autograd and JAX: no stores",
)
