# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of NumPy's linear algebra: determinants, inverses and solutions of linear systems."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.linear import adjoint_of
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import active, adjoint, d, kind, ndim, tangent
from sct_ad.runtime.inverse_tangents import lstsq_tangent, pinv_tangent, truncated_pinv_tangent
from sct_ad.runtime.linalg import (
    cofactors,
    cofactors_tangent,
    inverse_transposed,
    log_of_determinant,
    lstsq_cotangents,
    pinv_cotangent,
    power_cotangent,
    power_tangent,
    slogdet_cotangent,
    slogdet_tangent,
    solve_cotangents,
    solve_tangent,
    tensorinv_cotangent,
    tensorinv_tangent,
    tensorsolve_cotangents,
    tensorsolve_tangent,
    truncated_pinv_cotangent,
)


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


@tangent(np.linalg.solve)
def solve_change(z, a, b):
    if (ndim(a) == 2 and ndim(b) in (1, 2)) and not active(a):
        d[z] = np.linalg.solve(a, d[b])
    elif (ndim(a) == 2 and ndim(b) in (1, 2)) and not active(b):
        d[z] = -np.linalg.solve(a, d[a] @ z)
    elif ndim(a) == 2 and ndim(b) in (1, 2):
        d[z] = np.linalg.solve(a, d[b] - d[a] @ z)
    else:
        d[z] = solve_tangent(change_of(a), change_of(b), z, a, b)


@array_adjoint(np.linalg.inv)
def inverse(z, a):
    d[a] = -adjoint_of(z) @ d[z] @ adjoint_of(z)


@tangent(np.linalg.inv)
def inverse_change(z, a):
    d[z] = -z @ d[a] @ z


@array_adjoint(np.linalg.pinv)
def pseudo_inverse(z, a, rcond=None, hermitian=False, *, rtol=None):
    """The rank is taken to stay; a cut-off of one's own may leave out singular values that are not zero."""
    if (rcond is None or rcond == 1e-15) and rtol is None and hermitian is False:
        d[a] = pinv_cotangent(d[z], z, a)
    else:
        d[a] = truncated_pinv_cotangent(d[z], z, a, hermitian)


@tangent(np.linalg.pinv)
def pseudo_inverse_change(z, a, rcond=None, hermitian=False, *, rtol=None):
    if (rcond is None or rcond == 1e-15) and rtol is None and hermitian is False:
        d[z] = pinv_tangent(d[a], z, a)
    else:
        d[z] = truncated_pinv_tangent(d[a], z, a, hermitian)


@array_adjoint(np.linalg.det)
def determinant(z, a):
    if ndim(a) == 2:
        d[a] = d[z] * cofactors(a)
    else:
        d[a] = np.expand_dims(d[z], (-2, -1)) * cofactors(a)


@tangent(np.linalg.det)
def determinant_change(z, a):
    if ndim(a) == 2:
        d[z] = np.sum(cofactors(a) * d[a])
    else:
        d[z] = np.sum(cofactors(a) * d[a], axis=(-2, -1))


@array_adjoint(log_of_determinant)
def logarithm_of_determinant(z, a, inverse=None):
    """Jacobi's formula: d log det a = tr(inv(a) da)."""
    if inverse is None:
        d[a] = d[z] * inverse_transposed(a)
    else:
        d[a] = d[z] * inverse.T


@tangent(log_of_determinant)
def logarithm_of_determinant_change(z, a, inverse=None):
    if inverse is None:
        d[z] = np.sum(inverse_transposed(a) * d[a])
    else:
        d[z] = np.sum(inverse.T * d[a])


@array_adjoint(np.linalg.slogdet)
def log_determinant(z, a):
    """The sign of a real determinant is constant; that of a complex one turns. Singular matrices give NaN."""
    if kind(a) == "float" and ndim(a) == 2:
        d[a] = d[z][1] * inverse_transposed(a)
    elif kind(a) == "float":
        d[a] = np.expand_dims(d[z][1], (-2, -1)) * inverse_transposed(a)
    else:
        d[a] = slogdet_cotangent(d[z][1], d[z][0], z[0], a)


@tangent(np.linalg.slogdet)
def log_determinant_change(z, a):
    d[z] = slogdet_tangent(d[a], z[0], a)


@array_adjoint(np.linalg.matrix_power)
def matrix_power(z, a, n):
    if n == 1:
        d[a] = d[z]
    elif n == 2:
        d[a] = d[z] @ adjoint_of(a) + adjoint_of(a) @ d[z]
    else:
        d[a] = power_cotangent(d[z], a, n)


@tangent(np.linalg.matrix_power)
def matrix_power_change(z, a, n):
    if n == 1:
        d[z] = d[a]
    elif n == 2:
        d[z] = d[a] @ a + a @ d[a]
    else:
        d[z] = power_tangent(d[a], a, n)


@array_adjoint(np.linalg.lstsq)
def least_squares(z, a, b, rcond=None):
    """The rank is taken to stay."""
    both = lstsq_cotangents(d[z], z, a, b)
    d[a] = both[0]
    d[b] = both[1]


@tangent(np.linalg.lstsq)
def least_squares_change(z, a, b):
    d[z] = lstsq_tangent(z, a, b, change_of(a), change_of(b))


@array_adjoint(np.linalg.tensorsolve)
def tensorsolve(z, a, b, axes=None):
    both = tensorsolve_cotangents(d[z], z, a, b, axes)
    d[a] = both[0]
    d[b] = both[1]


@tangent(np.linalg.tensorsolve)
def tensorsolve_change(z, a, b, axes=None):
    d[z] = tensorsolve_tangent(change_of(a), change_of(b), z, a, b, axes)


@array_adjoint(np.linalg.tensorinv)
def tensorinv(z, a, ind=2):
    d[a] = tensorinv_cotangent(d[z], z, a, ind)


@tangent(np.linalg.tensorinv)
def tensorinv_change(z, a, ind=2):
    d[z] = tensorinv_tangent(d[a], z, a, ind)


@adjoint(cofactors)
def of_cofactors(z, a):
    """The second derivative of the determinant is symmetric."""
    d[a] = cofactors_tangent(d[z], a)


@tangent(cofactors)
def of_cofactors_change(z, a):
    d[z] = cofactors_tangent(d[a], a)
