"""Rules of functions on grids of points."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.runtime.grids import difference_cotangent, gradient_cotangents
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


def test_differences_of_every_order_and_few_points():
    """Against the matrix of the map; there may be fewer points than differences."""
    for size in (1, 2, 3, 5):
        for n in (0, 1, 2, 3, 6):
            matrix = np.diff(np.eye(size), n, 0)
            given = np.random.default_rng(0).standard_normal((2, len(matrix)))
            assert difference_cotangent(given, np.ones((2, size)), n, 1) == pytest.approx(given @ matrix, abs=1e-14)
            if size > 2 and n:
                matrix = np.gradient(np.eye(size), 0.3, axis=0, edge_order=min(n, 2))
                given, x = np.random.default_rng(1).standard_normal((2, size))
                of_x, (of_step,) = gradient_cotangents(given, x, (0.3,), 0, min(n, 2))
                assert of_x == pytest.approx(given @ matrix, abs=1e-13)
                assert of_step == pytest.approx(-(given @ matrix @ x) / 0.3, rel=1e-12)
