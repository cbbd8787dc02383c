"""Macros that several rules share: expressions chosen at compile time by what is known of the arguments.

`from sct_ad.rules.macros import log, selected, between, expanded, count`; see each function for what it builds.
"""

from __future__ import annotations

import math
from typing import Any

import gast
import numpy as np

from sct_ad.rules.tangents import tangent_of
from sct_ad.rules.vocabulary import dtype, is_python, kind, macro, type_of_argument
from sct_ad.runtime.cotangents import expand_reduced
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE, Scalar


@macro
def log(site: Any, x: Expr, atom: Expr | None = None) -> Expr:
    """`math.log(x)` where `atom` (by default `x`) is a real Python number, `np.log(x)` elsewhere."""
    asked = x if atom is None else atom
    real = is_python.answer(site, asked) is True and kind.answer(site, asked) != "complex"
    module = site.bind(math, "math") if real else site.bind(np, "np")
    return nodes.call(nodes.attribute(module, "log"), x)


@macro
def log_of_base(site: Any, x: Expr) -> Expr:
    """The logarithm of the base of a power, finite at 0: `np.log(x + (x == 0))`; NaN for negative Python numbers."""
    zero = nodes.constant(0)
    at_zero = gast.Compare(left=nodes.copy(x), ops=[gast.Eq()], comparators=[zero])
    logarithm: Expr = log(site, nodes.binary(nodes.copy(x), gast.Add(), at_zero), x)
    if is_python.answer(site, x) is not True or kind.answer(site, x) == "complex":
        return logarithm
    above = gast.Compare(left=nodes.copy(x), ops=[gast.GtE()], comparators=[zero])
    return gast.IfExp(test=above, body=logarithm, orelse=nodes.attribute(site.bind(math, "math"), "nan"))


@macro
def real_power(site: Any, power: Expr, x: Expr, y: Expr) -> Expr:
    """`float(x ** (y - 1))`, which refuses what its type cannot tell: of a negative Python number it may be complex."""
    base, exponent = type_of_argument(site, x), type_of_argument(site, y)
    if not (isinstance(base, Scalar) and isinstance(exponent, Scalar) and base.kind == exponent.kind == "float"):
        return power
    if is_python.answer(site, x) is False:
        return power
    return nodes.call(site.bind(float, "float"), power)


@macro
def sign(site: Any, x: Expr) -> Expr:
    """The sign of a Python number: `(x > 0) - (x < 0)`."""
    zero = nodes.constant(0)
    above, below = (gast.Compare(left=nodes.copy(x), ops=[op], comparators=[zero]) for op in (gast.Gt(), gast.Lt()))
    return nodes.binary(above, gast.Sub(), below)


@macro
def selected(site: Any, dz: Expr, wins: Expr, ties: Expr) -> Expr:
    """`dz` where an operand wins, half of it where it ties; float32 stays float32."""
    half = nodes.constant(0.5)
    if dtype.answer(site, site.result) in ("", "float64"):
        return nodes.binary(dz, gast.Mult(), nodes.binary(wins, gast.Add(), nodes.binary(half, gast.Mult(), ties)))
    won = nodes.binary(dz, gast.Mult(), wins)
    shared = nodes.binary(nodes.binary(half, gast.Mult(), nodes.copy(dz)), gast.Mult(), ties)
    return nodes.binary(won, gast.Add(), shared)


@macro
def under(site: Any, x: Expr, low: Expr, high: Expr) -> Expr:
    """Whether `clip` gives the lower bound: `(x < low) & (low <= high)`."""
    return _outside(site, x, gast.Lt(), low, gast.BitAnd(), low, gast.LtE(), high)


@macro
def over(site: Any, x: Expr, low: Expr, high: Expr) -> Expr:
    """Whether `clip` gives the upper bound: `(x > high) | (low > high)`."""
    return _outside(site, x, gast.Gt(), high, gast.BitOr(), low, gast.Gt(), high)


def _outside(site: Any, x: Expr, op: Any, bound: Expr, joined: Any, low: Expr, order: Any, high: Expr) -> Expr:
    test = gast.Compare(left=x, ops=[op], comparators=[nodes.copy(bound)])
    if None in (site.known(low), site.known(high)):
        return test
    return nodes.binary(test, joined, gast.Compare(left=low, ops=[order], comparators=[high]))


@macro
def between(site: Any, x: Expr, low: Expr, high: Expr) -> Expr:
    """`(x >= low) & (x <= high)`, without the bounds that are None."""
    tests: list[Expr] = []
    for bound, op in ((low, gast.GtE()), (high, gast.LtE())):
        if site.known(bound) is not None:
            tests.append(gast.Compare(left=nodes.copy(x), ops=[op], comparators=[bound]))
    if not tests:
        return nodes.constant(1.0)
    return tests[0] if len(tests) == 1 else nodes.binary(tests[0], gast.BitAnd(), tests[1])


@macro
def expanded(site: Any, dz: Expr, x: Expr, axis: Expr, keepdims: Expr) -> Expr:
    """A cotangent of a reduction of `x` over `axis`, made broadcastable to `x`: `dz`, `dz[:, None]`, or at run time."""
    rank, axes, kept = site.ndim(x), site.known(axis), site.known(keepdims)
    if axes is None or rank in (0, 1) or (kept is True and axes is not NO_VALUE):
        return dz
    if rank is not NO_VALUE and isinstance(axes, (int, tuple)) and kept is False:
        places = {k % rank for k in (axes if isinstance(axes, tuple) else (axes,))}
        if places == set(range(len(places))):
            return dz  # leading axes: broadcasting restores them by itself
        parts = [nodes.constant(None) if k in places else nodes.whole() for k in range(rank)]
        return nodes.subscript(dz, nodes.tuple_(parts))
    if isinstance(axes, int) and not isinstance(axes, bool) and kept is False:
        return nodes.call(nodes.attribute(site.bind(np, "np"), "expand_dims"), dz, axis)
    return nodes.call(site.bind(expand_reduced, "expand_reduced"), dz, x, axis, keepdims)


@macro
def count(site: Any, z: Expr, x: Expr, axis: Expr) -> Expr:
    """The number of entries of `x` that go into one entry of its reduction `z` over `axis`."""
    axes = site.known(axis)
    if axes is None or site.ndim(x) == 1:
        return nodes.attribute(x, "size")
    if type(axes) is int:
        return nodes.subscript(nodes.attribute(x, "shape"), nodes.constant(axes))
    size = nodes.attribute(z, "size")
    return nodes.binary(nodes.attribute(x, "size"), gast.FloorDiv(), size)


@macro
def change_of(site: Any, x: Expr) -> Expr:
    """The tangent of an argument, None where it does not change; for the functions that take all tangents at once."""
    return tangent_of(site, x) if site.is_active(x) else nodes.constant(None)


@macro
def change_or_zero(site: Any, x: Expr) -> Expr:
    """The tangent of an argument; zeros where it does not change."""
    return tangent_of(site, x)
