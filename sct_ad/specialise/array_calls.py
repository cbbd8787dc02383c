"""NumPy's functions and an array's methods that write in place, call back, or have options: decided while inlining."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.rules import registry
from sct_ad.rules.typing import method_function
from sct_ad.specialise import array_methods, building, callbacks, calls, flat, mutators, outputs, ufunc_methods
from sct_ad.specialise.frames import State
from sct_ad.specialise.knowledge import Keywords
from sct_ad.specialise.symbols import Method, Runtime, Symbol
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


def function(
    state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords, node: Any
) -> Symbol | None:
    """A call of a function that is denoted by `called`; None where it is an ordinary call."""
    rule = registry.lookup(value)
    if rule is not None and not rule.of_library:
        return None
    args = [building.call(state, "ravel", flat.array_of(a)) if flat.is_flat(a) else a for a in args]
    if isinstance(value, np.ufunc):
        return outputs.ufunc(state, value, args, keywords, node)
    if isinstance(getattr(value, "__self__", None), np.ufunc):
        return ufunc_methods.call(state, called, value, args, keywords)
    if isinstance(value, np.vectorize):
        return callbacks.call_vectorized(state, value, args, keywords)
    if getattr(value, "__objclass__", None) is np.ndarray and args and isinstance(args[0], Runtime):
        return calls.invoke(state, None, Method(args[0], value.__name__), args[1:], keywords, node)  # type: ignore[arg-type]
    special = _special(value)
    found = None if special is None else special(state, args, keywords)
    return outputs.general(state, value, called, None, args, keywords) if found is None else found


def method(state: State, owner: Runtime, attr: str, args: list[Symbol], keywords: Keywords, node: Any) -> Symbol | None:
    """A method of an array or of a NumPy scalar; None where it is an ordinary call."""
    found = array_methods.call(state, owner, attr, args, keywords, node)
    if found is not None:
        return found
    unbound = getattr(np.ndarray, attr, None)
    special = _special(unbound)
    if special is not None:
        return special(state, [owner, *args], keywords)  # type: ignore[no-any-return]
    value = method_function(owner.type, attr)
    if value is None:
        return None
    if not isinstance(owner.atom, gast.Name):
        owner = state.temporary(owner.atom, owner.type)
    return outputs.general(state, value, nodes.attribute(nodes.copy(owner.atom), attr), owner, args, keywords)


def _special(value: Any) -> Any:
    try:
        return mutators.MUTATORS.get(value) or callbacks.CALLBACKS.get(value)
    except TypeError:  # not hashable
        return None
