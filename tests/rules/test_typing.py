"""Inferred types against what NumPy and Python really return."""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import gast
import numpy as np
import pytest

from sct_ad.rules.typing import (
    attribute_type,
    method_arguments,
    method_function,
    result_type,
    subscript_type,
)
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.values import (
    BOOL,
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    Constant,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
    join,
)
from tests.rules.covering import Sizes, abstract, covers, exact, has_sizes, is_precise, loose, symbolic

V, W, ONE = np.array([0.5, 1.5, 2.5]), np.array([1.0, 2.0]), np.array([2.0])
M, N, S = np.arange(6.0).reshape(2, 3) + 1, np.arange(12.0).reshape(3, 4), np.array([[2.0, 1.0], [1.0, 3.0]])
ROW, COLUMN, T3 = M[:1].copy(), M[:, :1].copy(), np.arange(24.0).reshape(2, 3, 4)
F32, I, B, C = V.astype("float32"), np.array([0, 1, 1]), V > 1, V + 1j
EMPTY, ZERO_D = np.zeros(0), np.array(1.5)
F, NF, G = 0.5, np.float64(0.5), np.float32(0.5)
OPERANDS = [F, 2, True, 1j, NF, G, np.int64(3), V, F32, I, B, C, M, ROW, COLUMN, ZERO_D, ONE, EMPTY]


def K(function: Any, *args: Any, **keywords: Any) -> Any:
    return pytest.param(
        function, args, keywords, id=f"{getattr(function, '__name__', function)}-{_show(args, keywords)}"
    )


def _show(args: Any, keywords: Any) -> str:
    def one(value: Any) -> str:
        return (
            f"{value.dtype}{value.shape}" if isinstance(value, np.ndarray) else getattr(value, "__name__", repr(value))
        )

    return ",".join([*map(one, args), *(f"{k}={one(v)}" for k, v in keywords.items())]).replace(" ", "")


def _run(function: Any, args: Any, keywords: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*args, **keywords)


def _infer(function: Any, args: Any, keywords: Any, dim: Any, known: bool = True) -> Any:
    types = [abstract(a, dim, known) for a in args]
    return result_type(function, types, {k: abstract(v, dim, known) for k, v in keywords.items()})


PAIRS = [(x, y) for x in OPERANDS for y in OPERANDS]
BINARY = [operator.add, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.lt, operator.eq]
BINARY += [np.add, np.divide, np.maximum, np.hypot, np.less, np.arctan2, np.power, np.logical_and, np.where]


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_binary_functions_of_every_pair_of_types(function: Any) -> None:
    for x, y in PAIRS:
        args = (B, x, y) if function is np.where else (x, y)
        try:
            value = _run(function, args, {})
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            continue
        for dim in (exact, symbolic, loose):
            found = _infer(function, args, {}, dim)
            assert covers(found, value, Sizes()), (args, found, value)
            # Some versions of NumPy raise to certain scalars of their own without promotion.
            by_value = function is operator.pow and isinstance(y, (np.generic, np.ndarray)) and np.ndim(y) == 0
            assert is_precise(found) or by_value, (args, found)


UNARY = [
    operator.neg,
    operator.pos,
    operator.not_,
    abs,
    float,
    int,
    bool,
    round,
    np.sin,
    np.sqrt,
    np.abs,
    np.sign,
    np.isnan,
]
UNARY += [
    np.square,
    np.floor,
    np.exp,
    np.negative,
    np.conjugate,
    np.real,
    np.imag,
    np.copy,
    np.asarray,
    np.array,
    np.ndim,
]
UNARY += [np.zeros_like, np.sum, np.mean, np.max, np.argmax, np.cumsum, np.ravel, np.transpose, np.atleast_2d, np.shape]
UNARY += [
    np.float32,
    np.float64,
    np.size,
    np.sort,
    np.squeeze,
    np.round,
    np.nan_to_num,
    np.prod,
    np.std,
    np.any,
    np.median,
]
UNARY += [np.linalg.norm, np.count_nonzero, np.modf, np.flip, np.isscalar, np.sinc, np.iscomplexobj]


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
def test_functions_of_one_argument_of_every_type(function: Any) -> None:
    for x in [*OPERANDS, T3, [1.0, 2.0], (1, 2), [V, V], [[1, 2], [3, 4]]]:
        try:
            value = _run(function, (x,), {})
        except (TypeError, ValueError, IndexError):
            continue
        for dim in (exact, symbolic, loose):
            found = _infer(function, (x,), {}, dim)
            assert covers(found, value, Sizes()), (x, found, value)
            # What these give depends on whether there is only one element.
            by_size = dim is loose and function in (np.squeeze, np.float64)
            assert is_precise(found) or by_size, (x, found)
        for blurred in (Array(), UNKNOWN):
            assert covers(result_type(function, [blurred], {}), value, Sizes()), (x, blurred)
        if isinstance(x, np.ndarray):
            for blurred in (Array("", abstract(x).dims), Array(x.dtype.name, None)):
                found = result_type(function, [blurred], {})
                assert covers(found, value, Sizes()), (x, blurred, found, value)


