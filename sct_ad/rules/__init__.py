"""The library of rules: importing this package registers all of them. One topic a file; a new file is named here."""

from __future__ import annotations

import importlib

from sct_ad.rules import registry

TOPICS = (
    "operators", "scalar", "ufuncs", "constant", "reductions", "running", "folds", "statistics", "missing", "linear",
    "einsum", "shaping", "padding", "selection", "sets", "histograms", "joining", "creation", "grids", "linalg",
    "norms", "factorisations", "stacks", "emath", "results", "fft", "polynomials", "series", "complex_numbers",
    "custom_tangents", "gradients",
)  # fmt: skip

for _topic in TOPICS:
    importlib.import_module(f"{__name__}.{_topic}")

importlib.import_module(f"{__name__}.inlined.polynomials")

# Rules of SciPy's packages cost nothing to those who do not import them.
ON_DEMAND: tuple[str, ...] = (
    "special", "stats", "fft", "signal", "ndimage", "integrate", "interpolate", "sparse", "linalg",
)  # fmt: skip
registry.on_demand({f"scipy.{_topic}": f"{__name__}.scipy.{_topic}" for _topic in ON_DEMAND})
