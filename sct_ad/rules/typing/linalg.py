"""Linear algebra: solutions, determinants, factors and spectra."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.typing.constructors import as_array, is_none
from sct_ad.rules.typing.probe import probe, shaped, unit_type
from sct_ad.rules.typing.sizes import derived, fresh, fresh_dims, static
from sct_ad.rules.typing.table import FALSE, NONE, TRUE, TWO, members, rule
from sct_ad.runtime.linalg import log_of_determinant
from sct_ad.syntax.dims import Dims, Size, broadcast, same_size
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Tuple,
)

REDUCED = Constant("reduced")
_COMPLEX = {"complex64", "complex128"}
_NUMPY_2 = int(np.__version__.partition(".")[0]) >= 2


@rule(np.linalg.solve)
def solve(function: Any, a: Abstract, b: Abstract) -> Abstract:
    """`np.linalg.solve(a, b)`."""
    left, right = as_array(a), as_array(b)
    if left.dims is None or right.dims is None:
        return shaped(function, None, [Array(left.dtype, (1, 1)), Array(right.dtype, (1, 1))])
    return shaped(function, _solution_dims(left.dims, right.dims), [left, right])


def _solution_dims(left: Dims, right: Dims) -> Dims | None:
    """The dims of the solutions; NumPy 1 takes all that has one axis less than the matrices for vectors."""
    vector = len(right) == 1 if _NUMPY_2 else len(right) == len(left) - 1
    batch = broadcast(left[:-2], right[:-1] if vector else right[:-2])
    if batch is None:
        return None
    return (*batch, right[-1]) if vector else (*batch, *right[-2:])


@rule(*members(np.linalg, "inv pinv cholesky"))
def inverse(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.linalg.inv(a)`."""
    found = as_array(a)
    dims = found.dims
    if function is np.linalg.pinv and dims is not None:
        dims = (*dims[:-2], dims[-1], dims[-2])
    return shaped(function, dims, [Array(found.dtype, (1, 1)) if found.dims is None else found])


