"""Types as the tidied text has them: where a cotangent is broadcast later, it is smaller than its primal."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Size, is_any, join_size
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Array, List, Scalar

_MOST_ROUNDS = 8
"""After so many rounds, what still changes is known less and less well."""


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
                    if not _is_of_recorded_shape(stmt.value):
                        values[place.id].append(stmt.value)
    rounds, changed = 0, True
    while changed:
        rounds += 1
        changed = _settle_tapes(appended, facts)
        for name, assigned in values.items():
            known = facts.types[name]
            found = _settled(known, [facts.type_of(value) for value in assigned])
            if rounds >= _MOST_ROUNDS and not _same_shape(found, known):
                found = _wider(known, found)
            if not _same_shape(found, known):
                facts.types[name] = found
                changed = True


def _is_of_recorded_shape(value: Expr) -> bool:
    """Whether a value is `np.zeros(x_tape.pop())`: the cotangent of something of that shape, as it is declared."""
    if not (isinstance(value, gast.Call) and len(value.args) == 1 and isinstance(value.args[0], gast.Call)):
        return False
    shape = value.args[0].func
    return isinstance(shape, gast.Attribute) and shape.attr == "pop" and not value.args[0].args


def _wider(known: Abstract, found: Abstract) -> Abstract:
    """What covers both, with less known than before: so there is an end to it."""
    if not (isinstance(known, Array) and isinstance(found, Array)) or known.dims is None or found.dims is None:
        return Array(known.dtype if isinstance(known, Array) else "")
    if len(known.dims) != len(found.dims):
        return Array(known.dtype)
    return Array(known.dtype, tuple(map(join_size, known.dims, found.dims)))


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
    dtype = declared.dtype if isinstance(declared, Array) else ""
    arrays = [value for value in [declared, *found] if isinstance(value, Array) and value.dims is not None]
    if len(arrays) <= len(found) or len({len(value.dims or ()) for value in arrays}) > 1:
        return Array(dtype)
    return Array(dtype, tuple(_settled_size(sizes) for sizes in zip(*(value.dims or () for value in arrays))))


def _settled_size(sizes: tuple[Size, ...]) -> Size:
    """The size that a variable has, of the one that was known and those of the values assigned.

    Where none was known, the first value's is tried: it is right if the others follow from it.
    """
    known, *found = sizes
    if is_any(known) and not is_any(found[0]):
        return found[0]
    return reduce(join_size, found, known)


def _is_shaped(value: Abstract) -> bool:
    return isinstance(value, Scalar) or (isinstance(value, Array) and value.dims is not None)


def _same_shape(left: Abstract, right: Abstract) -> bool:
    """Whether both have the same dims, as far as types tell: unknown sizes are themselves again."""
    if isinstance(left, Array) and isinstance(right, Array):
        return left.dims == right.dims and left.dtype == right.dtype
    return isinstance(left, Scalar) and isinstance(right, Scalar)
