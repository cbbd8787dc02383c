"""Rules of functions that sort, pick and choose entries."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.runtime.shaping import moved_cotangent, repeat_cotangent, take_along_axis_cotangent, take_cotangent
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


def test_what_is_taken_several_times_or_from_behind():
    """Against loops over the entries of the result."""
    rng = np.random.default_rng(0)
    for x, axis in (
        (rng.standard_normal((3, 4, 2)), 1),
        (rng.standard_normal((3, 4, 2)), None),
        (rng.standard_normal(5), 0),
    ):
        for indices in (np.array([[1, -1, 1], [0, 0, 3]]), np.array(-2), np.zeros((0, 2), int), np.array([3])):
            given = rng.standard_normal(np.take(x, indices, axis).shape)
            origins = np.take(np.arange(x.size).reshape(x.shape), indices, axis)
            expected = np.zeros(x.size)
            for origin, value in zip(origins.ravel(), given.ravel(), strict=True):
                expected[origin] += value
            assert take_cotangent(given, x, indices, axis) == pytest.approx(expected.reshape(x.shape), rel=1e-14)
    x = rng.standard_normal((2, 5)).astype(np.float32)
    given = np.ones((2, 3), np.float32)
    along = take_along_axis_cotangent(given, x, np.array([[0, -1, 0], [4, 4, -1]]), 1)
    assert along.tolist() == [[2, 0, 0, 0, 1], [0, 0, 0, 0, 3]] and along.dtype == np.float32
    assert take_cotangent(given, x, np.array([0, 0, -1]), 1).dtype == np.float32
    repeats = np.array([0, 2, 0, 1, 1])
    given = rng.standard_normal((2, 4))
    expected = [[0.0, row[0] + row[1], 0.0, row[2], row[3]] for row in given]
    assert repeat_cotangent(given, x, repeats, 1) == pytest.approx(np.array(expected))
    assert repeat_cotangent(np.zeros((2, 0)), x, 0, -1).tolist() == np.zeros((2, 5)).tolist()
    assert repeat_cotangent(np.zeros(0), x, np.zeros(10, int)).tolist() == np.zeros((2, 5)).tolist()


def test_partitions_with_ties_and_missing_numbers():
    """Entries that tie are told apart by their places alone: each gets the cotangent of one of them."""
    x = np.array([3.0, 1.0, 3.0, np.nan, 0.0, 1.0])
    for kth in (2, (1, 3), np.array([4])):
        z = np.partition(x, kth)
        found = moved_cotangent(np.arange(6.0), z, x, -1, kth)
        assert sorted(found) == list(range(6))
        assert np.array_equal(z[found.astype(int)], x, equal_nan=True)
