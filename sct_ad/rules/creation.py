# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that make arrays of values: from displays, copies, fill values and end points."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, reshaped
from sct_ad.rules.macros import change_of, change_or_zero, log
from sct_ad.rules.registry import (
    active,
    adjoint,
    d,
    emitter,
    is_array,
    is_python,
    is_scalar,
    linear_in,
    macro,
    static,
    tangent,
)
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.vocabulary import dtype as dtype_of
from sct_ad.rules.vocabulary import type_of_argument
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.creation import linspace_start, linspace_stop, logspace_cotangents, logspace_tangent
from sct_ad.runtime.items import item_cotangents
from sct_ad.runtime.special import kaiser_slope
from sct_ad.syntax import nodes, values
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE

# Arrays of given values ----------------------------------------------------------------------------------------------


@emitter(np.array, params="object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, like=None")
def array(site: Site) -> Adjoint:
    """`dz[0, 1]` for row 0, column 1 of a display; the cotangent itself for an array."""
    return _converted(site, site.arguments["object"], keeps_rank=site.known(site.arguments["ndmin"]) == 0)


@emitter(np.asarray, params="a, dtype=None, order=None, *, device=None, copy=None, like=None")
def asarray(site: Site) -> Adjoint:
    """As `np.array`."""
    return _converted(site, site.arguments["a"])


@emitter(np.asanyarray, np.asfortranarray, params="a, dtype=None, order=None, *, like=None")
def asanyarray(site: Site) -> Adjoint:
    """As `np.array`."""
    return _converted(site, site.arguments["a"])


@emitter(np.ascontiguousarray, params="a, dtype=None, *, like=None")
def ascontiguousarray(site: Site) -> Adjoint:
    """As `np.array`, but numbers become vectors."""
    return _converted(site, site.arguments["a"], keeps_rank=False)


@emitter(np.require, params="a, dtype=None, requirements=None, *, like=None")
def require(site: Site) -> Adjoint:
    """As `np.array`."""
    return _converted(site, site.arguments["a"])


@emitter(np.asarray_chkfinite, params="a, dtype=None, order=None")
def asarray_chkfinite(site: Site) -> Adjoint:
    """As `np.array`."""
    return _converted(site, site.arguments["a"])


@emitter(np.copy, params="a, order='K', subok=False")
def copy(site: Site) -> Adjoint:
    """As `np.array`."""
    return _converted(site, site.arguments["a"])


@emitter(np.ndarray.copy, params="a, order='C'")
def copy_method(site: Site) -> Adjoint:
    """As `np.array`."""
    return _converted(site, site.arguments["a"])


def _converted(site: Site, given: Expr, keeps_rank: bool = True) -> Adjoint:
    adjoint = Adjoint()
    if isinstance(given, (gast.Tuple, gast.List)):
        rank, depth = site.ndim(site.result), site.ndim(given)
        if not keeps_rank and NO_VALUE in (rank, depth):
            raise NoRuleError("an array of a number of dimensions that is not known\n  instead: reshape it")
        _spread(site, adjoint, given, [] if keeps_rank else [0] * (rank - depth), rank)
        return adjoint
    cotangent = nodes.copy(site.cotangent)
    kind = type_of_argument(site, given)
    if isinstance(kind, (values.Tuple, values.List, values.Unknown)):
        expression = nodes.call(site.bind(item_cotangents, "item_cotangents"), cotangent, nodes.copy(given))
    elif keeps_rank or (site.ndim(given) == site.ndim(site.result) and site.ndim(given) is not NO_VALUE):
        expression = _restored(site, cotangent, given)
    else:
        expression = _restored(site, reshaped(site, cotangent, given), given)
    adjoint.contributions.append((given, expression))
    return adjoint


def _restored(site: Site, cotangent: Expr, given: Expr) -> Expr:
    """The cotangent in the dtype of what was converted, where the two dtypes are known to differ."""
    have, want = dtype_of.answer(site, site.result), dtype_of.answer(site, given)
    if have == want or NO_VALUE in (have, want) or is_array.answer(site, given) is not True or site.ndim(given) == 0:
        return cotangent
    if values.kind_of_dtype(have) == "complex" != values.kind_of_dtype(want):
        cotangent = nodes.attribute(cotangent, "real")
        if np.dtype(have).itemsize == 2 * np.dtype(want).itemsize:
            return cotangent
    return nodes.call(nodes.attribute(cotangent, "astype"), nodes.attribute(nodes.copy(given), "dtype"))


def _spread(site: Site, adjoint: Adjoint, item: Expr, place: list[int], rank: Any) -> None:
    """Contributions to all items of a display, each from its place of the cotangent."""
    if isinstance(item, (gast.Tuple, gast.List)):
        for k, inner in enumerate(item.elts):
            _spread(site, adjoint, inner, [*place, k], rank)
    elif site.is_active(item):
        index = nodes.constant(place[0] if len(place) == 1 else tuple(place))
        expression: Expr = nodes.subscript(nodes.copy(site.cotangent), index)
        if isinstance(type_of_argument(site, item), (values.Tuple, values.List, values.Unknown)):
            expression = nodes.call(site.bind(item_cotangents, "item_cotangents"), expression, nodes.copy(item))
        adjoint.contributions.append((item, expression))


