"""Declared effects against what NumPy and Python really do to memory."""

from __future__ import annotations

import builtins
import copy
import importlib
import inspect
import math
import operator
import pkgutil
import random
import time
import types
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import polynomial
from scipy.interpolate import RegularGridInterpolator

from sct_ad import runtime
from sct_ad.rules.effects import _RUNTIME, IMPURE, PURE, Effects, call_effects, effects
from sct_ad.runtime.recurrences import steps

V, M, S = np.arange(3.0), np.arange(6.0).reshape(2, 3), np.eye(2)
POLY, CHEB, LAG = np.polynomial.polynomial, np.polynomial.chebyshev, np.polynomial.laguerre
I, B = np.array([2, 0, 1]), np.array([True, False, True])

CALLS = [
    *((f, (M,)) for f in (np.ravel, np.transpose, np.squeeze, np.asarray, np.ascontiguousarray, np.atleast_1d, np.atleast_3d, np.real, np.flip, np.fliplr)),
    *((f, (M,)) for f in (np.flipud, np.rot90, np.diagonal, np.diag, np.copy, np.sin, np.sum, np.cumsum, np.sort, np.tril, np.conj, np.abs, np.array)),
    *((f, (V,)) for f in (np.diag, np.exp, np.negative, np.positive, np.zeros_like, np.unique, np.nonzero, np.argsort, np.atleast_2d, np.trim_zeros)),
    *((f, (V,)) for f in (np.nan_to_num, np.meshgrid, np.broadcast_arrays, np.round, np.real_if_close, list, tuple, reversed, iter, enumerate, copy.copy, copy.deepcopy)),
    (np.reshape, (M, 6)), (np.swapaxes, (M, 0, 1)), (np.moveaxis, (M, 0, 1)), (np.expand_dims, (M, 0)), (np.broadcast_to, (V, (2, 3))), (np.split, (V, 3)), (np.array_split, (V, 2)),
    (np.hsplit, (M, 3)), (np.vsplit, (M, 2)), (np.concatenate, ([V, V],)), (np.stack, ([V, V],)), (np.where, (B, V, V)), (np.clip, (V, 0, 1)), (np.take, (V, I)), (np.repeat, (V, 2)),
    (np.tile, (V, 2)), (np.roll, (V, 1)), (np.dot, (M, V)), (np.matmul, (M, V)), (np.add, (V, V)), (np.maximum, (V, V)), (np.outer, (V, V)), (np.linalg.inv, (S + 1 * np.eye(2),)), (np.linalg.solve, (S, S)),
    (np.append, (V, V)), (np.pad, (V, 1)), (np.delete, (V, 0)), (np.insert, (V, 0, 1.0)), (np.resize, (V, 3)), (np.interp, (V, V, V)), (np.einsum, ("ij->ij", M)), (np.ndarray.flatten, (M,)), (np.ndarray.view, (M,)), (np.ndarray.astype, (V, float)),
    (np.ndarray.sort, (np.array([3.0, 1.0]),)), (np.ndarray.fill, (V, 5.0)), (np.ndarray.partition, (np.array([3.0, 1.0]), 0)), (np.copyto, (V, V + 1)), (np.put, (V, [0], [7.0])), (np.place, (V, B, [9.0])), (np.putmask, (V, B, V + 1)),
    (np.fill_diagonal, (S, 3.0)), (np.add.at, (V, [0, 0], 1.0)), (np.subtract.at, (V, I, 1.0)), (np.put_along_axis, (M, np.array([[0], [1]]), 5.0, 1)), (np.add, (V, V, V)), (np.dot, (S, S + 1, np.empty((2, 2)))), (np.clip, (V, 0, 1, V)),
    (np.sum, (M, 0, None, np.zeros(3))), (np.cumsum, (V, 0, None, V)), (np.add.reduce, (M,)), (operator.iadd, (V, V)), (operator.imul, (V, 2.0)), (operator.add, (V, V)), (operator.getitem, (M, 0)), (operator.setitem, (V, 0, 1.5)),
    (np.lib.stride_tricks.sliding_window_view, (V, 2)), (np.kron, (V, V)), (np.select, ([B], [V])), (np.diff, (V,)), (np.sort_complex, (V,)), (np.block, ([V, V],)), (np.fft.fft, (V,)), (np.polyval, (V, V)), (np.rollaxis, (M, 1)),
    (np.compress, (B, V)), (np.choose, (I, (V, V, V))), (np.extract, (B, V)), (np.take_along_axis, (V, I, 0)), (np.partition, (V, 1)), (np.asfortranarray, (M,)), (np.asanyarray, (V,)), (np.require, (V,)), (np.full_like, (V, 2.0)), (np.imag, (V + 1j,)),
]  # fmt: skip


def _arrays(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, (list, tuple)):
        return [a for item in value for a in _arrays(item)]
    return []


