"""core + facts + rules -> the value of a function and its cotangents, from one of a result of any structure, at once.

`f_pullback(..., bz) -> (z, (bx, ...))` runs both sweeps: nothing is recorded between calls, as `pullback.py` does.
"""

from __future__ import annotations

import gast

from sct_ad.derive.gradient import Derived, kept_values, parts_of_arguments, split_result
from sct_ad.derive.pullback import swept
from sct_ad.derive.requests import Request, SeededRequest
from sct_ad.derive.seeds import start_from_seeds
from sct_ad.derive.sweeps import function_of
from sct_ad.derive.units import Pairs
from sct_ad.specialise.entry import Specialised, named_result
from sct_ad.syntax import nodes


def derive_seeded(flat: Specialised, request: SeededRequest) -> Derived:
    """The function that takes the cotangent of the result besides the arguments.

    Raises ArgumentError where the result cannot be used, NoRuleError or UnsupportedError at the user's line.
    """
    result, _ = split_result(named_result(flat), request.has_aux, request.name)
    pairs = Pairs()
    sweeps, seeds, pair, grads, closing = swept(flat, request.argnums, result, pairs)
    kept, values = kept_values(sweeps, Request((), False, with_value=True, holomorphic=True), result, None)
    forward, reverse = sweeps.blocks(pair, [*grads, *values], [*kept, *closing])
    reverse = start_from_seeds(reverse, sweeps.acc, sweeps.has_sensitive_layout)
    returned = nodes.tuple_([*values, nodes.tuple_(grads)])
    body = [*forward, *kept, *seeds.unpacked, *reverse, *closing, gast.Return(value=returned)]
    function = function_of(f"{flat.function.name}_pullback", [*flat.signature, seeds.seed], body)
    facts = sweeps.facts(body)
    head = parts_of_arguments(flat)
    function.body = [*head, *body]
    units = pairs.derive_all()
    return Derived(function, facts, sweeps.assembler.loop_names, units, pairs, (), head, seeds.seed, slot=seeds.slot)
