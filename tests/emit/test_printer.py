"""The text of emitted functions: what it says, how it looks, what it quotes."""

from __future__ import annotations

import ast
import sys
import textwrap

import gast
import pytest

from sct_ad.emit import layout, statement
from sct_ad.emit.literals import means, printable
from sct_ad.emit.printer import print_function
from sct_ad.errors import InternalError, Span
from sct_ad.syntax import nodes
from sct_ad.syntax.text import parse_text, room_for

SAME = """
y = x
y = -x
y = a[i - 1] + a[i + 1]
y = a[1:-1, :]
y = a[..., None]
y = a[i,]
y = a[1, 2]
y = a[-1][::2].T
y = a * b + c
y = a * (b + c)
y = a - (b - c)
y = a + -b
y = (a ** b) ** c
y = a ** b ** c
y = -x ** 2
y = (-x) ** 2
y = x ** -1
y = x ** (n - 1)
y = -(a + b)
y = (A @ x) * (1.0 - h ** 2)
y = b * (A @ x)
y = A @ (b * x)
y = A @ B @ x
y = 1e-5
y = 1.5e-7 * 1e22 - 0.1
y = 1j * 2
y = (1).real
y = {1: 2, 'a': b, **c}
y = {1, 2}
y = [1, (2, 3), ()]
y = (1,)
y = (1,), 2
y = 'it\\'s "quoted"\\n'
y = b'bytes'
y = a if c else b
y = (a if c else b) + 1
y = lambda: 0
y = lambda x, *y, k=1e-5, **z: x
y = not a
y = not flag and (b or c)
y = a < b <= c
y = a is None
y = a not in b
y = [i * i for i in x if i > 0]
y = sum(i for i in x)
y = {i * i for i in x}
y = {i: i * i for i in x}
y = [f(i, j) + 1 for i in x for j in y]
y = max((i * i for i in x), default=0)
y = [a if b else c for i in x]
y = a[b + 1:c - 1]
y = (a, b)[0]
y = (a + b).sum()
y = a @ -b
y = (-a).T
y = x * (y / z)
y = x / y * z
y = a // b % c
y = ~a & b | c
y = (a > 0) & (b < 1)
y = not (a and b)
y = [*a, *b]
y = 2 * -x
y = a[b, :][c]
y = a.b.c(d)(e)
y = x if a and b else -x
y = [(x, y) for x, y in z]
y = {(1, 2): 3}
y = (a := 1) + 2
y = f(a)[0] ** 2
y = 1.0 / (1.0 + np.exp(-x))
y = f'{x!r} and {y:>{w}.3f}'
y = f'{x}1e-05'
y = a = b
a, (b, *c) = x
x.y[k] += 1
a @= b
x: float = 1.0
f(*args, k=1, **kw)
print('1e-05', 1e-5)
x[np.newaxis, 1:, i] = 0.0
del a, b
raise ValueError('no') from error
assert x > 0, 'positive'
pass
return
return a, b
return (x := 3)
global a
""".strip().splitlines()


def function(body: str, name: str = "f(x)") -> gast.FunctionDef:
    text = f"def {name}:\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
    return gast.parse(text).body[0]


def printed(body: str) -> str:
    text, _ = print_function(function(body))
    return textwrap.dedent(text.partition("\n")[2]).rstrip("\n")


def origin(line: int, text: str, adjoint: bool = True) -> Span:
    return Span("user.py", line, 0, line, len(text), text, adjoint)


def marked(body: str, marks: dict[str, Span]) -> tuple[str, dict[int, Span]]:
    """Prints a function whose statements have an origin, looked up by the first word of each."""
    fn = function(body)
    for stmt in gast.walk(fn):
        if isinstance(stmt, gast.stmt) and stmt is not fn:
            stmt.origin = marks.get(ast.unparse(gast.gast_to_ast(stmt)).split()[0].rstrip(":"))
    return print_function(fn)


@pytest.mark.parametrize("line", SAME)
def test_a_persons_statement_comes_back_as_it_was(line):
    assert printed(line) == line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = (a * b) + c", "y = a * b + c"),
        ("y = (- x)", "y = -x"),
        ("y = a[(1, 2)]", "y = a[1, 2]"),
        ("y = a[(1, slice)]", "y = a[1, slice]"),
        ("return (a, b)", "return a, b"),
        ("for (i, j) in z: pass", "for i, j in z:\n    pass"),
        ("y = 1e+16 + 0.00001", "y = 1e16 + 1e-5"),
        ("y = A @ x / 2", "y = (A @ x) / 2"),
        ("y = 1e999", "y = 1e1000"),
    ],
)
def test_tidier_than_it_was(before, after):
    assert printed(before) == after


