"""Gradients by sct_ad, by hand and by peers, side by side: `python -m benchmarks [case ...]`."""

import os

os.environ.setdefault("SCT_AD_CACHE", "0")  # what is measured is compiled, each time
