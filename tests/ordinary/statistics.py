"""Likelihoods, samplers and estimators."""

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tests.program import arr, gauss, register, u


class Distribution:
    """Has a log density; products are made with *."""

    def logpdf(self, x):
        raise NotImplementedError

    def __mul__(self, other):
        return Product(self, other)


class Normal(Distribution):
    def __init__(self, mu=0.0, sigma=1.0):
        self.mu, self.sigma = mu, sigma

    @property
    def precision(self):
        return 1.0 / self.sigma**2

    def logpdf(self, x):
        return -0.5 * self.precision * (x - self.mu) ** 2 - math.log(self.sigma) - 0.5 * math.log(2 * math.pi)

    @classmethod
    def standard(cls):
        return cls()


class Exponential(Distribution):
    def __init__(self, rate):
        self.rate = rate

    def logpdf(self, x):
        return math.log(self.rate) - self.rate * x


class Product(Distribution):
    def __init__(self, left, right):
        self.factors = (left, right)

    def logpdf(self, x):
        return sum(factor.logpdf(x) for factor in self.factors)


def product_of_densities(mu, sigma, rate):
    density = Normal(mu, sigma) * Exponential(rate) * Normal.standard()
    return sum(density.logpdf(x) for x in (0.3, 0.9, 1.7))


register(
    product_of_densities,
    lambda r: (u(r), u(r), u(r)),
    (0, 1, 2),
    tags="ordinary objects operators classmethod property",
)


def log_joint_of_models(x, models):
    return sum(model.logpdf(x) for model in models.values())


register(
    log_joint_of_models,
    lambda r: (u(r), {"prior": Normal(u(r), u(r)), "rate": Exponential(u(r))}),
    (0, 1),
    tags="ordinary objects object_argument dict",
)


def logsumexp(values):
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))


def mixture_log_likelihood(data, weights, means, scale):
    total = 0.0
    for x in data:
        terms = [math.log(w) - 0.5 * ((x - m) / scale) ** 2 for w, m in zip(weights, means)]
        total += logsumexp(terms) - math.log(scale)
    return total


register(
    mixture_log_likelihood,
    lambda r: ([0.1, 1.3, 2.2], [0.3, 0.7], [0.2, 1.9], 0.8),
    (0, 1, 2, 3),
    tags="ordinary comprehension container_argument",
)


def hidden_markov_likelihood(transition, emission, observations):
    alpha = np.full(transition.shape[0], 1.0 / len(transition)) * emission[:, observations[0]]
    loglik = 0.0
    for symbol in observations[1:]:
        alpha = (alpha @ transition) * emission[:, symbol]
        norm = alpha.sum()
        loglik += np.log(norm)
        alpha = alpha / norm
    return loglik


register(
    hidden_markov_likelihood, lambda r: (arr(r, 2, 2), arr(r, 2, 3), [0, 2, 1, 1, 0]), (0, 1), tags="ordinary fancy"
)


def welford(stream):
    count, mean, m2 = 0, 0.0, 0.0
    for x in stream:
        count += 1
        delta = x - mean
        mean += delta / count
        m2 += delta * (x - mean)
        yield mean, m2 / max(count - 1, 1)


def last_variance(xs):
    for mean, variance in welford(xs):
        pass
    return variance * mean


register(last_variance, lambda r: ([u(r) for _ in range(5)],), tags="ordinary generators")


def all_running_means(xs, decay):
    means = [mean for mean, _ in welford(xs)]
    return sum(m * decay**k for k, m in enumerate(means))


register(all_running_means, lambda r: ([u(r) for _ in range(4)], u(r)), (0, 1), tags="ordinary generators")


def metropolis_with_given_noise(mu, steps, uniforms):
    x, accepted = 0.5, 0
    target = lambda t: math.exp(-0.5 * (t - mu) ** 2)
    for step, level in zip(steps, uniforms):
        proposal = x + step * mu
        if level < target(proposal) / target(x):
            x = proposal
            accepted += 1
    return x + 0.01 * accepted


register(
    metropolis_with_given_noise,
    lambda r: (0.7, [0.3, -0.8, 1.2, 0.4], [0.2, 0.9, 0.5, 0.99]),
    0,
    tags="ordinary branch",
)


def bootstrap_mean_of_squares(data, seed):
    rng = np.random.default_rng(seed)
    estimates = []
    for _ in range(4):
        sample = data[rng.integers(0, len(data), size=len(data))]
        estimates.append(np.mean(sample) ** 2)
    return np.mean(np.array(estimates)) + np.std(estimates)


register(bootstrap_mean_of_squares, lambda r: (arr(r, 5), 11), tags="ordinary random fancy")


def grouped_sums(values, labels, shift):
    groups = defaultdict(list)
    for label, value in zip(labels, values):
        groups[label].append(value - shift)
    return sum(sum(v) ** 2 / len(v) for v in groups.values())


register(
    grouped_sums,
    lambda r: ([u(r) for _ in range(5)], ["a", "b", "a", "c", "b"], u(r)),
    (0, 2),
    tags="ordinary defaultdict dict",
)


@lru_cache(maxsize=None)
def log_factorial(n):
    return 0.0 if n < 2 else math.log(n) + log_factorial(n - 1)


def poisson_log_likelihood(rates, counts):
    return sum(k * math.log(lam) - lam - log_factorial(k) for lam, k in zip(rates, counts))


register(
    poisson_log_likelihood,
    lambda r: ([u(r), u(r), u(r)], [3, 0, 5]),
    tags="ordinary lru_cache",
)


