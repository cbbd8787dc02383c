"""Functions of emitted text that arrange cotangents: what they do to values, they do to the tangents of these.

For each the positions of the arguments that carry cotangents. The others are shapes, keys and templates, or values
whose order alone decides where a cotangent goes.
"""

from __future__ import annotations

from typing import Any

from sct_ad import runtime
from sct_ad.objects import rebuilt
from sct_ad.runtime import (
    broadcasting,
    containers,
    cotangents,
    custom,
    fft,
    grids,
    histograms,
    items,
    linear,
    quantiles,
    reductions,
    sequences,
    shaping,
)
from sct_ad.runtime.complex_numbers import real_part_if_real
from sct_ad.runtime.scipy import edges

_FIRST: tuple[Any, ...] = (
    broadcasting.unbroadcast,
    broadcasting.spread_over,
    broadcasting.last_written,
    containers.as_gradient,
    containers.copy_structure,
    containers.copy_in_layout,
    edges.folded,
    cotangents.expand_reduced,
    cotangents.fitting,
    cotangents.zero_if_none,
    custom.tangent_cotangent,
    custom.value_and_residuals,
    fft.doubled_inside,
    fft.fitted,
    fft.many_cotangent,
    grids.coordinate_cotangent,
    grids.difference_cotangent,
    grids.ediff1d_cotangents,
    grids.extended_difference_cotangents,
    histograms.edges_cotangents,
    linear.diag_cotangent,
    linear.diagonal_cotangent,
    linear.trace_cotangent,
    quantiles.nanmedian_cotangent,
    reductions.median_cotangent,
    reductions.reduceat_cotangent,
    reductions.running_extreme_cotangent,
    real_part_if_real,
    runtime.diagonal_view,
    sequences.new_slots,
    sequences.take_items,
    sequences.tie_cotangents,
    sequences.sum_cotangents,
    items.item_cotangents,
    shaping.reordered_cotangent,
    shaping.rollaxis_cotangent,
    shaping.tile_cotangent,
    shaping.repeat_cotangent,
    shaping.take_cotangent,
    shaping.entry_cotangent,
    shaping.gathered_cotangent,
    shaping.inserted_cotangents,
    shaping.take_along_axis_cotangent,
    shaping.sort_cotangent,
    shaping.moved_cotangent,
    shaping.choose_cotangents,
    shaping.window_cotangent,
    shaping.blocks,
    shaping.selected_cotangent,
    shaping.pieces,
    shaping.layers,
    shaping.rows,
    shaping.columns,
    shaping.depths,
    shaping.side_by_side,
)
_ZEROS: tuple[Any, ...] = (runtime.zeros_like, runtime.zero_shadow, runtime.zero_tangent, runtime.zeros_in_layout)

POSITIONS: dict[Any, tuple[int, ...]] = {
    **dict.fromkeys(_FIRST, (0,)),
    **dict.fromkeys(_ZEROS, ()),
    containers.added: (0, 1),
    custom.checked: (0,),
    custom.replaced: (0, 2),
    runtime.as_structure: (1,),
    rebuilt: (1,),
    runtime.view_or_zeros: (0, 1),
    runtime.add_unless_view: (0, 1, 2),
    runtime.in_layout_of: (1,),
    sequences.add_to_shadow: (0, 1),
    sequences.give_back: (0, 1),
    sequences.give_back_repeated: (0, 1),
    sequences.put_back: (0, 1),
    sequences.replace_slots: (0, 1),
    sequences.restore_entry: (0, 2),
}
"""Function -> the positions of the arguments in whose place the tangents stand."""

OF_TANGENTS: dict[Any, Any] = {custom.checked: custom.checked_tangents, custom.replaced: custom.replaced_tangent}
"""Function -> what does with tangents what it does with values, where that is another function."""


def arranges(*functions: Any) -> None:
    """Say of further functions that they arrange the cotangent that they are given first."""
    POSITIONS.update(dict.fromkeys(functions, (0,)))
