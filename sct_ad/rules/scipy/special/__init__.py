"""Rules of `scipy.special`, a module for each family of functions.

Orders and other parameters in which no derivative is known in terms of SciPy's functions are refused by name. Formulas
are cited by their numbers in the NIST Digital Library of Mathematical Functions (DLMF).
"""

from __future__ import annotations

import importlib

FAMILIES = (
    "elementary", "gamma", "error_functions", "integrals", "bessel", "hypergeometric", "elliptic", "polynomials",
    "probabilities", "incomplete", "sums", "types",
)  # fmt: skip

for _family in FAMILIES:
    importlib.import_module(f"sct_ad.rules.scipy.special.{_family}")