def design_matrix(x, degree):
    return np.stack([x**k for k in range(degree + 1)], axis=1)


def ridge_regression(x, y, lam):
    X = design_matrix(x, 2)
    A = X.T @ X + lam * np.eye(3)
    beta = np.linalg.solve(A, X.T @ y)
    return np.sum((X @ beta - y) ** 2) + lam * np.sum(beta**2)


register(ridge_regression, lambda r: (arr(r, 5), gauss(r, 5), u(r)), (0, 1, 2), tags="ordinary linalg")


@dataclass
class Kernel:
    length: float
    amplitude: float
    kind: str = "rbf"

    def __call__(self, a, b):
        d2 = (a[:, None] - b[None, :]) ** 2 / self.length**2
        match self.kind:
            case "rbf":
                return self.amplitude * np.exp(-0.5 * d2)
            case "rq" | "rational":
                return self.amplitude / (1.0 + d2)
            case other:
                raise ValueError(other)


def gaussian_process_evidence(kernel, x, y, noise):
    K = kernel(x, x) + noise * np.eye(len(x))
    _, logdet = np.linalg.slogdet(K)
    return 0.5 * y @ np.linalg.solve(K, y) + 0.5 * logdet


register(
    gaussian_process_evidence,
    lambda r: (Kernel(u(r), u(r)), arr(r, 4), gauss(r, 4), u(r)),
    (0, 1, 2, 3),
    tags="ordinary dataclass object_argument match",
)

register(
    gaussian_process_evidence,
    lambda r: (Kernel(u(r), u(r), "rational"), arr(r, 4), gauss(r, 4), u(r)),
    (0, 3),
    tags="ordinary dataclass object_argument match",
    name="gaussian_process_rational",
)


def lagged_products(series, coefficients):
    total = 0.0
    for lag, c in enumerate(coefficients, start=1):
        for a, b in zip(series, series[lag:]):
            total += c * a * b
    return total


register(
    lagged_products,
    lambda r: ([u(r) for _ in range(5)], [u(r), u(r)]),
    (0, 1),
    tags="ordinary slices container_argument",
)


def cumulative_products_by_accumulate(returns):
    wealth = itertools.accumulate(returns, lambda w, ret: w * (1 + ret), initial=1.0)
    return sum(itertools.islice(wealth, 1, None))


register(cumulative_products_by_accumulate, lambda r: ([u(r) for _ in range(4)],), tags="ordinary itertools")


def two_way_effects(rows, columns):
    return sum(math.exp(-((a - b) ** 2)) for a, b in itertools.product(rows, columns) if a != b)


register(two_way_effects, lambda r: ([u(r), u(r)], [u(r), u(r), u(r)]), (0, 1), tags="ordinary itertools product")


class Welford:
    """Mean and variance of what is pushed."""

    def __init__(self):
        self.n = 0
        self.mean = 0.0
        self._m2 = 0.0

    def push(self, x):
        self.n += 1
        delta = x - self.mean
        self.mean += delta / self.n
        self._m2 += delta * (x - self.mean)

    @property
    def variance(self):
        return self._m2 / (self.n - 1) if self.n > 1 else 0.0

    def __len__(self):
        return self.n


def accumulator_object(xs, scale):
    stats = Welford()
    for x in xs:
        stats.push(scale * x)
    return stats.variance + stats.mean / len(stats)


register(accumulator_object, lambda r: ([u(r) for _ in range(4)], u(r)), (0, 1), tags="ordinary objects property")


def trimmed_mean(xs, cut):
    kept = sorted(xs)[cut:-cut]
    return sum(kept) / len(kept)


register(trimmed_mean, lambda r: ([0.3, 2.0, 1.1, 0.7, 1.6], 1), tags="ordinary sorted")


def rank_weighted(items, power):
    ranked = sorted(items, key=lambda item: -item[1])
    return sum(w * score**power / (rank + 1) for rank, (w, score) in enumerate(ranked))


register(
    rank_weighted,
    lambda r: ([(u(r), 0.4), (u(r), 1.7), (u(r), 0.9)], 1.5),
    (0, 1),
    tags="ordinary sorted container_argument",
)


def safe_log(x):
    try:
        return math.log(x)
    except ValueError:
        return -10.0 + 0.5 * x


def robust_log_sum(xs):
    return sum(safe_log(x) for x in xs)


register(robust_log_sum, lambda r: ([u(r), -0.4, u(r), -1.2],), tags="ordinary try")


def weighted_quantile_loss(pred, target, quantiles):
    total = 0.0
    for q in quantiles:
        e = target - pred
        total += np.sum(np.where(e > 0, q * e, (q - 1) * e))
    return total / len(quantiles)


register(
    weighted_quantile_loss,
    lambda r: (gauss(r, 4), gauss(r, 4) + 3.0 * np.array([1, -1, 1, -1]), (0.1, 0.5, 0.9)),
    (0, 1),
    tags="ordinary where",
)


def kalman_with_gaps(observations, q, r):
    mean, variance = 0.0, 1.0
    log_likelihood = 0.0
    for z in observations:
        if z is None:  # nothing was observed
            variance += q
            continue
        variance += q
        s = variance + r
        gain = variance / s
        innovation = z - mean
        mean += gain * innovation
        variance *= 1 - gain
        log_likelihood -= 0.5 * (innovation**2 / s + math.log(s))
    return log_likelihood


register(
    kalman_with_gaps, lambda r: ([u(r), None, u(r), u(r)], u(r), u(r)), (0, 1, 2), tags="ordinary none_leaves continue"
)
