"""Test data of the rules of `scipy.linalg`."""

import numpy as np
from scipy import linalg

from sct_ad.runtime.scipy.matrix_functions import matrix_function_cotangent, matrix_function_tangent
from tests.rules.array_cases import Call, definite, numbers, other, regular

TOPIC = "scipy.linalg"

PHASES = {"complex": "the phases of complex vectors are arbitrary: their cotangents are NaN"}
PIVOTS = {name: "there are no such pivots" for name in ("sizes 1", "sizes 0")}
SHAPES = ((2, 3), (3, 2), (2, 2))
BAND = np.array([[0.0, 0.3, -0.4], [4.0, 5.0, 3.5], [0.5, 0.7, 0.0]])
UPPER_BAND = np.array([[0.0, 0.3, -0.4], [4.0, 5.0, 3.5]])
LOWER_BAND = np.array([[4.0, 5.0, 3.5], [0.3, -0.4, 0.0]])
STEADY = np.array([[-1.0, 0.3], [0.2, -2.0]])
SMALL = 0.3 * numbers(2, 2)
LIKE = ("sym", "her", "pos", "diagonal", "tridiagonal", "upper triangular", "lower triangular")
CASES = {
    linalg.solve: [Call(regular(3, 3), other(3)), Call(regular(3, 3), other(3, 2)), Call(regular(3, 3), other(3), transposed=True)]
    + [Call(definite(3, 3), other(3), assume_a=kind) for kind in LIKE] + [Call(definite(3, 3), other(3), lower=True, assume_a=kind) for kind in ("sym", "pos")],
    linalg.solve_triangular: [Call(regular(3, 3), other(3), lower=lower, trans=trans) for lower in (False, True) for trans in (0, 1)]
    + [Call(regular(3, 3), other(3, 2), lower=True, unit_diagonal=True), Call(regular(2, 2), other(2), trans="C")],
    linalg.solve_banded: [Call((1, 1), BAND, other(3)), Call((0, 2), BAND[::-1] + 1.0, other(3, 2)), Call((2, 0), BAND[[1, 2, 0]], other(3))],
    linalg.solveh_banded: [Call(UPPER_BAND, other(3)), Call(LOWER_BAND, other(3, 2), lower=True)],
    linalg.solve_toeplitz: [Call(np.array([4.0, 0.5, -0.3]), other(3)), Call((np.array([4.0, 0.5, -0.3]), np.array([9.0, 1.2, 0.7])), other(3, 2))],
    linalg.matmul_toeplitz: [Call(np.array([4.0, 0.5, -0.3]), other(3)), Call((np.array([4.0, 0.5]), np.array([9.0, 1.2, 0.7])), other(3, 2))],
    linalg.solve_circulant: [Call(np.array([4.0, 0.5, -0.3]), other(3)), Call(np.array([4.0, 0.5, -0.3]), other(3, 2))],
    linalg.cho_solve: [Call((regular(3, 3), lower), other(3)) for lower in (False, True)] + [Call((regular(2, 2), True), other(2, 2))],
    linalg.cho_solve_banded: [Call((UPPER_BAND, False), other(3)), Call((LOWER_BAND, True), other(3, 2))],
    linalg.lu_solve: [Call((regular(3, 3), np.array([1, 2, 2])), other(3), trans, leave_out=PIVOTS) for trans in (0, 1, 2)] + [Call((regular(2, 2), np.array([1, 1])), other(2, 2), leave_out=PIVOTS)],
    linalg.lstsq: [Call(numbers(*shape), other(shape[0], *more)) for shape in SHAPES for more in ((), (2,))],
    linalg.inv: [Call(regular(3, 3))],
    linalg.det: [Call(regular(3, 3)), Call(np.array([[1.0, 2.0], [2.0, 4.0]]))],
    linalg.pinv: [Call(numbers(2, 3)), Call(numbers(3, 2), rtol=0.5, literal=("rtol",))],
    linalg.pinvh: [Call(definite(3, 3)), Call(definite(3, 3), lower=False)],
    linalg.norm: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3), 1, literal=(1,)), Call(numbers(2, 3), np.inf, 1, True, literal=(1,)), Call(numbers(2, 3), "nuc", literal=(1,))],
    linalg.solve_sylvester: [Call(regular(2, 2), definite(3, 3), other(2, 3))],
    linalg.solve_continuous_lyapunov: [Call(STEADY, other(2, 2))],
    linalg.solve_discrete_lyapunov: [Call(SMALL, other(2, 2))],
    linalg.solve_continuous_are: [Call(STEADY, other(2, 1), np.eye(2), np.eye(1), literal=(2, 3))],
    linalg.cholesky: [Call(definite(3, 3)), Call(definite(3, 3), lower=True)],
    linalg.cho_factor: [Call(definite(3, 3)), Call(definite(3, 3), lower=True)],
    linalg.cholesky_banded: [Call(UPPER_BAND), Call(LOWER_BAND, lower=True)],
    linalg.lu: [Call(numbers(*shape), **kept) for shape in SHAPES for kept in ({}, {"permute_l": True}, {"p_indices": True})],
    linalg.lu_factor: [Call(numbers(2, 2)), Call(numbers(3, 3))],
    linalg.qr: [Call(numbers(*shape), mode="economic") for shape in SHAPES] + [Call(numbers(2, 3)), Call(numbers(3, 2), mode="economic", pivoting=True), Call(numbers(3, 2), mode="r")]
    + [Call(numbers(2, 3), mode="r", pivoting=True)],
    linalg.rq: [Call(numbers(*shape), mode="economic") for shape in SHAPES] + [Call(numbers(3, 2))],
    linalg.svd: [Call(numbers(*shape), full_matrices=False, leave_out=PHASES) for shape in SHAPES] + [Call(numbers(2, 2), leave_out=PHASES), Call(numbers(2, 3), compute_uv=False)],
    linalg.svdvals: [Call(numbers(2, 3))],
    linalg.eigh: [Call(definite(3, 3), leave_out=PHASES), Call(definite(3, 3), lower=False, leave_out=PHASES), Call(numbers(2, 2), definite(2, 2), leave_out=PHASES)]
    + [Call(numbers(2, 2), definite(2, 2), lower=False, leave_out=PHASES)],
    linalg.eigvalsh: [Call(definite(3, 3)), Call(definite(3, 3), lower=False), Call(numbers(2, 2), definite(2, 2))],
    linalg.eig: [Call(definite(3, 3))],
    linalg.eigvals: [Call(definite(3, 3))],
    linalg.eig_banded: [Call(UPPER_BAND, leave_out=PHASES), Call(LOWER_BAND, lower=True, leave_out=PHASES)],
    linalg.eigvals_banded: [Call(UPPER_BAND), Call(LOWER_BAND, lower=True)],
    linalg.eigh_tridiagonal: [Call(numbers(3), other(2), lapack_driver="stev")],
    linalg.eigvalsh_tridiagonal: [Call(numbers(3), other(2))],
    linalg.expm: [Call(numbers(2, 2)), Call(SMALL)],
    linalg.logm: [Call(definite(2, 2)), Call(regular(2, 2))],
    linalg.sinm: [Call(numbers(2, 2))], linalg.cosm: [Call(numbers(2, 2))], linalg.tanm: [Call(SMALL)],
    linalg.sinhm: [Call(numbers(2, 2))], linalg.coshm: [Call(numbers(2, 2))], linalg.tanhm: [Call(SMALL)],
    linalg.sqrtm: [Call(definite(2, 2)), Call(regular(3, 3))],
    linalg.fractional_matrix_power: [Call(definite(2, 2), 0.3), Call(definite(2, 2), 1.5)],
    linalg.expm_frechet: [Call(SMALL, other(2, 2)), Call(SMALL, other(2, 2), compute_expm=False)],
    linalg.polar: [Call(numbers(*shape), side=side) for shape in SHAPES for side in ("right", "left")],
    linalg.orthogonal_procrustes: [Call(numbers(3, 2), other(3, 2))],
    linalg.block_diag: [Call(numbers(2, 2), other(1, 3)), Call(numbers(2), 1.5)],
    linalg.toeplitz: [Call(numbers(3)), Call(numbers(3), other(2)), Call([0.5, 2.0, 1.0])],
    linalg.hankel: [Call(numbers(3)), Call(numbers(3), other(2))],
    linalg.circulant: [Call(numbers(3))],
    linalg.convolution_matrix: [Call(numbers(3), 4), Call(numbers(3), 2, "same")],
    linalg.diagsvd: [Call(numbers(2), 2, 3)],
    linalg.companion: [Call(numbers(4))],
    linalg.leslie: [Call(numbers(3), other(2))],
    linalg.fiedler: [Call(numbers(3))],
    linalg.khatri_rao: [Call(numbers(2, 3), other(2, 3))],
    matrix_function_cotangent: [Call(other(2, 2), SMALL, "expm"), Call(other(2, 2), definite(2, 2), "cosm")],
    matrix_function_tangent: [Call(other(2, 2), SMALL, "sinm")],
}  # fmt: skip
if hasattr(linalg, "kron"):  # which warns that it is deprecated
    CASES[linalg.kron] = [Call(other(2, 2), other(1, 3))]
