"""Generator functions as core: a yield is a statement, behind it a return where the consumer has stopped."""

import pytest

from sct_ad.errors import UnsupportedError
from sct_ad.normal.demonstrate import parse
from sct_ad.normal.generators import is_generator, plain_yields
from sct_ad.syntax.names import Names
from tests.normal.lowering import core_text, lower_text


def test_the_flags_of_a_generator_are_those_of_its_consumer():
    text = core_text("def f(xs):\n    for x in xs:\n        for y in x:\n            yield y\n    yield 1")
    assert text == (
        "def f(xs):\n"
        "    stopped = False\n"
        "    for x in xs:\n"
        "        for y in x:\n"
        "            yield y\n"
        "            if stopped:\n"
        "                break\n"
        "        if stopped:\n"
        "            break\n"
        "    t = not stopped\n"
        "    if t:\n"
        "        yield 1\n"
        "    return None"
    )


def test_a_flag_that_is_set_elsewhere_stays():
    text = core_text("def f(xs):\n    for x in xs:\n        if x:\n            return\n        yield x")
    assert "stop = True" in text and "if stop:\n            break" in text


def test_what_is_a_generator():
    assert is_generator(parse("def f():\n    x = yield").tree.body)
    assert not is_generator(parse("def f():\n    def g():\n        yield 1\n    return g, lambda: (yield)").tree.body)


def test_yield_from_is_a_loop():
    text = core_text("def f(xs):\n    yield from xs")
    assert "for item in xs:\n        yield item" in text


def test_what_send_would_give_is_none():
    assert "y = None" in core_text("def f(x):\n    y = yield x\n    print(y)")


def test_the_result_of_a_generator_is_dropped_but_evaluated():
    text = core_text("def f(x):\n    yield x\n    return g(x)")
    assert "g(x)" in text and "result" not in text and text.endswith("return None")


def test_a_yield_inside_try_is_refused():
    source = parse("def f(x):\n    try:\n        yield x\n    finally:\n        print(x)")
    with pytest.raises(UnsupportedError) as caught:
        plain_yields(source.tree.body, "stopped", Names(), source)
    assert caught.value.what == "a yield inside this statement is not supported"
    assert caught.value.span.line == 3


@pytest.mark.parametrize(
    "body", ["return (yield x)", "print((yield))", "if (yield x):\n        pass", "y = [(yield x)]"]
)
def test_a_yield_inside_an_expression_is_refused(body):
    with pytest.raises(UnsupportedError) as caught:
        lower_text(f"def f(x):\n    {body}")
    assert caught.value.what == "a yield inside an expression is not supported"
