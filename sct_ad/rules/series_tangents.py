"""Tangents of the functions of `numpy.polynomial`, from one table for all bases; registered by `rules.series`.

What is linear is the function itself of the tangent, as long as the result: NumPy cuts off trailing zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import is_sequence, tangent_emitter
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Site
from sct_ad.runtime import series_tangents as runtime
from sct_ad.runtime.recurrences import enough
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

_Terms = Callable[[Site], list[Expr]]


class Tangents:
    """The tangents of one basis; `of("val")` is its function `chebval`."""

    def __init__(self, prefix: str, of: Callable[[str], Any]) -> None:
        self.prefix, self.of = prefix, of

    def register(self, weight: Callable[[Expr, Expr], Expr] | None) -> None:
        """Register the tangents of all functions; `weight` is the derivative of the weight, given x and the weight."""
        of, z = self.of, ["z"]
        self._set("val", self._value)
        for dimensions, points in ((2, ("x", "y")), (3, ("x", "y", "z"))):
            self._set(f"val{dimensions}d", self._several(points))
            self._set(f"grid{dimensions}d", self._grid(points))
            self._set(f"vander{dimensions}d", self._vanders(points))
        self._set("der", self._derivative)
        self._set("int", self._integral)
        self._set("line", self._by(runtime.series_line_tangent, z, ["off", "scl"], [of("line")]))
        for name, sign in (("add", 1.0), ("sub", -1.0)):
            self._set(name, self._by(runtime.series_sum_tangent, z, ["c1", "c2"], [nodes.constant(sign)]))
        self._set("mul", self._by(runtime.series_product_tangent, ["z", "c1", "c2"], ["c1", "c2"], [of("mul")]))
        functions = [of("mul"), of("sub"), of("div")]
        self._set("div", self._by(runtime.series_quotient_tangent, ["z", "c1", "c2"], ["c1", "c2"], functions))
        self._set("pow", self._power)
        self._set("fromroots", self._by(runtime.series_of_roots_tangent, ["roots"], ["roots"], [of("mulx")]))
        evaluation = [of("val"), of("der"), of("vander")]
        self._set("roots", self._by(runtime.series_roots_tangent, ["z", "c"], ["c"], evaluation))
        self._set("companion", self._by(runtime.series_companion_tangent, ["z", "c"], ["c"], [of("mulx")]))
        self._set("vander", self._powers)
        self._set("fit", self._fit)
        self.linear(of("mulx"), "c")
        if weight is not None:
            self._set("weight", lambda site: [_times(weight(_x(site), nodes.copy(site.result)), _d(site, "x"))])

    def linear(self, function: Any, parameter: str) -> None:
        """A function that is linear, and whose results may have trailing zeros cut off."""

        def terms(site: Site) -> list[Expr]:
            call = nodes.call(_named(site, function), _d(site, parameter))
            return [nodes.call(_named(site, enough), call, _length(site))]

        _register(function, terms)

    def _set(self, name: str, terms: _Terms) -> None:
        _register(self.of(name), terms)

    def _by(self, helper: Any, given: list[str], changed: list[str], extra: list[Any]) -> _Terms:
        """A run-time function of arguments ("z" is the result), tangents that may be None, and functions."""

        def terms(site: Site) -> list[Expr]:
            args = [nodes.copy(site.result if name == "z" else site.arguments[name]) for name in given]
            args += [change_of(site, site.arguments[name]) for name in changed]
            args += [nodes.copy(e) if isinstance(e, gast.AST) else _named(site, e) for e in extra]
            return [nodes.call(_named(site, helper), *args)]

        return terms

    def _value(self, site: Site) -> list[Expr]:
        """`chebval(x, dc) + chebval(x, chebder(c)) * dx`."""
        x, c, tensor = (site.arguments[name] for name in ("x", "c", "tensor"))
        val, der = _named(site, self.of("val")), _named(site, self.of("der"))
        options = [] if site.known(tensor) is True else [nodes.copy(tensor)]
        terms = []
        if site.is_active(c):
            terms.append(nodes.call(nodes.copy(val), nodes.copy(x), _d(site, "c"), *options))
        if site.is_active(x):
            slope = nodes.call(val, nodes.copy(x), nodes.call(der, nodes.copy(c)), *options)
            terms.append(_times(slope, _array(site, "x")))
        return terms

    def _several(self, points: tuple[str, ...]) -> Callable[[Site], list[Expr]]:
        """`chebval2d(x, y, dc) + chebval2d(x, y, chebder(c)) * dx + chebval2d(x, y, chebder(c, axis=1)) * dy`."""
        name = f"val{len(points)}d"

        def terms(site: Site) -> list[Expr]:
            places = [site.arguments[p] for p in points]
            c, found = site.arguments["c"], []
            if site.is_active(c):
                found.append(nodes.call(_named(site, self.of(name)), *nodes.copy(places), _d(site, "c")))
            for k, point in enumerate(points):
                if site.is_active(places[k]):
                    axis = {"axis": nodes.constant(k)} if k else {}
                    slopes = nodes.call(_named(site, self.of("der")), nodes.copy(c), **axis)
                    value = nodes.call(_named(site, self.of(name)), *nodes.copy(places), slopes)
                    found.append(_times(value, _array(site, point)))
            return found

        return terms

    def _grid(self, points: tuple[str, ...]) -> Callable[[Site], list[Expr]]:
        grid = self.of(f"grid{len(points)}d")

        def terms(site: Site) -> list[Expr]:
            c, found = site.arguments["c"], []
            if site.is_active(c):
                given = [nodes.copy(site.arguments[p]) for p in points]
                found.append(nodes.call(_named(site, grid), *given, _d(site, "c")))
            if any(site.is_active(site.arguments[p]) for p in points):
                shown = _shown(site, points)
                functions = [_named(site, grid), _named(site, self.of("der"))]
                found.append(nodes.call(_named(site, runtime.series_grid_tangent), *shown, nodes.copy(c), *functions))
            return found

        return terms

    def _vanders(self, points: tuple[str, ...]) -> Callable[[Site], list[Expr]]:
        def terms(site: Site) -> list[Expr]:
            functions = [_named(site, self.of("der")), _named(site, self.of("vander"))]
            deg = nodes.copy(site.arguments["deg"])
            return [nodes.call(_named(site, runtime.series_vanders_tangent), *_shown(site, points), deg, *functions)]

        return terms

    def _powers(self, site: Site) -> list[Expr]:
        functions = [_named(site, self.of("der")), _named(site, self.of("vander"))]
        deg = nodes.copy(site.arguments["deg"])
        return [nodes.call(_named(site, runtime.series_vander_tangent), _x(site), _d(site, "x"), deg, *functions)]

    def _derivative(self, site: Site) -> list[Expr]:
        """By the scale, of which the result is the power m, and by the coefficients."""
        c, m, scl, axis = (site.arguments[name] for name in ("c", "m", "scl", "axis"))
        terms: list[Expr] = []
        if site.is_active(c):
            given = [] if (site.known(m), site.known(scl)) == (1, 1) else [nodes.copy(m), nodes.copy(scl)]
            where = {} if site.known(axis) == 0 else {"axis": nodes.copy(axis)}
            terms.append(nodes.call(_named(site, self.of("der")), _d(site, "c"), *given, **where))
        if site.is_active(scl):
            rate = nodes.binary(_times(nodes.copy(m), _d(site, "scl")), gast.Div(), nodes.copy(scl))
            terms.append(_times(rate, nodes.copy(site.result)))
        return terms

    def _integral(self, site: Site) -> list[Expr]:
        """Linear in coefficients and constants; with m = 1, scl times what is 0 at lbnd, plus k."""
        c, m, k, lbnd, scl, axis = (site.arguments[name] for name in ("c", "m", "k", "lbnd", "scl", "axis"))
        integral, terms = _named(site, self.of("int")), list[Expr]()
        none: Expr = gast.List(elts=[], ctx=nodes.LOAD)

        def as_long(call: Expr) -> Expr:
            where = [] if site.known(axis) == 0 else [nodes.copy(axis)]
            return nodes.call(_named(site, runtime.as_long), call, nodes.copy(site.result), *where)

        if site.is_active(c) or site.is_active(k):
            plain = [site.known(e) for e in (m, lbnd, scl, axis)] == [1, 0, 1, 0] and not site.is_active(k)
            constants = _d(site, "k") if site.is_active(k) else none
            more = [nodes.copy(m), constants, nodes.copy(lbnd), nodes.copy(scl), nodes.copy(axis)]
            moved = tangent_of(site, c)
            terms.append(as_long(nodes.call(nodes.copy(integral), moved, *([] if plain else more))))
        if site.is_active(lbnd):
            given = [nodes.copy(site.result), nodes.copy(c), nodes.copy(lbnd), _d(site, "lbnd"), nodes.copy(scl)]
            helper = _named(site, runtime.series_bound_tangent)
            terms.append(nodes.call(helper, *given, nodes.copy(axis), _named(site, self.of("val"))))
        if site.is_active(scl):
            unit = [nodes.constant(1), nodes.copy(none), nodes.copy(lbnd), nodes.constant(1.0), nodes.copy(axis)]
            terms.append(_times(as_long(nodes.call(nodes.copy(integral), nodes.copy(c), *unit)), _d(site, "scl")))
        return terms

    def _power(self, site: Site) -> list[Expr]:
        helper = _named(site, runtime.series_power_tangent)
        functions = [_named(site, self.of("mul")), _named(site, self.of("pow"))]
        c, power = nodes.copy(site.arguments["c"]), nodes.copy(site.arguments["pow"])
        return [nodes.call(helper, nodes.copy(site.result), c, _d(site, "c"), power, *functions)]

    def _fit(self, site: Site) -> list[Expr]:
        """Linear in the values."""
        x, y, deg, rcond, w = (site.arguments[name] for name in ("x", "y", "deg", "rcond", "w"))
        if not site.is_active(x) and not site.is_active(w):
            options = {"w": nodes.copy(w)} if site.known(w) is not None else {}
            if site.known(rcond) is not None:
                options["rcond"] = nodes.copy(rcond)
            fit = _named(site, self.of("fit"))
            return [nodes.call(fit, nodes.copy(x), _d(site, "y"), nodes.copy(deg), **options)]
        given = [nodes.copy(e) for e in (site.result, x, y, deg, w)]
        changes = [change_of(site, e) for e in (x, y, w)]
        functions = [_named(site, self.of("der")), _named(site, self.of("vander"))]
        return [nodes.call(_named(site, runtime.series_fit_tangent), *given, *changes, *functions)]


def _register(function: Any, terms: _Terms) -> None:
    tangent_emitter(function)(lambda site: Tangent([], terms(site)))


def _named(site: Site, function: Any) -> Expr:
    return site.bind(function, function.__name__)


def _x(site: Site) -> Expr:
    found: Expr = nodes.copy(site.arguments["x"])
    return found


def _d(site: Site, name: str) -> Expr:
    return tangent_of(site, site.arguments[name])


def _array(site: Site, name: str) -> Expr:
    """The tangent of an argument as a number or an array, of which products can be made."""
    argument = site.arguments[name]
    if is_sequence.answer(site, argument) is True:
        return nodes.call(nodes.attribute(site.bind(np, "np"), "array"), _d(site, name))
    return _d(site, name)


def _shown(site: Site, points: tuple[str, ...]) -> list[Expr]:
    """A display of the points, and one of their tangents or None."""
    places = [site.arguments[p] for p in points]
    return [nodes.tuple_(nodes.copy(places)), nodes.tuple_([change_of(site, place) for place in places])]


def _times(left: Expr, right: Expr) -> Expr:
    return nodes.binary(left, gast.Mult(), right)


def _length(site: Site) -> Expr:
    """The number of coefficients of the result."""
    return nodes.call(nodes.attribute(site.bind(np, "np"), "size"), nodes.copy(site.result))
