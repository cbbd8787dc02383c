"""What run-time functions return is what their types claim: called on samples, real and complex."""

from __future__ import annotations

import copy
import itertools
import types
import warnings
from typing import Any

import numpy as np
import pytest

from sct_ad.rules import results
from sct_ad.rules.typing import polynomials, result_type
from sct_ad.rules.typing.table import find
from sct_ad.syntax.values import NO_VALUE, UNKNOWN, Abstract, Array, Constant, List, Scalar, Tuple, kind_of_dtype
from tests.rules.test_effects import RUNTIME, RUNTIME_CALLS, M, S, V

W = 0.3 + np.arange(4.0)
SQUARE = np.array([[2.0, 0.3], [0.1, 1.5]])
MORE_CALLS: dict[str, list[tuple[Any, ...]]] = {
    "ediff1d_cotangents": [(V, V, 1.0, None), (W[:4], V, None, V[:2]), (V, 3.0, 1.0, V[:2])],
    "extended_difference_cotangents": [(M, M, 1, -1, V[:2].reshape(2, 1), None), (V, V, 1, 0, np.float64(1.0), None)],
    "trapezoid_cotangents": [(V[:2], M, V, 1.0, -1), (V[:2], M, M, 1.0, -1), (V[:2], M, None, M[:, :2], -1)],
    "interp_cotangents": [(1.0, 0.5, V, V), (M, M, V, V), (1.0, 0.5, V[:1], V[:1])],
    "extended_interp_cotangents": [(1.0, 0.5, V, V, 1.0, 2.0), (M, M, V, V, None, 2.0)],
    "periodic_interp_cotangents": [(1.0, 0.5, V, V, 2.5), (M, M, V, V, 2.5)],
    "convolve_cotangents": [(V, V, 2.0, "full"), (V, 2.0, V, "same"), (V[:2], V[:2], V, "valid")],
    "correlate_cotangents": [(V[:2], V, V[:2], "valid"), (V[:2], V[:2], V, "valid"), (V, V, V, "same")],
    "quantile_cotangents": [
        (V[:2], M, V[:2] * 0.5),
        (V, M, 0.3, 0),
        (1.0, 2.0, 0.5),
        (V[:0], np.zeros((2, 0)), 0.5, 1),
    ],
    "inserted_cotangents": [(W, V, 1, 2.0), (np.arange(5.0), V, [0, 1], V[:2]), (V[:2], 2.0, 0, 3.0)],
    "pad_constant_cotangents": [(np.arange(5.0), V, 1, 2.0), (np.ones((4, 5)), M, 1, np.ones((2, 2)))],
    "pad_ramp_cotangents": [(np.arange(5.0), V, 1, 2.0), (np.ones((4, 5)), M, 1, np.ones((2, 2)))],
    "average_cotangents": [(V[:2], V[:2], M, 1, V, False), (1.0, 1.0, V, None, None, False)],
    "variance_cotangents": [(1.0, V, None, 0, False), (V[:2], M, 1, 1, False, M > 1), (1.0, 2.0, None, 0, False)],
    "logspace_cotangents": [(V, V + 1.0, 0.0, 1.0, 3, True, 10.0, 0), (M.T, M.T + 1.0, V[:2], 1.0, 3, True, 2.0, 0)],
    "found_cotangents": [(V[:2], V[:2], 0.0, 1.0), (V, V, M, 1.0)],
    "gradient_cotangents": [(V, V, (2.0,), None, 1), ([M, M], np.ones((2, 3)), (V[:2], 0.5), None, 1)],
    "edges_cotangents": [(V, M, V, None)],
    "sign_cotangent": [(1.0, 2.0), (M, V)],
    "polyint_cotangents": [(W, V, 1, 2.0), (np.arange(5.0), V, 2, V[:2])],
    "vander_cotangent": [(np.ones((3, 1)), V)],
    "series_integral_cotangents": [
        (W, V, 1, V[:1], 0, 1, 0, np.polynomial.polynomial.polyint, np.polynomial.polynomial.polyval),
        (np.arange(5.0), V, 2, V[:1], 0, 1, 0, np.polynomial.polynomial.polyint, np.polynomial.polynomial.polyval),
    ],
    "generalised_eigh_cotangents": [(V[:2], None, V[:2], SQUARE)],
}
"""Of functions whose calls in `RUNTIME_CALLS` are too few here."""
SCIPY_CALLS: dict[str, dict[str, list[tuple[Any, ...]]]] = {
    "factors": {
        "eigvalsh_tridiagonal_cotangents": [(V, W[:3], W[:2])],
        "generalised_eigvalsh_cotangents": [(V[:2], S, S + np.eye(2))],
        "triangle_cotangent": [(S, S)],
        "cho_factor_cotangent": [(S, S)],
        "banded_cholesky_cotangent": [(M, M + 1.0)],
        "lu_factor_cotangent": [(S, (SQUARE, np.array([0, 1], np.int32)), S)],
        "eigvals_banded_cotangent": [(V, M + 1.0)],
        "upper_factor_cotangent": [(S, S, S)],
        "rq_cotangent": [(S, S, S, S, S)],
    },
    "linear_systems": {
        "toeplitz_product_cotangents": [(V, W[:3], V), (M.T, (W[:3], W[:3]), M.T)],
        "toeplitz_solve_cotangents": [(V, V, W[:3], V), (V, V, (W[:3], V + 1.0), V)],
        "structured_solve_cotangents": [(V[:2], V[:2], SQUARE, V[:2]), (S, S, SQUARE, S, True, "pos")],
        "triangular_solve_cotangents": [(V[:2], V[:2], SQUARE, V[:2])],
        "banded_solve_cotangents": [(V, V, (1, 0), M + 1.0, V)],
        "hermitian_banded_solve_cotangents": [(V, V, np.array([[0, 0.1, 0.1], [2, 2, 2.0]]), V)],
        "circulant_solve_cotangents": [(V, V, W[:3], V)],
        "factored_cholesky_cotangents": [(V[:2], V[:2], (SQUARE, True), V[:2])],
        "factored_lu_cotangents": [(V[:2], V[:2], (SQUARE, np.array([0, 1], np.int32)), V[:2])],
        "sylvester_cotangents": [(S, S, SQUARE, SQUARE)],
        "continuous_lyapunov_cotangents": [(S, S, SQUARE)],
        "discrete_lyapunov_cotangents": [(S, S, 0.1 * SQUARE)],
        "continuous_riccati_cotangents": [(S, S, -SQUARE, SQUARE, S)],
        "hermitian_pinv_cotangent": [(S, S, S)],
    },
    "matrix_functions": {
        "frechet_cotangents": [((S, S), SQUARE, S), ((None, S), SQUARE, S)],
        "matrix_function_cotangent": [(S, SQUARE, "expm"), (0.0 * S, SQUARE, "expm")],
        "root_cotangent": [(S, SQUARE, S)],
        "polar_cotangent": [(S, S, S, S, SQUARE)],
        "procrustes_cotangents": [(S, 1.0, SQUARE, S)],
    },
    "structured": {
        "leslie_cotangents": [(np.ones((3, 3)), V, V[:2])],
        "companion_cotangent": [(S, V + 1.0)],
        "fiedler_cotangent": [(np.ones((3, 3)), V)],
        "khatri_rao_cotangents": [(np.ones((4, 3)), M, M)],
    },
    "signal": {
        "lfilter_cotangents": [(V, None, V, V[:2], W[:2], V), (V, V[:1], (V, V[:1]), V[:2], W[:2], V, -1, V[:1])],
        "sosfilt_cotangents": [(V, None, np.array([[1.0, 2, 1, 1, 0.1, 0.2]]), V)],
        "filter_cotangents": [(W, V, V[:2]), (V, V, V[:2], "same")],
        "correlation_cotangents_of": [(W, V, V[:2])],
        "plane_cotangents": [(np.ones((3, 4)), M, S)],
        "upfirdn_cotangents": [(W, V[:2], V)],
        "hilbert_cotangent": [(V, V)],
        "resample_cotangent": [(W, V)],
    },
    "integrate": {
        "simpson_cotangents": [(1.0, V, V, 1.0), (1.0, W, None, 1.0)],
        "cumulative_trapezoid_cotangents": [(V[:2], V, V, 1.0), (V[:2], V, None, 0.5)],
        "cumulative_simpson_cotangents": [(V[:2], V, V, 1.0)],
        "romb_cotangent": [(1.0, V, 1.0)],
    },
}  # fmt: skip
"""Calls of what only programs that use SciPy call, by module."""