@pytest.mark.parametrize(
    ("function", "args"), CALLS, ids=[f"{getattr(f, '__name__', f)}-{k}" for k, (f, _) in enumerate(CALLS)]
)
def test_views_and_mutation_are_declared(function: Any, args: Any) -> None:
    args = [copy.deepcopy(a) for a in args]
    before = copy.deepcopy(args)
    found = call_effects(function, len(args), [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = function(*args)
    for k, (argument, old) in enumerate(zip(args, before)):
        for now, then in zip(_arrays(argument), _arrays(old)):
            if not np.array_equal(now, then):
                assert k in found.mutates, k
            shared = any(np.shares_memory(now, part) for part in _arrays(result))
            if shared and now.size:
                assert k in found.view_of or k in found.mutates, k
    assert found.pure


def test_functions_that_always_copy_are_not_called_views() -> None:
    for function in (
        np.copy,
        np.sin,
        np.sum,
        np.concatenate,
        np.stack,
        np.where,
        np.tile,
        np.ndarray.flatten,
        np.array,
        np.cumsum,
    ):
        assert effects(function) == PURE


@pytest.mark.parametrize(
    "function", [np.zeros_like, np.empty_like, np.ones_like, np.full_like, np.shape, np.ndim, np.size, len]
)
def test_functions_of_the_shape_alone(function: Any) -> None:
    assert effects(function) == Effects(shape_only=(0,))


def test_content_matters_to_everything_else() -> None:
    for function in (np.broadcast_to, np.sum, np.array, np.asarray, np.copy, np.nonzero):
        assert effects(function).shape_only == ()


IMPURE_FUNCTIONS = [
    print,
    input,
    open,
    setattr,
    exec,
    next,
    time.time,
    random.random,
    np.random.rand,
    np.random.seed,
    np.random.default_rng,
]
IMPURE_FUNCTIONS += [
    np.random.Generator.normal,
    np.random.RandomState.rand,
    np.save,
    np.load,
    np.seterr,
    np.vectorize,
    np.apply_along_axis,
    map,
]
IMPURE_FUNCTIONS += [lambda: 0, warnings.warn, np.ndarray.tofile, time.sleep]


@pytest.mark.parametrize("function", IMPURE_FUNCTIONS, ids=lambda f: getattr(f, "__name__", "?"))
def test_impure_functions(function: Any) -> None:
    assert not effects(function).pure


@pytest.mark.parametrize(
    "function",
    [math.sin, np.sin, np.sum, np.linalg.solve, operator.add, abs, float, str.lower, tuple.index, np.float32, ValueError, range, np.fft.fft, np.add.reduce, str, slice],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_pure_functions(function: Any) -> None:
    found = effects(function)
    assert found.pure and not found.mutates


def test_views_that_refuse_to_be_written_are_declared() -> None:
    for function, args in [
        (np.diag, (M,)),
        (np.diagonal, (M,)),
        (np.broadcast_to, (V, (2, 3))),
        (np.lib.stride_tricks.sliding_window_view, (V, 2)),
    ]:
        assert not function(*args).flags.writeable
        assert effects(function).read_only
        assert call_effects(function, len(args), []).read_only
    for function in (np.reshape, np.ravel, np.transpose, np.squeeze, np.real, np.flip):
        assert not effects(function).read_only


def test_lists() -> None:
    assert effects(list.append) == Effects(mutates=(0,))
    assert effects(list.pop) == Effects(view_of=(0,), mutates=(0,))
    assert effects(list.index) == PURE
    assert effects(dict.get).view_of[:3] == (0, 1, 2)
    assert effects(list.sort).mutates == (0,)


def test_keyword_arguments_are_counted_after_the_positional_ones() -> None:
    assert call_effects(np.add, 2, ["out"]) == Effects(view_of=(2,), mutates=(2,))
    assert call_effects(np.sum, 1, ["axis", "out"]) == Effects(view_of=(2,), mutates=(2,))
    assert call_effects(np.add, 3, []) == Effects(view_of=(2,), mutates=(2,))
    assert call_effects(np.copyto, 0, ["dst", "src"]).mutates == (0,)
    assert call_effects(np.ravel, 0, ["a"]).view_of == (0,)
    assert call_effects(np.ravel, 1, ["order"]).view_of == (0,)


def test_keywords_that_turn_a_copy_into_a_view() -> None:
    assert call_effects(np.array, 1, []).view_of == ()
    assert call_effects(np.array, 1, ["copy"]).view_of == (0,)
    assert call_effects(np.ndarray.astype, 2, ["copy"]).view_of == (0,)
    assert call_effects(np.nan_to_num, 1, ["copy"]).mutates == (0,)
    assert call_effects(np.median, 1, ["overwrite_input"]).mutates == (0,)


def test_a_key_function_may_do_anything() -> None:
    assert not call_effects(max, 1, ["key"]).pure
    assert call_effects(max, 2, []) == Effects(view_of=(0, 1))


def test_an_unhashable_callable_is_impure() -> None:
    class Callable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self) -> None: ...

    assert effects(Callable()) == IMPURE
    assert call_effects(Callable(), 1, ["out"]) == Effects(view_of=(1,), mutates=(1,), pure=False)


def test_all_builtins_have_an_answer() -> None:
    for name in dir(builtins):
        assert isinstance(effects(getattr(builtins, name)), Effects)


RUNTIME = [
    function
    for info in pkgutil.iter_modules(runtime.__path__, f"{runtime.__name__}.")
    for name, function in vars(importlib.import_module(info.name)).items()
    if inspect.isfunction(function) and function.__module__ == info.name and not name.startswith("_")
]


@pytest.mark.parametrize("function", RUNTIME, ids=lambda f: f.__name__)
def test_every_runtime_function_is_declared(function: Any) -> None:
    found = effects(function)
    assert found.pure or function.__name__ == "require_real"
    assert function.__name__ in _RUNTIME, "not declared"


RUNTIME_CALLS = {
    "advances": [(10, 3)],
    "binomial": [(10, 3)],
    "row_blocks": [(4, V, V)],
    "checkpoint": [(test_all_builtins_have_an_answer,)],
    "checkpointed": [(V,)],
    "choose": [(10, 8, 8, 40)],
    "content_of": [(V,)],
    "interval": [(10,)],
    "kept_bytes": [(V, M)],
    "reach": [(3, 2)],
    "recomputed": [()],
    "recorded_bytes": [([V], [V, V])],
    "refill": [(V, V + 1)],
    "reverse_parts": [(0, 10, 2, 3)],
    "shorten": [([1.0, 2.0], 1)],
    "size_of": [(V,)],
    "split": [(10, 3)],
    "take_over": [(V, V + 1)],
    "thin": [([1.0, 2.0],)],
    "unbroadcast": [(M, M, M), (M, V, M), (V, M, M), (V, V)],
    "spread_over": [(M, M), (np.float64(2.0), V)],
    "last_written": [(V, I)],
    "zeros_like": [(V,), ([V, 1.0],)],
    "zeros_in_layout": [(M.T,)],
    "copy_in_layout": [(M.T,)],
    "in_layout_of": [(M.T, M.T)],
    "zero_shadow": [((V, [V]),)],
    "mapped": [(np.add, (0, None), M, V), (np.transpose, (0,), M), (lambda p: {"a": p["a"]}, (0,), {"a": M, "b": V})],
    "repeated": [(M, 2), ((V, [V], 3), 2)],
    "taken": [(M, 1), ({"a": M, "n": 3}, 0)],
    "zero_tangent": [((V, [V]),)],
    "added": [((V, {"a": V}), (V, {"a": V}))],
    "number_like": [(np.array(1.0), 1.0), (V, V)],
    "new_object": [(types.SimpleNamespace,)],
    "object_like": [(types.SimpleNamespace(a=V),)],
    "as_structure": [((V, I), [V, I])],
    "as_gradient": [(V, V), (1.0, V)],
    "copy_structure": [([V, (V,)],)],
    "detached": [([V, (V[1:],)],)],
    "zero_if_none": [(V, V), (None, V)],
    "expand_reduced": [(V, M, 0, False), (V, M, None, False)],
    "linspace_start": [(V, 1.0, 3), (V, np.array(1.0), 3)],
    "linspace_stop": [(V, 1.0, 3)],
    "read_subscripts": [("ij->i", [2])],
    "einsum_cotangent": [(M, "ij->ij", 0, M), (M, "ij,j->ij", 1, M, V)],
    "difference_cotangent": [(V, np.arange(4.0), 1, 0), (V, V, 0, 0)],
    "trapezoid_cotangents": [(1.0, V, None, 1.0, -1), (1.0, V, V + 1, 1.0, -1)],
    "interp_cotangents": [(V, V, V, V)],
    "coordinate_cotangent": [(M, np.arange(2.0), 0), (V, V, 0)],
    "item_cotangents": [(V, (1.0, 2.0, 3.0)), (M, (V, V))],
    "transposed": [(M,)],
    "log_of_determinant": [(S + 1 * np.eye(2),), (S + 1 * np.eye(2), S)],
    "cofactors": [(S + 1 * np.eye(2),), (0.0 * S,)],
    "solve_cotangents": [(S, S, S, S), (np.ones(2), np.ones(2), S, np.ones(2))],
    "pinv_cotangent": [(S, S, S)],
    "power_cotangent": [(S, S, 0), (S, S, 1), (S, S, 3), (S, S, -1)],
    "cholesky_cotangent": [(S, S)],
    "eigh_cotangent": [(np.ones(2), S, np.ones(2), S), (np.ones(2), None, np.ones(2), S)],
    "eigvalsh_cotangent": [(np.ones(2), S)],
    "lower_only": [(S,)],
    "triangle_only": [(S, True), (S, False)],
    "adjugated": [(S,)],
    "real_if_real": [(S, S), (S + 1j, S)],
    "solved": [(S + 1, S), (0 * S, S)],
    "inverse_transposed": [(S + np.eye(2),), (0 * S,)],
    "slogdet_cotangent": [(1.0, 0.0, 1.0, S)],
    "truncated_pinv_cotangent": [(S, S, S), (S, S, S, True)],
    "generalised_function_cotangent": [(S, S, np.ones(2), S, np.ones(2), np.ones(2))],
    "lstsq_cotangents": [((V, V[:0], 0, V[:2]), (V, V[:0], 2, V[:2]), M, V[:2])],
    "tensorsolve_cotangents": [(V[:2], V[:2], S, V[:2])],
    "tensorinv_cotangent": [(S, S, S, 1)],
    "eig_cotangent": [(V[:2], S, V[:2], S, S)],
    "generalised_eigh_cotangents": [(V[:2], S, V[:2], S)],
    "eigvals_cotangent": [(V[:2], V[:2], np.diag(V[:2]))],
    "svd_cotangent": [(S, V[:2], S, (S, V[:2] + 1, S), S), (S, V[:2], S, (S, V[:2] + 1, S), S, True)],
    "hermitian_singular_values_cotangent": [(V[:2], V[:2], S)],
    "qr_cotangent": [(S, S, S, S, S)],
    "triangular_factor_cotangent": [(S, S, S)],
    "norm_cotangent": [(1.0, 2.0, V), (1.0, 2.0, M, 1)],
    "vector_norm_cotangent": [(1.0, 2.0, V, 3)],
    "vector_norm_slope": [(V[:1], V, order, 0) for order in (0, 1, 2, 3, np.inf)],
    "cond_cotangent": [(1.0, 2.0, S), (1.0, 2.0, S + np.eye(2), 1)],
    "absolute_cotangent": [(V, V)],
    "imaginary_cotangent": [(V, V), (V, V + 1j)],
    "angle_cotangent": [(V, V), (V, V + 1j, True)],
    "vecdot_cotangent": [(1.0, V, V, 0)],
    "singular_values_cotangent": [(np.ones(2), S)],
    "matrix_norm_cotangent": [(1.0, 2.0, M, "nuc"), (1.0, 2.0, M, 1), (1.0, 2.0, M, 2)],
    "matmul_left": [(V, M.T, np.ones(2)), (M, S, M)],
    "matmul_right": [(V, M.T, np.ones(2)), (M, S, M)],
    "dot_left": [(M, S, M), (V, 2.0, V), (V, V, 2.0)],
    "dot_right": [(M, S, M), (V, 2.0, V), (V, V, 2.0)],
    "inner_left": [(S, M, M), (V, 2.0, V)],
    "inner_right": [(S, M, M), (V, 2.0, V), (V, V, 2.0)],
    "tensordot_left": [(S, M, M.T, 1), (1.0, V, V, 1), (np.ones((3, 3)), V, V, 0)],
    "tensordot_right": [(S, M, M.T, 1), (1.0, V, V, 1), (np.ones((3, 3)), V, V, 0)],
    "diagonal_cotangent": [(np.ones(2), S)],
    "diag_cotangent": [(np.diag(V), V), (np.ones(2), S)],
    "trace_cotangent": [(1.0, S)],
    "kronecker_left": [(np.arange(9.0), V, V)],
    "kronecker_right": [(np.arange(9.0), V, V)],
    "convolve_cotangents": [(V, V, np.ones(1), "full")],
    "correlate_cotangents": [(V, V, np.ones(1), "full"), (V, np.ones(1), V, "full")],
    "cross_left": [(V, V, V)],
    "cross_right": [(V, V, V)],
    "axis_count": [(M, 0)],
    "deviations": [(V,)],
    "first_entries": [(M, 0), (V, None)],
    "products_of_others": [(V,), (M, 0)],
    "reduceat_cotangent": [(V[:2], V, [0, 1], 0), (V, V, [0, 2, 1], 0)],
    "begins_with_integer": [([1.0, 2],), ([1, 2.0],)],
    "flat_index": [(1, (2, 3)), (slice(1, 3), (2, 3)), (np.array([0, -1]), (2, 3)), (np.array([0, 7]), (2, 3), "wrap")],
    "rounds": [(np.array([0, 2, 0]), (3,)), ((I, I), (3, 3))],
    "cumulative_product_cotangent": [(V, V), (M, M, 0)],
    "median_cotangent": [(1.0, V, None, False)],
    "tie_cotangents": [(1.0, 2.0, V), (V, 2.0, [2.0, 2.0])],
    "sum_cotangents": [(1.0, V), (V, [V, V])],
    "product_cotangents": [(1.0, V), (V, [V, V]), (V, (V,))],
    "scaled_items": [(V, [1.0, 2.0], [V, V])],
    "distance_cotangents": [(1.0, 2.0, (1.0, 2.0), (3.0, 4.0))],
    "add_unless_view": [(V, V, V)],
    "add_to_shadow": [([V.copy(), 0.0], [V, 1.0])],
    "rollaxis_cotangent": [(M, 0)],
    "tile_cotangent": [(V, V, 1), (M, V, (2, 1))],
    "repeat_cotangent": [(V, V, 1)],
    "take_cotangent": [(V, V, I)],
    "entry_cotangent": [(1.0, V, 0)],
    "take_along_axis_cotangent": [(V, V, I)],
    "sort_cotangent": [(V, V), (V, V, None)],
    "selected_cotangent": [(V[:2], V, B)],
    "pad_cotangent": [(V, V[:1], 1)],
    "pieces": [(V, [V[:1], V[1:]])],
    "layers": [(M, (V, V))],
    "rows": [(M, [V, V])],
    "columns": [(M.T, [V, V])],
    "depths": [(M.T[None], [V, V])],
    "side_by_side": [(V, [V[:1], V[1:]])],
    "diagonal_view": [(S,)],
    "view_or_zeros": [(V, V), (V, V + 1.0)],
    "sort_order": [([2.0, 1.0],)],
    "take_items": [([V, 1.0], [0])],
    "new_slots": [([V, 1.0],)],
    "give_back": [([1.0, 2.0], V)],
    "give_back_repeated": [([1.0, 2.0], [1.0, 2.0, 3.0, 4.0])],
    "put_back": [([1.0], 2.0)],
    "restore_entry": [({"a": 1.0}, "a", 2.0), ({"a": 1.0}, "a", ...)],
    "replace_slots": [([V, 1.0], [2.0])],
    "quantile_cotangents": [(1.0, V, 0.5), (V, M, 0.5, 0), (V, M, 0.5, 0, "hazen", None, True)],
    "nanmedian_cotangent": [(1.0, V, None), (V, M, 0)],
    "average_cotangents": [
        (V, None, M, 0, V[:2], False),
        (1.0, 1.0, M, None, M + 1.0, False),
        (V, None, M, 0, None, False),
    ],
    "variance_cotangents": [(V, M, 0, 0, False), (V, M, 0, 0, False, True, V)],
    "logspace_cotangents": [(V, V + 1.0, 1.0, 2.0, 3, True, 2.0, 0), (M, M + 1.0, 1.0, V, 2, True, 2.0, 0)],
    "extended_interp_cotangents": [(V, V, V, V, 1.0, None)],
    "periodic_interp_cotangents": [(V, V, V, V, 2.5)],
    "edges_cotangents": [(V, V, 2, None), (V, V, V, None), (V, V, 2, (0.0, 1.0))],
    "histogram_cotangents": [(V[:2], V, V[:2], V, V, V, None, None, V), (V[:2], V, V[:2], V, V, 2, None, True, None)],
    "histogramdd_cotangents": [(V[:2], [V], V[:2], [V], V[:, None], [V], None, None, V)],
    "pad_constant_cotangents": [(V, V[:1], 1, (0.0, 1.0))],
    "pad_copy_cotangent": [(V, V[:2], (0, 1), "edge"), (V, V[:2], (0, 1), "reflect", "odd"), (V[0], V[0], 0, "edge")],
    "pad_ramp_cotangents": [(V, V[:2], (0, 1), 0.0)],
    "pad_summary_cotangent": [(V, V[:2], (0, 1), "mean"), (V, V[:2], (0, 1), "median", 1)],
    "found_cotangent": [(V, V, V)],
    "found_cotangents": [(V, V, V[:2], V[2:])],
    "unique_rows_cotangent": [(M, M, 0)],
    "trimmed_cotangent": [(V[1:], V)],
    "reordered_cotangent": [(V, V, "A"), (M, M.T, "K"), (np.zeros(12), np.zeros((2, 2, 3)).transpose(2, 0, 1), "K")],
    "moved_cotangent": [(V, V, V), (V, V, V, None)],
    "choose_cotangents": [(V, I, [V, V, V]), (V, I, np.ones((3, 3)), "wrap")],
    "window_cotangent": [(S, V, 2), (M, np.ones(4), 3)],
    "blocks": [(M, [[M[:1]], [M[1:]]]), (V, [V[:1], V[1:]])],
    "covariance_cotangents": [
        (S, M, None, True, False, None, None, V + 1.0),
        (S, M, None, True, False, None),
        (S, V, V + I, True, False, None),
    ],
    "correlation_cotangents": [(S, S, M, None, True), (S, S, V, V + I, True)],
    "running_extreme_cotangent": [(V, V, V, 0)],
    "chain_cotangents": [(M, [S, M])],
    "positions": [(V,)],
    "gathered_cotangent": [(V, V, I)],
    "inserted_cotangents": [(V, V[:2], 1, V[2])],
    "extended_difference_cotangents": [(V, V, 1, 0, 1.0, None), (V, V, 1, 0, None, V[:1])],
    "ediff1d_cotangents": [(V[:2], V, None, None), (V, V, 1.0, None)],
    "gradient_cotangents": [(V, V, (), None, 1), ([M, M], np.ones((2, 3)), (2.0,), None, 1), (V, V, (V,), None, 2)],
    "digamma": [(1.0,)],
    "vector_cos": [(1.0,)],
    "vector_sin": [(1.0,)],
    "whole_power": [(1.5, 3.0)],
    "vector_exp": [(1.0,)],
    "vector_log": [(1.0,)],
    "vector_tanh": [(1.0,)],
    "bessel_i1": [(V,), (1.0,)],
    "kaiser_slope": [(3, 2.0)],
    "sinc_slope": [(V,)],
    "conjugate_sign": [(V,), (V + 1j,)],
    "real_part_if_real": [(V, V), (V + 1j, V), (V, V + 1j), (V + 1j, V + 1j)],
    "require_real": [(1.0,)],
    "sign_cotangent": [(V, V), (V, V + 1j)],
    "is_sequence": [(V,), ([V],)],
    "is_mapping": [(V,), ({"a": V},)],
    "is_sequence_class": [(list,)],
    "is_mapping_class": [(dict,)],
    "doubled_inside": [(V, 4)],
    "summed_to": [(V, (3,)), (M, (3,)), (M, (2, 1))],
    "without_leading_zeros": [(V,), (V + 1,), (0.0 * V,)],
    "without_leading_zeros_cotangent": [(V[1:], V), (V, V + 1)],
    "fitting": [(V, V), (V, V.astype(np.float32)), (V + 1j, V)],
    "fitted": [(V, 3), (V, 2)],
    "many_cotangent": [(M, M, "fftn", (2, 2)), (M, M, "fftn", (), ())],
    "polyval_cotangents": [(V, V, V), (V, M.T[:, :1], V)],
    "sum_cotangent": [(V, V), (V, V[:2])],
    "polymul_cotangents": [(V, V[:1] + 1, V + 1), (V, 2.0, V + 1)],
    "polydiv_cotangents": [(V[:2], V[:1], V[:2], V + 1, V[:2] + 1), (None, V[:2], V[:1], V[:2] + 1, V + 1)],
    "polyder_cotangent": [(V[:2], V), (V, V, 0)],
    "polyint_cotangents": [(V, V[:2], 1, None), (V, V, 0, None)],
    "poly_cotangent": [(V, V, V[:2]), (V, V, S)],
    "roots_cotangent": [(V[:2], V[:2], V + 1), (V[:0], V[:0], V[:1])],
    "polyfit_cotangents": [(V[:2], V[:2], V, V, 1), (V[:2], V[:2], V, V, 1, V + 1)],
    "vander_cotangent": [(M.T, V, True), (M.T[:, :1], V)],
    "fit_cotangents": [(V[:2], V[:2], V, V, None, M.T, M.T)],
    "steps": [(POLY.polymulx, 2), (LAG.lagmulx, 2)],
    "times_x": [(V[:2], steps(LAG.lagmulx, 3))],
    "times_x_transposed": [(V, steps(LAG.lagmulx, 3))],
    "moments": [(V, POLY.polymulx, LAG.lagmulx, 1)],
    "multiples": [(V, LAG.lagmulx, 1)],
    "factor_cotangent": [(V, V[:2], 2, f) for f in (POLY.polymulx, CHEB.chebmulx, LAG.lagmulx)],
    "factors_cotangents": [(V, V[:2], V[:2], LAG.lagmulx)],
    "enough": [(V, 2), (V, 5)],
    "series_argument_cotangent": [(V, V, V, True, POLY.polyval, POLY.polyder)],
    "series_coefficients_cotangent": [(V, V, V, True, POLY.polyvander), (V, V, V, False, POLY.polyvander)],
    "series_points_cotangents": [(V, (V, V), M, POLY.polyder, POLY.polyvander, False)],
    "series_map_cotangent": [(V[:2], V, POLY.polyder), (V, V, lambda c: c)],
    "series_times_x_cotangent": [(V, V[:2], POLY.polymulx)],
    "series_converted_cotangent": [(V, V, CHEB.chebmulx, POLY.polymulx)],
    "series_integral_cotangents": [(V, V[:2], 1, (), 0, 1, 0, POLY.polyint, POLY.polyval)],
    "series_line_cotangents": [(V[:2], POLY.polyline)],
    "series_sum_cotangents": [(V, V, V[:2], 1.0), (V, V, V, -1.0)],
    "series_product_cotangents": [(V, V[:1], V, POLY.polymulx)],
    "series_quotient_cotangents": [
        (V[:2], V[:1], (V[:2], V[:1]), V, V[:2], POLY.polymulx),
        (None, V[:2], (V[:1], V[:2]), V[:2], V, POLY.polymulx),
    ],
    "series_power_cotangent": [(V, V, 0, POLY.polymulx, POLY.polypow), (V, V, 1, POLY.polymulx, POLY.polypow)],
    "series_of_roots_cotangent": [(V, V[:2], POLY.polymulx)],
    "series_roots_cotangent": [
        (V[:2], V[:2], V, POLY.polyval, POLY.polyder, POLY.polyvander),
        (V[:0], V[:0], V[:1], None, None, None),
    ],
    "series_companion_cotangent": [(S, V, POLY.polymulx)],
    "series_vander_cotangent": [(M.T, V, POLY.polyval, POLY.polyder)],
    "series_vander_cotangents": [(M.T, (V, V), [1, 0], POLY.polyval, POLY.polyder)],
    "series_fit_cotangents": [(V[:2], V[:2], V, V, 1, None, POLY.polyder, POLY.polyvander)],
    "part_name": [(float, 0)],
    "lfilter_tangent": [
        (V, V, V + 1, V, -1, None, None, None, V, None),
        ((V, V[:2]), V, V + 1, V, -1, V[:2], V, V, None, V[:2]),
    ],
    "sosfilt_tangent": [(np.ones((1, 6)), V, -1, None, np.ones((1, 6)), V, None)],
    "gaussian_magnitude_tangent": [(V, V, V, 1.0)],
    "simpson_tangent": [(V, V, V)],
    "cumulative_simpson_tangent": [(V, V, V), (V[:2], V[:2], V[:2])],
    "kelvin_second": [((V + 1j, V + 1j, V + 1j, V + 1j), V)],
    "logsumexp_weights": [(1.0, V, V, None, False), (V[:1], V, V, None, True)],
    "companion_tangent": [(V, V + 1)],
    "cholesky_tangent": [(S, S), (S, S, True)],
    "eigh_tangent": [(S, V[:2], S)],
    "eigvalsh_tangent": [(S, S)],
    "generalised_eigh_tangent": [(S, None, V[:2], S), (None, S, V[:2], S)],
    "eig_tangent": [(S, V[:2], S), (S, V[:2], S + 0j)],
    "eigvals_tangent": [(S, np.ones(2), S)],
    "svd_tangent": [(M, np.linalg.svd(M)), (M.T + 1j, np.linalg.svd(M.T + 0j))],
    "singular_values_tangent": [(M, M)],
    "qr_tangent": [(M, *np.linalg.qr(M), M), (M.T, *np.linalg.qr(M.T, mode="complete"), M.T)],
    "triangular_factor_tangent": [(S, S, S)],
    "pinv_tangent": [(S, S, S)],
    "truncated_pinv_tangent": [(S, S, S), (S, S, S, True)],
    "lstsq_tangent": [
        ((V, V[:0], 2, V[:2]), M, V[:2], M, None),
        ((V[:1], V[:1], 1, V[:1]), M[:, :1], V[:2], None, V[:2]),
    ],
    "divided_differences": [(V, V, V)],
    "kept_count": [(S, S)],
    "triangle_tangent": [(S, S)],
    "cho_factor_tangent": [(S, S), (S, S, True)],
    "banded_cholesky_tangent": [(M + 1, M + 1)],
    "lu_tangent": [(S, (S, S, S), S), (S, (S, S), S, True)],
    "lu_factor_tangent": [(S, (S, I[:2] * 0), S)],
    "pivoted_qr_tangent": [(S, S, S, np.array([1, 0]), S)],
    "upper_factor_tangent": [(S, S, S), (S, S, S, np.array([1, 0]))],
    "rq_tangent": [(S, S, S, S)],
    "generalised_eigvalsh_tangent": [(S, None, S, S)],
    "eigh_banded_tangent": [(M[:, :2], V[:2], S)],
    "eigvals_banded_tangent": [(M[:, :2], M[:, :2])],
    "eigh_tridiagonal_tangent": [(V[:2], V[:1], V[:2], S), (None, V[:1], V[:2], S)],
    "eigvalsh_tridiagonal_tangent": [(V[:2], None, V[:2], V[:1])],
    "structured_solve_tangent": [
        (V[:2], S, V[:2], False, "pos", False, S, None),
        (S, S, S, False, None, True, None, S),
    ],
    "triangular_solve_tangent": [(V[:2], S, V[:2], 0, False, False, S, V[:2]), (S, S, S, "T", True, True, S, None)],
    "banded_solve_tangent": [(V, (0, 1), M + 1, V, M, V), (V, (0, 1), M + 1, V, None, V)],
    "hermitian_banded_solve_tangent": [(V[:2], S + 1, V[:2], True, S, V[:2]), (V[:2], S + 1, V[:2], True, None, V[:2])],
    "toeplitz_solve_tangent": [(V[:2], V[1:], V[:2], V[:2], None), (V[:2], V[1:], V[:2], None, V[:2])],
    "circulant_solve_tangent": [(V[:2], V[1:], V[:2], V[:2], None), (V[:2], V[1:], V[:2], None, V[:2])],
    "factored_cholesky_tangent": [(V[:2], (S, True), V[:2], (S, 0.0), None), (V[:2], (S, True), V[:2], None, V[:2])],
    "factored_cholesky_banded_tangent": [(V, (M + 1, False), V, (M, 0.0), None), (V, (M + 1, False), V, None, V)],
    "factored_lu_tangent": [
        (V[:2], (S, I[:2] * 0), V[:2], 0, (S, 0.0), None),
        (V[:2], (S, I[:2] * 0), V[:2], 1, None, V[:2]),
    ],
    "sylvester_tangent": [(S, S, S, S, None, S), (S, S, S, None, None, S)],
    "continuous_lyapunov_tangent": [(S, S, S, None), (S, S, None, S)],
    "discrete_lyapunov_tangent": [(S, 0.5 * S, S, None), (S, 0.5 * S, None, S)],
    "continuous_riccati_tangent": [(S, S, S, S, S, S, S, S), (S, S, S, S, None, None, S, None)],
    "as_read": [(S, "diagonal", True), (S, "pos", False)],
    "read_entries": [(S, "general", True), (S, "diagonal", True), (S, "sym", False)],
    "diagonals_stored": [(M, 1)],
    "matrix_function_tangent": [(S, S, "expm"), (0 * S, S, "expm")],
    "matrix_function_second": [(S, S, S, "expm"), (S, 0 * S, S, "expm")],
    "real_transform": [
        (V, "dct", 2, None, -1, None, None, None, None),
        (V + 1j, "dctn", 2, 3, 0, None, None, None, (0,)),
    ],
    "any_convolution": [(V, V), (V, V, "same", (0,))],
    "filter_cotangents_tangent": [(V, V, V[:1], "full", None, False, V, V, V[:1])],
    "smoothed_slope": [(M, [1.0, 2.0, 1.0])],
    "any_correlation": [(V, V, "wrap"), (M, V, "wrap", 0.0, 0, (1,), True)],
    "correlate_cotangents_tangent": [(V, V, V, "wrap", 0.0, 0, None, False, V, V, V)],
    "t_score_df": [(V + 1, V)],
    "slope_of": [(np.poly1d([1.0, 2.0]), V)],
    "cofactors_tangent": [(S, S + 1), (S, S)],
    "any_gaussian": [(V, 1.0, 0, "wrap", 4.0, None, None), (V, 1.0, 0, "wrap", 4.0, None, (0,))],
    "root_tangent": [(S, S)],
    "power_exponent_tangent": [(1.0, S, S)],
    "frechet_tangent": [(S, S, S, None), (S, S, None, S, False)],
    "polar_tangent": [(S, S, S), (S, S, S, "left")],
    "procrustes_tangent": [(S, S, S, None), (S, S, None, S)],
    "grid_tangent": [(RegularGridInterpolator((V, V), np.ones((3, 3))), np.ones((1, 2)), M[:1, :2])],
    "point_tangent": [(M, V, 1)],
    "piecewise_tangent": [(S, V, V, 0, True, V, V), (S, V, V, 0, True, None, V)],
    "without_slopes": [(((1, 2.0), (2, 0.0)), V), ("natural", V)],
    "hermite_coefficients_tangent": [(V, V, V, V, V, V), (V, V, V, None, None, V)],
    "pchip_coefficients_tangent": [(np.ones((4, 2)), V, V, V, None), (np.ones((4, 1)), V[:2], V[:2], V[:2], V[:2])],
    "without_trailing_zeros": [(V,), (V[::-1],)],
    "spread_roots": [(V,)],
    "basis_slopes": [(V, 2, POLY.polyder, POLY.polyvander)],
    "as_long": [(V, V), (V, V[:2]), (V[:2], V)],
    "series_grid_tangent": [((V, V), (V, None), M, POLY.polygrid2d, POLY.polyder)],
    "series_vander_tangent": [(V, V, 2, POLY.polyder, POLY.polyvander)],
    "series_vanders_tangent": [((V, V), (None, V), (1, 1), POLY.polyder, POLY.polyvander)],
    "series_bound_tangent": [(V, V[:2], 0.0, 1.0, 1.0, 0, POLY.polyval)],
    "series_line_tangent": [(V[:2], 1.0, 1.0, POLY.polyline), (V[:1], 1.0, None, POLY.polyline)],
    "series_sum_tangent": [(V, V, None, 1.0), (V, None, V, 1.0), (V, V, V[:2], -1.0)],
    "series_product_tangent": [(V, V[:2], V[:2], V[:2], None, POLY.polymul)],
    "series_quotient_tangent": [
        ((V[:2], V[:1]), V, V[:2], V, V[:2], POLY.polymul, POLY.polysub, POLY.polydiv),
        ((V[:1], V[:2]), V[:2], V, V[:2], None, POLY.polymul, POLY.polysub, POLY.polydiv),
    ],
    "series_power_tangent": [(V, V, V, 1, POLY.polymul, POLY.polypow), (V[:1], V, V, 0, POLY.polymul, POLY.polypow)],
    "series_of_roots_tangent": [(V, V, POLY.polymulx)],
    "series_roots_tangent": [
        (V[:2], V, V, POLY.polyval, POLY.polyder, POLY.polyvander),
        (V[:0], V[:1], V[:1], POLY.polyval, POLY.polyder, POLY.polyvander),
    ],
    "series_companion_tangent": [(S, V, V, POLY.polymulx)],
    "fit_tangent": [(V[:2], V, V, None, M.T, M.T, V, V, None), (V[:2], V, V, V, M.T, M.T, None, None, V)],
    "series_fit_tangent": [(V[:2], V, V, 1, None, V, None, None, POLY.polyder, POLY.polyvander)],
    "polyval_tangent": [(V, V, V, None), (V, V, None, V)],
    "last_coefficients": [(V, V), (V, V[:2]), (V[:2], V)],
    "polymul_tangent": [(V, V[:2], V[:2], V[:2], None), (V[:0], V[:0], V, None, V)],
    "polydiv_tangent": [((V[:2], V[:1]), V, V[:2] + 1, V, V[:2]), ((V[:1], V[:2]), V[:2], V, V[:2], None)],
    "poly_tangent": [(V, V[:2], V[:2]), (V, S, S)],
    "roots_tangent": [(V[:2], V + 1, V), (V[:0], V[:1], V[:1])],
    "polyfit_tangent": [(V[:2], V, V, 1, None, V, None, None)],
    "vander_tangent": [(M.T, V, V), (M.T, V, V, True), (M.T[:, :1], V, V)],
    "multivariate_normal_tangent": [(V, V + 1, np.eye(3), V, V, np.eye(3)), (V, None, 1.0, V, None, None)],
    "dirichlet_tangent": [(V, V, V, V), (V[:2], V, V[:2], None)],
    "entropy_tangent": [(1.0, V, V, None, 0, False, V, V), (1.0, V, None, 2, None, True, V, None)],
    "fiedler_tangent": [(V, V)],
    "matched_part": [([V], list, 0)],
    "holding": [(V, M)],
    "value_and_residuals": [((V, M), len)],
    "checked": [((V, M), len, V, M), ((V, None), len, V, ...)],
    "checked_tangents": [((V, M), len, V, M), ((V, 0.0), len, V, ...)],
    "replaced": [(V, len, V), (None, len, V)],
    "replaced_tangent": [(V, len, V, V), (0.0, len, V, None)],
    "agreeing": [(V, lambda x: (x, None), lambda residuals, bz: (bz,), (), (V,), (V,))],
    "tangent_cotangent": [(V, V, V), (np.float64(2.0), V, V)],
    "median_tangent": [(V, V, None, False), (M, M, 0, True)],
    "cumulative_product_tangent": [(V, V), (M, M, 0), (V, 0.0 * V, 0, True)],
    "running_extreme_tangent": [(V, np.maximum.accumulate(V), V, 0)],
    "mean_of_ties": [(V, V == V[0]), (M, M == M)],
    "reduced_axes": [(M, None), (M, 0)],
    "in_rows": [(V, None), (M, 0)],
    "as_reduced": [(V[:1], V, None, False), (V, M, 0, True)],
    "average_tangent": [(V, V, 1.0, V, None, V, False), (M, None, V, M, 0, None, False)],
    "weight_total_tangent": [(V, 1.0, V, None, False), (None, V, M, 0, False)],
    "variance_tangent": [(V, V, None, 0, False), (M, M, 0, 1, True, M > 0.0, np.ones((1, 3)))],
    "covariance_tangent": [
        (M, None, None, S, M, None, True, False, None),
        (V, V, V, S, V, V, True, True, None, None, V),
    ],
    "correlation_tangent": [(M, None, S, M, None, True)],
    "quantile_tangent": [(V, 1.0, V, 0.5), (M, None, M, 0.5, 0, "hazen", None, True, True)],
    "nanmedian_tangent": [(V, V, None, False), (M, M, 0, True)],
    "interp_slopes": [(V, V, V), (V, V[:1], V[:1])],
    "periodic_interp_tangent": [(V, V, V, 1.0, V, V, V, 4.0), (None, None, None, None, V, V, V, 4.0)],
    "gradient_tangent": [
        (V, (), V, V, (), None, 1),
        (None, (1.0,), [np.ones((2, 3)), np.ones((2, 3))], np.ones((2, 3)), (2.0,), None, 1),
        (V, (V,), V, V, (V,), None, 2),
    ],
    "edges_tangent": [
        (V, None, None, V, V, 2, None),
        (None, V, None, V, V, V, None),
        (None, None, V[:2], V, V, 2, V[:2]),
    ],
    "histogram_tangent": [(V, None, None, V, (V[:2], V), V, 2, None, True, V)],
    "histogramdd_tangent": [(V[:, None], V, V[:2], [V], V[:, None], 2, None, None, V)],
    "counts_tangent": [(V, [V], V[:2], [V], V[:, None], True, None), (None, [V], V[:2], [V], V[:, None], None, None)],
    "found_tangent": [(V, V, V), (V[:0], V[:0], V[:0])],
    "found_in_both_tangent": [(V, None, V, V, V)],
    "unique_rows_tangent": [(M, M, 0)],
    "trimmed_tangent": [(V, V, V + 1.0), (V, V[:0], V)],
    "sort_tangent": [(V, V), (M, M, 0), (M, M, None)],
    "moved_tangent": [(V, V, V), (V, V, V, -1, 1), (M, M.ravel(), M, None)],
    "distance_tangent": [(V, V, 1.0, V, V), (None, V, 0.0, V, V)],
    "extreme_tangent": [([1.0, 2.0], 1.0, [1.0, 1.0]), (V, V[1], V)],
    "product_tangent": [(V, 0.0, V, 1.0)],
    "pad_summary_tangent": [(V, V, 1, "mean"), (M, M, 1, "median", 1), (np.array(1.0), np.array(1.0), 1, "maximum")],
    "logspace_tangent": [(1.0, None, 1.0, V, 1.0, 2.0, 3, True, 10.0, 0), (None, V, None, M, V, V, 2, True, 10.0, 0)],
    "chain_tangent": [([S, S], [S, S]), ([S, S, S], [S, S, S])],
    "hermitian_change": [(S,), (S, False)],
    "power_tangent": [(S, S, 0), (S, S, 1), (S, S, 3), (S, S + np.eye(2), -1)],
    "slogdet_tangent": [(S, 1.0, S + np.eye(2)), (1j * S, 1j, S + np.eye(2))],
    "solve_tangent": [(S, S, S, S + np.eye(2), S), (None, S[0], S[0], S + np.eye(2), S[0])],
    "tensorinv_tangent": [(S, S, S, 1)],
    "tensorsolve_tangent": [(S, S[0], S[0], S + np.eye(2), S[0])],
    "hermitian_singular_values_tangent": [(S, S)],
    "einsum_cotangent_tangent": [(M, "ij,j->ij", 1, (M, V), None, (M, None)), (M, "ij->ij", 0, (M,), M, (None,))],
    "tensorsolve_cotangents_tangent": [(V[:2], V[:2], S + np.eye(2), V[:2], None, V[:2], V[:2], S)],
    "pair_tangent": [(runtime.linear.correlate_cotangents, np.ones(1), V, V, "valid", None, V, V)],
    "correlation_pair_tangent": [(np.ones(1), V, V, "valid", np.ones(1), V, V), (V, V, V[:1], "full", None, V, None)],
    "quantile_cotangents_tangent": [(1.0, V, 0.5, None, "linear", None, False, 1.0, V, 0.5)],
    "found_places": [(M, M, 0.5, 1, "linear", None, False)],
    "moves_of": [(V, V[:, None], V[:, None], "linear")],
    "neighbours": [(V, V[:, None], float)],
    "rows_and_back": [(M, 0), (V, None)],
    "out_of_rows": [(M, M, 1)],
    "products_of_others_tangent": [(V, None, V), (M, 0, M)],
    "product_cotangents_tangent": [(1.0, [1.0, 2.0], 1.0, [1.0, 2.0]), (1.0, V, None, V)],
    "scaled_items_tangent": [(1.0, V, V, 1.0, V)],
    "distance_cotangents_tangent": [(1.0, 2.0, V, V + 1.0, 1.0, 1.0, V, None)],
    "chain_cotangents_tangent": [(S, [S, S], S, [S, S]), (S, (S, S, S), None, (S, S, S))],
    "series_map_cotangent_tangent": [(V[:2], V, polynomial.polyder, (1, 1), 0, V[:2], ())],
    "series_integral_cotangents_tangent": [
        (np.ones(4), V, 1, 0.5, 0.1, 2.0, 0, polynomial.polyint, polynomial.polyval, np.ones(4), V, 1.0, 1.0)
    ],
    "series_product_cotangents_tangent": [(V, V[:2], V[:2], polynomial.polymulx, V, V[:2], V[:2])],
    "series_points_cotangents_tangent": [
        (V, (V, V), M, polynomial.polyder, polynomial.polyvander, False, V, (V, V), M)
    ],
    "series_vander_cotangents_tangent": [
        (np.ones((3, 4)), (V, V), (1, 1), polynomial.polyval, polynomial.polyder, np.ones((3, 4)), (V, None))
    ],
    "average_cotangents_tangent": [
        (V, None, M, 0, V[:2], False, V, None, M, V[:2]),
        (1.0, 1.0, M, None, M + 1.0, False, 1.0, 1.0, M, M),
        (V, None, M, 0, None, False, V, None, None, None),
    ],
}


@pytest.mark.parametrize("function", RUNTIME, ids=lambda f: f.__name__)
def test_what_runtime_functions_do_to_memory_is_declared(function: Any) -> None:
    for given in RUNTIME_CALLS[function.__name__]:
        args = [copy.deepcopy(a) for a in given]
        with np.errstate(all="ignore"):
            result = function(*args)
        found = call_effects(function, len(args), [])
        for k, (argument, old) in enumerate(zip(args, given)):
            shared = any(np.shares_memory(a, b) for a in _arrays(argument) for b in _arrays(result))
            assert not shared or k in found.view_of, k
            changed = any(not np.array_equal(a, b) for a, b in zip(_arrays(argument), _arrays(old)))
            assert not changed or k in found.mutates, k
        if isinstance(result, np.ndarray) and not found.view_of:
            assert result.flags.writeable