CASES = [
    *(K(f, x, axis=a, keepdims=k) for f in (np.sum, np.max, np.mean, np.argmax) for x in (M, T3) for a in (None, 0, -1) for k in (False, True)),
    *(K(f, x, a) for f in (np.sum, np.var, np.all, np.prod, np.min, np.argmin) for x in (M, T3, ROW) for a in (0, 1)),
    K(np.sum, T3, axis=(0, 2)), K(np.sum, T3, axis=(0, -1), keepdims=True), K(np.sum, I, dtype=np.float32),
    K(np.sum, V, axis=0), K(np.mean, F32, axis=0), K(np.median, M, axis=1), K(np.std, M, axis=0, ddof=1), K(np.average, V, weights=V),
    K(np.average, M, axis=0), K(np.quantile, M, 0.5), K(np.quantile, M, 0.5, axis=0), K(np.percentile, V, [10, 20]), K(np.ptp, M, axis=0),
    K(np.count_nonzero, M, axis=1), K(np.linalg.norm, M, axis=1), K(np.linalg.norm, V, 1), K(np.linalg.norm, M, "fro"), K(np.linalg.norm, M, axis=0, keepdims=True),
    K(np.trace, S), K(np.trace, T3), K(np.size, M, 0), K(np.nansum, M, axis=0), K(np.trapezoid if hasattr(np, "trapezoid") else np.trapz, V, V),
    # products
    *(K(f, x, y) for f in (np.dot, np.matmul, operator.matmul) for x, y in ((V, V), (M, V), (W, M), (M, N), (T3, N.T), (ROW, V), (F32, V), (F32, F32))),
    K(np.dot, V, 2.0), K(np.dot, 2.0, 3), K(np.dot, NF, V), K(np.outer, V, W), K(np.outer, M, W), K(np.outer, 2.0, W), K(np.inner, V, V), K(np.inner, M, M), K(np.inner, M, V),
    K(np.vdot, V, V), K(np.vdot, M, M), K(np.tensordot, M, N, 1), K(np.tensordot, M, M), K(np.tensordot, T3, N, axes=([1, 2], [0, 1])), K(np.tensordot, M, N, axes=(1, 0)),
    K(np.einsum, "ij,jk->ik", M, N), K(np.einsum, "ij,j", M, V), K(np.einsum, "i,i->", V, V), K(np.einsum, "ii->i", S), K(np.einsum, "...j,j->...", T3, N[0]),
    K(np.einsum, "ij->ji", M), K(np.einsum, "ii", S), K(np.einsum, "i,j->ij", V, W), K(np.einsum, "bij,bjk->bik", T3, T3.transpose(0, 2, 1)), K(np.kron, M, S), K(np.kron, V, W),
    K(np.linalg.solve, S, W), K(np.linalg.solve, S, M), K(np.linalg.inv, S), K(np.linalg.det, S), K(np.linalg.cholesky, S), K(np.linalg.pinv, M), K(np.linalg.eigvalsh, S),
    K(np.linalg.eigh, S), K(np.linalg.slogdet, S), K(np.linalg.matrix_power, S, 3), K(np.cross, V, V), K(np.cross, N.T, V), K(np.linalg.svd, M), K(np.linalg.svd, M, full_matrices=False),
    K(np.linalg.svd, M, compute_uv=False), K(np.linalg.qr, S), K(np.linalg.lstsq, S, W), K(np.linalg.cond, S), K(np.linalg.matrix_rank, S), K(np.linalg.multi_dot, [M, N, N.T]),
    # elementwise
    K(np.where, B, V, 0.0), K(np.where, B, 1, 0), K(np.where, V > 1), K(np.where, COLUMN > 1, V, M), K(np.where, True, 1.0, 2.0), K(np.clip, V, 0.0, 1.0), K(np.clip, V, None, W[:1]),
    K(np.clip, M, V, None), K(np.clip, 0.5, 0, 1), K(np.clip, F32, 0.0, 1.0), K(np.modf, V), K(np.frexp, V), K(np.divmod, V, 2.0), K(divmod, V, 2), K(divmod, 7, 2), K(divmod, 7.5, 2),
    K(np.add, V, V, dtype=np.float32), K(np.isclose, V, M), K(np.allclose, V, M), K(np.array_equal, V, V), K(np.interp, V, V, V), K(np.interp, 0.5, V, V), K(np.searchsorted, V, 1.0),
    K(np.searchsorted, V, M), K(np.digitize, M, V), K(np.polyval, V, M), K(np.polyval, [1.0, 2.0], 0.5), K(np.select, [V > 1, V > 2], [V, 2 * V], 0.0), K(np.diff, V), K(np.diff, M, axis=0),
    K(np.diff, M, 2), K(np.cumsum, M), K(np.cumsum, M, axis=1), K(np.cumprod, V), K(np.sort, M), K(np.sort, M, axis=None), K(np.argsort, V), K(np.flip, M, 0), K(np.roll, M, 1),
    K(np.roll, V, 1, axis=0), K(np.tril, S), K(np.triu, M, 1), K(np.round, V, 2), K(np.add.reduce, M), K(np.add.reduce, V), K(np.maximum.reduce, M, axis=1), K(np.add.accumulate, V),
    K(np.multiply.outer, V, M), K(np.fix, V), K(np.logaddexp, V, M), K(np.gradient, V), K(np.convolve, V, W), K(np.heaviside, V, 0.5), K(np.unwrap, V), K(np.ediff1d, V), K(np.add.reduce, M, 0, keepdims=True),
    # shapes
    K(np.reshape, M, (3, 2)), K(np.reshape, M, -1), K(np.reshape, M, (-1, 2)), K(np.reshape, T3, (2, -1)), K(np.reshape, T3, (6, -1)), K(np.reshape, V, (-1, 1)), K(np.reshape, V, (1, -1)),
    K(np.reshape, EMPTY, (-1, 3)), K(np.ravel, T3), K(np.transpose, T3), K(np.transpose, T3, (1, 0, 2)), K(np.swapaxes, T3, 0, -1), K(np.moveaxis, T3, 0, -1), K(np.moveaxis, T3, (0, 1), (1, 2)),
    K(np.expand_dims, M, 0), K(np.expand_dims, M, -1), K(np.expand_dims, V, (0, 2)), K(np.squeeze, ROW), K(np.squeeze, ROW, axis=0), K(np.squeeze, ONE), K(np.broadcast_to, V, (2, 3)),
    K(np.broadcast_to, 1.0, (2, 3)), K(np.broadcast_arrays, V, M), K(np.concatenate, [V, W]), K(np.concatenate, (M, M), axis=1), K(np.concatenate, [M, ROW]), K(np.concatenate, [M, M], axis=None),
    K(np.concatenate, [V, I]), K(np.concatenate, [F32, I]), K(np.concatenate, M), K(np.concatenate, [V, [1.0]]), K(np.stack, [V, V]), K(np.stack, (V, V, V), axis=1), K(np.stack, [1.0, 2.0]), K(np.stack, [NF, NF], axis=-1),
    K(np.hstack, [V, W]), K(np.hstack, [M, S]), K(np.hstack, [1.0, V]), K(np.vstack, [V, M]), K(np.vstack, [V, V]), K(np.vstack, [1.0, 2.0]), K(np.dstack, [V, V]), K(np.dstack, [M, M]), K(np.column_stack, [V, V]),
    K(np.column_stack, [M, W]), K(np.append, V, 1.0), K(np.append, V, W), K(np.append, M, M, axis=0), K(np.append, M, V), K(np.atleast_1d, 1.0), K(np.atleast_3d, V), K(np.atleast_3d, M), K(np.atleast_1d, 1.0, V),
    K(np.tile, V, 2), K(np.tile, V, (2, 1)), K(np.tile, M, 2), K(np.repeat, V, 2), K(np.repeat, M, 2, axis=0), K(np.repeat, V, I), K(np.repeat, M, 3), K(np.diag, V), K(np.diag, M), K(np.diag, V, 1), K(np.diag, M, -1),
    K(np.diag, S, 1), K(np.diagonal, S), K(np.diagonal, T3), K(np.diagonal, M, 1), K(np.rot90, M), K(np.rot90, M, 2), K(np.pad, V, 1), K(np.pad, M, ((1, 0), (2, 2))), K(np.split, T3, 2), K(np.split, V, 3), K(np.split, V, [1]),
    K(np.array_split, V, 2), K(np.hsplit, N, 2), K(np.vsplit, M, 2), K(np.take, V, 1), K(np.take, M, I), K(np.take, M, I, axis=1), K(np.take, M, 0, axis=0), K(np.take, V, [0, 1]), K(np.take_along_axis, M, np.array([[0], [1]]), 1),
    K(np.resize, V, (2, 2)), K(np.delete, V, 0), K(np.insert, V, 0, 1.0), K(np.unique, V), K(np.nonzero, V), K(np.argwhere, V), K(np.triu_indices, 3), K(np.indices, (2, 3)), K(np.block, [[S, S], [S, S]]), K(np.cov, M), K(np.corrcoef, M),
    K(np.histogram, V), K(np.bincount, I), K(np.fft.fft, V), K(np.fft.rfft, V), K(np.fft.irfft, C), K(np.trim_zeros, V), K(np.meshgrid, V, W), K(np.meshgrid, V, W, indexing="ij"), K(np.lib.stride_tricks.sliding_window_view, V, 2),
    # constructors
    K(np.zeros, 3), K(np.zeros, (2, 3)), K(np.zeros, [2, 3]), K(np.zeros, (2,), dtype=int), K(np.zeros, 3, np.float32), K(np.ones, (2, 1), dtype="float32"), K(np.empty, (0, 2)), K(np.zeros, ()), K(np.full, 3, 1.0), K(np.full, (2, 2), 1),
    K(np.full, 2, V[0]), K(np.zeros_like, V, dtype=int), K(np.full_like, I, 2.5), K(np.empty_like, M), K(np.ones_like, 1.0), K(np.zeros_like, [1, 2]), K(np.arange, 5), K(np.arange, 1, 5), K(np.arange, 0, 1, 0.25), K(np.arange, 3.0),
    K(np.arange, 1, 6, 2), K(np.arange, 5, 0, -1), K(np.arange, 3, dtype=float), K(np.linspace, 0.0, 1.0), K(np.linspace, 0, 1, 5), K(np.linspace, V, V, 4), K(np.linspace, 0, 1, num=3, endpoint=False), K(np.logspace, 0, 1, 4), K(np.eye, 3),
    K(np.eye, 2, 3), K(np.eye, 2, dtype=int), K(np.identity, 2), K(np.tri, 3), K(np.array, 1.0), K(np.array, [1, 2]), K(np.array, [1, 2.0]), K(np.array, [[1.0, 2.0], [3.0, 4.0]]), K(np.array, [V, V]), K(np.array, (NF, 1.0)), K(np.array, []),
    K(np.array, [G, G]), K(np.array, [G, 1.0]), K(np.array, [True, False]), K(np.array, [1, 2], dtype=float), K(np.array, [1, 2], np.float32), K(np.array, V, ndmin=2), K(np.asarray, [ZERO_D, 1.0]), K(np.array, [1j, 1]), K(np.asarray, range(3)),
    K(np.ascontiguousarray, 1.0), K(np.copy, [1.0]), K(np.float64, 1), K(np.float32, V), K(np.int64, 2.5), K(np.bool_, 1), K(np.dtype, float), K(np.result_type, np.float32, np.float64), K(np.finfo, np.float64),
    K(np.ndarray.astype, V, np.float32), K(np.ndarray.astype, V, int), K(np.ndarray.item, ONE), K(np.ndarray.item, I, 0), K(np.ndarray.tolist, M), K(np.ndarray.tolist, V), K(np.ndarray.flatten, M),
    # Python
    K(max, 1, 2.5), K(max, [1.0, 2.0]), K(min, 1, 2), K(max, V), K(min, (1, 2, 3)), K(sum, [1, 2]), K(sum, [1.0, 2]), K(sum, V), K(sum, [V, V]), K(sum, []), K(sum, [V], 1.0), K(sum, M), K(len, V), K(len, [1, 2]), K(len, "abc"), K(len, range(3)), K(len, EMPTY),
    K(range, 4), K(range, 1, 4), K(range, 4, 0, -1), K(range, 0, 5, 2), K(list, (1, 2.0)), K(tuple, [V, 1]), K(list, range(3)), K(list, V), K(sorted, [2, 1.0]), K(pow, 2, 3), K(pow, V, 2), K(pow, 2, 3, 5), K(round, 2.5), K(round, 2.567, 1), K(round, NF),
    K(round, NF, 1), K(float, 2), K(float, NF), K(float, ONE[0]), K(int, 2.5), K(int, 3), K(bool, []), K(bool, "a"), K(isinstance, 1.0, (int, float)), K(isinstance, V, np.ndarray), K(isinstance, 1, int), K(isinstance, [1], (list, tuple)), K(isinstance, NF, float),
    K(isinstance, V, (int, float)), K(isinstance, None, float), K(isinstance, "a", str), K(hasattr, V, "shape"), K(hasattr, 1.0, "shape"), K(callable, np.sin), K(callable, 1.0), K(callable, V), K(type, V), K(type, NF), K(type, None), K(getattr, M, "shape"),
    K(operator.add, (1, 2), (V,)), K(operator.add, [1], [2.0, 3]), K(operator.mul, [0.0], 3), K(operator.mul, 2, (1, 2)), K(operator.add, [1.0, 2.0], W), K(operator.mul, V, [1.0, 2.0, 3.0]), K(operator.add, "a", "b"), K(operator.mod, "%d", 2),
    K(operator.is_, None, None), K(operator.is_, V, None), K(operator.is_not, 1.0, None), K(operator.is_, np.sin, np.sin), K(operator.is_not, np.sin, np.cos), K(operator.is_, True, True), K(operator.eq, "a", "b"), K(operator.ne, "a", "a"), K(operator.eq, (1, 2), (1, 2)),
    K(operator.eq, None, 1), K(operator.eq, (1, 2), (1,)), K(operator.contains, (1, 2), 2), K(operator.contains, ("a", "b"), "c"), K(operator.contains, "abc", "b"), K(operator.contains, {"a": 1}, "a"), K(operator.not_, None), K(operator.not_, (1,)), K(operator.not_, []),
    K(operator.getitem, (1, V), 1), K(operator.getitem, M, (0, 1)), K(str.lower, "ABC"), K(str.startswith, "abc", "a"), K(dict.get, {"a": 1.0}, "a"), K(dict.get, {"a": 1.0}, "b", 2), K(operator.lshift, 1, 3), K(operator.invert, 3), K(operator.xor, True, False),
    K(math.sin, 0.5), K(math.floor, 2.5), K(math.sqrt, NF), K(math.isnan, 0.5), K(math.hypot, 1.0, 2.0), K(math.factorial, 5), K(math.prod, [1.0, 2]), K(math.fsum, V), K(math.modf, 2.5), K(math.frexp, 2.5), K(math.atan2, 1, 2), K(math.pow, 2, 3), K(math.comb, 5, 2),
    K(np.shape, M), K(np.shape, 1.0), K(np.shape, [V, V]), K(np.ndim, [1]), K(np.size, T3), K(np.full, (3,), True), K(np.vectorize, np.sin),
]  # fmt: skip
IMPRECISE = (np.cross, np.cov, np.corrcoef, np.vectorize, max, sum, np.block, np.squeeze)


