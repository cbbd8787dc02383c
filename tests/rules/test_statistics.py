"""Rules of statistics."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
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
