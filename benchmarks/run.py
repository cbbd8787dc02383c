"""The table of all benchmarks."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks import heat_loops, heat_slices, lstm, mlp, scalar_loop, small
from benchmarks.case import Case, as_tuple
from benchmarks.contenders import CONTENDERS, Refused, prepare
from benchmarks.timing import interleave, median, ratio

CASES = {module.CASE.name: module.CASE for module in (small, scalar_loop, mlp, lstm, heat_slices, heat_loops)}
BY_HAND = "by hand"
COLUMNS = ["primal", BY_HAND, *CONTENDERS]


def measure(case: Case, seconds: float, full: bool = False) -> tuple[dict[str, float], dict[str, str]]:
    """Seconds by hand under `"seconds"` and ratios to it under each column; the reasons of those that are missing."""
    make_arguments = case.full_arguments if full and case.full_arguments else case.arguments
    arguments = make_arguments()
    expected = as_tuple(case.adjoint(*arguments))
    functions = {"primal": case.primal, BY_HAND: case.adjoint}
    reasons: dict[str, str] = {}
    for name in CONTENDERS:
        try:
            gradient, result = prepare(name, case, arguments)
            check(expected, as_tuple(result))
            functions[name] = gradient
        except Refused as refusal:
            reasons[name] = str(refusal)
    samples = interleave(functions, arguments, seconds)
    figures = {name: ratio(samples[name], samples[BY_HAND]) for name in functions}
    figures["seconds"] = median(samples[BY_HAND])
    return figures, reasons


def check(expected: tuple[Any, ...], result: tuple[Any, ...]) -> None:
    """Refuse a gradient that is wrong: its time would mean nothing."""
    same = len(expected) == len(result) and all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(expected, result)
    )
    if not same:
        raise Refused("wrong gradient")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases named on the command line, or all, and print a line for each as it is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios to the hand-written adjoint.")
    parser.add_argument("case", nargs="*", metavar="case", help=f"any of: {', '.join(CASES)} (default: all)")
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each contender in a case (default 2)")
    parser.add_argument("--full", action="store_true", help="larger sizes where a case has them")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.case if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]!r}; there are {', '.join(CASES)}")
    start = time.perf_counter()
    print("Time of one call as a ratio to the adjoint written by hand (median of interleaved rounds, one process).\n")
    print(f"{'case':<12}{'time by hand':>14}" + "".join(f"{name:>12}" for name in COLUMNS), flush=True)
    remarks = []
    for name in options.case or CASES:
        figures, reasons = measure(CASES[name], options.seconds, options.full)
        cells = "".join(f"{figures[column]:>12.3g}" if column in figures else f"{'-':>12}" for column in COLUMNS)
        print(f"{name:<12}{in_units(figures['seconds']):>14}{cells}", flush=True)
        remarks += [f"{name}: {CASES[name].note}"] if CASES[name].note else []
        remarks += [f"{name}: {contender} - {reason}" for contender, reason in reasons.items()]
    print("\n" + "\n".join(remarks) + f"\n{time.perf_counter() - start:.0f} s in all")
    return 0


def in_units(seconds: float) -> str:
    """Seconds with a unit that suits: 0.00012 -> '120 us'."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


if __name__ == "__main__":
    sys.exit(main())
