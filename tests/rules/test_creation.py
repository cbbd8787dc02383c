"""Rules of functions that make arrays of values."""

import numpy as np
import pytest

from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["creation"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["creation"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.array, ["[x, y]"], {}, "v", ["bx += bz[0]", "by += bz[1]"]),
        (np.array, ["[[x, 1.0], [0.0, y]]"], {}, "A", ["bx += bz[0, 0]", "by += bz[1, 1]"]),
        (np.array, ["[v, three]"], {}, "A", ["bv += bz[0]", "bthree += bz[1]"]),
        (np.array, ["A"], {}, "A", ["bA += bz"]),
        (np.array, ["v"], {"ndmin": "2"}, "A", ["bv += bz.reshape(v.shape)"]),
        (np.array, ["xs"], {}, "v", ["bxs += item_cotangents(bz, xs)"]),
        (np.copy, ["A"], {}, "A", ["bA += bz"]),
        (np.ndarray.astype, ["A", "np.float64"], {}, "A", ["bA += bz"]),
        (np.ndarray.astype, ["A", "np.float32"], {}, "F", ["bA += bz.astype(A.dtype)"]),
        (np.full, ["(2, 3)", "x"], {}, "A", ["bx += bz"]),
        (
            np.linspace,
            ["x", "y", "n"],
            {},
            "v",
            ["bx += np.linspace(1.0, 0.0, n) @ bz", "by += np.linspace(0.0, 1.0, n) @ bz"],
        ),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_the_step_has_a_cotangent_of_its_own():
    lines = emitted(np.linspace, "x", "y", "n", retstep="True")
    assert lines[0] == "between = np.maximum(np.subtract(n, True), 1)"
    assert lines[-1] == "by += linspace_stop(bz[0], y, n, True, 0) + unbroadcast(bz[1] / between, y)"
