"""Rules of continuous distributions, by the derivatives that tell them apart."""

from __future__ import annotations

from scipy import stats

from sct_ad.rules.scipy.stats.writing import Family, write

# Everywhere positive -----------------------------------------------------------------------------------------------

write(
    stats.norm,
    Family(
        "-y",
        lower_hazard="0.7978845608028654 / special.erfcx(-y / 1.4142135623730951)",
        upper_hazard="0.7978845608028654 / special.erfcx(y / 1.4142135623730951)",
    ),
)
write(
    stats.t,
    Family(
        "-(df + 1.0) * y / (df + y**2)",
        {
            "df": (
                "(special.digamma((df + 1.0) / 2.0) - special.digamma(df / 2.0) - 1.0 / df - np.log1p(y**2 / df)"
                " + (df + 1.0) * y**2 / (df * (df + y**2))) / 2.0",
                "stdtr_slope_df(df, y)",
            )
        },
    ),
)
write(stats.laplace, Family("-np.sign(y)"))
write(
    stats.logistic,
    Family("-np.tanh(y / 2.0)", lower_hazard="special.expit(-y)", upper_hazard="special.expit(y)"),
)
write(stats.cauchy, Family("-2.0 * y / (1.0 + y**2)"))
write(stats.gumbel_r, Family("np.exp(-y) - 1.0", lower_hazard="np.exp(-y)"))
write(stats.gumbel_l, Family("1.0 - np.exp(y)", upper_hazard="np.exp(y)"))
write(
    stats.skewnorm,
    Family(
        "0.7978845608028654 * a / special.erfcx(-a * y / 1.4142135623730951) - y",
        {"a": ("0.7978845608028654 * y / special.erfcx(-a * y / 1.4142135623730951)", None)},
        distribution=False,
    ),
)
write(
    stats.vonmises,
    Family(
        "-kappa * np.sin(y)",
        {"kappa": ("np.cos(y) - special.i1e(kappa) / special.i0e(kappa)", None)},
        distribution=False,
    ),
)

# Positive above 0 --------------------------------------------------------------------------------------------------

write(
    stats.gamma,
    Family("(a - 1.0) / y - 1.0", {"a": ("np.log(y) - special.digamma(a)", "gammainc_slope_a(a, y)")}, inside=1.0),
)
write(
    stats.chi2,
    Family(
        "(df / 2.0 - 1.0) / y - 0.5",
        {
            "df": (
                "(np.log(y / 2.0) - special.digamma(df / 2.0)) / 2.0",
                "gammainc_slope_a(df / 2.0, y / 2.0) / 2.0",
            )
        },
        inside=1.0,
    ),
)
write(
    stats.chi,
    Family(
        "(df - 1.0) / y - y",
        {
            "df": (
                "np.log(y) - (0.6931471805599453 + special.digamma(df / 2.0)) / 2.0",
                "gammainc_slope_a(df / 2.0, y**2 / 2.0) / 2.0",
            )
        },
        inside=1.0,
    ),
)
write(
    stats.invgamma,
    Family(
        "(1.0 / y - a - 1.0) / y",
        {"a": ("-np.log(y) - special.digamma(a)", "-gammainc_slope_a(a, 1.0 / y)")},
        inside=1.0,
    ),
)
write(stats.expon, Family("-1.0", inside=1.0))
write(stats.halfnorm, Family("-y", inside=1.0))
write(stats.halfcauchy, Family("-2.0 * y / (1.0 + y**2)", inside=1.0))
write(stats.rayleigh, Family("1.0 / y - y", inside=1.0))
write(stats.maxwell, Family("2.0 / y - y", inside=1.0))
write(
    stats.lognorm,
    Family(
        "-(1.0 + np.log(y) / s**2) / y",
        {
            "s": (
                "((np.log(y) / s) ** 2 - 1.0) / s",
                "-np.exp(-0.5 * (np.log(y) / s) ** 2) * np.log(y) / (2.5066282746310002 * s**2)",
            )
        },
        inside=1.0,
    ),
)
write(
    stats.weibull_min,
    Family(
        "((c - 1.0) - c * y**c) / y",
        {"c": ("1.0 / c + (1.0 - y**c) * np.log(y)", "y**c * np.log(y) * np.exp(-(y**c))")},
        inside=1.0,
    ),
)
write(
    stats.f,
    Family(
        "(dfn / 2.0 - 1.0) / y - (dfn + dfd) / 2.0 * dfn / (dfd + dfn * y)",
        {
            "dfn": (
                "(np.log(dfn * y / (dfd + dfn * y)) + 1.0 - (dfn + dfd) * y / (dfd + dfn * y)"
                " - special.digamma(dfn / 2.0) + special.digamma((dfn + dfd) / 2.0)) / 2.0",
                "fdtr_slopes(dfn, dfd, y)[0]",
            ),
            "dfd": (
                "(np.log(dfd / (dfd + dfn * y)) + 1.0 - (dfn + dfd) / (dfd + dfn * y)"
                " - special.digamma(dfd / 2.0) + special.digamma((dfn + dfd) / 2.0)) / 2.0",
                "fdtr_slopes(dfn, dfd, y)[1]",
            ),
        },
        inside=1.0,
    ),
)

# Positive elsewhere ------------------------------------------------------------------------------------------------

write(
    stats.beta,
    Family(
        "(a - 1.0) / y - (b - 1.0) / (1.0 - y)",
        {
            "a": ("np.log(y) - special.digamma(a) + special.digamma(a + b)", "betainc_slopes(a, b, y)[0]"),
            "b": ("np.log1p(-y) - special.digamma(b) + special.digamma(a + b)", "betainc_slopes(a, b, y)[1]"),
        },
        inside=0.5,
    ),
)
write(stats.uniform, Family("0.0", inside=0.5))
write(stats.powerlaw, Family("(a - 1.0) / y", {"a": ("1.0 / a + np.log(y)", "y**a * np.log(y)")}, inside=0.5))
write(stats.pareto, Family("-(b + 1.0) / y", {"b": ("1.0 / b - np.log(y)", "y ** (-b) * np.log(y)")}, inside=2.0))
