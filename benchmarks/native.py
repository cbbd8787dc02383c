"""What Numba compiles: sct_ad's gradient beside the adjoint by hand and the primal, all three compiled.

`python -m benchmarks.native [problem ...]`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.case import Case, as_tuple, rebound
from benchmarks.contenders import CONTENDERS, Refused, first_line, prepare
from benchmarks.problems import CASES
from benchmarks.run import check, geometric_mean, in_units
from benchmarks.timing import interleave, median, ratio

OURS, BY_HAND, PRIMAL, NUMPY, JAX = "sct_ad numba", "numba by hand", "primal", "by hand", "JAX jit"
AGAINST = (BY_HAND, PRIMAL, NUMPY, JAX)


def compiled_primal(case: Case, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """The program itself, and what it calls, compiled by Numba; or Refused."""
    import numba

    try:
        found = rebound(case.primal, {}, numba.njit)
        value = found(*arguments)
    except Exception as error:  # whatever Numba raises is its answer
        raise Refused(f"{type(error).__name__}: {first_line(str(error))}") from error
    if not np.allclose(value, case.primal(*arguments)):
        raise Refused("wrong value")
    return found


def measure(case: Case, seconds: float, full: bool, jax: bool) -> tuple[dict[str, float], float, dict[str, str]]:
    """The ratios of the gradient's time to that of each of `AGAINST`, its own time, and why some are missing."""
    arguments = (case.full_arguments if full and case.full_arguments else case.arguments)()
    expected = as_tuple(case.adjoint(*arguments))
    functions, reasons = {NUMPY: case.adjoint}, {}
    for name in (OURS, BY_HAND, *([JAX] if jax else ())):
        assert name in CONTENDERS
        try:
            functions[name], result, _ = prepare(name, case, arguments)
            check(expected, as_tuple(result))
        except Refused as refusal:
            functions.pop(name, None)
            reasons[name] = str(refusal)
    try:
        functions[PRIMAL] = compiled_primal(case, arguments)
    except Refused as refusal:
        reasons[PRIMAL] = str(refusal)
    if OURS not in functions:
        return {}, 0.0, reasons
    samples = interleave(functions, arguments, seconds, clock=None)
    ratios = {name: ratio(samples[OURS], samples[name]) for name in AGAINST if name in functions}
    return ratios, median(samples[OURS]), reasons


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.native", description=__doc__)
    parser.add_argument("case", nargs="*", metavar="case", help=f"any of: {', '.join(CASES)} (default: all)")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each function in a case")
    parser.add_argument("--full", action="store_true", help="larger sizes where a case has them")
    parser.add_argument("--jax", action="store_true", help="JAX as well")
    options = parser.parse_args(arguments)
    print(f"Time of sct_ad's gradient compiled by Numba, over that of:\n{'case':<16}{'time':>10}", end="")
    print("".join(f"{name:>16}" for name in AGAINST), flush=True)
    table: list[dict[str, float]] = []
    for name in options.case or CASES:
        ratios, seconds, reasons = measure(CASES[name], options.seconds, options.full, options.jax)
        table.append(ratios)
        why = "  ".join(f"{who}: {reason}" for who, reason in reasons.items() if "no adjoint" not in reason)
        print(f"{name:<16}{in_units(seconds) if seconds else '-':>10}" + cells(ratios) + f"  {why}", flush=True)
    means = {name: geometric_mean(ratios[name] for ratios in table if name in ratios) for name in AGAINST}
    print(f"{'geometric mean':<26}" + cells(means))
    return 0


def cells(ratios: dict[str, float]) -> str:
    """The cells of a line."""
    return "".join(f"{ratios[name]:>16.3g}" if ratios.get(name, 0.0) > 0.0 else f"{'-':>16}" for name in AGAINST)


if __name__ == "__main__":
    sys.exit(main())
