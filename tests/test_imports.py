"""What is imported when: the compiler and its rules at the first derivative that is compiled, and not before."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

MODULE = """
import numpy as np

def energy(x):
    return np.sum(np.sin(x) ** 2)
"""

SHOWN = """
import json, sys
import numpy as np
import sct_ad
sys.path.insert(0, {folder!r})
{body}
print(json.dumps([found, sorted(name for name in sys.modules if name.startswith("sct_ad."))]))
"""


def started(folder, body, cache="1"):
    """What `found` is at the end of a script, and which modules there are."""
    (folder / "energies.py").write_text(MODULE)
    environment = {**os.environ, "SCT_AD_CACHE": cache, "SCT_AD_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-W", "error", "-c", SHOWN.format(folder=str(folder), body=body)]
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    found, modules = json.loads(done.stdout)
    return found, {name.split(".")[1] for name in modules}, set(modules)


def test_importing_the_package_imports_no_compiler(tmp_path):
    _, folders, modules = started(tmp_path, "found = 0", "0")
    assert folders.isdisjoint({"compiler", "normal", "optimise", "analysis", "lower", "nested", "nested_blocks"})
    assert "sct_ad.rules.library" not in modules and "sct_ad.emit.printer" not in modules
    assert len(modules) < 100


def test_derivatives_are_made_without_it(tmp_path):
    body = "from energies import energy\nfound = str(type(sct_ad.value_and_grad(energy, has_aux=True)))\n"
    _, folders, modules = started(tmp_path, body, "0")
    assert "compiler" not in folders and "sct_ad.rules.library" not in modules


def test_what_is_on_disk_is_run_without_it(tmp_path):
    body = "from energies import energy\nfound = sct_ad.grad(energy)(np.array([0.5, 1.5])).tolist()\n"
    first, folders, _ = started(tmp_path, body)
    assert "compiler" in folders
    second, folders, _ = started(tmp_path, body)
    assert second == first and folders.isdisjoint({"compiler", "normal", "optimise", "analysis"})


def test_a_users_rule_takes_the_place_of_the_librarys(tmp_path):
    body = """
import numpy as np
import sct_ad
from energies import energy
from sct_ad.rules.registry import adjoint, d

@adjoint(np.sin, elementwise=True)
def of_users(z, x):
    d[x] = 100.0 * d[z]

found = sct_ad.grad(energy)(np.array([0.5])).tolist()
"""
    script = tmp_path / "with_rule.py"
    script.write_text(body)
    found, _, modules = started(tmp_path, "from with_rule import found")
    assert abs(found[0] - 200.0 * 0.479425538604203) < 1e-12
    assert "sct_ad.rules.library" in modules


def test_threads_that_compile_first(tmp_path):
    body = """
import threading
from energies import energy
found, start = [], threading.Barrier(4)
def run():
    start.wait()
    found.append(sct_ad.grad(energy)(np.array([0.5, 1.5])).tolist())
threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    found, _, _ = started(tmp_path, body, "0")
    assert len(found) == 4 and all(each == found[0] for each in found)
