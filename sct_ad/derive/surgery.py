"""`y = with_cotangent(x, function)`: in the reverse sweep the cotangent goes through a function of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from sct_ad.analysis.alias import unit_is_pure, unit_writes
from sct_ad.analysis.units import Foreign, Unit
from sct_ad.derive.accumulate import Cotangent
from sct_ad.derive.custom import result_cotangent
from sct_ad.derive.matching import matches
from sct_ad.errors import UnsupportedError
from sct_ad.runtime.containers import copy_structure
from sct_ad.runtime.custom import replaced
from sct_ad.specialise.examination import examine
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Constant, Scalar, Tuple

if TYPE_CHECKING:
    from sct_ad.derive.reverse import Reverse


def apply(reverse: Reverse, variable: str, value: gast.Call, cotangent: Cotangent) -> None:
    """`bx = function(by)`."""
    operand, called, *others = value.args
    captured = others[0].elts if others else []
    if not reverse.primitive.is_active(operand):
        return
    acc, typer = reverse.acc, reverse.typer
    type_ = typer.types[operand.id]
    owned = cotangent.owned and acc.is_full(cotangent, variable)
    seed = result_cotangent(reverse, variable, cotangent)
    found, is_left = _known(reverse, called, _cotangent_type(type_))
    if not isinstance(type_, Scalar) and (reverse.shadows.has(variable) or not (is_left or owned)):
        copied = (
            nodes.attribute(seed, "copy") if isinstance(type_, Array) else acc.bind(copy_structure, "copy_structure")
        )
        seed = nodes.call(copied, *([] if isinstance(type_, Array) else [seed]))
    if not isinstance(seed, gast.Name):
        seed = acc.define(acc.fresh("b" + variable), seed)
    function = typer.resolve(called)
    straight = _straight(reverse, function, [seed, *captured]) if isinstance(function, Unit) else None
    result = nodes.call(nodes.copy(called), nodes.copy(seed), *nodes.copy(captured)) if straight is None else straight
    if found == Constant(None):
        if isinstance(result, gast.Call):
            acc.emit(gast.Expr(value=result))
        reverse.give(operand.id, nodes.copy(seed), whole=True)
        return
    if not matches(found, type_):
        result = nodes.call(acc.bind(replaced, "replaced"), result, nodes.copy(called), nodes.copy(seed))
    changed = acc.define(acc.fresh("b" + operand.id), result, _cotangent_type(type_))
    reverse.give(operand.id, changed, whole=True)


def _cotangent_type(type_: Abstract) -> Abstract:
    if isinstance(type_, Scalar):
        return Scalar("complex" if type_.kind == "complex" else "float", "?")
    return type_


def _known(reverse: Reverse, called: Expr, cotangent: Abstract) -> tuple[Abstract, bool]:
    """The type of what the function returns, and whether it surely leaves its argument as it is."""
    function = reverse.typer.resolve(called)
    if isinstance(function, Unit):
        writes = unit_writes(function)
        if any(k > 0 for k in writes):
            raise UnsupportedError(
                f"with_cotangent with '{function.name}', which changes '{_plain(function.parameters[max(writes)])}'",
                reverse.acc.origin,
                "let it change what lives outside of the function",
            )
        return function.result or UNKNOWN, not writes and unit_is_pure(function)
    if function is list.append or getattr(function, "function", None) is print:
        return Constant(None), function is not list.append
    if isinstance(function, Foreign):
        found = examine(reverse.acc.namespace, function.function, [cotangent])
        return found.result, found.pure and found.writes is not None and not found.writes
    return UNKNOWN, False


def _plain(parameter: str) -> str:
    return parameter.removeprefix("outer ")


def _straight(reverse: Reverse, unit: Unit, given: list[Expr]) -> Expr | None:
    """The result of a nested function that does nothing but compute, its statements written here; None for others."""
    flat, acc = unit.flat, reverse.acc
    body: Block = flat.function.body
    for stmt in body[:-1]:
        is_effect = isinstance(stmt, gast.Expr)
        is_plain = isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)
        if not is_effect and not is_plain:
            return None
    if unit_writes(unit) or isinstance(body[-1].value, Tuple):
        return None
    names: dict[str, Expr] = {flat.parameters[p]: e for p, e in zip(unit.parameters, given, strict=True)}
    for stmt in body[:-1]:
        value = nodes.substitute(nodes.copy(stmt.value), names)
        if isinstance(stmt, gast.Expr):
            acc.emit(gast.Expr(value=value))
            continue
        variable = stmt.targets[0].id
        _, type_ = flat.definition_types[id(stmt)]
        names[variable] = acc.define(acc.fresh(variable), value, type_)
    returned = body[-1].value
    if isinstance(returned, gast.Constant) and returned.value is None:
        return returned
    return nodes.substitute(nodes.copy(returned), names)
