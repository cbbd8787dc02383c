# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of reductions by ufuncs, which work along axis 0 unless told otherwise."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.arrays import array_adjoint
from sct_ad.rules.macros import expanded
from sct_ad.rules.reductions import along, reducing, tally, tied_mean
from sct_ad.rules.registry import d, kind, linear_in, tangent
from sct_ad.runtime.reductions import products_of_others, reduceat_cotangent


@array_adjoint(np.add.reduce)
def add_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    d[array] = expanded(d[z], array, axis, keepdims)


@array_adjoint(np.multiply.reduce)
def multiply_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    if kind(array) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    d[array] = expanded(d[z], array, axis, keepdims) * along(products_of_others, array, axis)


@tangent(np.multiply.reduce)
def multiply_reduce_tangent(z, array, axis=0, *, keepdims=False):
    d[z] = reducing(np.sum, along(products_of_others, array, axis) * d[array], axis, keepdims)


@array_adjoint(np.maximum.reduce, np.minimum.reduce, np.fmax.reduce, np.fmin.reduce)
def extreme_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    """Entries that tie share the cotangent equally."""
    ties = array == expanded(z, array, axis, keepdims)
    d[array] = expanded(d[z], array, axis, keepdims) * ties / tally(ties, array, axis)


@tangent(np.maximum.reduce, np.minimum.reduce, np.fmax.reduce, np.fmin.reduce)
def extreme_reduce_tangent(z, array, axis=0, *, keepdims=False):
    ties = array == expanded(z, array, axis, keepdims)
    d[z] = tied_mean(ties, d[array], array, axis, keepdims)


@array_adjoint(np.logaddexp.reduce)
def logaddexp_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    d[array] = expanded(d[z], array, axis, keepdims) * np.exp(array - expanded(z, array, axis, keepdims))


@tangent(np.logaddexp.reduce)
def logaddexp_reduce_tangent(z, array, axis=0, *, keepdims=False):
    d[z] = reducing(np.sum, np.exp(array - expanded(z, array, axis, keepdims)) * d[array], axis, keepdims)


@array_adjoint(np.logaddexp2.reduce)
def logaddexp2_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    d[array] = expanded(d[z], array, axis, keepdims) * np.exp2(array - expanded(z, array, axis, keepdims))


@tangent(np.logaddexp2.reduce)
def logaddexp2_reduce_tangent(z, array, axis=0, *, keepdims=False):
    d[z] = reducing(np.sum, np.exp2(array - expanded(z, array, axis, keepdims)) * d[array], axis, keepdims)


@array_adjoint(np.hypot.reduce)
def hypot_reduce(z, array, axis=0, dtype=None, *, keepdims=False):
    """Zero where all entries are 0."""
    d[array] = expanded(d[z] / (z + (z == 0)), array, axis, keepdims) * array


@tangent(np.hypot.reduce)
def hypot_reduce_tangent(z, array, axis=0, *, keepdims=False):
    d[z] = reducing(np.sum, array * d[array], axis, keepdims) / (z + (z == 0))


@array_adjoint(np.add.reduceat)
def add_reduceat(z, array, indices, axis=0, dtype=None):
    d[array] = reduceat_cotangent(d[z], array, indices, axis)


linear_in("array", np.add.reduce, np.add.reduceat)
