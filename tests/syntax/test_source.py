"""Finding the text of functions, under every trap we know of."""

from __future__ import annotations

import functools
import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
import types
import zipfile
from concurrent.futures import ThreadPoolExecutor

import gast
import pytest

from sct_ad.errors import UnsupportedError
from sct_ad.syntax.source import Source, capture, find_source, span_of

first, second = lambda x: x + 1, lambda x: x * 2  # noqa: E731
twins = [lambda x: x * 3, lambda x: x * 3, lambda y: y * 3]
nested_lambdas = lambda a: lambda b: a * b  # noqa: E731
called = functools.partial(lambda x, n: x**n, n=3)
spread = (
    lambda x: (
        x
        + 1.0
    )
)  # fmt: skip


def plain(x):
    """Documented."""
    return x * x


def asserting(x, n):
    assert n > 0, f"n is {n}"
    for _ in range(n):
        assert x == x and (x is not None or n)
        x = x * 2.0
    if n > 3:
        assert x
    return [x for _ in range(n)]


# fmt: off
def outer(scale):
    def inner(x):
        """Starts here
and reaches column 0.
        """
        return x * scale

    return inner
# fmt: on


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 2 * function(*args)

    return wrapper


@doubled
@doubled
def decorated(x):
    return x - 1


class Model:
    __rate = 3.0

    def method(self, x):
        return self.__rate * x

    @staticmethod
    def static(x):
        return x + 4


def text(source: Source) -> str:
    """The text that a source's tree spans."""
    span = span_of(source, source.tree)
    lines = list(source.lines[span.line - 1 : span.end_line])
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "\n".join(lines)


def load_module(path, name: str = "made") -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made(path, body: str) -> types.ModuleType:
    path.write_text(textwrap.dedent(body))
    return load_module(path)


def later(path, body: str) -> None:
    """Edit a file so that its time stamp surely differs."""
    path.write_text(textwrap.dedent(body))
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 10))


def test_plain_function_has_absolute_positions():
    source = find_source(plain)
    assert source.file == __file__
    assert source.tree.name == "plain"
    assert source.lines[source.tree.lineno - 1] == "def plain(x):"
    result = source.tree.body[-1]
    span = span_of(source, result.value)
    assert (span.text[span.column : span.end_column], span.where) == ("x * x", f"{__file__}:{span.line}")


def test_two_lambdas_on_a_line():
    assert text(find_source(first)) == "lambda x: x + 1"
    assert text(find_source(second)) == "lambda x: x * 2"


def test_lambdas_in_a_list_even_with_equal_bytecode():
    columns = [find_source(twin).tree.col_offset for twin in twins]
    assert [text(find_source(twin)) for twin in twins] == ["lambda x: x * 3"] * 2 + ["lambda y: y * 3"]
    if sys.version_info >= (3, 11):
        assert columns == sorted(set(columns))


def test_lambda_in_a_lambda_in_a_call_and_over_lines():
    assert text(find_source(nested_lambdas)) == "lambda a: lambda b: a * b"
    assert text(find_source(nested_lambdas(2))) == "lambda b: a * b"
    assert text(find_source(called.func)) == "lambda x, n: x**n"
    tree = find_source(spread).tree
    assert isinstance(tree, gast.Lambda) and tree.end_lineno > tree.lineno


def test_constants_are_told_apart_by_type():
    functions = [lambda x: x * 1, lambda x: x * 1.0, lambda x: x * True, lambda x: x * -0.0, lambda x: x * 0.0]
    found = [text(find_source(function)) for function in functions]
    assert found == [f"lambda x: x * {c}" for c in ("1", "1.0", "True", "-0.0", "0.0")]


def test_nested_function_with_a_docstring_at_column_0():
    source = find_source(outer(3.0))
    assert source.tree.name == "inner" and source.lines[source.tree.lineno - 1] == "    def inner(x):"


def test_decorated_function_is_found_below_its_decorators():
    tree = find_source(decorated.__wrapped__.__wrapped__).tree
    assert tree.name == "decorated" and tree.decorator_list == []
    assert find_source(decorated).tree.name == "wrapper"


def test_methods():
    assert find_source(Model.method).tree.name == "method"
    assert find_source(Model.static).tree.name == "static"


