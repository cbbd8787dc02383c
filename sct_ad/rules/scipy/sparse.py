# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of sparse matrices and linear operators that are constant: products with arrays, and solutions of systems.

`A @ x` and `x @ A` have the rule of `operator.matmul`.
"""

from __future__ import annotations

import scipy.sparse
import scipy.sparse.linalg

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.registry import active, d, linear_in
from sct_ad.rules.typing import matrices
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.table import NONE, TRUE, rule
from sct_ad.syntax.values import Array

_SUPERLU = getattr(scipy.sparse.linalg, "SuperLU", None)


@array_adjoint(scipy.sparse.csr_matrix.dot)
def dot(z, self, other):
    if active(self):
        raise NotImplementedError("a derivative by a sparse matrix; multiply by a dense one")
    else:
        d[other] = self.T @ d[z]


@array_adjoint(scipy.sparse.linalg.spsolve)
def spsolve(z, A, b, permc_spec=None, use_umfpack=True):
    if active(A):
        raise NotImplementedError("a derivative by a sparse matrix; np.linalg.solve has one by a dense one")
    else:
        d[b] = scipy.sparse.linalg.spsolve(A.T.tocsc(), d[z])


dot.matrices = spsolve.matrices = True


@rule(scipy.sparse.csr_matrix.dot)
def product(function, self, other):
    return matrices.product(self, other)


@rule(scipy.sparse.linalg.spsolve)
def solution(function, A, b, permc_spec=NONE, use_umfpack=TRUE):
    """The shape of the right-hand side, of which a single column becomes a vector."""
    right = as_array(b)
    if right.ndim != 1:
        return Array()
    return Array("float64" if right.dtype == "float64" and getattr(A, "dtype", "") == "float64" else "", right.dims)


if _SUPERLU is not None:

    @array_adjoint(_SUPERLU.solve)
    def solve(z, self, rhs, trans="N"):
        if trans == "N":
            d[rhs] = self.solve(d[z], "T")
        elif trans == "T":
            d[rhs] = self.solve(d[z])
        else:
            raise NotImplementedError("trans= other than 'N' and 'T'")

    @rule(_SUPERLU.solve)
    def solved(function, self, rhs, trans=NONE):
        """The shape of the right-hand side."""
        right = as_array(rhs)
        return Array("float64" if right.dtype == "float64" else "", right.dims)


linear_in("other", dot)
linear_in("b", spsolve)
if _SUPERLU is not None:
    linear_in("rhs", solve)