def test_blocks():
    body = textwrap.dedent(
        """
        for i in reversed(range(n)):
            if a:
                x = 1
            elif b:
                while c:
                    pass
            else:
                x = 2
            if flag:
                break
        for i in x:
            continue
        else:
            y = 3
        with a as b, c:
            def g(x, /, y, *, z=1):
                return x
        try:
            x = 1
        except ValueError as e:
            raise
        """
    ).strip()
    assert printed(body) == body


def test_header_docstring_and_decorators():
    fn = function('"""One \\\\ line.\n\n    And more."""\npass', "f(x, /, y: int, *z, k=1e-05, **w) -> float")
    text, _ = print_function(fn)
    header, first, *_ = text.splitlines()
    assert header == "def f(x, /, y: int, *z, k=1e-5, **w) -> float:" and first == '    """One \\\\ line.'
    assert means(text, ast.fix_missing_locations(gast.gast_to_ast(fn)))
    nested = printed("@a.b\n@c(1)\ndef g():\n    '''Only a docstring.'''")
    assert nested == '@a.b\n@c(1)\ndef g():\n    """Only a docstring."""'


def test_nodes_without_positions_and_empty_bodies():
    arguments = gast.arguments(
        args=[nodes.target("x")], posonlyargs=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
    )
    fn = gast.FunctionDef(
        name="f", args=arguments, body=[], decorator_list=[], returns=None, type_comment=None, type_params=[]
    )
    assert print_function(fn) == ("def f(x):\n    pass\n", {})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1, "-1"),
        (-0.0, "-0.0"),
        ((1, -2.5), "1, -2.5"),
        (2j, "2j"),
        (1 - 2j, "1.0 - 2j"),
        (-1e-05, "-1e-5"),
        (float("inf"), "1e1000"),
        (..., "..."),
        (None, "None"),
        ("a\x0c\u2028b", "'a\\x0c\\u2028b'"),
    ],
)
def test_constants_print_as_themselves(value, text):
    fn = function("pass")
    fn.body = [gast.Return(value=gast.Constant(value=value, kind=None))]
    assert print_function(fn)[0] == f"def f(x):\n    return {text}\n"
    assert repr(eval(text)) == repr(value)


def test_negative_base_of_a_power_keeps_its_value():
    fn = function("pass")
    fn.body = [gast.Return(value=nodes.binary(gast.Constant(-1, None), gast.Pow(), gast.Constant(2, None)))]
    assert "return (-1) ** 2" in print_function(fn)[0]


@pytest.mark.parametrize("value", [float("nan"), frozenset({1}), complex(-0.0, 1.0), object()])
def test_constants_without_a_literal_are_our_bug(value):
    with pytest.raises(InternalError, match="has no literal"):
        printable(gast.Constant(value=value, kind=None))


def test_numpy_scalars_are_no_constants():
    np = pytest.importorskip("numpy")
    with pytest.raises(InternalError, match="float64"):
        printable(gast.Constant(value=np.float64(1.0), kind=None))


def test_what_astor_misprints_python_prints(monkeypatch):
    monkeypatch.setattr(statement, "_by_astor", lambda tree: "y = wrong")
    assert printed("y = a[1, 2]") == "y = a[1, 2]"
    monkeypatch.setattr(statement, "_by_unparse", lambda tree: None)
    with pytest.raises(InternalError, match="without text"):
        printed("y = 1")


def test_match_statement():
    body = "match x:\n    case [1, y]:\n        pass\n    case _:\n        pass"
    assert printed(body) == body


def test_deep_trees():
    limit = sys.getrecursionlimit()
    text = f"def f(x):\n    return {' + '.join(['x'] * 800)}\n"
    tree = parse_text(text, "deep")
    with room_for(tree):
        fn = gast.ast_to_gast(tree).body[0]
    assert means(print_function(fn)[0], tree.body[0])
    assert sys.getrecursionlimit() == limit


def test_single_adjoint_statements_quote_the_users_line_in_a_column():
    text, lines = marked(
        """
        s = 1
        bx += bs * 2.0 * x
        x = x_tape.pop()
        by = bx * 1.1 * math.cos(x)
        """,
        {
            "s": origin(1, "s = 1", adjoint=False),
            "bx": origin(5, "    s = s + x * x"),
            "x": origin(4, "    x = math.sin(x) * 1.1", adjoint=False),
            "by": origin(4, "    x = math.sin(x) * 1.1"),
        },
    )
    assert text == textwrap.dedent(
        """\
        def f(x):
            s = 1
            bx += bs * 2.0 * x           # s = s + x * x
            x = x_tape.pop()
            by = bx * 1.1 * math.cos(x)  # x = math.sin(x) * 1.1
        """
    )
    assert {number: span.line for number, span in lines.items()} == {2: 1, 3: 5, 4: 4, 5: 4}


