"""Methods of ufuncs: reduce, accumulate, reduceat, outer and at."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.rules import registry
from sct_ad.specialise import array_library, building, calls, knowledge, outputs
from sct_ad.specialise.frames import State
from sct_ad.specialise.knowledge import WHOLE, Keywords, is_number, known, rank
from sct_ad.specialise.mutators import bound, target
from sct_ad.specialise.symbols import NONE, Runtime, Sequence, Symbol, display, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Constant, Tuple

_REDUCTIONS: dict[np.ufunc, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
"""Ufuncs whose reduction is a function that has more rules."""


def call(state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    """A call of a method of a ufunc; None where it is an ordinary call."""
    found = _METHODS[value.__name__](state, called, value, args, keywords) if value.__name__ in _METHODS else None
    return outputs.general(state, value, called, None, args, keywords) if found is None else found


def _constant(state: State, function: Any) -> Runtime:
    return Runtime(Constant(function), building.denoted(state, function))


def _name(value: Any) -> str:
    return f"np.{value.__self__.__name__}.{value.__name__}"


def _has_rule(value: Any) -> bool:
    return registry.lookup(value) is not None


def _with_out(state: State, value: Any, result: Symbol, out: Symbol) -> Symbol:
    """The result, stored into the output if there is one."""
    if known(out) is None:
        return result
    return outputs.write(state, value.__name__, building.named(state, result), out, broadcasts=False)


def _reduce(state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    function = value.__self__
    names = "array axis dtype out keepdims initial where"
    given = bound(state, _name(value), names, args, {**keywords}, {"axis": literal(0)})
    array, axis, dtype, out, keepdims, initial, where = given
    if where is not NONE and known(where) is True:
        where = NONE
    if function in _REDUCTIONS and (initial is not NONE or where is not NONE):
        options = {"dtype": dtype, "out": out, "keepdims": keepdims, "initial": initial, "where": where}
        kept = {k: v for k, v in options.items() if v is not NONE}
        denoted = _constant(state, _REDUCTIONS[function])
        return calls.invoke(state, None, denoted, [array, axis], kept, None)  # type: ignore[arg-type]
    if _has_rule(value) and initial is NONE and where is NONE:
        return None
    _refuse_unsure(state, value)
    if where is not NONE:
        raise state.refuse(f"{_name(value)} with where=", "choose the entries first: x[mask]")
    if dtype is not NONE:
        raise state.refuse(f"{_name(value)} with dtype=", "convert the array first: x.astype(...)")
    rows, axes = _rows(state, value, building.as_array(state, array), axis)
    name = _constant(state, function)
    if initial is NONE:
        result = calls.from_library(state, array_library.fold, name, rows)
    else:
        result = calls.from_library(state, array_library.fold_from, name, rows, initial)
    result = building.named(state, result)
    if knowledge.is_array(result):  # of one row, the fold is a view of it
        result = building.method(state, result, "copy")
    if keepdims is not NONE and known(keepdims) is not False:
        places: list[Symbol] = [literal(k) for k in axes]
        result = building.call(state, "expand_dims", result, Sequence(tuple(places)))
    return _with_out(state, value, result, out)


def _rows(state: State, value: Any, array: Runtime, axis: Symbol) -> tuple[Runtime, tuple[int, ...]]:
    """An array with the axes that are reduced in front and made one; and these axes."""
    ndim, numbers = rank(array), known(axis)
    if ndim is None or (numbers is not None and not _are_ints(numbers)):
        raise state.refuse(f"{_name(value)} with a rank or an axis that is not known", "write a loop over the axis")
    if ndim == 0:
        raise state.refuse(f"{_name(value)} of a number", "give it an array")
    whole = numbers is None
    axes = tuple(range(ndim)) if whole else tuple(numbers) if isinstance(numbers, tuple) else (numbers,)
    if any(not -ndim <= k < ndim for k in axes):
        raise state.refuse(f"{_name(value)} along an axis that the array does not have", "count the axes from 0")
    axes = tuple(sorted(k % ndim for k in axes))
    if len(axes) > 1 and value.__self__ in _IN_ORDER:
        raise state.refuse(f"{_name(value)} along more than one axis", "its result depends on the order")
    if len(axes) > 1:
        front = tuple(range(len(axes)))
        if axes != front:
            array = building.call(state, "moveaxis", array, _numbers(axes), _numbers(front))
        sizes = building.shape(state, array)
        others = [building.item(state, sizes, nodes.constant(k)) for k in range(len(axes), ndim)]
        array = building.call(state, "reshape", array, Sequence((literal(-1), *others)))
    elif axes != (0,):
        array = building.call(state, "moveaxis", array, literal(axes[0]), literal(0))
    return array, axes


_IN_ORDER = (np.subtract, np.divide, np.power, np.float_power, np.arctan2, np.floor_divide, np.remainder, np.fmod)
"""Ufuncs that NumPy refuses to reduce along several axes."""


def _refuse_unsure(state: State, value: Any) -> None:
    """Some loops of NumPy's take other operands, when they reduce, on processors with vectors of 512 bits."""
    if value.__self__ in (np.power, np.arctan2):
        raise state.refuse(f"{_name(value)}, whose result depends on the processor", "write functools.reduce")


def _are_ints(numbers: Any) -> bool:
    parts = numbers if isinstance(numbers, tuple) else (numbers,)
    return all(type(k) is int for k in parts)


def _numbers(values: tuple[int, ...]) -> Sequence:
    return Sequence(tuple(map(literal, values)))


