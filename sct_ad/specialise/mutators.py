"""Functions and methods that write into an array they are given: each becomes index stores.

In NumPy's documentation they are np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, and
ndarray.fill, sort, partition and put.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.runtime.indexing import flat_index
from sct_ad.specialise import building, knowledge, outputs
from sct_ad.specialise.frames import State, refused
from sct_ad.specialise.knowledge import WHOLE, Keywords, is_number, known, rank, same_shape
from sct_ad.specialise.symbols import NONE, Runtime, Sequence, Symbol, display, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Array

_ARRAY = "a variable that is known to be an array of known rank"


def bound(
    state: State, name: str, parameters: str, args: list[Symbol], keywords: Keywords, defaults: Keywords | None = None
) -> list[Symbol]:
    """The arguments of a call in the order of the parameters; NONE for those that are not given."""
    names = parameters.split()
    if len(args) > len(names) or not set(keywords) <= set(names):
        raise state.refuse(f"{name} with these arguments", f"its parameters are {', '.join(names)}")
    given = {**dict(zip(names, args)), **keywords}
    return [given.get(n, (defaults or {}).get(n, NONE)) for n in names]


def target(state: State, name: str, symbol: Symbol, need_rank: bool = True) -> Runtime:
    """The array that is written into."""
    if not isinstance(symbol, Runtime) or not isinstance(symbol.type, Array):
        raise state.refuse(f"{name} of something that may not be an array", f"give {_ARRAY}")
    if need_rank and symbol.type.ndim is None:
        raise state.refuse(f"{name} of an array of unknown rank", f"give {_ARRAY}")
    found = building.named(state, symbol)
    return found


def fill(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`x.fill(v)`."""
    array, value = bound(state, "fill", "array value", args, keywords)
    building.store(state, target(state, "fill", array, False), WHOLE, value)
    return NONE


