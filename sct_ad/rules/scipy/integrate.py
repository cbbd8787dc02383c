# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the integrals of sampled functions in `scipy.integrate`."""

from __future__ import annotations

import numpy as np
import scipy.integrate

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.effects import PURE, declare
from sct_ad.rules.registry import d, linear_in, tangent
from sct_ad.rules.typing import transforms
from sct_ad.runtime.grids import trapezoid_cotangents
from sct_ad.runtime.scipy.integrate import (
    cumulative_simpson_cotangents,
    cumulative_simpson_tangent,
    cumulative_trapezoid_cotangents,
    romb_cotangent,
    simpson_cotangents,
    simpson_tangent,
)

declare(
    [getattr(scipy.integrate, name) for name in (
        "trapezoid", "simpson", "cumulative_trapezoid", "cumulative_simpson", "romb", "newton_cotes",
    )],
    PURE,
)  # fmt: skip
transforms.like(simpson_cotangents, 1, 2, 3)
transforms.like(cumulative_trapezoid_cotangents, 1, 2, 3)
transforms.like(cumulative_simpson_cotangents, 1, 2, 3, 5)
transforms.like(romb_cotangent, 1)


@array_adjoint(scipy.integrate.trapezoid)
def trapezoid(z, y, x=None, dx=1.0, axis=-1):
    parts = trapezoid_cotangents(d[z], y, x, dx, axis)
    d[y] = parts[0]
    d[x] = parts[1]
    d[dx] = parts[2]


@array_adjoint(scipy.integrate.simpson)
def simpson(z, y, x=None, *, dx=1.0, axis=-1):
    parts = simpson_cotangents(d[z], y, x, dx, axis)
    d[y] = parts[0]
    d[x] = parts[1]
    d[dx] = parts[2]


@array_adjoint(scipy.integrate.cumulative_trapezoid)
def cumulative_trapezoid(z, y, x=None, dx=1.0, axis=-1, initial=None):
    """The initial value can only be 0."""
    parts = cumulative_trapezoid_cotangents(d[z], y, x, dx, axis, initial)
    d[y] = parts[0]
    d[x] = parts[1]
    d[dx] = parts[2]


@array_adjoint(scipy.integrate.cumulative_simpson)
def cumulative_simpson(z, y, *, x=None, dx=1.0, axis=-1, initial=None):
    parts = cumulative_simpson_cotangents(d[z], y, x, dx, axis, initial)
    d[y] = parts[0]
    d[x] = parts[1]
    d[dx] = parts[2]
    d[initial] = parts[3]


@array_adjoint(scipy.integrate.romb)
def romb(z, y, dx=1.0, axis=-1, show=False):
    if show:
        raise NotImplementedError("show= of romb, which prints; leave it out")
    else:
        d[y] = romb_cotangent(d[z], y, dx, axis)
        d[dx] = np.sum(d[z] * z) / dx


linear_in("y | dx", scipy.integrate.romb)


@tangent(scipy.integrate.trapezoid)
def trapezoid_change(z, y, x=None, dx=1.0, axis=-1):
    if x is None:
        d[z] = scipy.integrate.trapezoid(d[y], dx=dx, axis=axis)
        d[z] = scipy.integrate.trapezoid(y, dx=d[dx], axis=axis)
    else:
        d[z] = scipy.integrate.trapezoid(d[y], x, axis=axis)
        d[z] = scipy.integrate.trapezoid(y, d[x], axis=axis)


@tangent(scipy.integrate.simpson)
def simpson_change(z, y, x=None, *, dx=1.0, axis=-1):
    if x is None:
        d[z] = scipy.integrate.simpson(d[y], dx=dx, axis=axis)
        d[z] = scipy.integrate.simpson(y, dx=d[dx], axis=axis)
    else:
        d[z] = scipy.integrate.simpson(d[y], x, axis=axis)
        d[z] = simpson_tangent(d[x], y, x, axis)


@tangent(scipy.integrate.cumulative_trapezoid)
def cumulative_trapezoid_change(z, y, x=None, dx=1.0, axis=-1, initial=None):
    if x is None:
        d[z] = scipy.integrate.cumulative_trapezoid(d[y], dx=dx, axis=axis, initial=initial)
        d[z] = scipy.integrate.cumulative_trapezoid(y, dx=d[dx], axis=axis, initial=initial)
    else:
        d[z] = scipy.integrate.cumulative_trapezoid(d[y], x, axis=axis, initial=initial)
        d[z] = scipy.integrate.cumulative_trapezoid(y, d[x], axis=axis, initial=initial)


@tangent(scipy.integrate.cumulative_simpson)
def cumulative_simpson_change(z, y, *, x=None, dx=1.0, axis=-1, initial=None):
    """By the samples, from 0; by the initial value, which is added to all; by the steps."""
    first = None if initial is None else 0.0
    d[z] = np.zeros_like(z) + d[initial]
    if x is None:
        d[z] = scipy.integrate.cumulative_simpson(d[y], dx=dx, axis=axis, initial=first)
        d[z] = scipy.integrate.cumulative_simpson(y, dx=d[dx], axis=axis, initial=first)
    else:
        d[z] = scipy.integrate.cumulative_simpson(d[y], x=x, axis=axis, initial=first)
        d[z] = cumulative_simpson_tangent(d[x], y, x, axis, initial)
