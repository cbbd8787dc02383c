"""What emitted text may call besides NumPy and math; imports NumPy only."""

from sct_ad.runtime.broadcasting import last_written, unbroadcast
from sct_ad.runtime.containers import (
    add_unless_view,
    as_gradient,
    as_structure,
    copy_in_layout,
    copy_structure,
    zero_shadow,
    zeros_in_layout,
    zeros_like,
)

__all__ = [
    "add_unless_view",
    "as_gradient",
    "as_structure",
    "copy_in_layout",
    "copy_structure",
    "last_written",
    "unbroadcast",
    "zero_shadow",
    "zeros_in_layout",
    "zeros_like",
]
