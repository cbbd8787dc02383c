"""What Numba has compiled for one process, the next one finds; what has changed is compiled again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

ROOT = Path(__file__).parents[2]

MODULE = """
import math
import random

import numpy as np
from numba import njit, prange

import other_part as part

RATE = 0.5

class TooSmall(ValueError):
    pass

@njit
def weight(k):
    s = 0.0
    while s < k:
        s += part.STEP
    return s

def loop(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * RATE
        s = s + x * x * part.factor(2.0)
    return s

def arrays(x, W):
    h = np.tanh(W @ x)
    return np.sum(h ** 2)

def failing(x, k):
    s = 0.0
    for i in range(k):
        if x[i] < 0.0:
            raise TooSmall("too small", i)
        s += np.sqrt(x[i])
    return s

def parallel(x, n):
    s = 0.0
    y = np.empty(n)
    for i in prange(n):
        y[i] = x[i] ** 2 * np.sin(x[i])
    for i in range(n):
        s += y[i]
    return s

def refused(x, n):
    found = {}
    for k in range(n):
        found[k] = [x * k, "a"]
    return sum(v[0] for v in found.values())

def structured(p):
    return np.sum(p["W"] @ p["b"]) * p["c"]
"""

PART = """
STEP = 0.25

def factor(x):
    return 3.0 * x
"""

SCRIPT = """
import json, sys
import numpy as np
sys.path.insert(0, {folder!r})
import sct_ad, sct_ad.compiler
import user_module as m
from numba.core import event

class Count(event.Listener):
    def __init__(self):
        self.found = []

    def on_start(self, event):
        self.found.append(str(event.data["dispatcher"].py_func.__name__))

    def on_end(self, event):
        pass

count, derived = Count(), []
event.register("numba:compile", count)
flat = sct_ad.compiler._flat

def counted(*args, **keywords):
    derived.append(args[0].__name__)
    return flat(*args, **keywords)

sct_ad.compiler._flat = counted

def listed(value):
    if isinstance(value, dict):
        return {{key: listed(item) for key, item in value.items()}}
    return [listed(item) for item in value] if isinstance(value, (list, tuple)) else np.asarray(value).tolist()

x, W = np.linspace(0.5, 1.5, 4), np.eye(4) + 0.1
found = []
{statements}
print(json.dumps({{"values": listed(found), "derived": derived, "compiled": count.found}}))
"""

SOME = """
found.append(sct_ad.grad(m.loop, backend="numba")(0.7, 5))
found.append(sct_ad.value_and_grad(m.arrays, argnums=(0, 1), backend="numba")(x, W))
found.append(sct_ad.grad(m.structured, backend="auto")({"W": W, "b": x, "c": 2.0}))
found.append(sct_ad.jvp(m.arrays, backend="numba")((x, W), (x, W)))
found.append(sct_ad.hvp(m.loop, backend="numba")(0.7, 5, 1.0))
"""
LOOP = 'found.append(sct_ad.grad(m.loop, backend="numba")(0.7, 5))\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "user_module.py").write_text(MODULE)
    (tmp_path / "other_part.py").write_text(PART)
    return tmp_path


def run(folder, statements=LOOP, cache="cache", **environment):
    found = finished(start(folder, statements, cache, **environment))
    return found["values"], found["derived"], found["compiled"]


def start(folder, statements, cache="cache", **environment):
    path = str(cache if os.path.isabs(cache) else folder / cache)
    environment = {**os.environ, "SCT_AD_CACHE_DIR": path, "SCT_AD_CACHE": "1", "PYTHONPATH": str(ROOT), **environment}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # the files here are edited faster than time stamps tell
    script = SCRIPT.format(folder=str(folder), statements=statements)
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finished(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)


def edit(folder, name, before, after):
    path = folder / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def files(folder):
    return sorted(path for path in (folder / "cache").iterdir() if path.suffix == ".code")


def test_the_second_process_neither_derives_nor_compiles(folder):
    first = run(folder, SOME)
    assert "loop" in first[1] and "loop_kernel" in first[2] and "arrays_kernel" in first[2]
    assert run(folder, SOME) == (first[0], [], [])
    assert len(files(folder)) == 5 and all(path.stat().st_mode & 0o77 == 0 for path in files(folder))
    assert run(folder, SOME, SCT_AD_CACHE="0")[0] == first[0]


def test_the_option_cache(folder):
    without = LOOP.replace('"numba")', '"numba", numba_options={"cache": False})')
    assert run(folder, without)[2] and not (folder / "cache").exists()
    asked = LOOP.replace('"numba")', '"numba", numba_options={"cache": True})')
    assert run(folder, asked, SCT_AD_CACHE="off")[2] and not (folder / "cache").exists()
    values = run(folder, asked)[0]
    assert run(folder, asked) == (values, [], [])
    assert run(folder, without)[2]


OPTIONS = ({"fastmath": True}, {"fastmath": {"nnan", "arcp"}}, {"boundscheck": True}, {"parallel": True})


def test_options_are_told_apart(folder):
    one = 'found.append(sct_ad.grad(m.parallel, backend="numba", numba_options={})(x, 4))\n'
    statements = "".join(map(one.format, OPTIONS))
    first = run(folder, statements)
    assert first[2].count("parallel_kernel") == len(files(folder)) == len(OPTIONS)
    assert run(folder, statements) == (first[0], [], [])


def test_a_callee_and_a_constant_that_change(folder):
    first = run(folder)[0]
    assert run(folder)[2] == []
    edit(folder, "other_part.py", "3.0 * x", "4.0 * x")
    other = run(folder)
    assert other[1] and other[2] and abs(other[0][0] / first[0] * 3.0 / 4.0 - 1.0) < 1e-12
    edit(folder, "user_module.py", "RATE = 0.5", "RATE = 0.75")  # read at each call
    values, derived, compiled = run(folder)
    assert compiled == [] and values == run(folder, SCT_AD_CACHE="0")[0] != other[0]


def test_compiled_functions_of_the_user_and_what_they_freeze(folder):
    """`weight` counts in steps of a constant of another module, which Numba builds into the machine code."""
    text = MODULE.replace("s = s + x * x * part.factor(2.0)", "s = s + x * x * weight(i)")
    (folder / "user_module.py").write_text(text)
    first = run(folder)
    assert run(folder) == (first[0], [], [])
    edit(folder, "other_part.py", "0.25", "0.75")
    values, _, compiled = run(folder)
    assert values != first[0] and values == run(folder, SCT_AD_CACHE="0")[0]


def test_exceptions_are_the_users_at_the_users_line(folder):
    statements = """
try:
    sct_ad.grad(m.failing, backend="numba")(-x, 3)
except m.TooSmall as error:
    found.append(list(map(str, [*error.args, *error.__notes__])))
"""
    first = run(folder, statements)
    edit(folder, "user_module.py", "RATE = 0.5", "RATE = 0.5\n\n\n")
    moved = run(folder, statements)
    assert moved[1:] == ([], []) and "raise TooSmall" in moved[0][0][-1]
    lines = [int(found[0][0][-1].split("user_module.py:")[1].split(":")[0]) for found in (first, moved)]
    assert lines[1] == lines[0] + 3


def test_what_numba_cannot_compile_is_not_tried_again(folder):
    statements = """
import warnings
warnings.simplefilter("ignore", sct_ad.BackendWarning)
for backend in ("auto", "numba"):
    try:
        found.append(sct_ad.grad(m.refused, backend=backend)(0.5, 3))
    except sct_ad.UnsupportedError as error:
        found.append([error.lineno, error.msg])
"""
    first = run(folder, statements)
    assert first[0][0] == 3.0 and first[2]
    edit(folder, "user_module.py", "RATE = 0.5", "RATE = 0.5\n\n\n")
    line, message = first[0][1]
    assert run(folder, statements) == ([3.0, [line + 3, message]], [], [])


def test_a_class_of_the_script_itself_is_not_copied(folder):
    statements = """
import linecache
text = '''
import math
class Mine(Exception):
    pass

def f(x):
    if x < 0.0:
        raise Mine(x)
    return math.sqrt(x)
'''
linecache.cache["<text>"] = (len(text), None, text.splitlines(True), "<text>")
exec(compile(text, "<text>", "exec"))
try:
    sct_ad.grad(f, backend="numba")(-1.0)
except Mine as error:
    found.append(1)
"""
    for _ in range(2):
        assert run(folder, statements)[0] == [1]


def test_settings_of_numba_and_the_processor_are_told_apart(folder):
    first = run(folder)
    for name, value in [("NUMBA_BOUNDSCHECK", "1"), ("NUMBA_OPT", "1"), ("NUMBA_CPU_NAME", "generic")]:
        values, derived, compiled = run(folder, **{name: value})
        assert derived == [] and compiled and values == pytest.approx(first[0], rel=1e-12), name
    assert run(folder) == (first[0], [], [])


def test_what_the_user_has_taught_to_numba_is_not_kept(folder):
    statements = """
from numba.extending import overload

def own(x):
    return x

@overload(own)
def _(x):
    return lambda x: x
"""
    assert run(folder, statements + LOOP)[2] and run(folder, statements + LOOP)[2]
    assert not files(folder)


def test_files_that_are_damaged_or_somebody_elses(folder):
    first = run(folder)
    (path,) = files(folder)
    content = path.read_bytes()
    for wrong in (content[:-7], content.replace(b"sha", b"SHA")):
        path.write_bytes(wrong)
        values, derived, compiled = run(folder)
        assert values == first[0] and compiled, wrong[:20]
        assert path.read_bytes() != wrong
    other = path.with_name("0" * 64 + ".code")
    path.rename(other)
    assert run(folder)[2]
    other.rename(path)
    edit(folder, "user_module.py", "math.sin", "math.cos")
    run(folder)
    name = next(found for found in files(folder) if found != path)
    path.replace(name)  # the code of another kernel
    assert run(folder)[2] and run(folder)[0] == run(folder, SCT_AD_CACHE="0")[0]


def test_two_processes_at_once(folder):
    processes = [start(folder, SOME) for _ in range(3)]
    found = [finished(process)["values"] for process in processes]
    assert found[0] == found[1] == found[2]
    assert run(folder, SOME)[1:] == ([], [])


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_folders_that_cannot_be_written(folder):
    cache = folder / "cache"
    first = run(folder)
    names = {path.name for path in cache.iterdir()}
    cache.chmod(0o500)
    try:
        assert run(folder) == (first[0], [], [])
        edit(folder, "other_part.py", "3.0 * x", "5.0 * x")
        if os.getuid():  # nothing is read-only for the superuser
            assert run(folder)[2] and run(folder)[2]
            assert {path.name for path in cache.iterdir()} == names
    finally:
        cache.chmod(0o700)
    (folder / "file").write_text("")
    assert run(folder, cache="file")[2] and run(folder, cache=str(folder / "no" / "such" / "folder"))[2] is not None


def test_the_limit_holds_for_machine_code_too(folder):
    run(folder, SOME, SCT_AD_CACHE_SIZE="0.08")
    assert sum(path.stat().st_size for path in (folder / "cache").iterdir()) < 0.08 * 2**20


FACTORY = """
from numba import njit

from sct_ad import custom_vjp

def made(c):
    @njit
    def power(x, n):
        return c if n < 1.0 else x * power(x, n - 1.0) + c * power(x, n - 2.0)

    @custom_vjp
    def special(x):
        return power(x, LAST)

    def forward(x):
        return power(x, LAST), x

    def backward(x, b):
        return b * power(x, LAST + 1.0),

    special.defvjp(forward, backward)

    def f(x, n):
        return x * special(x)

    return f
"""
MADE = 'import factory\nfound.append(sct_ad.grad(factory.made({}), backend="numba")(0.5, 3))\n'


def test_codes_of_functions_of_the_same_name_do_not_meet(folder):
    """Each process numbers its functions from 1: two that were kept have helpers of the same number."""
    (folder / "factory.py").write_text(FACTORY.replace("LAST", "5.0"))
    first, second = run(folder, MADE.format(2.0)), run(folder, MADE.format(7.0))
    assert first[0] != second[0] and len(files(folder)) == 2
    both = run(folder, MADE.format(2.0) + MADE.format(7.0))
    assert both == (first[0] + second[0], [], [])
    assert run(folder, MADE.format(7.0) + MADE.format(2.0)) == (second[0] + first[0], [], [])


def test_code_that_calls_what_is_compiled_later_is_not_kept(folder):
    (folder / "factory.py").write_text(FACTORY.replace("LAST", "5").replace("1.0", "1").replace("2.0", "2"))
    first = run(folder, MADE.format(2.0))
    second = run(folder, MADE.format(2.0))
    assert first[0] == second[0] and second[2] and not files(folder)


def test_compiled_callers_are_linked_with_what_is_found(folder):
    statements = """
from numba import njit
slope = sct_ad.grad(m.arrays, backend="numba")
if {before}:
    found.append(slope(x, W))

@njit
def descend(x, W, n):
    for _ in range(n):
        x = x - 0.01 * slope(x, W)
    return x

found.append(descend(x, W, 3))
found.append(slope.compiled(x, W)(x, W))
"""
    first = run(folder, statements.format(before=False))
    assert "arrays_kernel" in first[2]
    again = run(folder, statements.format(before=False))
    assert again[0] == first[0] and again[1] == [] and "arrays_kernel" not in again[2]
    assert run(folder, statements.format(before=True))[0][1:] == first[0]
