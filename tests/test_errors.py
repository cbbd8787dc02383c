"""Tests of sct_ad.errors: what each class is, and what Python prints for it."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from sct_ad.errors import (
    ArgumentError,
    InternalError,
    NoRuleError,
    RuleError,
    SctError,
    Span,
    UnsupportedError,
)

LINE = "    total = total + await fetch(x)"
SPAN = Span("model.py", 12, 20, 12, 34, LINE)


def printed(error):
    """What Python prints for an exception, without a traceback."""
    return "".join(traceback.format_exception_only(type(error), error)).splitlines()


@pytest.mark.parametrize(
    "cls, builtin",
    [
        (UnsupportedError, SyntaxError),
        (NoRuleError, NotImplementedError),
        (RuleError, ValueError),
        (ArgumentError, TypeError),
        (InternalError, AssertionError),
    ],
)
def test_each_error_is_of_the_builtin_class_that_fits(cls, builtin):
    assert issubclass(cls, SctError) and issubclass(cls, builtin)
    assert str(cls("what")) == "what"


def test_python_prints_the_line_with_carets_and_the_hint():
    assert printed(UnsupportedError("await is not supported", SPAN, "call a plain function")) == [
        '  File "model.py", line 12',
        "    total = total + await fetch(x)",
        "                    ^^^^^^^^^^^^^^",
        "sct_ad.errors.UnsupportedError: await is not supported",
        "  instead: call a plain function",
    ]


def test_an_expression_over_several_lines_is_underlined_to_the_end_of_its_first():
    lines = printed(UnsupportedError("no", Span("model.py", 3, 4, 5, 2, "x = (yield")))
    assert lines[1:3] == ["    x = (yield", "        ^^^^^^"]


def test_without_a_place_there_is_only_the_message():
    error = UnsupportedError("no source", hint="pass source=")
    assert str(error) == "no source\n  instead: pass source="
    assert error.filename is None and error.span is None
    assert UnsupportedError("no source").msg == "no source"


def test_the_parts_can_be_read():
    error = UnsupportedError("what", SPAN, "how")
    assert (error.what, error.span, error.hint) == ("what", SPAN, "how")
    assert (error.filename, error.lineno, error.offset, error.end_offset) == ("model.py", 12, 21, 35)
    assert error.text == LINE + "\n"


def test_where():
    assert SPAN.where == "model.py:12"


def test_spans_are_values():
    assert copy.copy(SPAN) == SPAN == pickle.loads(pickle.dumps(SPAN))
    assert len({SPAN, copy.copy(SPAN)}) == 1
