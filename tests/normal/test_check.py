"""The core grammar: what is in it, and what is not."""

import pytest

from sct_ad.errors import InternalError
from sct_ad.normal.check import check_core
from sct_ad.normal.demonstrate import parse

CORE = [
    "x = -1",
    "x = np.linalg.norm",
    "x = a.b",
    "x = [a, 1]",
    "x = {a: 1}",
    "x = {a}",
    "x = a[1:b, ..., None]",
    "a[b, c] = d",
    "a.b = 1",
    "a[1:] += b",
    "a += 1",
    "f(a, *b, c=d, **e)",
    "x = a.f(b)",
    "x = f'{a!r:>{b}}'",
    "if a:\n    pass\nelse:\n    x = 1",
    "while a:\n    x = 1\n    if b:\n        break",
    "for i in a:\n    if b:\n        break",
    "raise f(a) from b",
    "raise",
    "def g(y):\n    return y * y + 1",
    "import math",
    "global z",
]
NOT_CORE = [
    "x = a + b * c",
    "x = a and b",
    "x = a if b else c",
    "x = a < b < c",
    "x = lambda: a",
    "x = [y for y in a]",
    "x = (y := a)",
    "x = y = a",
    "x, y = a",
    "x = a[b + 1]",
    "x = f(a + 1)",
    "x = a.b.c",
    "a[0] = b + 1",
    "a[b[0]] = c",
    "a.b.c = d",
    "a += b * c",
    "f(a)(b)",
    "a",
    "a + b",
    "x = f'{a + 1}'",
    "if a > b:\n    pass",
    "while not a:\n    pass",
    "while a:\n    pass\nelse:\n    pass",
    "for i, j in a:\n    pass",
    "for i in f(a):\n    pass",
    "for i in a:\n    pass\nelse:\n    pass",
    "for i in a:\n    break",
    "for i in a:\n    continue",
    "for i in a:\n    if b:\n        break\n    x = 1",
    "for i in a:\n    if b:\n        if c:\n            break",
    "if a:\n    return 1",
    "return a",
    "raise f(g(a))",
    "assert a",
    "del a",
    "try:\n    x = 1\nfinally:\n    x = 2",
    "with a, b:\n    x = 1",
    "with f(g(a)):\n    x = 1",
    "with a as b[0]:\n    x = 1",
    "try:\n    x = 1\nexcept f(a):\n    x = 2",
    "try:\n    x = 1\nexcept a:\n    x = 2\nexcept b:\n    x = 3",
]


def function(body):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return parse(f"def f(a, b, c, d, e):\n{lines}    return a").tree


@pytest.mark.parametrize("body", CORE)
def test_core(body):
    check_core(function(body))


@pytest.mark.parametrize("body", NOT_CORE)
def test_not_core(body):
    with pytest.raises(InternalError, match=r"^f: not a core statement: "):
        check_core(function(body))


@pytest.mark.parametrize("text", ["def f(x):\n    y = x", "def f(x):\n    return x + 1", "def f(x):\n    return"])
def test_one_return_of_an_atom_at_the_end(text):
    with pytest.raises(InternalError, match="core ends with one return of an atom"):
        check_core(parse(text).tree)


def test_a_chain_is_an_atom_only_if_its_root_is_not_local():
    check_core(parse("def f(x):\n    return np.linalg.norm").tree)
    with pytest.raises(InternalError):
        check_core(parse("def f(x):\n    return x.linalg.norm").tree)
