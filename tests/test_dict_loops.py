"""Loops over a dictionary whose values they change."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad.testing import check_grads


def over_keys(d):
    for k in d:
        d[k] = np.sin(d[k])
    return d["a"] * d["b"]


def over_items(d):
    for k, v in d.items():
        d[k] = np.sin(v) * d["a"]
    return d["a"] * d["b"]


def over_keys_view(d):
    for k in d.keys():
        d[k] += 1.0
    return d["a"] * d["b"]


def counted(d):
    for n, k in enumerate(d):
        d[k] = d[k] ** (n + 2)
    return d["a"] * d["b"]


def arrays(d):
    for k in d:
        d[k] = d[k] * 2.0
    for k, v in d.items():
        v[0] *= 3.0
        d[k] = np.sin(v)
    return np.sum(d["a"] * d["b"])


@pytest.mark.parametrize("program", [over_keys, over_items, over_keys_view, counted])
def test_numbers(program):
    check_grads(program, ({"a": 0.3, "b": 0.5},))


def test_arrays():
    check_grads(arrays, ({"a": np.array([0.3, 0.1]), "b": np.array([0.5, -0.2])},))
