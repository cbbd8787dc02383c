# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of SciPy's solvers of linear systems and matrix equations, of inverses and determinants."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sct_ad.rules.arrays import conj
from sct_ad.rules.gradients import pushed
from sct_ad.rules.linear import adjoint_of
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import active, d, linear_in, ndim, reduction, tangent, tangent_emitter
from sct_ad.rules.scipy.calls import python_adjoint, python_pullback
from sct_ad.rules.tangents import Tangent
from sct_ad.runtime.inverse_tangents import lstsq_tangent, pinv_tangent, truncated_pinv_tangent
from sct_ad.runtime.linalg import cofactors, lstsq_cotangents, pinv_cotangent, truncated_pinv_cotangent
from sct_ad.runtime.norms import norm_cotangent
from sct_ad.runtime.scipy.linear_systems import (
    banded_solve_cotangents,
    circulant_solve_cotangents,
    continuous_lyapunov_cotangents,
    continuous_riccati_cotangents,
    discrete_lyapunov_cotangents,
    factored_cholesky_cotangents,
    factored_lu_cotangents,
    hermitian_banded_solve_cotangents,
    hermitian_pinv_cotangent,
    structured_solve_cotangents,
    sylvester_cotangents,
    toeplitz_product_cotangents,
    toeplitz_product_cotangents_tangent,
    toeplitz_solve_cotangents,
    toeplitz_solve_cotangents_tangent,
    triangular_solve_cotangents,
)
from sct_ad.runtime.scipy.system_tangents import (
    banded_solve_tangent,
    circulant_solve_tangent,
    continuous_lyapunov_tangent,
    continuous_riccati_tangent,
    discrete_lyapunov_tangent,
    factored_cholesky_banded_tangent,
    factored_cholesky_tangent,
    factored_lu_tangent,
    hermitian_banded_solve_tangent,
    structured_solve_tangent,
    sylvester_tangent,
    toeplitz_solve_tangent,
    triangular_solve_tangent,
)
from sct_ad.syntax import nodes


@python_adjoint(linalg.solve)
def solve(z, a, b, lower=False, assume_a=None, transposed=False):
    if assume_a in (None, "gen", "general") and transposed is False and ndim(a) == 2 and ndim(b) == 1:
        w = linalg.solve(a.T, d[z])
        d[a] = -np.outer(w, z)
        d[b] = w
    elif assume_a in (None, "gen", "general") and transposed is False and ndim(a) == 2 and ndim(b) == 2:
        w = linalg.solve(a.T, d[z])
        d[a] = -w @ z.T
        d[b] = w
    else:
        both = structured_solve_cotangents(d[z], z, a, b, lower, assume_a, transposed)
        d[a] = both[0]
        d[b] = both[1]


@python_adjoint(linalg.solve_triangular)
def solve_triangular(z, a, b, trans=0, lower=False, unit_diagonal=False):
    """The other triangle of `a` is not read: its cotangent is zero."""
    both = triangular_solve_cotangents(d[z], z, a, b, trans, lower, unit_diagonal)
    d[a] = both[0]
    d[b] = both[1]


@python_adjoint(linalg.solve_banded)
def solve_banded(z, l_and_u, ab, b):
    both = banded_solve_cotangents(d[z], z, l_and_u, ab, b)
    d[ab] = both[0]
    d[b] = both[1]


@python_adjoint(linalg.solveh_banded)
def solveh_banded(z, ab, b, lower=False):
    both = hermitian_banded_solve_cotangents(d[z], z, ab, b, lower)
    d[ab] = both[0]
    d[b] = both[1]


@python_pullback(linalg.solve_toeplitz)
def solve_toeplitz(dz, z, c_or_cr, b):
    return toeplitz_solve_cotangents(dz, z, c_or_cr, b)


@python_pullback(linalg.matmul_toeplitz)
def matmul_toeplitz(dz, z, c_or_cr, x):
    return toeplitz_product_cotangents(dz, c_or_cr, x)


