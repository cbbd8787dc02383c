"""Calls of functions with a custom_vjp: the user's `fwd` in the forward sweep, their `bwd` in the reverse sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.units import Foreign
from sct_ad.derive.accumulate import Cotangent
from sct_ad.derive.matching import are_right, unlike
from sct_ad.derive.operation import check_atoms, no_rule
from sct_ad.derive.pairs import Item
from sct_ad.errors import NoRuleError, Span, UnsupportedError
from sct_ad.rules import template
from sct_ad.rules.custom import custom_jvp, shown_name
from sct_ad.rules.effects import Effects
from sct_ad.runtime.custom import checked, value_and_residuals
from sct_ad.specialise.examination import examine
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Object,
    Opaque,
    Scalar,
    Tuple,
    Unknown,
    kind,
)

if TYPE_CHECKING:
    from sct_ad.derive.reverse import Reverse


def apply(reverse: Reverse, variable: str, value: gast.Call, cotangent: Cotangent, item: Item) -> None:
    """`z = f(x)` becomes `z, residuals = f_fwd(x)`; its adjoint is `bx = f_bwd(residuals, bz)[0]`."""
    acc, typer = reverse.acc, reverse.typer
    foreign: Foreign = typer.resolve(value.func)
    custom, operands = foreign.derivative, list(value.args)
    check_atoms(operands, typer, reverse.active)
    active = [k for k, e in enumerate(operands) if reverse.primitive.is_active(e)]
    if not active:
        return
    if custom is None:
        raise no_rule(foreign, value, acc.origin)
    _refuse_undefined(custom, acc.origin)
    nondiff = custom.nondiff(len(operands))
    for k in nondiff:
        if k in active:
            raise UnsupportedError(
                f"argument {k} of {custom.shown_name}, which is in nondiff_argnums and depends on what is "
                "differentiated by",
                acc.origin,
                "take it out of nondiff_argnums, or pass stop_gradient(x)",
            )
    if reverse.shadows.memory.has_identity(variable) and foreign.effects.view_of:
        raise UnsupportedError(
            f"{custom.shown_name}, which may return its argument, where that is written in place",
            acc.origin,
            f"copy what it returns, {custom.shown_name}(x).copy(), and what it is given",
        )
    fwd, fresh = _forward(reverse, value, operands)
    if unlike(_item(fwd.result, 0), typer.types[variable]):
        raise UnsupportedError(
            f"{shown_name(custom.fwd)}, the fwd of {custom.shown_name}, whose value is not like that of "
            f"{custom.shown_name}",
            acc.origin,
            "return the value in the shape and structure in which the function returns it",
        )
    origin = nodes.origin_of(item.primal)
    both, residuals = acc.fresh(f"{variable}_pair"), acc.fresh("residuals")
    typer.types[both] = fwd.result
    fwd.names = ("" if variable in acc.temporaries else variable, "residuals")
    typer.types[residuals] = fwd.result.items[1] if isinstance(fwd.result, Tuple) else UNKNOWN
    call = nodes.call(acc.bind(fwd, _hint(custom.fwd)), *_passed(reverse, operands, fwd))
    if not isinstance(fwd.result, Tuple):
        call = nodes.call(acc.bind(value_and_residuals, "value_and_residuals"), call, nodes.copy(call.func))
    item.primal = nodes.assign(both, call, origin)
    result: Expr = nodes.subscript(nodes.name(both), nodes.constant(0))
    if reverse.shadows.memory.has_identity(variable) and not fresh:  # the residuals must stay what they are
        result = _copied(reverse, result, typer.types[variable])
    item.mirror.insert(0, nodes.assign(variable, result, origin))
    last = nodes.subscript(nodes.name(both), nodes.constant(1))
    item.mirror.insert(1, nodes.assign(residuals, last, origin))
    _adjoint(reverse, foreign, value, active, variable, residuals, cotangent)


def _refuse_undefined(custom: Any, origin: Span | None) -> None:
    """A call that is active must have a derivative."""
    name = custom.shown_name
    if isinstance(custom, custom_jvp) and (custom.rule is not None or custom.partials is not None):
        raise UnsupportedError(
            f"the rule of {name}, which calls {name} with tangents", origin, "write out what it is of a tangent"
        )
    if isinstance(custom, custom_jvp) or custom.fwd is None:
        remedy = "defjvp(rule)" if isinstance(custom, custom_jvp) else "defvjp(fwd, bwd)"
        what = "custom_jvp" if isinstance(custom, custom_jvp) else "custom_vjp"
        raise NoRuleError(f"{name} is a {what} without a derivative\n  instead: {name}.{remedy}")


def _forward(reverse: Reverse, value: gast.Call, operands: list[Expr]) -> tuple[Foreign, bool]:
    """The `fwd` of a call, and whether nothing else holds on to the value that it returns."""
    custom = reverse.typer.resolve(value.func).derivative
    types = [_type_of(reverse, value, k) for k in range(len(operands))]
    found = examine(reverse.acc.namespace, custom.fwd, types)
    if found.writes:
        raise UnsupportedError(
            f"{shown_name(custom.fwd)}, the fwd of {custom.shown_name}, which writes into its argument "
            f"{min(found.writes)}",
            reverse.acc.origin,
            "let it work on a copy",
        )
    result = found.result
    if isinstance(result, Tuple) and len(result.items) == 2:
        result = Tuple(result.items)
    elif not isinstance(result, (Unknown, List)):
        raise UnsupportedError(
            f"{shown_name(custom.fwd)}, the fwd of {custom.shown_name}, does not return a pair",
            reverse.acc.origin,
            "return (value, residuals); residuals may be None",
        )
    else:
        result = UNKNOWN
    effects = Effects(view_of=tuple(range(len(operands))), pure=found.pure)
    fwd = reverse.foreign.setdefault((id(value), "fwd"), Foreign(custom.fwd, result, effects))
    fwd.result, fwd.effects, fwd.results, fwd.copied = result, effects, 2, found.shared(len(operands))
    return fwd, found.apart and not found.shared_by(0, len(operands))


def _type_of(reverse: Reverse, value: gast.Call, k: int) -> Abstract:
    """The type of an argument of a call, objects taken apart."""
    found = reverse.typer.type_of(value.args[k])
    given = reverse.typer.resolve(value.func).given
    return given[k] if isinstance(found, Opaque) and isinstance(given[k], Object) else found


def _passed(reverse: Reverse, operands: list[Expr], fwd: Foreign) -> list[Expr]:
    """The arguments: copies of what is written in place elsewhere, where value or residuals may hold on to it."""
    return [_apart(reverse, operand) if k in fwd.copied else nodes.copy(operand) for k, operand in enumerate(operands)]


def _apart(reverse: Reverse, operand: Expr) -> Expr:
    if isinstance(operand, gast.Tuple):
        return nodes.tuple_([_apart(reverse, item) for item in operand.elts])
    if isinstance(operand, gast.Name) and reverse.shadows.memory.has_identity(operand.id):
        return _copied(reverse, nodes.copy(operand), reverse.typer.type_of(operand))
    return nodes.copy(operand)


def _copied(reverse: Reverse, value: Expr, type_: Abstract) -> Expr:
    if isinstance(type_, Scalar):
        return value
    if isinstance(type_, Array):
        return nodes.call(nodes.attribute(value, "copy"))
    return nodes.call(reverse.acc.bind(runtime.copy_structure, "copy_structure"), value)


def _adjoint(
    reverse: Reverse,
    foreign: Foreign,
    value: gast.Call,
    active: list[int],
    variable: str,
    residuals: str,
    cotangent: Cotangent,
) -> None:
    """`bx, by = f_bwd(residuals, bz)`."""
    acc, typer, operands, custom = reverse.acc, reverse.typer, list(value.args), foreign.derivative
    nondiff = custom.nondiff(len(operands))
    seed = result_cotangent(reverse, variable, cotangent)
    given = [nodes.copy(operands[k]) for k in nondiff]
    own = [_type_of(reverse, value, k) for k in nondiff]
    types = [*own, typer.types[residuals], _as_result(typer.type_of(seed), typer.types[variable])]
    found = examine(acc.namespace, custom.bwd, types)
    if found.writes and min(found.writes) < len(types) - 1:
        raise UnsupportedError(
            f"{shown_name(custom.bwd)}, the bwd of {custom.shown_name}, which writes into its argument "
            f"{min(found.writes)}",
            acc.origin,
            "let it work on a copy",
        )
    kept = reverse.shadows.has(variable) and len(types) - 1 in found.shared(len(types))
    if found.writes is None or found.writes or kept or not found.pure:
        seed = _copied(reverse, seed, typer.types[variable])
    wanted = [k for k in range(len(operands)) if k not in nondiff]
    primals = [typer.type_of(operands[k]) if k in active else None for k in wanted]
    proven = are_right(found.result, primals)
    effects = Effects(view_of=tuple(range(len(types))), pure=found.pure)
    bwd = reverse.foreign.setdefault((id(value), "bwd"), Foreign(custom.bwd, UNKNOWN, effects))
    bwd.result, bwd.results = (found.result, len(wanted)) if proven else (UNKNOWN, 0)
    bwd.effects, bwd.names = effects, tuple(_cotangent_name(reverse, operands[k]) for k in wanted)
    call = nodes.call(acc.bind(bwd, _hint(custom.bwd)), *given, nodes.name(residuals), seed)
    if not proven:
        shown = [
            _reference(operands[k], typer.type_of(operands[k])) if k in active else nodes.constant(...) for k in wanted
        ]
        call = nodes.call(acc.bind(checked, "checked"), call, nodes.copy(call.func), *shown)
    result = Tuple(tuple(UNKNOWN if p is None else _given_type(p) for p in primals))
    t = acc.define(acc.fresh("cotangents"), call, result)
    for position, k in enumerate(wanted):
        if k in active and not (proven and _item(found.result, position) == Constant(None)):
            place = nodes.subscript(nodes.copy(t), nodes.constant(position))
            for receiver, expr in template.displayed(operands[k], place):
                if isinstance(receiver, gast.Name):
                    owned = proven and found.apart and not found.shared_by(position, len(types))
                    if owned and not reverse.shadows.has(receiver.id):
                        expr = acc.define(acc.fresh("b" + receiver.id), expr)
                    reverse.give(receiver.id, expr, owned=owned, whole=True)


def result_cotangent(reverse: Reverse, variable: str, cotangent: Cotangent) -> Expr:
    """The cotangent of a call's result as a user's function gets it: in the shape and structure of the result."""
    acc, type_ = reverse.acc, reverse.typer.types[variable]
    if isinstance(type_, (Tuple, List, Dict)):
        return _structured(nodes.copy(cotangent.expr), type_)
    full = acc.full(variable, cotangent)
    value = nodes.copy(full.expr)
    if not acc.is_full(full, variable):
        value = nodes.call(acc.bind(runtime.spread_over, "spread_over"), value, nodes.name(variable))
    return _in_precision(reverse, value, type_)


def _in_precision(reverse: Reverse, value: Expr, primal: Abstract) -> Expr:
    """An array in the precision of its primal, where that is not the usual one."""
    if not isinstance(primal, Array) or primal.dtype not in ("float32", "float16", "complex64"):
        return value
    if getattr(reverse.typer.type_of(value), "dtype", "") == primal.dtype:
        return value
    dtype = nodes.attribute(reverse.acc.bind(np, "np"), primal.dtype)
    if kind(reverse.typer.type_of(value)) == "complex" or kind(primal) == "complex":
        dtype = nodes.attribute(reverse.acc.bind(np, "np"), "complex64")
    return nodes.call(nodes.attribute(value, "astype"), dtype, copy=nodes.constant(False))


def _structured(shadow: Expr, type_: Abstract) -> Expr:
    """A shadow, in which tuples are lists, in the structure of the primal."""
    if isinstance(type_, Tuple):
        places = [nodes.subscript(nodes.copy(shadow), nodes.constant(k)) for k in range(len(type_.items))]
        return nodes.tuple_([_structured(place, item) for place, item in zip(places, type_.items)])
    return shadow


def _as_result(seed: Abstract, primal: Abstract) -> Abstract:
    """The type of the cotangent of a result."""
    if isinstance(primal, (Scalar, Array)) and kind(primal) in ("float", "complex"):
        return seed if isinstance(seed, (Scalar, Array)) and type(seed) is type(primal) else primal
    return primal


def _given_type(primal: Abstract) -> Abstract:
    """The type of a cotangent that is given to a primal."""
    if isinstance(primal, Scalar):
        return Scalar("complex" if primal.kind == "complex" else "float", "?")
    return primal


def _reference(operand: Expr, type_: Abstract) -> Expr:
    """What the shape of a cotangent is compared with: numbers are all alike."""
    if isinstance(type_, Scalar) and type_.dtype == "" and type_.kind in ("float", "complex"):
        return nodes.constant(0j if type_.kind == "complex" else 0.0)
    return nodes.copy(operand)


def _item(type_: Abstract, position: int) -> Abstract:
    return type_.items[position] if isinstance(type_, Tuple) else UNKNOWN


def _cotangent_name(reverse: Reverse, operand: Expr) -> str:
    """What the cotangent of an argument may be called, where that is a variable of the user's."""
    named = isinstance(operand, gast.Name) and operand.id not in reverse.acc.temporaries
    return f"b{operand.id}" if named else ""


def _hint(function: Any) -> str:
    return identifier(shown_name(function))
