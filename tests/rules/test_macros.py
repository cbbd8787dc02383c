"""Macros: what they build for what is known."""

import pytest

from sct_ad.rules.macros import count, expanded, log, selected
from sct_ad.rules.registry import adjoint, d
from tests.rules.emission import TYPES, emitted


@pytest.fixture
def reduction():
    f = eval("lambda *args, **keywords: None")

    @adjoint(f)
    def rule(z, x, axis=None, keepdims=False):
        d[x] = expanded(d[z], x, axis, keepdims)

    return f


@pytest.mark.parametrize(
    "args, expected",
    [
        (["A"], "bz"),
        (["A", "0"], "bz"),
        (["A", "1"], "bz[:, None]"),
        (["A", "-1"], "bz[:, None]"),
        (["A", "(0, 1)"], "bz"),
        (["A", "1", "True"], "bz"),
        (["v", "n"], "bz"),
        (["u", "1"], "np.expand_dims(bz, 1)"),
        (["A", "n"], "expand_reduced(bz, A, n, False)"),
        (["u", "(0, 1)"], "expand_reduced(bz, u, (0, 1), False)"),
    ],
)
def test_expanded(reduction, args, expected):
    assert emitted(reduction, *args) == [f"b{args[0]} += {expected}"]


def test_count():
    f = eval("lambda *args: None")

    @adjoint(f)
    def rule(z, x, axis=None):
        d[x] = d[z] / count(z, x, axis)

    assert emitted(f, "A") == ["bA += bz / A.size"]
    assert emitted(f, "A", "1") == ["bA += bz / A.shape[1]"]
    assert emitted(f, "v", "n") == ["bv += bz / v.size"]
    assert emitted(f, "A", "n") == ["bA += bz / (A.size // z.size)"]


def test_log_and_selected():
    f = eval("lambda *args: None")

    @adjoint(f)
    def rule(z, x, y):
        d[x] = selected(d[z], x > y, x == y) * log(x)

    assert emitted(f, "x", "y") == ["bx += bz * ((x > y) + 0.5 * (x == y)) * math.log(x)"]
    F = emitted(f, "F", "1.0", types={"z": TYPES["F"]})
    assert F == ["bF += (bz * (F > 1.0) + 0.5 * bz * (F == 1.0)) * np.log(F)"]
