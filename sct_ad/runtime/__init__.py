"""What emitted text may call besides NumPy and math; imports NumPy only."""

from sct_ad.runtime.broadcasting import last_written, unbroadcast
from sct_ad.runtime.containers import as_gradient, as_structure, copy_structure, zero_shadow, zeros_like

__all__ = ["as_gradient", "as_structure", "copy_structure", "last_written", "unbroadcast", "zero_shadow", "zeros_like"]
