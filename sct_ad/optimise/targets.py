"""Targets of reversed loops take the name of the user's loop where nothing else is in the way."""

from __future__ import annotations

import gast

from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block


def share_targets(fn: gast.FunctionDef, loops: dict[str, str]) -> gast.FunctionDef:
    """`for i in r: ...; for i1 in reversed(r): ...` -> both loops use `i`, if `i` is read in loops of that name only.

    `loops` maps the target of each reversed loop to the user's.
    """
    fn = nodes.copy(fn)
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
    return fn


def _confinement(block: Block, inside: frozenset[str], confined: dict[str, bool]) -> None:
    """Whether each loop target is read only within loops that assign it."""
    for stmt in block:
        for name in nodes.reads(stmt):
            if name in confined and name not in inside:
                confined[name] = False
            elif name not in confined and name not in inside:
                confined[name] = False
        if isinstance(stmt, gast.For) and isinstance(stmt.target, gast.Name):
            confined.setdefault(stmt.target.id, True)
            _confinement(stmt.body, inside | {stmt.target.id}, confined)
        else:
            for inner in nodes.blocks(stmt):
                _confinement(inner, inside, confined)
