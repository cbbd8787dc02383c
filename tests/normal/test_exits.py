"""Exits: one return at the end, loops left only by the last statement of their body."""

import itertools

import gast
import pytest

from sct_ad.normal.demonstrate import parse, text_of
from sct_ad.normal.exits import Exits
from sct_ad.normal.lower import lower
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from tests.normal.lowering import outcome


def rewritten(text):
    tree = nodes.copy(parse(text).tree)
    tree.body = Exits(Names(nodes.names_in(tree))).body(tree.body)
    return tree


def made(text, name="f"):
    space = {"Early": Early}
    exec(text, space)
    return space[name]


def exits_at_ends_only(block, in_loop):
    for position, stmt in enumerate(block):
        last = position == len(block) - 1
        leaves = isinstance(stmt, gast.If) and isinstance(stmt.body[0], gast.Break)
        if leaves:
            assert in_loop and last and len(stmt.body) == 1 and not stmt.orelse
            continue
        assert not isinstance(stmt, (gast.Return, gast.Break, gast.Continue))
        for inner in nodes.blocks(stmt):
            exits_at_ends_only(inner, isinstance(stmt, (gast.For, gast.While)))


EXITS = ["pass", "continue", "break", "return k", "raise ValueError(k)"]
TEMPLATE = """
def f(n):
    for k in range(n):
        print("outer", k)
        if k == 1:
            {0}
        elif k == 3:
            print("three")
            {1}
        {loop}:
            j -= 1
            print("inner", j)
            if j == 1:
                {2}
            print("end of inner")
        else:
            print("inner else")
            {3}
        print("after inner")
    else:
        print("outer else")
    print("end")
    return -1
"""
INNER = ["for j in range(3)", "j = 3\n        while print('test') or j > 0"]


@pytest.mark.parametrize("first", EXITS)
@pytest.mark.parametrize("second", EXITS)
def test_all_exits_in_nested_loops(first, second):
    for third, fourth, loop in itertools.product(EXITS, EXITS, INNER):
        text = TEMPLATE.format(first, second, third, fourth, loop=loop)
        source = parse(text.strip())
        tree = rewritten(text.strip())
        exits_at_ends_only(tree.body[:-1], False)
        assert isinstance(tree.body[-1], gast.Return)
        original, core = made(text), made(text_of(lower(source.tree, source)))
        for n in (0, 1, 2, 5):
            assert outcome(core, (n,)) == outcome(original, (n,)), text_of(tree)


TRIED = """
def f(n):
    for k in range(n):
        print("outer", k)
        try:
            if k == 1:
                {0}
            elif k == 3:
                raise KeyError(k)
            print("in try")
        except KeyError as error:
            print("caught", error)
            {1}
            print("end of handler")
        except ValueError:
            print("value")
        else:
            print("else")
            {2}
            print("end of else")
        {final}
            print("final")
            if k == 2:
                k = 7
        print("after try", k)
    else:
        print("outer else")
    print("end")
    return -1
"""
LAST = ["finally:", "with nothing(k):"]


@pytest.mark.parametrize("first", EXITS)
@pytest.mark.parametrize("second", EXITS)
def test_all_exits_in_try_statements(first, second):
    for third, final in itertools.product(EXITS, LAST):
        text = TRIED.format(first, second, third, final=final)
        source = parse(text.strip())
        tree = rewritten(text.strip())
        exits_at_ends_only(tree.body[:-1], False)
        original, core = made(WITH + text), made(WITH + text_of(lower(source.tree, source)))
        for n in (0, 1, 2, 3, 5):
            assert outcome(core, (n,)) == outcome(original, (n,)), text_of(tree)


class Early(Exception):
    """Raised and caught by the same function."""


@pytest.mark.parametrize("first", EXITS)
@pytest.mark.parametrize("second", EXITS)
def test_all_exits_beside_jumps(first, second):
    """Raising what the same function catches."""
    for third, final in itertools.product([*EXITS, "raise Early(k)"], LAST):
        text = TRIED.format(first, second, third, final=final).replace("KeyError", "Early")
        text = text.replace(
            'print("in try")', "for j in range(k):\n                if j == 3:\n                    raise Early"
        )
        source = parse(text.strip())
        original, core = made(WITH + text), made(WITH + text_of(lower(source.tree, source)))
        for n in (0, 1, 2, 3, 4, 6):
            assert outcome(core, (n,)) == outcome(original, (n,)), text_of(lower(source.tree, source))


WITH = """
class nothing:
    def __init__(self, k):
        self.k = k
    def __enter__(self):
        print("enter", self.k)
    def __exit__(self, *error):
        print("exit", error[:1])
"""
GUARDED = """
def f(n):
    with nothing(n) as a, nothing(-n):
        if n == 1:
            return 5
        with nothing(10):
            while n > 0:
                n -= 1
                with nothing(n):
                    if n == 3:
                        {0}
                    print("body", n)
                    try:
                        try:
                            print("tried")
                            {1}
                        finally:
                            print("inner finally")
                    finally:
                        print("outer finally")
                    print("after", n)
            else:
                print("else")
        print("end of with")
    return -1
"""


@pytest.mark.parametrize("first", EXITS)
@pytest.mark.parametrize("second", EXITS)
def test_all_exits_in_with_statements(first, second):
    text = GUARDED.format(*(e.replace(" k", " n").replace("(k)", "(n)") for e in (first, second)))
    source = parse(text.strip())
    exits_at_ends_only(rewritten(text.strip()).body[:-1], False)
    original, core = made(WITH + text), made(WITH + text_of(lower(source.tree, source)))
    for n in (0, 1, 2, 5):
        assert outcome(core, (n,)) == outcome(original, (n,)), text


def test_no_flag_is_made_up_where_none_is_needed():
    text = text_of(
        rewritten("def f(x):\n    if x > 0:\n        return 1\n    elif x < 0:\n        return 2\n    return 3")
    )
    assert "done" not in text and "result = None" not in text
    text = text_of(rewritten("def f(xs):\n    for x in xs:\n        if x:\n            continue\n        print(x)"))
    assert "skip" not in text and "stop" not in text


def test_result_that_is_none_only_until_it_is_set():
    exits = Exits(Names())
    exits.body(parse("def f(xs):\n    for x in xs:\n        if x:\n            return x\n    return 0").tree.body)
    assert exits.unset == {"result"}
    exits = Exits(Names())
    exits.body(parse("def f(xs):\n    for x in xs:\n        if x:\n            return x").tree.body)
    assert exits.unset == set()
