"""`python -m benchmarks.scale`: how compile time, gradient time and peak memory grow with the work.

Times are the processor's, so that what else runs on the machine counts little. Each table ends with the exponent of a
power law fitted to its larger half: 1 is linear.
"""

from __future__ import annotations

import argparse
import linecache
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.chart import curves
from benchmarks.memory import peak
from benchmarks.problems.heat_slices import heat
from benchmarks.problems.scalar_loop import energy
from benchmarks.run import in_units
from benchmarks.timing import interleave, median
from sct_ad import grad

PAGE = Path("docs") / "scale.md"
Row = tuple[float, ...]


def energy_of_array(x, n):
    s = 0.0
    for _ in range(n):
        x = np.sin(x) * 1.1
        s = s + np.sum(x * x)
    return s


def chain(x, y):
    return np.sum(np.exp(-x * x) * np.sin(y) + np.sqrt(1.0 + x * x) * y)


def straight(statements: int, array: bool) -> Callable[..., Any]:
    """A function of so many statements that each read what was computed before."""
    lines = ["def straight(x, y):", "    t0 = x * y"]
    for k in range(1, statements - 1):
        lines.append(f"    t{k} = np.sin(t{k - 1}) * {'x' if k % 2 else 'y'} + {k % 7}.0 * t{max(k - 3, 0)}")
    last = f"t{max(statements - 2, 0)}"
    return _defined([*lines, f"    return np.sum({last})" if array else f"    return {last}"], "straight")


def nested(depth: int) -> Callable[..., Any]:
    """Functions that call each other, so many deep."""
    lines = ["def f0(x, y):", "    return np.sin(x) * y"]
    for k in range(1, depth):
        lines += [f"def f{k}(x, y):", f"    return f{k - 1}(x * y, y + {k}.0) + x"]
    return _defined(lines, f"f{depth - 1}")


def looped(loops: int) -> Callable[..., Any]:
    """So many loops one after the other."""
    lines = ["def loops(x, n):"]
    for k in range(loops):
        lines += ["    for i in range(n):", f"        x = np.sin(x) * 1.{k % 10} + x"]
    return _defined([*lines, "    return x"], "loops")


def _defined(lines: list[str], name: str) -> Callable[..., Any]:
    text = "\n".join(lines) + "\n"
    filename = f"<{name} of {len(lines)} lines>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, filename, "exec"), namespace)
    return namespace[name]  # type: ignore[no-any-return]


def first_call(function: Callable[..., Any], *arguments: Any) -> float:
    """The least seconds of two first calls, each of a gradient of its own."""
    seconds = []
    for _ in range(2):
        gradient = grad(function)
        start = time.process_time()
        gradient(*arguments)
        seconds.append(time.process_time() - start)
        gradient.cache_clear()
    return min(seconds)


def compile_times(sizes: Sequence[int], make: Callable[[int], Callable[..., Any]], *arguments: Any) -> list[Row]:
    """Size and the seconds of the first call."""
    return [(size, first_call(make(size), *arguments)) for size in sizes]


def run_times(
    sizes: Sequence[int], function: Callable[..., Any], make: Callable[[int], tuple[Any, ...]], seconds: float
) -> list[Row]:
    """Size, the seconds of the gradient, the seconds of the function, and the gradient's peak memory."""
    rows = []
    gradient = grad(function)
    for size in sizes:
        arguments = make(size)
        functions = {"gradient": gradient, "function": function}
        samples = interleave(functions, arguments, seconds, 20, time.process_time)
        memory = peak(gradient, arguments)
        rows.append((float(size), median(samples["gradient"]), median(samples["function"]), float(memory)))
    return rows


