"""Emitted text becomes a function that lives in the user's world."""

from __future__ import annotations

import gc
import inspect
import linecache
import math
import subprocess
import sys
import threading
import traceback

import pytest

from sct_ad.emit.load import annotate_error, load
from sct_ad.errors import InternalError, Span
from sct_ad.syntax.source import find_source


def test_namespace_cells_and_live_globals():
    def make():
        scale = 2.0

        def set_scale(value):
            nonlocal scale
            scale = value

        return set_scale

    set_scale = make()
    cell = set_scale.__closure__[0]
    world = {"offset": 1.0, "sin": "the user's own"}
    function = load(
        "def f(x):\n    return sin(x) * scale + offset\n", "f", {"sin": math.sin, "unused": 1}, world, {"scale": cell}
    )
    assert function(0.5) == math.sin(0.5) * 2.0 + 1.0
    set_scale(3.0)
    world["offset"] = 10.0
    assert function(0.5) == math.sin(0.5) * 3.0 + 10.0
    assert function.__globals__ is world and function.__code__.co_freevars == ("scale", "sin")
    del world["offset"]
    with pytest.raises(NameError, match="offset"):
        function(0.5)


def test_nonlocal_and_empty_cells():
    def make():
        if False:
            count = 0

        def bump():
            nonlocal count
            count += 1

        def start():
            nonlocal count
            count = 0

        return bump, start

    bump, start = make()
    cells = dict(zip(bump.__code__.co_freevars, bump.__closure__, strict=True))
    text = "def f():\n    nonlocal count\n    count += 1\n    return count\n"
    function = load(text, "f", {}, {}, cells)
    with pytest.raises(NameError):
        function()
    start()
    bump()
    assert function() == 2 and cells["count"].cell_contents == 2


def test_defaults_are_the_given_objects():
    marker = []
    text = "def f(a, b=wrong, *, c=wrong, d):\n    return a, b, c, d\n"
    function = load(text, "f", {}, {}, {}, (marker,), {"c": 3})
    assert function(1, d=4) == (1, marker, 3, 4) and function(1, d=4)[1] is marker
    assert str(inspect.signature(function)) == "(a, b=[], *, c=3, d)"


def test_own_name_means_the_users_global_unless_bound():
    text = "def f(n):\n    return 1 if n == 0 else f(n - 1)\n"
    assert load(text, "f", {}, {"f": lambda n: ("global", n)})(3) == ("global", 2)
    assert load(text, "f", {"f": lambda n: ("bound", n)}, {})(3) == ("bound", 2)


def test_names_are_the_functions_own():
    function = load("def f(x):\n    return (lambda y: y + x)\n", "f", {}, {"__name__": "users.module"})
    assert (function.__name__, function.__qualname__, function.__module__) == ("f", "f", "users.module")
    assert function(1).__qualname__ == "f.<locals>.<lambda>"


def test_builtins_are_there():
    assert load("def f(x):\n    return len(x)\n", "f", {}, {})([1, 2]) == 2


def test_tracebacks_inspect_and_the_compiler_itself_see_the_text():
    text = "def f(x):\n    y = x + 1\n    return g(y) / 0\n"
    function = load(text, "f", {"g": float}, {})
    assert inspect.getsource(function) == text
    linecache.checkcache()
    assert linecache.getline(function.__code__.co_filename, 2) == "    y = x + 1\n"
    with pytest.raises(ZeroDivisionError) as caught:
        function(1)
    assert "return g(y) / 0" in "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
    assert find_source(function).tree.name == "f"
    nested = load("def f(x):\n    h = lambda y: y + k\n    return h(x)\n", "f", {"k": 1}, {})
    assert find_source(nested).tree.name == "f"


def test_file_names_are_deterministic_and_forgotten_with_the_code():
    names = [load("def unique_name(x):\n    return x\n", "unique_name", {}, {}) for _ in range(3)]
    files = [function.__code__.co_filename for function in names]
    assert files == [f"<sct_ad unique_name {number}>" for number in (1, 2, 3)]
    del names
    gc.collect()
    assert not any(file in linecache.cache for file in files)


