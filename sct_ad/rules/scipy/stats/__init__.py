"""Rules of `scipy.stats`: distributions and descriptive statistics."""

from __future__ import annotations

import importlib

for _topic in ("continuous", "discrete", "multivariate", "descriptive"):
    importlib.import_module(f"sct_ad.rules.scipy.stats.{_topic}")
