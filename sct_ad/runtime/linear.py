"""Transposes of products of arrays whose ranks are known only at run time, or are unusual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast


def _fitted(cotangent: Any, operand: Any) -> Any:
    """A cotangent of full size, summed to the shape of an operand that was broadcast to it."""
    return unbroadcast(cotangent, operand, cotangent)


def matmul_left(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `x` in `x @ y`."""
    if not isinstance(y, np.ndarray) and hasattr(y, "tocsr"):
        return cotangent @ y.T
    if np.ndim(x) == np.ndim(y) == 1:
        return cotangent * y
    rows, columns, given = _as_matrices(cotangent, x, y)
    return _fitted(given @ np.swapaxes(columns, -1, -2), rows).reshape(np.shape(x))


def matmul_right(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `y` in `x @ y`."""
    if not isinstance(x, np.ndarray) and hasattr(x, "tocsr"):
        return x.T @ cotangent
    if np.ndim(x) == np.ndim(y) == 1:
        return cotangent * x
    rows, columns, given = _as_matrices(cotangent, x, y)
    return _fitted(np.swapaxes(rows, -1, -2) @ given, columns).reshape(np.shape(y))


def _as_matrices(cotangent: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """A row for a vector on the left, a column for one on the right, and the cotangent of their product."""
    given = np.asarray(cotangent)
    if np.ndim(y) == 1:
        given = given[..., None]
    if np.ndim(x) == 1:
        given = given[..., None, :]
    return np.atleast_2d(x), np.asarray(y)[:, None] if np.ndim(y) == 1 else np.asarray(y), given


def dot_left(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `x` in `np.dot(x, y)`."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return _fitted(cotangent * y, x)
    return tensordot_left(cotangent, x, y, _dot_axes(x, y))


def dot_right(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `y` in `np.dot(x, y)`."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return _fitted(cotangent * x, y)
    return tensordot_right(cotangent, x, y, _dot_axes(x, y))


def _dot_axes(x: Any, y: Any) -> tuple[list[int], list[int]]:
    return [np.ndim(x) - 1], [max(np.ndim(y) - 2, 0)]


def inner_left(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `x` in `np.inner(x, y)`."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return _fitted(cotangent * y, x)
    return tensordot_left(cotangent, x, y, ([np.ndim(x) - 1], [np.ndim(y) - 1]))


def inner_right(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `y` in `np.inner(x, y)`."""
    return inner_left(np.transpose(cotangent, _swap(x, y)) if np.ndim(cotangent) else cotangent, y, x)


def _swap(x: Any, y: Any) -> list[int]:
    """The axes that turn `inner(x, y)` into `inner(y, x)`; one that is a number has no axes of its own."""
    left = max(np.ndim(x) - 1, 0) if np.ndim(y) else np.ndim(x)
    rank = left + (max(np.ndim(y) - 1, 0) if np.ndim(x) else np.ndim(y))
    return [*range(left, rank), *range(left)]


def tensordot_left(cotangent: Any, x: Any, y: Any, axes: Any) -> Any:
    """The cotangent of `x` in `np.tensordot(x, y, axes)`."""
    summed_x, summed_y = _pairs(x, y, axes)
    free_x, free_y = _others(x, summed_x), _others(y, summed_y)
    last = list(range(len(free_x), len(free_x) + len(free_y)))
    product = np.tensordot(cotangent, y, (last, free_y))
    order = [*free_x, *(summed_x[summed_y.index(k)] for k in sorted(summed_y))]
    return _unsummed(product, x, order)


def tensordot_right(cotangent: Any, x: Any, y: Any, axes: Any) -> Any:
    """The cotangent of `y` in `np.tensordot(x, y, axes)`."""
    summed_x, summed_y = _pairs(x, y, axes)
    free_x, free_y = _others(x, summed_x), _others(y, summed_y)
    product = np.tensordot(x, cotangent, (free_x, list(range(len(free_x)))))
    order = [*(summed_y[summed_x.index(k)] for k in sorted(summed_x)), *free_y]
    return _unsummed(product, y, order)


def _pairs(x: Any, y: Any, axes: Any) -> tuple[list[int], list[int]]:
    if np.ndim(axes) == 0 and not isinstance(axes, (tuple, list)):
        return list(range(np.ndim(x) - int(axes), np.ndim(x))), list(range(int(axes)))
    left, right = ([int(k) for k in np.atleast_1d(side)] for side in axes)
    return [k % np.ndim(x) for k in left], [k % np.ndim(y) for k in right]


def _others(x: Any, summed: list[int]) -> list[int]:
    return [k for k in range(np.ndim(x)) if k not in summed]


def _unsummed(product: Any, operand: Any, order: list[int]) -> Any:
    """Axis k of the product is axis `order[k]` of the operand."""
    return np.transpose(product, np.argsort(order)) if order else np.reshape(product, np.shape(operand))


def diagonal_cotangent(cotangent: Any, x: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The cotangent of `x` in `np.diagonal(x, offset, axis1, axis2)`; the diagonal is the last axis."""
    x = np.asarray(x)
    result = np.zeros(x.shape, dtype=np.result_type(x, cotangent))
    rows = np.moveaxis(result, (axis1, axis2), (-2, -1))  # a view
    count = np.diagonal(rows, offset, -2, -1).shape[-1]
    k = np.arange(count)
    rows[..., k + max(0, -offset), k + max(0, offset)] = cotangent
    return result


def diag_cotangent(cotangent: Any, x: Any, k: int = 0) -> Any:
    """The cotangent of `x` in `np.diag(x, k)`, whether `x` is a vector or a matrix."""
    return np.diag(cotangent, k) if np.ndim(x) == 1 else diagonal_cotangent(cotangent, x, k)


def trace_cotangent(cotangent: Any, x: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The cotangent of `x` in `np.trace(x, offset, axis1, axis2)`."""
    return diagonal_cotangent(np.expand_dims(cotangent, -1), x, offset, axis1, axis2)


def kronecker_left(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `x` in `np.kron(x, y)`."""
    return _kronecker(cotangent, x, y, 0)


def kronecker_right(cotangent: Any, x: Any, y: Any) -> Any:
    """The cotangent of `y` in `np.kron(x, y)`."""
    return _kronecker(cotangent, x, y, 1)


def _kronecker(cotangent: Any, x: Any, y: Any, operand: int) -> Any:
    """With each axis of the product split in two, `kron` is an outer product."""
    rank = max(np.ndim(x), np.ndim(y))
    left, right = (np.reshape(v, (1,) * (rank - np.ndim(v)) + np.shape(v)) for v in (x, y))
    split = np.reshape(cotangent, [n for pair in zip(left.shape, right.shape, strict=True) for n in pair])
    other = list(range(1 - operand, 2 * rank, 2))
    product = np.tensordot(split, (right, left)[operand], (other, list(range(rank))))
    return np.reshape(product, np.shape((x, y)[operand]))


def convolve_cotangents(cotangent: Any, x: Any, y: Any, mode: str) -> tuple[Any, Any]:
    """The cotangents of both vectors in `np.convolve(x, y, mode)`."""
    shapes, (x, y) = (np.shape(x), np.shape(y)), (np.atleast_1d(x), np.atleast_1d(y))
    n, m = len(x), len(y)
    if mode == "valid" and n < m:
        right, left = convolve_cotangents(cotangent, y, x, mode)
        return left.reshape(shapes[0])[()], right.reshape(shapes[1])[()]
    if mode == "valid":
        left, right = np.convolve(cotangent, y[::-1]), np.convolve(x, cotangent[::-1], "valid")[::-1]
    else:
        if mode == "same":
            full = np.zeros(n + m - 1, dtype=np.result_type(x, y, cotangent))
            start = (min(n, m) - 1) // 2
            full[start : start + len(cotangent)] = cotangent
            cotangent = full
        left, right = np.convolve(cotangent, y[::-1], "valid"), np.convolve(cotangent, x[::-1], "valid")
    return left.reshape(shapes[0])[()], right.reshape(shapes[1])[()]


def correlate_cotangents(cotangent: Any, x: Any, y: Any, mode: str) -> tuple[Any, Any]:
    """The cotangents of both vectors in `np.correlate(x, y, mode)`, a convolution with conj(y) read backwards."""
    left, right = _slid_cotangents(cotangent, x, np.conj(y), mode)
    return left, np.conj(right)


def _slid_cotangents(cotangent: Any, x: Any, y: Any, mode: str) -> tuple[Any, Any]:
    if len(x) < len(y):
        right, left = _slid_cotangents(cotangent[::-1], y, x, mode)
        return left, right
    left, right = convolve_cotangents(cotangent, x, y[::-1], mode)
    return left, right[::-1]


def vecdot_cotangent(cotangent: Any, x: Any, y: Any, axis: int) -> Any:
    """The cotangent of `x` in the sum of `x * y` over the axis, which is counted in each of them."""
    if np.ndim(x) == np.ndim(y):
        return _fitted(np.expand_dims(cotangent, axis) * y, x)
    product = np.asarray(cotangent)[..., None] * np.moveaxis(np.asarray(y), axis, -1)
    return np.moveaxis(_fitted(product, np.moveaxis(np.asarray(x), axis, -1)), -1, axis)


def _in_space(x: Any) -> Any:
    """Vectors in the plane as vectors in space."""
    return np.concatenate([x, np.zeros_like(x[..., :1])], axis=-1) if np.shape(x)[-1] == 2 else x


def _moved(x: Any, source: int, destination: int) -> Any:
    """`np.moveaxis`, which takes its time also where there is nothing to do."""
    return x if source == destination else np.moveaxis(x, source, destination)


def _vectors(x: Any, axis: int, common: int | None) -> Any:
    return _moved(np.asarray(x), axis if common is None else common, -1)


def _normal(cotangent: Any, x: Any, y: Any, axis: int) -> Any:
    """The cotangent of a cross product as vectors in space; two vectors in the plane have a number as product."""
    given = np.asarray(cotangent)
    if np.shape(x)[-1] == np.shape(y)[-1] == 2:
        return given[..., None] * np.array([0, 0, 1], given.dtype)
    return _moved(given, axis, -1)


def cross_left(
    cotangent: Any, x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The cotangent of `x` in `np.cross(x, y, axisa, axisb, axisc, axis)`."""
    left, right = _vectors(x, axisa, axis), _vectors(y, axisb, axis)
    given = _normal(cotangent, left, right, axisc if axis is None else axis)
    found = _fitted(np.cross(_in_space(right), given)[..., : left.shape[-1]], left)
    return _moved(found, -1, axisa if axis is None else axis)


def cross_right(
    cotangent: Any, x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The cotangent of `y` in `np.cross(x, y, axisa, axisb, axisc, axis)`."""
    left, right = _vectors(x, axisa, axis), _vectors(y, axisb, axis)
    given = _normal(cotangent, left, right, axisc if axis is None else axis)
    found = _fitted(np.cross(given, _in_space(left))[..., : right.shape[-1]], right)
    return _moved(found, -1, axisb if axis is None else axis)


def pair_tangent(
    pair: Callable[..., tuple[Any, Any]],
    cotangent: Any,
    x: Any,
    y: Any,
    how: Any,
    of_cotangent: Any,
    of_x: Any,
    of_y: Any,
) -> tuple[Any, Any]:
    """The tangents of both results of `pair(cotangent, x, y, how)`, the cotangents of a product of x and y.

    They are linear in the cotangent, and each in the other factor. None: does not change.
    """
    given = np.zeros_like(cotangent) if of_cotangent is None else of_cotangent
    one = pair(given, x, y, how)
    of_x, of_y = (np.zeros_like(v) if change is None else change for v, change in ((x, of_x), (y, of_y)))
    other = pair(cotangent, of_x, of_y, how)
    return one[0] + other[0], one[1] + other[1]


def correlation_pair_tangent(
    cotangent: Any, x: Any, y: Any, mode: str, of_cotangent: Any, of_x: Any, of_y: Any
) -> tuple[Any, Any]:
    """The tangents of both results of `correlate_cotangents`; None: does not change."""
    return pair_tangent(correlate_cotangents, cotangent, x, y, mode, of_cotangent, of_x, of_y)