def _moved_back(state: State, result: Symbol, axis: int) -> Runtime:
    found = building.named(state, result)
    return found if axis == 0 else building.call(state, "moveaxis", found, literal(0), literal(axis))


def _accumulate(state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    if _has_rule(value):
        return None
    _refuse_unsure(state, value)
    first: Keywords = {"axis": literal(0)}
    array, axis, dtype, out = bound(state, _name(value), "array axis dtype out", args, keywords, first)
    if dtype is not NONE:
        raise state.refuse(f"{_name(value)} with dtype=", "convert the array first: x.astype(...)")
    rows, axes = _rows(state, value, building.as_array(state, array), axis)
    result = calls.from_library(state, array_library.folds, _constant(state, value.__self__), rows)
    return _with_out(state, value, _moved_back(state, result, axes[0]), out)


def _reduceat(state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    if _has_rule(value):
        return None
    first: Keywords = {"axis": literal(0)}
    array, indices, axis, dtype, out = bound(state, _name(value), "array indices axis dtype out", args, keywords, first)
    if dtype is not NONE:
        raise state.refuse(f"{_name(value)} with dtype=", "convert the array first: x.astype(...)")
    rows, axes = _rows(state, value, building.as_array(state, array), axis)
    places = building.as_array(state, indices)
    result = calls.from_library(state, array_library.reduceat, _constant(state, value.__self__), rows, places)
    return _with_out(state, value, _moved_back(state, result, axes[0]), out)


def _outer(state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    if _has_rule(value) and not keywords:
        return None
    if len(args) != 2:
        raise state.refuse(f"{_name(value)} with positional arguments behind the operands", "give them by keyword")
    left, right = (building.as_array(state, a) for a in args)
    behind = rank(right)
    if behind is None:
        raise state.refuse(f"{_name(value)} of an array of unknown rank", "write x[:, None] * y")
    if behind and not is_number(left):
        parts = [WHOLE, *[nodes.constant(None)] * behind]
        if rank(left) == 1:
            parts[0] = nodes.whole()
        left = building.item(state, left, nodes.tuple_(parts))
    function = _constant(state, value.__self__)
    return calls.invoke(state, None, function, [left, right], keywords, None)  # type: ignore[arg-type]


def _at(state: State, called: Expr, value: Any, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    function = value.__self__
    if keywords or len(args) != 1 + function.nin or function.nout != 1:
        raise state.refuse(f"{_name(value)} with these arguments", f"give it {1 + function.nin} positional arguments")
    array = target(state, _name(value), args[0])
    if function in (np.add, np.subtract):
        where = _as_index(state, args[1])
        shown: list[Symbol] = [array, where, building.as_array(state, args[2])]
        made = calls.primitive(state, called, shown, {}, None)
        state.emit(gast.Expr(value=made.atom))
        return NONE
    values = [building.as_array(state, v) for v in args[2:]]
    index = _as_index(state, args[1])
    if _never_repeats(index):
        there = building.item(state, array, display(index))
        result = calls.primitive(state, building.denoted(state, function), [there, *values], {}, None)
        building.store(state, array, display(index), state.temporary(result.atom, result.type))
        return NONE
    name = _constant(state, function)
    if isinstance(index, Sequence) and all(knowledge.is_array(i) and rank(i) == 1 for i in index.items):
        spread = [v if is_number(v) else _one_each(state, v, array, index) for v in values]
        library = array_library.update_parts_at_with if values else array_library.update_parts_at
        calls.from_library(state, library, name, array, index, *spread)
        return NONE
    if not isinstance(index, Runtime) or not knowledge.is_array(index) or rank(index) is None:
        raise state.refuse(
            f"{_name(value)} with an index of several parts", "write a loop over the places: x[i, j] = ..."
        )
    if rank(index) != 1:
        values = [_in_one_line(state, v, array, index) for v in values]
        index = building.call(state, "ravel", index)
    elif values and not is_number(values[0]):
        values = [_one_each(state, values[0], array, index)]
    library = array_library.update_at_with if values else array_library.update_at
    calls.from_library(state, library, name, array, index, *values)
    return NONE


def _as_index(state: State, symbol: Symbol) -> Symbol:
    """An index as an array, or a tuple of indices."""
    if isinstance(symbol, Sequence) and not symbol.is_list:
        return Sequence(tuple(_as_index(state, item) for item in symbol.items))
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Tuple):
        return symbol
    return building.as_array(state, symbol)


def _never_repeats(index: Symbol) -> bool:
    """Whether an index surely picks no element twice: a number, a slice, a mask, or a tuple with one of these only."""
    if isinstance(index, Sequence):
        return all(map(_never_repeats, index.items))
    if knowledge.is_array(index):
        return knowledge.is_boolean(index)
    return isinstance(index, Runtime) and not isinstance(index.type, Tuple)


def _one_each(state: State, values: Runtime, array: Runtime, index: Symbol) -> Runtime:
    """Values broadcast to what the index picks, so that each index has its own."""
    there = building.item(state, array, display(index))
    return outputs.spread(state, values, there)


def _in_one_line(state: State, values: Runtime, array: Runtime, index: Runtime) -> Runtime:
    """The same for an index of another rank than 1, in one line."""
    if is_number(values):
        return values
    spread = _one_each(state, values, array, index)
    sizes = building.shape(state, array)
    others = [building.item(state, sizes, nodes.constant(k)) for k in range(1, rank(array) or 1)]
    return building.call(state, "reshape", spread, Sequence((literal(-1), *others)))


_METHODS = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
    "at": _at,
}
