"""Derivatives of functions that take derivatives themselves: rules of calling gradients.

The second derivatives of a scalar function are symmetric: what a cotangent `u` of the gradient gives to the arguments
is the derivative of the gradient along `u`. With further directions the same holds, so that a gradient along directions
is closed under differentiation, forward and in reverse (`Directional`).
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import gast

from sct_ad.api import Gradient, Options, grad, value_and_grad
from sct_ad.arguments import fixed_argnums, fixed_check, parameter_names, plain_function
from sct_ad.compilation import compiled_derivative
from sct_ad.curvature import Directional, DirectionalOptions, hvp
from sct_ad.derive.requests import TangentRequest
from sct_ad.errors import NoRuleError
from sct_ad.pushforward import jvp
from sct_ad.rules.effects import IMPURE, PURE, declare_object, is_declared
from sct_ad.rules.registry import called_objects, tangent_emitter
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.typing.table import rule_of_objects
from sct_ad.specialise.derivative_calls import INLINED, MAKERS, shifted
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.purity import is_effect_free
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Scalar, Tuple, map_leaves


class _Call:
    """A call of a gradient along directions: its arguments, and which of them are parameters and which directions."""

    def __init__(self, site: Site) -> None:
        called = site.known(site.arguments["self"])
        assert isinstance(called, (Gradient, Directional))
        if isinstance(called, Gradient) and (called.options.has_aux or called.options.holomorphic):
            raise NoRuleError(
                "no derivative rule for a gradient with has_aux or holomorphic\n  instead: leave these options out"
            )
        self.site, self.primal, self.source = site, called.primal, called.options.source
        self.names = parameter_names(called._function)
        self.with_value = isinstance(called, Gradient) and called.options.with_value
        self.argnums = called.options.argnums
        self.moved: tuple[Any, ...] = called.options.moved if isinstance(called, Directional) else ()
        given = list(site.arguments["args"].elts)
        count = sum(len(_several(each)) for each in self.moved)
        self.args, self.directions = given[: len(given) - count], given[len(given) - count :]

    def active(self) -> tuple[int, ...]:
        """The positions of the active arguments."""
        return tuple(k for k, arg in enumerate(self.args) if self.site.is_active(arg))

    def groups(self) -> list[list[Expr]]:
        """The directions, one list for each entry of `moved`."""
        found, left = [], list(self.directions)
        for each in self.moved:
            found.append(left[: len(_several(each))])
            left = left[len(found[-1]) :]
        return found

    def along(self, argnums: Any, moved: tuple[Any, ...], directions: list[Expr]) -> Expr:
        """The call of the gradient with respect to `argnums` along the directions."""
        if moved:
            made: Any = Directional(self.primal, DirectionalOptions(argnums, moved, self.source))
        else:
            made = Gradient(self.primal, Options(argnums, source=self.source))
        function = self.site.bind(made, f"{identifier(made.__name__)}_{'hvp' if moved else 'grad'}")
        return nodes.call(function, *map(nodes.copy, self.args), *map(nodes.copy, directions))


def _several(argnums: Any) -> tuple[Any, ...]:
    return argnums if isinstance(argnums, tuple) else (argnums,)


@called_objects(Gradient, Directional, params="self, *args")
def gradient_call(site: Site) -> Adjoint:
    """What a cotangent of the gradient gives: to arguments and to directions, by symmetry."""
    call, adjoint = _Call(site), Adjoint()
    seed: Expr = nodes.copy(site.cotangent)
    active = call.active()
    if call.with_value:
        value, seed = nodes.subscript(seed, nodes.constant(0)), nodes.subscript(nodes.copy(seed), nodes.constant(1))
        if active:
            _give(call, adjoint, active, call.along(active, (), []), value)
    seeds = [seed]
    if isinstance(call.argnums, tuple):
        seeds = [nodes.subscript(nodes.copy(seed), nodes.constant(k)) for k, _ in enumerate(call.argnums)]
    if active:
        product = call.along(active, (*call.moved, call.argnums), [*call.directions, *seeds])
        _give(call, adjoint, active, product, None)
    groups = call.groups()
    for k, group in enumerate(groups):
        if any(map(site.is_active, group)):
            others = (*call.moved[:k], *call.moved[k + 1 :], call.argnums)
            directions = [e for j, each in enumerate(groups) if j != k for e in each]
            product = call.along(tuple(_several(call.moved[k])), others, [*directions, *seeds])
            parts = site.fresh("parts")
            adjoint.statements.append(nodes.assign(parts, product))
            for position, direction in enumerate(group):
                if site.is_active(direction):
                    part = nodes.subscript(nodes.name(parts), nodes.constant(position))
                    adjoint.contributions.append((direction, part))
    return adjoint


def _give(call: _Call, adjoint: Adjoint, active: tuple[int, ...], gradients: Expr, factor: Expr | None) -> None:
    parts = call.site.fresh("parts")
    adjoint.statements.append(nodes.assign(parts, gradients))
    for position, k in enumerate(active):
        part: Expr = nodes.subscript(nodes.name(parts), nodes.constant(position))
        if factor is not None:
            part = nodes.binary(nodes.copy(factor), gast.Mult(), part)
        adjoint.contributions.append((call.args[k], part))


@tangent_emitter(gradient_call)
def gradient_tangent(site: Site) -> Tangent:
    """The gradient along one direction more, and along the tangents of directions."""
    call = _Call(site)
    active, terms = call.active(), []
    if call.with_value:
        raise NoRuleError("no tangent rule for value_and_grad inside of a function\n  instead: call f and grad(f)")
    if active:
        changes = [tangent_of(site, call.args[k]) for k in active]
        terms.append(call.along(call.argnums, (*call.moved, active), [*call.directions, *changes]))
    groups = call.groups()
    for k, group in enumerate(groups):
        if any(map(site.is_active, group)):
            changed = [tangent_of(site, e) for e in group]
            directions = [e for j, each in enumerate(groups) for e in (changed if j == k else each)]
            terms.append(call.along(call.argnums, call.moved, directions))
    return Tangent([], terms)


@rule_of_objects(Gradient, Directional)
def gradient_type(function: Any, *args: Abstract) -> Abstract:
    """A gradient has the types of its arguments."""
    if not is_declared(function):  # a type is asked for many times
        declare_object(function, PURE if is_effect_free(function._function) else IMPURE)
    names = parameter_names(function._function)
    positions = [k if isinstance(k, int) else names.index(k) for k in _several(function.options.argnums)]
    found = [_without_value(args[k]) if k < len(args) else UNKNOWN for k in positions]
    gradient = Tuple(tuple(found)) if isinstance(function.options.argnums, tuple) else found[0]
    if getattr(function.options, "has_aux", False):
        return Tuple((gradient, UNKNOWN))
    if getattr(function.options, "with_value", False):
        return Tuple((Scalar("float", "?"), gradient))
    return gradient


def _without_value(type_: Abstract) -> Abstract:
    def leaf(found: Abstract) -> Abstract:
        return Scalar(found.kind, found.dtype) if isinstance(found, Scalar) else found

    return map_leaves(type_, leaf)


def _maker(with_value: bool) -> Callable[..., Gradient]:
    def make(
        function: Any, source: str | None, shift: int, argnums: Any = 0, has_aux: bool = False, **options: Any
    ) -> Gradient:
        chosen = shifted(fixed_argnums(argnums), shift)
        options = {name: value for name, value in options.items() if name not in ("backend", "numba_options")}
        options["check"] = fixed_check(options.get("check"), "grad")
        return Gradient(function, Options(chosen, with_value, has_aux, source, **options))  # type: ignore[return-value]

    return make


def _make_hvp(
    function: Any, source: str | None, shift: int, argnums: Any = 0, check: Any = None, **backend: Any
) -> Directional:
    chosen = shifted(fixed_argnums(argnums), shift)
    options = DirectionalOptions(chosen, (chosen,), source, check=fixed_check(check, "hvp"))
    return Directional(function, options)  # type: ignore[return-value]


MAKERS.update({grad: _maker(False), value_and_grad: _maker(True), hvp: _make_hvp})


def _compiled_tangent(
    function: Any, source: str | None, argument_types: dict[str, Abstract], active: tuple[str, ...]
) -> tuple[types.FunctionType, list[Guard]]:
    plain = plain_function(function, "jvp")
    compiled = compiled_derivative(plain, argument_types, TangentRequest(active, name=plain.__name__), source)
    return compiled.function, compiled.guards


INLINED[jvp] = _compiled_tangent
