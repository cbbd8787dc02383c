"""The library of rules: importing this module registers all of them. One topic a file; a new file is named here."""

from __future__ import annotations

import importlib

from sct_ad.rules import registry

TOPICS = (
    "operators", "scalar", "ufuncs", "constant", "reductions", "running", "folds", "statistics", "missing", "linear",
    "einsum", "shaping", "padding", "selection", "sets", "histograms", "joining", "creation", "grids", "linalg",
    "norms", "factorisations", "stacks", "emath", "results", "fft", "polynomials", "series", "complex_numbers",
    "custom_tangents", "gradients", "inlined.polynomials",
)  # fmt: skip
# Rules of SciPy's packages cost nothing to those who do not import them.
ON_DEMAND: tuple[str, ...] = (
    "special", "stats", "fft", "signal", "ndimage", "integrate", "interpolate", "sparse", "linalg",
)  # fmt: skip

for _topic in TOPICS:
    importlib.import_module(f"sct_ad.rules.{_topic}")

registry.on_demand({f"scipy.{_topic}": f"sct_ad.rules.scipy.{_topic}" for _topic in ON_DEMAND})