@pytest.mark.parametrize(("function", "args", "keywords"), CASES)
def test_the_inferred_type_covers_the_value(function: Any, args: Any, keywords: Any) -> None:
    value = _run(function, args, keywords)
    for dim in (exact, symbolic, loose):
        found = _infer(function, args, keywords, dim)
        assert covers(found, value, Sizes()), (found, value)
        assert is_precise(found) or function in IMPRECISE, found
    found = _infer(function, args, keywords, symbolic, known=False)
    assert covers(found, value, Sizes()), (found, value)


@pytest.mark.parametrize(("function", "args", "keywords"), CASES)
def test_less_known_arguments_give_a_type_that_still_covers_the_value(function: Any, args: Any, keywords: Any) -> None:
    value = _run(function, args, keywords)
    types = [abstract(a) for a in args]
    for k, type_ in enumerate(types):
        if isinstance(type_, Array):
            for blurred in (Array(), UNKNOWN, Array(type_.dtype), Array("", type_.dims)):
                given = [*types[:k], blurred, *types[k + 1 :]]
                found = result_type(function, given, {key: abstract(v) for key, v in keywords.items()})
                assert covers(found, value, Sizes()), (blurred, found, value)
        if isinstance(type_, Scalar):
            blurred = Scalar(type_.kind, "?")
            given = [*types[:k], blurred, *types[k + 1 :]]
            found = result_type(function, given, {key: abstract(v) for key, v in keywords.items()})
            assert covers(found, value, Sizes()), (blurred, found, value)


