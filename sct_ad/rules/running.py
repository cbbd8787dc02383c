# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of running totals, products and extremes."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, at_axis, backward_along, known_axis, reshaped
from sct_ad.rules.registry import d, kind, linear_in, macro, ndim, tangent
from sct_ad.runtime.reductions import (
    cumulative_product_cotangent,
    cumulative_product_tangent,
    running_extreme_cotangent,
    running_extreme_tangent,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


@array_adjoint(np.cumsum)
def cumsum(z, a, axis=None, dtype=None):
    if ndim(a) == 0:
        d[a] = d[z][0]
    elif ndim(a) == 1:
        d[a] = np.cumsum(d[z][::-1])[::-1]
    elif axis is None:
        d[a] = reshaped(np.cumsum(d[z][::-1])[::-1], a)
    else:
        d[a] = backward_along(np.cumsum(backward_along(d[z], a, axis), axis=axis), a, axis)


linear_in("a", np.cumsum)


if hasattr(np, "cumulative_sum"):  # NumPy 2.1

    @array_adjoint(np.cumulative_sum)
    def cumulative_sum(z, x, *, axis=None, dtype=None, include_initial=False):
        d[x] = backward_along(
            np.cumsum(backward_along(of_running(d[z], x, axis, include_initial), x, axis), axis=axis), x, axis
        )

    linear_in("x", np.cumulative_sum)

    @array_adjoint(np.cumulative_prod)
    def cumulative_product(z, x, *, axis=None, dtype=None, include_initial=False):
        d[x] = cumulative_product_cotangent(of_running(d[z], x, axis, include_initial), x, axis)

    @tangent(np.cumulative_prod)
    def cumulative_product_change(z, x, *, axis=None, dtype=None, include_initial=False):
        d[z] = cumulative_product_tangent(d[x], x, axis, include_initial)


@macro
def of_running(site: Any, dz: Expr, x: Expr, axis: Expr, include_initial: Expr) -> Expr:
    """The cotangent without the entry that belongs to the initial value: `dz[1:]`, `dz[:, 1:]`."""
    initial = site.known(include_initial)
    if initial is False:
        return dz
    where = 0 if site.known(axis) is None else known_axis(site, axis)
    if initial is not True or where is None:
        raise NoRuleError("an include_initial or an axis that is not known at compile time")
    return at_axis(dz, where, gast.Slice(lower=nodes.constant(1), upper=None, step=None), site.ndim(x))


@array_adjoint(np.cumprod)
def cumprod(z, a, axis=None, dtype=None):
    """Exact where entries are 0."""
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if ndim(a) == 0:
        d[a] = d[z][0]
    elif axis is None:
        d[a] = cumulative_product_cotangent(d[z], a)
    else:
        d[a] = cumulative_product_cotangent(d[z], a, axis)


@tangent(np.cumprod)
def cumprod_tangent(z, a, axis=None):
    d[z] = cumulative_product_tangent(d[a], a, axis)


# Methods of ufuncs, which work along axis 0 unless told otherwise ----------------------------------------------------


@array_adjoint(np.add.accumulate)
def add_accumulate(z, array, axis=0, dtype=None):
    d[array] = backward_along(np.add.accumulate(backward_along(d[z], array, axis), axis=axis), array, axis)


@array_adjoint(np.maximum.accumulate, np.minimum.accumulate)
def extreme_accumulate(z, array, axis=0, dtype=None):
    d[array] = running_extreme_cotangent(d[z], z, array, axis)


@tangent(np.maximum.accumulate, np.minimum.accumulate)
def extreme_accumulate_tangent(z, array, axis=0):
    d[z] = running_extreme_tangent(d[array], z, array, axis)


@array_adjoint(np.multiply.accumulate)
def multiply_accumulate(z, array, axis=0, dtype=None):
    if kind(array) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    d[array] = cumulative_product_cotangent(d[z], array, axis)


@tangent(np.multiply.accumulate)
def multiply_accumulate_tangent(z, array, axis=0):
    d[z] = cumulative_product_tangent(d[array], array, axis)


linear_in("array", np.add.accumulate)
