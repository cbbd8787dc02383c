"""Test data of the rules of `scipy.stats`."""

import numpy as np
from scipy import stats

from tests.rules.array_cases import Call, numbers, other

TOPIC = "scipy.stats"

V = numbers(2)
P = np.abs(numbers(2))
S = np.array([[0.7], [1.8]])  # broadcasts
U = np.array([0.15, 0.8])
CASES = {}
SHIFTED = ("norm", "gamma", "beta")
REAL = {"complex": "random variables are real"}

DISTRIBUTIONS = {
    "norm": (V, ()), "t": (V, (3.5,)), "laplace": (V, ()), "logistic": (V, ()), "cauchy": (V, ()), "gumbel_r": (V, ()),
    "gumbel_l": (V, ()), "skewnorm": (V, (1.3,)), "vonmises": (V, (1.7,)), "gamma": (P, (2.5,)), "chi2": (P, (3.0,)),
    "chi": (P, (2.5,)), "invgamma": (P, (1.5,)), "expon": (P, ()), "halfnorm": (P, ()), "halfcauchy": (P, ()),
    "rayleigh": (P, ()), "maxwell": (P, ()), "lognorm": (P, (0.8,)), "weibull_min": (P, (1.5,)), "f": (P, (3.0, 5.5)),
    "beta": (U, (1.5, 2.5)), "uniform": (U, ()), "powerlaw": (U, (1.5,)), "pareto": (P + 1.0, (2.5,)),
}  # fmt: skip
for _name, (_x, _shapes) in DISTRIBUTIONS.items():
    _distribution = getattr(stats, _name)
    for _method in ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf"):
        if _name in ("skewnorm", "vonmises") and "pdf" not in _method:
            continue
        _outside = _x is not V and "log" not in _method
        CASES[getattr(_distribution, _method)] = [
            Call(np.append(_x, -3.0) if _outside else _x, *_shapes, leave_out=REAL),
            *(
                [Call(_x * S + 0.4, *_shapes, 0.4, S, leave_out=REAL)]
                if _name in SHIFTED or _method == "logpdf"
                else []
            ),
        ]
        if _method == "logpdf":
            CASES[_distribution.logpdf].append(
                Call(0.8, *_shapes, loc=-0.1 if _name != "pareto" else -1.0, scale=1.3, leave_out=REAL)
            )
    for _method in ("ppf", "isf"):
        if _name not in ("skewnorm", "vonmises"):
            CASES[getattr(_distribution, _method)] = [
                Call(U, *_shapes, 0.4, S[0], leave_out=REAL),
                Call(0.3, *_shapes, leave_out=REAL),
            ]
K = np.array([0, 1, 3])
COUNTED = {
    "poisson": (K, (1.7,)), "binom": (K, (4, 0.3)), "bernoulli": (K[:2], (0.3,)), "geom": (K + 1, (0.3,)),
    "nbinom": (K, (2.5, 0.4)), "betabinom": (K, (4, 1.5, 2.5)),
}  # fmt: skip
for _name, (_k, _shapes) in COUNTED.items():
    for _method in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf"):
        if _name == "betabinom" and "pmf" not in _method:
            CASES[getattr(stats.betabinom, _method)] = []  # the shape parameters are refused
            continue
        _within = _k[:-1] if _method == "logsf" else _k
        CASES[getattr(getattr(stats, _name), _method)] = [Call(_within, *_shapes, leave_out=REAL)]
CASES[stats.poisson.logpmf] += [
    Call(1, 1.7, leave_out=REAL),
    Call(K[:, None] + 1, np.array([0.2, 0.7]), 1, leave_out=REAL),
]
CASES[stats.poisson.pmf].append(Call(K - 2, 1.7, leave_out=REAL))

COVARIANCE = np.array([[2.0, 0.3], [0.3, 1.5]])
SINGLE = {**REAL, "sizes 1": "the size is that of the covariance", "sizes 0": "the size is that of the covariance"}
for _method in ("logpdf", "pdf"):
    CASES[getattr(stats.multivariate_normal, _method)] = [
        Call(numbers(2), other(2), COVARIANCE, leave_out=REAL), Call(numbers(3, 2), other(2), COVARIANCE, leave_out=REAL),
        Call(numbers(2, 3, 2), cov=COVARIANCE, leave_out=REAL), Call(numbers(3, 2), other(2), 1.3, leave_out=REAL), Call(numbers(2), other(2), np.array([0.7, 1.3]), leave_out=REAL),
        Call(0.7, 0.3, 1.3, leave_out=REAL), Call(numbers(3), leave_out=REAL), Call([0.5, 1.5], [0.3, 0.7], [[2.0, 0.0], [0.3, 1.5]], leave_out=REAL),
    ]  # fmt: skip
    CASES[getattr(stats.dirichlet, _method)] = [
        Call(np.array([0.2, 0.3]), np.array([1.5, 2.5, 0.7]), leave_out=REAL), Call(np.array([[0.2, 0.5], [0.3, 0.1]]), np.array([1.5, 2.5, 0.7]), leave_out=REAL),
        Call([0.2, 0.3, 0.5], [1.5, 2.5, 0.7], literal=(0,), leave_out=REAL),
    ]  # fmt: skip
A = np.abs(numbers(3, 4))
REDUCED = [Call(A[0]), Call(A), Call(A, axis=1), Call(A, axis=None), Call([0.5, 1.5, 0.7])]
CASES |= {
    stats.gmean: [*REDUCED, Call(A, axis=1, keepdims=True)],
    stats.hmean: REDUCED,
    stats.zscore: [Call(A[0]), Call(A, axis=1, ddof=1), Call(A, axis=None), Call([0.5, 1.5, 0.7])],
    stats.sem: [*REDUCED, Call(A, axis=1, ddof=0)],
    stats.variation: [*REDUCED, Call(A, axis=1, ddof=1, keepdims=True)],
    stats.skew: [*REDUCED, Call(A, axis=1, bias=False)],
    stats.kurtosis: [*REDUCED, Call(A, axis=1, bias=False, fisher=False)],
    stats.moment: [Call(A, 2, literal=(1,)), Call(A, 3, axis=1, literal=(1, "axis")), Call(A[0], 3, center=0.5, literal=(1, "center"))],
    stats.entropy: [*REDUCED, Call(A, np.abs(other(3, 4)), axis=1), Call(A[0], np.abs(other(4)), 2)],
}  # fmt: skip
