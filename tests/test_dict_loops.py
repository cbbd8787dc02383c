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


def means_of_groups(data, number):
    centres = {c: data[c] for c in range(number)}
    for _ in range(2):
        groups = {c: [] for c in range(number)}
        for p in data:
            groups[min(centres, key=lambda c: np.sum((p - centres[c]) ** 2))].append(p)
        centres = {c: (sum(g) / len(g) if g else centres[c]) for c, g in groups.items()}
    return sum(np.sum(v**2) for v in centres.values())


def test_lists_that_grow_under_a_key_that_is_found_out():
    points = [np.random.default_rng(k).normal(size=2) for k in range(6)]
    check_grads(means_of_groups, (points, 2), argnums=(0,), order=1)
