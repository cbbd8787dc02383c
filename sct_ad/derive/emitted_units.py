"""Functions that a derivative of recursive functions has emitted, as recursive functions that have a derivative.

Reverse mode makes a pair of each recursive function: `f_forward(x) -> (result, tape)`, `f_reverse(tape, bz) -> (bx,)`.
Both are recursive functions over ordinary values, a tape being a tuple, so that forward mode takes them like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import gast

from sct_ad.analysis.alias import analyse_memory
from sct_ad.analysis.units import Unit
from sct_ad.derive.tangent_units import TangentUnit
from sct_ad.derive.units import UnitPair
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import UNKNOWN, may_carry_derivative


def known_as_units(emitted: Sequence[UnitPair | TangentUnit], flatten: Callable[[Specialised, Block], Block]) -> None:
    """Let each emitted function be found under its name as a unit; `flatten` brings a body into core."""
    for group in emitted:
        flat = group.unit.flat
        tied = _written(flat, group) if isinstance(group, UnitPair) else None
        for function in group.functions:
            flat.namespace.objects[function.name] = _as_unit(flat, function, tied, flatten)


def _written(flat: Specialised, pair: UnitPair) -> frozenset[str]:
    """What is on the tape in memory that one of the two functions writes, such as shadows and tapes of loops."""
    memory = analyse_memory([stmt for function in pair.functions for stmt in function.body], flat.typer)
    taped = nodes.names_in(pair.functions[0].body[-1].value)
    return frozenset(v for v in taped if memory.has_identity(v) and may_carry_derivative(flat.typer.types[v]))


def _as_unit(
    flat: Specialised,
    function: gast.FunctionDef,
    tied: frozenset[str] | None,
    flatten: Callable[[Specialised, Block], Block],
) -> Unit:
    names = [arg.id for arg in function.args.args]
    types = flat.typer.types
    own = replace(
        flat,
        function=_with_body(function, flatten(flat, function.body)),
        parameters={name: name for name in names},
        parameter_types={name: types.get(name, UNKNOWN) for name in names},
        signature=names,
        written=set(),
    )
    result = flat.typer.type_of(function.body[-1].value)
    return Unit(function.name, names, None, result, own, is_complete=True, tied=tied)


def _with_body(function: gast.FunctionDef, body: Block) -> gast.FunctionDef:
    twin = gast.FunctionDef(**{field: getattr(function, field) for field in function._fields})
    twin.body = body
    return twin