@python_adjoint(linalg.solve_circulant)
def solve_circulant(z, c, b):
    both = circulant_solve_cotangents(d[z], z, c, b)
    d[c] = both[0]
    d[b] = both[1]


@python_pullback(linalg.cho_solve)
def cho_solve(dz, z, c_and_lower, b):
    return factored_cholesky_cotangents(dz, z, c_and_lower, b)


@python_pullback(linalg.cho_solve_banded)
def cho_solve_banded(dz, z, cb_and_lower, b):
    return factored_cholesky_cotangents(dz, z, cb_and_lower, b, True)


@python_pullback(linalg.lu_solve)
def lu_solve(dz, z, lu_and_piv, b, trans=0):
    return (*factored_lu_cotangents(dz, z, lu_and_piv, b, trans), None)


@python_adjoint(linalg.lstsq)
def least_squares(z, a, b, cond=None):
    """The rank is taken to stay."""
    both = lstsq_cotangents(d[z], z, a, b)
    d[a] = both[0]
    d[b] = both[1]


@python_adjoint(linalg.inv)
def inverse(z, a):
    d[a] = -adjoint_of(z) @ d[z] @ adjoint_of(z)


@python_adjoint(linalg.det)
def determinant(z, a):
    if ndim(a) == 2:
        d[a] = d[z] * cofactors(a)
    else:
        d[a] = np.expand_dims(d[z], (-2, -1)) * cofactors(a)


@python_adjoint(linalg.pinv)
def pseudo_inverse(z, a, atol=None, rtol=None):
    """The rank is taken to stay; a cut-off of one's own may leave out singular values that are not zero."""
    if atol is None and rtol is None:
        d[a] = pinv_cotangent(d[z], z, a)
    else:
        d[a] = truncated_pinv_cotangent(d[z], z, a)


@python_adjoint(linalg.pinvh)
def hermitian_pseudo_inverse(z, a, atol=None, rtol=None, lower=True):
    d[a] = hermitian_pinv_cotangent(d[z], z, a, lower)


@python_adjoint(linalg.norm)
def norm(z, a, ord=None, axis=None, keepdims=False):
    if ord is None and axis is None and keepdims is False:
        d[a] = d[z] / (z + (z == 0)) * conj(a)
    else:
        d[a] = norm_cotangent(d[z], z, a, ord, axis, keepdims)


@python_adjoint(linalg.solve_sylvester)
def solve_sylvester(z, a, b, q):
    parts = sylvester_cotangents(d[z], z, a, b)
    d[a] = parts[0]
    d[b] = parts[1]
    d[q] = parts[2]


