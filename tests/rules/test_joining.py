"""Rules of functions that join arrays, or take one apart."""

import numpy as np
import pytest

from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["joining"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["joining"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.concatenate, ["[v, w]"], {}, "v", ["bv += bz[:v.shape[0]]", "bw += bz[v.shape[0]:]"]),
        (
            np.concatenate,
            ["[v, w, three]"],
            {},
            "v",
            [
                "end = v.shape[0] + w.shape[0]",
                "bv += bz[:v.shape[0]]",
                "bw += bz[v.shape[0]:end]",
                "bthree += bz[end:]",
            ],
        ),
        (np.concatenate, ["(three, v)"], {}, "v", ["bthree += bz[:3]", "bv += bz[3:]"]),
        (
            np.concatenate,
            ["(three, v, three)"],
            {"inactive": "v"},
            "v",
            ["end = 3 + v.shape[0]", "bthree += bz[:3]", "bthree += bz[end:]"],
        ),
        (np.concatenate, ["(A, F)", "1"], {}, "A", ["bA += bz[:, :A.shape[1]]", "bF += bz[:, A.shape[1]:]"]),
        (np.concatenate, ["(A, F)"], {"axis": "-1"}, "A", ["bA += bz[:, :A.shape[1]]", "bF += bz[:, A.shape[1]:]"]),
        (np.concatenate, ["vs"], {}, "v", ["bvs += pieces(bz, vs)"]),
        (np.concatenate, ["vs", "1"], {}, "A", ["bvs += pieces(bz, vs, 1)"]),
        (np.stack, ["[v, three]"], {}, "A", ["bv += bz[0]", "bthree += bz[1]"]),
        (np.stack, ["[v, three]"], {"axis": "1"}, "A", ["bv += bz[:, 0]", "bthree += bz[:, 1]"]),
        (np.stack, ["[v, three]"], {"axis": "-1"}, "A", ["bv += bz[:, 0]", "bthree += bz[:, 1]"]),
        (np.vstack, ["[v, three]"], {}, "A", ["bv += bz[0]", "bthree += bz[1]"]),
        (np.hstack, ["[v, w]"], {}, "v", ["bv += bz[:v.shape[0]]", "bw += bz[v.shape[0]:]"]),
        (np.hstack, ["[A, F]"], {}, "A", ["bA += bz[:, :A.shape[1]]", "bF += bz[:, A.shape[1]:]"]),
        (np.hstack, ["[x, y]"], {}, "v", ["bx += bz[0]", "by += bz[1]"]),
        (np.column_stack, ["[v, three]"], {}, "A", ["bv += bz[:, 0]", "bthree += bz[:, 1]"]),
        (np.append, ["v", "x"], {}, "v", ["bv += bz[:v.size].reshape(v.shape)", "bx += bz[v.size:].item()"]),
        (np.split, ["v", "2"], {}, "vs", ["bv += np.concatenate(bz)"]),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected
