"""The rules whose test data stands in tests/rules/topics, against finite differences."""

import pytest

from sct_ad.rules.registry import qualified_name
from tests.rules import array_cases, topics
from tests.rules.array_cases import TOPICS

HERE = {topic.TOPIC: topic.CASES for topic in topics.MODULES}


@pytest.mark.filterwarnings("ignore:`kron` has been deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    "topic, function", [(topic, function) for topic, cases in HERE.items() for function in cases],
    ids=lambda value: value if isinstance(value, str) else qualified_name(value),
)  # fmt: skip
def test_against_finite_differences(topic, function):
    for call in TOPICS[topic][function]:
        array_cases.check(function, *call.args, literal=call.literal, leave_out=call.leave_out, **call.keywords)
