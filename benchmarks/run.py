"""The table of all problems: `python -m benchmarks [problem ...]`."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import Case, as_tuple
from benchmarks.contenders import CONTENDERS, Refused, prepare
from benchmarks.memory import peak
from benchmarks.problems import CASES
from benchmarks.timing import Clock, interleave, median, ratio

BY_HAND = "by hand"
COLUMNS = ["primal", BY_HAND, *CONTENDERS]
MEMORY = "memory"
QUICK = ("sct_ad",)
QUICK_SECONDS = 0.08
PAGE = Path("docs") / "benchmarks.md"


@dataclass
class Figures:
    """What was measured for a case."""

    case: Case
    seconds: float = math.nan
    """Of the adjoint by hand."""
    ratios: dict[str, float] = field(default_factory=dict)
    """Of times to that of the adjoint by hand."""
    first: dict[str, float] = field(default_factory=dict)
    """The seconds of a contender's first call, in which it may compile."""
    memory: float = math.nan
    """The peak of the gradient by sct_ad over that of the adjoint by hand."""
    bytes: int = 0
    """The peak of the adjoint by hand."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why contenders are missing."""


def measure(
    case: Case,
    seconds: float,
    full: bool = False,
    contenders: Iterable[str] = tuple(CONTENDERS),
    clock: Clock | None = None,
) -> Figures:
    """Time the adjoint by hand, the primal and the contenders in turns."""
    make_arguments = case.full_arguments if full and case.full_arguments else case.arguments
    arguments = make_arguments()
    expected = as_tuple(case.adjoint(*arguments))
    functions = {"primal": case.primal, BY_HAND: case.adjoint}
    found = Figures(case)
    for name in contenders:
        try:
            gradient, result, found.first[name] = prepare(name, case, arguments)
            check(expected, as_tuple(result))
            functions[name] = gradient
        except Refused as refusal:
            found.first.pop(name, None)
            found.reasons[name] = str(refusal)
    samples = interleave(functions, arguments, seconds, clock=clock)
    found.ratios = {name: ratio(samples[name], samples[BY_HAND]) for name in functions}
    found.seconds = median(samples[BY_HAND])
    if "sct_ad" in functions:
        found.bytes = peak(case.adjoint, arguments)
        found.memory = peak(functions["sct_ad"], arguments) / found.bytes
    return found


def check(expected: tuple[Any, ...], result: tuple[Any, ...]) -> None:
    """Refuse a gradient that is wrong: its time would mean nothing."""
    same = len(expected) == len(result) and all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(expected, result)
    )
    if not same:
        raise Refused("wrong gradient")


def geometric_mean(numbers: Iterable[float]) -> float:
    """The exponential of the mean logarithm; NaN of nothing."""
    logarithms = [math.log(number) for number in numbers]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else math.nan


def means(table: Sequence[Figures], columns: Iterable[str]) -> dict[str, float]:
    """The geometric mean of each column over the cases that it has."""
    found = {c: geometric_mean(f.ratios[c] for f in table if c in f.ratios) for c in columns}
    found[MEMORY] = geometric_mean(f.memory for f in table if f.memory > 0.0)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases named on the command line, or all, and print a line for each as it is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios to the hand-written adjoint.")
    parser.add_argument("case", nargs="*", metavar="case", help=f"any of: {', '.join(CASES)} (default: all)")
    parser.add_argument("--seconds", type=float, help="time for each contender in a case (default 2)")
    parser.add_argument("--full", action="store_true", help="larger sizes where a case has them")
    parser.add_argument("--quick", action="store_true", help="sct_ad alone, in less than a minute for all cases")
    parser.add_argument("--cpu", action="store_true", help="processor time, for a machine that others use as well")
    parser.add_argument("--only", action="append", choices=list(CONTENDERS), help="a contender; may be repeated")
    parser.add_argument("--write", nargs="?", const=PAGE, type=Path, help=f"write a page too (default {PAGE})")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.case if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]!r}; there are {', '.join(CASES)}")
    contenders = options.only or (QUICK if options.quick else tuple(CONTENDERS))
    seconds = options.seconds or (QUICK_SECONDS if options.quick else 2.0)
    columns = ["primal", BY_HAND, *contenders]
    clock = time.process_time if options.cpu else None
    start = time.perf_counter()
    print("Time of one call as a ratio to the adjoint written by hand (median of interleaved rounds, one process);")
    print("memory: the peak of sct_ad's gradient over that of the adjoint by hand.\n")
    print(f"{'case':<16}{'by hand':>10}" + "".join(f"{name:>14}" for name in [*columns, MEMORY]), flush=True)
    table = []
    for name in options.case or CASES:
        figures = measure(CASES[name], seconds, options.full, contenders, clock)
        table.append(figures)
        print(line(name, in_units(figures.seconds), {**figures.ratios, MEMORY: figures.memory}, columns), flush=True)
    print(line("geometric mean", "", means(table, columns), columns))
    print("\n" + "\n".join(remarks(table)) + f"\n{time.perf_counter() - start:.0f} s in all")
    if options.write:
        from benchmarks.page import write

        write(options.write, table, columns)
    return 0


def line(name: str, seconds: str, figures: dict[str, float], columns: Sequence[str]) -> str:
    """A line of the table."""
    cells = [f"{figures[c]:.3g}" if figures.get(c, math.nan) > 0.0 else "-" for c in [*columns, MEMORY]]
    return f"{name:<16}{seconds:>10}" + "".join(f"{cell:>14}" for cell in cells)


def remarks(table: Sequence[Figures]) -> list[str]:
    """The notes of cases, and why contenders are missing: once where the reason is the same everywhere."""
    found = [f"{f.case.name}: {f.case.note}" for f in table if f.case.note]
    for name in CONTENDERS:
        reasons = {f.case.name: f.reasons[name] for f in table if name in f.reasons}
        for reason in dict.fromkeys(reasons.values()):
            cases = [case for case, given in reasons.items() if given == reason]
            found.append(f"{name}: {reason} ({'all' if len(cases) == len(table) else ', '.join(cases)})")
    return found


def in_units(seconds: float) -> str:
    """Seconds with a unit that suits: 0.00012 -> '120 us'."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


if __name__ == "__main__":
    sys.exit(main())
