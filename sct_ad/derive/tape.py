"""The one tape in place of the single values that a forward function records for its reverse function."""

from __future__ import annotations

from collections.abc import Sequence

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.derive.sweeps import function_of
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block

_COPIES = ("copy", "copy_structure", "detached")


def name_as_recorded(
    function: gast.FunctionDef, needed: list[str], forward: gast.FunctionDef, seeds: Sequence[str], facts: Facts
) -> tuple[gast.FunctionDef, list[str]]:
    """The reverse function with the forward function's names for what is recorded, and these names."""
    recorded = forward.body[-1].value.elts[1].elts
    supply = Names({*seeds, function.name} | (nodes.names_in(function.body) - facts.temporaries - set(needed)))
    mapping: dict[str, str] = {}
    for name, expr in zip(needed, recorded, strict=True):
        mapping[name] = supply.fresh(_name_of(expr) or name)
    own = nodes.names_in(function.body) - set(needed)
    everything = Names(own | set(mapping.values()) | supply.taken)
    moved = {name: everything.fresh(name) for name in sorted(own & set(mapping.values()))}
    for old, new in moved.items():
        facts.temporaries.add(new)
        if old in facts.types:
            facts.types[new] = facts.types[old]
    body = nodes.substitute(function.body, {**mapping, **moved})
    return function_of(function.name, [*mapping.values(), *seeds], body), list(mapping.values())


def _name_of(expr: nodes.Expr) -> str:
    """The variable that is recorded, itself or as a copy."""
    if isinstance(expr, gast.Call) and len(expr.args) == 1 and (nodes.dotted(expr.func) or ("",))[-1] in _COPIES:
        expr = expr.args[0]
    return expr.id if isinstance(expr, gast.Name) else ""


def pack_tape(function: gast.FunctionDef, names: list[str], seeds: Sequence[str]) -> gast.FunctionDef:
    """The reverse function with one parameter for the whole tape, which it takes apart first."""
    tape = Names(nodes.names_in(function.body) | {*seeds, *names}).fresh("tape")
    head: Block = []
    if len(names) == 1:
        head = [nodes.assign(names[0], nodes.subscript(nodes.name(tape), nodes.constant(0)))]
    elif names:
        parts = gast.Tuple(elts=[nodes.target(name) for name in names], ctx=gast.Store())
        head = [gast.Assign(targets=[parts], value=nodes.name(tape), type_comment=None)]
    return function_of(function.name, [tape, *seeds], [*head, *function.body])
