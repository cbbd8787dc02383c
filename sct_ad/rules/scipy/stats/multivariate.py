# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the multivariate normal and the Dirichlet distribution.

SciPy reads the lower triangle of a covariance matrix, and so do the cotangents: the upper triangle's are 0.
"""

from __future__ import annotations

from scipy import stats

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import d, static, tangent
from sct_ad.runtime.scipy.stats import (
    dirichlet_cotangents,
    dirichlet_tangent,
    multivariate_normal_cotangents,
    multivariate_normal_tangent,
)


@array_adjoint(stats.multivariate_normal.logpdf)
def normal_logpdf(z, x, mean=None, cov=1, allow_singular=False):
    if static(allow_singular) and not allow_singular:
        cotangents = multivariate_normal_cotangents(d[z], x, mean, cov)
        d[x] = cotangents[0]
        d[mean] = cotangents[1]
        d[cov] = cotangents[2]
    else:
        raise NotImplementedError("allow_singular, under which the density has no derivative by the covariance")


@array_adjoint(stats.multivariate_normal.pdf)
def normal_pdf(z, x, mean=None, cov=1, allow_singular=False):
    if static(allow_singular) and not allow_singular:
        cotangents = multivariate_normal_cotangents(d[z] * z, x, mean, cov)
        d[x] = cotangents[0]
        d[mean] = cotangents[1]
        d[cov] = cotangents[2]
    else:
        raise NotImplementedError("allow_singular, under which the density has no derivative by the covariance")


@array_adjoint(stats.dirichlet.logpdf)
def dirichlet_logpdf(z, x, alpha):
    cotangents = dirichlet_cotangents(d[z], x, alpha)
    d[x] = cotangents[0]
    d[alpha] = cotangents[1]


@array_adjoint(stats.dirichlet.pdf)
def dirichlet_pdf(z, x, alpha):
    cotangents = dirichlet_cotangents(d[z] * z, x, alpha)
    d[x] = cotangents[0]
    d[alpha] = cotangents[1]


@tangent(stats.multivariate_normal.logpdf)
def normal_logpdf_change(z, x, mean=None, cov=1, allow_singular=False):
    d[z] = multivariate_normal_tangent(x, mean, cov, change_of(x), change_of(mean), change_of(cov))


@tangent(stats.multivariate_normal.pdf)
def normal_pdf_change(z, x, mean=None, cov=1, allow_singular=False):
    d[z] = z * multivariate_normal_tangent(x, mean, cov, change_of(x), change_of(mean), change_of(cov))


@tangent(stats.dirichlet.logpdf)
def dirichlet_logpdf_change(z, x, alpha):
    d[z] = dirichlet_tangent(x, alpha, change_of(x), change_of(alpha))


@tangent(stats.dirichlet.pdf)
def dirichlet_pdf_change(z, x, alpha):
    d[z] = z * dirichlet_tangent(x, alpha, change_of(x), change_of(alpha))