INDICES = """
0 | -1 | i | : | 1: | :-1 | 1:-1 | ::-1 | ::2 | 1:2 | :n | i: | ... | None | ..., None | None, : | :, None
0, 0 | 0, : | :, 0 | i, j | 1:, 0 | :, 1: | ..., 0 | 0, ... | :, None, 0 | :, :-1 | mask2 | idx | idx, 0 | idx, idx
0, idx | :, idx | None, idx | [0, 1] | [0, 1], : | t | rows, columns | :, mask3 | mask2, 0 | ..., idx | idx, None
"""
INDEX_VALUES = {
    "i": 1, "j": 0, "n": 2, "mask2": np.array([True, False]), "mask3": np.array([True, False, True]), "idx": np.array([0, 1, 0]),
    "t": (0, 1), "rows": np.array([[0], [1]]), "columns": np.array([[0, 1, 2]]),
}  # fmt: skip


def _index_type(node: Any, known: bool = True) -> Any:
    expr = gast.Expression(node)
    value = eval(compile(gast.gast_to_ast(gast.fix_missing_locations(expr)), "index", "eval"), dict(INDEX_VALUES))
    return abstract(value, known=known)


@pytest.mark.parametrize("index", [i.strip() for i in INDICES.replace("\n", "|").split("|") if i.strip()])
def test_subscripts_of_arrays(index: str) -> None:
    node = gast.parse(f"x[{index}]").body[0].value.slice
    for x in (V[:2], M, T3, T3[:1], S, M[:, :0]):
        try:
            value = eval(f"x[{index}]", {"x": x, **INDEX_VALUES})
        except IndexError:
            continue
        for dim in (exact, symbolic, loose):
            for known in (True, False):
                found = subscript_type(abstract(x, dim), node, lambda e, known=known: _index_type(e, known))
                assert covers(found, value, Sizes()), (x.shape, found, value)
                assert is_precise(found), found
        blurred = subscript_type(Array("float64"), node, _index_type)
        assert covers(blurred, value, Sizes())


