"""Rules of linear algebra."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.rules import evaluate
from sct_ad.rules.registry import lookup
from tests.rules.array_cases import TOPICS, check, numbers, other
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["linalg"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["linalg"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.linalg.norm, ["v"], {}, "s", ["bv += bz / (z + (z == 0)) * v"]),
        (np.linalg.norm, ["A"], {"axis": "1"}, "w", ["bA += (bz / (z + (z == 0)))[:, None] * A"]),
        (np.linalg.norm, ["v", "1"], {}, "s", ["bv += bz * np.sign(v)"]),
        (np.linalg.norm, ["v", "0"], {}, "s", []),
        (np.linalg.solve, ["S", "v"], {}, "v", ["w1 = np.linalg.solve(S.T, bz)", "bS += -np.outer(w1, z)", "bv += w1"]),
        (np.linalg.solve, ["S", "B"], {}, "B", ["w1 = np.linalg.solve(S.T, bz)", "bS += -w1 @ z.T", "bB += w1"]),
        (np.linalg.inv, ["S"], {}, "S", ["bS += -z.T @ bz @ z.T"]),
        (np.linalg.det, ["S"], {}, "s", ["bS += bz * cofactors(S)"]),
        (np.linalg.slogdet, ["S"], {}, "u", ["bS += bz[1] * inverse_transposed(S)"]),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf])
def test_norm_of_zero_is_flat(order):
    rule = lookup(np.linalg.norm)
    for x in (np.zeros(3), np.zeros(3, np.float32)):
        found = evaluate.pull(rule, np.linalg.norm(x, order), 1.0, (x, order), {}, constant=(1,))["x"]
        assert found.tolist() == [0.0] * 3
    matrix = np.array([[0.0, 0.0], [3.0, 4.0]])
    z = np.linalg.norm(matrix, order, axis=1)
    found = evaluate.pull(rule, z, np.ones(2), (matrix, order), {"axis": 1}, constant=(1,))["x"]
    assert found[0].tolist() == [0.0, 0.0]


def test_determinants_of_singular_matrices():
    found = lookup(np.linalg.det).pullback(0.0, 1.0, np.array([[1.0, 2.0], [2.0, 4.0]]))["a"]
    assert found == pytest.approx(np.array([[4.0, -2.0], [-2.0, 1.0]]))
    assert lookup(np.linalg.det).pullback(0.0, 1.0, np.zeros((3, 3)))["a"].tolist() == [[0.0] * 3] * 3


def test_refusals():
    with pytest.raises(NoRuleError, match="Householder"):
        emitted(np.linalg.qr, "A", "'raw'")
    with pytest.raises(NoRuleError, match="compute_uv"):
        emitted(np.linalg.svd, "A", compute_uv="n")


def test_complex_norm():
    x = numbers(3) + 1j * other(3)
    c = lookup(np.linalg.norm).pullback(np.linalg.norm(x), 1.0, x)["x"]
    dx = other(3) * (0.4 - 1.0j)
    grown = (np.linalg.norm(x + 1e-6 * dx) - np.linalg.norm(x - 1e-6 * dx)) / 2e-6
    assert grown == pytest.approx((c @ dx).real)
