"""Rules of functions on stacks of vectors and matrices."""

import numpy as np
import pytest

from tests.rules.array_cases import TOPICS, check
from tests.rules.array_emission import emitted


@pytest.mark.parametrize("function", TOPICS["stacks"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["stacks"][function]:
        check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)


def test_emission():
    assert emitted(np.linalg.multi_dot, "[A, B]", z="A") == [
        "parts = chain_cotangents(bz, [A, B])",
        "bA += parts[0]",
        "bB += parts[1]",
    ]