def _slice(value: Any, index: str, **types: Any) -> Any:
    node = gast.parse(f"x[{index}]").body[0].value.slice
    typed = lambda e: types[e.id] if isinstance(e, gast.Name) else abstract(gast.literal_eval(e))  # noqa: E731
    return subscript_type(value, node, typed)


def test_slices_of_symbolic_sizes() -> None:
    n = Dim("n", 0, True)
    x, size = Array("float64", (n,)), Scalar("int", "", size=Dim("n"))
    less = result_type(operator.sub, [size, Scalar("int", "", 1)], {})
    assert _slice(x, "1:").dims == (Dim("n", 1),)
    assert _slice(x, "1:-1").dims == (Dim("n", 2),)
    assert _slice(_slice(x, "1:"), ":-2").dims == (Dim("n", 3),)
    assert _slice(x, ":").dims == (n,)
    assert _slice(x, "1:m", m=less).dims == (Dim("n", 2),)
    assert _slice(x, ":m", m=size).dims == (n,)
    assert _slice(x, "::2").dims == _slice(x, "::2").dims
    assert _slice(x, "i:", i=INT).dims != _slice(x, "i:", i=INT).dims
    assert _slice(x, "mask", mask=Array("bool", (n,))).dims != _slice(x, "mask", mask=Array("bool", (n,))).dims


