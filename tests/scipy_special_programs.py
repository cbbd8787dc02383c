"""Programs with SciPy's special functions and distributions, as statisticians and physicists write them."""

import numpy as np
import scipy.special as sc
from scipy import stats
from scipy.special import expit, gammaln, logsumexp

from tests.program import arr, register, u

PRIOR = stats.gamma(2.0, scale=1.5)


def mixture_of_normals(x, means, log_weights):
    weights = sc.log_softmax(log_weights)
    total = 0.0
    for k in range(len(x)):
        total += logsumexp(weights + stats.norm.logpdf(x[k], means, 0.7))
    return total


def hidden_markov_forward(log_start, log_transition, log_emission):
    alpha = log_start + log_emission[0]
    for t in range(1, len(log_emission)):
        alpha = logsumexp(alpha[:, None] + log_transition, axis=0) + log_emission[t]
    return logsumexp(alpha)


def unreachable_states(log_start, log_emission):
    masked = np.where(np.arange(3) < 2, log_start, -np.inf)
    return logsumexp(masked + log_emission) + np.maximum(logsumexp(masked[2:]), -50.0)


def poisson_regression_by_gammaln(w, x, counts):
    rate = np.exp(x @ w)
    return np.sum(counts * np.log(rate) - rate - gammaln(counts + 1))


def logistic_regression_by_log_expit(w, x, y):
    z = x @ w
    return -np.sum(y * sc.log_expit(z) + (1 - y) * sc.log_expit(-z)) + 0.1 * np.sum(expit(w))


def bayesian_model(theta, data):
    mu, log_s = theta[0], theta[1]
    s = np.exp(log_s)
    prior = stats.norm(0.0, 10.0).logpdf(mu) + PRIOR.logpdf(s)
    likelihood = stats.norm(loc=mu, scale=s)
    for k in range(len(data)):
        if data[k] > 1.5:  # censored
            prior += likelihood.logsf(1.5)
        else:
            prior += likelihood.logpdf(data[k])
    return prior


def gamma_quantile_range(shape, scale):
    low, high = stats.gamma.ppf(np.array([0.1, 0.9]), shape, scale=scale)
    return high - low + stats.beta.cdf(0.3, shape, scale) * stats.t.sf(0.4, df=shape)


def bessel_modes(a, r):
    field = np.zeros(len(r))
    for n in range(3):
        field += a[n] * sc.jv(n, r) * sc.eval_legendre(n, np.cos(r))
    field[0] = sc.erf(field[1]) * field[0]
    return np.sum(field**2)


def airy_and_fresnel(x):
    ai, aip, _, _ = sc.airy(-x)
    s, c = sc.fresnel(x)
    return np.sum(ai * aip) + np.sum(s * c)


def price_of_an_option(spot, vol, rate):
    d1 = (np.log(spot / 1.1) + (rate + 0.5 * vol**2)) / vol
    return spot * stats.norm.cdf(d1) - 1.1 * np.exp(-rate) * sc.ndtr(d1 - vol)


def likelihood_of_a_gaussian_process(x, y, length, noise):
    cov = np.exp(-0.5 * (x[:, None] - x) ** 2 / length**2) + noise * np.eye(len(x))
    return stats.multivariate_normal.logpdf(y, np.zeros(len(x)), cov)


def kaiser_window(x, beta):
    return np.sum(np.kaiser(4, beta) * x) + np.sum(np.i0(x))


def shape_of_sample(x):
    return stats.skew(x) + stats.kurtosis(x) * stats.gmean(np.abs(x)) + np.sum(stats.zscore(x) ** 3)


register(mixture_of_normals, lambda r: (arr(r, 4), arr(r, 3), arr(r, 3)), tags="loop")
register(hidden_markov_forward, lambda r: (arr(r, 3), arr(r, 3, 3), arr(r, 4, 3)), tags="loop")
register(unreachable_states, lambda r: (arr(r, 3), arr(r, 3)))
register(poisson_regression_by_gammaln, lambda r: (arr(r, 2), arr(r, 4, 2), np.array([0, 2, 1, 3])), argnums=(0, 1))
register(logistic_regression_by_log_expit, lambda r: (arr(r, 2), arr(r, 4, 2), np.array([0, 1, 1, 0])), argnums=(0, 1))
register(bayesian_model, lambda r: (arr(r, 2), np.array([0.3, 2.0, 1.1])), argnums=(0,), tags="loop branch")
register(gamma_quantile_range, lambda r: (1.5 + u(r), 0.7 + u(r)))
register(bessel_modes, lambda r: (arr(r, 3), 0.5 + np.abs(arr(r, 4))), tags="loop store")
register(airy_and_fresnel, lambda r: (arr(r, 3),))
register(price_of_an_option, lambda r: (1.2, 0.3, 0.05))
register(likelihood_of_a_gaussian_process, lambda r: (np.array([0.1, 0.7, 1.5]), arr(r, 3), 0.8, 0.3))
register(kaiser_window, lambda r: (arr(r, 4), 3.0 + u(r)))
register(shape_of_sample, lambda r: (arr(r, 5),))
