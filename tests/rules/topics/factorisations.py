"""Test data of the rules of factorisations and eigenvalues."""

import numpy as np

from tests.rules.array_cases import Call, definite, numbers, other, regular

TOPIC = "factorisations"

SPIRAL = np.array([[1.0, 2.0, 0.3], [-2.0, 1.5, 0.1], [0.2, -0.4, 3.0]])  # has complex eigenvalues
SHAPES = ((2, 3), (3, 2), (2, 2))
PHASES = {"complex": "the phases of complex vectors are arbitrary: their cotangents are NaN"}
CASES = {
    np.linalg.cholesky: [Call(definite(3, 3)), Call(definite(2, 2, 2)), Call(definite(1, 1)), Call(np.zeros((0, 0)))],
    np.linalg.eigh: [Call(definite(3, 3), leave_out=PHASES), Call(definite(2, 3, 3), leave_out=PHASES), Call(definite(3, 3), "U", leave_out=PHASES)],
    np.linalg.eigvalsh: [Call(definite(3, 3)), Call(definite(3, 3), "U"), Call(definite(1, 1))],
    np.linalg.eig: [Call(definite(3, 3)), Call(regular(2, 2, 2)), Call(definite(1, 1))],
    np.linalg.eigvals: [Call(definite(3, 3)), Call(definite(2, 2, 2)), Call(definite(1, 1))],
    np.linalg.svd: [Call(numbers(2, 3), compute_uv=False), Call(numbers(3, 2), compute_uv=False), Call(definite(3, 3), compute_uv=False, hermitian=True)]
    + [Call(numbers(*shape), full_matrices=False, leave_out=PHASES) for shape in SHAPES] + [Call(numbers(2, 2), leave_out=PHASES), Call(numbers(2, 2, 2), False, literal=(1,), leave_out=PHASES), Call(definite(3, 3), hermitian=True, leave_out=PHASES)],
    np.linalg.qr: [Call(numbers(*shape), mode, literal=(1,)) for shape in SHAPES for mode in ("reduced", "r")] + [Call(other(2, 3, 2)), Call(numbers(2, 3), "complete", literal=(1,))],
}  # fmt: skip
if hasattr(np.linalg, "svdvals"):
    CASES[np.linalg.svdvals] = [Call(numbers(2, 3)), Call(numbers(2, 3, 2))]
    CASES[np.linalg.cholesky] += [Call(definite(3, 3), upper=True), Call(definite(2, 2, 2), upper=True)]