def test_subscripts_of_containers() -> None:
    pair = Tuple((FLOAT, Array("float64", (2,))))
    assert _slice(pair, "1") == pair.items[1]
    assert _slice(pair, "-2") == FLOAT
    assert _slice(pair, "1:") == Tuple(pair.items[1:])
    assert _slice(Tuple((FLOAT, INT)), "i", i=INT) == FLOAT
    assert _slice(List(None, FLOAT), "0") == FLOAT
    assert _slice(List((FLOAT, FLOAT)), "i", i=INT) == FLOAT
    assert _slice(List(None, FLOAT), "1:") == List(None, FLOAT)
    assert _slice(Range(3), "0") == INT
    assert _slice(pair, "5") == UNKNOWN
    assert _slice(UNKNOWN, "0") == UNKNOWN


def test_sizes_of_ints() -> None:
    n = Scalar("int", "", size=Dim("n"))
    x = Array("float64", (Dim("n", 0, True), 3))
    one = Scalar("int", "", 1)
    assert attribute_type(x, "shape").items[0].size == Dim("n", 0, True)
    assert attribute_type(x, "shape").items[1].value == 3
    assert result_type(len, [x], {}).size == Dim("n", 0, True)
    assert result_type(np.zeros, [n], {}).dims == (Dim("n"),)
    assert result_type(np.zeros, [Tuple((n, n))], {}).dims == (Dim("n"), Dim("n"))
    assert result_type(operator.add, [n, one], {}).size == Dim("n", -1)
    less = result_type(operator.sub, [n, one], {})
    assert less.size == Dim("n", 1)
    # n - 1 may be -1, whose size is 0: adding 1 to that size would be wrong.
    assert result_type(operator.add, [less, one], {}).size is None
    assert result_type(range, [n], {}) == Range(Dim("n"), from_zero=True)
    assert result_type(range, [one, less], {}) == Range(Dim("n", 2), from_zero=True)
    assert result_type(np.arange, [n], {}).dims == (Dim("n"),)
    assert result_type(np.zeros, [INT], {}).dims != result_type(np.zeros, [INT], {}).dims


