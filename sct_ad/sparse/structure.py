"""Rules for the functions of NumPy that move numbers, and that sum and scan and multiply along axes."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Sets = np.ndarray[Any, Any]


class Call(NamedTuple):
    """A call, with the dependences of its arguments by position or name."""

    function: Any
    result: Any
    args: tuple[Any, ...]
    named: dict[str, Any]
    given: dict[Any, Any]

    def argument(self, name: str, position: int, default: Any = None) -> Any:
        """An argument that was given by name or position."""
        if name in self.named:
            return self.named[name]
        return self.args[position] if position < len(self.args) else default

    def only_first(self) -> Any:
        """The dependence of the first argument; None if others have one, too."""
        return self.given[0] if set(self.given) == {0} else None


Rule = Callable[[Call], Any]
RULES: dict[Any, Rule] = {}
"""Function -> its rule, which returns None where it cannot say more than that everything depends on everything."""


def _for(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for functions of NumPy, as far as this NumPy has them."""

    def register(rule: Rule) -> Rule:
        for name in names:
            owner: Any = np
            for part in name.split("."):
                owner = getattr(owner, part, None)
            if owner is not None:
                RULES[owner] = rule
        return rule

    return register


def _sets(dependence: Any) -> Sets:
    """An array of sets for one that may be a list of arrays."""
    if isinstance(dependence, np.ndarray):
        return dependence
    return np.stack([_sets(each) for each in dependence]) if dependence else np.zeros(0, dtype=object)


@_for(
    *"reshape ravel transpose swapaxes moveaxis rollaxis squeeze expand_dims broadcast_to atleast_1d".split(),
    *"atleast_2d atleast_3d flip flipud fliplr roll rot90 stack hstack vstack dstack column_stack concatenate".split(),
    *"append tile repeat take take_along_axis compress extract delete insert split array_split hsplit vsplit".split(),
    *"dsplit diag diagonal diagflat tril triu copy meshgrid broadcast_arrays resize block unstack permute_dims".split(),
    *"matrix_transpose concat fft.fftshift fft.ifftshift linalg.diagonal linalg.matrix_transpose".split(),
    *"ndarray.flatten ndarray.copy lib.stride_tricks.sliding_window_view".split(),
)
def moved(call: Call) -> Any:
    """Functions that move numbers, and do nothing else: the same is done to the sets."""
    args = [call.given.get(k, each) for k, each in enumerate(call.args)]
    named = {key: call.given.get(key, each) for key, each in call.named.items() if key not in ("dtype", "casting")}
    return call.function(*args, **named)


@_for("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite")
def gathered(call: Call) -> Any:
    """An array of what is given; a copy, unless the result is a view of the argument."""
    given = call.only_first()
    if given is None:
        return None
    if isinstance(call.args[0], np.ndarray) and np.may_share_memory(call.args[0], call.result):
        return given.reshape(call.result.shape) if given.ndim != call.result.ndim else given[...]
    return _sets(given).copy().reshape(call.result.shape)


@_for("ndarray.astype", "astype", "float64", "float32", "float16", "longdouble", "real_if_close")
def converted(call: Call) -> Any:
    """The same numbers in another type; what is no copy has been dealt with before."""
    given = call.only_first()
    return None if given is None else given.copy()


RULES[builtins.float] = converted


@_for("real")
def real_part(call: Call) -> Any:
    """The same memory, for real numbers."""
    given = call.only_first()
    return None if given is None else given[...]


@_for("pad")
def padded(call: Call) -> Any:
    """Numbers at the edges: constants or copies; statistics of the array are left to the general rule."""
    mode = call.argument("mode", 2, "constant")
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap") or 0 not in call.given:
        return None
    if "reflect_type" in call.named and call.named["reflect_type"] != "even":
        return None
    if mode == "constant":
        if len(call.given) > 1:
            return None
        return _plain(np.pad(call.given[0], call.argument("pad_width", 1)))
    return _plain(np.pad(call.given[0], call.argument("pad_width", 1), mode=mode))


def _plain(sets: Sets) -> Sets:
    """The same with Python's integers alone, where NumPy has put in zeros of its own."""
    return np.asarray(np.frompyfunc(int, 1, 1)(sets), dtype=object)


def _along(sets: Sets, axis: Any) -> Sets:
    """The unions along axes, which stay with size 1."""
    axes = range(sets.ndim) if axis is None else [axis] if isinstance(axis, (int, np.integer)) else axis
    for each in axes:
        sets = np.bitwise_or.reduce(sets, axis=int(each), keepdims=True, initial=0)
    return sets


@_for(
    *"sum mean prod max min amax amin ptp median var std nansum nanmean nanprod nanmax nanmin nanmedian".split(),
    *"nanvar nanstd linalg.norm linalg.vector_norm add.reduce multiply.reduce maximum.reduce minimum.reduce".split(),
)
def reduced(call: Call) -> Any:
    """Each entry depends on those along the axes."""
    given = call.only_first()
    if given is None:
        return None
    name = getattr(call.function, "__name__", "")
    if name == "reduce":
        axis = call.argument("axis", 1, 0)
    else:
        axis = call.argument("axis", 2 if name == "norm" else 1)
    found = _along(_sets(given), axis)
    return found.reshape(np.shape(call.result))


@_for("trapezoid", "trapz")
def integrated(call: Call) -> Any:
    """An integral along an axis."""
    given = call.only_first()
    return None if given is None else _along(_sets(given), call.argument("axis", 3, -1)).reshape(np.shape(call.result))


