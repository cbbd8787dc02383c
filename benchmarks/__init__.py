"""Gradients by sct_ad, by hand and by peers, side by side: `python -m benchmarks [case ...]`."""
