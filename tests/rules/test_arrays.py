"""Every rule of array functions has test data, and tuples and lists can stand for arrays."""

import numpy as np
import pytest

from sct_ad.rules import library
from sct_ad.rules.arrays import parameter_text
from sct_ad.rules.registry import load_on_demand, lookup, qualified_name, registered
from tests.rules.array_emission import emitted
from tests.rules.test_registry import HERE
from tests.rules.topics import TOPICS


def topic_rules():
    """The functions with rules outside of the topics of test_registry.py, as (topic, function)."""
    found = []
    load_on_demand()
    for rule in registered():
        module = rule.body.__module__ if rule.body is not None else ""
        topic = module.removeprefix("sct_ad.rules.")
        if module.startswith("sct_ad.rules.") and topic not in (
            *HERE,
            "custom_tangents",
        ):  # those have another derivative
            package = topic.rpartition(".")[0]  # a large topic is a package of modules
            found += [(package if package in TOPICS else topic, function) for function in rule.functions]
    return found


@pytest.mark.parametrize(
    "topic, function", topic_rules(), ids=lambda value: value if isinstance(value, str) else qualified_name(value)
)
def test_every_rule_has_a_case(topic, function):
    assert function in TOPICS.get(topic, ()), f"add a line for {qualified_name(function)} to the cases of its topic"


@pytest.mark.parametrize("topic", TOPICS)
def test_every_case_has_a_rule(topic):
    assert topic in (*library.TOPICS, *(f"scipy.{name}" for name in library.ON_DEMAND))
    assert all(lookup(function) is not None for function in TOPICS[topic])


def test_parameter_text():
    def rule(z, a, axis=None, *, mode="raise", keepdims=False): ...

    assert parameter_text(rule) == "a, axis=None, *, mode='raise', keepdims=False"


def test_a_display_is_made_an_array_only_where_the_rule_reads_it():
    assert emitted(np.cumsum, "[x, y]", z="v") == [
        "parts = item_cotangents(np.cumsum(bz[::-1])[::-1], [x, y])",
        "bx += parts[0]",
        "by += parts[1]",
    ]
    assert emitted(np.prod, "[x, y]", z="s")[0] == "items = np.array([x, y])"


def test_nested_displays():
    lines = emitted(np.sum, "[[x, 1.0], [2.0, y]]", z="s")
    assert lines[0] == "parts = item_cotangents(bz, [[x, 1.0], [2.0, y]])"
    assert lines[1:] == ["bx += parts[0][0]", "by += parts[1][1]"]


def test_each_operand_can_be_a_sequence():
    assert emitted(np.dot, "[x, y]", "v", z="s") == [
        "items = np.array([x, y])",
        "parts = item_cotangents(bz * v, [x, y])",
        "bx += parts[0]",
        "by += parts[1]",
        "bv += bz * items",
    ]
