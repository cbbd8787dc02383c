"""Building, copying and walking trees."""

from __future__ import annotations

import ast

import gast
import pytest

from sct_ad.errors import Span
from sct_ad.syntax import nodes

SPAN = Span("user.py", 1, 0, 1, 5, "x = 1")


def text(node) -> str:
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(node)))


def block(source: str) -> list[gast.stmt]:
    return gast.parse(source).body


def expression(source: str) -> gast.expr:
    return block(source)[0].value


def test_builders():
    x, y = nodes.name("x"), nodes.name("y")
    index = nodes.tuple_([nodes.constant(-1), gast.Slice(None, None, None)])
    assert text(nodes.call(nodes.attribute(x, "sum"), y, axis=nodes.constant(0))) == "x.sum(y, axis=0)"
    assert text(nodes.subscript(x, index)) == "x[-1, :]"
    assert text(nodes.assign(nodes.subscript(x, y, store=True), nodes.binary(x, gast.Add(), y))) == "x[y] = x + y"
    assert nodes.origin_of(nodes.assign("x", y, SPAN)) is SPAN
    assert nodes.origin_of(nodes.assign("x", y)) is None and nodes.origin_of(gast.Pass()) is None


@pytest.mark.parametrize("value", [1, -1, 0.0, -0.0, -1.5, True, None, "s", (), (1, -2), 2j, ...])
def test_constants_print_as_themselves(value):
    assert repr(eval(text(nodes.constant(value)))) == repr(value)


def test_a_negative_constant_is_safe_below_a_power():
    assert eval(text(nodes.binary(nodes.constant(-1), gast.Pow(), nodes.constant(2)))) == 1


def test_copies_share_nothing_and_keep_origins_and_positions():
    stmt = nodes.with_origin(block("if x:\n    y = [x, 1]")[0], SPAN)
    nodes.with_origin(stmt.body[0], SPAN)
    twin = nodes.copy(stmt)
    assert nodes.same(twin, stmt) and twin.origin is SPAN and twin.body[0].origin is SPAN
    assert (twin.body[0].lineno, twin.body[0].end_col_offset) == (2, stmt.body[0].end_col_offset)
    twin.body[0].value.elts.clear()
    assert len(stmt.body[0].value.elts) == 2
    assert [nodes.same(a, b) for a, b in zip(nodes.copy([stmt, 1]), [stmt, 1], strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("x + 1", "x  +  1", True),
        ("x + 1", "x + 1.0", False),
        ("x + 1", "x + True", False),
        ("x + 1", "x - 1", False),
        ("f(x)", "f(x, y)", False),
        ("f(x)", "g(x)", False),
        ("x[1:]", "x[1:]", True),
    ],
)
def test_same(left, right, expected):
    assert nodes.same(expression(left), expression(right)) is expected


def test_same_does_not_mind_contexts():
    assert nodes.same(nodes.name("x"), nodes.target("x"))


def test_walk_gives_parents_first():
    kinds = [type(node).__name__ for node in nodes.walk(block("y = x + 1")) if isinstance(node, (gast.stmt, gast.expr))]
    assert kinds == ["Assign", "Name", "BinOp", "Name", "Constant"]


EVERYTHING = """
def f(x: Kind = start, *rest, **named):
    y = {k: -v for k, v in zip(x, rest) if not v} @ (lambda a, b=x: a + b)(x[1:, None], y=named)
    x.real[y] += 1 if a < b <= c else d
    with open(y) as file, other:
        del x, y
    try:
        for i in range(3):
            print(f"{i}: {y!r}", *x)
    except Error as e:
        raise e from None
    return x and (z := y)
"""


def everything(node) -> list[gast.AST]:
    """All nodes below one, found out by gast itself."""
    return [inner for inner in gast.walk(node) if not isinstance(inner, gast.expr_context)]


def test_walk_gives_every_node_but_contexts():
    tree = gast.parse(EVERYTHING)
    assert {id(node) for node in nodes.walk(tree)} >= {id(node) for node in everything(tree)}
    assert all(isinstance(node, gast.AST) for node in nodes.walk(tree))


def test_below_gives_the_children_last_one_first():
    for node in everything(gast.parse(EVERYTHING)):
        children = [n for n in gast.iter_child_nodes(node) if not isinstance(n, gast.expr_context)]
        assert [n for n in nodes.below(node)[::-1] if not isinstance(n, gast.expr_context)] == children


def test_mentions_are_all_names_in_order_of_text():
    tree = gast.parse(EVERYTHING)
    assert nodes.mentions(tree) == [node.id for node in nodes.walk(tree) if isinstance(node, gast.Name)]
    assert set(nodes.mentions(tree)) == {node.id for node in everything(tree) if isinstance(node, gast.Name)}
    assert nodes.mentions(block("y = x + f(x, [x])")) == ["y", "x", "f", "x", "x"]


@pytest.mark.parametrize("classes", [(gast.Call,), (gast.Name, gast.Lambda), (gast.MatMult, gast.Lt), ()])
def test_every_node_of_some_classes_in_the_order_of_walk(classes):
    tree = gast.parse(EVERYTHING)
    assert nodes.every(tree, *classes) == [node for node in nodes.walk(tree) if isinstance(node, classes)]
    assert nodes.every(tree.body, *classes) == nodes.every(tree, *classes)


def test_statements_in_order_of_text():
    source = "a = 1\nfor i in x:\n    if i:\n        b = 1\n    else:\n        c = 1\nwhile a:\n    d = 1"
    lines = [stmt.lineno for stmt in nodes.statements(block(source))]
    assert lines == sorted(lines) and len(lines) == 7


@pytest.mark.parametrize(
    ("source", "reads", "defines"),
    [
        ("y = x + n", {"x", "n"}, {"y"}),
        ("y[i] = x", {"x", "y", "i"}, set()),
        ("y.a = x", {"x", "y"}, set()),
        ("y += x", {"x", "y"}, {"y"}),
        ("y[i] += x", {"x", "y", "i"}, set()),
        ("for i in x:\n    y = z", {"x"}, {"i"}),
        ("while c:\n    y = z", {"c"}, set()),
        ("if c:\n    y = z", {"c"}, set()),
        ("f(x)", {"f", "x"}, set()),
        ("raise E(x) from c", {"E", "x", "c"}, set()),
        ("raise", set(), set()),
        ("assert x, m", {"x", "m"}, set()),
        ("def f(x):\n    return y", set(), {"f"}),
        ("pass", set(), set()),
    ],
)
def test_reads_and_defines(source, reads, defines):
    stmt = block(source)[0]
    assert (nodes.reads(stmt), nodes.defines(stmt)) == (reads, defines)


def test_return_reads_its_value():
    assert nodes.reads(gast.Return(value=nodes.name("x"))) == {"x"} and nodes.reads(gast.Return(value=None)) == set()


def test_substitute_renames_and_replaces_without_touching_the_original():
    stmt = nodes.with_origin(block("y[i] = x + y")[0], SPAN)
    new = nodes.substitute(stmt, {"y": "by", "x": expression("a * b")})
    assert (text(new), text(stmt), new.origin) == ("by[i] = a * b + by", "y[i] = x + y", SPAN)


@pytest.mark.parametrize(
    ("source", "parts"),
    [("np", ("np",)), ("np.linalg.norm", ("np", "linalg", "norm")), ("f(x).T", None), ("x[0].T", None)],
)
def test_dotted(source, parts):
    assert nodes.dotted(expression(source)) == parts
