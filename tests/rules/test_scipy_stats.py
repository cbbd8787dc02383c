"""Rules of `scipy.stats`: far tails, edges, the text, frozen distributions, and what is refused."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma

from sct_ad import grad, value_and_grad
from sct_ad.errors import NoRuleError, UnsupportedError
from sct_ad.rules.registry import lookup
from sct_ad.syntax.values import Unknown
from sct_ad.testing import check_grads
from tests.rules.covering import typed
from tests.rules.topics.scipy_stats import CASES


@pytest.mark.parametrize("function", list(CASES), ids=lambda f: getattr(f, "__name__", "unnamed"))
def test_types(function):
    """The type of the result is known, sizes included."""
    for call in CASES[function]:
        found = typed(function, call.args, call.keywords)
        if type(function) is type(stats.norm.pdf) and hasattr(function.__self__, "shapes"):
            assert not isinstance(found, Unknown)


def cotangents(function, *args, **keywords):
    z = function(*args, **keywords)
    return lookup(function).pullback(z, np.ones_like(z) if np.ndim(z) else 1.0, *args, **keywords)


def test_far_tails_of_the_normal_distribution():
    got = cotangents(stats.norm.logcdf, np.array([-1e4, -40.0, 40.0]))["x"]
    assert got == pytest.approx([1e4 + 1e-4 - 2e-12, 40.0249688472, 0.0], rel=1e-11)
    got = cotangents(stats.norm.logsf, np.array([1e4, -40.0]), 0.0, 2.0)["x"]
    assert got == pytest.approx([-(5e3 + 2e-4 - 1.6e-11) / 2.0, 0.0], rel=1e-14)


def test_outside_of_the_support():
    x = np.array([-1.0, 3.0])
    for function in (stats.gamma.logpdf, stats.gamma.pdf, stats.gamma.cdf, stats.gamma.logcdf):
        got = cotangents(function, x, 2.5)
        assert got["x"][0] == 0.0 and np.isfinite(got["a"]) and got["x"][1] != 0.0
    assert cotangents(stats.uniform.logpdf, np.array([0.3, 1.7]), 0.0, 1.0)["scale"] == -1.0
    assert cotangents(stats.expon.logpdf, 0.0)["x"] == -1.0
    assert cotangents(stats.poisson.logpmf, np.array([-1, 1]), 2.0)["mu"] == -0.5


def test_small_probabilities():
    assert cotangents(stats.gamma.logcdf, 1e-3, 60.0)["a"] == pytest.approx(np.log(1e-3) - digamma(61.0), rel=1e-5)
    assert cotangents(stats.gamma.logcdf, 1e-9, 60.0)["a"] == 0.0  # SciPy gives minus infinity, as out of the support


def log_posterior(x, mu, s):
    return np.sum(stats.norm.logpdf(x, mu, s))


def test_text():
    assert grad(log_posterior, (0, 1, 2)).source(np.ones(3), 0.5, 2.0) == (
        "def log_posterior_grad(x, mu, s, blog_posterior=1.0):\n"
        "    # return np.sum(stats.norm.logpdf(x, mu, s))\n"
        "    y = (x - mu) / s\n"
        "    slope = -blog_posterior * y\n"
        "    bs = -np.sum(blog_posterior + slope * y) / s\n"
        "    bmu = -np.sum(slope) / s\n"
        "    bx = slope / s\n"
        "    return bx, float(bmu), float(bs)\n"
    )


# Frozen distributions ----------------------------------------------------------------------------------------------------

GAMMA = stats.gamma(2.0, scale=1.5)
NORMAL = stats.multivariate_normal([0.0, 1.0], [[2.0, 0.3], [0.3, 1.0]])
COUNTS = stats.binom(4, 0.3)


def of_outside(x):
    return GAMMA.logpdf(x[0]) * GAMMA.cdf(x[1]) + NORMAL.logpdf(x) + COUNTS.pmf(2)


def frozen_in_a_branch(x, s):
    if x > 1.0:
        total = stats.norm(scale=s).logpdf(x)
    else:
        total = stats.norm(0.5, s).logpdf(x)
    return total + stats.dirichlet(np.array([x, s, 1.0])).logpdf(np.array([0.2, 0.3, 0.5]))


def one_of_two(x, s):
    if x > 1.0:
        law = stats.norm(scale=s)
    else:
        law = stats.norm(0.5, s)
    return law.logpdf(x)


def of_a_list(x, s):
    total = 0.0
    for law in [stats.norm(0.0, s), stats.t(4.0, loc=s), stats.gamma(s)]:
        total += law.logpdf(x) + law.sf(x)
    return total


class Model:
    def __init__(self, s):
        self.prior, self.s = stats.norm(0.0, s), s

    def score(self, x):
        return self.prior.logpdf(x) * self.s


def of_an_object(x, s):
    return Model(s).score(x)


def frozen_anew_in_a_loop(x, s):
    total, mean = 0.0, np.array([s, 1.0])
    law = stats.norm(s)
    for k in range(3):
        total += law.logpdf(x + k)
        s = 1.1 * s
        law = stats.norm(s)
    held = stats.norm(mean)  # which holds the very array
    mean[0] = 5.0 * x
    return total + np.sum(held.logpdf(s))


def given(x, law):
    return law.logpdf(x)


@pytest.mark.parametrize(
    "function, args, argnums",
    [(of_outside, (np.array([0.7, 1.2]),), (0,)), (frozen_in_a_branch, (0.7, 1.3), (0, 1)), (frozen_in_a_branch, (1.7, 1.3), (0, 1))]
    + [(of_an_object, (0.7, 1.3), (0, 1)), (frozen_anew_in_a_loop, (0.7, 1.3), (0, 1))]
    + [(of_a_list, (0.7, 1.3), (0, 1)), (given, (0.7, GAMMA), (0,))],
)  # fmt: skip
def test_frozen_distributions(function, args, argnums):
    check_grads(function, args, argnums)
    assert value_and_grad(function, argnums)(*args)[0] == function(*args)


def test_a_new_distribution_is_seen(monkeypatch):
    gradient = grad(of_outside)
    before = gradient(np.array([0.7, 1.2]))
    monkeypatch.setitem(globals(), "GAMMA", stats.gamma(3.0))
    check_grads(of_outside, (np.array([0.7, 1.2]),))
    assert np.any(before != gradient(np.array([0.7, 1.2])))


def drawn(s):
    return stats.norm(0.0, s).std() * 2.0


def of_unknown_class(x):
    return np.array(stats.gaussian_kde(x).evaluate(0.5)).sum()


# Refusals ----------------------------------------------------------------------------------------------------------------


def test_refusals():
    with pytest.raises(UnsupportedError, match="used as data"):
        grad(one_of_two)(2.0, 1.0)
    with pytest.raises(NoRuleError, match=r"no derivative rule for scipy\.stats\.norm\.std"):
        grad(drawn)(2.0)
    with pytest.raises((NoRuleError, UnsupportedError)):
        grad(of_unknown_class)(np.array([0.3, 0.5, 1.0]))
    for function, args, what in [
        (stats.poisson.logpmf, (1.0, 2.0), "the count k"), (stats.binom.pmf, (1, 2.0, 0.3), "the parameter n"),
        (stats.betabinom.cdf, (1, 3, 0.5, 1.5), "the parameter a"), (stats.skewnorm.logpdf, (0.3, 1.0), None),
    ]:  # fmt: skip
        if what is not None:
            with pytest.raises(NoRuleError, match=what):
                lookup(function).pullback(function(*args), 1.0, *args)
    with pytest.raises(NoRuleError, match="allow_singular"):
        lookup(stats.multivariate_normal.logpdf).pullback(0.0, 1.0, np.zeros(2), np.zeros(2), np.eye(2), True)
    with pytest.raises(NoRuleError, match="weights"):
        lookup(stats.gmean).pullback(1.0, 1.0, np.ones(2), weights=np.ones(2))
