# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of norms and condition numbers, of every order, for real and complex matrices and stacks of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.arrays import array_adjoint, conj
from sct_ad.rules.macros import expanded
from sct_ad.rules.reductions import reducing, tally
from sct_ad.rules.registry import d, dtype, kind, ndim, tangent
from sct_ad.rules.vocabulary import StaticFunction
from sct_ad.runtime.norms import cond_cotangent, matrix_norm_cotangent, norm_cotangent, vector_norm_cotangent
from sct_ad.syntax.nodes import Expr

INFINITY = float("inf")


def _is_known(site: Any, x: Expr) -> Any:
    """Whether it is known if `x` is complex, and so that the cotangents of its norms are real."""
    return kind.answer(site, x) in ("float", "int", "bool", "complex")


is_known = StaticFunction("is_known", _is_known)


@array_adjoint(np.linalg.norm)
def norm(z, x, ord=None, axis=None, keepdims=False):
    """Zero vectors have norm 0 and derivative 0; equal extremes share it."""
    if not is_known(x):
        d[x] = norm_cotangent(d[z], z, x, ord, axis, keepdims)
    elif ord is None or (ord == 2 and (ndim(x) == 1 or isinstance(axis, int))) or ord == "fro":
        d[x] = expanded(d[z] / (z + (z == 0)), x, axis, keepdims) * conj(x)
    elif kind(x) == "float" and (ndim(x) == 1 or isinstance(axis, int)):
        if ord == 0:
            pass
        elif ord == 1:
            d[x] = expanded(d[z], x, axis, keepdims) * np.sign(x)
        elif ord in (INFINITY, -INFINITY) and dtype(x) != "float64":
            d[x] = norm_cotangent(d[z], z, x, ord, axis, keepdims)
        elif ord in (INFINITY, -INFINITY):
            ties = np.abs(x) == expanded(z, x, axis, keepdims)
            d[x] = expanded(d[z], x, axis, keepdims) * np.sign(x) * ties / tally(ties, x, axis)
        elif isinstance(ord, (int, float)):
            scale = d[z] / (z + (z == 0)) ** (ord - 1)
            d[x] = expanded(scale, x, axis, keepdims) * np.sign(x) * (np.abs(x) + (x == 0)) ** (ord - 1)
        else:
            d[x] = norm_cotangent(d[z], z, x, ord, axis, keepdims)
    elif ndim(x) == 2 and axis is None and ord in (1, -1, 2, -2, INFINITY, -INFINITY, "nuc") and not keepdims:
        d[x] = matrix_norm_cotangent(d[z], z, x, ord)
    else:
        d[x] = norm_cotangent(d[z], z, x, ord, axis, keepdims)


@tangent(np.linalg.norm)
def norm_tangent(z, x, ord=None, axis=None, keepdims=False):
    if is_known(x) and (ord is None or (ord == 2 and (ndim(x) == 1 or isinstance(axis, int))) or ord == "fro"):
        d[z] = reducing(np.sum, conj(x) * d[x], axis, keepdims) / (z + (z == 0))
    elif kind(x) == "float" and (ndim(x) == 1 or isinstance(axis, int)) and ord == 1:
        d[z] = reducing(np.sum, np.sign(x) * d[x], axis, keepdims)
    else:
        slope = norm_cotangent(np.ones_like(z), z, x, ord, axis, keepdims)
        d[z] = reducing(np.sum, np.where(slope == 0.0, 0.0, slope * d[x]), axis, keepdims)


@array_adjoint(np.linalg.cond)
def condition(z, x, p=None):
    """Singular matrices have an infinite condition number, and no derivative: NaN."""
    d[x] = cond_cotangent(d[z], z, x, p)


@tangent(np.linalg.cond)
def condition_tangent(z, x, p=None):
    d[z] = np.real(np.sum(cond_cotangent(np.ones_like(z), z, x, p) * d[x], axis=(-2, -1)))


if hasattr(np.linalg, "vector_norm"):

    @array_adjoint(np.linalg.vector_norm)
    def vector_norm(z, x, *, axis=None, keepdims=False, ord=2):
        """Zero vectors have norm 0 and derivative 0."""
        if ord == 2 and is_known(x):
            d[x] = expanded(d[z] / (z + (z == 0)), x, axis, keepdims) * conj(x)
        elif ord == 1 and kind(x) == "float":
            d[x] = expanded(d[z], x, axis, keepdims) * np.sign(x)
        else:
            d[x] = vector_norm_cotangent(d[z], z, x, ord, axis, keepdims)

    @tangent(np.linalg.vector_norm)
    def vector_norm_tangent(z, x, *, axis=None, keepdims=False, ord=2):
        if ord == 2 and is_known(x):
            d[z] = reducing(np.sum, conj(x) * d[x], axis, keepdims) / (z + (z == 0))
        elif ord == 1 and kind(x) == "float":
            d[z] = reducing(np.sum, np.sign(x) * d[x], axis, keepdims)
        else:
            slope = vector_norm_cotangent(np.ones_like(z), z, x, ord, axis, keepdims)
            d[z] = reducing(np.sum, np.where(slope == 0.0, 0.0, slope * d[x]), axis, keepdims)

    @array_adjoint(np.linalg.matrix_norm)
    def matrix_norm(z, x, *, keepdims=False, ord="fro"):
        if ord == "fro" and is_known(x):
            d[x] = expanded(d[z] / (z + (z == 0)), x, (-2, -1), keepdims) * conj(x)
        elif ndim(x) == 2 and not keepdims:
            d[x] = matrix_norm_cotangent(d[z], z, x, ord)
        else:
            d[x] = norm_cotangent(d[z], z, x, ord, (-2, -1), keepdims)

    @tangent(np.linalg.matrix_norm)
    def matrix_norm_tangent(z, x, *, keepdims=False, ord="fro"):
        if ord == "fro" and is_known(x):
            d[z] = reducing(np.sum, conj(x) * d[x], (-2, -1), keepdims) / (z + (z == 0))
        else:
            slope = norm_cotangent(np.ones_like(z), z, x, ord, (-2, -1), keepdims)
            d[z] = reducing(np.sum, slope * d[x], (-2, -1), keepdims)
