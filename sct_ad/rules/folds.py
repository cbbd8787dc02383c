# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of reductions by ufuncs that have no function of their own: they work along axis 0 unless told otherwise."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import expanded
from sct_ad.rules.registry import d, linear_in
from sct_ad.runtime.reductions import reduceat_cotangent


@array_adjoint(np.logaddexp.reduce)
def logaddexp_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    d[array] = expanded(d[z], array, axis, keepdims) * np.exp(array - expanded(z, array, axis, keepdims))


@array_adjoint(np.logaddexp2.reduce)
def logaddexp2_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    d[array] = expanded(d[z], array, axis, keepdims) * np.exp2(array - expanded(z, array, axis, keepdims))


@array_adjoint(np.hypot.reduce)
def hypot_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    """Zero where all entries are 0."""
    d[array] = expanded(d[z] / (z + (z == 0)), array, axis, keepdims) * array


@array_adjoint(np.add.reduceat)
def add_reduceat(z, array, indices, axis=0, dtype=None):
    d[array] = reduceat_cotangent(d[z], array, indices, axis)


linear_in("array", np.add.reduceat)
