"""The first call of a gradient in a new process, compiled and found on disk: `python -m benchmarks.first_calls`.

Both are measured in turns, each in a process of its own. Times are the processor's, of the call alone, after imports.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 5
SIZES = (10, 60)

_SCRIPT = """
import sys, time
import numpy as np
sys.path.insert(0, {folder!r})
import measured
import sct_ad

gradient = sct_ad.grad(measured.f{size}, (0, 1))
x, W = np.linspace(0.1, 0.9, 4), np.full((4, 4), 0.25)
start = time.process_time()
gradient(x, W)
print(time.process_time() - start)
"""

_LINES = [
    "h{k} = np.tanh(W @ h{j} + {c})",
    "h{k} = h{j} * np.sin(x) + h{j} ** 2",
    "h{k} = helper(h{j}, {c})",
    "h{k} = np.where(h{j} > 0.1, h{j}, np.exp(-h{j}))",
    "h{k} = h{j} / (1.0 + np.sum(h{j} ** 2))",
    "h{k} = np.concatenate([h{j}[1:], h{j}[:1]]) - x",
]


def function_of(lines: int) -> str:
    """A function with so many lines, `f10` for ten."""
    body = ["h0 = x * 2.0"]
    body += [_LINES[k % len(_LINES)].format(k=k, j=k - 1, c=0.1 * k) for k in range(1, lines - 2)]
    body.append(f"return np.sum(h{lines - 3} ** 2)")
    return f"def f{lines}(x, W):\n" + "".join(f"    {line}\n" for line in body)


def first_call(folder: Path, size: int, cache: Path) -> float:
    """Seconds that the first call takes in a new process."""
    environment = {**os.environ, "SCT_AD_CACHE": "1", "SCT_AD_CACHE_DIR": str(cache)}
    script = _SCRIPT.format(folder=str(folder), size=size)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print a line for each size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        helper = "def helper(h, c):\n    g = np.log1p(h ** 2)\n    return g * c + h\n"
        texts = "\n\n".join(map(function_of, SIZES))
        (folder / "measured.py").write_text(f"import numpy as np\n\n\n{helper}\n\n{texts}", encoding="utf-8")
        for size in SIZES:
            cold, warm = [], []
            for k in range(ROUNDS):
                cold.append(first_call(folder, size, folder / f"cache{size}-{k}"))
                warm.append(first_call(folder, size, folder / f"cache{size}-{k}"))
            least, ratio = min(warm), statistics.median(c / w for c, w in zip(cold, warm))
            print(f"{size} lines: compiled {1e3 * min(cold):.0f} ms, from disk {1e3 * least:.1f} ms, ratio {ratio:.0f}")


if __name__ == "__main__":
    main()
