# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of products of vectors, matrices and tensors, and of diagonals. Einsum has a file of its own."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from sct_ad.rules.arrays import array_adjoint, conj, dtype_keyword, known_axis, length_of, reshaped
from sct_ad.rules.registry import active, d, linear_in, macro, ndim, same
from sct_ad.rules.vocabulary import StaticFunction, type_of_argument
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.linear import (
    convolve_cotangents,
    correlate_cotangents,
    cross_left,
    cross_right,
    diag_cotangent,
    diagonal_cotangent,
    dot_left,
    dot_right,
    inner_left,
    inner_right,
    kronecker_left,
    kronecker_right,
    matmul_left,
    matmul_right,
    tensordot_left,
    tensordot_right,
    trace_cotangent,
)
from sct_ad.syntax import nodes, values
from sct_ad.syntax.dims import equal_dims, same_size
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE


def _same_batch(site: Any, x: Expr, y: Expr) -> Any:
    """Whether all axes but the last two of `x` and `y` are known to have equal sizes."""
    left, right = (values.dims_of(type_of_argument(site, e)) for e in (x, y))
    if left is None or right is None or len(left) < 3 or len(left) != len(right):
        return NO_VALUE
    return all(map(same_size, left[:-2], right[:-2])) or NO_VALUE


same_batch = StaticFunction("same_batch", _same_batch)


def _spatial(site: Any, x: Expr, y: Expr) -> Any:
    """Whether `x` and `y` are known to be equally many vectors of three components."""
    left, right = (values.dims_of(type_of_argument(site, e)) for e in (x, y))
    return (equal_dims(left, right) and (left or (0,))[-1] == 3) or NO_VALUE


spatial = StaticFunction("spatial", _spatial)


def _is_matrix(site: Any, x: Expr) -> bool:
    """Whether `x` is known to be a sparse matrix or a linear operator."""
    return isinstance(type_of_argument(site, x), values.Matrix)


is_matrix = StaticFunction("is_matrix", _is_matrix)


@macro
def adjoint_of(site: Any, x: Expr) -> Expr:
    """The transposed matrix or matrices: `x.T`, `x.swapaxes(1, 2)`."""
    rank = site.ndim(x)
    if rank == 2:
        return nodes.attribute(x, "T")
    axes = (nodes.constant(-2), nodes.constant(-1)) if rank is NO_VALUE else map(nodes.constant, (rank - 2, rank - 1))
    return nodes.call(nodes.attribute(x, "swapaxes"), *axes)


@macro
def summed(site: Any, x: Expr, y: Expr, like: Expr) -> Expr:
    """`np.tensordot(x, y, ...)` over all axes of `like` but its last one, which are the first axes of both."""
    axes = tuple(range(site.ndim(like) - 1))
    tensordot = nodes.attribute(site.bind(np, "np"), "tensordot")
    return nodes.call(tensordot, x, y, nodes.constant((axes, axes)))


def of_linalg(name: str) -> list[Any]:
    """The function of this name that newer versions of NumPy have in `linalg` as well."""
    return [getattr(np.linalg, name)] if hasattr(np.linalg, name) else []


# Matrix products -----------------------------------------------------------------------------------------------------


