"""Gradients of linear algebra under Numba, beside those in Python."""

import numpy as np
import pytest

pytest.importorskip("numba")

from sct_ad import grad  # noqa: E402
from sct_ad.emit.numba import implementations  # noqa: F401, E402  which registers stand-ins
from sct_ad.emit.numba.native import compiled  # noqa: E402
from sct_ad.runtime.factorisations import eigh_cotangent, qr_cotangent  # noqa: E402
from sct_ad.runtime.linalg import inverse_transposed  # noqa: E402
from tests.numerical import assert_close  # noqa: E402

A = np.random.default_rng(4).normal(size=(4, 4)) + 4.0 * np.eye(4)


def log_likelihood(A):
    K = A @ A.T + np.eye(len(A))
    L = np.linalg.cholesky(K)
    z = np.linalg.solve(L, A[0])
    return -0.5 * z @ z - np.sum(np.log(np.diag(L)))


def lower_part(A):
    return np.sum(np.linalg.cholesky(A + A.T) ** 3)


def log_determinant(A):
    return np.linalg.slogdet(A)[1] * A[0, 0]


def eigenvalues(A):
    return np.sum(np.linalg.eigvalsh(A) ** 3)


def diagonals(A):
    B = A.copy()
    for k in range(3):
        B[k] = B[k] * np.diag(B)[k]
    return np.sum(B**2) + np.trace(B[:, 1:]) + np.sum(np.log(np.diag(A)))


def gram_schmidt(A):
    Q = np.zeros_like(A)
    R = np.zeros((A.shape[1], A.shape[1]))
    for j in range(A.shape[1]):
        v = A[:, j].copy()
        for i in range(j):
            R[i, j] = Q[:, i] @ A[:, j]
            v -= R[i, j] * Q[:, i]
        R[j, j] = np.sqrt(v @ v)
        Q[:, j] = v / R[j, j]
    return np.sum(np.log(np.diag(R))) + R[0, 1] ** 2


@pytest.mark.parametrize(
    "function",
    [log_likelihood, lower_part, log_determinant, eigenvalues, diagonals, gram_schmidt],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("layout", ["C", "F", "part"])
def test_as_in_python(function, layout):
    A_ = np.asfortranarray(A) if layout == "F" else np.repeat(A, 2, axis=1)[:, ::2] if layout == "part" else A
    assert_close(grad(function, backend="numba")(A_), grad(function)(A_), 1e-12)


def test_single_precision_stays():
    for function in (lower_part, log_determinant, eigenvalues):
        found = grad(function, backend="numba")(A.astype(np.float32))
        assert found.dtype == np.float32
        assert_close(found.astype(float), grad(function)(A), 1e-4)


def test_the_inverse_of_a_singular_matrix_is_nan():
    kernel = compiled(lambda a: inverse_transposed(a), {})
    assert np.all(np.isnan(kernel(np.zeros((2, 2)))))


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (1, 1), (2, 1)])
def test_cotangents_of_qr(shape):
    rng = np.random.default_rng(7)
    a = rng.normal(size=shape)
    q, r = np.linalg.qr(a)
    given = rng.normal(size=q.shape), np.triu(rng.normal(size=r.shape))
    kernel = compiled(lambda bq, br, q, r, a: qr_cotangent(bq, br, q, r, a), {})
    assert_close(kernel(*given, q, r, a), qr_cotangent(*given, q, r, a), 1e-10)


def test_cotangents_of_qr_of_a_singular_matrix_are_nan():
    a = np.array([[1.0, 0.0], [2.0, 0.0]])
    q, r = np.linalg.qr(a)
    r[1, 1] = 0.0
    kernel = compiled(lambda bq, br, q, r, a: qr_cotangent(bq, br, q, r, a), {})
    assert np.all(np.isnan(kernel(q, r, q, r, a)))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_cotangents_of_eigh(n):
    rng = np.random.default_rng(8)
    a = rng.normal(size=(n, n))
    values, vectors = np.linalg.eigh(a + a.T)
    kernel = compiled(lambda bw, bv, w, v: eigh_cotangent(bw, bv, w, v, "L"), {})
    for bv in (rng.normal(size=(n, n)), np.zeros((n, n))):
        given = rng.normal(size=n), bv
        assert_close(kernel(*given, values, vectors), eigh_cotangent(*given, values, vectors), 1e-10)


def test_vectors_of_equal_eigenvalues_have_no_derivative():
    kernel = compiled(lambda bw, bv, w, v: eigh_cotangent(bw, bv, w, v), {})
    values, vectors = np.array([1.0, 1.0, 3.0]), np.eye(3)
    for bv in (np.eye(3), np.arange(9.0).reshape(3, 3), np.diag([0.0, 0.0, 1.0])):
        given = np.ones(3), bv
        expected = eigh_cotangent(*given, values, vectors)
        np.testing.assert_allclose(kernel(*given, values, vectors), expected, rtol=1e-12)


def vectors_of(A):
    w, v = np.linalg.eigh((A + A.T) / 2.0)
    return np.sum(w**3) + np.sum(v[:, -1] ** 4)


def least_squares(A):
    q, r = np.linalg.qr(A)
    return np.sum(np.linalg.solve(r, q.T @ A[:, 3]) ** 2) + np.sum(np.abs(np.diag(r)))


@pytest.mark.parametrize("function", [vectors_of, least_squares])
def test_factors_as_in_python_and_as_differences(function):
    found = grad(function, backend="numba")(A)
    assert_close(found, grad(function)(A), 1e-10)
    step = np.random.default_rng(1).normal(size=A.shape)
    slope = (function(A + 1e-5 * step) - function(A - 1e-5 * step)) / 2e-5
    np.testing.assert_allclose(np.sum(found * step), slope, rtol=1e-6)