def type_of(value: Any) -> Abstract:
    """The type of an argument, with all that can be known of it."""
    if isinstance(value, np.ndarray):
        return Array(value.dtype.name, value.shape)
    if isinstance(value, np.generic):
        return Scalar(kind_of_dtype(value.dtype.name), value.dtype.name)
    if type(value) in (bool, int, float, complex):
        return Scalar(type(value).__name__, "", value if isinstance(value, int) else NO_VALUE)
    if isinstance(value, tuple):
        return Tuple(tuple(map(type_of, value)))
    return List(tuple(map(type_of, value))) if isinstance(value, list) else Constant(value)


def covers(claim: Abstract, value: Any) -> bool:
    """Whether a value is of a type."""
    if claim == UNKNOWN:
        return True
    if isinstance(claim, Tuple):
        return isinstance(value, tuple) and len(value) == len(claim.items) and all(map(covers, claim.items, value))
    if isinstance(claim, List):
        items = itertools.repeat(claim.element) if claim.items is None else claim.items
        return isinstance(value, list) and all(map(covers, items, value))
    if claim == Array():  # which may also be a number
        return isinstance(type_of(value), (Array, Scalar))
    if isinstance(claim, Array):
        fits = isinstance(value, np.ndarray) and claim.dtype in ("", value.dtype.name)
        dims = claim.dims if claim.dims is not None or not fits else value.shape
        return fits and len(dims) == value.ndim and all(n == m for n, m in zip(dims, value.shape) if isinstance(n, int))
    if isinstance(claim, Scalar):
        found, kinds = type_of(value), ("bool", "int", "float", "complex")
        return isinstance(found, Scalar) and kinds.index(found.kind) <= kinds.index(claim.kind)
    return isinstance(claim, Constant) and claim.value is value


