"""What may raise: in doubt everything, but not what surely cannot."""

import gast
import pytest

from sct_ad.analysis.raising import half_done, may_raise
from sct_ad.analysis.typer import Typer
from sct_ad.normal.demonstrate import parse, text_of
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.values import (
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    Dict,
    List,
    Tuple,
)

TYPES = {
    "x": FLOAT,
    "y": FLOAT,
    "k": INT,
    "a": Array("float64", (Dim("a"),)),
    "xs": List(None, FLOAT),
    "pair": Tuple((FLOAT, FLOAT)),
    "table": Dict((("key", FLOAT),)),
    "thing": UNKNOWN,
}
TYPER = Typer(TYPES, {})

SURE = [
    "z = x", "z = 1.0", "z = x * y + 2.0", "z = x - k", "z = x / 2", "z = -x", "z = not k", "z = x < y", "z = x is None",
    "z = (x, y)", "z = [x, a]", "z = {'a': x}", "z = a.shape", "z = len(a)", "z = len(xs)", "z = pair[1]",
    "z = table['key']", "z = float(x)", "z = abs(x)", "z = range(k)", "z = isinstance(thing, float)", "xs.append(thing)",
    "print(x)", "x += y", "pass", "z = f'{x}'",
]  # fmt: skip
RISKY = [
    "z = x / y", "z = x ** 2", "z = x // k", "z = x / 0", "z = a + a", "z = thing * 2", "z = a < 1", "z = xs[0]", "z = a[0]",
    "z = pair[2]", "z = pair[k]", "z = table['other']", "z = math.sin(x)", "z = thing.attr", "z = float(thing)",
    "z = int(x)", "a[0] = x", "xs[k] = x", "table['key'] = x", "a += 1.0", "thing(x)", "raise ValueError", "import os",
    "z = len(thing)", "thing.append(x)", "z = f'{thing:3}'", "z = x in xs", "assert x", "z = max(xs)",
]  # fmt: skip


def statement(text):
    return parse(f"def f():\n    {text}").tree.body[0]


@pytest.mark.parametrize("text", SURE)
def test_sure(text):
    assert not may_raise(statement(text), TYPER.type_of, TYPER.resolve)


@pytest.mark.parametrize("text", RISKY)
def test_risky(text):
    assert may_raise(statement(text), TYPER.type_of, TYPER.resolve)


def early(text):
    body = parse("def f():\n" + "\n".join("    " + line for line in text.splitlines())).tree.body
    found = half_done(body, TYPER.type_of, TYPER.resolve)
    return {text_of([s]) for s in found if isinstance(s, gast.Assign)}


def test_half_done():
    assert early("z = x\nw = x / y\nv = x") == {"z = x"}
    assert early("z = x / y") == set()
    assert early("if k:\n    z = x\nelse:\n    w = y\n    v = x / y\nu = x") == {"w = y"}
    assert early("for k in range(3):\n    v = x / y\n    z = x") == {"v = x / y", "z = x"}
    assert early("for k in range(3):\n    z = x\n    w = y") == set()
