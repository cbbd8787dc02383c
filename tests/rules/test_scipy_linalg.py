"""Rules of `scipy.linalg`: that all have cases, complex numbers, results that are complex or not, and what is refused."""

import numpy as np
import pytest
from scipy import linalg

from sct_ad import grad
from sct_ad.checking.rules import check_rule
from sct_ad.errors import NoRuleError, SctError
from sct_ad.rules.effects import call_effects
from sct_ad.rules.registry import load_on_demand, lookup, registered
from tests.rules.array_cases import definite, other, regular
from tests.rules.topics.scipy_linalg import CASES


def complex_numbers(*shape, seed=1):
    generator = np.random.default_rng(seed)
    return generator.normal(size=shape) + 1j * generator.normal(size=shape)


C = complex_numbers
HALF = C(2, 2)
HERMITIAN, DEFINITE = HALF + HALF.conj().T, HALF @ HALF.conj().T + np.diag([1.0, 2.0])
SPIRAL = np.array([[1.0, 2.0], [-1.0, 1.5]])
BAND = np.array([[0.0, 0.3 + 0.2j, 0.4j], [4.0, 5.0, 3.5]])


def test_every_rule_has_cases():
    load_on_demand()
    modules = ("sct_ad.rules.scipy.linalg.",)
    mine = [rule for rule in registered() if rule.body is not None and rule.body.__module__.startswith(modules)]
    assert mine and all(function in CASES for rule in mine for function in rule.functions)


@pytest.mark.parametrize(
    "function, args, keywords",
    [
        (linalg.solve, (C(2, 2), C(2)), {"assume_a": "her"}),
        (linalg.solve, (C(2, 2), C(2)), {"assume_a": "sym", "lower": True}),
        (linalg.solve, (DEFINITE, C(2)), {"assume_a": "pos"}),
        (linalg.solve_triangular, (C(2, 2), C(2)), {"trans": 2, "lower": True}),
        (linalg.solve_banded, ((0, 1), BAND, C(3)), {}),
        (linalg.solveh_banded, (BAND, C(3)), {}),
        (linalg.solveh_banded, (BAND[::-1][:, [0, 1, 2]] + np.array([[0], [0.1]]), C(3)), {"lower": True}),
        (linalg.solve_toeplitz, (np.array([4.0, 0.5j, 0.3]), C(3)), {}),
        (linalg.cho_solve, ((C(2, 2), True), C(2)), {}),
        (linalg.cho_solve, ((C(2, 2), False), C(2)), {}),
        (linalg.lu_solve, ((C(2, 2), np.array([1, 1])), C(2), 2), {}),
        (linalg.cholesky, (DEFINITE,), {}),
        (linalg.cho_factor, (DEFINITE,), {"lower": True}),
        (linalg.cholesky_banded, (BAND,), {}),
        (linalg.lu, (C(3, 2),), {}),
        (linalg.qr, (C(3, 2),), {"mode": "economic", "pivoting": True}),
        (linalg.rq, (C(2, 3),), {"mode": "economic"}),
        (linalg.eigvalsh, (HERMITIAN, DEFINITE), {}),
        (linalg.eig, (SPIRAL,), {}),
        (linalg.eig, (C(2, 2),), {}),
        (linalg.eigvals, (SPIRAL,), {}),
        (linalg.expm, (C(2, 2),), {}),
        (linalg.logm, (C(2, 2),), {}),
        (linalg.logm, (np.diag([-1.0, 2.0]) + 0.1,), {}),
        (linalg.sqrtm, (C(2, 2),), {}),
        (linalg.sqrtm, (np.diag([-1.0, 2.0]) + 0.1,), {}),
        (linalg.fractional_matrix_power, (C(2, 2), 0.4), {}),
        (linalg.polar, (C(3, 2),), {}),
        (linalg.polar, (C(2, 3),), {"side": "left"}),
        (linalg.solve_sylvester, (regular(2, 2), C(2, 2), C(2, 2)), {}),
        (linalg.solve_continuous_lyapunov, (C(2, 2), C(2, 2, seed=2)), {}),
        (linalg.solve_discrete_lyapunov, (0.3 * C(2, 2), C(2, 2, seed=2)), {}),
        (linalg.toeplitz, (C(3),), {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_complex_numbers(function, args, keywords):
    left_out = {}
    if function is linalg.lu_solve:
        left_out = dict.fromkeys(("sizes 1", "sizes 0"), "there are no such pivots")
    elif keywords.get("assume_a") in ("her", "pos"):
        left_out = {"sizes 1": "a Hermitian matrix of one entry is real"}
    check_rule(function, args, keywords, literal=tuple(keywords), leave_out=left_out)


def test_eigenvectors_of_pencils_by_functions_without_a_choice():
    def loss(a, b):
        w, v = linalg.eigh(a, b)
        return np.sum(v[0] ** 2 * w)

    a, b = definite(3, 3), definite(3, 3) + np.eye(3)
    found = grad(loss, argnums=(0, 1))(a, b)
    for k, part in enumerate(found):
        for index in np.ndindex(3, 3):
            moved = np.zeros((3, 3))
            moved[index] = 1e-5
            ends = [loss(*(x + way * moved if j == k else x for j, x in enumerate((a, b)))) for way in (1, -1)]
            assert part[index] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-8)


def test_riccati():
    a, b = np.array([[0.3, 1.0], [0.2, -0.5]]), other(2, 1)

    def loss(root_q, root_r):
        x = linalg.solve_continuous_are(a, b, root_q @ root_q.T, root_r @ root_r.T)
        return np.sum(x * np.array([[1.0, 0.5], [2.0, 3.0]]))

    q, r = regular(2, 2), np.array([[1.3]])
    found = grad(loss, argnums=(0, 1))(q, r)
    for k, part in enumerate(found):
        for index in np.ndindex(part.shape):
            moved = np.zeros(part.shape)
            moved[index] = 1e-5
            ends = [loss(*(x + way * moved if j == k else x for j, x in enumerate((q, r)))) for way in (1, -1)]
            assert part[index] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def loses_its_matrix(a, b):
    return np.sum(linalg.solve(a, b, overwrite_a=True))


def of_a_function(a):
    return np.sum(linalg.funm(a, np.exp))


def of_a_basis(a):
    return np.sum(linalg.null_space(a))


def of_some_values(a):
    return np.sum(linalg.eigvalsh(a, subset_by_index=[0, 1]))


@pytest.mark.parametrize(
    "function, args, message",
    [
        (loses_its_matrix, (regular(2, 2), other(2)), "writes its argument in place"),
        (of_a_function, (regular(2, 2),), "funm"),
        (of_a_basis, (other(2, 3),), "null_space"),
        (of_some_values, (definite(3, 3),), "subset_by_index"),
    ],
)
def test_refusals(function, args, message):
    with pytest.raises(SctError, match=message) as refusal:
        grad(function)(*args)
    assert isinstance(refusal.value, NoRuleError) or function is loses_its_matrix


def test_what_is_overwritten_is_declared():
    assert call_effects(linalg.solve, 2, ["overwrite_b"]).mutates == (0, 1)
    assert call_effects(linalg.solve, 2, []).mutates == ()
    assert lookup(linalg.signm) is None
