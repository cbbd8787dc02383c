"""Alias classes: what shares memory, and what is written."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.analysis.alias import analyse_memory
from tests.flat import flatten


def memory_of(function, *args):
    flat = flatten(function, *args)
    return flat, analyse_memory(flat.function.body, flat.typer)


def test_views_share_the_class_of_their_base():
    def f(x):
        row = x[0]
        part = row[1:]
        turned = x.T
        fresh = x * 2.0
        return np.sum(part) + np.sum(turned) + np.sum(fresh)

    _, memory = memory_of(f, np.ones((3, 4)))
    assert memory.find("row") == memory.find("part") == memory.find("turned") == memory.find("x")
    assert memory.find("fresh") != memory.find("x")
    assert not memory.written


def test_a_store_through_a_view_gives_all_of_its_class_identity():
    def f(x):
        y = x * 1.0
        part = y[1:]
        part[0] = 3.0
        return np.sum(y) + np.sum(x)

    _, memory = memory_of(f, np.ones(4))
    assert memory.has_identity("y") and memory.has_identity("part")
    assert not memory.has_identity("x")


def test_swapped_buffers_are_one_class():
    def f(u):
        v = np.zeros_like(u)
        for _ in range(3):
            v[0] = u[1]
            u, v = v, u
        return np.sum(u)

    flat, memory = memory_of(f, np.ones(4))
    written = {name for name in memory.parent if memory.has_identity(name)}
    assert {"v"} <= written and len({memory.find(name) for name in written}) == 1


@pytest.mark.parametrize("index", ["x[[0, 1]]", "x[x > 0]", "x * 1.0", "np.concatenate([x, x])"])
def test_copies_are_classes_of_their_own(index):
    namespace = {"np": np}
    text = f"def f(x):\n    y = {index}\n    y[0] = 2.0\n    return np.sum(x * x) + np.sum(y)\n"
    exec(text, namespace)
    assert "x.copy()" not in grad(namespace["f"], source=text).source(np.array([1.0, 2.0]))


def test_an_update_that_nobody_else_sees_is_an_assignment():
    def f(x):
        total = x * 0.0
        total += x
        total *= 2.0
        return np.sum(total)

    _, memory = memory_of(f, np.ones(4))
    assert not memory.written