@array_adjoint(operator.matmul, np.matmul, *of_linalg("matmul"))
def matmul(z, x1, x2):
    if (is_matrix(x1) and active(x1)) or (is_matrix(x2) and active(x2)):
        raise NotImplementedError("a derivative by a sparse matrix; multiply by a dense one")
    elif is_matrix(x1):
        d[x2] = x1.T @ d[z]
    elif is_matrix(x2):
        d[x1] = d[z] @ x2.T
    elif same(x1, x2) and ndim(x1) == 1:
        d[x1] = d[z] * 2.0 * x1
    elif ndim(x1) == 1 and ndim(x2) == 1:
        d[x1] = d[z] * x2
        d[x2] = d[z] * x1
    elif ndim(x1) == 2 and ndim(x2) == 1:
        d[x1] = np.outer(d[z], x2)
        d[x2] = x1.T @ d[z]
    elif ndim(x1) == 1 and ndim(x2) == 2:
        d[x1] = x2 @ d[z]
        d[x2] = np.outer(x1, d[z])
    elif (ndim(x1) == 2 and ndim(x2) == 2) or same_batch(x1, x2):
        d[x1] = d[z] @ adjoint_of(x2)
        d[x2] = adjoint_of(x1) @ d[z]
    elif ndim(x1) >= 3 and ndim(x2) == 2:
        d[x1] = d[z] @ x2.T
        d[x2] = summed(x1, d[z], x1)
    elif ndim(x1) >= 3 and ndim(x2) == 1:
        d[x1] = d[z][..., None] * x2
        d[x2] = summed(d[z], x1, x1)
    else:
        d[x1] = matmul_left(d[z], x1, x2)
        d[x2] = matmul_right(d[z], x1, x2)


matmul.matrices = True


@array_adjoint(np.dot)
def dot(z, a, b):
    if same(a, b) and ndim(a) == 1:
        d[a] = d[z] * 2.0 * a
    elif (ndim(a) == 0 and ndim(b) == 0) or (ndim(a) == 1 and ndim(b) == 1):
        d[a] = d[z] * b
        d[b] = d[z] * a
    elif ndim(a) == 0 and ndim(b) >= 1:
        d[a] = np.sum(d[z] * b)
        d[b] = d[z] * a
    elif ndim(b) == 0 and ndim(a) >= 1:
        d[a] = d[z] * b
        d[b] = np.sum(d[z] * a)
    elif ndim(a) == 2 and ndim(b) == 1:
        d[a] = np.outer(d[z], b)
        d[b] = a.T @ d[z]
    elif ndim(a) == 1 and ndim(b) == 2:
        d[a] = b @ d[z]
        d[b] = np.outer(a, d[z])
    elif ndim(a) == 2 and ndim(b) == 2:
        d[a] = d[z] @ b.T
        d[b] = a.T @ d[z]
    elif ndim(a) >= 3 and ndim(b) == 2:
        d[a] = d[z] @ b.T
        d[b] = summed(a, d[z], a)
    elif ndim(a) >= 3 and ndim(b) == 1:
        d[a] = d[z][..., None] * b
        d[b] = summed(d[z], a, a)
    else:
        d[a] = dot_left(d[z], a, b)
        d[b] = dot_right(d[z], a, b)


@array_adjoint(np.inner)
def inner(z, a, b):
    if same(a, b) and ndim(a) == 1:
        d[a] = d[z] * 2.0 * a
    elif (ndim(a) == 0 and ndim(b) == 0) or (ndim(a) == 1 and ndim(b) == 1):
        d[a] = d[z] * b
        d[b] = d[z] * a
    elif ndim(a) == 2 and ndim(b) == 1:
        d[a] = np.outer(d[z], b)
        d[b] = d[z] @ a
    elif ndim(a) == 1 and ndim(b) == 2:
        d[a] = d[z] @ b
        d[b] = np.outer(d[z], a)
    elif ndim(a) == 2 and ndim(b) == 2:
        d[a] = d[z] @ b
        d[b] = d[z].T @ a
    elif ndim(a) == 3 and ndim(b) == 2:
        d[a] = d[z] @ b
        d[b] = summed(d[z], a, a)
    else:
        d[a] = inner_left(d[z], a, b)
        d[b] = inner_right(d[z], a, b)


@array_adjoint(np.outer, *of_linalg("outer"))
def outer(z, a, b):
    if ndim(a) == 1 and ndim(b) == 1:
        d[a] = d[z] @ b
        d[b] = a @ d[z]
    else:
        d[a] = np.reshape(d[z] @ np.ravel(b), np.shape(a))
        d[b] = np.reshape(np.ravel(a) @ d[z], np.shape(b))


