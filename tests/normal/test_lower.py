"""Lowering: what a function does, and in which order, is what its core does."""

import gast
import pytest

from sct_ad.normal.check import check_core
from sct_ad.normal.demonstrate import text_of
from sct_ad.syntax import nodes
from sct_ad.syntax.source import find_source
from tests.normal.cases import CASES, LAMBDAS
from tests.normal.lowering import compiled, core_text, lower_function, lower_text, outcome
from tests.programs import PROGRAMS

RUNS = [(f, args) for f, inputs in [*CASES, *LAMBDAS] for args in inputs]


@pytest.mark.parametrize(("function", "args"), RUNS, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(RUNS)])
def test_core_does_what_the_function_does(function, args):
    core = lower_function(function)
    check_core(core)
    assert outcome(compiled(core, function), args) == outcome(function, args), text_of(core)


def test_cases_are_many():
    assert len(CASES) >= 60


@pytest.mark.parametrize("program", PROGRAMS, ids=[p.name for p in PROGRAMS])
def test_programs(program):
    function = getattr(program.function, "__wrapped__", program.function)
    core = lower_function(function)
    if not function.__closure__ and "unpacked" not in program.tags:  # core takes what is unpacked by position
        with program.undone():
            expected = outcome(function, program.args())
        with program.undone():
            assert outcome(compiled(core, function), program.args()) == expected


@pytest.mark.parametrize("function", [f for f, _ in CASES], ids=lambda f: f.__name__)
def test_lowering_leaves_the_tree_alone_and_repeats(function):
    tree = find_source(function).tree
    before = gast.dump(tree, include_attributes=True)
    first = lower_function(function)
    assert gast.dump(find_source(function).tree, include_attributes=True) == before
    assert text_of(lower_function(function)) == text_of(first)


@pytest.mark.parametrize("function", [f for f, _ in CASES], ids=lambda f: f.__name__)
def test_temporaries_are_new_names_and_origins_lie_in_the_function(function):
    source = find_source(function)
    core = lower_function(function)
    assert not core.temporaries & set(function.__code__.co_varnames) - {
        n for c in function.__code__.co_consts if hasattr(c, "co_varnames") for n in c.co_varnames
    } - _comprehension_targets(source.tree)
    for stmt in nodes.statements(core.body):
        span = nodes.origin_of(stmt)
        if span is not None:
            assert source.tree.lineno <= span.line <= span.end_line <= source.tree.end_lineno
            assert span.text == source.lines[span.line - 1]


def _comprehension_targets(tree):
    found = [g.target for n in gast.walk(tree) for g in getattr(n, "generators", [])]
    return nodes.names_in(found)


def test_expressions_keep_their_places():
    core = lower_text("def f(x):\n    y = x * (x + 1)\n    return y")
    add = core.body[0].value
    assert (add.lineno, add.col_offset, add.end_col_offset) == (2, 13, 18)
    assert core.body[1].value.right.col_offset == 13
    assert nodes.origin_of(core.body[0]).column == 4


def test_names_in_comprehensions_keep_their_places():
    core = lower_text("def f(x, xs):\n    return [x * x for x in xs]")
    loop = core.body[1]
    assert (loop.body[0].value.left.lineno, loop.body[0].value.left.col_offset) == (2, 12)


