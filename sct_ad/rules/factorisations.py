# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of NumPy's matrix factorisations and eigenvalues; `sct_ad.runtime.factorisations` tells what has no derivative.

`cholesky`, `eigh` and `eigvalsh` read one triangle of their argument: it gets all of the cotangent, and the other one
gets zero, as finite differences of the function see it. JAX and autograd give each triangle half of it. For arguments
that are made symmetric by the program (`(a + a.T) / 2`, `a @ a.T`) there is no difference.
"""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.registry import d, tangent, zero_derivative
from sct_ad.runtime.factor_tangents import (
    cholesky_tangent,
    eig_tangent,
    eigh_tangent,
    eigvals_tangent,
    eigvalsh_tangent,
    hermitian_singular_values_tangent,
    qr_tangent,
    svd_tangent,
    triangular_factor_tangent,
)
from sct_ad.runtime.factorisations import (
    cholesky_cotangent,
    eig_cotangent,
    eigh_cotangent,
    eigvals_cotangent,
    eigvalsh_cotangent,
    hermitian_singular_values_cotangent,
    qr_cotangent,
    svd_cotangent,
    triangular_factor_cotangent,
)
from sct_ad.runtime.inverse_tangents import singular_values_tangent
from sct_ad.runtime.linalg import singular_values_cotangent

zero_derivative(np.linalg.matrix_rank)


@array_adjoint(np.linalg.cholesky)
def cholesky(z, a, *, upper=False):
    if upper is False:
        d[a] = cholesky_cotangent(d[z], z)
    else:
        d[a] = cholesky_cotangent(d[z], z, upper)


@tangent(np.linalg.cholesky)
def cholesky_change(z, a, *, upper=False):
    if upper is False:
        d[z] = cholesky_tangent(d[a], z)
    else:
        d[z] = cholesky_tangent(d[a], z, upper)


@array_adjoint(np.linalg.eigh)
def eigh(z, a, UPLO="L"):
    d[a] = eigh_cotangent(d[z][0], d[z][1], z[0], z[1], UPLO)


@tangent(np.linalg.eigh)
def eigh_change(z, a, UPLO="L"):
    d[z] = eigh_tangent(d[a], z[0], z[1], UPLO)


@array_adjoint(np.linalg.eigvalsh)
def eigvalsh(z, a, UPLO="L"):
    d[a] = eigvalsh_cotangent(d[z], a, UPLO)


@tangent(np.linalg.eigvalsh)
def eigvalsh_change(z, a, UPLO="L"):
    d[z] = eigvalsh_tangent(d[a], a, UPLO)


@array_adjoint(np.linalg.eig)
def eig(z, a):
    d[a] = eig_cotangent(d[z][0], d[z][1], z[0], z[1], a)


@tangent(np.linalg.eig)
def eig_change(z, a):
    d[z] = eig_tangent(d[a], z[0], z[1])


@array_adjoint(np.linalg.eigvals)
def eigvals(z, a):
    d[a] = eigvals_cotangent(d[z], z, a)


@tangent(np.linalg.eigvals)
def eigvals_change(z, a):
    d[z] = eigvals_tangent(d[a], z, a)


@array_adjoint(np.linalg.svd)
def svd(z, a, full_matrices=True, compute_uv=True, hermitian=False):
    if compute_uv is False and hermitian is False:
        d[a] = singular_values_cotangent(d[z], a)
    elif compute_uv is False and hermitian is True:
        d[a] = hermitian_singular_values_cotangent(d[z], z, a)
    elif compute_uv is True:
        d[a] = svd_cotangent(d[z][0], d[z][1], d[z][2], z, a, hermitian)
    else:
        raise NotImplementedError("a compute_uv or hermitian that is not known at compile time")


@tangent(np.linalg.svd)
def svd_change(z, a, full_matrices=True, compute_uv=True, hermitian=False):
    if compute_uv is False and hermitian is False:
        d[z] = singular_values_tangent(d[a], a)
    elif compute_uv is False and hermitian is True:
        d[z] = hermitian_singular_values_tangent(d[a], a)
    elif compute_uv is True:
        d[z] = svd_tangent(d[a], z, hermitian)
    else:
        raise NotImplementedError("a compute_uv or hermitian that is not known at compile time")


@array_adjoint(np.linalg.qr)
def qr(z, a, mode="reduced"):
    if mode in ("reduced", "complete"):
        d[a] = qr_cotangent(d[z][0], d[z][1], z[0], z[1], a)
    elif mode == "r":
        d[a] = triangular_factor_cotangent(d[z], z, a)
    elif mode == "raw":
        raise NotImplementedError("mode='raw', Householder vectors; take mode='reduced'")
    else:
        raise NotImplementedError("a mode that is not known at compile time")


@tangent(np.linalg.qr)
def qr_change(z, a, mode="reduced"):
    if mode in ("reduced", "complete"):
        d[z] = qr_tangent(d[a], z[0], z[1], a)
    elif mode == "r":
        d[z] = triangular_factor_tangent(d[a], z, a)
    elif mode == "raw":
        raise NotImplementedError("mode='raw', Householder vectors; take mode='reduced'")
    else:
        raise NotImplementedError("a mode that is not known at compile time")


if hasattr(np.linalg, "svdvals"):

    @array_adjoint(np.linalg.svdvals)
    def svdvals(z, x):
        d[x] = singular_values_cotangent(d[z], x)

    @tangent(np.linalg.svdvals)
    def svdvals_change(z, x):
        d[z] = singular_values_tangent(d[x], x)
