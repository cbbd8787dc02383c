"""The types of what the functions of `sct_ad.runtime` return that array rules call: mostly those of one argument."""

from __future__ import annotations

from typing import Any

from sct_ad.rules.typing.table import Rule, rule
from sct_ad.runtime import (
    cotangents,
    creation,
    einsum,
    factorisations,
    grids,
    linalg,
    linear,
    norms,
    padding,
    quantiles,
    reductions,
    sets,
    shaping,
)
from sct_ad.syntax.values import NO_VALUE, UNKNOWN, Abstract, Array, Scalar, Tuple, broadcast, dims_of

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
        creation.linspace_start, creation.linspace_stop,
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
SEVERAL_LIKE: dict[tuple[int, ...], list[Any]] = {
    (2, 3): [linalg.solve_cotangents, linalg.lstsq_cotangents, linalg.tensorsolve_cotangents],
}
"""Positions -> the functions whose results have the shapes of the arguments there."""


@rule(cotangents.absolute_cotangent, cotangents.imaginary_cotangent, cotangents.angle_cotangent)
def elementwise_cotangent(function: Any, cotangent: Abstract, x: Abstract, deg: Abstract = UNKNOWN) -> Abstract:
    """As many as there are elements, real or complex."""
    dims = broadcast(dims_of(cotangent), dims_of(x))
    return Array("", dims) if dims else UNKNOWN


def like(value: Abstract, used: tuple[Abstract, ...]) -> Abstract:
    """An array of the shape of a value; its dtype is known only where everything is double precision.

    What belongs to an array of rank 0 may be a number.
    """
    dims = dims_of(value)
    if not isinstance(value, Array) or not dims:
        return UNKNOWN
    parts = [part for v in used for part in (v.items if isinstance(v, Tuple) else (v,))]
    double = all(_is_double(part) for part in parts if isinstance(part, (Array, Scalar)))
    return Array("float64" if double else "", dims)


def _is_double(value: Array | Scalar) -> bool:
    if isinstance(value, Scalar):
        return value.kind in ("bool", "int", "float") and value.dtype in ("", "float64", "int64")
    return value.dtype in ("bool", "int64", "float64")


def register(ones: dict[int, list[Any]], several: dict[tuple[int, ...], list[Any]]) -> None:
    """Register the types of functions whose result, or whose results, have the shapes of the arguments there."""
    for position, functions in ones.items():
        rule(*functions)(_one(position))
    for positions, functions in several.items():
        rule(*functions)(_several(positions))


def _one(position: int) -> Rule:
    def shaped_like(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
        return like(args[position], args)

    return shaped_like


def _several(positions: tuple[int, ...]) -> Rule:
    def shaped_like(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
        return Tuple(tuple(like(args[position], args) for position in positions))

    return shaped_like


register(SHAPED_LIKE, SEVERAL_LIKE)


@rule(einsum.einsum_cotangent)
def of_operand(
    function: Any, cotangent: Abstract, subscripts: Abstract, number: Abstract, *operands: Abstract
) -> Abstract:
    """The operand's shape."""
    known = getattr(number, "value", NO_VALUE)
    return UNKNOWN if known is NO_VALUE else like(operands[known], (cotangent, *operands))
