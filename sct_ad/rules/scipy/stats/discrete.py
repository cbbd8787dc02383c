"""Rules of discrete distributions, by their parameters. The count and the location are integers: no derivative."""

from __future__ import annotations

from scipy import stats

from sct_ad.rules.scipy.stats.writing import register

_COUNTS = {"k": "the count k, which is an integer", "loc": "the location, which is an integer"}


def write(distribution: object, shapes: str, integers: str, log: dict[str, str], below: dict[str, str]) -> None:
    """Register the rules of a discrete distribution's methods.

    `log` has the derivatives of the logarithm of the probability by parameter, `below` those of the distribution
    function, in terms of the number `j` that is counted, rounded down in the latter.
    """
    rules = []
    refused = {**_COUNTS, **{shape: f"the parameter {shape}, which is an integer" for shape in integers.split()}}
    lines = [line for name, why in refused.items() for line in _refusal(name, why)]
    lines += [line for name in log for line in _refusal(name, f"the parameter {name}") if name not in below]
    head = ", ".join(["z", "k", *shapes.split(), "loc=0"])
    for method, share, outside in (("logpmf", "d[z]", "z != -np.inf"), ("pmf", "d[z] * z", "z != 0")):
        body = [f"def {method}({head}):", *(line for name, why in refused.items() for line in _refusal(name, why))]
        body += ["    j = standardised(k, loc, 1)", f"    inside = {outside}"]
        body += [f"    d[{p}] = np.where(inside, {share}, 0.0) * ({e})" for p, e in log.items()]
        rules.append((method, "\n".join(body)))
    for method, sign in (("cdf", ""), ("sf", "-")):
        body = [f"def {method}({head}):", *lines, "    j = np.floor(standardised(k, loc, 1))"]
        body += ["    inside = (z > 0) & (z < 1)", "    j = np.where(inside, j, 1.0)"]
        body += [f"    d[{p}] = {sign}np.where(inside, d[z], 0.0) * ({e})" for p, e in below.items()]
        rules.append((method, "\n".join(body)))
    for method, sign in (("logcdf", ""), ("logsf", "-")):
        body = [f"def {method}({head}):", *lines, "    j = np.floor(standardised(k, loc, 1))"]
        body += ["    inside = (z > -np.inf) & (z < 0)", "    j = np.where(inside, j, 1.0)"]
        body += [f"    d[{p}] = {sign}d[z] * over_probability({e}, z, inside)" for p, e in below.items()]
        rules.append((method, "\n".join(body)))
    register(distribution, rules)


def _refusal(name: str, why: str) -> tuple[str, str]:
    return f"    if active({name}):", f'        raise NotImplementedError("{why}")'


write(stats.poisson, "mu", "", {"mu": "j / mu - 1.0"}, {"mu": "-poisson.pmf(j, mu)"})
write(stats.binom, "n p", "n", {"p": "j / p - (n - j) / (1.0 - p)"}, {"p": "-n * binom.pmf(j, n - 1, p)"})
write(stats.bernoulli, "p", "", {"p": "j / p - (1.0 - j) / (1.0 - p)"}, {"p": "-1.0"})
write(stats.geom, "p", "", {"p": "1.0 / p - (j - 1.0) / (1.0 - p)"}, {"p": "j * (1.0 - p) ** (j - 1.0)"})
write(
    stats.nbinom,
    "n p",
    "",
    {"n": "special.digamma(j + n) - special.digamma(n) + np.log(p)", "p": "n / p - j / (1.0 - p)"},
    {"n": "betainc_slopes(n, j + 1.0, p)[0]", "p": "betainc_slope_x(n, j + 1.0, p)"},
)
write(
    stats.betabinom,
    "n a b",
    "n",
    {
        "a": "special.digamma(j + a) - special.digamma(n + a + b) - special.digamma(a) + special.digamma(a + b)",
        "b": "special.digamma(n - j + b) - special.digamma(n + a + b) - special.digamma(b) + special.digamma(a + b)",
    },
    {},
)
