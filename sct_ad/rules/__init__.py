"""The library of rules: importing this package registers all of them. One topic a file; a new file is named here."""

from __future__ import annotations

import importlib

TOPICS = (
    "operators", "scalar", "ufuncs", "constant", "reductions", "statistics", "linear", "einsum", "shaping", "selection",
    "joining", "creation", "grids", "linalg", "stacks", "results",
)  # fmt: skip

for _topic in TOPICS:
    importlib.import_module(f"{__name__}.{_topic}")
