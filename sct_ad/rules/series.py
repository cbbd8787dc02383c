"""Rules of `numpy.polynomial`: one table for all bases, whose functions differ by the first part of the name."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_emitter, is_double, length_of
from sct_ad.rules.registry import is_array, zero_derivative
from sct_ad.rules.series_tangents import Tangents
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime import series
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

BASES = {
    "poly": np.polynomial.polynomial,
    "cheb": np.polynomial.chebyshev,
    "leg": np.polynomial.legendre,
    "herm": np.polynomial.hermite,
    "herme": np.polynomial.hermite_e,
    "lag": np.polynomial.laguerre,
}
_WEIGHTS = {
    "cheb": lambda x, z: nodes.binary(
        nodes.binary(z, gast.Mult(), x),
        gast.Div(),
        nodes.binary(nodes.constant(1.0), gast.Sub(), nodes.binary(nodes.copy(x), gast.Mult(), nodes.copy(x))),
    ),
    "herm": lambda x, z: nodes.binary(nodes.binary(nodes.constant(-2.0), gast.Mult(), x), gast.Mult(), z),
    "herme": lambda x, z: nodes.binary(gast.UnaryOp(op=gast.USub(), operand=x), gast.Mult(), z),
    "lag": lambda x, z: gast.UnaryOp(op=gast.USub(), operand=z),
}
"""The logarithmic derivative of the weight times the weight."""


def named(site: Site, function: Any) -> Expr:
    """A function by its own name."""
    return site.bind(function, function.__name__)


class _Basis:
    """The functions of one basis, and the rules of them."""

    def __init__(self, prefix: str, module: types.ModuleType) -> None:
        self.prefix, self.module = prefix, module
        self.val, self.der, self.vander, self.mulx = (self.of(n) for n in ("val", "der", "vander", "mulx"))

    def of(self, name: str) -> Any:
        """`chebval` for "val"."""
        return getattr(self.module, self.prefix + name)

    def register(self) -> None:
        """Register the rules of all functions."""
        rule = self._rule
        rule("val", "x, c, tensor=True", self.value)
        for dimensions, points in ((2, ("x", "y")), (3, ("x", "y", "z"))):
            for kind in ("val", "grid"):
                name = f"{kind}{dimensions}d"
                rule(name, ", ".join((*points, "c")), self._several(points, kind == "grid"))
            rule(f"vander{dimensions}d", ", ".join((*points, "deg")), self._vanders(points))
        rule("der", "c, m=1, scl=1, axis=0", self.derivative)
        rule("int", "c, m=1, k=(), lbnd=0, scl=1, axis=0", self.integral)
        rule("line", "off, scl", self._by(series.series_line_cotangents, ["off", "scl"], [], [self.of("line")]))
        for name, sign in (("add", 1.0), ("sub", -1.0)):
            extra = [nodes.constant(sign)]
            rule(name, "c1, c2", self._by(series.series_sum_cotangents, ["c1", "c2"], ["c1", "c2"], extra))
        rule("mul", "c1, c2", self._by(series.series_product_cotangents, ["c1", "c2"], ["c1", "c2"], [self.mulx]))
        rule("mulx", "c", self._by(series.series_times_x_cotangent, "c", ["c"], [self.mulx]))
        rule("div", "c1, c2", self.quotient)
        rule("pow", "c, pow, maxpower=16", self.power)
        rule("fromroots", "roots", self._by(series.series_of_roots_cotangent, "roots", ["roots"], [self.mulx]))
        others = [self.val, self.der, self.vander]
        rule("roots", "c", self._by(series.series_roots_cotangent, "c", ["c"], others, result=True))
        rule("companion", "c", self._by(series.series_companion_cotangent, "c", ["c"], [self.mulx]))
        rule("vander", "x, deg", self.powers)
        rule("fit", "x, y, deg, rcond=None, full=False, w=None", self.fit)
        if self.prefix in _WEIGHTS:
            rule("weight", "x", self.weight)
        elif hasattr(self.module, self.prefix + "weight"):
            zero_derivative(self.of("weight"))
        if self.prefix != "poly":
            powers = np.polynomial.polynomial.polymulx
            convert = series.series_converted_cotangent
            rule("2poly", "c", self._by(convert, "c", ["c"], [self.mulx, powers]))
            from_powers = getattr(self.module, f"poly2{self.prefix}")
            emit = self._by(convert, "pol", ["pol"], [powers, self.mulx])
            array_emitter(from_powers, params="pol", topic=__name__)(emit)
        tangents = Tangents(self.prefix, self.of)
        tangents.register(_WEIGHTS.get(self.prefix))
        if self.prefix != "poly":
            tangents.linear(self.of("2poly"), "c")
            tangents.linear(from_powers, "pol")

    def _rule(self, name: str, params: str, emit: Callable[[Site], Adjoint]) -> None:
        array_emitter(self.of(name), params=params, topic=__name__)(emit)

    def _by(
        self, helper: Any, receivers: str | list[str], arguments: list[str], extra: list[Any], result: bool = False
    ) -> Callable[[Site], Adjoint]:
        """A rule that calls a run-time function, whose result is one cotangent or a tuple of several."""

        def emit(site: Site) -> Adjoint:
            given = [nodes.copy(site.arguments[name]) for name in arguments]
            given += [nodes.copy(e) if isinstance(e, gast.AST) else named(site, e) for e in extra]
            primal = [nodes.copy(site.result)] if result else []
            call = nodes.call(named(site, helper), nodes.copy(site.cotangent), *primal, *given)
            return dealt(site, call, receivers)

        return emit

    def value(self, site: Site) -> Adjoint:
        """`bz * chebval(x, chebder(c))`, `bz @ chebvander(x, c.size - 1)`."""
        x, c, tensor = (site.arguments[name] for name in ("x", "c", "tensor"))
        val, der, vander = (named(site, f) for f in (self.val, self.der, self.vander))
        dz = site.cotangent
        double = is_double.answer(site, x) and is_double.answer(site, c)
        if site.ndim(c) == 1 and double:
            slope = nodes.call(val, nodes.copy(x), nodes.call(der, nodes.copy(c)))
            adjoint = Adjoint([], [(x, nodes.binary(nodes.copy(dz), gast.Mult(), slope))])
        else:
            helper = named(site, series.series_argument_cotangent)
            given = [nodes.copy(e) for e in (dz, x, c, tensor)]
            adjoint = Adjoint([], [(x, nodes.call(helper, *given, val, der))])
        if double and site.ndim(c) == 1 and site.ndim(x) == 1 and is_array.answer(site, x) is True:
            degree = nodes.binary(length_of(site, c, 0), gast.Sub(), nodes.constant(1))
            if isinstance(degree.left, gast.Constant):
                degree = nodes.constant(degree.left.value - 1)
            part = nodes.binary(nodes.copy(dz), gast.MatMult(), nodes.call(nodes.copy(vander), nodes.copy(x), degree))
        else:
            helper = named(site, series.series_coefficients_cotangent)
            part = nodes.call(helper, *(nodes.copy(e) for e in (dz, x, c, tensor)), nodes.copy(vander))
        adjoint.contributions.append((c, part))
        return adjoint

    def _several(self, points: tuple[str, ...], grid: bool) -> Callable[[Site], Adjoint]:
        def emit(site: Site) -> Adjoint:
            shown = nodes.tuple_([nodes.copy(site.arguments[p]) for p in points])
            functions = [named(site, f) for f in (self.der, self.vander)]
            helper = named(site, series.series_points_cotangents)
            c = nodes.copy(site.arguments["c"])
            call = nodes.call(helper, nodes.copy(site.cotangent), shown, c, *functions, nodes.constant(grid))
            return dealt(site, call, [*points, "c"])

        return emit

    def _vanders(self, points: tuple[str, ...]) -> Callable[[Site], Adjoint]:
        def emit(site: Site) -> Adjoint:
            shown = nodes.tuple_([nodes.copy(site.arguments[p]) for p in points])
            helper = named(site, series.series_vander_cotangents)
            functions = [named(site, f) for f in (self.val, self.der)]
            deg = nodes.copy(site.arguments["deg"])
            return dealt(site, nodes.call(helper, nodes.copy(site.cotangent), shown, deg, *functions), list(points))

        return emit

    def powers(self, site: Site) -> Adjoint:
        """`chebval(x, chebder(bz.T), tensor=False)`."""
        x = site.arguments["x"]
        val, der = named(site, self.val), named(site, self.der)
        if site.ndim(x) == 1 and is_double.answer(site, x) and is_array.answer(site, x) is True:
            slopes = nodes.call(der, nodes.attribute(nodes.copy(site.cotangent), "T"))
            return Adjoint([], [(x, nodes.call(val, nodes.copy(x), slopes, tensor=nodes.constant(False)))])
        helper = named(site, series.series_vander_cotangent)
        return Adjoint([], [(x, nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(x), val, der))])

    def derivative(self, site: Site) -> Adjoint:
        """The matrix of the derivative, transposed."""
        self._refuse(site, "der", "m")
        c, m, scl, axis = (site.arguments[name] for name in ("c", "m", "scl", "axis"))
        given = [] if (site.known(m), site.known(scl)) == (1, 1) else [nodes.copy(m), nodes.copy(scl)]
        where = {} if site.known(axis) == 0 else {"axis": nodes.copy(axis)}
        helper = named(site, series.series_map_cotangent)
        call = nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(c), named(site, self.der), *given, **where)
        adjoint = Adjoint([], [(c, call)])
        if site.is_active(scl):  # of which the result is the power m
            product = nodes.binary(nodes.copy(site.cotangent), gast.Mult(), nodes.copy(site.result))
            total = nodes.call(nodes.attribute(site.bind(np, "np"), "sum"), product)
            share = nodes.binary(nodes.binary(nodes.copy(m), gast.Mult(), total), gast.Div(), nodes.copy(scl))
            adjoint.contributions.append((scl, share))
        return adjoint

    def integral(self, site: Site) -> Adjoint:
        """The matrix of the integral, transposed; a constant is a coefficient of degree 0, or what becomes of it."""
        self._refuse(site, "int", "m")
        if site.known(site.arguments["m"]) != 1:
            self._refuse(site, "int", "lbnd", "scl")
        names = ("c", "m", "k", "lbnd", "scl", "axis")
        given = [nodes.copy(site.arguments[name]) for name in names]
        helper = named(site, series.series_integral_cotangents)
        call = nodes.call(
            helper, nodes.copy(site.cotangent), *given, named(site, self.of("int")), named(site, self.val)
        )
        return dealt(site, call, ["c", "k", "lbnd", "scl"])

    def quotient(self, site: Site) -> Adjoint:
        """By what quotient and remainder solve."""
        parts = [nodes.subscript(nodes.copy(site.cotangent), nodes.constant(k)) for k in (0, 1)]
        given = [nodes.copy(site.arguments[name]) for name in ("c1", "c2")]
        helper = named(site, series.series_quotient_cotangents)
        call = nodes.call(helper, *parts, nodes.copy(site.result), *given, named(site, self.mulx))
        return dealt(site, call, ["c1", "c2"])

    def power(self, site: Site) -> Adjoint:
        """As of numbers: p c^(p - 1)."""
        c, pow_ = (site.arguments[name] for name in ("c", "pow"))
        helper = named(site, series.series_power_cotangent)
        functions = [named(site, f) for f in (self.mulx, self.of("pow"))]
        call = nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(c), nodes.copy(pow_), *functions)
        return Adjoint([], [(c, call)])

    def fit(self, site: Site) -> Adjoint:
        """A least-squares problem."""
        refuse_full(site, self.of("fit"))
        x, y, deg, w = (nodes.copy(site.arguments[name]) for name in ("x", "y", "deg", "w"))
        helper = named(site, series.series_fit_cotangents)
        functions = [named(site, f) for f in (self.der, self.vander)]
        call = nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(site.result), x, y, deg, w, *functions)
        return dealt(site, call, ["x", "y", "w"])

    def weight(self, site: Site) -> Adjoint:
        """The weight times the derivative of its logarithm."""
        x = site.arguments["x"]
        slope = _WEIGHTS[self.prefix](nodes.copy(x), nodes.copy(site.result))
        return Adjoint([], [(x, nodes.binary(nodes.copy(site.cotangent), gast.Mult(), slope))])

    def _refuse(self, site: Site, name: str, *parameters: str) -> None:
        for parameter in parameters:
            if site.is_active(site.arguments[parameter]):
                raise NoRuleError(f"{self.prefix}{name}: a derivative by {parameter}")


def refuse_full(site: Site, function: Any) -> None:
    """Only the coefficients of a fit have a rule."""
    for name, default in (("full", False), ("cov", False)):
        if name in site.arguments and site.known(site.arguments[name]) is not default:
            raise NoRuleError(f"{function.__name__} with {name}=; leave it out and compute from the coefficients")


def dealt(site: Site, call: Expr, receivers: str | list[str]) -> Adjoint:
    """The contributions of a run-time function that gives one cotangent, or a tuple with one for each receiver."""
    if isinstance(receivers, str):
        return Adjoint([], [(site.arguments[receivers], call)])
    parts = site.fresh("parts")
    adjoint = Adjoint([nodes.assign(parts, call)])
    for k, name in enumerate(receivers):
        argument = site.arguments[name]
        if not (isinstance(argument, gast.Constant) and argument.value is None):
            adjoint.contributions.append((argument, nodes.subscript(nodes.name(parts), nodes.constant(k))))
    return adjoint


for _prefix, _module in BASES.items():
    _Basis(_prefix, _module).register()
