"""core + facts + rules -> the derivative of a function with any result, as a pair that may be taken apart in time.

`f_forward(...) -> (result, tape)` runs once. `f_reverse(tape, bz)` gives the cotangents of the arguments, as often as
it is called: whatever it writes in place, the lists that it pops and the arrays that it steps back, it copies first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gast

from sct_ad import cotangents
from sct_ad.analysis.facts import Facts
from sct_ad.derive.batching import batched_where_possible
from sct_ad.derive.gradient import Derived, Results, inputs_of, split_result
from sct_ad.derive.halves import Halves, known_of, tapes_of
from sct_ad.derive.outside import Outside
from sct_ad.derive.pairs import Pair
from sct_ad.derive.requests import PullbackRequest
from sct_ad.derive.returned import variables_behind, with_written_parts
from sct_ad.derive.seeds import Seeds, start_from_seeds
from sct_ad.derive.sweeps import Sweeps, function_of
from sct_ad.derive.tangent_units import TangentUnit
from sct_ad.derive.together import pays
from sct_ad.derive.units import Pairs, UnitPair
from sct_ad.specialise.entry import Specialised, named_result
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import kind


class Swept(NamedTuple):
    """Both sweeps, before they are assembled."""

    sweeps: Sweeps
    seeds: Seeds
    pair: Pair
    grads: list[Expr]
    """The cotangents of the arguments; None for one that is not asked for."""
    closing: Block
    """What makes them, after the reverse sweep."""


@dataclass
class DerivedPair:
    """The two emitted functions before they are tidied, and the facts about their variables.

    The reverse function takes what is on the tape as parameters of its own until it is known which of it is read.
    """

    reverse: gast.FunctionDef
    facts: Facts
    """Those of the forward function."""
    reverse_facts: Facts
    slot: cotangents.Slot | None
    """What a cotangent has to look like."""
    names: tuple[str, str]
    seeds: tuple[str, ...]
    """What the second function is given beside the tape."""
    taped: list[str]
    halves: Halves
    loop_names: dict[str, str]
    units: Sequence[UnitPair | TangentUnit] = field(default_factory=list)
    pairs: Pairs = field(default_factory=Pairs)
    batched: bool = False
    """Whether cotangents have an axis of directions in front."""

    def forward(self, needed: list[str]) -> gast.FunctionDef:
        """The forward function, which records what is `needed`."""
        return self.halves.forward(self.names[0], needed)


def swept(flat: Specialised, argnums: tuple[Any, ...], result: Expr, pairs: Pairs) -> Swept:
    """Both sweeps from a result of any structure to the arguments that are asked for."""
    inputs = {variable for item in argnums if item is not None for variable in inputs_of(flat, item)}
    sweeps = Sweeps(flat, inputs, nodes.tuple_([result, *map(nodes.name, variables_behind(flat, result))]), pairs)
    written = sweeps.memory.has_identity
    flat.written = {n for n in flat.roots() if flat.is_changed(n) or any(map(written, flat.variables(n)))}
    acc = sweeps.acc
    named = isinstance(result, gast.Name) and result.id not in flat.temporaries
    seed = acc.fresh("b" + (result.id if named else flat.function.name))
    seeds = Seeds(sweeps, result, seed)
    pair = sweeps.pair(seeds.found)
    acc.out, acc.origin = [], None
    results = Results(sweeps)
    grads = [nodes.constant(None) if item is None else results.of_argnum(item) for item in argnums]
    return Swept(sweeps, seeds, pair, grads, acc.out)


def derive_pullback(flat: Specialised, request: PullbackRequest) -> DerivedPair:
    """The pair of functions for the pullback of a specialised function.

    Raises ArgumentError where the result cannot be used, NoRuleError or UnsupportedError at the user's line.
    """
    result, aux = split_result(named_result(flat), request.has_aux, request.name)
    names = flat.namespace.names
    own = names.fresh(f"{flat.function.name}_forward"), names.fresh(f"{flat.function.name}_reverse")
    flat.namespace.locals |= set(own)
    pairs = Pairs(repeatable=True, copy=request.copy)
    sweeps, seeds, pair, grads, closing = swept(flat, request.argnums, result, pairs)
    acc, seed, written = sweeps.acc, seeds.seed, sweeps.memory.has_identity
    returned = [with_written_parts(flat, acc, expr, written, nodes.name) for expr in (result, aux) if expr is not None]
    forward, reverse = sweeps.blocks(pair, [*grads, *returned], closing)
    reverse = start_from_seeds(reverse, acc, sweeps.has_sensitive_layout)
    back: Block = [*seeds.unpacked, *reverse, *closing, gast.Return(value=nodes.tuple_(grads))]
    outside = Outside(sweeps.acc)
    back = outside.replace(back)
    halves = Halves(known_of(sweeps), forward, outside.reads, back, returned, tapes_of(pair), request.copy)
    taped = halves.taped(seed)
    back = [*halves.own_copies(taped), *halves.back]
    reverse_function = function_of(own[1], [*taped, seed], back)
    facts = sweeps.facts([*forward, *outside.reads, *back])
    loop_names = sweeps.assembler.loop_names
    units = pairs.derive_all()
    derived = Derived(reverse_function, facts, loop_names, units, pairs)
    if request.several and pays([sweeps.acc.typer.type_of(cotangent) for _, cotangent in seeds.found]):
        derived = _for_several(flat, derived, seed, [*forward, *outside.reads])
    return DerivedPair(
        derived.function,
        facts,
        derived.facts,
        seeds.slot,
        own,
        (seed,),
        taped,
        halves,
        loop_names,
        units,
        pairs,
        derived.batched,
    )


def _for_several(flat: Specialised, derived: Derived, seed: str, forward: Block) -> Derived:
    """The reverse function for several cotangents at once, where that is possible."""
    if any(kind(type_) == "complex" for type_ in flat.typer.types.values()):
        return derived  # a row may take two cotangents
    return batched_where_possible(flat, derived, [seed], None, nodes.names_in(forward))