def test_function_whose_asserts_pytest_has_rewritten():
    assert "@pytest_ar" in asserting.__globals__ and "@py_assert2" in asserting.__code__.co_varnames
    tree = find_source(asserting).tree
    assert tree.name == "asserting" and isinstance(tree.body[0], gast.Assert)


def test_rewritten_asserts_excuse_no_other_difference():
    changed = types.FunctionType(
        asserting.__code__.replace(
            co_consts=tuple(3.0 if constant == 2.0 else constant for constant in asserting.__code__.co_consts)
        ),
        asserting.__globals__,
    )
    with pytest.raises(UnsupportedError, match="does not match"):
        find_source(changed)


def test_edited_file_is_refused(tmp_path):
    path = tmp_path / "edited.py"
    module = made(path, "def f(x):\n    return x * 2.0\n")
    later(path, "def f(x):\n    return x * 3.0\n")
    with pytest.raises(UnsupportedError, match="edited after its import") as caught:
        find_source(module.f)
    assert "import the module again" in caught.value.hint
    assert find_source(load_module(path).f).lines[1] == "    return x * 3.0"


def test_edited_file_does_no_harm_to_captured_functions_nor_their_neighbours(tmp_path):
    path = tmp_path / "captured.py"
    module = made(path, "def f(x):\n    return x * 2.0\ndef g(x):\n    return x * 5.0\n")
    capture(module.f)
    later(path, "def f(x):\n    return x * 3.0\n")
    assert find_source(module.f).lines[1] == "    return x * 2.0"
    assert find_source(module.g).lines[3] == "    return x * 5.0"


def test_file_edited_elsewhere_is_fine(tmp_path):
    path = tmp_path / "moved.py"
    module = made(path, "def f(x):\n    return x * 2.0\n")
    later(path, "import math\n\n\ndef f(x):\n    return x * 2.0  # twice\n")
    assert find_source(module.f).tree.lineno == 4


def test_file_that_no_longer_parses_or_exists_is_refused(tmp_path):
    path = tmp_path / "broken.py"
    module = made(path, "def f(x):\n    return x * 2.0\n")
    later(path, "def f(x:\n")
    with pytest.raises(UnsupportedError, match="edited"):
        find_source(module.f)
    path.unlink()
    linecache.checkcache(str(path))
    with pytest.raises(UnsupportedError, match="not known"):
        find_source(module.f)


def test_future_annotations_and_warnings_of_the_users_text(tmp_path):
    module = made(
        tmp_path / "future.py",
        """
        from __future__ import annotations
        def f(x: Undefined) -> Undefined:
            def g(y: AlsoUndefined): return y
            z: Nowhere = g(x)
            return z
        """,
    )
    assert find_source(module.f).tree.name == "f"
    with pytest.warns(Warning, match="invalid escape"):
        code = compile("def h(x):\n    print('\\d')\n    return x\n", "<cell>", "exec")
    namespace: dict = {}
    exec(code, namespace)
    assert find_source(namespace["h"], "def h(x):\n    print('\\d')\n    return x\n").tree.name == "h"


def test_no_source_names_the_remedy():
    namespace: dict = {}
    exec("def f(x):\n    return x * 2", namespace)
    with pytest.raises(UnsupportedError, match="not known") as caught:
        find_source(namespace["f"])
    assert "source=" in caught.value.hint
    assert find_source(namespace["f"], "def f(x):\n    return x * 2").tree.name == "f"
    with pytest.raises(UnsupportedError, match="not a function written in Python"):
        find_source(len)


def test_given_source_is_checked_too():
    namespace: dict = {}
    exec("def f(x):\n    return x * 2", namespace)
    for wrong in ("def f(x):\n    return x * 3", "def g(x):\n    return x * 2", "def f(x:"):
        with pytest.raises(UnsupportedError, match="passed as source="):
            find_source(namespace["f"], wrong)


def test_given_source_may_be_indented_and_close_over_names():
    snippet = (
        '    def inner(x):\n        """Starts here\nand reaches column 0.\n        """\n        return x * scale\n'
    )
    source = find_source(outer(2.0), snippet)
    assert (source.tree.lineno, source.file) == (1, "<source of outer.<locals>.inner>")
    lambdas = [lambda x: x + scale for scale in (1, 2)]
    assert text(find_source(lambdas[0], "[lambda x: x + scale for _ in []]")) == "lambda x: x + scale"


