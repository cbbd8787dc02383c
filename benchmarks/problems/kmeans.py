"""The cost of k-means clustering: squared distances of points to their nearest centroids, as in GradBench."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def kmeans(centroids, points):
    differences = points[:, None, :] - centroids
    squares = np.sum(differences**2, axis=2)
    return np.sum(np.min(squares, axis=1))


def kmeans_adjoint(centroids, points):
    differences = points[:, None, :] - centroids
    nearest = np.argmin(np.sum(differences**2, axis=2), axis=1)
    chosen = points - centroids[nearest]
    bcentroids = np.zeros_like(centroids)
    np.add.at(bcentroids, nearest, -2.0 * chosen)
    return bcentroids


def clusters(points, centroids, d):
    rng = np.random.default_rng(0)
    return rng.normal(size=(centroids, d)), rng.normal(size=(points, d))


CASE = Case(
    name="kmeans",
    primal=kmeans,
    adjoint=kmeans_adjoint,
    arguments=lambda: clusters(2000, 16, 8),
    small_arguments=lambda: clusters(6, 3, 2),
    argnums=0,
    autograd_primal=as_written(kmeans),
    jax_primal=as_written(kmeans),
    note="2000 points, 16 centroids, d = 8",
)
