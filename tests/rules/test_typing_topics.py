"""Inferred types of what the functions of whole topics return, at the calls at which their rules are checked."""

import warnings

import numpy as np
import pytest

from sct_ad.rules.registry import ObjectsOf
from sct_ad.rules.series import BASES
from sct_ad.rules.typing import result_type
from tests.rules import topics
from tests.rules.array_cases import TOPICS
from tests.rules.covering import Sizes, abstract, covers, exact, is_precise, loose, symbolic

assert topics.MODULES  # which fill the table
TYPED = ("fft", "scipy.fft", "polynomials", "series", "scipy.ndimage", "scipy.signal", "scipy.interpolate")
BY_VALUE = (np.roots, np.poly, *(getattr(module, f"{prefix}roots") for prefix, module in BASES.items()))
"""Functions whose result's dtype depends on the values of the arguments."""


@pytest.mark.parametrize(
    "topic, function", [(topic, function) for topic in TYPED for function in TOPICS[topic]],
    ids=lambda value: getattr(value, "__name__", str(value)),
)  # fmt: skip
def test_the_inferred_type_covers_the_value(topic, function):
    for call in TOPICS[topic][function]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = function(*call.args, **call.keywords)
        for dim in (symbolic, loose, exact):
            is_object = isinstance(function, ObjectsOf)
            called, given = (call.args[0], call.args[1:]) if is_object else (function, call.args)
            args = [abstract(a, dim) for a in given]
            keywords = {key: abstract(a, dim) for key, a in call.keywords.items()}
            found = result_type(called, args, keywords)
            assert covers(found, value, Sizes()), (found, call.args, call.keywords)
            if dim is not loose and function not in BY_VALUE:
                assert is_precise(found), (found, call.args, call.keywords)