BEFORE_AFTER = {
    "three-address code leaves simple statements alone": (
        "def f(a, b):\n    x = a * b\n    y = np.sin(x)\n    a[0] = y\n    return y",
        "def f(a, b):\n    x = a * b\n    y = np.sin(x)\n    a[0] = y\n    return y",
    ),
    "nested expressions": (
        "def f(x):\n    return np.sum(x ** 2, axis=-1) / len(x)",
        "def f(x):\n    t = x ** 2\n    t1 = np.sum(t, axis=-1)\n    t2 = len(x)\n    t3 = t1 / t2\n    return t3",
    ),
    "early return": (
        "def f(x):\n    if x:\n        return 1\n    return 2",
        "def f(x):\n    if x:\n        result = 1\n    else:\n        result = 2\n    return result",
    ),
    "break": (
        "def f(xs):\n    for x in xs:\n        if x:\n            break\n        print(x)",
        "def f(xs):\n    stop = False\n    for x in xs:\n        if x:\n            stop = True\n        else:\n"
        "            print(x)\n        if stop:\n            break\n    return None",
    ),
    "continue needs no flag": (
        "def f(xs):\n    for x in xs:\n        if x:\n            continue\n        print(x)",
        "def f(xs):\n    for x in xs:\n        if x:\n            pass\n        else:\n            print(x)\n    return None",
    ),
    "loop else": (
        "def f(xs):\n    for x in xs:\n        if x:\n            break\n    else:\n        print(xs)",
        "def f(xs):\n    stop = False\n    for x in xs:\n        if x:\n            stop = True\n        if stop:\n"
        "            break\n    t = not stop\n    if t:\n        print(xs)\n    return None",
    ),
    "while": (
        "def f(x):\n    while x > 1:\n        x = x / 2\n    return x",
        "def f(x):\n    t = x > 1\n    while t:\n        x = x / 2\n        t = x > 1\n    return x",
    ),
    "while with break and a test that may fail": (
        "def f(x):\n    while x[0]:\n        if x[1]:\n            break\n    return x",
        "def f(x):\n    stop = False\n    t = x[0]\n    while t:\n        t1 = x[1]\n        if t1:\n            stop = True\n"
        "        t = not stop\n        if t:\n            t = x[0]\n    return x",
    ),
    "ternary": (
        "def f(x):\n    y = x if x > 0 else -x\n    return y",
        "def f(x):\n    t = x > 0\n    if t:\n        y = x\n    else:\n        y = -x\n    return y",
    ),
    "and, chained comparison": (
        "def f(x, y):\n    b = 0 < x < y\n    return b and g(x)",
        "def f(x, y):\n    b = 0 < x\n    if b:\n        b = x < y\n    t = b\n    if t:\n        t = g(x)\n    return t",
    ),
    "swap": (
        "def f(u, v):\n    u, v = v, u\n    return u",
        "def f(u, v):\n    t = v\n    t1 = u\n    u = t\n    v = t1\n    return u",
    ),
    "parallel assignment without overlap": (
        "def f(u, v):\n    a, b = u, v + 1\n    return a",
        "def f(u, v):\n    a = u\n    b = v + 1\n    return a",
    ),
    "star-unpacking": (
        "def f(x):\n    a, *b, c = x\n    return b",
        "def f(x):\n    a = x[0]\n    t = x[1:-1]\n    b = list(t)\n    c = x[-1]\n    return b",
    ),
    "loop targets": (
        "def f(rows):\n    for i, (a, b) in enumerate(rows):\n        print(i, a, b)",
        "def f(rows):\n    t = enumerate(rows)\n    for item in t:\n        i = item[0]\n        t1 = item[1]\n        a = t1[0]\n"
        "        b = t1[1]\n        print(i, a, b)\n    return None",
    ),
    "augmented store": (
        "def f(a, i):\n    a.b[i + 1][0] += i * 2",
        "def f(a, i):\n    b = a.b\n    t = i + 1\n    t1 = b[t]\n    t2 = i * 2\n    t1[0] += t2\n    return None",
    ),
    "assert": (
        "def f(x):\n    assert x, 'no'\n    return x",
        "def f(x):\n    if x:\n        pass\n    else:\n        raise AssertionError('no')\n    return x",
    ),
    "lambda": (
        "lambda x: x.T @ np.linalg.inv(x)",
        "def lambda_(x):\n    t = x.T\n    t1 = np.linalg.inv(x)\n    t2 = t @ t1\n    return t2",
    ),
}


@pytest.mark.parametrize("name", BEFORE_AFTER)
def test_before_after(name):
    before, after = BEFORE_AFTER[name]
    assert core_text(before) == after
    if "while" not in after and "break" not in after:
        assert core_text(after) == after
