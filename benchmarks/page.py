"""The table as a page in Markdown with a chart."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.chart import dots
from benchmarks.problems import GROUPS

if TYPE_CHECKING:
    from benchmarks.run import Figures

CHARTED = ("sct_ad", "sct_ad numba", "numba by hand", "JAX jit", "autograd", "advect")
PACKAGES = ("numpy", "numba", "jax", "torch", "autograd", "advect", "tangent-ad")
INTRODUCTION = """\
# Benchmarks

Written by `python -m benchmarks --write`. Programs are in `benchmarks/problems/`, written as their users write them;
"by hand" is the adjoint that an expert would write in NumPy, checked against finite differences by the tests. Numbers
are times of one call over that of the adjoint by hand, the medians of ratios within rounds in which all take turns in
one process. Smaller is faster; "-" where a peer does not take the program. JAX runs what it can be rewritten to without
loops over elements, compiled before it is timed.
"""


def write(path: Path, table: Sequence[Figures], columns: Sequence[str]) -> None:
    """Write the page, and the chart beside it."""
    shown = [c for c in columns if any(c in f.ratios for f in table)]
    charted = [c for c in CHARTED if c in shown]
    picture = path.with_suffix(".svg")
    path.parent.mkdir(parents=True, exist_ok=True)
    title = "Time over that of the adjoint by hand"
    picture.write_text(dots([(f.case.name, f.ratios) for f in table], charted, title), encoding="utf-8")
    path.write_text(text(table, shown, picture.name), encoding="utf-8")


def text(table: Sequence[Figures], columns: Sequence[str], picture: str) -> str:
    """The page."""
    from benchmarks.run import COLUMNS, MEMORY, in_units, means, remarks

    overall = means(table, columns)
    rows = [["problem", "by hand", *(c for c in columns if c != "by hand")]]
    rows.append(["---", *["--:"] * (len(rows[0]) - 1)])
    for group, cases in GROUPS.items():
        members = [f for f in table if f.case in cases]
        rows += [[f"*{group}*", *[""] * (len(rows[0]) - 1)]] if members else []
        rows += [[f.case.name, in_units(f.seconds), *(_number(f.ratios.get(c)) for c in rows[0][2:])] for f in members]
    rows.append(["**geometric mean**", "", *(_number(overall.get(c)) for c in rows[0][2:])])
    firsts = [c for c in COLUMNS if any(c in f.first for f in table)]
    compile_rows = [["problem", *firsts], ["---", *["--:"] * len(firsts)]]
    compile_rows += [[f.case.name, *(in_units(f.first[c]) if c in f.first else "-" for c in firsts)] for f in table]
    memory_rows = [["problem", "by hand", "sct_ad"], ["---", "--:", "--:"]]
    memory_rows += [[f.case.name, f"{f.bytes / 1024:.0f} KiB", _number(f.memory)] for f in table]
    memory_rows.append(["**geometric mean**", "", _number(overall[MEMORY])])
    parts = [
        INTRODUCTION,
        machine(),
        "",
        _table(rows),
        "",
        f"![ratios of times]({picture})",
        "",
        "## The first call",
        "",
        "What a contender's first call takes, in which it compiles.",
        "",
        _table(compile_rows),
        "",
        "## Memory",
        "",
        "The most that a call allocates at once: by hand, and the gradient by sct_ad over that.",
        "",
        _table(memory_rows),
        "",
        "## Remarks",
        "",
        *(f"- {remark}" for remark in remarks(table)),
        "",
    ]
    return "\n".join(parts)


def machine() -> str:
    """What the numbers were measured with."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]  # type: ignore[call-overload,index]
    return f"{platform.python_implementation()} {platform.python_version()}, {', '.join(found)}; BLAS: {blas}."


def _number(number: float | None) -> str:
    if number is None or math.isnan(number):
        return "-"
    return f"{number:.0f}" if number >= 100.0 else f"{number:.3g}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
