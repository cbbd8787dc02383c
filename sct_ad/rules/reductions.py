# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of functions that reduce arrays along axes; their running versions are in running.py.

`out` is not listed and hence refused by name. `expanded` makes what belongs to the result broadcast
against the argument.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.rules.arrays import array_adjoint, conj, dtype_keyword, known_axis, length_of, size_of
from sct_ad.rules.macros import change_of, expanded
from sct_ad.rules.registry import d, is_array, is_scalar, kind, linear_in, macro, ndim, static, tangent
from sct_ad.runtime.reductions import axis_count, deviations, median_cotangent, median_tangent, products_of_others
from sct_ad.runtime.statistics import (
    average_cotangents,
    average_tangent,
    variance_cotangents,
    variance_tangent,
    weight_total_tangent,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE

# What is counted and averaged along axes -----------------------------------------------------------------------------


def _axes(site: Any, x: Expr, axis: Expr) -> tuple[int, ...] | None:
    """The axes that a static `axis` stands for, counted from the front; None where that is not known."""
    rank, known = site.ndim(x), site.known(axis)
    if known is None and rank is not NO_VALUE:
        return tuple(range(rank))
    if rank is NO_VALUE or not isinstance(known, (int, tuple)) or rank == 0:
        return None
    return tuple(sorted({k % rank for k in (known if isinstance(known, tuple) else (known,))}))


def _over_everything(site: Any, x: Expr, axis: Expr) -> bool:
    """Whether all entries are reduced to one."""
    rank = site.ndim(x)
    if site.known(axis) is None or rank == 0:
        return True
    return len(_axes(site, x, axis) or ()) == rank or (rank == 1 and site.is_number(axis))


@macro
def entries(site: Any, x: Expr, axis: Expr) -> Expr:
    """The number of entries that are reduced to one: `x.size`, `x.shape[1]`, `x.shape[0] * x.shape[2]`."""
    axes, rank = _axes(site, x, axis), site.ndim(x)
    if site.known(axis) is None or (axes is not None and len(axes) == rank):
        size: Expr = size_of(site, x)
        return size
    if axes is None and (number := known_axis(site, axis)) is not None:
        return length_of(site, x, number)
    if not axes:
        return nodes.constant(1) if axes == () else nodes.call(site.bind(axis_count, "axis_count"), x, axis)
    product = length_of(site, x, axes[0])
    for k in axes[1:]:
        product = nodes.binary(product, gast.Mult(), length_of(site, x, k))
    return product


@macro
def freedom(site: Any, x: Expr, axis: Expr, ddof: Expr) -> Expr:
    """`entries(x, axis) - ddof`."""
    result: Expr = freedom_of(site, entries(site, x, axis), ddof)
    return result


@macro
def freedom_of(site: Any, number: Expr, ddof: Expr) -> Expr:
    """`number - ddof`."""
    return number if site.known(ddof) == 0 else nodes.binary(number, gast.Sub(), ddof)


def _reduced(site: Any, function: str, x: Expr, axis: Expr, **keywords: Expr) -> Expr:
    """`np.function(x)`, `np.function(x, axis=0)` or, where broadcasting asks for it, with keepdims."""
    call = nodes.call(nodes.attribute(site.bind(np, "np"), function), nodes.copy(x), **keywords)
    if _over_everything(site, x, axis):
        return call
    call.keywords.insert(0, gast.keyword(arg="axis", value=nodes.copy(axis)))
    axes = _axes(site, x, axis)
    if axes is None or axes != tuple(range(len(axes))):
        call.keywords.insert(1, gast.keyword(arg="keepdims", value=nodes.constant(True)))
    return call


@macro
def mean_of(site: Any, x: Expr, axis: Expr, function: Expr | None = None) -> Expr:
    """The mean (or the value of another function of that kind), to be subtracted from `x`."""
    return _reduced(site, "mean" if function is None else str(site.known(function)), x, axis)


@macro
def total_of(site: Any, x: Expr, axis: Expr) -> Expr:
    """The sum, to divide something of the shape of `x`."""
    return _reduced(site, "sum", x, axis)


@macro
def tally(site: Any, ties: Expr, x: Expr, axis: Expr) -> Expr:
    """The number of entries of `x` that tie, in a type of number that leaves the precision of `x` alone."""
    precision = _precision(site, x)
    if _over_everything(site, x, axis):
        call = nodes.call(nodes.attribute(site.bind(np, "np"), "count_nonzero"), ties)
        return nodes.call(site.bind(int, "int"), call) if precision else call
    call = _reduced(site, "sum", x, axis, **precision)
    call.args = [ties]  # type: ignore[attr-defined]
    return call


@macro
def count_of(site: Any, ties: Expr, x: Expr, axis: Expr, keepdims: Expr) -> Expr:
    """As `tally`, in the shape of the result."""
    kept = {} if site.known(keepdims) is False else {"keepdims": keepdims}
    return nodes.call(nodes.attribute(site.bind(np, "np"), "sum"), ties, axis, **kept, **_precision(site, x))


def _precision(site: Any, x: Expr) -> dict[str, Expr]:
    """`dtype=x.dtype`, nothing where that is float64, and `dtype=np.result_type(x)` where `x` may be a number."""
    if is_array.answer(site, x) is NO_VALUE:
        return {"dtype": nodes.call(nodes.attribute(site.bind(np, "np"), "result_type"), nodes.copy(x))}
    return dtype_keyword(site, x)


@macro
def along(site: Any, function: Expr, x: Expr, axis: Expr) -> Expr:
    """`function(x)`, or `function(x, axis)` where an axis is given."""
    return nodes.call(function, x) if site.known(axis) is None else nodes.call(function, x, axis)


@macro
def reducing(site: Any, function: Expr, x: Expr, axis: Expr, keepdims: Expr, where: Expr | None = None) -> Expr:
    """`function(x)`, `function(x, axis=axis, keepdims=True)`: what is None or False is left out."""
    given = {"axis": axis, "keepdims": keepdims, "where": where}
    keywords = {
        name: nodes.copy(value)
        for name, value in given.items()
        if value is not None and not any(site.known(value) is default for default in (None, False, True)[: _off(name)])
    }
    return nodes.call(function, x, **keywords)


def _off(name: str) -> int:
    """How many of None, False and True mean that a keyword can be left out."""
    return {"axis": 1, "keepdims": 2, "where": 3}[name]


@macro
def tied_mean(site: Any, ties: Expr, change: Expr, x: Expr, axis: Expr, keepdims: Expr) -> Expr:
    """The mean of the tangents of those entries of `x` that tie, whatever the others are."""
    numpy = site.bind(np, "np")
    chosen = nodes.call(nodes.attribute(numpy, "where"), nodes.copy(ties), change, nodes.constant(0.0))
    total = reducing(site, nodes.attribute(nodes.copy(numpy), "sum"), chosen, axis, keepdims)
    if _over_everything(site, x, axis) and site.known(keepdims) is False:
        count = tally(site, ties, x, axis)
    else:
        count = reducing(site, nodes.attribute(nodes.copy(numpy), "sum"), ties, axis, keepdims)
        count.keywords += [gast.keyword(arg=name, value=value) for name, value in _precision(site, x).items()]
    return nodes.binary(total, gast.Div(), count)


# Sums and means ------------------------------------------------------------------------------------------------------


@array_adjoint(np.sum)
def total(z, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    if where is True:
        d[a] = expanded(d[z], a, axis, keepdims)
    else:
        d[a] = expanded(d[z], a, axis, keepdims) * where
    d[initial] = np.sum(d[z])


@array_adjoint(np.mean)
def mean(z, a, axis=None, dtype=None, *, keepdims=False, where=True):
    if where is True and is_scalar(a):
        d[a] = d[z]
    elif where is True:
        d[a] = expanded(d[z], a, axis, keepdims) / entries(a, axis)
    else:
        counted = np.broadcast_to(where, np.shape(a))
        d[a] = expanded(d[z], a, axis, keepdims) * counted / tally(counted, a, axis)


linear_in("a initial", np.sum)
linear_in("a", np.mean)


@array_adjoint(np.average)
def average(z, a, axis=None, weights=None, returned=False, *, keepdims=False):
    if returned:
        parts = average_cotangents(d[z][0], d[z][1], a, axis, weights, keepdims)
        d[a] = parts[0]
        d[weights] = parts[1]
    elif not static(returned):
        raise NotImplementedError("a returned that is not known at compile time")
    elif weights is None:
        d[a] = expanded(d[z], a, axis, keepdims) / entries(a, axis)
    elif axis is None or (ndim(weights) == ndim(a) and isinstance(axis, int)):
        d[a] = expanded(d[z], a, axis, keepdims) * weights / total_of(weights, axis)
        d[weights] = expanded(d[z], a, axis, keepdims) * (a - expanded(z, a, axis, keepdims)) / total_of(weights, axis)
    elif ndim(weights) == 1 and ndim(a) == 2 and axis in (0, -2) and not keepdims:
        d[a] = d[z] * (weights / np.sum(weights))[:, None]
        d[weights] = (a - z) @ d[z] / np.sum(weights)
    elif ndim(weights) == 1 and ndim(a) == 2 and axis in (1, -1) and not keepdims:
        d[a] = d[z][:, None] * weights / np.sum(weights)
        d[weights] = d[z] @ (a - z[:, None]) / np.sum(weights)
    else:
        parts = average_cotangents(d[z], None, a, axis, weights, keepdims)
        d[a] = parts[0]
        d[weights] = parts[1]


@tangent(np.average)
def average_change(z, a, axis=None, weights=None, returned=False, *, keepdims=False):
    if returned:
        mean = average_tangent(change_of(a), change_of(weights), z[0], a, axis, weights, keepdims)
        d[z] = (mean, weight_total_tangent(change_of(weights), z[1], a, axis, keepdims))
    elif not static(returned):
        raise NotImplementedError("a returned that is not known at compile time")
    elif weights is None:
        d[z] = reducing(np.mean, d[a], axis, keepdims)
    else:
        d[z] = average_tangent(change_of(a), change_of(weights), z, a, axis, weights, keepdims)


@array_adjoint(np.var)
def variance(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True and mean is None and is_scalar(a):
        d[a] = d[z] * z
    elif where is True and mean is None:
        d[a] = (
            2.0
            * expanded(d[z], a, axis, keepdims)
            * conj(a - mean_of(a, axis), a)
            / freedom(a, axis, ddof if correction is None else correction)
        )
    else:
        parts = variance_cotangents(d[z], a, axis, ddof if correction is None else correction, keepdims, where, mean)
        d[a] = parts[0]
        d[mean] = parts[1]


@tangent(np.var)
def variance_change(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True and mean is None and is_scalar(a):
        d[z] = z * d[a]
    elif where is True and mean is None:
        d[z] = (
            2.0
            * reducing(np.sum, conj(a - mean_of(a, axis), a) * d[a], axis, keepdims)
            / freedom(a, axis, ddof if correction is None else correction)
        )
    else:
        freed = ddof if correction is None else correction
        d[z] = variance_tangent(d[a], a, axis, freed, keepdims, where, mean)
        d[z] = -variance_tangent(d[mean], a, axis, freed, keepdims, where, mean)


@array_adjoint(np.std)
def deviation(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """`deviations` is exactly 0 for equal entries, even if rounding makes their mean differ from them."""
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True and mean is None and is_scalar(a):
        d[a] = d[z] * z
    elif where is True and mean is None:
        d[a] = (
            expanded(d[z] / (z + (z == 0)), a, axis, keepdims)
            * conj(along(deviations, a, axis), a)
            / freedom(a, axis, ddof if correction is None else correction)
        )
    else:
        parts = variance_cotangents(
            0.5 * d[z] / (z + (z == 0)), a, axis, ddof if correction is None else correction, keepdims, where, mean
        )
        d[a] = parts[0]
        d[mean] = parts[1]


@tangent(np.std)
def deviation_change(z, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True and mean is None and is_scalar(a):
        d[z] = z * d[a]
    elif where is True and mean is None:
        d[z] = (
            reducing(np.sum, conj(along(deviations, a, axis), a) * d[a], axis, keepdims)
            / freedom(a, axis, ddof if correction is None else correction)
            / (z + (z == 0))
        )
    else:
        freed = ddof if correction is None else correction
        d[z] = 0.5 * variance_tangent(d[a], a, axis, freed, keepdims, where, mean) / (z + (z == 0))
        d[z] = -0.5 * variance_tangent(d[mean], a, axis, freed, keepdims, where, mean) / (z + (z == 0))


# Extremes: ties share equally ----------------------------------------------------------------------------------------


@array_adjoint(np.max, np.amax, np.min, np.amin)
def extreme(z, a, axis=None, *, keepdims=False, initial=None, where=True):
    """Entries that tie share the cotangent equally."""
    if initial is None and is_scalar(a):
        d[a] = d[z]
    elif initial is None:
        ties = a == expanded(z, a, axis, keepdims)
        d[a] = expanded(d[z], a, axis, keepdims) * ties / tally(ties, a, axis)
    else:
        ties = (a == expanded(z, a, axis, keepdims)) & where
        shares = d[z] / (count_of(ties, a, axis, keepdims) + (z == initial))
        d[a] = expanded(shares, a, axis, keepdims) * ties
        d[initial] = np.sum(shares * (z == initial))


@tangent(np.max, np.min)
def extreme_change(z, a, axis=None, *, keepdims=False, initial=None, where=True):
    """The tangent of the largest entry; the mean of those of entries that tie."""
    if initial is None and is_scalar(a):
        d[z] = d[a]
    elif initial is None:
        ties = a == expanded(z, a, axis, keepdims)
        d[z] = tied_mean(ties, d[a], a, axis, keepdims)
    else:
        ties = (a == expanded(z, a, axis, keepdims)) & where
        count = count_of(ties, a, axis, keepdims) + (z == initial)
        d[z] = np.sum(np.where(ties, d[a], 0.0), axis, keepdims=keepdims) / count
        d[z] = d[initial] * (z == initial) / count


@array_adjoint(np.ptp)
def peak_to_peak(z, a, axis=None, *, keepdims=False):
    """Entries that tie share the cotangent equally."""
    highest = a == mean_of(a, axis, "max")
    lowest = a == mean_of(a, axis, "min")
    given = expanded(d[z], a, axis, keepdims)
    d[a] = given * highest / tally(highest, a, axis) - given * lowest / tally(lowest, a, axis)


@tangent(np.ptp)
def peak_to_peak_change(z, a, axis=None, *, keepdims=False):
    highest = a == mean_of(a, axis, "max")
    lowest = a == mean_of(a, axis, "min")
    d[z] = tied_mean(highest, d[a], a, axis, keepdims) - tied_mean(lowest, d[a], a, axis, keepdims)


@array_adjoint(np.median)
def median(z, a, axis=None, *, keepdims=False):
    """With an even number of entries the two in the middle get half each."""
    d[a] = median_cotangent(d[z], a, axis, keepdims)


@tangent(np.median)
def median_change(z, a, axis=None, *, keepdims=False):
    d[z] = median_tangent(d[a], a, axis, keepdims)


# Products -----------------------------------------------------------------------------------------


@array_adjoint(np.prod)
def product(z, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    """Exact where entries are 0."""
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True and initial == 1 and is_scalar(a):
        d[a] = d[z]
    elif where is True and initial == 1:
        d[a] = expanded(d[z], a, axis, keepdims) * along(products_of_others, a, axis)
    else:
        factors = np.where(where, a, 1.0)
        d[a] = expanded(d[z] * initial, a, axis, keepdims) * along(products_of_others, factors, axis) * where
        d[initial] = np.sum(d[z] * np.prod(a, axis, keepdims=keepdims, where=where))


@tangent(np.prod)
def product_change(z, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    if kind(a) == "complex" and dtype is not None:
        raise NotImplementedError("a dtype for complex numbers; convert them first, with x.astype")
    if where is True and initial == 1 and is_scalar(a):
        d[z] = d[a]
    elif where is True and initial == 1:
        d[z] = reducing(np.sum, along(products_of_others, a, axis) * d[a], axis, keepdims)
    else:
        factors = np.where(where, a, 1.0)
        changes = np.where(where, along(products_of_others, factors, axis) * d[a], 0.0)
        d[z] = initial * reducing(np.sum, changes, axis, keepdims)
        d[z] = d[initial] * np.prod(a, axis, keepdims=keepdims, where=where)
