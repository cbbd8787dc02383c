"""Rules of NumPy's elementwise functions against finite differences, and their conventions at kinks."""

import math
import operator

import numpy as np
import pytest

from sct_ad.errors import NoRuleError
from sct_ad.rules.registry import lookup
from sct_ad.runtime.special import bessel_i1, digamma, sinc_slope
from tests.rules.cases import ELEMENTWISE, GENERAL, cases_of, check_rule, quiet

NUMPY = [f for f in {**ELEMENTWISE, **GENERAL} if isinstance(f, np.ufunc) or f.__module__ == "numpy"]


@pytest.mark.parametrize("function", NUMPY, ids=lambda f: f.__name__)
def test_against_finite_differences(function):
    for case in cases_of(function):
        check_rule(function, *case.args, keywords=case.keywords, constant=case.constant)


def pulled(function, *args, dz=1.0):
    z = quiet(function, *args)
    return quiet(lambda: lookup(function).pullback(z, dz * np.ones_like(z) if np.ndim(z) else dz, *args))


@pytest.mark.parametrize("function", [np.absolute, np.fabs, abs, operator.abs], ids=lambda f: f.__name__)
def test_absolute_value_at_zero(function):
    for zero in (0.0, np.float64(0.0), np.zeros(3)):
        assert np.all(pulled(function, zero)["x"] == 0.0)


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin], ids=lambda f: f.__name__)
@pytest.mark.parametrize("value", [1.5, -math.inf, math.inf])
@pytest.mark.parametrize("dtype", [float, np.float64, np.float32])
def test_ties_share_equally(function, value, dtype):
    for x in (dtype(value), np.full(2, value, np.dtype(dtype))):
        got = pulled(function, x, x.copy() if isinstance(x, np.ndarray) else x)
        assert np.all(got["x"] == 0.5)
        assert np.all(got["y"] == 0.5)


def test_fmax_ignores_nan():
    x, y = np.array([1.0, np.nan]), np.array([np.nan, 2.0])
    got = pulled(np.fmax, x, y)
    assert got["x"].tolist() == [1.0, 0.0]
    assert got["y"].tolist() == [0.0, 1.0]


def test_clip_at_its_bounds():
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    assert pulled(np.clip, x, 0.0, 1.0)["a"].tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]
    got = pulled(np.clip, x, np.zeros(5), np.ones(5))
    assert got["a_min"].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert got["a_max"].tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]


def test_powers_at_zero():
    zero, two = np.zeros(2), np.full(2, 2.0)
    assert np.all(pulled(operator.pow, zero, np.zeros(2))["x"] == 0.0)
    assert np.all(pulled(operator.pow, zero, np.zeros(2))["y"] == 0.0)
    assert np.all(pulled(np.power, zero, two)["y"] == 0.0)
    assert pulled(operator.pow, 0.0, 0.0) == {"x": 0.0, "y": 0.0}
    assert pulled(math.pow, 0.0, 0.0) == {"x": 0.0, "y": 0.0}
    assert pulled(operator.pow, 0.0, 0) == {}
    assert pulled(operator.pow, zero, np.arange(2))["x"].tolist() == [0.0, 1.0]


def test_modified_bessel_function_far_out():
    """References with 20 digits."""
    for x, expected in (
        (0.0, 0.0),
        (1e-9, 5e-10),
        (29.9, 696528308361.0927),
        (31.0, 2055972795294.5647),
        (-100.0, -1.0683693903381625e42),
    ):
        assert bessel_i1(x) == pytest.approx(expected, rel=1e-14)


def test_hypot_at_the_origin():
    assert pulled(np.hypot, 0.0, 0.0) == {"x": 0.0, "y": 0.0}
    assert pulled(math.hypot, 0.0, 0.0) == {"coordinates": (0.0, 0.0)}
    assert pulled(math.dist, [1.0, 2.0], [1.0, 2.0]) == {"p": [0.0, 0.0], "q": [0.0, 0.0]}


def test_where_masks_infinite_cotangents():
    condition, x, y = np.array([True, False]), np.ones(2), np.zeros(2)
    got = lookup(np.where).pullback(x, np.array([np.inf, np.nan]), condition, x, y)
    assert got["x"].tolist() == [np.inf, 0.0]
    assert got["y"][0] == 0.0 and np.isnan(got["y"][1])


