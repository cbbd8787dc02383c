"""Functions for vector instructions: against extended precision, at special values, and compiled."""

import numpy as np
import pytest

from sct_ad.runtime import vector_math
from sct_ad.runtime.vector_math import vector_cos, vector_exp, vector_log, vector_sin, vector_tanh, whole_power

RNG = np.random.default_rng(5)
QUARTERS = np.concatenate([np.arange(1, 200), RNG.integers(200, 600_000, 1000)]) * np.pi / 2
TURNED = [RNG.normal(size=1000), RNG.uniform(-1e6, 1e6, 2000), np.exp(RNG.uniform(-700, 0, 500)), QUARTERS, [1e6]]
ORDINARY = {
    "sin": TURNED,
    "cos": TURNED,
    "exp": [RNG.normal(size=2000) * 4, RNG.uniform(-745, 709.7, 2000), RNG.normal(size=500) * 1e-4, [-745.1, 709.78]],
    "log": [RNG.uniform(0, 3, 2000), np.exp(RNG.uniform(-744, 709, 2000)), 1 + RNG.normal(size=1000) * 1e-3, [5e-324]],
    "tanh": [RNG.normal(size=2000), RNG.normal(size=1000) * 6, np.exp(RNG.uniform(-700, 0, 1000))],
}
FUNCTIONS = {"exp": vector_exp, "log": vector_log, "tanh": vector_tanh, "sin": vector_sin, "cos": vector_cos}
SPECIAL = [
    0.0,
    -0.0,
    np.inf,
    -np.inf,
    np.nan,
    1e308,
    -1e308,
    5e-324,
    -5e-324,
    710.0,
    -746.0,
    -745.14,
    709.7827128933841,
]

extended = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 60, reason="long double is no wider than double")


def special(name):
    """Infinities, NaN, zeros and extreme numbers for which the function is made."""
    found = np.array(SPECIAL)
    return found[~(np.abs(found) > vector_math.WIDEST) | np.isinf(found)] if name in ("sin", "cos") else found


def units_off(found, x, exact):
    """The largest distance from the exact values, in units in the last place."""
    wanted = exact(x.astype(np.longdouble))
    nearest = wanted.astype(float)
    finite = np.isfinite(nearest) & (nearest != 0)
    distance = np.abs(found.astype(np.longdouble) - wanted)[finite]
    return float((distance / np.spacing(np.abs(nearest[finite]))).max())


@extended
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:divide:RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_at_most_two_units_in_the_last_place(name):
    x = np.concatenate(ORDINARY[name])
    found = np.array([FUNCTIONS[name](value) for value in x])
    assert units_off(found, x, getattr(np, name)) <= 2.0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_values(name):
    x = special(name)
    expected = getattr(np, name)(x)
    found = np.array([FUNCTIONS[name](value) for value in x])
    np.testing.assert_allclose(found, expected, rtol=4e-16)
    assert np.array_equal(np.signbit(found)[:2], np.signbit(expected)[:2])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_by_numba(name, monkeypatch):
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(vector_math, "_exp_bend", numba.njit(forceinline=True)(vector_math._exp_bend))
    turned = numba.njit(forceinline=True)(vector_math._sine_or_cosine)
    monkeypatch.setattr(vector_math, "_sine_or_cosine", turned)
    function = numba.njit(forceinline=True)(FUNCTIONS[name])
    x = np.concatenate([*ORDINARY[name], special(name)])
    found = np.array([function(value) for value in x])
    np.testing.assert_allclose(found, getattr(np, name)(x), rtol=6e-16, atol=0)


@extended
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 7, 15, 16, 21, 31, 32, 50, -1, -2])
def test_whole_powers(n):
    x = np.concatenate([RNG.normal(size=500) * 2, np.exp(RNG.uniform(-10, 10, 200))])
    found = np.array([whole_power(value, np.float64(n)) for value in x])
    exact = x.astype(np.longdouble) ** n
    assert np.all(np.abs(found - exact) <= max(2, n) * np.spacing(np.abs(exact.astype(float))))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 31, 32])
def test_whole_powers_of_special_numbers(n):
    for value in np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e200, -1e200, 1e-200, -1e-200, 1.0, -1.0]):
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            found, expected = whole_power(value, np.float64(n)), value ** np.float64(n)
        np.testing.assert_array_equal(found, expected)
        assert np.signbit(found) == np.signbit(expected)
