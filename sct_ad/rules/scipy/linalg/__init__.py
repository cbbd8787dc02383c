"""Rules of `scipy.linalg`, a module for each kind of function.

What reads one triangle of a matrix gives it all of the cotangent, see `sct_ad.rules.factorisations`. What has no rule
is refused by name: `funm`, `signm`, Schur and generalised factorisations, bases of null spaces and ranges.
"""

from __future__ import annotations

import importlib

KINDS = ("systems", "factorisations", "functions", "structured", "types")

for _kind in KINDS:
    importlib.import_module(f"sct_ad.rules.scipy.linalg.{_kind}")
