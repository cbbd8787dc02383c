# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions of sets of numbers: the values carry derivatives, places and counts do not.

How many values there are is taken as given.
"""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.registry import d, static
from sct_ad.runtime.sets import found_cotangent, found_cotangents, trimmed_cotangent, unique_rows_cotangent


@array_adjoint(np.unique)
def unique(
    z, ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    if not (static(return_index) and static(return_inverse) and static(return_counts)):
        raise NotImplementedError("a choice of results that is not known at compile time")
    elif (return_index or return_inverse or return_counts) and axis is None:
        d[ar] = found_cotangent(d[z][0], z[0], ar)
    elif return_index or return_inverse or return_counts:
        d[ar] = unique_rows_cotangent(d[z][0], ar, axis)
    elif axis is None:
        d[ar] = found_cotangent(d[z], z, ar)
    else:
        d[ar] = unique_rows_cotangent(d[z], ar, axis)


if hasattr(np, "unique_values"):  # NumPy 2

    @array_adjoint(np.unique_values)
    def unique_values(z, x):
        d[x] = found_cotangent(d[z], z, x)

    @array_adjoint(np.unique_all, np.unique_counts, np.unique_inverse)
    def unique_and_more(z, x):
        d[x] = found_cotangent(d[z][0], z[0], x)


@array_adjoint(np.union1d)
def union(z, ar1, ar2):
    parts = found_cotangents(d[z], z, ar1, ar2)
    d[ar1] = parts[0]
    d[ar2] = parts[1]


@array_adjoint(np.intersect1d)
def intersection(z, ar1, ar2, assume_unique=False, return_indices=False):
    if return_indices:
        parts = found_cotangents(d[z][0], z[0], ar1, ar2)
        d[ar1] = parts[0]
        d[ar2] = parts[1]
    elif static(return_indices):
        parts = found_cotangents(d[z], z, ar1, ar2)
        d[ar1] = parts[0]
        d[ar2] = parts[1]
    else:
        raise NotImplementedError("a return_indices that is not known at compile time")


@array_adjoint(np.setdiff1d)
def difference(z, ar1, ar2, assume_unique=False):
    d[ar1] = found_cotangent(d[z], z, ar1)


@array_adjoint(np.setxor1d)
def symmetric_difference(z, ar1, ar2, assume_unique=False):
    parts = found_cotangents(d[z], z, ar1, ar2)
    d[ar1] = parts[0]
    d[ar2] = parts[1]


@array_adjoint(np.trim_zeros)
def trim_zeros(z, filt, trim="fb", axis=None):
    d[filt] = trimmed_cotangent(d[z], filt, trim, axis)
