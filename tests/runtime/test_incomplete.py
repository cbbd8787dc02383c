"""Derivatives of incomplete gamma and beta functions by their parameters, against integrals and closed forms."""

import numpy as np
import pytest
from scipy import special

from sct_ad.runtime.scipy import incomplete

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def integral(f):
    """Over the positive numbers, of a function that falls off at least as fast as exp(-s): from 0 to 60, in steps."""
    starts = np.arange(0.0, 60.0, 0.25)[:, None]
    return np.sum(0.125 * WEIGHTS * f(starts + 0.125 * (1.0 + NODES)))


def gamma_slope(a, x):
    """The integral of log(t) - digamma(a) times the density over the smaller tail."""
    log_scale = a * np.log(x) - x - special.gammaln(a)
    if x < a + 1.0:  # with t = x exp(-s)
        rate = max(a - x, 0.5 * np.sqrt(a)) if a > 1.0 else a
        inner = integral(
            lambda s: (np.log(x) - s / rate - special.digamma(a)) * np.exp(-a * s / rate - x * np.expm1(-s / rate))
        )
        return inner / rate * np.exp(log_scale)
    rate = min(1.0, max(1.0 - (a - 1.0) / x, 0.5 / np.sqrt(a + 1.0)))  # with t = x + s
    inner = integral(
        lambda s: (np.log(x + s / rate) - special.digamma(a)) * np.exp((a - 1.0) * np.log1p(s / rate / x) - s / rate)
    )
    return -inner / rate / x * np.exp(log_scale)


@pytest.mark.parametrize("a", [0.05, 0.3, 1.0, 7.5, 60.0, 400.0, 700.0])
def test_incomplete_gamma_function_in_its_middle_and_tails(a):
    for x in np.array([0.01, 0.3, 0.9, 1.0, 1.1, 2.0, 4.0]) * a + np.array([0.0, 0.0, 0.0, 0.5, 1.0, 2.0, 20.0]):
        expected = gamma_slope(a, x)
        if abs(expected) > 1e-290:
            assert incomplete.gammainc_slope_a(a, x) == pytest.approx(expected, rel=3e-11), x


def beta_slope(a, b, x):
    """The derivative by a: the integral of log(t) - digamma(a) + digamma(a + b) times the density from 0 to x."""
    log_scale = a * np.log(x) - special.betaln(a, b)
    shift = special.digamma(a + b) - special.digamma(a) + np.log(x)

    rate = max(a - (a + b) * x, 0.5 * np.sqrt(a)) if a > 1.0 else a

    def inner(s):  # with t = x exp(-s)
        return (shift - s / rate) * np.exp(-a * s / rate + (b - 1.0) * np.log1p(-x * np.exp(-s / rate)))

    return integral(inner) / rate * np.exp(log_scale)


@pytest.mark.parametrize("a, b", [(0.05, 0.4), (0.5, 0.5), (2.0, 5.0), (30.0, 4.0), (0.7, 90.0), (200.0, 300.0)])
def test_incomplete_beta_function_in_its_lower_half(a, b):
    """The derivative by b of the upper half is minus that by a of the lower one with a and b, x and 1 - x exchanged."""
    for x in np.array([1e-3, 0.1, 0.5, 0.9]) * (a + 1.0) / (a + b + 2.0):
        expected = beta_slope(a, b, x)
        assert incomplete.betainc_slopes(a, b, x)[0] == pytest.approx(expected, rel=3e-11)
        assert incomplete.betainc_slopes(b, a, 1.0 - x)[1] == pytest.approx(-expected, rel=1e-10)


def test_powers():
    """I_x(a, 1) = x**a, and I_x(1, b) = 1 - (1 - x)**b."""
    x, a = np.linspace(0.05, 0.95, 7), np.array([[0.2], [1.0], [8.0], [300.0]])
    assert incomplete.betainc_slopes(a, 1.0, x)[0] == pytest.approx(x**a * np.log(x), rel=1e-11)
    assert incomplete.betainc_slopes(1.0, a, x)[1] == pytest.approx(-((1.0 - x) ** a) * np.log1p(-x), rel=1e-11)


def test_exponential_integral():
    """Near a = 0, Q(a, x) is a E1(x)."""
    x = np.array([1.5, 3.0, 30.0, 200.0])
    assert incomplete.gammainc_slope_a(1e-12, x) == pytest.approx(-special.exp1(x), rel=1e-11)


def test_ends_shapes_and_precision():
    a = np.array([0.5, 2.0, 2.0, 2.0, 0.0, -1.0, np.nan, 1e-300])
    x = np.array([0.0, np.inf, -1.0, 1e300, 1.0, 1.0, 1.0, 1e-300])
    found = incomplete.gammainc_slope_a(a, x)
    assert (
        found[[0, 1, 3]].tolist() == [0.0, 0.0, 0.0] and np.isnan(found[[2, 4, 5, 6]]).all() and np.isfinite(found[7])
    )
    by_a, by_b = incomplete.betainc_slopes(2.0, np.array([3.0, 3.0, 3.0, -1.0]), np.array([0.0, 1.0, 2.0, 0.5]))
    assert by_a[:2].tolist() == by_b[:2].tolist() == [0.0, 0.0] and np.isnan([by_a[2:], by_b[2:]]).all()
    assert incomplete.gammainc_slope_a(np.ones((3, 1), np.float32), np.ones(2, np.float32)).dtype == np.float32
    assert incomplete.betainc_slopes(np.ones((0, 1)), 1.0, np.ones(2))[0].shape == (0, 2)
    assert isinstance(incomplete.gammainc_slope_a(1.0, 2.0), float)


def test_many_entries_need_no_more_terms_than_the_hardest_of_them():
    """Each is as accurate among others as alone."""
    rng = np.random.default_rng(0)
    a, b = 10.0 ** rng.uniform(-2.0, 4.0, (2, 50))
    x = np.clip(rng.beta(a, b), 1e-6, 1.0 - 1e-6)
    together = incomplete.betainc_slopes(a, b, x)
    alone = np.array([incomplete.betainc_slopes(*point) for point in zip(a, b, x, strict=True)]).T
    assert np.array(together) == pytest.approx(alone, rel=1e-14)