def test_imports_that_change_the_bytecode(tmp_path):
    module = made(
        tmp_path / "imports.py",
        """
        import math
        try:
            import cmath as other
        except ImportError:
            pass
        def load():
            global late
            import operator as late
        def f(x):
            return math.sin(x) + other.sin(x) + late.add(x, x)
        """,
    )
    assert find_source(module.f).tree.name == "f"
    namespace: dict = {}
    exec("import math\ndef f(x):\n    return math.sin(x)", namespace)
    assert find_source(namespace["f"], "def f(x):\n    return math.sin(x)").tree.name == "f"


def test_notebook_cells_through_linecache():
    cell = "%time = 1\n".replace("%", "") + "await_me = lambda x: x\ndef f(x):\n    return x ** 2\n"
    name = "<ipython-input-7-abc>"
    linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
    namespace: dict = {}
    exec(compile(cell, name, "exec"), namespace)
    try:
        assert find_source(namespace["f"]).tree.lineno == 3
    finally:
        del linecache.cache[name]


def test_zip_file(tmp_path, monkeypatch):
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("zipped_module.py", "def f(x):\n    return x / 2\n")
    monkeypatch.syspath_prepend(str(path))
    import zipped_module

    assert find_source(zipped_module.f).lines == ("def f(x):", "    return x / 2")


def test_optimised_python_drops_asserts(tmp_path):
    path = tmp_path / "optimised.py"
    program = "def f(x):\n    'doc'\n    assert x > 0\n    return x * 2\n"
    path.write_text(program)
    namespace: dict = {"__name__": "optimised"}
    exec(compile(program, str(path), "exec", optimize=2), namespace)
    assert not any(isinstance(node, gast.Assert) for node in gast.walk(find_source(namespace["f"]).tree))
    exec(compile(program, str(path), "exec", optimize=0), namespace)
    assert any(isinstance(node, gast.Assert) for node in gast.walk(find_source(namespace["f"]).tree))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python keeps the text of -c since 3.13")
def test_command_line_program():
    program = textwrap.dedent(
        """
        from sct_ad.syntax.source import find_source
        def f(x): return x * 2
        print(find_source(f).tree.name)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "f\n"


def test_async_function_is_refused_at_its_place():
    async def f(x):
        return x

    with pytest.raises(UnsupportedError, match="async") as caught:
        find_source(f)
    assert caught.value.span.text == "    async def f(x):"


def test_carets_count_characters_not_bytes(tmp_path):
    module = made(tmp_path / "greek.py", "def f(αβ):\n    return αβ + len('é') * αβ\n")
    source = find_source(module.f)
    product = source.tree.body[0].value.right
    span = span_of(source, product)
    assert span.text[span.column : span.end_column] == "len('é') * αβ"
    assert span_of(source, gast.Load()).line == 1


def test_deep_expressions(tmp_path):
    module = made(tmp_path / "deep.py", "def f(x):\n    return " + " + ".join(["x"] * 900) + "\n")
    limit = sys.getrecursionlimit()
    assert isinstance(find_source(module.f).tree.body[0].value, gast.BinOp)
    assert sys.getrecursionlimit() == limit


def test_each_answer_is_a_tree_of_its_own():
    tree = find_source(plain).tree
    tree.body.clear()
    assert len(find_source(plain).tree.body) == 2


def test_capture_forgets_with_the_function():
    from sct_ad.syntax import source

    before = len(source._captured)
    function = outer(1.0)
    capture(function)
    assert len(source._captured) == before + 1
    del function
    assert len(source._captured) == before


def test_threads_that_look_at_once_find_the_same():
    functions = [*twins, first, second, nested_lambdas(1), plain] * 3
    expected = [text(find_source(function)) for function in functions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda function: text(find_source(function)), functions)) == expected


def test_traced_and_hot_functions_are_still_recognised():
    namespace: dict = {}
    program = "def f(x):\n    for i in range(3):\n        x = x + i\n    return x\n"
    exec(compile(program, "<cell>", "exec"), namespace)
    before = sys.gettrace()
    sys.settrace(lambda *_: lambda *_: None)
    try:
        for _ in range(200):
            namespace["f"](1.0)
        assert find_source(namespace["f"], program).tree.name == "f"
    finally:
        sys.settrace(before)
    for _ in range(2000):
        namespace["f"](1.0)
    assert find_source(namespace["f"], program).tree.name == "f"
