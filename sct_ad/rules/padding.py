# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""The rule of `np.pad`, in all of its modes."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import change_or_zero
from sct_ad.rules.registry import active, d, is_scalar, tangent
from sct_ad.runtime.padding import (
    pad_constant_cotangents,
    pad_copy_cotangent,
    pad_cotangent,
    pad_ramp_cotangents,
    pad_summary_cotangent,
    pad_summary_tangent,
)


@array_adjoint(np.pad)
def pad(
    z, array, pad_width, mode="constant", *, stat_length=None, constant_values=0, end_values=0, reflect_type="even"
):
    if mode == "empty" or (mode == "constant" and not active(constant_values)):
        d[array] = pad_cotangent(d[z], array, pad_width)
    elif mode == "constant" and is_scalar(constant_values):
        inner = pad_cotangent(d[z], array, pad_width)
        d[array] = inner
        d[constant_values] = np.sum(d[z]) - np.sum(inner)
    elif mode == "constant":
        parts = pad_constant_cotangents(d[z], array, pad_width, constant_values)
        d[array] = parts[0]
        d[constant_values] = parts[1]
    elif mode == "linear_ramp":
        parts = pad_ramp_cotangents(d[z], array, pad_width, end_values)
        d[array] = parts[0]
        d[end_values] = parts[1]
    elif mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and reflect_type == "even"):
        d[array] = pad_copy_cotangent(d[z], array, pad_width, mode)
    elif mode in ("reflect", "symmetric"):
        d[array] = pad_copy_cotangent(d[z], array, pad_width, mode, reflect_type)
    elif mode in ("maximum", "mean", "median", "minimum") and stat_length is None:
        d[array] = pad_summary_cotangent(d[z], array, pad_width, mode)
    elif mode in ("maximum", "mean", "median", "minimum"):
        d[array] = pad_summary_cotangent(d[z], array, pad_width, mode, stat_length)
    else:
        raise NotImplementedError("a mode that is a function, or not known at compile time")


@tangent(np.pad)
def pad_tangent(
    z, array, pad_width, mode="constant", *, stat_length=None, constant_values=0, end_values=0, reflect_type="even"
):
    if mode == "empty" or (mode == "constant" and not active(constant_values)):
        d[z] = np.pad(d[array], pad_width)
    elif mode == "constant":
        d[z] = np.pad(change_or_zero(array), pad_width, constant_values=change_or_zero(constant_values))
    elif mode == "linear_ramp":
        d[z] = np.pad(change_or_zero(array), pad_width, mode, end_values=change_or_zero(end_values))
    elif mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and reflect_type == "even"):
        d[z] = np.pad(d[array], pad_width, mode)
    elif mode in ("reflect", "symmetric"):
        d[z] = np.pad(d[array], pad_width, mode, reflect_type=reflect_type)
    elif mode in ("maximum", "mean", "median", "minimum"):
        d[z] = pad_summary_tangent(d[array], array, pad_width, mode, stat_length)
    else:
        raise NotImplementedError("a mode that is a function, or not known at compile time")
