"""What emitted text may call besides NumPy and math; imports NumPy only."""

from sct_ad.runtime.broadcasting import last_written, spread_over, unbroadcast
from sct_ad.runtime.containers import (
    add_unless_view,
    added,
    as_gradient,
    as_structure,
    copy_in_layout,
    copy_structure,
    diagonal_view,
    in_layout_of,
    number_like,
    view_or_zeros,
    zero_shadow,
    zero_tangent,
    zeros_in_layout,
    zeros_like,
)
from sct_ad.runtime.objects import new_object, object_like

__all__ = [
    "added",
    "add_unless_view",
    "as_gradient",
    "as_structure",
    "copy_in_layout",
    "copy_structure",
    "diagonal_view",
    "in_layout_of",
    "last_written",
    "new_object",
    "number_like",
    "object_like",
    "spread_over",
    "unbroadcast",
    "view_or_zeros",
    "zero_shadow",
    "zero_tangent",
    "zeros_in_layout",
    "zeros_like",
]
