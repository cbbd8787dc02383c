"""Rules of statistics."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
from sct_ad.runtime.quantiles import quantile_cotangents
from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["statistics"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["statistics"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize("function", [np.nanprod, np.nanvar, np.nanstd, np.nancumsum], ids=lambda f: f.__name__)
def test_missing_numbers_count_for_nothing(function):
    x, kept = np.array([1.5, np.nan, 3.0, -0.5]), np.array([1.5, 3.0, -0.5])
    z, short = function(x), function(kept)
    dz = np.ones_like(z) if np.ndim(z) else 1.0
    found = lookup(function).pullback(z, dz, x)["a"]
    expected = lookup(function).pullback(short, np.ones_like(short) if np.ndim(z) else 1.0, kept)["a"]
    assert found[1] == 0.0
    if np.ndim(z) == 0:
        assert found[[0, 2, 3]] == pytest.approx(expected)
    else:
        assert found.tolist() == [4.0, 0.0, 2.0, 1.0]


def test_refusals():
    with pytest.raises(NoRuleError, match="interpolation"):
        emitted(np.quantile, "v", "0.5", interpolation="'nearest'")


def test_levels_of_long_rows_at_their_ends_and_between():
    """Against the sorted entries: the place of a quantile moves with its level, n - 1 entries from 0 to 1."""
    x = np.random.default_rng(0).standard_normal((2, 101))
    x[1, [3, 50]] = np.nan
    levels = np.array([0.0, 0.123, 0.5, 0.996, 1.0])
    given = np.random.default_rng(1).standard_normal((5, 2))
    of_x, of_levels = quantile_cotangents(given, x, levels, 1, "linear", None, True)
    expected, moves = np.zeros(x.shape), np.zeros(5)
    for row, part, weights in zip(x, expected, given.T, strict=True):
        order = np.argsort(row)[: np.count_nonzero(~np.isnan(row))]
        for k, place in enumerate(levels * (order.size - 1)):
            below = min(int(place), order.size - 2)
            part[order[below]] += weights[k] * (1.0 - (place - below))
            part[order[below + 1]] += weights[k] * (place - below)
            moves[k] += weights[k] * (order.size - 1) * (row[order[below + 1]] - row[order[below]])
    assert of_x == pytest.approx(expected, abs=1e-12)
    assert of_levels == pytest.approx(moves, rel=1e-12)
    alone = quantile_cotangents(given, x, levels, 1)[0]
    assert np.all(alone[1] == 0.0) and alone[0] == pytest.approx(expected[0], abs=1e-12)