@_for("cumsum", "cumprod", "nancumsum", "nancumprod", "add.accumulate", "multiply.accumulate")
def accumulated(call: Call) -> Any:
    """Each entry depends on those before it."""
    given = call.only_first()
    if given is None:
        return None
    axis = call.argument("axis", 1, 0 if getattr(call.function, "__name__", "") == "accumulate" else None)
    sets = _sets(given)
    return np.bitwise_or.accumulate(sets.reshape(-1) if axis is None else sets, axis=0 if axis is None else int(axis))


@_for("sort", "partition", "cross", "linalg.cross")
def mixed(call: Call) -> Any:
    """Each entry depends on all along one axis; of products of vectors only those along the last."""
    if getattr(call.function, "__name__", "") == "cross":
        if len(call.args) != 2 or call.named or np.ndim(call.result) == 0:
            return None
        united = [_along(_sets(each), -1) for each in call.given.values()]
        found: Any = united[0]
        for each in united[1:]:
            found = np.bitwise_or(found, each)
        if any(np.shape(each)[-1] != 3 for each in call.args):
            return None
        return np.broadcast_to(found, np.shape(call.result)).copy()
    given = call.only_first()
    if given is None:
        return None
    position = 2 if getattr(call.function, "__name__", "") == "partition" else 1
    axis = call.argument("axis", position, -1)
    return np.broadcast_to(_along(_sets(given), axis), np.shape(call.result)).copy() if axis is not None else None


@_for("diff")
def differences(call: Call) -> Any:
    """Differences of neighbours, as often as asked for."""
    if not set(call.given) <= {0, "prepend", "append"} or len(call.args) > 3 or 0 not in call.given:
        return None
    axis = int(call.argument("axis", 2, -1))
    sets = np.moveaxis(_sets(call.given[0]), axis, -1)
    parts = [sets]
    for name in ("prepend", "append"):
        if name in call.named:
            other = call.given.get(name, np.zeros(np.shape(call.named[name]), dtype=object))
            other = np.moveaxis(other, axis, -1) if np.ndim(other) else np.broadcast_to(other, (*sets.shape[:-1], 1))
            parts = [other, *parts] if name == "prepend" else [*parts, other]
    sets = np.concatenate(parts, axis=-1)
    for _ in range(int(call.argument("n", 1, 1))):
        sets = np.bitwise_or(sets[..., 1:], sets[..., :-1])
    return np.moveaxis(sets, -1, axis).copy()


@_for("gradient")
def slopes(call: Call) -> Any:
    """Differences of the neighbours on either side; at the ends, of the nearest entries."""
    given = call.only_first()
    if given is None or isinstance(call.result, (tuple, list)):
        return None
    axis = call.named.get("axis", 0 if given.ndim == 1 else None)
    if not isinstance(axis, int) or given.shape[axis] < 2:
        return None
    sets = np.moveaxis(given, axis, -1)
    even = all(np.ndim(each) == 0 for each in call.args[1:])  # then the entry itself has no weight
    found = np.zeros_like(sets) if even else sets.copy()
    found[..., 1:] = np.bitwise_or(found[..., 1:], sets[..., :-1])
    found[..., :-1] = np.bitwise_or(found[..., :-1], sets[..., 1:])
    count = 2 if call.named.get("edge_order", 1) == 1 else 3
    for end in (slice(None, count), slice(-count, None)):
        place = 0 if end.start is None else -1
        found[..., place] = np.bitwise_or.reduce(sets[..., end], axis=-1)
    return np.moveaxis(found, -1, axis).copy()


@_for("convolve", "correlate")
def windows(call: Call) -> Any:
    """Sums over windows of one array, if the other one is fixed."""
    if len(call.given) != 1 or len(call.args) < 2 or not ({0, 1} & set(call.given)):
        return None
    place = next(iter(call.given))
    sets, fixed = _sets(call.given[place]), np.asarray(call.args[1 - place])
    convolves = getattr(call.function, "__name__", "") == "convolve"
    mode = call.argument("mode", 2, "full" if convolves else "valid")
    if mode not in ("full", "same", "valid"):
        return None
    long, short = max(sets.size, fixed.size), min(sets.size, fixed.size)
    kernel = (fixed != 0)[::-1] if not convolves else fixed != 0
    full = np.zeros(sets.size + fixed.size - 1, dtype=object)
    for k in np.flatnonzero(kernel):
        full[k : k + sets.size] = np.bitwise_or(full[k : k + sets.size], sets)
    if not convolves and place == 1:
        full = full[::-1]
    if mode == "full":
        return full.copy()
    if mode == "valid":
        return full[short - 1 : long].copy()
    if not convolves:
        return None
    start = (short - 1) // 2
    return full[start : start + long].copy()


@_for("outer", "linalg.outer", "multiply.outer", "add.outer", "subtract.outer")
def outer(call: Call) -> Any:
    """Each entry depends on one of each."""
    if len(call.args) != 2:
        return None
    left, right = (
        _sets(call.given[k]) if k in call.given else np.zeros(np.shape(call.args[k]), dtype=object) for k in (0, 1)
    )
    if getattr(call.function, "__qualname__", "") == "outer" or not isinstance(
        getattr(call.function, "__self__", None), np.ufunc
    ):
        left, right = left.reshape(-1), right.reshape(-1)
    return np.bitwise_or.outer(left, right)


@_for("trace", "linalg.trace")
def traced(call: Call) -> Any:
    """The sum of a diagonal."""
    given = call.only_first()
    if given is None or given.ndim != 2 or len(call.args) > 1 or call.named:
        return None
    return np.bitwise_or.reduce(np.diagonal(given), initial=0)
