"""The types of what the functions of `sct_ad.runtime` return that array rules call: mostly those of one argument."""

from __future__ import annotations

from typing import Any

from sct_ad.rules.typing.constructors import is_none
from sct_ad.rules.typing.table import NONE, rule
from sct_ad.rules.typing.transforms import cotangent_type, like
from sct_ad.runtime import (
    complex_numbers,
    cotangents,
    creation,
    einsum,
    factorisations,
    grids,
    histograms,
    linalg,
    linear,
    norms,
    padding,
    quantiles,
    reductions,
    sets,
    shaping,
    statistics,
)
from sct_ad.syntax.dims import broadcast
from sct_ad.syntax.values import (
    FLOAT,
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    List,
    Tuple,
    dims_of,
)

SHAPED_LIKE: dict[int, list[Any]] = {
    0: [reductions.deviations, reductions.products_of_others, linalg.cofactors, linalg.inverse_transposed,
        norms.conjugate_sign],
    1: [
        linear.matmul_left, linear.dot_left, linear.inner_left, linear.tensordot_left, linear.kronecker_left,
        linear.cross_left, linear.vecdot_cotangent,
        linear.diagonal_cotangent, linear.diag_cotangent, linear.trace_cotangent,
        cotangents.expand_reduced, reductions.cumulative_product_cotangent, reductions.median_cotangent,
        grids.difference_cotangent,
        grids.coordinate_cotangent, shaping.tile_cotangent, shaping.repeat_cotangent, shaping.take_cotangent,
        shaping.entry_cotangent, shaping.gathered_cotangent,
        shaping.take_along_axis_cotangent, shaping.sort_cotangent,
        shaping.selected_cotangent, shaping.window_cotangent, shaping.reordered_cotangent, sets.unique_rows_cotangent,
        sets.trimmed_cotangent, padding.pad_copy_cotangent, padding.pad_summary_cotangent,
        quantiles.nanmedian_cotangent, padding.pad_cotangent,
        linalg.power_cotangent, factorisations.cholesky_cotangent,
        factorisations.eigvalsh_cotangent, linalg.singular_values_cotangent,
        creation.linspace_start, creation.linspace_stop, reductions.reduceat_cotangent,
    ],
    2: [
        linear.matmul_right, linear.dot_right, linear.inner_right, linear.tensordot_right, linear.kronecker_right,
        linear.cross_right, linalg.pinv_cotangent, linalg.truncated_pinv_cotangent, linalg.tensorinv_cotangent,
        norms.matrix_norm_cotangent, norms.norm_cotangent, norms.vector_norm_cotangent, norms.cond_cotangent,
        factorisations.eigvals_cotangent, factorisations.triangular_factor_cotangent,
        factorisations.hermitian_singular_values_cotangent,
        reductions.running_extreme_cotangent, sets.found_cotangent, shaping.moved_cotangent,
    ],
    3: [factorisations.eigh_cotangent, linalg.slogdet_cotangent],
    4: [factorisations.eig_cotangent, factorisations.svd_cotangent, factorisations.qr_cotangent],
}  # fmt: skip
"""Position -> the functions whose result has the shape of the argument there."""
SEVERAL_LIKE: dict[tuple[int | None, ...], list[Any]] = {
    (1, 2): [linear.convolve_cotangents, linear.correlate_cotangents, quantiles.quantile_cotangents],
    (1, 3): [shaping.inserted_cotangents, padding.pad_constant_cotangents, padding.pad_ramp_cotangents],
    (1, 6): [statistics.variance_cotangents],
    (2, 3): [
        linalg.solve_cotangents, linalg.lstsq_cotangents, linalg.tensorsolve_cotangents,
        statistics.correlation_cotangents, sets.found_cotangents,
    ],
    (2, 4): [statistics.average_cotangents],
    (3, 3): [factorisations.generalised_eigh_cotangents],
    (4, 8): [histograms.histogramdd_cotangents],
    (1, 2, 3): [grids.ediff1d_cotangents, grids.interp_cotangents],
    (1, 2, 7): [statistics.covariance_cotangents],
    (1, 2, None): [histograms.edges_cotangents],
    (1, 4, 5): [grids.extended_difference_cotangents],
    (2, 3, 6): [creation.logspace_cotangents],
    (1, 2, 3, 4): [grids.periodic_interp_cotangents],
    (4, 5, None, 8): [histograms.histogram_cotangents],
    (1, 2, 3, 4, 5): [grids.extended_interp_cotangents],
}  # fmt: skip
"""Positions -> the functions whose results have the shapes of the arguments there; None where it is not known."""
REAL_IF_REAL = frozenset(
    {linalg.solve_cotangents, linalg.lstsq_cotangents, factorisations.eig_cotangent, factorisations.eigvals_cotangent}
)
"""Those that give real cotangents to real arguments, also where other arguments are complex."""


@rule(
    cotangents.absolute_cotangent,
    cotangents.imaginary_cotangent,
    cotangents.angle_cotangent,
    complex_numbers.sign_cotangent,
)
def elementwise_cotangent(function: Any, cotangent: Abstract, x: Abstract, deg: Abstract = UNKNOWN) -> Abstract:
    """As many as there are elements, real or complex."""
    dims = broadcast(dims_of(cotangent), dims_of(x))
    return cotangent_type(Array("", dims), [cotangent, x]) if dims else UNKNOWN


@rule(grids.trapezoid_cotangents)
def trapezoid(function: Any, cotangent: Abstract, y: Abstract, x: Abstract, dx: Abstract, axis: Abstract) -> Abstract:
    """Those of the heights, the points and the distance, of which only one of the latter two matters."""
    used = [cotangent, y, x, dx]
    distance = cotangent_type(dx, used, numbers=True) if is_none(x) else FLOAT
    return Tuple((cotangent_type(y, used), NONE if is_none(x) else cotangent_type(x, used), distance))


@rule(grids.gradient_cotangents)
def gradient(function: Any, cotangent: Abstract, x: Abstract, spacing: Abstract, *args: Abstract) -> Abstract:
    """Those of the array and of each spacing."""
    used = [cotangent, x, spacing]
    if not isinstance(spacing, Tuple) or not spacing.items:
        return Tuple((cotangent_type(x, used), UNKNOWN))
    return Tuple((cotangent_type(x, used), List(tuple(cotangent_type(v, used, numbers=True) for v in spacing.items))))


def register(
    ones: dict[int, list[Any]],
    several: dict[tuple[int | None, ...], list[Any]],
    real_if_real: frozenset[Any] = frozenset(),
) -> None:
    """Register the types of functions whose result, or whose results, have the shapes of the arguments there."""
    for position, functions in ones.items():
        for function in functions:
            like(function, position, real_if_real=function in real_if_real)
    for positions, functions in several.items():
        for function in functions:
            like(function, *positions, real_if_real=function in real_if_real, numbers=True)


register(SHAPED_LIKE, SEVERAL_LIKE, REAL_IF_REAL)


@rule(einsum.einsum_cotangent)
def of_operand(
    function: Any, cotangent: Abstract, subscripts: Abstract, number: Abstract, *operands: Abstract
) -> Abstract:
    """The operand's shape."""
    known = getattr(number, "value", NO_VALUE)
    return UNKNOWN if known is NO_VALUE else cotangent_type(operands[known], [cotangent, *operands])
