"""Products of matrices: the entries that are zero in a constant factor cut dependences."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from sct_ad.sparse.structure import RULES, Call

Sets = np.ndarray[Any, Any]


def product(call: Call) -> Any:
    """`a @ b` for matrices and vectors, one of which may be a sparse matrix."""
    if len(call.args) != 2 or call.named:
        return None
    a, b = call.args
    if max(np.ndim(a), np.ndim(b)) > 2 or min(np.ndim(a), np.ndim(b)) < 1:
        return None
    if len(call.given) == 2:
        left, right = call.given[0], call.given[1]
        rows = np.bitwise_or.reduce(left, axis=-1, keepdims=True, initial=0)
        columns = np.bitwise_or.reduce(right, axis=0, initial=0)
        return np.bitwise_or(rows, columns).reshape(np.shape(call.result))
    if 1 in call.given:
        return _selected(a, call.given[1], np.shape(call.result))
    found = _selected(_transposed(b), call.given[0].T, None)
    return found.T.reshape(np.shape(call.result))


def _transposed(matrix: Any) -> Any:
    return matrix.T if hasattr(matrix, "tocsr") else np.asarray(matrix).T


def _selected(matrix: Any, sets: Sets, shape: tuple[int, ...] | None) -> Sets:
    """The unions of those sets whose factors in a row of the matrix are not zero."""
    if hasattr(matrix, "tocsr"):
        csr = matrix.tocsr()
        starts, columns = csr.indptr, csr.indices
        count = csr.shape[0]
    else:
        table = np.atleast_2d(np.asarray(matrix)) != 0
        count = table.shape[0]
        rows, columns = np.nonzero(table)
        starts = np.searchsorted(rows, np.arange(count + 1))
    found = np.zeros((count, *sets.shape[1:]), dtype=object)
    for row in range(count):
        chosen = sets[columns[starts[row] : starts[row + 1]]]
        found[row] = np.bitwise_or.reduce(chosen, axis=0, initial=0)
    return found if shape is None else found.reshape(shape)


def factors(args: tuple[Any, ...], given: dict[Any, Any]) -> Iterator[tuple[int, int]] | None:
    """The sets that are multiplied in a product of two vectors; None for other products."""
    if set(given) != {0, 1} or len(args) != 2 or any(np.ndim(each) != 1 for each in args):
        return None
    left, right = given[0], given[1]
    if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
        return None
    return zip(left.tolist(), right.tolist())


PRODUCTS = (operator.matmul, np.matmul, np.dot, *([np.linalg.matmul] if hasattr(np.linalg, "matmul") else []))
RULES.update(dict.fromkeys(PRODUCTS, product))
PRODUCTS += (np.inner, np.vdot)
