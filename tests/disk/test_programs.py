"""Programs whose gradients one process keeps, and another one finds: the same numbers and text."""

import contextlib
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np

import sct_ad
from tests.disk.fresh import keeping
from tests.numerical import leaves
from tests.programs import PROGRAMS

ROOT = Path(__file__).parents[2]
SAMPLE = PROGRAMS[7::40]


def results():
    """What the gradients of the sample are, bit for bit, and their texts."""
    found = {}
    for program in SAMPLE:
        random.seed(1)
        np.random.seed(1)
        with program.undone(), contextlib.redirect_stdout(io.StringIO()):
            gradient = sct_ad.grad(program.function, program.argnums)
            parts = [np.asarray(leaf) for leaf in leaves(gradient(*program.args()))]
            text = gradient.source(*program.args())
        found[program.name] = [list(map(_shown, parts)), text]
    return json.dumps(found, sort_keys=True)


def _shown(part):
    return [part.dtype.str, part.shape, str(part) if part.dtype.hasobject else part.tobytes().hex()]


def main():
    """Print the results, and how much was compiled."""
    import sct_ad.compiler

    count, flat = [0], sct_ad.compiler._flat

    def counting(*args):
        count[0] += 1
        return flat(*args)

    sct_ad.compiler._flat = counting
    print(results())
    print(count[0])


def test_another_process_finds_them(monkeypatch, tmp_path):
    with keeping(monkeypatch, tmp_path / "cache") as counter:
        here = results()
        assert counter.taken() >= 0.9 * len(SAMPLE)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
        command = [sys.executable, "-c", "from tests.disk.test_programs import main; main()"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    there, compiled = done.stdout.splitlines()
    assert there == here
    assert int(compiled) <= 0.1 * len(SAMPLE)
