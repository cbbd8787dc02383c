"""Derivatives of gradients along directions: forward mode over the gradient, as often as there are directions.

The gradient of a scalar function is differentiated in forward mode, in the same compilation and over the same core.
What comes out is differentiated again for the next direction. So Hessian-vector products and higher derivatives need
no reverse mode over reverse mode.
"""

from __future__ import annotations

from dataclasses import replace

from sct_ad.derive.emission import Emission
from sct_ad.derive.emitted_units import known_as_units
from sct_ad.derive.gradient import Derived, derive_gradient
from sct_ad.derive.requests import DirectionalRequest, TangentRequest
from sct_ad.derive.rule_tangents import with_moving_rules
from sct_ad.derive.tangent import derive_tangent
from sct_ad.derive.tangent_primitive import CompileHelper
from sct_ad.derive.three_address import three_address
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block


def derive_directional(flat: Specialised, request: DirectionalRequest, helpers: CompileHelper) -> Derived:
    """`f_hvp(x, y, dx)`: the derivative of the gradient along `dx`; further directions follow."""
    derived = derive_gradient(flat, request.gradient)
    name, written = f"{flat.function.name}_hvp", set(flat.written)
    for order, moved in enumerate(request.moved, start=1):
        known_as_units(derived.units, _in_core)
        flat = _as_flat(flat, derived)
        emitted = name if order == len(request.moved) else ""
        wanted = TangentRequest(
            moved, request.gradient.has_aux, request.gradient.name, True, emitted, again=True, customs=()
        )
        derived = derive_tangent(flat, wanted, helpers)
    flat.written |= written
    return derived


def _as_flat(flat: Specialised, derived: Derived) -> Specialised:
    """A derived function in the form of what is differentiated."""
    body = derived.function.body[len(derived.head) :]
    signature = [arg.id for arg in derived.function.args.args]
    if derived.seed:
        body = nodes.substitute(body, {derived.seed: nodes.constant(1.0)})
        signature.remove(derived.seed)
    function = nodes.copy(derived.function)
    function.body = _in_core(flat, body)
    parameters = dict(flat.parameters)
    parameters.update({name: name for name in signature if name not in parameters.values()})
    return replace(flat, function=function, parameters=parameters, signature=signature, written=set())


def _in_core(flat: Specialised, body: Block) -> Block:
    return three_address(with_moving_rules(body, flat.namespace), Emission(flat))