def variants(args: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The arguments, all real, and with one or all of those that may be complex being so."""
    places = [k for k, v in enumerate(args) if _may_be_complex(v)]
    chosen = [(), *((k,) for k in places), tuple(places)]
    return [tuple(_as_complex(v) if k in which else copy.deepcopy(v) for k, v in enumerate(args)) for which in chosen]


def _may_be_complex(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_may_be_complex, value))
    return type(value) is float or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def _as_complex(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(_as_complex, value))
    return value * (1.0 + 0.25j) if _may_be_complex(value) else value


def check(function: Any, args: tuple[Any, ...]) -> int:
    """Call a function with real and complex arguments and compare what it returns with its type; how often."""
    done = 0
    for given in variants(args):
        real = not any(np.iscomplexobj(part) for v in given for part in (v if isinstance(v, (tuple, list)) else (v,)))
        claim = result_type(function, list(map(type_of, given)), {})
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = function(*given)
        except (TypeError, ValueError, np.linalg.LinAlgError, FloatingPointError):
            assert not real
            continue
        assert covers(claim, result), (given, claim, result)
        done += 1
    return done


TYPED = [function for function in RUNTIME if find(function) is not None]
CALLED = {function: [*RUNTIME_CALLS[function.__name__], *MORE_CALLS.get(function.__name__, [])] for function in TYPED}


@pytest.mark.parametrize("function", TYPED, ids=lambda f: f.__name__)
def test_results_are_of_their_types(function: Any) -> None:
    assert sum(check(function, args) for args in CALLED[function])


def test_tables_are_tested() -> None:
    tables: list[Any] = [results.SHAPED_LIKE, results.SEVERAL_LIKE, polynomials.REAL_COTANGENTS]
    listed = itertools.chain.from_iterable(functions for table in tables for functions in table.values())
    assert {function.__name__ for function in listed} <= {function.__name__ for function in TYPED}
    assert MORE_CALLS.keys() <= {function.__name__ for function in TYPED}


@pytest.mark.parametrize(
    ("module", "name"), [(m, n) for m, calls in SCIPY_CALLS.items() for n in calls], ids=lambda s: s
)
def test_results_for_scipy_are_of_their_types(module: str, name: str) -> None:
    pytest.importorskip("scipy")
    rules = {"factors": "linalg", "linear_systems": "linalg", "matrix_functions": "linalg", "structured": "linalg"}
    __import__(f"sct_ad.rules.scipy.{rules.get(module, module)}")
    helpers = __import__(f"sct_ad.runtime.scipy.{module}", fromlist=[name])
    assert isinstance(helpers, types.ModuleType)
    function = getattr(helpers, name)
    assert find(function) is not None
    assert sum(check(function, args) for args in SCIPY_CALLS[module][name])


def test_real_results_are_known_to_be_real() -> None:
    """The types are not only right, but say something: shape and dtype of every array, and that numbers are real."""
    for positions, functions in results.SEVERAL_LIKE.items():
        for function in functions:
            for args in CALLED[function]:
                claim = result_type(function, list(map(type_of, args)), {})
                assert isinstance(claim, Tuple)
                for position, item in zip(positions, claim.items, strict=True):
                    given = args[position] if position is not None and position < len(args) else None
                    if isinstance(given, np.ndarray) and given.ndim:
                        assert item == Array("float64", given.shape), (function, args)
                    if type(given) is float:
                        assert item == Scalar("float", "?"), (function, args)


def test_unknown_arguments_make_dtypes_unknown() -> None:
    types_ = [UNKNOWN, UNKNOWN, Array("float64", (3,)), Array("float64", (3,))]
    found = result_type(results.sets.found_cotangents, types_, {})
    assert found == Tuple((Array("", (3,)), Array("", (3,))))
    assert result_type(results.norms.norm_cotangent, types_[:3], {}) == Array("", (3,))
