# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of orthogonal polynomials in their arguments, DLMF 18.9.15 to 18.9.25. Degrees and parameters are refused."""

from __future__ import annotations

import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d, static


@adjoint(special.eval_legendre, elementwise=True)
def eval_legendre(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * (n + 1) / 2.0 * special.eval_jacobi(n - 1, 1.0, 1.0, x)


@adjoint(special.eval_sh_legendre, elementwise=True)
def eval_sh_legendre(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * (n + 1) * special.eval_jacobi(n - 1, 1.0, 1.0, 2.0 * x - 1.0)


@adjoint(special.eval_chebyt, elementwise=True)
def eval_chebyt(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * n * special.eval_chebyu(n - 1, x)


@adjoint(special.eval_chebyu, elementwise=True)
def eval_chebyu(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * 2.0 * special.eval_gegenbauer(n - 1, 2.0, x)


@adjoint(special.eval_chebyc, elementwise=True)
def eval_chebyc(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * n * special.eval_chebys(n - 1, x)


@adjoint(special.eval_chebys, elementwise=True)
def eval_chebys(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * special.eval_gegenbauer(n - 1, 2.0, x / 2.0)


@adjoint(special.eval_sh_chebyt, elementwise=True)
def eval_sh_chebyt(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * 2.0 * n * special.eval_sh_chebyu(n - 1, x)


@adjoint(special.eval_sh_chebyu, elementwise=True)
def eval_sh_chebyu(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = d[z] * 4.0 * special.eval_gegenbauer(n - 1, 2.0, 2.0 * x - 1.0)


@adjoint(special.eval_hermite, elementwise=True)
def eval_hermite(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    elif static(n) and n > 0:
        d[x] = d[z] * 2.0 * n * special.eval_hermite(n - 1, x)
    else:
        d[x] = d[z] * 2.0 * n * special.eval_hermite(np.maximum(n, 1) - 1, x)


@adjoint(special.eval_hermitenorm, elementwise=True)
def eval_hermitenorm(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    elif static(n) and n > 0:
        d[x] = d[z] * n * special.eval_hermitenorm(n - 1, x)
    else:
        d[x] = d[z] * n * special.eval_hermitenorm(np.maximum(n, 1) - 1, x)


@adjoint(special.eval_laguerre, elementwise=True)
def eval_laguerre(z, n, x):
    if active(n):
        raise NotImplementedError("the degree n")
    d[x] = -d[z] * special.eval_genlaguerre(n - 1, 1.0, x)


@adjoint(special.eval_genlaguerre, elementwise=True)
def eval_genlaguerre(z, n, alpha, x):
    if active(n) or active(alpha):
        raise NotImplementedError("the degree n and the parameter alpha")
    d[x] = -d[z] * special.eval_genlaguerre(n - 1, alpha + 1.0, x)


@adjoint(special.eval_gegenbauer, elementwise=True)
def eval_gegenbauer(z, n, alpha, x):
    if active(n) or active(alpha):
        raise NotImplementedError("the degree n and the parameter alpha")
    d[x] = d[z] * 2.0 * alpha * special.eval_gegenbauer(n - 1, alpha + 1.0, x)


@adjoint(special.eval_jacobi, elementwise=True)
def eval_jacobi(z, n, alpha, beta, x):
    if active(n) or active(alpha) or active(beta):
        raise NotImplementedError("the degree n and the parameters")
    d[x] = d[z] * (n + alpha + beta + 1.0) / 2.0 * special.eval_jacobi(n - 1, alpha + 1.0, beta + 1.0, x)


@adjoint(special.eval_sh_jacobi, elementwise=True)
def eval_sh_jacobi(z, n, p, q, x):
    if active(n) or active(p) or active(q):
        raise NotImplementedError("the degree n and the parameters")
    slope = (n + p) / special.binom(2.0 * n + p - 1.0, n)
    d[x] = d[z] * slope * special.eval_jacobi(n - 1, p - q + 1.0, q, 2.0 * x - 1.0)


@adjoint(special.lpmv, elementwise=True, singular=True)
def lpmv(z, m, v, x):
    """DLMF 14.10.5."""
    if active(m) or active(v):
        raise NotImplementedError("the order m and the degree v")
    d[x] = d[z] * ((m - v - 1) * special.lpmv(m, v + 1, x) + (v + 1) * x * z) / (1.0 - x**2)


@adjoint(special.sph_harm_y, elementwise=True)
def sph_harm_y(z, n, m, theta, phi, *, diff_n=0):
    if active(n) or active(m):
        raise NotImplementedError("the degree n and the order m")
    elif static(diff_n) and diff_n == 0:
        d[theta] = d[z] * special.sph_harm_y(n, m, theta, phi, diff_n=1)[1][..., 0]
        d[phi] = d[z] * 1j * m * z
    else:
        raise NotImplementedError("diff_n other than 0; write the derivatives that are wanted by themselves")
