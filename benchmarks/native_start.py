"""The first call of a gradient that Numba compiles, cold and from disk: `python -m benchmarks.native_start`.

Both are measured in turns, each in a process of its own: the call alone, after imports and after Numba has compiled
some other function, which is when it loads most of itself; and the process as a whole.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5

_MODULE = """
import math

import numpy as np


def loop(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


def net(x, W):
    h = np.tanh(W @ x)
    r = W.T @ h - x
    return 0.5 * np.sum(r**2) + 0.1 * np.sum(W**2)


def training(x, W, n):
    lost = 0.0
    for k in range(n):
        h = np.tanh(W @ x + k)
        r = W.T @ h - x
        e = np.exp(-(r**2))
        W = W - 0.01 * np.outer(h * (1.0 - h**2), r)
        x = np.where(e > 0.5, x * e, np.sin(x) + r)
        lost += np.sum(r**2) / (1.0 + np.sum(e)) + np.max(h)
    return lost


def heat(x, n):
    u = x.copy()
    for _ in range(n):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) * np.exp(-(u[i] ** 2))
    return np.sum(u**2)
"""

_ARGUMENTS = {
    "loop": "0.5, 10",
    "net": "x, np.full((8, 8), 0.25)",
    "training": "x, np.full((8, 8), 0.25), 3",
    "heat": "x, 5",
}

_SCRIPT = """
import sys, time
import numpy as np
sys.path.insert(0, {folder!r})
import measured
import numba, sct_ad

numba.njit(lambda x: x)(1.0)
gradient = sct_ad.grad(measured.{name}, backend="numba")
x = np.linspace(0.1, 0.9, 8)
start = time.perf_counter()
gradient({arguments})
print(time.perf_counter() - start)
"""


def first_call(folder: Path, name: str, cache: Path) -> tuple[float, float]:
    """Seconds that the first call takes in a new process, and that the process takes."""
    environment = {**os.environ, "SCT_AD_CACHE": "1", "SCT_AD_CACHE_DIR": str(cache)}
    script = _SCRIPT.format(folder=str(folder), name=name, arguments=_ARGUMENTS[name])
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout), time.perf_counter() - start


def main() -> None:
    """Print a line for each function."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "measured.py").write_text(_MODULE, encoding="utf-8")
        for name in _ARGUMENTS:
            cold, warm = [], []
            for k in range(ROUNDS):
                cold.append(first_call(folder, name, folder / f"cache-{name}-{k}"))
                warm.append(first_call(folder, name, folder / f"cache-{name}-{k}"))
            call, whole = (
                statistics.median(c[place] / w[place] for c, w in zip(cold, warm, strict=True)) for place in (0, 1)
            )
            least = [min(times)[0] for times in (cold, warm)]
            print(
                f"{name}: first call compiled {least[0]:.2f} s, from disk {least[1]:.2f} s, ratio {call:.1f}; "
                f"the whole process, ratio {whole:.2f}"
            )


if __name__ == "__main__":
    main()
