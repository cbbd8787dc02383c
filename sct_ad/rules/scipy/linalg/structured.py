# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of SciPy's matrices that are built of vectors and blocks."""

from __future__ import annotations

from scipy import linalg

from sct_ad.rules.mirrored import arranges
from sct_ad.rules.registry import d, linear_in, pullback, tangent, zero_derivative
from sct_ad.rules.scipy.calls import python_adjoint
from sct_ad.runtime.linear import kronecker_left, kronecker_right
from sct_ad.runtime.scipy.structured import (
    block_cotangents,
    companion_cotangent,
    companion_tangent,
    fiedler_cotangent,
    fiedler_tangent,
    hankel_cotangents,
    khatri_rao_cotangents,
    leslie_cotangents,
    placed_cotangent,
    toeplitz_cotangents,
)

arranges(hankel_cotangents, placed_cotangent, toeplitz_cotangents)

zero_derivative(
    linalg.bandwidth, linalg.issymmetric, linalg.ishermitian, linalg.dft, linalg.hadamard, linalg.helmert,
    linalg.hilbert, linalg.invhilbert, linalg.pascal, linalg.invpascal,
)  # fmt: skip


@pullback(linalg.block_diag)
def block_diag(dz, z, *arrs):
    return block_cotangents(dz, arrs)


arranges(block_diag.body)


@python_adjoint(linalg.toeplitz)
def toeplitz(z, c, r=None):
    """Without `r` the first row is conj(c)."""
    if r is None:
        d[c] = toeplitz_cotangents(d[z], c)[0]
    else:
        both = toeplitz_cotangents(d[z], c, r)
        d[c] = both[0]
        d[r] = both[1]


@python_adjoint(linalg.hankel)
def hankel(z, c, r=None):
    if r is None:
        d[c] = hankel_cotangents(d[z], c)[0]
    else:
        both = hankel_cotangents(d[z], c, r)
        d[c] = both[0]
        d[r] = both[1]


@python_adjoint(linalg.circulant)
def circulant(z, c):
    d[c] = placed_cotangent(d[z], "circulant", c)


@python_adjoint(linalg.convolution_matrix)
def convolution_matrix(z, a, n, mode="full"):
    d[a] = placed_cotangent(d[z], "convolution_matrix", a, n, mode)


@python_adjoint(linalg.diagsvd)
def diagsvd(z, s, M, N):
    d[s] = placed_cotangent(d[z], "diagsvd", s, M, N)


@python_adjoint(linalg.companion)
def companion(z, a):
    d[a] = companion_cotangent(d[z], a)


@python_adjoint(linalg.leslie)
def leslie(z, f, s):
    both = leslie_cotangents(d[z], f, s)
    d[f] = both[0]
    d[s] = both[1]


@python_adjoint(linalg.fiedler)
def fiedler(z, a):
    d[a] = fiedler_cotangent(d[z], a)


@python_adjoint(linalg.khatri_rao)
def khatri_rao(z, a, b):
    both = khatri_rao_cotangents(d[z], a, b)
    d[a] = both[0]
    d[b] = both[1]


if hasattr(linalg, "kron"):

    @python_adjoint(linalg.kron)
    def kron(z, a, b):
        d[a] = kronecker_left(d[z], a, b)
        d[b] = kronecker_right(d[z], a, b)


linear_in("arrs", linalg.block_diag)
linear_in("c r", linalg.toeplitz, linalg.hankel)
linear_in("c", linalg.circulant)
linear_in("a", linalg.convolution_matrix)
linear_in("s", linalg.diagsvd)
linear_in("f s", linalg.leslie)
linear_in("a | b", linalg.khatri_rao)
if hasattr(linalg, "kron"):
    linear_in("a | b", linalg.kron)


@tangent(linalg.companion)
def companion_change(z, a):
    d[z] = companion_tangent(d[a], a)


@tangent(linalg.fiedler)
def fiedler_change(z, a):
    d[z] = fiedler_tangent(d[a], a)