def test_python_numbers_stay_python_numbers() -> None:
    assert result_type(operator.mul, [FLOAT, INT], {}) == FLOAT
    assert result_type(math.sin, [FLOAT], {}) == FLOAT
    assert result_type(np.sin, [FLOAT], {}) == Scalar("float", "float64")
    assert result_type(operator.lt, [FLOAT, FLOAT], {}) == BOOL
    assert result_type(operator.mul, [FLOAT, Array("float32", (3,))], {}) == Array("float32", (3,))


def test_a_number_that_may_be_complex_is_not_taken_to_be() -> None:
    maybe = join(FLOAT, Scalar("complex"))
    assert maybe == Scalar("complex", "?")
    for other in (FLOAT, Scalar("float", "float64")):
        assert result_type(operator.mul, [maybe, other], {}) == maybe
    assert result_type(operator.mul, [maybe, Array("float64", (3,))], {}) == Array("", (3,))
    assert result_type(operator.mul, [Scalar("float", "?"), Array("float64", (3,))], {}) == Array("float64", (3,))


def test_isinstance_is_decided_only_where_every_value_of_the_type_agrees() -> None:
    assert result_type(isinstance, [FLOAT, Constant((int, float))], {}).value is True
    # Where paths meet, float also stands for int.
    assert result_type(isinstance, [FLOAT, Constant(float)], {}) == BOOL
    assert result_type(isinstance, [FLOAT, Constant(np.ndarray)], {}).value is False
    assert result_type(isinstance, [Array(), Constant(np.ndarray)], {}) == BOOL
    assert result_type(isinstance, [UNKNOWN, Constant(float)], {}) == BOOL


def test_nothing_is_known_of_unknown_functions() -> None:
    def f(x: float) -> float:
        raise AssertionError("called")

    assert result_type(f, [FLOAT], {}) == UNKNOWN
    assert result_type(np.load, [Constant("x")], {}) == UNKNOWN
    assert result_type(np.vectorize, [Constant(f)], {}) == UNKNOWN
    assert result_type(np.apply_along_axis, [Constant(f), Scalar("int", "", 0), Array("float64", (3,))], {}) == UNKNOWN


METHODS = [
    ("sum", (), {}), ("sum", (0,), {}), ("mean", (), {"axis": 0}), ("reshape", (3, 2), {}), ("reshape", ((3, 2),), {}), ("reshape", (-1,), {}), ("transpose", (), {}),
    ("transpose", (1, 0), {}), ("transpose", ((1, 0),), {}), ("dot", (V,), {}), ("ravel", (), {}), ("flatten", (), {}), ("copy", (), {}), ("astype", (np.float32,), {}),
    ("clip", (0, 2), {}), ("clip", (), {"min": 2}), ("clip", (None, 2), {}), ("max", (), {"axis": 1, "keepdims": True}), ("argmax", (), {}), ("item", (0,), {}), ("tolist", (), {}), ("cumsum", (), {}),
    ("swapaxes", (0, 1), {}), ("squeeze", (), {}), ("repeat", (2,), {}), ("std", (), {}), ("any", (), {}), ("conj", (), {}), ("round", (1,), {}), ("diagonal", (), {}), ("trace", (), {}),
    ("take", ([0, 1],), {}), ("compress", ([True, False],), {"axis": 0}), ("fill", (0.0,), {}), ("sort", (), {}), ("conjugate", (), {}), ("nonzero", (), {}), ("view", (), {}), ("argsort", (), {}),
]  # fmt: skip


@pytest.mark.parametrize(("attr", "args", "keywords"), METHODS)
def test_methods_are_functions(attr: str, args: Any, keywords: Any) -> None:
    x = M.copy()
    value = getattr(x.copy(), attr)(*args, **keywords)
    type_ = abstract(x)
    function = method_function(type_, attr)
    given, named = method_arguments(
        function, attr, [type_, *map(abstract, args)], {k: abstract(v) for k, v in keywords.items()}
    )
    found = result_type(function, given, named)
    assert covers(found, value, Sizes()) and is_precise(found), (found, value)
    nodes = [gast.parse(ast_text).body[0].value for ast_text in ("x", *(["None"] * len(args)))]
    assert len(method_arguments(function, attr, nodes, {})[0]) == len(given)


