"""core + rules -> the value of a function and the linear map of tangents there, as a pair of functions.

The function with its tangents, as forward mode writes it, is taken apart: what depends on tangents is the linear
function, and all the rest the primal one. `f_primal(x) -> (result, tape)` runs once; `f_linear(tape, dx)` repeats
neither the operations nor the decisions of the primal, whose results are on the tape.
"""

from __future__ import annotations

import gast

from sct_ad.derive.forward import Forward
from sct_ad.derive.halves import Halves, Known
from sct_ad.derive.outside import Outside
from sct_ad.derive.pullback import DerivedPair
from sct_ad.derive.requests import LinearRequest, TangentRequest
from sct_ad.derive.returned import with_written_parts
from sct_ad.derive.splitting import Splitting
from sct_ad.derive.sweeps import function_of
from sct_ad.derive.tangent import derive_units, tangent_sweep
from sct_ad.derive.tangent_primitive import CompileHelper
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes


def derive_linear(flat: Specialised, request: LinearRequest, helpers: CompileHelper) -> DerivedPair:
    """The pair of functions of a specialised function: its value, and the linear map of tangents.

    Raises NoRuleError or UnsupportedError at the user's line.
    """
    names = flat.namespace.names
    own = names.fresh(f"{flat.function.name}_primal"), names.fresh(f"{flat.function.name}_linear")
    flat.namespace.locals |= set(own)
    wanted = TangentRequest(request.parameters, request.has_aux, request.name)
    sweep = tangent_sweep(flat, wanted, helpers, _Walker)
    forward = sweep.forward
    value, tangent, *aux = sweep.body[-1].value.elts
    written = forward.memory.has_identity
    returned = [with_written_parts(flat, forward, expr, written, nodes.name) for expr in (value, *aux)]
    of_tangents = [stmt for stmt in sweep.head if nodes.names_in(stmt) & set(sweep.names)]
    block = [*of_tangents, *sweep.body[:-1], gast.Return(value=tangent)]
    linear_names = {*sweep.names, *forward.names.values()}
    primal, linear = Splitting(forward, block, linear_names, returned).run()
    outside = Outside(forward)
    linear = outside.replace(linear)
    copied = set(filter(written, flat.parameters.values()))
    known = Known(forward, forward.memory, forward.order_sensitive, copied)
    halves = Halves(known, primal, outside.reads, linear, returned, set(), request.copy)
    taped = halves.taped(*sweep.names)
    function = function_of(own[1], [*taped, *sweep.names], halves.back)
    facts = forward.facts([*primal, *outside.reads, *halves.back])
    units = derive_units(sweep.units, helpers)
    return DerivedPair(function, facts, facts, None, own, tuple(sweep.names), taped, halves, {}, units)


class _Walker(Forward):
    """Forward mode in which the value of a recursive function is computed without tangents."""

    def _recursive(self, variable: str, value: gast.Call, stmt: gast.Assign) -> None:
        pair = self.recursive_pair(value)
        if pair is None:
            self.define_after_zero(stmt)
        else:
            self.define_before(stmt, nodes.subscript(pair, nodes.constant(1)))
