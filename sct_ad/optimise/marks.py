"""Functions that mark values for the differentiator are gone from what is run: `y = stop_gradient(x)` is `y = x`."""

from __future__ import annotations

from collections import Counter

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.analysis.units import Foreign
from sct_ad.rules.custom import with_cotangent
from sct_ad.rules.marks import MARKS
from sct_ad.runtime.containers import copy_structure
from sct_ad.runtime.custom import holding
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Array, Scalar, Unknown


def marks(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Leave out the marks; an array that is written afterwards, or kept, is copied, as the functions do.

    `y = stop_gradient(x)` -> `y = x`, or `y = x.copy()`.
    """
    marked = [stmt for stmt in nodes.statements(fn.body) if _mark(stmt, facts) is not None]
    if not marked:
        return fn
    fn = nodes.copy(fn)
    marked = [stmt for stmt in nodes.statements(fn.body) if _mark(stmt, facts) is not None]
    written, returned = _written(fn, facts)
    for stmt in marked:
        name, value = stmt.targets[0].id, stmt.value.args[0]
        is_free = _mark(stmt, facts) is holding or isinstance(facts.type_of(value), Scalar)
        own = {facts.memory.get(name)} - {None}
        classes = own | {facts.memory.get(n) for n in nodes.names_in(value)} - {None}
        if is_free or not (isinstance(value, gast.Name) and (classes & written or own & returned)):
            stmt.value = value
            _unite(facts, name, value)
            _unname(fn, name, value, facts)
        elif isinstance(facts.types.get(name), Array):
            stmt.value = nodes.call(nodes.attribute(value, "copy"))
        elif _mark(stmt, facts) is with_cotangent:
            stmt.value = nodes.call(nodes.name(_copier(facts)), value) if _copier(facts) else stmt.value
    return fn


def _mark(stmt: Stmt, facts: Facts) -> object:
    """The function of `name = mark(x, ...)`; None for any other statement."""
    value = getattr(stmt, "value", None)
    if not isinstance(stmt, gast.Assign) or not isinstance(value, gast.Call):
        return None
    function = facts.resolve(value.func)
    return function if any(function is mark for mark in MARKS) else None


def _copier(facts: Facts) -> str:
    return "copy_structure" if facts.resolve(nodes.name("copy_structure")) is copy_structure else ""


def _unname(fn: gast.FunctionDef, name: str, value: object, facts: Facts) -> None:
    """Let the name be one that the tidying passes may do without, where the other one means the same throughout."""
    counts = Counter(n for stmt in nodes.statements(fn.body) for n in nodes.defines(stmt))
    parameters = {a.id for a in fn.args.args}
    if isinstance(value, gast.Name) and counts[name] == 1 and counts[value.id] + (value.id in parameters) == 1:
        facts.temporaries.add(name)


def _written(fn: gast.FunctionDef, facts: Facts) -> tuple[set[str | None], set[str | None]]:
    """The classes of memory that are written in place or given to code that may keep it, and those returned."""
    found: set[str | None] = set()
    returned: set[str | None] = set()

    def note(expr: object) -> None:
        found.update(facts.memory.get(n) for n in nodes.names_in(expr))

    for stmt in nodes.statements(fn.body):
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        if isinstance(target, (gast.Subscript, gast.Attribute)):
            if _may_be_array(target.value, facts):
                note(target.value)
            elif nodes.names_in(target.value) & facts.outside or isinstance(target, gast.Attribute):
                note(stmt.value)
        elif isinstance(stmt, gast.AugAssign):
            note(target)
        elif isinstance(stmt, gast.Return):
            returned.update(facts.memory.get(n) for n in nodes.names_in(stmt.value))
        for expr in nodes.expressions(stmt):
            for node in nodes.walk(expr):
                if isinstance(node, gast.Call):
                    note(_changed_by(node, facts))
    return found - {None}, returned - {None}


def _unite(facts: Facts, name: str, value: object) -> None:
    """From here on both names are for one object."""
    if isinstance(value, gast.Name) and name in facts.memory and value.id in facts.memory:
        one, other = facts.memory[value.id], facts.memory[name]
        for variable, found in facts.memory.items():
            if found == other:
                facts.memory[variable] = one


def _changed_by(call: gast.Call, facts: Facts) -> list[Expr]:
    """What a call may write as an array, or keep where others reach it."""
    function, effects = facts.resolve(call.func), facts.call_effects(call)
    owner = [call.func.value] if isinstance(call.func, gast.Attribute) else []
    args = [*owner, *call.args, *(k.value for k in call.keywords)]
    if any(k.arg == "out" for k in call.keywords) or nodes.names_in(owner) & facts.outside:
        return args
    if effects.mutates:
        return [arg for arg in args if _may_be_array(arg, facts)] if not _is_list_method(function) else []
    return args if not effects.pure and function is not print and not isinstance(function, Foreign) else []


def _is_list_method(function: object) -> bool:
    return getattr(function, "__objclass__", None) in (list, dict)


def _may_be_array(expr: Expr, facts: Facts) -> bool:
    return isinstance(facts.type_of(expr), (Array, Unknown))