def exponent(rows: Sequence[Row], column: int = 1) -> float:
    """The slope of the column's logarithm over that of the size, fitted to the larger half of the sizes."""
    larger = rows[len(rows) // 2 - (len(rows) < 4) :] if len(rows) > 2 else rows
    if len(larger) < 2:
        return math.nan
    return float(np.polyfit([math.log(r[0]) for r in larger], [math.log(r[column]) for r in larger], 1)[0])


def compile_table(title: str, rows: Sequence[Row]) -> str:
    """Size and time of the first call."""
    lines = [f"{title}", f"{'size':>12}{'first call':>14}"]
    lines += [f"{size:>12g}{in_units(seconds):>14}" for size, seconds in rows]
    return "\n".join([*lines, f"{'exponent':>12}{exponent(rows):>14.2f}"])


def run_table(title: str, rows: Sequence[Row]) -> str:
    """Size, times and memory."""
    lines = [f"{title}", f"{'size':>12}{'gradient':>14}{'function':>14}{'ratio':>10}{'memory':>16}"]
    for size, gradient, function, memory in rows:
        ratio = gradient / function
        lines.append(f"{size:>12g}{in_units(gradient):>14}{in_units(function):>14}{ratio:>10.2f}{memory:>16,.0f}")
    fitted = [exponent(rows, column) for column in (1, 2, 3)]
    return "\n".join([*lines, f"{'exponent':>12}{fitted[0]:>14.2f}{fitted[1]:>14.2f}{'':>10}{fitted[2]:>16.2f}"])


def powers(low: int, high: int) -> list[int]:
    """Powers of ten, both ends included."""
    return [10**k for k in range(low, high + 1)]


def main(arguments: list[str] | None = None) -> int:
    """Print the tables, and write them as a page with `--write`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="How costs grow with the work.")
    parser.add_argument("--small", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--seconds", type=float, default=1.0, help="the time for each function at each size")
    parser.add_argument("--write", nargs="?", const=PAGE, type=Path, help=f"write a page too (default {PAGE})")
    options = parser.parse_args(arguments)
    small, seconds = options.small, 0.01 if options.small else options.seconds
    statements = [4, 8, 16] if small else [10, 30, 100, 300, 1000, 2000]
    depths = [2, 4, 8] if small else [2, 8, 32, 100]
    long = powers(1, 3) if small else powers(2, 6)
    large = powers(1, 3) if small else powers(1, 7)
    x = np.linspace(0.1, 0.9, 4)
    compiled = {
        "statements, floats": compile_times(statements, lambda n: straight(n, False), 0.3, 0.7),
        "statements, arrays": compile_times(statements, lambda n: straight(n, True), x, x),
        "loops": compile_times(depths, looped, 0.3, 2),
        "depth of calls": compile_times(depths, nested, 0.3, 0.7),
        "trip count": compile_times(long[:4], lambda n: lambda x: energy(x, n), 0.3),
    }
    run = {
        "loop over floats, by trip count": run_times(long, energy, lambda n: (0.7, n), seconds),
        "loop over small arrays, by trip count": run_times(long[:-1], energy_of_array, lambda n: (x, n), seconds),
        "elementwise, by array size": run_times(large, chain, lambda n: (np.full(n, 0.3), np.full(n, 0.7)), seconds),
        "stencil in place, by steps": run_times(
            long[: len(long) - 2], heat, lambda n: (np.full((16, 16), 0.3), 0.1, n), seconds
        ),
    }
    tables = [compile_table(f"First call by number of {name}", rows) for name, rows in compiled.items()]
    tables += [run_table(name[0].upper() + name[1:], rows) for name, rows in run.items()]
    print("\n\n".join(tables))
    if options.write:
        write(options.write, tables, compiled, run)
    return 0


def write(path: Path, tables: Sequence[str], compiled: dict[str, list[Row]], run: dict[str, list[Row]]) -> None:
    """The tables as a page, with a chart of each kind."""
    pictures = {
        "compile": curves({k: [(r[0], r[1]) for r in v] for k, v in compiled.items()}, "First call", "size", "seconds"),
        "time": curves({k: [(r[0], r[1]) for r in v] for k, v in run.items()}, "Gradient", "size", "seconds"),
        "memory": curves({k: [(r[0], r[3]) for r in v] for k, v in run.items()}, "Peak memory", "size", "bytes"),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        path.with_name(f"{path.stem}_{name}.svg").write_text(picture, encoding="utf-8")
    shown = "\n".join(f"![{name}]({path.stem}_{name}.svg)" for name in pictures)
    head = (
        "# How costs grow\n\nWritten by `python -m benchmarks.scale --write`. Exponents are fitted to the larger sizes."
    )
    path.write_text(f"{head}\n\n{shown}\n\n```text\n" + "\n\n".join(tables) + "\n```\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