def test_groups_have_their_comment_above():
    text, lines = marked(
        """
        t = bA[i] / 3.0
        bA[i] = 0.0
        by = t
        """,
        {"t": origin(3, "A[i] = B[i] / 3.0"), "bA[i]": origin(3, "A[i] = B[i] / 3.0"), "by": origin(2, "B = y")},
    )
    assert text.splitlines()[1:] == [
        "    # A[i] = B[i] / 3.0",
        "    t = bA[i] / 3.0",
        "    bA[i] = 0.0",
        "    by = t  # B = y",
    ]
    assert sorted(lines) == [3, 4, 5]


def test_structured_adjoint_statements_carry_no_comment_themselves():
    text, _ = marked(
        """
        bs = 1.0
        for i in reversed(range(n)):
            if c:
                bx += bs
            bz = 0.0
        bw = 1
        """,
        {
            "bs": origin(2, "for i in range(n):"),
            "for": origin(2, "for i in range(n):"),
            "if": origin(3, "    if c:"),
            "bx": origin(4, "        s += x"),
            "bw": origin(2, "for i in range(n):"),
        },
    )
    assert text.splitlines()[1:] == [
        "    bs = 1.0  # for i in range(n):",
        "    for i in reversed(range(n)):",
        "        if c:",
        "            bx += bs  # s += x",
        "        bz = 0.0",
        "    bw = 1",
    ]


def test_long_user_lines_are_shortened_and_long_statements_have_the_comment_above():
    user = "value = " + " + ".join(f"term{number}" for number in range(20))
    long = "bx = " + " * ".join(f"factor{number}" for number in range(9))
    text, _ = marked(f"{long}\nby = 1", {"bx": origin(1, user), "by": origin(2, "y =\t'\x0c'")})
    comment, first, second = text.splitlines()[1:]
    assert comment == "    # value = term0 + term1 + term2 + term3 + term4 + term5 + t..."
    assert first == "    " + long and second == "    by = 1  # y = ' '"


def test_comments_too_far_apart_for_a_column_stay_where_they_are():
    wide = "bx = " + "a" * 70
    marks = {"bx": origin(1, "x = y"), "by": origin(2, "some = users.line(of, some, length)")}
    text, _ = marked(f"{wide}\nby = 1", marks)
    assert text.splitlines()[1:] == [f"    {wide}  # x = y", "    by = 1  # some = users.line(of, some, length)"]


LONG = "a_name_that_takes_some_room"


@pytest.mark.parametrize(
    "body",
    [
        f"y = {' + '.join([f'{LONG} * {LONG}'] * 5)}",
        f"y = {' * '.join([LONG] * 9)}",
        f"y = f({', '.join([LONG] * 9)})",
        f"y = np.sum(g({', '.join([LONG] * 9)}), axis=0)[1:-1]",
        f"return {', '.join([LONG] * 9)}",
        f"f({', '.join([LONG] * 9)})",
        f"y += {' and '.join([LONG] * 5)}",
        f"y = {LONG} if {LONG} not in {LONG} else {LONG} + f'{{a + {LONG}}} ('",
        f"if {' or '.join([LONG] * 5)}:\n    pass",
        f"for {LONG} in zip({', '.join([LONG] * 5)}):\n    pass",
        f"def g({', '.join(f'{LONG}{number}={number}' for number in range(6))}):\n    pass",
        f"y = [{LONG} + {LONG} for {LONG} in {LONG} if {LONG} is not {LONG}]",
        f"y = lambda a=1, b=2: {' + '.join([LONG] * 6)}",
        f"raise ValueError('{' '.join([LONG] * 6)}', {LONG})",
        f"y = {{'a': {LONG}, 'b': {LONG}, 'c': {LONG}, 'd': {LONG}, 'e': {LONG}}}",
    ],
)
def test_long_statements_are_broken_inside_brackets(body):
    text, _ = print_function(function(body))
    assert means(text, ast.fix_missing_locations(gast.gast_to_ast(function(body))))
    assert len(text.splitlines()) > 2
    assert all(len(line) <= 110 for line in text.splitlines() if "raise" not in body and "lambda" not in body)
    assert print_function(gast.parse(text).body[0])[0] == text


def test_each_line_of_a_broken_statement_has_its_origin():
    _, lines = marked(f"bx = {' + '.join([LONG] * 6)}", {"bx": origin(3, "x = y")})
    assert {span.line for span in lines.values()} == {3} and len(lines) == 8


def test_a_line_that_cannot_be_broken_stays_whole():
    name = "x" * 130
    assert printed(f"y = {name}") == f"y = {name}"
    assert layout.wrap("(", 0) == ["("]


def test_a_broken_argument_ends_its_line():
    text = layout.wrap("y = np.sum(g(first, second, third), axis=0)", 24)
    assert text == ["y = np.sum(", "    g(", "        first, second,", "        third", "    ),", "    axis=0", ")"]


def test_printing_is_deterministic():
    fn = function("y = {1: 2}\nz = {3, 1, 2}\nreturn lambda: y")
    assert print_function(fn) == print_function(nodes.copy(fn))
