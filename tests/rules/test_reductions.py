"""Rules of reductions: against finite differences, the text that they emit, and conventions at kinks."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
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
