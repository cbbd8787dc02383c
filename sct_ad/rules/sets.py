# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions of sets of numbers: the values carry derivatives, places and counts do not.

How many values there are is taken as given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import d, macro, static, tangent
from sct_ad.runtime.sets import (
    found_cotangent,
    found_cotangents,
    found_in_both_tangent,
    found_tangent,
    trimmed_cotangent,
    trimmed_tangent,
    unique_rows_cotangent,
    unique_rows_tangent,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


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


@tangent(np.unique)
def unique_tangent(
    z, ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    if not (static(return_index) and static(return_inverse) and static(return_counts)):
        raise NotImplementedError("a choice of results that is not known at compile time")
    elif (return_index or return_inverse or return_counts) and axis is None:
        d[z] = first_changes(found_tangent(d[ar], z[0], ar), z, return_index, return_inverse, return_counts)
    elif return_index or return_inverse or return_counts:
        d[z] = first_changes(unique_rows_tangent(d[ar], ar, axis), z, return_index, return_inverse, return_counts)
    elif axis is None:
        d[z] = found_tangent(d[ar], z, ar)
    else:
        d[z] = unique_rows_tangent(d[ar], ar, axis)


@macro
def first_changes(site: Any, change: Expr, z: Expr, *others: Expr) -> Expr:
    """The tangents of values and of what comes with them, places and counts."""
    zeros = nodes.attribute(site.bind(np, "np"), "zeros_like")
    parts: list[Expr] = [change]
    for wanted in others:
        if site.known(wanted):
            place = nodes.subscript(nodes.copy(z), nodes.constant(len(parts)))
            parts.append(nodes.call(nodes.copy(zeros), place, site.bind(float, "float")))
    return nodes.tuple_(parts)


if hasattr(np, "unique_values"):  # NumPy 2

    @array_adjoint(np.unique_values)
    def unique_values(z, x):
        d[x] = found_cotangent(d[z], z, x)

    @array_adjoint(np.unique_counts, np.unique_inverse)
    def unique_and_one_more(z, x):
        d[x] = found_cotangent(d[z][0], z[0], x)

    @array_adjoint(np.unique_all)
    def unique_and_more(z, x):
        d[x] = found_cotangent(d[z][0], z[0], x)

    @tangent(np.unique_values)
    def unique_values_tangent(z, x):
        d[z] = found_tangent(d[x], z, x)

    @tangent(np.unique_all)
    def unique_all_tangent(z, x):
        d[z] = first_changes(found_tangent(d[x], z[0], x), z, True, True, True)

    @tangent(np.unique_counts)
    def unique_and_one_more_tangent(z, x):
        d[z] = first_changes(found_tangent(d[x], z[0], x), z, True)


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


@tangent(np.intersect1d)
def intersection_tangent(z, ar1, ar2, assume_unique=False, return_indices=False):
    if return_indices:
        values = found_in_both_tangent(change_of(ar1), change_of(ar2), z[0], ar1, ar2)
        d[z] = first_changes(values, z, True, True)
    elif static(return_indices):
        d[z] = found_in_both_tangent(change_of(ar1), change_of(ar2), z, ar1, ar2)
    else:
        raise NotImplementedError("a return_indices that is not known at compile time")


@array_adjoint(np.setdiff1d)
def difference(z, ar1, ar2, assume_unique=False):
    d[ar1] = found_cotangent(d[z], z, ar1)


@tangent(np.setdiff1d)
def difference_tangent(z, ar1, ar2):
    d[z] = found_tangent(d[ar1], z, ar1)


@array_adjoint(np.setxor1d)
def symmetric_difference(z, ar1, ar2, assume_unique=False):
    parts = found_cotangents(d[z], z, ar1, ar2)
    d[ar1] = parts[0]
    d[ar2] = parts[1]


@tangent(np.union1d, np.setxor1d)
def union_tangent(z, ar1, ar2):
    d[z] = found_in_both_tangent(change_of(ar1), change_of(ar2), z, ar1, ar2)


@array_adjoint(np.trim_zeros)
def trim_zeros(z, filt, trim="fb", axis=None):
    d[filt] = trimmed_cotangent(d[z], filt, trim, axis)


@tangent(np.trim_zeros)
def trim_zeros_tangent(z, filt, trim="fb", axis=None):
    d[z] = trimmed_tangent(d[filt], z, filt, trim, axis)