def test_refused_arguments():
    with pytest.raises(NoRuleError, match=r"numpy.sin does not know the argument where"):
        lookup(np.sin).pullback(1.0, 1.0, 1.0, where=True)
    with pytest.raises(NoRuleError, match=r"numpy.sin takes 1 arguments, the call gives 2"):
        lookup(np.sin).pullback(1.0, 1.0, 1.0, np.zeros(1))
    with pytest.raises(NoRuleError, match=r"numpy.clip: the out argument"):
        lookup(np.clip).pullback(1.0, 1.0, 1.0, 0.0, 2.0, np.zeros(1))
    with pytest.raises(NoRuleError, match=r"copy=False"):
        lookup(np.nan_to_num).pullback(1.0, 1.0, 1.0, copy=False)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="min and max are keywords from NumPy 2.1")
def test_clip_by_keyword():
    x = np.array([-0.5, 0.5, 1.5])
    check_rule(np.clip, x, keywords={"min": 0.0, "max": 1.0})
    check_rule(np.clip, x, keywords={"max": 1.0})


@pytest.mark.parametrize(
    "function",
    [np.exp, np.log, np.sqrt, np.sin, np.tanh, np.arctan, np.square, np.reciprocal, np.absolute, np.real, np.imag]
    + [np.conjugate, np.angle, np.negative, lambda x: x],
    ids=lambda f: f.__name__,
)
def test_complex_arguments(function):
    """The result changes by the real part of d[x] * dx."""
    rule = lookup(function)
    if rule is None:
        return
    x, step, dz = np.array([0.7 + 0.4j, -0.3 + 1.1j]), np.array([0.6 - 0.8j, 1.0 + 0.3j]), np.array([0.7, -1.2])
    if np.iscomplexobj(function(x)):
        dz = dz + 1j * np.array([0.5, 0.8])
    difference = (function(x + 1e-6 * step) - function(x - 1e-6 * step)) / 2e-6
    (cotangent,) = rule.pullback(function(x), dz, x).values()
    assert np.real(cotangent * step) == pytest.approx(np.real(dz * difference), rel=1e-7)


def test_complex_from_two_floats():
    assert lookup(complex).pullback(1.0 + 2.0j, 3.0 + 4.0j, 1.0, 2.0) == {"real": 3.0 + 4.0j, "imag": -4.0 + 3.0j}


def test_nextafter_moves_with_its_argument():
    assert pulled(np.nextafter, 1.0, 2.0, dz=3.0)["x"] == 3.0
    assert pulled(math.nextafter, 1.0, 2.0, dz=3.0)["x"] == 3.0


def test_digamma():
    euler = 0.57721566490153286061
    assert digamma(1.0) == pytest.approx(-euler, rel=1e-15)
    assert digamma(0.5) == pytest.approx(-euler - 2.0 * math.log(2.0), rel=1e-15)
    assert digamma(7.0) == pytest.approx(sum(1 / k for k in range(1, 7)) - euler, rel=1e-14)
    assert digamma(1e8) == pytest.approx(math.log(1e8), rel=1e-9)
    assert digamma(-0.5) == pytest.approx(0.03648997397857652056, abs=1e-14)
    assert digamma(-3.25) == pytest.approx(digamma(0.75) + 1 / 3.25 + 1 / 2.25 + 1 / 1.25 + 4.0, rel=1e-13)
    for x in (0.1, 0.9, 3.7, 25.0):
        assert digamma(x + 1.0) == pytest.approx(digamma(x) + 1.0 / x, rel=1e-14)
    assert math.isnan(digamma(0.0)) and math.isnan(digamma(-2.0))


def test_the_slope_of_sinc_is_smooth_at_zero():
    x = np.array([0.0, 1e-12, 1e-6, 1e-3, 0.0954929, 0.0954930, 0.5, -0.5])
    y = np.pi * x
    with np.errstate(all="ignore"):
        exact = np.where(np.abs(y) < 1e-2, np.pi * (-y / 3 + y**3 / 30), np.pi * (np.cos(y) / y - np.sin(y) / y**2))
    assert sinc_slope(x) == pytest.approx(exact, rel=1e-11, abs=1e-300)
    assert np.ndim(sinc_slope(0.5)) == 0