@array_adjoint(np.multiply.outer)
def multiply_outer(z, A, B):
    d[A] = np.tensordot(d[z], B, np.ndim(B))
    d[B] = np.tensordot(A, d[z], np.ndim(A))


@array_adjoint(np.add.outer)
def add_outer(z, A, B):
    if ndim(A) == 1 and ndim(B) == 1:
        d[A] = np.sum(d[z], axis=1)
        d[B] = np.sum(d[z], axis=0)
    else:
        d[A] = np.sum(d[z], axis=tuple(range(np.ndim(A), np.ndim(z))))
        d[B] = np.sum(d[z], axis=tuple(range(np.ndim(A))))


@array_adjoint(np.subtract.outer)
def subtract_outer(z, A, B):
    if ndim(A) == 1 and ndim(B) == 1:
        d[A] = np.sum(d[z], axis=1)
        d[B] = -np.sum(d[z], axis=0)
    else:
        d[A] = np.sum(d[z], axis=tuple(range(np.ndim(A), np.ndim(z))))
        d[B] = -np.sum(d[z], axis=tuple(range(np.ndim(A))))


@array_adjoint(np.vdot)
def vdot(z, a, b):
    """`vdot` conjugates its first argument."""
    if ndim(a) == ndim(b) and ndim(a) <= 1:
        d[a] = conj(d[z] * b, z)
        d[b] = d[z] * conj(a)
    else:
        d[a] = conj(d[z] * np.reshape(b, np.shape(a)), z)
        d[b] = d[z] * np.reshape(conj(a), np.shape(b))


@array_adjoint(np.tensordot, *of_linalg("tensordot"))
def tensordot(z, a, b, axes=2):
    if ndim(a) == 2 and ndim(b) == 2 and axes == 1:
        d[a] = d[z] @ b.T
        d[b] = a.T @ d[z]
    elif ndim(a) == 2 and ndim(b) == 1 and axes == 1:
        d[a] = np.outer(d[z], b)
        d[b] = a.T @ d[z]
    elif ndim(a) == 1 and ndim(b) == 2 and axes == 1:
        d[a] = b @ d[z]
        d[b] = np.outer(a, d[z])
    elif ndim(a) == ndim(b) and ndim(a) == axes:
        d[a] = d[z] * b
        d[b] = d[z] * a
    elif axes == 0:
        d[a] = np.tensordot(d[z], b, ndim(b))
        d[b] = np.tensordot(a, d[z], ndim(a))
    else:
        d[a] = tensordot_left(d[z], a, b, axes)
        d[b] = tensordot_right(d[z], a, b, axes)


@array_adjoint(np.kron)
def kronecker(z, a, b):
    d[a] = kronecker_left(d[z], a, b)
    d[b] = kronecker_right(d[z], a, b)


