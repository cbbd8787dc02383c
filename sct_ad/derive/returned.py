"""Objects among the arguments that are returned as they were passed, though arrays in them may have been written."""

from __future__ import annotations

from collections.abc import Callable

import gast

from sct_ad import runtime
from sct_ad.derive.emission import Emission
from sct_ad.specialise.entry import Specialised
from sct_ad.specialise.parameters import Given
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Dict, List, Object, Tuple


def given_at(flat: Specialised, expr: Expr) -> Given | None:
    """The part of an argument that holds objects which an expression such as `model.layers[0]` denotes."""
    if not flat.given or not isinstance(expr, (gast.Name, gast.Attribute, gast.Subscript)):
        return None
    found = (part for given in flat.given.values() for part in given.all() if not part.variable)
    return next((part for part in found if nodes.same(part.path, expr)), None)


def variables_behind(flat: Specialised, expr: Expr) -> list[str]:
    """The variables of the numbers and arrays in the objects of the caller's that an expression mentions."""
    found = [given_at(flat, node) for node in nodes.walk(expr) if isinstance(node, gast.expr)]
    return [leaf.variable for given in found if given is not None for leaf in given.leaves()]


def with_written_parts(
    flat: Specialised, emission: Emission, expr: Expr, is_written: Callable[[str], bool], own: Callable[[str], Expr]
) -> Expr:
    """A returned expression in which objects of the caller's have the arrays that were written, copied by `own`."""
    given = given_at(flat, expr)
    if given is not None:
        return _rebuilt(given, emission, is_written, own)
    expr = nodes.copy(expr)

    def inner(item: Expr) -> Expr:
        return with_written_parts(flat, emission, item, is_written, own)

    if isinstance(expr, (gast.Tuple, gast.List)):
        expr.elts = list(map(inner, expr.elts))
    elif isinstance(expr, gast.Dict):
        expr.values = list(map(inner, expr.values))
    elif isinstance(expr, gast.Call):
        expr.args = list(map(inner, expr.args))
        for keyword in expr.keywords:
            keyword.value = inner(keyword.value)
    return expr


def _rebuilt(given: Given, emission: Emission, is_written: Callable[[str], bool], own: Callable[[str], Expr]) -> Expr:
    if not any(is_written(leaf.variable) for leaf in given.leaves()):
        return nodes.copy(given.path)
    if given.variable:
        return own(given.variable)
    parts = {key: _rebuilt(part, emission, is_written, own) for key, part in given.parts}
    if isinstance(given.type, Dict):
        return gast.Dict(keys=list(map(nodes.constant, parts)), values=list(parts.values()))
    if isinstance(given.type, List):
        return gast.List(elts=list(parts.values()), ctx=nodes.LOAD)
    changed = {key: parts[key] for key, part in given.parts if not nodes.same(parts[key], part.path)}
    if isinstance(given.type, Tuple):
        if not given.type.names:
            return nodes.tuple_(list(parts.values()))
        fields = {given.type.names[key]: value for key, value in changed.items()}
        return nodes.call(nodes.attribute(nodes.copy(given.path), "_replace"), **fields)
    assert isinstance(given.type, Object)
    return nodes.call(emission.bind(runtime.object_like, "object_like"), nodes.copy(given.path), **changed)
