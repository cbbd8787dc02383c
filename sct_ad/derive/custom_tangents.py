"""Forward mode through calls of functions that bring a tangent of their own, `pushforward`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Foreign
from sct_ad.derive.operation import check_atoms
from sct_ad.rules.custom import shown_name
from sct_ad.rules.effects import Effects
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier

if TYPE_CHECKING:
    from sct_ad.derive.forward import Forward


def has_pushforward(call: gast.Call, typer: Typer) -> bool:
    """Whether a call is one of a function that brings its own tangent."""
    function = typer.resolve(call.func)
    return isinstance(function, Foreign) and getattr(function.derivative, "pushforward", None) is not None


def apply(forward: Forward, stmt: gast.Assign) -> None:
    """`z = f(x, n)` is followed by `dz = f_tangent(z, x, n, dx, None)`."""
    variable, call = stmt.targets[0].id, stmt.value
    custom = forward.typer.resolve(call.func).derivative
    check_atoms(call.args, forward.typer, forward.active)
    result = forward.fresh(variable) if variable in nodes.names_in(call) else variable
    forward.typer.types[result] = forward.typer.types[variable]
    forward.keep(stmt if result == variable else nodes.assign(result, call, nodes.origin_of(stmt)))
    tangents = [forward.tangent_of(e) if forward.is_active(e) else nodes.constant(None) for e in call.args]
    pushforward = Foreign(custom.pushforward, forward.typer.types[forward.tangent(variable)], Effects(pure=False))
    name = shown_name(custom.pushforward)
    bound = forward.bind(pushforward, identifier(name))
    forward.define_tangent(variable, nodes.call(bound, nodes.name(result), *nodes.copy(call.args), *tangents))
    if result != variable:
        forward.keep(nodes.assign(variable, nodes.name(result), nodes.origin_of(stmt)))
