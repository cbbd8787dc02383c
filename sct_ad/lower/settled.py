"""Types as the tidied text has them: where a cotangent is broadcast later, it is smaller than its primal."""

from __future__ import annotations

from collections import defaultdict

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Array, List, Scalar

_MOST_ROUNDS = 8


def settle_types(fn: gast.FunctionDef, facts: Facts) -> None:
    """Give variables the shapes of what is assigned to them, and no shape where that differs from place to place.

    The facts hold what the differentiator meant them to be; that a shorter expression broadcasts is up to the tidier.
    """
    values: dict[str, list[Expr]] = defaultdict(list)
    appended: list[tuple[str, Expr]] = []
    for stmt in nodes.statements(fn.body):
        call = stmt.value if isinstance(stmt, gast.Expr) else None
        if isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute) and call.func.attr == "append":
            if isinstance(call.func.value, gast.Name) and len(call.args) == 1:
                appended.append((call.func.value.id, call.args[0]))
        if isinstance(stmt, gast.Assign):
            for place in stmt.targets:
                if isinstance(place, gast.Name) and isinstance(facts.types.get(place.id), (Array, Scalar)):
                    values[place.id].append(stmt.value)
    for _ in range(_MOST_ROUNDS):
        changed = _settle_tapes(appended, facts)
        for name, assigned in values.items():
            found = _settled(facts.types[name], [facts.type_of(value) for value in assigned])
            if not _same_shape(found, facts.types[name]):
                facts.types[name] = found
                changed = True
        if not changed:
            return
    for name in values:  # no end to it
        known = facts.types[name]
        if isinstance(known, Array):
            facts.types[name] = Array(known.dtype)


def _settle_tapes(appended: list[tuple[str, Expr]], facts: Facts) -> bool:
    """What tapes hold has the shapes of what is put on them; whether something was not so."""
    changed = False
    for tape, value in appended:
        declared, found = facts.types.get(tape), facts.type_of(value)
        if isinstance(declared, List) and declared.items is None and isinstance(declared.element, Array):
            if declared.element.dims is not None and _is_shaped(found) and not _same_shape(found, declared.element):
                facts.types[tape] = List(None, Array(declared.element.dtype))
                changed = True
    return changed


def _settled(declared: Abstract, found: list[Abstract]) -> Abstract:
    shaped = [value for value in found if _is_shaped(value)]
    if all(_same_shape(value, declared) for value in shaped):
        return declared
    if len(shaped) == len(found) and all(_same_shape(value, shaped[0]) for value in shaped):
        return shaped[0]
    return Array(declared.dtype if isinstance(declared, Array) else "")


def _is_shaped(value: Abstract) -> bool:
    return isinstance(value, Scalar) or (isinstance(value, Array) and value.dims is not None)


def _same_shape(left: Abstract, right: Abstract) -> bool:
    """Whether both have the same dims, as far as types tell: unknown sizes are themselves again."""
    if isinstance(left, Array) and isinstance(right, Array):
        return left.dims == right.dims and left.dtype == right.dtype
    return isinstance(left, Scalar) and isinstance(right, Scalar)
