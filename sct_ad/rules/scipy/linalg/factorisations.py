# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of SciPy's factorisations and eigenvalues; `sct_ad.runtime.factorisations` tells what has no derivative."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import d, tangent, tangent_emitter
from sct_ad.rules.scipy.calls import python_adjoint, python_pullback
from sct_ad.rules.tangents import Tangent
from sct_ad.rules.template import Site
from sct_ad.runtime.factor_tangents import (
    eig_tangent,
    eigh_tangent,
    eigvals_tangent,
    eigvalsh_tangent,
    generalised_eigh_tangent,
    qr_tangent,
    svd_tangent,
)
from sct_ad.runtime.factorisations import (
    eig_cotangent,
    eigh_cotangent,
    eigvals_cotangent,
    eigvalsh_cotangent,
    generalised_eigh_cotangents,
    qr_cotangent,
    svd_cotangent,
)
from sct_ad.runtime.inverse_tangents import singular_values_tangent
from sct_ad.runtime.linalg import singular_values_cotangent
from sct_ad.runtime.scipy.factor_tangents import (
    banded_cholesky_tangent,
    cho_factor_tangent,
    eigh_banded_tangent,
    eigh_tridiagonal_tangent,
    eigvals_banded_tangent,
    eigvalsh_tridiagonal_tangent,
    generalised_eigvalsh_tangent,
    lu_factor_tangent,
    lu_tangent,
    pivoted_qr_tangent,
    rq_tangent,
    triangle_tangent,
    upper_factor_tangent,
)
from sct_ad.runtime.scipy.factors import (
    banded_cholesky_cotangent,
    cho_factor_cotangent,
    eigh_banded_cotangent,
    eigh_tridiagonal_cotangents,
    eigvals_banded_cotangent,
    eigvalsh_tridiagonal_cotangents,
    generalised_eigvalsh_cotangents,
    lu_cotangent,
    lu_factor_cotangent,
    pivoted_qr_cotangent,
    rq_cotangent,
    triangle_cotangent,
    upper_factor_cotangent,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


@python_adjoint(linalg.cholesky)
def cholesky(z, a, lower=False):
    d[a] = triangle_cotangent(d[z], z, lower)


@python_adjoint(linalg.cho_factor)
def cho_factor(z, a, lower=False):
    d[a] = cho_factor_cotangent(d[z][0], z[0], lower)


@python_adjoint(linalg.cholesky_banded)
def cholesky_banded(z, ab, lower=False):
    d[ab] = banded_cholesky_cotangent(d[z], z, lower)


@python_adjoint(linalg.lu)
def lu(z, a, permute_l=False, p_indices=False):
    d[a] = lu_cotangent(d[z], z, a, permute_l, p_indices)


@python_adjoint(linalg.lu_factor)
def lu_factor(z, a):
    d[a] = lu_factor_cotangent(d[z][0], z, a)


@python_adjoint(linalg.qr)
def qr(z, a, mode="full", pivoting=False):
    if mode in ("full", "economic") and pivoting is False:
        d[a] = qr_cotangent(d[z][0], d[z][1], z[0], z[1], a)
    elif mode in ("full", "economic") and pivoting is True:
        d[a] = pivoted_qr_cotangent(d[z][0], d[z][1], z[0], z[1], z[2], a)
    elif mode == "r" and pivoting is False:
        d[a] = upper_factor_cotangent(d[z][0], z[0], a)
    elif mode == "r" and pivoting is True:
        d[a] = upper_factor_cotangent(d[z][0], z[0], a, z[1])
    else:
        raise NotImplementedError("this mode; take mode='economic', and pivoting=True or False")


@python_adjoint(linalg.rq)
def rq(z, a, mode="full"):
    if mode in ("full", "economic"):
        d[a] = rq_cotangent(d[z][0], d[z][1], z[0], z[1], a)
    else:
        raise NotImplementedError("this mode; take mode='economic'")


@python_adjoint(linalg.svd)
def svd(z, a, full_matrices=True, compute_uv=True):
    if compute_uv is False:
        d[a] = singular_values_cotangent(d[z], a)
    elif compute_uv is True:
        d[a] = svd_cotangent(d[z][0], d[z][1], d[z][2], z, a)
    else:
        raise NotImplementedError("a compute_uv that is not known at compile time")


@python_adjoint(linalg.svdvals)
def svdvals(z, a):
    d[a] = singular_values_cotangent(d[z], a)


@python_adjoint(linalg.eigh)
def eigh(z, a, b=None, *, lower=True, eigvals_only=False):
    if b is None and eigvals_only is False and lower is True:
        d[a] = eigh_cotangent(d[z][0], d[z][1], z[0], z[1])
    elif b is None and eigvals_only is False and lower is False:
        d[a] = eigh_cotangent(d[z][0], d[z][1], z[0], z[1], "U")
    elif b is not None and eigvals_only is False:
        both = generalised_eigh_cotangents(d[z][0], d[z][1], z[0], z[1], lower)
        d[a] = both[0]
        d[b] = both[1]
    else:
        raise NotImplementedError("eigvals_only; call eigvalsh; and lower=True or False")


@python_adjoint(linalg.eigvalsh)
def eigvalsh(z, a, b=None, *, lower=True):
    if b is None and lower is True:
        d[a] = eigvalsh_cotangent(d[z], a)
    elif b is None and lower is False:
        d[a] = eigvalsh_cotangent(d[z], a, "U")
    elif b is not None:
        both = generalised_eigvalsh_cotangents(d[z], a, b, lower)
        d[a] = both[0]
        d[b] = both[1]
    else:
        raise NotImplementedError("a lower or b of which nothing is known at compile time")


@python_adjoint(linalg.eig)
def eig(z, a):
    d[a] = eig_cotangent(d[z][0], d[z][1], z[0], z[1], a)


@python_adjoint(linalg.eigvals)
def eigvals(z, a):
    d[a] = eigvals_cotangent(d[z], z, a)


@python_adjoint(linalg.eig_banded)
def eig_banded(z, a_band, lower=False):
    d[a_band] = eigh_banded_cotangent(d[z][0], d[z][1], z[0], z[1], a_band, lower)


@python_adjoint(linalg.eigvals_banded)
def eigvals_banded(z, a_band, lower=False):
    d[a_band] = eigvals_banded_cotangent(d[z], a_band, lower)


@python_pullback(linalg.eigh_tridiagonal)
def eigh_tridiagonal(dz, z, d, e):
    return eigh_tridiagonal_cotangents(dz[0], dz[1], z[0], z[1])


@python_pullback(linalg.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal(dz, z, d, e):
    return eigvalsh_tridiagonal_cotangents(dz, d, e)


# Tangents ----------------------------------------------------------------------------------------------------------


@tangent(linalg.cholesky)
def cholesky_change(z, a, lower=False):
    d[z] = triangle_tangent(d[a], z, lower)


@tangent(linalg.cho_factor)
def cho_factor_change(z, a, lower=False):
    d[z] = (cho_factor_tangent(d[a], z[0], lower), 0.0)


@tangent(linalg.cholesky_banded)
def cholesky_banded_change(z, ab, lower=False):
    d[z] = banded_cholesky_tangent(d[ab], z, lower)


@tangent(linalg.lu)
def lu_change(z, a, permute_l=False, p_indices=False):
    d[z] = lu_tangent(d[a], z, a, permute_l, p_indices)


@tangent(linalg.lu_factor)
def lu_factor_change(z, a):
    d[z] = lu_factor_tangent(d[a], z, a)


@tangent(linalg.qr)
def qr_change(z, a, mode="full", pivoting=False):
    if mode == "r" and pivoting is False:
        d[z] = (upper_factor_tangent(d[a], z[0], a),)
    elif mode == "r":
        d[z] = (upper_factor_tangent(d[a], z[0], a, z[1]), np.zeros(z[1].shape))
    elif pivoting is False:
        d[z] = qr_tangent(d[a], z[0], z[1], a)
    else:
        d[z] = pivoted_qr_tangent(d[a], z[0], z[1], z[2], a)


@tangent(linalg.rq)
def rq_change(z, a, mode="full"):
    d[z] = rq_tangent(d[a], z[0], z[1], a)


@tangent(linalg.svd)
def svd_change(z, a, full_matrices=True, compute_uv=True):
    if compute_uv is False:
        d[z] = singular_values_tangent(d[a], a)
    else:
        d[z] = svd_tangent(d[a], z)


@tangent(linalg.svdvals)
def svdvals_change(z, a):
    d[z] = singular_values_tangent(d[a], a)


@tangent(linalg.eigh)
def eigh_change(z, a, b=None, *, lower=True, eigvals_only=False):
    if b is None and lower is True:
        d[z] = eigh_tangent(d[a], z[0], z[1])
    elif b is None:
        d[z] = eigh_tangent(d[a], z[0], z[1], "U")
    else:
        d[z] = generalised_eigh_tangent(change_of(a), change_of(b), z[0], z[1], lower)


@tangent(linalg.eigvalsh)
def eigvalsh_change(z, a, b=None, *, lower=True):
    if b is None and lower is True:
        d[z] = eigvalsh_tangent(d[a], a)
    elif b is None:
        d[z] = eigvalsh_tangent(d[a], a, "U")
    else:
        d[z] = generalised_eigvalsh_tangent(change_of(a), change_of(b), a, b, lower)


@tangent(linalg.eig)
def eig_change(z, a):
    d[z] = eig_tangent(d[a], z[0], z[1])


@tangent(linalg.eigvals)
def eigvals_change(z, a):
    d[z] = eigvals_tangent(d[a], z, a)


@tangent(linalg.eig_banded)
def eig_banded_change(z, a_band, lower=False):
    d[z] = eigh_banded_tangent(d[a_band], z[0], z[1], lower)


@tangent(linalg.eigvals_banded)
def eigvals_banded_change(z, a_band, lower=False):
    d[z] = eigvals_banded_tangent(d[a_band], a_band, lower)


@tangent_emitter(linalg.eigh_tridiagonal)
def eigh_tridiagonal_change(site: Site) -> Tangent:
    """A template could not name the diagonal d."""
    parts = [nodes.subscript(nodes.copy(site.result), nodes.constant(k)) for k in (0, 1)]
    helper = site.bind(eigh_tridiagonal_tangent, "eigh_tridiagonal_tangent")
    return Tangent([], [nodes.call(helper, *_of_diagonals(site), *parts)])


@tangent_emitter(linalg.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal_change(site: Site) -> Tangent:
    """As `eigh_tridiagonal_change`."""
    diagonals = [nodes.copy(site.arguments[name]) for name in ("d", "e")]
    helper = site.bind(eigvalsh_tridiagonal_tangent, "eigvalsh_tridiagonal_tangent")
    return Tangent([], [nodes.call(helper, *_of_diagonals(site), *diagonals)])


def _of_diagonals(site: Site) -> list[Expr]:
    return [change_of(site, site.arguments[name]) for name in ("d", "e")]
