"""Rules of functions on grids of points."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["grids"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["grids"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.diff, ["v"], {}, "v", ["bv += -np.diff(bz, prepend=0.0, append=0.0)[:v.size]"]),
        (np.polyval, ["K", "v"], {}, "v", ["bv += bz * np.polyval(np.polyder(K), v)"]),
        (np.meshgrid, ["v", "w"], {}, "u", ["bv += np.sum(bz[0], axis=0)", "bw += np.sum(bz[1], axis=1)"]),
        (
            np.meshgrid,
            ["v", "w"],
            {"indexing": "'ij'"},
            "u",
            ["bv += np.sum(bz[0], axis=1)", "bw += np.sum(bz[1], axis=0)"],
        ),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_an_unknown_kind_of_interpolation_is_refused():
    with pytest.raises(NoRuleError, match="kind"):
        emitted(np.interp, "v", "w", "w", kind="'cubic'")
