# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of NumPy's linear algebra: norms, determinants, solutions of linear systems, factorisations."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint, conj
from sct_ad.rules.linear import adjoint_of
from sct_ad.rules.macros import expanded
from sct_ad.rules.reductions import tally
from sct_ad.rules.registry import d, ndim
from sct_ad.runtime.linalg import (
    cholesky_cotangent,
    cofactors,
    eigh_cotangent,
    eigvalsh_cotangent,
    matrix_norm_cotangent,
    pinv_cotangent,
    power_cotangent,
    singular_values_cotangent,
    solve_cotangents,
)

INFINITY = float("inf")


@array_adjoint(np.linalg.norm)
def norm(z, x, ord=None, axis=None, keepdims=False):
    """Zero vectors have norm 0 and derivative 0."""
    if ord is None or (ord == 2 and (ndim(x) == 1 or isinstance(axis, int))) or ord == "fro":
        d[x] = expanded(d[z] / (z + (z == 0)), x, axis, keepdims) * conj(x)
    elif ndim(x) == 2 and axis is None and ord in (1, -1, 2, -2, INFINITY, -INFINITY, "nuc") and not keepdims:
        d[x] = matrix_norm_cotangent(d[z], z, x, ord)
    elif ndim(x) == 1 or isinstance(axis, int):
        if ord == 0:
            pass
        elif ord == 1:
            d[x] = expanded(d[z], x, axis, keepdims) * np.sign(x)
        elif ord in (INFINITY, -INFINITY):
            ties = np.abs(x) == expanded(z, x, axis, keepdims)
            d[x] = expanded(d[z], x, axis, keepdims) * np.sign(x) * ties / tally(ties, x, axis)
        elif isinstance(ord, (int, float)):
            scale = d[z] / (z + (z == 0)) ** (ord - 1)
            d[x] = expanded(scale, x, axis, keepdims) * np.sign(x) * (np.abs(x) + (x == 0)) ** (ord - 1)
        else:
            raise NotImplementedError("an order of norm that is not known at compile time")
    else:
        raise NotImplementedError("this order of norm; use None, 2, 1 or np.inf, of vectors or along one axis")


@array_adjoint(np.linalg.solve)
def solve(z, a, b):
    if ndim(a) == 2 and ndim(b) == 1:
        w = np.linalg.solve(a.T, d[z])
        d[a] = -np.outer(w, z)
        d[b] = w
    elif ndim(a) == 2 and ndim(b) == 2:
        w = np.linalg.solve(a.T, d[z])
        d[a] = -w @ z.T
        d[b] = w
    else:
        both = solve_cotangents(d[z], z, a, b)
        d[a] = both[0]
        d[b] = both[1]


@array_adjoint(np.linalg.inv)
def inverse(z, a):
    d[a] = -adjoint_of(z) @ d[z] @ adjoint_of(z)


@array_adjoint(np.linalg.pinv)
def pseudo_inverse(z, a):
    d[a] = pinv_cotangent(d[z], z, a)


@array_adjoint(np.linalg.det)
def determinant(z, a):
    if ndim(a) == 2:
        d[a] = d[z] * cofactors(a)
    else:
        d[a] = np.expand_dims(d[z], (-2, -1)) * cofactors(a)


@array_adjoint(np.linalg.slogdet)
def log_determinant(z, a):
    if ndim(a) == 2:
        d[a] = d[z][1] * np.linalg.inv(a).T
    else:
        d[a] = np.expand_dims(d[z][1], (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)


@array_adjoint(np.linalg.matrix_power)
def matrix_power(z, a, n):
    if n == 1:
        d[a] = d[z]
    elif n == 2:
        d[a] = d[z] @ adjoint_of(a) + adjoint_of(a) @ d[z]
    else:
        d[a] = power_cotangent(d[z], a, n)


@array_adjoint(np.linalg.cholesky)
def cholesky(z, a):
    d[a] = cholesky_cotangent(d[z], z)


@array_adjoint(np.linalg.eigh)
def eigh(z, a, UPLO="L"):
    d[a] = eigh_cotangent(d[z][0], d[z][1], z[0], z[1], UPLO)


@array_adjoint(np.linalg.eigvalsh)
def eigvalsh(z, a, UPLO="L"):
    d[a] = eigvalsh_cotangent(d[z], a, UPLO)


@array_adjoint(np.linalg.svd)
def svd(z, a, full_matrices=True, compute_uv=True):
    if not compute_uv:
        d[a] = singular_values_cotangent(d[z], a)
    else:
        raise NotImplementedError("singular vectors; with compute_uv=False the singular values have a rule")