@macro
def cast_back(site: Any, dz: Expr, x: Expr) -> Expr:
    """The cotangent in the dtype of `x`."""
    return _restored(site, dz, x)


@adjoint(np.ndarray.astype, *([np.astype] if hasattr(np, "astype") else []))
def astype(z, x, dtype, order="K", casting="unsafe", subok=True, copy=True, device=None):
    d[x] = cast_back(d[z], x)


@array_adjoint(np.real_if_close)
def real_if_close(z, a, tol=100):
    """Where the imaginary part is left out, the result's cotangent is real."""
    d[a] = d[z]


@tangent(np.real_if_close)
def real_if_close_tangent(z, a):
    d[z] = d[a]


@adjoint(np.ndarray.tolist)
def tolist(z, a):
    d[a] = np.array(d[z])


@adjoint(np.float64, np.float32, np.float16, np.longdouble, np.complex64, np.complex128, np.clongdouble)
def to_number(z, x):
    d[x] = cast_back(d[z], x)


linear_in("object", np.array)
linear_in("a", np.asarray, np.asanyarray, np.ascontiguousarray, np.require, np.asarray_chkfinite, np.copy)
linear_in("a", np.ndarray.copy, np.ndarray.tolist)
linear_in("x", np.ndarray.astype, np.float64)


# Constant fillings ---------------------------------------------------------------------------------------------------


@adjoint(np.full, elementwise=True)
def full(z, shape, fill_value, dtype=None, order="C", *, device=None, like=None):
    d[fill_value] = d[z]


@adjoint(np.full_like, elementwise=True)
def full_like(z, a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    d[fill_value] = d[z]


linear_in("fill_value", np.full)


@tangent(np.full_like)
def full_like_tangent(z, a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    d[z] = np.full_like(z, d[fill_value])


# Points on a line ----------------------------------------------------------------------------------------------------


@adjoint(np.arange)
def arange(z, start, stop=None, step=None, dtype=None, *, device=None, like=None):
    """`start + k * step`; where the points end does not move them."""
    if stop is None:
        d[step] = np.arange(np.size(z)) @ d[z]
    elif stop is not None:
        d[start] = np.sum(d[z])
        d[step] = np.arange(np.size(z)) @ d[z]
    else:
        raise NotImplementedError("a stop of which it is not known whether it is None")


@tangent(np.arange)
def arange_tangent(z, start, stop=None, step=None):
    if stop is None:
        d[z] = np.arange(np.size(z)) * d[step]
    elif stop is not None:
        d[z] = np.full_like(z, d[start])
        d[z] = np.arange(np.size(z)) * d[step]
    else:
        raise NotImplementedError("a stop of which it is not known whether it is None")


@adjoint(np.linspace)
def linspace(z, start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    if retstep:
        between = np.maximum(np.subtract(num, endpoint), 1)
        d[start] = linspace_start(d[z][0], start, num, endpoint, axis) - unbroadcast(d[z][1] / between, start)
        d[stop] = linspace_stop(d[z][0], stop, num, endpoint, axis) + unbroadcast(d[z][1] / between, stop)
    elif not static(retstep):
        raise NotImplementedError("a retstep that is not known at compile time")
    elif endpoint and is_scalar(start) and is_scalar(stop):
        d[start] = np.linspace(1.0, 0.0, num) @ d[z]
        d[stop] = np.linspace(0.0, 1.0, num) @ d[z]
    else:
        d[start] = linspace_start(d[z], start, num, endpoint, axis)
        d[stop] = linspace_stop(d[z], stop, num, endpoint, axis)


linear_in("start stop", np.linspace)


@adjoint(np.logspace)
def logspace(z, start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if is_python(base) and not active(base):
        of_exponents = d[z] * z * log(base)
        d[start] = linspace_start(of_exponents, start, num, endpoint, axis)
        d[stop] = linspace_stop(of_exponents, stop, num, endpoint, axis)
    else:
        parts = logspace_cotangents(d[z], z, start, stop, num, endpoint, base, axis)
        d[start] = parts[0]
        d[stop] = parts[1]
        d[base] = parts[2]


@tangent(np.logspace)
def logspace_change(z, start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    d[z] = logspace_tangent(
        change_of(start), change_of(stop), change_of(base), z, start, stop, num, endpoint, base, axis
    )


@adjoint(np.geomspace)
def geomspace(z, start, stop, num=50, endpoint=True, dtype=None, axis=0):
    d[start] = linspace_start(d[z] * z, start, num, endpoint, axis) / start
    d[stop] = linspace_stop(d[z] * z, stop, num, endpoint, axis) / stop


@tangent(np.geomspace)
def geomspace_tangent(z, start, stop, num=50, endpoint=True, dtype=None, axis=0):
    d[z] = z * np.linspace(change_or_zero(start) / start, change_or_zero(stop) / stop, num, endpoint, axis=axis)


@adjoint(np.kaiser)
def kaiser(z, M, beta):
    d[beta] = np.sum(d[z] * kaiser_slope(M, beta))


@tangent(np.kaiser)
def kaiser_tangent(z, M, beta):
    d[z] = kaiser_slope(M, beta) * d[beta]
