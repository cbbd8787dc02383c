"""checkpoint: the call of a marked function, inlined as a block that the reverse sweep computes again."""

from __future__ import annotations

from collections.abc import Callable

import gast

from sct_ad.runtime.checkpointing import MARK, recomputed
from sct_ad.specialise import calls, library
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Partial, Runtime, Sequence, Symbol
from sct_ad.syntax import nodes

setattr(library.checkpointed_call, MARK, True)


def marked(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol:
    """What `checkpoint(f)` gives: a function that calls f in such a block."""
    called = calls.symbol_of(state, library.checkpointed_call, "checkpointed_call")
    return Partial(called, (*args, *keywords.values()), {})


def region(state: State, run: Callable[[], Symbol]) -> Symbol:
    """Run what inlines a call, in a block of its own."""
    origin, outer = state.origin, state.out
    state.out = []
    try:
        found = _settle(state, run())
    except BaseException:
        body, state.out = state.out, outer
        outer += body
        raise
    body, state.out = state.out, outer
    context = nodes.call(state.namespace.denote(recomputed, "recomputed"))
    new = gast.With(items=[gast.withitem(context_expr=context, optional_vars=None)], body=body, type_comment=None)
    new.swallows = False
    if body:
        state.emit(nodes.with_origin(new, origin))
    return found


def _settle(state: State, symbol: Symbol) -> Symbol:
    """The result under names: it is read outside of the block."""
    if isinstance(symbol, Sequence) and not symbol.homes:
        return Sequence(tuple(_settle(state, item) for item in symbol.items), symbol.is_list)
    if isinstance(symbol, Runtime) and not isinstance(symbol.atom, (gast.Name, gast.Constant)):
        return state.temporary(symbol.atom, symbol.type)
    return symbol
