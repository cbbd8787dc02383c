"""Sparse matrices and linear operators: their attributes, products, and sums."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import fresh_dims
from sct_ad.syntax.values import INT, UNKNOWN, Abstract, Array, Constant, Matrix, Scalar, Tuple


def product(x1: Abstract, x2: Abstract) -> Abstract:
    """`A @ x` and `x @ A`; a product of two matrices is a matrix."""
    if isinstance(x1, Matrix) and isinstance(x2, Matrix):
        return Matrix(x1.cls, "", fresh_dims(2))
    matrix, other = (x1, x2) if isinstance(x1, Matrix) else (x2, x1)
    assert isinstance(matrix, Matrix)
    array = as_array(other)
    if array.dims is None or matrix.dims is None or not 1 <= len(array.dims) <= 2:
        return Array()
    dims = (matrix.dims[0], *array.dims[1:]) if matrix is x1 else (*array.dims[:-1], matrix.dims[1])
    if not matrix.dtype or not array.dtype:
        return Array("", dims)
    return Array(np.result_type(np.dtype(matrix.dtype), np.dtype(array.dtype)).name, dims)


def attribute(value: Matrix, attr: str) -> Abstract:
    """`A.T`, `A.shape`, `A.dtype`."""
    if attr == "T" and value.dims is not None:
        return Matrix(_transposed(value.cls), value.dtype, value.dims[::-1])
    if attr == "shape":
        return Tuple((INT, INT))
    if attr == "dtype" and value.dtype:
        return Constant(np.dtype(value.dtype))
    return UNKNOWN


def _transposed(cls: type) -> type:
    """The class of the transpose: that of a csr_matrix is a csc_matrix."""
    try:
        return type(cls((1, 1)).T)
    except Exception:  # whatever a class of the user's does
        return object


def arithmetic(args: list[Abstract]) -> Abstract:
    """Sums of matrices, and products with numbers, are matrices of a class that is not known."""
    if all(isinstance(a, (Matrix, Scalar)) for a in args):
        matrix = next(a for a in args if isinstance(a, Matrix))
        return Matrix(matrix.cls, "", matrix.dims)
    return UNKNOWN
