"""A second process finds what the first has compiled; many may work in one folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MODULE = """
import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

class Point(NamedTuple):
    x: float
    y: float

class Layer:
    def __init__(self, W):
        self.W = W

    def __call__(self, x):
        return np.tanh(self.W @ x)

LAYERS = [Layer(np.full((2, 3), 0.5)), Layer(np.full((2, 2), 0.25))]

def loop(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s

def net(x):
    for layer in LAYERS:
        x = layer(x)
    return np.sum(x ** 2)

def special(x):
    return np.sum(gammaln(x) * np.log(x))

def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)

def recursive(x):
    return power(x, 4)

def by_point(p):
    return p.x * p.y ** 2

def unrolled(x, n):
    fs = []
    for k in range(n):
        fs.append(lambda y, k=k: y * (k + 1.0))
    return sum([f(x) for f in fs])

def in_place(x):
    x[1:] = x[:-1] * x[1:]
    return np.sum(x)

def squares(x):
    return x * x

def failing(x):
    y = np.sqrt(x)
    return y[3] * 2.0
"""

SCRIPT = """
import json, sys, traceback
import numpy as np
import sct_ad, sct_ad.compiler
sys.path.insert(0, {folder!r})
import user_module as m

count = 0
def counted(function):
    def counting(*args, **keywords):
        global count
        count += 1
        return function(*args, **keywords)
    return counting
sct_ad.compiler._flat = counted(sct_ad.compiler._flat)

def shown(value):
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(shown, value)]
    return [type(value).__name__, np.asarray(value).tobytes().hex()]

x = np.array([0.5, 1.5, 2.5])
found = {{}}
def run():
    found["loop"] = shown(sct_ad.grad(m.loop)(0.7, 5))
    found["value"] = shown(sct_ad.value_and_grad(m.loop)(0.7, 5))
    found["net"] = shown(sct_ad.grad(m.net)(x))
    found["special"] = shown(sct_ad.grad(m.special)(x))
    found["recursive"] = shown(sct_ad.grad(m.recursive)(1.5))
    found["point"] = shown(sct_ad.grad(m.by_point)(m.Point(2.0, 3.0)))
    found["unrolled"] = shown([sct_ad.grad(m.unrolled)(2.0, n) for n in (2, 3)])
    found["in place"] = shown(sct_ad.grad(m.in_place)(x))
    value, pullback = sct_ad.vjp(m.net, x)
    found["vjp"] = shown([value, pullback(2.0)])
    found["jvp"] = shown(sct_ad.jvp(m.special, (x,), (np.ones(3),)))
    found["hvp"] = shown(sct_ad.hvp(m.special)(x, np.ones(3)))
    found["hessian"] = shown(sct_ad.hessian(m.net)(x))
    found["jacobian"] = shown(sct_ad.jacobian(m.squares)(x))
    found["text"] = sct_ad.grad(m.net).source(x)
    g = sct_ad.grad(m.failing)
    try:
        g(x)
    except IndexError as error:
        found["note"] = getattr(error, "__notes__", None) or str(error)
        lines = traceback.format_exc().splitlines()
        found["lines"] = [line for line in lines if "y[3]" in line]
"""

ONCE = (
    SCRIPT
    + """
run()
before = count
stages = sct_ad.grad(m.net).stages(x)
assert stages["text"] == found["text"] and "specialised" in stages and count == before + 1
print(json.dumps([before, found]))
"""
)

AT_ONCE = (
    SCRIPT
    + """
import os
children = []
for k in range(8):
    end, start = os.pipe()
    child = os.fork()
    if not child:
        run()
        os.write(start, json.dumps([count, found]).encode())
        os._exit(0)
    os.close(start)
    children.append((child, end))
results = []
for child, end in children:
    content = b""
    while part := os.read(end, 1 << 16):
        content += part
    assert os.waitpid(child, 0)[1] == 0
    results.append(json.loads(content))
print(json.dumps(results))
"""
)


def started(script, folder, **environment):
    """What a script prints in a new process."""
    environment = {
        **os.environ,
        "SCT_AD_CACHE": "1",
        "SCT_AD_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    command = [sys.executable, "-W", "error", "-c", script.format(folder=str(folder))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "user_module.py").write_text(MODULE)
    return tmp_path


def test_a_second_process_compiles_nothing(folder):
    cold, first = started(ONCE, folder, PYTHONHASHSEED="1")
    warm, second = started(ONCE, folder, PYTHONHASHSEED="2")
    assert first == second
    assert cold >= 12
    assert warm == 0
    assert first["note"] and first["lines"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_eight_processes_at_once(folder):
    results = started(AT_ONCE, folder)
    assert all(found == results[0][1] for _, found in results)
    assert not list((folder / "cache").glob("*.tmp"))
    warm, found = started(ONCE, folder)
    assert warm == 0 and found == results[0][1]