def test_threads_get_different_files():
    files: list[str] = []

    def work():
        for _ in range(20):
            function = load("def shared(x):\n    return x\n", "shared", {}, {})
            files.append(function.__code__.co_filename)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(files)) == 160


def test_errors_name_the_users_line_once():
    span = Span("model.py", 7, 4, 7, 20, "    s = s / x")
    inner = load("def g_grad(x):\n    t = 1.0\n    return t / x\n", "g_grad", {}, {}, lines={3: span})
    outer = load("def f_grad(x):\n    return g(x)\n", "f_grad", {"g": inner}, {}, lines={2: Span("o.py", 1, 0, 1, 1)})
    for function in (inner, outer):
        with pytest.raises(ZeroDivisionError) as caught:
            function(0.0)
        annotate_error(caught.value)
        annotate_error(caught.value, {2: span})
        assert caught.value.__notes__ == ["while differentiating model.py:7: s = s / x"]


class Silent(Exception):
    """An exception that prints something of its own."""

    def __str__(self):
        return "silence"


@pytest.mark.parametrize("error", [ValueError(), ValueError(3), OSError(2, "no file"), KeyError("key"), Silent("x")])
def test_errors_stay_what_they_are(error, monkeypatch):
    monkeypatch.delitem(sys.modules, "exceptiongroup", raising=False)

    def fail():
        raise error

    function = load("def f():\n    fail()\n", "f", {"fail": fail}, {}, lines={2: Span("m.py", 3, 0, 3, 5, "fail()")})
    before = error.args
    with pytest.raises(type(error)) as caught:
        function()
    annotate_error(caught.value)
    assert caught.value is error and error.__notes__ == ["while differentiating m.py:3: fail()"]
    assert error.args == before or not before and error.args == tuple(error.__notes__)


def test_python_prints_the_users_line_once():
    script = (
        "from sct_ad.emit.load import annotate_error, load\n"
        "from sct_ad.errors import Span\n"
        "f = load('def f(x):\\n    return 1.0 / x\\n', 'f', {}, {}, lines={2: Span('m.py', 3, 0, 3, 5, 's = 1.0 / x')})\n"
        "try:\n"
        "    f(0.0)\n"
        "except Exception as error:\n"
        "    annotate_error(error)\n"
        "    annotate_error(error)\n"
        "    raise\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.stderr.splitlines()[-2:] == [
        "ZeroDivisionError: float division by zero",
        "while differentiating m.py:3: s = 1.0 / x",
    ]


def test_lines_can_be_given_with_the_error_and_others_stay_as_they_are():
    bare = load("def f(x):\n    return 1 / x\n", "f", {}, {})
    with pytest.raises(ZeroDivisionError) as caught:
        bare(0)
    annotate_error(caught.value)
    assert not hasattr(caught.value, "__notes__")
    annotate_error(caught.value, {2: Span("m.py", 3, 0, 3, 5, "y = 1 / x")})
    assert caught.value.__notes__ == ["while differentiating m.py:3: y = 1 / x"]
    stranger = ValueError()
    annotate_error(stranger, {2: Span("m.py", 3, 0, 3, 5)})
    assert not hasattr(stranger, "__notes__")


def test_wrong_texts_are_our_bug():
    for text in ("x = 1\n", "def g():\n    pass\n", "def f():\n    pass\nx = 1\n"):
        with pytest.raises(InternalError):
            load(text, "f", {}, {})
    with pytest.raises(InternalError, match="both to objects and to cells: a"):
        load("def f():\n    return a\n", "f", {"a": 1}, {}, {"a": test_wrong_texts_are_our_bug.__code__})
    with pytest.raises(InternalError, match="does not parse"):
        load("def f(:\n", "f", {}, {})
