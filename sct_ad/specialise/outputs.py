"""`out=` and `where=`: the call without them, and a store of its result."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.effects import out_position
from sct_ad.specialise import building, calls, expressions, knowledge
from sct_ad.specialise.frames import State
from sct_ad.specialise.knowledge import WHOLE, Keywords, dtype_of, is_array, is_number, known
from sct_ad.specialise.symbols import NONE, Runtime, Sequence, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Array

_BROADCASTS = (np.clip, np.round, np.around, getattr(np, "round_", np.round), np.fix)
"""Functions that are no ufuncs, but fill an output of any shape that the result broadcasts to."""
_COMPUTE_IN_OUTPUT: tuple[Any, ...] = (
    np.sum, np.prod, np.cumsum, np.cumprod, np.mean, np.var, np.std, np.nansum, np.nanprod,
    np.add.reduce, np.multiply.reduce, np.add.accumulate, np.multiply.accumulate,
)  # fmt: skip
"""Functions whose `dtype` is by default that of `out`."""
_LAYOUT = ("order", "subok")
"""Options that say how the result lies in memory, or of what class it is."""


def ufunc(state: State, function: np.ufunc, args: list[Symbol], keywords: Keywords, node: Any) -> Symbol | None:
    """A call of a ufunc with options; None where it is an ordinary call."""
    out = _outputs(state, function, args, keywords)
    where = keywords.get("where")
    if where is not None and known(where) is True:
        where = None
    if out is None and len(args) <= function.nin and not {*_LAYOUT, "casting", "where", "out"} & keywords.keys():
        return None
    options = {k: v for k, v in keywords.items() if k not in (*_LAYOUT, "casting", "where", "out")}
    casting = _casting(state, function, keywords)
    given = list(args[: function.nin])
    called = state.namespace.denote(function, function.__name__)
    called = building.numpy(state, function.__name__) if getattr(np, function.__name__, 0) is function else called
    if where is not None:
        if out is None:
            raise state.refuse(
                f"np.{function.__name__} with where= and without out=, whose other entries are not initialised",
                "give out=: out=np.zeros(x.shape)",
            )
        return _chosen(state, function, given, options, out, where, casting)
    result = calls.primitive(state, called, given, options, node)
    if out is None:
        return result
    value = state.temporary(result.atom, result.type)
    if function.nout == 1:
        assert out[0] is not None
        return write(state, function.__name__, value, out[0], casting, broadcasts=function.signature is None)
    parts = [building.item(state, value, nodes.constant(k)) for k in range(function.nout)]
    return Sequence(
        tuple(part if o is None else write(state, function.__name__, part, o, casting) for part, o in zip(parts, out))
    )


def _outputs(
    state: State, function: np.ufunc, args: list[Symbol], keywords: Keywords
) -> tuple[Symbol | None, ...] | None:
    """The array for each result, None for a result that gets a new one; None if there are none at all."""
    found: list[Symbol] = list(args[function.nin :])
    if "out" in keywords:
        out = keywords["out"]
        is_tuple = isinstance(out, Sequence) and not out.is_list
        found = calls.items_of(state, out) if function.nout > 1 or is_tuple else [out]
        if known(out) is None:
            found = []
    outs = tuple(None if expressions.static_value(o) is None else o for o in found)
    if len(outs) > function.nout:
        raise state.refuse(f"np.{function.__name__} with {len(outs)} outputs", f"it has {function.nout}")
    outs += (None,) * (function.nout - len(outs))
    return outs if any(o is not None for o in outs) else None


def _casting(state: State, function: np.ufunc, keywords: Keywords) -> str:
    casting = known(keywords.get("casting"), "same_kind")
    if casting not in ("same_kind", "unsafe") or (casting == "unsafe" and "dtype" in keywords):
        what = f"np.{function.__name__} with casting={casting!r}" + (" and dtype=" if "dtype" in keywords else "")
        raise state.refuse(what, "convert the arguments: x.astype(...)")
    return str(casting)


def write(
    state: State,
    name: str,
    value: Runtime,
    out: Symbol,
    casting: str = "same_kind",
    broadcasts: bool = True,
) -> Runtime:
    """`out[...] = value`, and `out` itself as the result of the call."""
    target = checked(state, name, value, out, casting, broadcasts)
    building.store(state, target, WHOLE, value)
    return target


def checked(
    state: State, name: str, value: Runtime, out: Symbol, casting: str = "same_kind", broadcasts: bool = True
) -> Runtime:
    """An output in a variable, having a shape and a dtype that can hold the value as far as both are known."""
    if isinstance(out, Sequence) and len(out.items) == 1:
        out = out.items[0]
    if not isinstance(out, Runtime) or not isinstance(out.type, Array):
        raise state.refuse("out= with anything but an array", "assign the result with an index store, y[...] = f(x)")
    target = building.named(state, out)
    _check_dtype(state, name, value, target, casting)
    ours, theirs = knowledge.dims(value), knowledge.dims(target)
    if ours is None or theirs is None:
        return target
    aligned = list(zip(reversed(ours), reversed(theirs)))
    fits = len(ours) <= len(theirs) if broadcasts else len(ours) == len(theirs)
    if not fits or any(knowledge.surely_differ(a, b) and not (broadcasts and a == 1) for a, b in aligned):
        raise state.refuse(f"np.{name} with an output of another shape than the result", "give it one of that shape")
    return target


def _check_dtype(state: State, name: str, value: Symbol, target: Runtime, casting: str) -> None:
    given, wanted = dtype_of(value), dtype_of(target)
    if given and wanted and not np.can_cast(given, wanted, casting):  # type: ignore[arg-type]
        what = f"cannot cast the result of np.{name} from {given} to the dtype {wanted} of its output"
        raise state.refuse(what, f"give it an output of dtype {given}")


def _chosen(
    state: State,
    function: np.ufunc,
    args: list[Symbol],
    options: Keywords,
    out: tuple[Symbol | None, ...],
    where: Symbol,
    casting: str,
) -> Symbol:
    """`f(x, out=z, where=m)` -> `z[m] = f(x[m])`: nothing is computed of the other entries."""
    name = function.__name__
    if function.signature is not None:
        raise state.refuse(f"np.{name} with where=", "choose the entries with np.where")
    if None in out:
        raise state.refuse(f"np.{name} with where= and one output only", "give an array for each result")
    outs = [building.named(state, o) for o in out if o is not None]
    for o in outs:
        if not is_array(o):
            raise state.refuse("out= with anything but an array", "give it an array")
    mask = spread(state, building.as_array(state, where), outs[0])
    picked: list[Symbol] = [_picked(state, building.as_array(state, a), outs[0], mask) for a in args]
    result = calls.primitive(state, building.denoted(state, function), picked, options, None)
    value = state.temporary(result.atom, result.type)
    parts = [value]
    if function.nout > 1:
        parts = [building.item(state, value, nodes.constant(k)) for k in range(function.nout)]
    for part, target in zip(parts, outs, strict=True):
        _check_dtype(state, name, part, target, casting)
        building.store(state, target, display(mask), part)
    return outs[0] if function.nout == 1 else Sequence(tuple(outs))


def spread(state: State, value: Runtime, like: Runtime) -> Runtime:
    """A value broadcast to the shape of an array."""
    if knowledge.fills(knowledge.dims(value), knowledge.dims(like)):
        return value
    if not is_number(value):  # what is written later must not show in a view
        value = building.method(state, value, "copy")
    return building.call(state, np.broadcast_to, value, building.shape(state, like))


def _picked(state: State, value: Runtime, like: Runtime, mask: Runtime) -> Runtime:
    """The entries of an argument that a mask chooses; a number is the same for all of them."""
    if is_number(value):
        return value
    return building.item(state, spread(state, value, like), display(mask))


def masked_store(state: State, target: Runtime, value: Symbol, where: Symbol) -> None:
    """`target[where] = value[where]`, both broadcast to the target."""
    mask = spread(state, building.as_array(state, where), target)
    building.store(state, target, display(mask), _picked(state, building.as_array(state, value), target, mask))


def general(
    state: State, function: Any, called: nodes.Expr, owner: Symbol | None, args: list[Symbol], keywords: Keywords
) -> Symbol | None:
    """A call with `out` of what is no ufunc, or a method of `owner`; None where there is no `out`.

    `called` is how the user denotes it.
    """
    own = [] if owner is None else [owner]
    position = out_position(function, len(own) + len(args))
    args, keywords = list(args), dict(keywords)
    out = keywords.pop("out", None)
    if out is None and position is not None:
        position -= len(own)
        if known(args[position]) is None:
            return None
        if position + 1 < len(args):
            what = f"np.{function.__name__} with positional arguments behind out"
            raise state.refuse(what, "give them by keyword")
        out = args.pop(position)
    if out is None:
        return None
    if known(out) is None:
        return calls.primitive(state, called, args, keywords, None)
    target = out.items[0] if isinstance(out, Sequence) and len(out.items) == 1 else out
    wanted, given = dtype_of(target), dtype_of([*own, *args][0])
    if function in _COMPUTE_IN_OUTPUT and given and wanted and given != wanted:
        if known(keywords.get("dtype"), None) is None and known([*own, *args, NONE, NONE][2]) is None:
            dtype = building.numpy(state, wanted)
            keywords["dtype"] = Runtime(state.typer.type_of(dtype), dtype)
            args = args[: 2 - len(own)]
    result = calls.primitive(state, called, args, keywords, None)
    value = state.temporary(result.atom, result.type)
    if function is np.dot and wanted and dtype_of(value) not in ("", wanted):
        raise state.refuse("np.dot with an output of another dtype than the result", "give it one of that dtype")
    return write(state, function.__name__, value, target, broadcasts=function in _BROADCASTS)