def sort(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`x.sort(axis)` -> `x[...] = np.sort(x, axis)`."""
    return _rearranged(state, "sort", args, keywords)


def partition(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`x.partition(k)` -> `x[...] = np.partition(x, k)`."""
    return _rearranged(state, "partition", args, keywords)


def _rearranged(state: State, name: str, args: list[Symbol], keywords: Keywords) -> Symbol:
    array = target(state, name, args[0], False)
    value = building.call(state, name, array, *args[1:], **keywords)
    building.store(state, array, WHOLE, value)
    return NONE


def copyto(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`np.copyto(dst, src, where=m)` -> `dst[m] = src[m]`."""
    dst, src, casting, where = bound(state, "np.copyto", "dst src casting where", args, keywords)
    array = target(state, "np.copyto", dst, False)
    value = building.as_array(state, src)
    rule = "same_kind" if casting is NONE else known(casting)
    outputs.checked(state, "copyto", value, array, str(rule))
    if where is NONE or known(where) is True:
        building.store(state, array, WHOLE, value)
    else:
        outputs.masked_store(state, array, value, where)
    return NONE


def cycled(state: State, values: Symbol, count: Runtime, size: Symbol | None = None) -> Runtime:
    """Values, flattened and repeated up to `count` of them; a number is as good as many.

    `size` is an array of one dimension that has so many entries, if there is one.
    """
    array = building.as_array(state, values)
    if is_number(array):
        return array
    flat = array if rank(array) == 1 else building.call(state, "ravel", array)
    if size is not None and same_shape(flat, size):
        return flat
    if knowledge.dims(flat) == (1,):
        return flat
    positions = building.call(state, "arange", count)
    length = building.named(state, building.attribute(state, flat, "size"))
    return building.item(state, flat, display(building.binary(state, positions, gast.Mod(), length)))


def put(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`np.put(a, indices, values, mode)`: indices count in the flattened array, values are repeated."""
    a, ind, v, mode = bound(state, "np.put", "a ind v mode", args, _renamed(keywords, indices="ind", values="v"))
    array = target(state, "np.put", a)
    if isinstance(ind, Sequence) and not ind.items:
        return NONE
    given = building.as_array(state, ind)
    if not is_number(given) and rank(given) != 1:
        given = building.call(state, "ravel", given)
    mode = literal("raise") if mode is NONE else mode
    count = building.named(state, building.attribute(state, given, "size")) if not is_number(given) else _ONE
    value = cycled(state, v, count, given)
    if is_number(given) and not is_number(value):
        value = building.item(state, value, nodes.constant(0))
    if rank(array) == 1 and known(mode) == "raise":
        where: Expr = display(given)
    else:
        place = building.call(state, flat_index, given, building.shape(state, array), *_unless_raise(mode))
        where = display(place)
    building.store(state, array, where, value)
    return NONE


_ONE = literal(1)


def _unless_raise(mode: Symbol) -> list[Symbol]:
    return [] if known(mode) == "raise" else [mode]


def _renamed(keywords: Keywords, **names: str) -> Keywords:
    """Keywords under the names of the function, where the method has others."""
    return {names.get(key, key): value for key, value in keywords.items()}


def place(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`np.place(arr, mask, vals)`: the first of the values, repeated, where the mask holds."""
    arr, mask, values = bound(state, "np.place", "arr mask vals", args, keywords)
    array = target(state, "np.place", arr)
    where = _mask(state, mask, array)
    count = building.call(state, "count_nonzero", where)
    building.store(state, array, display(where), cycled(state, values, count))
    return NONE


def _mask(state: State, mask: Symbol, array: Runtime) -> Runtime:
    """A mask of as many entries as an array, in its shape."""
    found = building.as_array(state, mask)
    if not knowledge.is_boolean(found):
        found = building.call(state, "not_equal", found, literal(0))
    if same_shape(found, array):
        return found
    return building.call(state, "reshape", found, building.shape(state, array))


def putmask(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`np.putmask(a, mask, values)`: the entries of the values at the places where the mask holds."""
    a, mask, values = bound(state, "np.putmask", "a mask values", args, keywords)
    array = target(state, "np.putmask", a)
    where = _mask(state, mask, array)
    value = building.as_array(state, values)
    if not is_number(value) and not same_shape(value, array):
        size = building.named(state, building.attribute(state, array, "size"))
        value = cycled(state, value, size, array)
        if knowledge.dims(value) != (1,):
            value = building.call(state, "reshape", value, building.shape(state, array))
    if not is_number(value) and knowledge.dims(value) != (1,):
        value = building.item(state, value, display(where))
    building.store(state, array, display(where), value)
    return NONE


def fill_diagonal(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`np.fill_diagonal(a, val, wrap)`: a store at `a[k, k]`, or at every (columns + 1)-th entry."""
    a, val, wrap = bound(state, "np.fill_diagonal", "a val wrap", args, keywords)
    array = target(state, "np.fill_diagonal", a)
    ndim = rank(array)
    if ndim is None or ndim < 2:
        raise state.refuse("np.fill_diagonal of an array of fewer than two dimensions", "give it a matrix")
    if wrap is not NONE and known(wrap) is not False:
        if known(wrap) is not True or ndim != 2:
            raise state.refuse("np.fill_diagonal with wrap= that is not known", "write wrap=True")
        size = building.named(state, building.attribute(state, array, "size"))
        columns = building.item(state, building.shape(state, array), nodes.constant(1))
        step = building.binary(state, columns, gast.Add(), _ONE)
        flat = building.call(state, "arange", literal(0), size, step)
        pair = [building.binary(state, flat, op, columns) for op in (gast.FloorDiv(), gast.Mod())]
        where = nodes.tuple_([display(part) for part in pair])
    else:
        sizes = building.shape(state, array)
        least = building.call(state, min, sizes) if ndim == 2 else building.item(state, sizes, nodes.constant(0))
        flat = building.call(state, "arange", least)
        where = nodes.tuple_([display(flat)] * ndim)
    count = building.named(state, building.attribute(state, flat, "size"))
    building.store(state, array, where, cycled(state, val, count, flat))
    return NONE


def put_along_axis(state: State, args: list[Symbol], keywords: Keywords) -> Symbol:
    """`np.put_along_axis(arr, indices, values, axis)` -> a store at the indices and, before and behind, all others."""
    arr, indices, values, axis = bound(state, "np.put_along_axis", "arr indices values axis", args, keywords)
    array, given = target(state, "np.put_along_axis", arr), building.as_array(state, indices)
    ndim, number = rank(array), known(axis)
    if number is None and axis is NONE and "axis" not in keywords and len(args) < 4:
        number = -1
    if number is None:
        place = building.call(state, flat_index, given, building.shape(state, array))
        building.store(state, array, display(place), values)
        return NONE
    if type(number) is not int or ndim is None or not -ndim <= number < ndim or rank(given) != ndim:
        raise state.refuse("np.put_along_axis with an axis or a rank that is not known", "write the axis as a number")
    number %= ndim
    sizes, parts = building.shape(state, array), []
    for k in range(ndim):
        if k == number:
            parts.append(display(given))
            continue
        line = building.call(state, "arange", building.item(state, sizes, nodes.constant(k)))
        spread = [nodes.constant(None)] * ndim
        spread[k] = nodes.whole()
        parts.append(display(line if ndim == 1 else building.item(state, line, nodes.tuple_(spread))))
    building.store(state, array, nodes.tuple_(parts) if ndim > 1 else parts[0], values)
    return NONE


def nan_to_num(state: State, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    """`np.nan_to_num(x, copy=False)` -> `x[...] = np.nan_to_num(x)`."""
    copy = args[1] if len(args) > 1 else keywords.get("copy")
    if copy is None:
        return None
    others = {k: v for k, v in keywords.items() if k not in ("copy", "x")}
    for name, value in zip(("nan", "posinf", "neginf"), args[2:]):
        others[name] = value
    given = args[0] if args else keywords["x"]
    if known(copy) is not True and known(copy) is not False:
        raise state.refuse("np.nan_to_num with copy= that is not known", "write copy=True")
    result = building.call(state, "nan_to_num", given, **others)
    if known(copy) is True or not knowledge.is_array(given):
        return result
    array = target(state, "np.nan_to_num", given, False)
    building.store(state, array, WHOLE, result)
    return array


_BYTES = "give the array its values with an index store, x[...] = v"
MUTATORS: dict[Any, Callable[[State, list[Symbol], Keywords], Symbol | None]] = {
    np.copyto: copyto,
    np.put: put,
    np.ndarray.put: put,
    np.place: place,
    np.putmask: putmask,
    np.fill_diagonal: fill_diagonal,
    np.put_along_axis: put_along_axis,
    np.nan_to_num: nan_to_num,
    np.ndarray.fill: fill,
    np.ndarray.sort: sort,
    np.ndarray.partition: partition,
    np.ndarray.resize: refused("ndarray.resize, which changes the shape in place", "write x = np.resize(x, shape)"),
    np.ndarray.setfield: refused("ndarray.setfield, which writes bytes", _BYTES),
    np.ndarray.byteswap: refused("ndarray.byteswap, which changes bytes", "convert the array where it is read"),
    np.ndarray.getfield: refused("ndarray.getfield, which reads bytes", "convert the array: x.astype(...)"),
}