@rule(np.linalg.det, np.linalg.cond, log_of_determinant)
def det(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.linalg.det(a)`: a number for each matrix."""
    found = as_array(a)
    return shaped(function, None if found.dims is None else found.dims[:-2], [found])


@rule(np.linalg.matrix_power)
def matrix_power(function: Any, a: Abstract, n: Abstract) -> Abstract:
    """`np.linalg.matrix_power(a, n)`."""
    found = as_array(a)
    return shaped(function, found.dims, [found, n])


def with_shapes(like: Abstract | None, *shapes: Dims) -> Abstract:
    """A tuple of arrays with the dtypes and names of a trial's, in these shapes."""
    if not isinstance(like, Tuple) or len(like.items) != len(shapes):
        return UNKNOWN
    items = [Array(v.dtype if isinstance(v, Array) else "", dims) for v, dims in zip(like.items, shapes, strict=True)]
    return Tuple(tuple(items), like.names)


@rule(np.linalg.eigh, np.linalg.eigvalsh, np.linalg.slogdet)
def spectrum(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.linalg.eigh(a)`."""
    found = as_array(a)
    like = unit_type(function, [found])
    if found.dims is None or like is None:
        return UNKNOWN
    if function is np.linalg.eigvalsh:
        return Array(like.dtype if isinstance(like, Array) else "", found.dims[:-1])
    if function is np.linalg.slogdet and len(found.dims) == 2:
        return like
    if function is np.linalg.eigh:
        return with_shapes(like, found.dims[:-1], found.dims)
    return with_shapes(like, found.dims[:-2], found.dims[:-2])


@rule(np.linalg.eig, np.linalg.eigvals)
def eigenvalues(function: Any, a: Abstract) -> Abstract:
    """`np.linalg.eig(a)`: for real matrices the values decide whether the results are real."""
    found = as_array(a)
    if found.dims is None:
        return UNKNOWN
    dtype = found.dtype if found.dtype in _COMPLEX else ""
    if function is np.linalg.eigvals:
        return Array(dtype, found.dims[:-1])
    names = getattr(np.linalg.eig(np.eye(1)), "_fields", ())
    return Tuple((Array(dtype, found.dims[:-1]), Array(dtype, found.dims)), names)


def smaller(left: Size, right: Size) -> Size:
    """The size of the smaller of two axes."""
    if same_size(left, right):
        return left
    return min(left, right) if isinstance(left, int) and isinstance(right, int) else derived("smaller", left, right)


@rule(np.linalg.svd)
def svd(
    function: Any,
    a: Abstract,
    full_matrices: Abstract = TRUE,
    compute_uv: Abstract = TRUE,
    hermitian: Abstract = FALSE,
) -> Abstract:
    """`np.linalg.svd(a)`."""
    found = as_array(a)
    keywords = {"full_matrices": full_matrices, "compute_uv": compute_uv}
    if found.dims is None or not isinstance(static(full_matrices), bool) or not isinstance(static(compute_uv), bool):
        return probe(function, [found], keywords)
    like = unit_type(function, [found], keywords)
    *batch, m, n = found.dims
    rank = smaller(m, n)
    if not static(compute_uv):
        return Array(like.dtype if isinstance(like, Array) else "", (*batch, rank))
    full = static(full_matrices)
    return with_shapes(like, (*batch, m, m if full else rank), (*batch, rank), (*batch, n if full else rank, n))


@rule(*members(np.linalg, "svdvals"))
def svdvals(function: Any, x: Abstract) -> Abstract:
    """`np.linalg.svdvals(x)`."""
    return svd(np.linalg.svd, x, compute_uv=FALSE)


@rule(np.linalg.qr)
def qr(function: Any, a: Abstract, mode: Abstract = REDUCED) -> Abstract:
    """`np.linalg.qr(a)`."""
    found, how = as_array(a), static(mode)
    if found.dims is None or how not in ("reduced", "complete", "r"):
        return probe(function, [found], {"mode": mode})
    like = unit_type(function, [found], {"mode": mode})
    *batch, m, n = found.dims
    rank = m if how == "complete" else smaller(m, n)
    if how == "r":
        return Array(like.dtype if isinstance(like, Array) else "", (*batch, rank, n))
    return with_shapes(like, (*batch, m, rank), (*batch, rank, n))


@rule(np.linalg.lstsq)
def lstsq(function: Any, a: Abstract, b: Abstract, rcond: Abstract = NONE) -> Abstract:
    """`np.linalg.lstsq(a, b)`: the values decide whether there are sums of squares."""
    left, right = as_array(a), as_array(b)
    like = unit_type(function, [left, right])
    if left.dims is None or right.dims is None or not isinstance(like, Tuple):
        return UNKNOWN
    shapes = ((left.dims[-1], *right.dims[1:]), (fresh(),), None, (smaller(*left.dims),))
    items = [Array(v.dtype, dims) if isinstance(v, Array) else v for v, dims in zip(like.items, shapes, strict=True)]
    return Tuple(tuple(items))


@rule(np.linalg.tensorsolve)
def tensorsolve(function: Any, a: Abstract, b: Abstract, axes: Abstract = NONE) -> Abstract:
    """`np.linalg.tensorsolve(a, b)`."""
    left, right = as_array(a), as_array(b)
    dims = None
    if left.dims is not None and right.dims is not None:
        rank = len(left.dims) - len(right.dims)
        dims = left.dims[-rank:] if is_none(axes) and rank > 0 else fresh_dims(rank)
    return shaped(np.linalg.solve, dims, [Array(left.dtype, (1, 1)), Array(right.dtype, (1,))])


@rule(np.linalg.tensorinv)
def tensorinv(function: Any, a: Abstract, ind: Abstract = TWO) -> Abstract:
    """`np.linalg.tensorinv(a)`."""
    found, split = as_array(a), static(ind)
    dims = None if found.dims is None else fresh_dims(len(found.dims))
    if found.dims is not None and isinstance(split, int) and split > 0:
        dims = found.dims[split:] + found.dims[:split]
    return shaped(np.linalg.inv, dims, [Array(found.dtype, (1, 1))])