def test_methods_of_other_values() -> None:
    assert method_function(List((FLOAT,)), "append") is list.append
    assert method_function(Tuple((FLOAT,)), "index") is tuple.index
    assert method_function(Array("float64", (3,)), "sort") is np.ndarray.sort
    assert method_function(Scalar("float", "float64"), "sum") is np.sum
    assert method_function(FLOAT, "is_integer") is float.is_integer
    assert method_function(Opaque(dict), "get") is dict.get
    assert method_function(Constant("abc"), "upper") is str.upper
    assert method_function(UNKNOWN, "sum") is None
    assert method_function(Array("float64", (3,)), "no_such_method") is None


@pytest.mark.parametrize("attr", ["shape", "ndim", "size", "dtype", "T", "real", "imag", "itemsize", "nbytes"])
def test_attributes_of_arrays(attr: str) -> None:
    for x in (V, M, T3, F32, C, ROW, EMPTY, NF, G):
        value = getattr(x, attr)
        for dim in (exact, symbolic, loose):
            found = attribute_type(abstract(x, dim), attr)
            if attr == "nbytes" and isinstance(x, np.generic):
                continue
            assert covers(found, value, Sizes()) and is_precise(found), (x, found, value)


def test_attributes_of_constants() -> None:
    assert attribute_type(Constant(np), "pi") == Scalar("float", "", np.pi)
    assert attribute_type(Constant(math), "sin").value is math.sin
    assert attribute_type(Constant(np.finfo(np.float64)), "eps") == Scalar("float", "float64")
    assert attribute_type(FLOAT, "real") == FLOAT
    assert attribute_type(UNKNOWN, "shape") == UNKNOWN
    assert attribute_type(Array("float64"), "ndim") == INT


def test_sizes_are_known_wherever_they_can_be() -> None:
    n, m = Dim(("n",), 0, True), Dim(("m",), 0, True)
    x, y = Array("float64", (n, m)), Array("float64", (m,))
    for function, args in [
        (np.matmul, [x, y]), (np.dot, [x, y]), (operator.add, [x, y]), (np.outer, [y, y]), (np.sum, [x, Scalar("int", "", 0)]), (np.transpose, [x]), (np.cumsum, [y]),
        (np.stack, [List((y, y))]), (np.concatenate, [List((y, y))]), (np.where, [Array("bool", (n, m)), x, y]), (np.ravel, [x]), (np.diag, [y]), (np.tile, [y, Scalar("int", "", 2)]),
        (np.linalg.solve, [x, y]), (np.zeros_like, [x]), (np.array, [List((y, y))]), (np.split, [y, Scalar("int", "", 2)]), (np.kron, [y, y]), (np.pad, [y, Scalar("int", "", 1)]),
    ]:  # fmt: skip
        assert has_sizes(result_type(function, args, {})), function


def test_reshape_there_and_back_gives_the_sizes_back() -> None:
    n, m = Dim("n"), Dim("m")
    x = Array("float64", (n, m))
    flat = result_type(np.ravel, [x], {})
    shape = Tuple((Scalar("int", "", size=n), Scalar("int", "", -1)))
    assert result_type(np.reshape, [flat, shape], {}).dims == (n, m)


def test_random_draws_have_the_shape_asked_for() -> None:
    shape = Tuple((Scalar("int", "", 2), Scalar("int", "", 3)))
    assert result_type(np.random.normal, [], {"size": shape}) == Array("float64", (2, 3))
    assert result_type(np.random.rand, [*shape.items], {}) == Array("float64", (2, 3))
    assert result_type(np.random.normal, [], {}) == FLOAT
    assert result_type(np.random.seed, [INT], {}) == Constant(None)
    assert result_type(np.random.Generator.normal, [UNKNOWN, FLOAT, FLOAT, shape], {}) == Array("float64", (2, 3))
    assert result_type(np.random.permutation, [Scalar("int", "", 3)], {}) == Array("int64", (3,))
    rows = Array("float32", (2, 3))
    assert result_type(np.random.Generator.permutation, [UNKNOWN, rows], {"axis": INT}) == rows


def test_importing_the_rules_does_not_import_what_few_programs_need() -> None:
    import subprocess
    import sys

    text = "import numpy, sys; before = set(sys.modules); import sct_ad.rules.typing; print(*set(sys.modules) - before)"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout.split()
    assert not any(name.startswith("numpy.random") for name in found)
