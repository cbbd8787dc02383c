"""The value of many options after Black and Scholes; the normal distribution by a polynomial.

Abramowitz and Stegun, formula 26.2.17.
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case, as_written

C1, C2, C3, C4, C5 = 0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429


def normal_cdf(x):
    k = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    tail = np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi) * k * (C1 + k * (C2 + k * (C3 + k * (C4 + k * C5))))
    return np.where(x > 0.0, 1.0 - tail, tail)


def black_scholes(spot, strike, rate, volatility, time):
    spread = volatility * np.sqrt(time)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
    d2 = d1 - spread
    calls = spot * normal_cdf(d1) - strike * np.exp(-rate * time) * normal_cdf(d2)
    return np.sum(calls)


def normal_cdf_and_slope(x):
    """The polynomial's own derivative, which is the density but for its error of 1e-7."""
    size = np.abs(x)
    k = 1.0 / (1.0 + 0.2316419 * size)
    e = np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)
    polynomial = k * (C1 + k * (C2 + k * (C3 + k * (C4 + k * C5))))
    tail = e * polynomial
    slope = C1 + k * (2.0 * C2 + k * (3.0 * C3 + k * (4.0 * C4 + k * (5.0 * C5))))
    slope *= k**2 * 0.2316419 * e
    slope += size * tail
    return np.where(x > 0.0, 1.0 - tail, tail), slope


def black_scholes_adjoint(spot, strike, rate, volatility, time):
    root = np.sqrt(time)
    spread = volatility * root
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
    d2 = d1 - spread
    n1, slope1 = normal_cdf_and_slope(d1)
    n2, slope2 = normal_cdf_and_slope(d2)
    discount = np.exp(-rate * time)
    paid = strike * discount
    bd2 = -paid * slope2
    bd1 = spot * slope1 + bd2
    t = bd1 / spread
    bspread = -bd2 - t * d1
    bspot = n1 + t / spot
    bstrike = -discount * n2 - t / strike
    due = paid * n2
    brate = np.sum(due * time) + np.sum(t * time)
    bvolatility = t * volatility * time + bspread * root
    btime = due * rate + t * (rate + 0.5 * volatility**2) + bspread * volatility * 0.5 / root
    return bspot, bstrike, brate, bvolatility, btime


def options(n):
    rng = np.random.default_rng(0)
    return (
        rng.uniform(80.0, 120.0, size=n),
        rng.uniform(80.0, 120.0, size=n),
        0.03,
        rng.uniform(0.2, 0.6, size=n),
        rng.uniform(0.2, 2.0, size=n),
    )


CASE = Case(
    name="black_scholes",
    primal=black_scholes,
    adjoint=black_scholes_adjoint,
    arguments=lambda: options(10_000),
    small_arguments=lambda: options(4),
    full_arguments=lambda: options(1_000_000),
    argnums=(0, 1, 2, 3, 4),
    autograd_primal=as_written(black_scholes),
    jax_primal=as_written(black_scholes),
    note="10,000 options (1,000,000 with --full)",
)
