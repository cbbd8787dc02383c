"""Rules of reductions against finite differences, and what they emit."""

import numpy as np
import pytest

from tests.rules.array_cases import TOPICS, check
from tests.rules.emission import emitted


@pytest.mark.parametrize("function", TOPICS["reductions"], ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for call in TOPICS["reductions"][function]:
        check(function, *call.args, literal=call.literal, **call.keywords)
