# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the integrals of sampled functions in `scipy.integrate`."""

from __future__ import annotations

import numpy as np
import scipy.integrate

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.effects import PURE, declare
from sct_ad.rules.registry import d
from sct_ad.rules.typing import transforms
from sct_ad.runtime.grids import trapezoid_cotangents
from sct_ad.runtime.scipy.integrate import (
    cumulative_simpson_cotangents,
    cumulative_trapezoid_cotangents,
    romb_cotangent,
    simpson_cotangents,
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
