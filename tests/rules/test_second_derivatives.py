"""Forward mode of what reverse mode emits: the run-time functions of cotangents, against differences of gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
import scipy.ndimage
import scipy.signal
from scipy import linalg, special

import sct_ad
from sct_ad.pushforward import Jvp

MATRIX = np.array([[1.8, 0.3, -0.4], [-0.6, 1.1, 0.5], [0.2, -0.7, 2.4]])
WEIGHTS = np.array([0.5, 1.5, -0.8])
CUBIC = np.poly1d([0.5, -1.0, 0.3, 2.0])


def determinant(a):
    return linalg.det(a) * np.sum(a)


def eigenvectors(a):
    _, vectors = np.linalg.eig(a)  # complex, which the type of a real matrix does not tell
    return np.sum(np.abs(vectors[:, 0] * vectors[:, 0]) * WEIGHTS)


def exponential(a):
    return np.sum(linalg.expm(0.3 * a) ** 2)


def rotation(a):
    return np.sum(linalg.orthogonal_procrustes(a, a.T @ a)[0] * a)


def triangular(a):
    return np.sum(linalg.solve_triangular(a, WEIGHTS, lower=True) ** 2)


def cosines(a):
    return np.sum(scipy.fft.dct(a, axis=0) ** 3)


def smoothed(a):
    return np.sum(scipy.ndimage.sobel(a) ** 3)


def convolved(a):
    return np.sum(scipy.signal.fftconvolve(a, a[:2], mode="same") ** 2)


def polynomial(a):
    return np.sum(CUBIC(a) ** 2)


def gamma_tail(a):
    return np.sum(special.gammainc(2.5, a**2) * a)


@pytest.mark.parametrize(
    "function",
    [
        determinant,
        eigenvectors,
        exponential,
        rotation,
        triangular,
        cosines,
        smoothed,
        convolved,
        polynomial,
        gamma_tail,
    ],
)
def test_tangents_of_gradients(function: Any) -> None:
    gradient = sct_ad.grad(function)
    gradient(MATRIX)
    names, args = gradient._bound((MATRIX,), {})
    emitted = gradient._cached(names, args).function
    direction = np.random.default_rng(0).uniform(-1.0, 1.0, MATRIX.shape)
    value, found = Jvp(emitted)((MATRIX,), (direction,))
    step = 1e-5 * direction
    expected = (gradient(MATRIX + step) - gradient(MATRIX - step)) / 2e-5
    np.testing.assert_allclose(value, gradient(MATRIX), rtol=1e-12)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * np.max(np.abs(expected)))
