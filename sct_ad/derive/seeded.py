"""core + facts + rules -> the value of a function and its cotangents, from one of a result of any structure, at once.

`f_pullback(..., bz) -> (z, (bx, ...))` runs both sweeps: nothing is recorded between calls, as `pullback.py` does.
"""

from __future__ import annotations

import gast

from sct_ad.derive.gradient import Derived, Results, inputs_of, kept_values, parts_of_arguments, split_result
from sct_ad.derive.requests import Request, SeededRequest
from sct_ad.derive.returned import variables_behind
from sct_ad.derive.seeds import Seeds, start_from_seeds
from sct_ad.derive.sweeps import Sweeps, function_of
from sct_ad.derive.units import Pairs
from sct_ad.specialise.entry import Specialised, named_result
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


def derive_seeded(flat: Specialised, request: SeededRequest) -> Derived:
    """The function that takes the cotangent of the result besides the arguments.

    Raises ArgumentError where the result cannot be used, NoRuleError or UnsupportedError at the user's line.
    """
    result, _ = split_result(named_result(flat), request.has_aux, request.name)
    pairs = Pairs()
    inputs = {variable for item in request.argnums if item is not None for variable in inputs_of(flat, item)}
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
    grads: list[Expr] = [nodes.constant(None) if item is None else results.of_argnum(item) for item in request.argnums]
    closing = acc.out
    kept, values = kept_values(sweeps, Request((), False, with_value=True, holomorphic=True), result, None)
    forward, reverse = sweeps.blocks(pair, [*grads, *values], [*kept, *closing])
    reverse = start_from_seeds(reverse, acc, sweeps.has_sensitive_layout)
    returned = nodes.tuple_([*values, nodes.tuple_(grads)])
    body = [*forward, *kept, *seeds.unpacked, *reverse, *closing, gast.Return(value=returned)]
    function = function_of(f"{flat.function.name}_pullback", [*flat.signature, seed], body)
    facts = sweeps.facts(body)
    head = parts_of_arguments(flat)
    function.body = [*head, *body]
    units = pairs.derive_all()
    return Derived(function, facts, sweeps.assembler.loop_names, units, pairs, (), head, seed, slot=seeds.slot)
