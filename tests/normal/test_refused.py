"""What is refused: where the error points, and that its hint works."""

import ast
import sys
import textwrap

import pytest

from sct_ad.errors import UnsupportedError
from sct_ad.normal.refused import REFUSED
from tests.normal.lowering import core_text, lower_text

# kind: (text with the refused construct, line, column, end column or None, what the hint suggests)
REFUSALS = {
    "guarded yield": (
        "with lock:\n    y = x\n    yield y",
        (4, 8, 15),
        "with lock:\n    y = x\nyield y",
    ),
    "finally": (
        "try:\n    y = 1 / x\nfinally:\n    return 0\nreturn y",
        (5, 8, 16),
        "try:\n    y = 1 / x\nexcept ZeroDivisionError:\n    y = 0\nfinally:\n    print(x)\nreturn y",
    ),
    "AsyncFunctionDef": ("async def g():\n    return 1\nreturn x", (2, 4, None), "def g():\n    return 1\nreturn g()"),
    "yield": ("y = 1 + (yield x)\nreturn y", (2, 13, 20), "yield x\ny = 1"),
    "ClassDef": ("class A:\n    b = 1\nreturn A", (2, 4, None), "return A(x)"),
    "SetComp": ("return sum({k for k in x})", (2, 15, 29), "ks = []\nfor k in x:\n    ks.append(k)\nreturn sum(ks)"),
    "delete": ("del x.a\nreturn x", (2, 8, 11), "a = x\nreturn a"),
    "Starred": ("return x[0, *x]", (2, 16, 18), "return x[0, x[0], x[1]]"),
}
if sys.version_info >= (3, 11):
    REFUSALS["TryStar"] = (
        "try:\n    y = 1 / x\nexcept* ZeroDivisionError:\n    y = 0\nreturn y",
        (2, 4, None),
        "try:\n    y = 1 / x\nexcept ZeroDivisionError:\n    y = 0\nreturn y",
    )
else:
    del REFUSALS["Starred"]
if sys.version_info >= (3, 12):
    REFUSALS["TypeAlias"] = ("type A = int\nreturn x", (2, 4, 16), "y: A = x\nreturn y")
IN_ASYNC = {
    "AsyncFor": ("async for y in x:\n    pass", (2, 4, None), "for y in x:\n    pass"),
    "AsyncWith": ("async with lock:\n    pass", (2, 4, None), "pass"),
    "Await": ("return 1 + await x", (2, 15, 22), "return 1 + g(x)"),
    "async comprehension": ("return [y async for y in x]", (2, 11, 31), "return [y for y in x]"),
}


def function(body, head="def f(x):"):
    return head + "\n" + textwrap.indent(body, "    ")


def refusal_of(text):
    with pytest.raises(UnsupportedError) as caught:
        lower_text(text)
    return caught.value


@pytest.mark.parametrize("kind", REFUSALS)
def test_refused_with_place_and_hint(kind):
    body, (line, column, end), _ = REFUSALS[kind]
    _check(refusal_of(function(body)), kind, line, column, end)


@pytest.mark.parametrize("kind", IN_ASYNC)
def test_refused_in_async_functions(kind):
    """Such a body is looked at as if its def were plain."""
    from sct_ad.normal.demonstrate import parse
    from sct_ad.normal.refused import refuse

    body, (line, column, end), _ = IN_ASYNC[kind]
    source = parse(function(body, "async def f(x):"))
    with pytest.raises(UnsupportedError) as caught:
        refuse(source.tree.body, source)
    _check(caught.value, kind, line, column, end)


def _check(error, kind, line, column, end):
    what, hint = REFUSED[kind]
    assert error.what == f"{what} is not supported"
    assert error.hint == hint
    span = error.span
    assert (span.file, span.line, span.column) == ("<example>", line, column)
    assert (error.filename, error.lineno, error.offset) == ("<example>", line, column + 1)
    if end is not None:
        assert (span.end_line, span.end_column) == (line, end)
        assert error.end_offset == end + 1


@pytest.mark.parametrize("kind", {**REFUSALS, **IN_ASYNC})
def test_what_the_hint_suggests_is_accepted(kind):
    instead = {**REFUSALS, **IN_ASYNC}[kind][2]
    ast.parse(core_text(function(instead)))


def test_every_refusal_is_tested():
    untested = set(REFUSED) - set(REFUSALS) - set(IN_ASYNC) - {"TemplateStr", "compound yield"}
    older = {"TryStar", "TypeAlias", "Starred"} if sys.version_info < (3, 12) else set()
    assert untested <= older


def test_template_string_hint():
    core_text(function("return f'{x}'"))


def test_the_first_refused_construct_is_named():
    error = refusal_of(function("y = [g(k for k in {j for j in x})]\ntry:\n    pass\nfinally:\n    pass"))
    assert error.span.line == 2
    assert "set comprehension" in error.what


def test_nested_functions_are_not_looked_at_until_they_are_called():
    core_text(function("def g():\n    yield 1\nreturn x"))


def test_caret_block():
    error = refusal_of(function("return 1 + g({k for k in x})"))
    assert error.text == "    return 1 + g({k for k in x})\n"
    assert error.text[error.offset - 1 : error.end_offset - 1] == "{k for k in x}"
