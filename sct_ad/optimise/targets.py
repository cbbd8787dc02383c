"""Targets of reversed loops take the name of the user's loop where nothing else is in the way."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block


def targets(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Let a reversed loop count with the user's variable, if that is read in loops over it only.

    >>> from sct_ad.optimise.demonstrate import show
    >>> head = "def f(n, xs):\\n    for i in range(n):\\n        xs[i] = i\\n"
    >>> show(targets, head + "    for i1 in range(n):\\n        xs[i1] = 0", {"i1"}, loops={"i1": "i"})
    def f(n, xs):
        for i in range(n):
            xs[i] = i
        for i in range(n):
            xs[i] = 0
    """
    if not any(isinstance(stmt, gast.For) for stmt in nodes.statements(fn.body)):
        return fn
    fn, loops = nodes.copy(fn), facts.loop_names
    confined: dict[str, bool] = {}
    _confinement(fn.body, frozenset(), confined)
    mapping: dict[str, str] = {}
    wanted = set(loops.values())
    for stmt in nodes.statements(fn.body):
        for name in nodes.defines(stmt) if not isinstance(stmt, gast.For) else ():
            if name in wanted:
                confined[name] = False
    for parameter in fn.args.args:
        confined[parameter.id] = False
    for new, old in loops.items():
        if confined.get(new, False) and confined.get(old, True):
            mapping[new] = old
    return _renamed(fn, mapping)


def _renamed(fn: gast.FunctionDef, mapping: dict[str, str]) -> gast.FunctionDef:
    safe: dict[str, str] = {}

    def visit(block: Block, outer: frozenset[str]) -> None:
        for stmt in block:
            inside = outer
            if isinstance(stmt, gast.For) and isinstance(stmt.target, gast.Name):
                name = stmt.target.id
                new = mapping.get(name, name)
                if name in mapping and new in outer:
                    del mapping[name]
                inside = outer | {mapping.get(name, name)}
            for inner in nodes.blocks(stmt):
                visit(inner, inside)

    visit(fn.body, frozenset())
    safe.update(mapping)
    fn.body = nodes.substitute(fn.body, safe)
    for stmt in nodes.statements(fn.body):
        if isinstance(stmt, gast.For) and not nodes.names_in(stmt.target) & nodes.names_in(stmt.body):
            stmt.iter = _counted(stmt.iter)
        if isinstance(stmt, gast.For):
            stmt.iter = _spelled_out(stmt.iter)
    return fn


def _spelled_out(trips: nodes.Expr) -> nodes.Expr:
    """A segment `range(n)[i:i + 9]` -> `range(i, min(i + 9, n))`; the starts `range(0, len(range(n)), 9)` as well."""
    if isinstance(trips, gast.Call) and getattr(trips.func, "id", "") == "reversed" and len(trips.args) == 1:
        return nodes.call(trips.func, _spelled_out(trips.args[0]))
    whole = trips.value if isinstance(trips, gast.Subscript) else trips
    if isinstance(trips, gast.Call) and getattr(trips, "starts", False):
        count = trips.args[1]
        end = _range_end(count.args[0]) if isinstance(count, gast.Call) and len(count.args) == 1 else None
        return trips if end is None else nodes.call(trips.func, trips.args[0], end, trips.args[2])
    end = _range_end(whole)
    if not getattr(trips, "segment", False) or end is None or not isinstance(trips.slice, gast.Slice):
        return trips
    return nodes.call(whole.func, trips.slice.lower, nodes.call(trips.segment, trips.slice.upper, end))


def _range_end(expr: nodes.Expr) -> nodes.Expr | None:
    """`n` of `range(n)`."""
    if isinstance(expr, gast.Call) and getattr(expr.func, "id", "") == "range" and len(expr.args) == 1:
        return expr.args[0]
    return None


def _counted(trips: nodes.Expr) -> nodes.Expr:
    """`reversed(range(...)[:n])` -> `range(n)`, where the loop has no use for the numbers."""
    inner = trips.args[0] if isinstance(trips, gast.Call) and len(trips.args) == 1 else None
    if not isinstance(inner, gast.Subscript) or not isinstance(inner.slice, gast.Slice):
        return trips
    ranged = isinstance(inner.value, gast.Call) and getattr(inner.value.func, "id", "") == "range"
    is_head = inner.slice.lower is None and inner.slice.upper is not None
    if not ranged or getattr(trips.func, "id", "") != "reversed" or not is_head:
        return trips
    return nodes.call(inner.value.func, inner.slice.upper)


def _confinement(block: Block, inside: frozenset[str], confined: dict[str, bool]) -> None:
    """Whether each loop target is read only within loops that assign it."""
    for stmt in block:
        for name in nodes.reads(stmt):
            if name not in inside:
                confined[name] = False
        if isinstance(stmt, gast.For) and isinstance(stmt.target, gast.Name):
            confined.setdefault(stmt.target.id, True)
            _confinement(stmt.body, inside | {stmt.target.id}, confined)
        else:
            for inner in nodes.blocks(stmt):
                _confinement(inner, inside, confined)
