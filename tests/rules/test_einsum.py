"""The rule of einsum."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["einsum"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["einsum"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (
            np.einsum,
            ["'ij,jk->ik'", "A", "B"],
            {},
            "A",
            ["bA += np.einsum('ik,jk->ij', bz, B)", "bB += np.einsum('ik,ij->jk', bz, A)"],
        ),
        (
            np.einsum,
            ["'ij,j'", "A", "v"],
            {},
            "w",
            ["bA += np.einsum('i,j->ij', bz, v)", "bv += np.einsum('i,ij->j', bz, A)"],
        ),
        (np.einsum, ["'ij->'", "A"], {}, "s", ["bA += bz"]),
        (np.einsum, ["'ij->i'", "A"], {}, "w", ["bA += bz[:, None]"]),
        (np.einsum, ["'ij->ji'", "A"], {}, "A", ["bA += bz.T"]),
        (np.einsum, ["'i,i->'", "v", "three"], {}, "s", ["bv += bz * three", "bthree += bz * v"]),
        (np.einsum, ["'ii'", "S"], {}, "s", ["bS += einsum_cotangent(bz, 'ii', 0, S)"]),
        (
            np.einsum,
            ["'ij,j->i'", "A", "K"],
            {"optimize": "True"},
            "w",
            ["bA += np.einsum('i,j->ij', bz, K, optimize=True)"],
        ),
        (np.einsum, ["'...i->...'", "P"], {}, "A", ["bP += bz[:, :, None]"]),
        (np.einsum, ["'i...->...'", "U"], {}, "U", ["bU += einsum_cotangent(bz, 'i...->...', 0, U)"]),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_out_is_refused():
    with pytest.raises(NoRuleError, match="out"):
        emitted(np.einsum, "'ii'", "S", out="s")
