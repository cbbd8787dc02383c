"""The types of what `scipy.linalg` returns, and of the cotangents that emitted text asks for."""

from __future__ import annotations

from typing import Any

from scipy import linalg

from sct_ad.rules import results
from sct_ad.rules.typing.constructors import as_array, is_none
from sct_ad.rules.typing.linalg import smaller, with_shapes
from sct_ad.rules.typing.probe import probe, shaped, unit_type
from sct_ad.rules.typing.sizes import static
from sct_ad.rules.typing.table import FALSE, NONE, TRUE, rule
from sct_ad.rules.typing.transforms import cotangent_type
from sct_ad.runtime.scipy import factors, linear_systems, matrix_functions, structured
from sct_ad.syntax.values import INT, UNKNOWN, Abstract, Array, Constant, Tuple, kind

FULL = Constant("full")
_COMPLEX = {"float32": "complex64", "complex64": "complex64"}


def _complex_of(array: Array) -> str:
    return _COMPLEX.get(array.dtype, "complex128") if array.dtype else ""


@rule(linalg.eig, linalg.eigvals)
def eigenvalues(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`scipy.linalg.eig(a)`: the values are complex; of real matrices the vectors can be real."""
    found = as_array(a)
    if found.dims is None or args or not set(keywords) <= {"check_finite"}:
        return UNKNOWN
    values = Array(_complex_of(found), found.dims[:-1])
    if function is linalg.eigvals:
        return values
    return Tuple((values, Array(found.dtype if kind(found) == "complex" else "", found.dims)))


@rule(linalg.sqrtm, linalg.logm, linalg.fractional_matrix_power)
def root(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`scipy.linalg.sqrtm(a)`: of real matrices it can be complex."""
    found = as_array(a)
    if len(args) > (function is linalg.fractional_matrix_power) or keywords.keys() - {"t"}:
        return UNKNOWN
    return Array(found.dtype if kind(found) == "complex" else "", found.dims)


@rule(
    linalg.expm, linalg.sinm, linalg.cosm, linalg.tanm, linalg.sinhm, linalg.coshm, linalg.tanhm, linalg.inv,
    linalg.cholesky,
)  # fmt: skip
def square(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`scipy.linalg.expm(a)`: the shape of `a`."""
    found = as_array(a)
    return shaped(function, found.dims, [Array(found.dtype, (1, 1)) if found.dims is None else found])


@rule(linalg.solve, linalg.solve_triangular)
def solve(function: Any, a: Abstract, b: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`scipy.linalg.solve(a, b)`."""
    left, right = as_array(a), as_array(b)
    if left.dims is None or right.dims is None or len(left.dims) != 2 or len(right.dims) > 2:
        return probe(function, [left, right, *args], keywords)
    return shaped(function, right.dims, [left, right])


@rule(linalg.eigh, linalg.eigvalsh)
def spectrum(
    function: Any, a: Abstract, b: Abstract = NONE, *, lower: Abstract = TRUE, **keywords: Abstract
) -> Abstract:
    """`scipy.linalg.eigh(a)`."""
    found = as_array(a)
    if found.dims is None or keywords.keys() - {"check_finite", "driver"}:
        return probe(function, [found], keywords) if is_none(b) else UNKNOWN
    like = unit_type(function, [found] if is_none(b) else [found, as_array(b)])
    if function is linalg.eigvalsh:
        return Array(like.dtype if isinstance(like, Array) else "", found.dims[:-1])
    return with_shapes(like, found.dims[:-1], found.dims)


@rule(linalg.svd)
def svd(
    function: Any, a: Abstract, full_matrices: Abstract = TRUE, compute_uv: Abstract = TRUE, **keywords: Abstract
) -> Abstract:
    """`scipy.linalg.svd(a)`."""
    found = as_array(a)
    flags = {"full_matrices": full_matrices, "compute_uv": compute_uv}
    if found.dims is None or not all(isinstance(static(flag), bool) for flag in flags.values()):
        return probe(function, [found], flags)
    like = unit_type(function, [found], flags)
    *batch, m, n = found.dims
    rank, full = smaller(m, n), static(full_matrices)
    if not static(compute_uv):
        return Array(like.dtype if isinstance(like, Array) else "", (*batch, rank))
    return with_shapes(like, (*batch, m, m if full else rank), (*batch, rank), (*batch, n if full else rank, n))


@rule(linalg.qr)
def qr(
    function: Any,
    a: Abstract,
    overwrite_a: Abstract = FALSE,
    lwork: Abstract = NONE,
    mode: Abstract = FULL,
    pivoting: Abstract = FALSE,
    check_finite: Abstract = TRUE,
) -> Abstract:
    """`scipy.linalg.qr(a)`."""
    found, how = as_array(a), static(mode)
    if found.dims is None or how not in ("full", "economic") or static(pivoting) is not False:
        return probe(function, [found], {"mode": mode, "pivoting": pivoting})
    like = unit_type(function, [found], {"mode": mode})
    *batch, m, n = found.dims
    rank = m if how == "full" else smaller(m, n)
    return with_shapes(like, (*batch, m, rank), (*batch, rank, n))


_SOLUTIONS = {
    linalg.solve_toeplitz: 1, linalg.solve_banded: 2, linalg.solveh_banded: 1, linalg.solve_circulant: 1,
    linalg.cho_solve: 1, linalg.cho_solve_banded: 1, linalg.lu_solve: 1, linalg.solve_sylvester: 2,
    linalg.solve_continuous_lyapunov: 1, linalg.solve_discrete_lyapunov: 1, linalg.solve_continuous_are: 0,
}  # fmt: skip
"""Solvers -> the position of the argument whose shape the solution has."""


@rule(*_SOLUTIONS)
def solution(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`scipy.linalg.solve_banded((1, 1), ab, b)`: the shape of the right-hand side."""
    found = as_array(args[_SOLUTIONS[function]])
    stacked = found.dims is not None and len(found.dims) > 2
    return UNKNOWN if stacked else cotangent_type(found, args)


@rule(linalg.lstsq)
def lstsq(function: Any, a: Abstract, b: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`scipy.linalg.lstsq(a, b)`: the values decide whether there are sums of squares."""
    left, right = as_array(a), as_array(b)
    if left.dims is None or right.dims is None or len(left.dims) != 2 or len(right.dims) > 2:
        return UNKNOWN
    x = cotangent_type(Array(right.dtype, (left.dims[-1], *right.dims[1:])), [left, right])
    real = Array(x.dtype if isinstance(x, Array) else "")  # or a number
    return Tuple((x, real, INT, UNKNOWN if keywords or args else real))


@rule(linalg.orthogonal_procrustes)
def procrustes(function: Any, A: Abstract, B: Abstract, check_finite: Abstract = TRUE) -> Abstract:
    """A rotation and a scale."""
    left, right = as_array(A), as_array(B)
    like = unit_type(function, [left, right])
    if left.ndim != 2 or right.ndim != 2 or not isinstance(like, Tuple):
        return UNKNOWN
    rotation = Array(getattr(like.items[0], "dtype", ""), (left.dims[1], right.dims[1]))  # type: ignore[index]
    return Tuple((rotation, like.items[1]))


@rule(linalg.eigh_tridiagonal)
def eigh_tridiagonal(
    function: Any, d: Abstract, e: Abstract, eigvals_only: Abstract = FALSE, **keywords: Abstract
) -> Abstract:
    """`scipy.linalg.eigh_tridiagonal(d, e)`."""
    found = as_array(d)
    if found.dims is None or static(eigvals_only) is not False or keywords.keys() - {"lapack_driver", "check_finite"}:
        return UNKNOWN
    return Tuple((Array("", found.dims), Array("", found.dims * 2)))


_ONE: dict[int, list[Any]] = {
    1: [
        factors.triangle_cotangent, factors.cho_factor_cotangent, factors.banded_cholesky_cotangent,
        factors.eigvals_banded_cotangent, matrix_functions.matrix_function_cotangent, structured.companion_cotangent,
        structured.fiedler_cotangent,
    ],
    2: [
        factors.lu_cotangent, factors.lu_factor_cotangent, factors.upper_factor_cotangent,
        matrix_functions.root_cotangent, linear_systems.hermitian_pinv_cotangent, structured.placed_cotangent,
    ],
    4: [factors.rq_cotangent, factors.eigh_banded_cotangent, matrix_functions.polar_cotangent],
    5: [factors.pivoted_qr_cotangent],
}  # fmt: skip
_SEVERAL: dict[tuple[int | None, ...], list[Any]] = {
    (1, 2): [
        structured.khatri_rao_cotangents, factors.generalised_eigvalsh_cotangents,
        factors.eigvalsh_tridiagonal_cotangents, linear_systems.toeplitz_product_cotangents,
        matrix_functions.frechet_cotangents, structured.leslie_cotangents,
    ],
    (2, 0): [linear_systems.continuous_lyapunov_cotangents, linear_systems.discrete_lyapunov_cotangents],
    (2, 3): [
        linear_systems.structured_solve_cotangents, linear_systems.triangular_solve_cotangents,
        linear_systems.hermitian_banded_solve_cotangents, linear_systems.toeplitz_solve_cotangents,
        linear_systems.circulant_solve_cotangents, matrix_functions.procrustes_cotangents,
    ],
    (3, 4): [linear_systems.banded_solve_cotangents],
    (2, 3, 0): [linear_systems.sylvester_cotangents],
    (2, 3, 1, 4): [linear_systems.continuous_riccati_cotangents],
}  # fmt: skip
_REAL_IF_REAL = frozenset(
    {
        *(linear_systems.structured_solve_cotangents, linear_systems.triangular_solve_cotangents),
        *(linear_systems.hermitian_banded_solve_cotangents, linear_systems.toeplitz_solve_cotangents),
        *(linear_systems.circulant_solve_cotangents, linear_systems.banded_solve_cotangents),
        *(linear_systems.toeplitz_product_cotangents, structured.khatri_rao_cotangents, structured.leslie_cotangents),
        *(matrix_functions.procrustes_cotangents, matrix_functions.root_cotangent),
        matrix_functions.matrix_function_cotangent,
    }
)


@rule(linear_systems.factored_cholesky_cotangents, linear_systems.factored_lu_cotangents)
def of_factors(
    function: Any, cotangent: Abstract, z: Abstract, factors: Abstract, b: Abstract, *args: Abstract
) -> Abstract:
    """Those of the factors, in a pair with nothing for the pivots, and of the right-hand sides."""
    if not isinstance(factors, Tuple):
        return UNKNOWN
    of_matrix, of_b = (cotangent_type(x, [cotangent, z, factors, b], True) for x in (factors.items[0], b))
    return Tuple((Tuple((of_matrix, UNKNOWN)), of_b))


results.register(_ONE, _SEVERAL, _REAL_IF_REAL)
