"""Rules of products of vectors, matrices and tensors, and of diagonals."""

import operator

import numpy as np
import pytest

from sct_ad.rules.registry import lookup
from tests.rules.array_cases import TOPICS, check, numbers, other
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["linear"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["linear"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (operator.matmul, ["A", "B"], {}, "A", ["bA += bz @ B.T", "bB += A.T @ bz"]),
        (np.matmul, ["A", "v"], {}, "w", ["bA += np.outer(bz, v)", "bv += A.T @ bz"]),
        (np.matmul, ["v", "B"], {}, "K", ["bv += B @ bz", "bB += np.outer(v, bz)"]),
        (np.dot, ["v", "three"], {}, "s", ["bv += bz * three", "bthree += bz * v"]),
        (np.dot, ["v", "v"], {}, "s", ["bv += bz * 2.0 * v"]),
        (np.matmul, ["P", "B"], {}, "P", ["bP += bz @ B.T", "bB += np.tensordot(P, bz, ((0, 1), (0, 1)))"]),
        (np.matmul, ["P", "Q"], {}, "P", ["bP += bz @ Q.swapaxes(1, 2)", "bQ += P.swapaxes(1, 2) @ bz"]),
        (np.matmul, ["U", "A"], {}, "U", ["bU += matmul_left(bz, U, A)", "bA += matmul_right(bz, U, A)"]),
        (np.dot, ["A", "B"], {}, "A", ["bA += bz @ B.T", "bB += A.T @ bz"]),
        (np.dot, ["x", "A"], {}, "A", ["bx += np.sum(bz * A)", "bA += bz * x"]),
        (np.outer, ["v", "w"], {}, "A", ["bv += bz @ w", "bw += v @ bz"]),
        (np.inner, ["A", "S"], {}, "A", ["bA += bz @ S", "bS += bz.T @ A"]),
        (np.vdot, ["v", "v"], {}, "s", ["bv += bz * v", "bv += bz * v"]),
        (np.tensordot, ["A", "v", "1"], {}, "w", ["bA += np.outer(bz, v)", "bv += A.T @ bz"]),
        (np.trace, ["S"], {}, "s", ["bS += bz * np.eye(S.shape[0])"]),
        (np.trace, ["A"], {}, "s", ["bA += bz * np.eye(A.shape[0], A.shape[1])"]),
        (np.trace, ["F"], {"offset": "1"}, "s", ["bF += bz * np.eye(F.shape[0], F.shape[1], k=1, dtype=F.dtype)"]),
        (np.diag, ["v"], {}, "S", ["bv += np.diag(bz)"]),
        (np.diag, ["S"], {}, "v", ["bS += np.diag(bz)"]),
        (np.diag, ["A", "1"], {}, "v", ["bA += diagonal_cotangent(bz, A, 1)"]),
        (np.tril, ["A"], {}, "A", ["bA += np.tril(bz)"]),
        (np.triu, ["A", "-1"], {}, "A", ["bA += np.triu(bz, -1)"]),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_only_active_operands_get_cotangents():
    assert emitted(np.matmul, "A", "B", inactive="A") == ["bB += A.T @ bz"]


@pytest.mark.parametrize("function", [np.matmul, np.dot, np.vdot, np.inner, np.outer], ids=lambda f: f.__name__)
def test_complex_vectors(function):
    """The cotangent c of x is such that the result's real part, weighted by dz, grows by the real part of c dx."""
    x, y = numbers(3) + 1j * other(3), other(3) - 0.5j * numbers(3)
    z = function(x, y)
    dz = np.exp(1j * np.arange(z.size)).reshape(z.shape)[()]
    found = lookup(function).pullback(z, dz, x, y)
    dx, dy = other(3) * (1.0 + 0.3j), numbers(3) * (0.2 - 1.0j)
    grown = (function(x + 1e-6 * dx, y + 1e-6 * dy) - function(x - 1e-6 * dx, y - 1e-6 * dy)) / 2e-6
    cx, cy = found.values()
    assert np.sum(dz * grown).real == pytest.approx((cx @ dx + cy @ dy).real, rel=1e-7)
