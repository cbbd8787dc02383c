"""Hessian-vector products of one in thirty of the calls that rules are checked at, in turn by name.

`python -m tests.rules.second_order` checks all of them, `... second_order complex` at complex numbers.
"""

import zlib

import pytest

from sct_ad import NoRuleError, UnsupportedError
from tests.rules.second_order import calls

CHOSEN = [call for call in calls() if zlib.crc32(call.name.encode()) % 30 == 0]


@pytest.mark.filterwarnings("ignore:`kron` has been deprecated:DeprecationWarning")
@pytest.mark.parametrize("call", CHOSEN, ids=lambda call: call.name)
def test_the_product_is_the_change_of_the_gradient(call):
    try:
        call.check()
    except (AssertionError, UnsupportedError, NoRuleError) as error:
        assert call.reason(error) is not None, error
