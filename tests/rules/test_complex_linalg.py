"""Rules of linear algebra at complex points, and of orders and keywords that are floats."""

import numpy as np
import pytest

from sct_ad.checking.rules import check_rule
from sct_ad.runtime.factorisations import eig_cotangent, eigh_cotangent, qr_cotangent, svd_cotangent

PHASES = {"complex": "the phases of the vectors are arbitrary"}


def complex_numbers(*shape, seed=1):
    """Complex numbers of size about 1."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=shape) + 1j * generator.normal(size=shape)


def differences(value, x, step=2e-4):
    """The cotangent of a complex array in a real number, by extrapolated differences entry by entry."""
    found = np.zeros(x.shape, complex)
    for index in np.ndindex(x.shape):
        for direction in (1.0, 1j):
            unit = np.zeros(x.shape, complex)
            unit[index] = direction
            near, far = ((value(x + h * unit) - value(x - h * unit)) / (2 * h) for h in (step, 2 * step))
            found[index] += np.conj(direction) * (4 * near - far) / 3
    return found


C = complex_numbers
REAL = C(2, 3).real
FAR = C(3, 3) + 3.0 * np.eye(3)
HALF = C(2, 2)
HERMITIAN = HALF + HALF.conj().T
DEFINITE = HALF @ HALF.conj().T + np.diag([1.0, 2.0])
PAIRS = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((2, 2, 3), (3,)), ((2, 1, 2, 3), (2, 3, 1))]
INFINITY = float("inf")


def calls():
    for left, right in PAIRS:
        for function in (np.matmul, np.dot):
            yield function, (C(*left), C(*right, seed=2)), {}
    yield np.matmul, (REAL, C(3, 2)), {}
    yield np.dot, (C(2, 3), C(3, 2).real), {}
    yield np.inner, (C(2, 3), C(4, 3)), {}
    yield np.vdot, (C(3), C(3, seed=2)), {}
    yield np.vdot, (C(3).real, C(3, seed=2)), {}
    yield np.outer, (C(3), C(2)), {}
    yield np.kron, (C(2, 1), C(2)), {}
    yield np.cross, (C(2, 3), C(3, seed=2)), {}
    yield np.einsum, ("ij,jk->ik", REAL, C(3, 2)), {}
    yield np.tensordot, (C(2, 3), C(3, 2), 1), {}
    if hasattr(np, "vecdot"):
        yield np.vecdot, (C(2, 3), C(2, 3, seed=2)), {"axis": 0}
        yield np.linalg.cross, (C(3, 2), C(3, 2, seed=2)), {"axis": 0}
    if hasattr(np, "matvec"):
        yield np.matvec, (C(2, 3), C(3)), {}
        yield np.vecmat, (C(2), C(2, 3)), {}
    yield np.linalg.solve, (FAR, C(3)), {}
    yield np.linalg.solve, (FAR, C(2, 3, 2)), {}
    yield np.linalg.solve, (FAR.real, C(3)), {}
    yield np.linalg.inv, (FAR,), {}
    yield np.linalg.det, (C(2, 2, 2),), {}
    yield np.linalg.slogdet, (FAR,), {}
    yield np.linalg.matrix_power, (HALF, -2), {}
    for shape in ((2, 3), (3, 2), (2, 2)):
        yield np.linalg.pinv, (C(*shape),), {}
        yield np.linalg.lstsq, (C(*shape), C(shape[0])), {"rcond": None}
        yield np.linalg.qr, (C(*shape),), {}
        yield np.linalg.qr, (C(*shape), "r"), {}
        yield np.linalg.svd, (C(*shape),), {"compute_uv": False}
    yield np.linalg.pinv, (HERMITIAN,), {"hermitian": True}
    yield np.linalg.tensorsolve, (C(2, 2, 4), C(2, 2)), {}
    yield np.linalg.tensorinv, (C(2, 2, 4),), {}
    yield np.linalg.cholesky, (DEFINITE,), {}
    yield np.linalg.eigvalsh, (HERMITIAN, "U"), {}
    yield np.linalg.eigvals, (FAR,), {}
    yield np.linalg.eig, (FAR,), {}
    yield np.linalg.eig, (np.array([[1.0, 2.0], [-1.0, 1.5]]),), {}
    yield np.linalg.eigvals, (np.array([[1.0, 2.0], [-1.0, 1.5]]),), {}
    for x in (REAL, C(2, 3)):
        for order in (None, 1, 2, -2, INFINITY, -INFINITY, "nuc"):
            yield np.linalg.norm, (x, order), {}
            if hasattr(np.linalg, "matrix_norm"):
                yield np.linalg.matrix_norm, (x,), {"ord": order or "fro"}
        for order in (1, 2, 2.5, -1, INFINITY, 0):
            yield np.linalg.norm, (x, order), {"axis": 0}
            if hasattr(np.linalg, "vector_norm"):
                yield np.linalg.vector_norm, (x,), {"ord": order, "keepdims": True}
    for p in (None, -2, 1, "fro", "nuc"):
        yield np.linalg.cond, (HALF, p), {}


CALLS = list(calls())


@pytest.mark.parametrize("function, args, keywords", CALLS, ids=lambda value: getattr(value, "__name__", ""))
def test_against_differences(function, args, keywords):
    literal = tuple(k for k, arg in enumerate(args) if isinstance(arg, float))
    check_rule(function, args, keywords, literal=(*literal, *keywords))


@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (2, 2)])
@pytest.mark.parametrize("full", [True, False])
def test_singular_vectors_by_functions_without_a_choice(shape, full):
    a, rank = C(*shape), min(shape)
    weights, target = np.arange(1.0, 1.0 + shape[0])[:, None], C(*shape, seed=4)

    def value(a):
        u, s, vh = np.linalg.svd(a, full)
        rest = np.sum(weights * np.abs(u[:, rank:]) ** 2)
        return rest + np.sum(weights * np.abs(u[:, :rank]) ** 2 * s) + np.sum(target * (u[:, :rank] @ vh[:rank])).real

    u, s, vh = z = np.linalg.svd(a, full)
    u_cotangent, vh_cotangent = 2 * weights * u.conj(), np.zeros_like(vh)
    u_cotangent[:, :rank] *= s
    u_cotangent[:, :rank] += target @ vh[:rank].T
    vh_cotangent[:rank] = u[:, :rank].T @ target
    s_cotangent = np.sum(weights * np.abs(u[:, :rank]) ** 2, 0)
    found = svd_cotangent(u_cotangent, s_cotangent, vh_cotangent, z, a)
    np.testing.assert_allclose(found, differences(value, a), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("uplo", ["L", "U"])
def test_eigenvectors_of_hermitian_matrices(uplo):
    weights = np.array([[1.0, 2.0], [-0.5, 0.3]])

    def value(a):
        w, v = np.linalg.eigh(a, uplo)
        return np.sum(weights * np.abs(v) ** 2) + w @ w

    w, v = np.linalg.eigh(HERMITIAN, uplo)
    found = eigh_cotangent(2 * w, 2 * weights * v.conj(), w, v, uplo)
    np.testing.assert_allclose(found, differences(value, HERMITIAN), rtol=1e-7, atol=1e-8)


def test_complete_basis():
    a, weights = C(3, 2), np.array([1.0, -0.5, 2.0])[:, None]

    def value(a):
        q, r = np.linalg.qr(a, "complete")
        return np.sum(weights * np.abs(q[:, 2:]) ** 2) + np.sum(np.abs(r[0]))

    q, r = np.linalg.qr(a, "complete")
    q_cotangent, r_cotangent = np.zeros_like(q), np.zeros_like(r)
    q_cotangent[:, 2:] = 2 * weights * q[:, 2:].conj()
    r_cotangent[0] = r[0].conj() / np.abs(r[0])
    found = qr_cotangent(q_cotangent, r_cotangent, q, r, a)
    np.testing.assert_allclose(found, differences(value, a), rtol=1e-7, atol=1e-8)


def test_functions_of_an_arbitrary_choice_have_no_derivative():
    w, v = np.linalg.eigh(HERMITIAN)
    assert np.isnan(eigh_cotangent(w, C(2, 2), w, v)).any()
    z = np.linalg.svd(HALF)
    assert np.isnan(svd_cotangent(C(2, 2), z[1], 0 * z[2], z, HALF)).all()
    q, r = np.linalg.qr(C(3, 1), "complete")
    assert np.isnan(qr_cotangent(C(3, 3), r, q, r, C(3, 1))).all()


def test_equal_eigenvalues():
    w, v = np.linalg.eigh(2.0 * np.eye(2))
    assert eigh_cotangent(w, np.zeros((2, 2)), w, v).tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert np.isnan(eigh_cotangent(w, np.array([[1.0, 2.0], [3.0, 4.0]]), w, v)).any()
    # The cotangents of w and v in v @ diag(w) @ v.T: the limit is not zero, though it is 0 / 0.
    assert np.isnan(eigh_cotangent(np.ones(2), 4.0 * np.ones((2, 2)), w, v)).any()
    w, v = np.linalg.eig(np.array([[1.0, 1.0], [0.0, 1.0]]))
    assert eig_cotangent(w, 0.0 * v, w, v, np.ones((2, 2))) == pytest.approx(np.eye(2))
    z = np.linalg.svd(np.eye(3)[:, :2])
    found = svd_cotangent(0.0 * z[0], z[1], 0.0 * z[2], z, np.eye(3)[:, :2])
    assert found == pytest.approx(np.eye(3)[:, :2])


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_single_precision_stays(dtype):
    a = (np.diag([1.0, 2.0, 4.0]) + 0.1).astype(dtype)
    svd, eigh, eig, qr = np.linalg.svd(a), np.linalg.eigh(a), np.linalg.eig(a), np.linalg.qr(a)
    found = [
        svd_cotangent(*svd, svd, a),
        eigh_cotangent(*eigh, *eigh),
        eig_cotangent(*eig, *eig, a),
        qr_cotangent(*qr, *qr, a),
    ]
    assert [part.dtype for part in found] == [dtype] * 4
