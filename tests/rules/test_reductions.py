"""Rules of reductions: against finite differences, the text that they emit, and conventions at kinks."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
from sct_ad.runtime.reductions import cumulative_product_cotangent, products_of_others, running_extreme_cotangent
from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["reductions"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["reductions"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.sum, ["A"], {}, "s", ["bA += bz"]),
        (np.sum, ["A"], {"axis": "0"}, "v", ["bA += bz"]),
        (np.sum, ["A", "1"], {}, "w", ["bA += bz[:, None]"]),
        (np.sum, ["A"], {"axis": "-1"}, "w", ["bA += bz[:, None]"]),
        (np.sum, ["A"], {"axis": "1", "keepdims": "True"}, "A", ["bA += bz"]),
        (np.sum, ["P"], {"axis": "(0, 2)"}, "w", ["bP += bz[None, :, None]"]),
        (np.sum, ["[x, y]"], {}, "s", ["bx += bz", "by += bz"]),
        (np.sum, ["xs"], {}, "s", ["bxs += item_cotangents(bz, xs)"]),
        (np.mean, ["A"], {}, "s", ["bA += bz / A.size"]),
        (np.mean, ["three"], {}, "s", ["bthree += bz / 3"]),
        (np.mean, ["A"], {"axis": "0"}, "v", ["bA += bz / A.shape[0]"]),
        (np.mean, ["A"], {"axis": "1"}, "w", ["bA += bz[:, None] / A.shape[1]"]),
        (np.mean, ["P"], {"axis": "(0, 2)"}, "w", ["bP += bz[None, :, None] / (P.shape[0] * P.shape[2])"]),
        (np.mean, ["(x, y)"], {}, "s", ["share = bz / 2", "bx += share", "by += share"]),
        (np.mean, ["x"], {}, "s", ["bx += bz"]),
        (np.var, ["A"], {}, "s", ["bA += 2.0 * bz * (A - np.mean(A)) / A.size"]),
        (np.var, ["v"], {"ddof": "1"}, "s", ["bv += 2.0 * bz * (v - np.mean(v)) / (v.size - 1)"]),
        (
            np.var,
            ["A", "1"],
            {},
            "w",
            ["bA += 2.0 * bz[:, None] * (A - np.mean(A, axis=1, keepdims=True)) / A.shape[1]"],
        ),
        (np.std, ["v"], {}, "s", ["bv += bz / (z + (z == 0)) * deviations(v) / v.size"]),
        (np.max, ["A"], {}, "s", ["ties = A == z", "bA += bz * ties / np.count_nonzero(ties)"]),
        (
            np.min,
            ["A", "1"],
            {},
            "w",
            ["ties = A == z[:, None]", "bA += bz[:, None] * ties / np.sum(ties, axis=1, keepdims=True)"],
        ),
        (np.prod, ["A", "1"], {}, "w", ["bA += bz[:, None] * products_of_others(A, 1)"]),
        (np.cumsum, ["v"], {}, "v", ["bv += np.cumsum(bz[::-1])[::-1]"]),
        (np.cumsum, ["A", "1"], {}, "A", ["bA += np.cumsum(bz[:, ::-1], axis=1)[:, ::-1]"]),
        (np.average, ["v"], {"weights": "K"}, "s", ["bv += bz * K / np.sum(K)"]),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_float32_is_not_widened():
    lines = emitted(np.max, "F", "1", z="w")
    assert lines[1] == "bF += bz[:, None] * ties / np.sum(ties, axis=1, keepdims=True, dtype=F.dtype)"


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.prod, np.std], ids=lambda f: f.__name__)
@pytest.mark.parametrize("keyword", ["out", "order"])
def test_arguments_without_a_rule_are_refused_by_name(function, keyword):
    with pytest.raises(NoRuleError, match=f"{function.__name__}.*{keyword}"):
        emitted(function, "v", **{keyword: "w"})


def pulled(function, x, **keywords):
    z = function(x, **keywords)
    return lookup(function).pullback(z, np.ones_like(z) if np.ndim(z) else 1.0, x, **keywords)["a"]


def test_ties_share_equally():
    matrix = np.array([[1.0, 1.0, 0.0], [2.0, 0.0, 2.0]])
    assert pulled(np.max, matrix).tolist() == [[0.0, 0.0, 0.0], [0.5, 0.0, 0.5]]
    assert pulled(np.max, matrix, axis=1).tolist() == [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    assert pulled(np.min, np.full(4, 7.0)).tolist() == [0.25] * 4
    assert pulled(np.median, np.array([1.0, 2.0, 2.0, 3.0])).tolist() == [0.0, 0.5, 0.5, 0.0]


@pytest.mark.parametrize("value", [0.0, 2.5, 0.1])
def test_deviation_of_equal_entries_is_flat(value):
    assert pulled(np.std, np.full(3, value)).tolist() == [0.0] * 3
    assert pulled(np.std, np.full((3, 6), value), axis=1).tolist() == [[0.0] * 6] * 3
    assert pulled(np.std, np.full(3, value), ddof=1).tolist() == [0.0] * 3


def test_products_are_exact_with_zeros():
    assert pulled(np.prod, np.array([0.0, 3.0])).tolist() == [3.0, 0.0]
    assert pulled(np.prod, np.array([0.0, 3.0, 0.0])).tolist() == [0.0, 0.0, 0.0]
    assert pulled(np.prod, np.array([[0.0, 3.0], [2.0, 5.0]]), axis=1).tolist() == [[3.0, 0.0], [5.0, 2.0]]
    assert pulled(np.cumprod, np.array([2.0, 0.0, 3.0])).tolist() == [1.0, 8.0, 0.0]


def test_missing_numbers_count_for_nothing():
    x = np.array([1.0, np.nan, 3.0])
    assert pulled(np.nansum, x).tolist() == [1.0, 0.0, 1.0]
    assert pulled(np.nanmean, x).tolist() == [0.5, 0.0, 0.5]
    assert pulled(np.nanmax, x).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "function", [np.prod, np.cumprod, np.var, np.std, np.nanprod, np.nanvar, np.nanstd, np.nancumprod]
)
def test_a_dtype_would_cut_complex_numbers(function):
    with pytest.raises(NoRuleError, match="a dtype for complex numbers; convert them first"):
        grad(lambda z: np.sum(function(z, dtype=float)))(np.array([1.0 + 2.0j, 3.0]))


def test_products_of_others_of_any_length():
    """Against products without the entry: of many entries, with zeros, tiny and huge ones."""
    rng = np.random.default_rng(0)
    long = rng.uniform(0.9, 1.1, (2, 1537))
    with_zero = long.copy()
    with_zero[0, 700] = 0.0
    two_zeros = with_zero.copy()
    two_zeros[0, 3] = 0.0
    for x in (
        long,
        with_zero,
        two_zeros,
        long[:, :40],
        np.array([[1e-160, 1e-160, 1e300, 1e-10], [1e200, 1e-3, 0.0, 1e99]]),
    ):
        found = products_of_others(x, 1)
        for k in (0, 1, 3, x.shape[1] - 1):
            assert found[:, k] == pytest.approx(np.prod(np.delete(x, k, 1), 1), rel=1e-12)
    assert products_of_others(np.zeros((0, 3)), 0).shape == (0, 3)
    assert products_of_others(np.ones(3, np.float32)).dtype == np.float32
    assert products_of_others(long.ravel()).tolist() == pytest.approx(
        (np.prod(long) / long.ravel()).tolist(), rel=1e-12
    )


def test_running_products_and_extremes_with_ties_zeros_and_missing_numbers():
    """Both ways of computing give the same, entry by entry."""
    rng = np.random.default_rng(0)
    x, given = rng.uniform(0.5, 1.5, (5, 4)), rng.standard_normal((5, 4))
    zero = x.copy()
    zero[2, 1] = 0.0
    for values in (x, zero, x * 1e40, x * 1e-40):
        expected = np.zeros_like(values)
        for i in range(5):
            for k in range(i, 5):
                expected[i] += given[k] * np.prod(np.delete(values[: k + 1], i, 0), 0)
        assert cumulative_product_cotangent(given, values, 0) == pytest.approx(expected, rel=1e-12)
    assert cumulative_product_cotangent(np.zeros((0, 2)), np.zeros((0, 2)), 0).shape == (0, 2)
    best = np.maximum.accumulate(x, 1)
    alone = running_extreme_cotangent(given, best, x, 1)
    tied = np.concatenate([x, np.ones((1, 4))])
    together = running_extreme_cotangent(np.concatenate([given, given[:1]]), np.maximum.accumulate(tied, 1), tied, 1)
    assert alone == pytest.approx(together[:5], rel=1e-14)
    g = given[0]  # half goes back at each tie
    halves = [g @ [1.0, 0.5, 0.25, 0.125], g[1:] @ [0.5, 0.25, 0.125], g[2:] @ [0.5, 0.25], 0.5 * g[3]]
    assert together[5] == pytest.approx(halves, rel=1e-14)
    missing = np.array([[1.0, np.nan, 2.0]])
    assert np.isnan(running_extreme_cotangent(np.ones((1, 3)), np.maximum.accumulate(missing, 1), missing, 1)).all()
