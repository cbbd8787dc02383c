"""Rules of functions that sort, pick and choose entries."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["selection"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["selection"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.sort, ["v"], {}, "v", ["bv += bz[np.argsort(np.argsort(v))]"]),
        (np.sort, ["A"], {"axis": "0"}, "A", ["bA += sort_cotangent(bz, A, 0)"]),
        (np.take, ["v", "K"], {}, "K", ["bv += take_cotangent(bz, v, K)"]),
        (np.take, ["A", "K", "1"], {}, "A", ["bA += take_cotangent(bz, A, K, 1)"]),
        (np.bincount, ["K"], {"weights": "v"}, "v", ["bv += bz[K]"]),
        (
            np.select,
            ["[K, n]", "[v, 0.0]", "x"],
            {},
            "v",
            ["bv += np.select([K, n], [bz, 0.0], 0.0)", "bx += np.select([K, n], [0.0, 0.0], bz)"],
        ),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_a_list_of_choices_is_refused():
    with pytest.raises(NoRuleError, match="choices"):
        emitted(np.select, "[K]", "vs")
