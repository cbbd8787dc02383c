"""Forward mode through calls of the user's functions that stay calls.

Some bring a tangent of their own, `pushforward`. The others are called by a derivative that is differentiated again:
the `fwd` and `bwd` of a custom_vjp, for example, which then are functions like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Foreign
from sct_ad.derive.operation import check_atoms
from sct_ad.errors import UnsupportedError
from sct_ad.rules.custom import custom_vjp, shown_name
from sct_ad.rules.effects import Effects
from sct_ad.runtime.custom import agreeing
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import UNKNOWN, Opaque

if TYPE_CHECKING:
    from sct_ad.derive.forward import Forward
    from sct_ad.derive.tangent_primitive import CompileHelper


def has_pushforward(call: gast.Call, typer: Typer) -> bool:
    """Whether a call is one of a function that brings its own tangent."""
    function = typer.resolve(call.func)
    return isinstance(function, Foreign) and _pushforward(function) is not None


def _pushforward(function: Foreign) -> Callable[..., Any] | None:
    """The tangent of a function with a derivative of its own, or of a part of such a derivative."""
    of_whole = getattr(function.derivative, "pushforward", None)
    return getattr(function.function, "pushforward", None) if of_whole is None else of_whole


def apply(forward: Forward, stmt: gast.Assign) -> None:
    """`z = f(x, n)` is followed by `dz = f_tangent(z, x, n, dx, None)`."""
    variable, call = stmt.targets[0].id, stmt.value
    part = _pushforward(forward.typer.resolve(call.func))
    check_atoms(call.args, forward.typer, forward.active)
    result = forward.fresh(variable) if variable in nodes.names_in(call) else variable
    forward.typer.types[result] = forward.typer.types[variable]
    forward.keep(stmt if result == variable else nodes.assign(result, call, nodes.origin_of(stmt)))
    tangents = [forward.tangent_of(e) if forward.is_active(e) else nodes.constant(None) for e in call.args]
    pushforward = Foreign(part, forward.typer.types[forward.tangent(variable)], Effects(pure=False))
    bound = forward.bind(pushforward, identifier(shown_name(part)))
    forward.define_tangent(variable, nodes.call(bound, nodes.name(result), *nodes.copy(call.args), *tangents))
    if result != variable:
        forward.keep(nodes.assign(variable, nodes.name(result), nodes.origin_of(stmt)))


def through(forward: Forward, helper: CompileHelper | None, stmt: gast.Assign) -> bool:
    """The tangent of a call in a derivative that is differentiated again; False where there is no such thing.

    A custom_vjp is followed through its `fwd`, as reverse mode would, but within that as the plain function that it
    calls, whose tangent must agree with `bwd`.
    """
    foreign, args, customs = forward.typer.resolve(stmt.value.func), stmt.value.args, forward.units.customs
    custom = foreign.derivative
    opaque = any(isinstance(forward.typer.type_of(e), Opaque) for e in args)
    if customs is None or helper is None or opaque or hasattr(type(foreign.function), "result_type"):
        return False
    within = any(custom is other for other in customs)
    if isinstance(custom, custom_vjp) and custom.fwd is not None:
        function = custom.function if within else custom.fwd
    elif within:
        raise UnsupportedError(
            f"the rule of {custom.shown_name}, which calls {custom.shown_name} with tangents",
            forward.origin,
            "write out what it is of a tangent",
        )
    else:
        function = foreign.function if custom is None else custom
    kinds = {f"x{k}": forward.typer.type_of(e) for k, e in enumerate(args)}
    active = tuple(name for name, e in zip(kinds, args, strict=True) if forward.is_active(e))
    made, guards = helper(function, kinds, active, customs if custom is None else (*customs, custom))
    for guard in guards:
        forward.namespace.guard(guard)
    variable = stmt.targets[0].id
    effects = Effects(view_of=tuple(range(len(args) + len(active))), pure=foreign.effects.pure)
    called = forward.bind(Foreign(made, UNKNOWN, effects), made.__name__)
    changes = [forward.tangent_of(e) for e in args if forward.is_active(e)]
    call = nodes.call(called, *map(nodes.copy, args), *changes)
    forward.take_pair(variable, call, isinstance(custom, custom_vjp) and not within)
    if isinstance(custom, custom_vjp) and within:
        _compare(forward, custom, variable, args)
    return True


def _compare(forward: Forward, custom: custom_vjp, variable: str, args: list[Expr]) -> None:
    """`dz = agreeing(dz, f_fwd, f_bwd, (n,), (x, n), (dx, None))`."""
    fwd, bwd = (
        forward.bind(Foreign(f, UNKNOWN, Effects(pure=False)), identifier(shown_name(f)))
        for f in (custom.fwd, custom.bwd)
    )
    nondiff = custom.nondiff(len(args))
    changes = [forward.tangent_of(e) if forward.is_active(e) else nodes.constant(None) for e in args]
    name = nodes.name(forward.tangent(variable))
    positions = nodes.tuple_(map(nodes.constant, nondiff))
    same = forward.bind(agreeing, "agreeing")
    call = nodes.call(same, name, fwd, bwd, positions, nodes.tuple_(map(nodes.copy, args)), nodes.tuple_(changes))
    forward.emit(nodes.assign(name.id, call))