@python_adjoint(linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov(z, a, q):
    both = continuous_lyapunov_cotangents(d[z], z, a)
    d[a] = both[0]
    d[q] = both[1]


@python_adjoint(linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov(z, a, q):
    both = discrete_lyapunov_cotangents(d[z], z, a)
    d[a] = both[0]
    d[q] = both[1]


@python_adjoint(linalg.solve_continuous_are)
def solve_continuous_are(z, a, b, q, r):
    """`q` and `r` are taken to be Hermitian, as SciPy asks."""
    parts = continuous_riccati_cotangents(d[z], z, a, b, r)
    d[a] = parts[0]
    d[b] = parts[1]
    d[q] = parts[2]
    d[r] = parts[3]


# Tangents ----------------------------------------------------------------------------------------------------------

linear_in("c_or_cr | x", linalg.matmul_toeplitz)
reduction(linalg.norm)


@tangent(linalg.solve)
def solve_change(z, a, b, lower=False, assume_a=None, transposed=False):
    if assume_a in (None, "gen", "general") and transposed is False and ndim(a) == 2 and ndim(b) in (1, 2):
        if active(a) and active(b):
            d[z] = linalg.solve(a, d[b] - d[a] @ z)
        else:
            d[z] = linalg.solve(a, d[b])
            d[z] = -linalg.solve(a, d[a] @ z)
    else:
        d[z] = structured_solve_tangent(z, a, b, lower, assume_a, transposed, change_of(a), change_of(b))


@tangent(linalg.solve_triangular)
def solve_triangular_change(z, a, b, trans=0, lower=False, unit_diagonal=False):
    d[z] = triangular_solve_tangent(z, a, b, trans, lower, unit_diagonal, change_of(a), change_of(b))


@tangent(linalg.solve_banded)
def solve_banded_change(z, l_and_u, ab, b):
    d[z] = banded_solve_tangent(z, l_and_u, ab, b, change_of(ab), change_of(b))


@tangent(linalg.solveh_banded)
def solveh_banded_change(z, ab, b, lower=False):
    d[z] = hermitian_banded_solve_tangent(z, ab, b, lower, change_of(ab), change_of(b))


@tangent(linalg.solve_circulant)
def solve_circulant_change(z, c, b):
    d[z] = circulant_solve_tangent(z, c, b, change_of(c), change_of(b))


def _of_pairs(function, helper, pair, right, *options):
    """The tangent of a solver whose matrix comes as a tuple of arrays, which a template would make an array."""

    @tangent_emitter(function)
    def emit(site):
        given = [site.result, *(site.arguments[name] for name in (pair, right, *options))]
        changes = [change_of(site, site.arguments[name]) for name in (pair, right)]
        return Tangent([], [nodes.call(site.bind(helper, helper.__name__), *map(nodes.copy, given), *changes)])


_of_pairs(linalg.cho_solve, factored_cholesky_tangent, "c_and_lower", "b")
_of_pairs(linalg.cho_solve_banded, factored_cholesky_banded_tangent, "cb_and_lower", "b")
_of_pairs(linalg.lu_solve, factored_lu_tangent, "lu_and_piv", "b", "trans")
_of_pairs(linalg.solve_toeplitz, toeplitz_solve_tangent, "c_or_cr", "b")


@tangent(linalg.lstsq)
def least_squares_change(z, a, b, cond=None):
    d[z] = lstsq_tangent(z, a, b, change_of(a), change_of(b))


@tangent(linalg.inv)
def inverse_change(z, a):
    d[z] = -z @ d[a] @ z


@tangent(linalg.det)
def determinant_change(z, a):
    d[z] = np.sum(cofactors(a) * d[a], axis=(-2, -1))


@tangent(linalg.pinv)
def pseudo_inverse_change(z, a, atol=None, rtol=None):
    if atol is None and rtol is None:
        d[z] = pinv_tangent(d[a], z, a)
    else:
        d[z] = truncated_pinv_tangent(d[a], z, a)


@tangent(linalg.pinvh)
def hermitian_pseudo_inverse_change(z, a, atol=None, rtol=None, lower=True):
    d[z] = truncated_pinv_tangent(d[a], z, a, True, lower)


@tangent(linalg.solve_sylvester)
def solve_sylvester_change(z, a, b, q):
    d[z] = sylvester_tangent(z, a, b, change_of(a), change_of(b), change_of(q))


@tangent(linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov_change(z, a, q):
    d[z] = continuous_lyapunov_tangent(z, a, change_of(a), change_of(q))


@tangent(linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov_change(z, a, q):
    d[z] = discrete_lyapunov_tangent(z, a, change_of(a), change_of(q))


@tangent(linalg.solve_continuous_are)
def solve_continuous_are_change(z, a, b, q, r):
    d[z] = continuous_riccati_tangent(z, a, b, r, change_of(a), change_of(b), change_of(q), change_of(r))


pushed("cotangent c_or_cr x", toeplitz_product_cotangents, toeplitz_product_cotangents_tangent)
pushed("cotangent z c_or_cr", toeplitz_solve_cotangents, toeplitz_solve_cotangents_tangent, inert="b")
