"""Rules of functions that reshape, permute and repeat entries."""

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["shaping"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["shaping"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


@pytest.mark.parametrize(
    "function, args, keywords, z, expected",
    [
        (np.reshape, ["A", "(3, 2)"], {}, "A", ["bA += bz.reshape(A.shape)"]),
        (np.ravel, ["A"], {}, "v", ["bA += bz.reshape(A.shape)"]),
        (np.ravel, ["A"], {"order": "'F'"}, "v", ["bA += bz.reshape(A.shape, order='F')"]),
        (np.squeeze, ["A"], {}, "v", ["bA += bz.reshape(A.shape)"]),
        (np.squeeze, ["A"], {}, "U", ["bA += np.reshape(bz, A.shape)"]),
        (np.expand_dims, ["v", "0"], {}, "A", ["bv += bz.reshape(v.shape)"]),
        (np.atleast_1d, ["x"], {}, "v", ["bx += bz.item()"]),
        (np.transpose, ["A"], {}, "A", ["bA += bz.T"]),
        (np.transpose, ["P", "(1, 2, 0)"], {}, "P", ["bP += bz.transpose(2, 0, 1)"]),
        (np.transpose, ["P", "n"], {}, "P", ["bP += np.transpose(bz, np.argsort(np.mod(n, len(n))))"]),
        (np.swapaxes, ["A", "0", "1"], {}, "A", ["bA += bz.T"]),
        (np.moveaxis, ["P", "0", "-1"], {}, "P", ["bP += np.moveaxis(bz, -1, 0)"]),
        (np.flip, ["v"], {}, "v", ["bv += bz[::-1]"]),
        (np.flip, ["A", "1"], {}, "A", ["bA += bz[:, ::-1]"]),
        (np.flip, ["A"], {}, "A", ["bA += bz[::-1, ::-1]"]),
        (np.roll, ["v", "1"], {}, "v", ["bv += np.roll(bz, -1)"]),
        (np.roll, ["A", "n"], {"axis": "1"}, "A", ["bA += np.roll(bz, -n, 1)"]),
        (np.repeat, ["v", "2"], {}, "v", ["bv += bz.reshape(v.shape[0], 2).sum(axis=1)"]),
        (np.tile, ["v", "2"], {}, "v", ["bv += tile_cotangent(bz, v, 2)"]),
        (np.broadcast_to, ["v", "(3, 4)"], {}, "A", ["bv += bz"]),
        (np.pad, ["v", "1"], {}, "v", ["bv += pad_cotangent(bz, v, 1)"]),
    ],
)
def test_emission(function, args, keywords, z, expected):
    assert emitted(function, *args, z=z, **keywords) == expected


def test_refusals():
    with pytest.raises(NoRuleError, match="mode"):
        emitted(np.pad, "v", "1", "v")