@array_adjoint(np.cross)
def cross(z, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axisa == -1 and axisb == -1 and axisc == -1 and axis is None and spatial(a, b):
        d[a] = np.cross(b, d[z])
        d[b] = np.cross(d[z], a)
    elif axisa == -1 and axisb == -1 and axisc == -1 and axis is None:
        d[a] = cross_left(d[z], a, b)
        d[b] = cross_right(d[z], a, b)
    else:
        d[a] = cross_left(d[z], a, b, axisa, axisb, axisc, axis)
        d[b] = cross_right(d[z], a, b, axisa, axisb, axisc, axis)


@array_adjoint(np.convolve)
def convolve(z, a, v, mode="full"):
    if mode == "full" and ndim(a) == 1 and ndim(v) == 1:
        d[a] = np.convolve(d[z], v[::-1], "valid")
        d[v] = np.convolve(d[z], a[::-1], "valid")
    else:
        parts = convolve_cotangents(d[z], a, v, mode)
        d[a] = parts[0]
        d[v] = parts[1]


@array_adjoint(np.correlate)
def correlate(z, a, v, mode="valid"):
    parts = correlate_cotangents(d[z], a, v, mode)
    d[a] = parts[0]
    d[v] = parts[1]


# Diagonals and triangles ---------------------------------------------------------------------------------------------


@macro
def unit_diagonal(site: Any, x: Expr, offset: Expr) -> Expr:
    """`np.eye(x.shape[0])` of the shape of the matrix `x`."""
    dims = values.dims_of(type_of_argument(site, x))
    square = dims is not None and same_size(dims[0], dims[1])
    sizes = [length_of(site, x, 0)] + ([] if square else [length_of(site, x, 1)])
    shift = {} if site.known(offset) == 0 else {"k": offset}
    return nodes.call(nodes.attribute(site.bind(np, "np"), "eye"), *sizes, **shift, **dtype_keyword(site, x))


def _is_square(site: Any, x: Expr) -> Any:
    dims = values.dims_of(type_of_argument(site, x))
    return (dims is not None and len(dims) == 2 and same_size(*dims)) or NO_VALUE


is_square = StaticFunction("is_square", _is_square)


@macro
def shifted(site: Any, function: Expr, x: Expr, k: Expr) -> Expr:
    """`function(x)`, or `function(x, k)` where k is not 0."""
    return nodes.call(function, x) if known_axis(site, k) == 0 else nodes.call(function, x, k)


@array_adjoint(np.trace)
def trace(z, a, offset=0, axis1=0, axis2=1, dtype=None):
    if ndim(a) == 2 and axis1 == 0 and axis2 == 1:
        d[a] = d[z] * unit_diagonal(a, offset)
    else:
        d[a] = trace_cotangent(d[z], a, offset, axis1, axis2)


@array_adjoint(np.diag)
def diag(z, v, k=0):
    if ndim(v) == 1:
        d[v] = shifted(np.diag, d[z], k)
    elif is_square(v) and k == 0:
        d[v] = np.diag(d[z])
    elif ndim(v) == 2:
        d[v] = shifted_diagonal(d[z], v, k)
    else:
        d[v] = diag_cotangent(d[z], v, k)


@macro
def shifted_diagonal(site: Any, dz: Expr, x: Expr, k: Expr) -> Expr:
    """`diagonal_cotangent(dz, x, k)`."""
    extra = [] if known_axis(site, k) == 0 else [k]
    return nodes.call(site.bind(diagonal_cotangent, "diagonal_cotangent"), dz, x, *extra)


@array_adjoint(np.diagonal)
def diagonal(z, a, offset=0, axis1=0, axis2=1):
    if is_square(a) and offset == 0:
        d[a] = np.diag(d[z])
    else:
        d[a] = diagonal_cotangent(d[z], a, offset, axis1, axis2)


@array_adjoint(np.diagflat)
def diagflat(z, v, k=0):
    if ndim(v) == 1:
        d[v] = shifted(np.diag, d[z], k)
    else:
        d[v] = reshaped(shifted(np.diag, d[z], k), v)


@array_adjoint(np.tril)
def lower_triangle(z, m, k=0):
    if ndim(m) >= 2:
        d[m] = shifted(np.tril, d[z], k)
    else:
        d[m] = unbroadcast(shifted(np.tril, d[z], k), m, z)


@array_adjoint(np.triu)
def upper_triangle(z, m, k=0):
    if ndim(m) >= 2:
        d[m] = shifted(np.triu, d[z], k)
    else:
        d[m] = unbroadcast(shifted(np.triu, d[z], k), m, z)


# Forward mode --------------------------------------------------------------------------------------------------------

linear_in("x1 | x2", np.matmul)
linear_in("a | b", np.dot, np.inner, np.outer, np.vdot, np.tensordot, np.kron, np.cross)
linear_in("A | B", np.multiply.outer)
linear_in("A B", np.add.outer, np.subtract.outer)
linear_in("a | v", np.convolve, np.correlate)
linear_in("a", np.trace, np.diagonal)
linear_in("v", np.diag, np.diagflat)
linear_in("m", np.tril, np.triu)
