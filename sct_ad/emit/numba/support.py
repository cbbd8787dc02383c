"""What emitted text may call, for Numba: versions of builtins and of `sct_ad.runtime` that it compiles."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core.errors import NumbaTypeError
from numba.cpython.unsafe import tuple as unsafe_tuple
from numba.extending import overload, register_jitable
from numba.np.numpy_support import as_dtype
from numba.np.ufunc import parallel as threads

from sct_ad import runtime
from sct_ad.errors import ArgumentError
from sct_ad.runtime import items, sequences

IMPLEMENTED: set[Any] = set()
"""Functions that Numba knows from here."""


def implements(original: Any, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Like Numba's `overload`, which wants the annotations of both functions to be the same."""

    def register(choose: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(choose)
        def chosen(*args: Any, **kwargs: Any) -> Any:
            found = choose(*args, **kwargs)
            if found is not None:
                found.__annotations__ = {}
            return found

        choose.__annotations__ = chosen.__annotations__ = {}
        overload(original, **options)(chosen)
        IMPLEMENTED.add(original)
        return choose

    return register


tuple_setitem: Any = unsafe_tuple.tuple_setitem

REPLACED: dict[Any, Any] = {}
"""Builtins -> functions that stand for them in what is compiled here, and nowhere else."""


def backwards(items: Any) -> Any:
    """`reversed(items)`."""
    return reversed(items)


@implements(backwards)
def _backwards(items: Any) -> Any:
    if isinstance(items, types.RangeType):

        def of_range(items: Any) -> Any:
            last = items.start + (len(items) - 1) * items.step
            return range(last, items.start - items.step, -items.step)

        return of_range

    def of_items(items: Any) -> Any:
        return items[::-1]

    return of_items


@numba.njit
def _reversed(items: Any) -> Any:
    return backwards(items)


REPLACED[reversed] = _reversed


def as_text(value: Any) -> Any:
    """`str(value)`, for what Numba writes as Python does: it writes other values as the names of their types."""
    return str(value)


@implements(as_text)
def _as_text(value: Any) -> Any:
    if isinstance(value, types.UnicodeType | types.StringLiteral):
        return lambda value: value
    return _digits(value, "text")


def _digits(value: Any, what: str) -> Any:
    """The text of a whole number or a truth value."""
    if isinstance(value, types.Integer | types.Boolean):
        return lambda value: str(value)
    raise NumbaTypeError(f"the {what} of a value of type {value}")


@numba.njit
def _str(value: Any) -> Any:
    return as_text(value)


def _quoted(value: Any) -> Any:
    """`repr(value)` of a number."""
    return repr(value)


@implements(_quoted)
def _number_quoted(value: Any) -> Any:
    return _digits(value, "repr")


@numba.njit
def _repr(value: Any) -> Any:
    return _quoted(value)


REPLACED[str], REPLACED[repr] = _str, _repr


STAND_INS: dict[Any, Any] = {}
"""Functions of NumPy -> functions with the same meaning that take more kinds of arguments under Numba."""


def stand_in(value: Any) -> Any:
    """What is compiled instead of a library's function; None where that is it itself."""
    try:
        return STAND_INS.get(value)
    except TypeError:  # cannot be hashed
        return None


def stands_for(original: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a stand-in."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        STAND_INS[original] = function
        return function

    return register


@numba.njit
def longer(tape: Any, size: int) -> Any:
    """A tape with room for that many entries, and for twice as many as it had."""
    found = np.empty(max(2 * tape.size, size), tape.dtype)
    found[: tape.size] = tape
    return found


@stands_for(np.full_like)
def full_like(array: Any, value: Any) -> Any:
    """`np.full_like` of a number or of an array that broadcasts."""
    return np.full_like(array, value)


@implements(full_like)
def _full_like(array: Any, value: Any) -> Any:
    if isinstance(array, types.Array) and isinstance(value, types.Array):

        def of_array(array: Any, value: Any) -> Any:
            result = np.empty_like(array)
            result[:] = value
            return result

        return of_array
    return lambda array, value: np.full_like(array, value)


@stands_for(np.full)
def full(shape: Any, value: Any) -> Any:
    """`np.full` of a number or of an array that broadcasts."""
    return np.full(shape, value)


@implements(full)
def _full(shape: Any, value: Any) -> Any:
    if isinstance(value, types.Array):

        def of_array(shape: Any, value: Any) -> Any:
            result = np.empty(shape, value.dtype)
            result[:] = value
            return result

        return of_array
    return lambda shape, value: np.full(shape, value)


@stands_for(np.ndim)
def ndim(value: Any) -> int:
    """`np.ndim` of an array or a number."""
    return np.ndim(value)


@implements(ndim)
def _ndim(value: Any) -> Any:
    rank = _rank(value)
    return None if rank is None else lambda value: rank


@implements(items.item_cotangents)
def _item_cotangents(cotangent: Any, items: Any) -> Any:
    if isinstance(items, types.List) and isinstance(items.dtype, types.Float) and isinstance(cotangent, types.Array):
        if cotangent.ndim == 1:
            return lambda cotangent, items: [cotangent[k if len(cotangent) > 1 else 0] for k in range(len(items))]
    return None


@stands_for(np.add.at)
def add_at(array: Any, index: Any, values: Any) -> None:
    """`np.add.at(array, index, values)`."""
    np.add.at(array, index, values)


@implements(add_at)
def _add_at(array: Any, index: Any, values: Any) -> Any:
    each = isinstance(values, types.Array)
    if isinstance(index, types.Integer):

        def at_number(array: Any, index: Any, values: Any) -> None:
            array[index] += values

        return at_number
    if isinstance(index, (types.Array, types.List)) and isinstance(_item(index), types.Integer):
        if isinstance(index, types.Array) and index.ndim != 1:
            return None
        if each and values.ndim == array.ndim:

            def at_numbers(array: Any, index: Any, values: Any) -> None:
                for k in range(len(index)):
                    array[index[k]] += values[k if len(values) > 1 else 0]

            return at_numbers

        def at_numbers_alike(array: Any, index: Any, values: Any) -> None:
            for k in range(len(index)):
                array[index[k]] += values

        return at_numbers_alike
    if isinstance(index, types.UniTuple) and isinstance(index.dtype, types.Array) and index.dtype.ndim == 1:
        if len(index) != array.ndim or array.ndim != 2:
            return _add_at_numbered if array.layout == "C" else None
        if each:

            def at_pairs(array: Any, index: Any, values: Any) -> None:
                for k in range(max(len(index[0]), len(index[1]))):
                    i, j = index[0][k if len(index[0]) > 1 else 0], index[1][k if len(index[1]) > 1 else 0]
                    array[i, j] += values[k if len(values) > 1 else 0]

            return at_pairs

        def at_pairs_alike(array: Any, index: Any, values: Any) -> None:
            for k in range(max(len(index[0]), len(index[1]))):
                i, j = index[0][k if len(index[0]) > 1 else 0], index[1][k if len(index[1]) > 1 else 0]
                array[i, j] += values

        return at_pairs_alike
    if isinstance(index, types.BaseTuple) and isinstance(array, types.Array) and array.layout == "C":
        return _add_at_numbered if any(isinstance(part, types.Array) for part in _items(index)) else None
    return None


def _add_at_numbered(array: Any, index: Any, values: Any) -> None:
    """`np.add.at` of any index: which elements it names is seen by their numbers."""
    numbers = np.arange(array.size).reshape(array.shape)[index]
    given = np.broadcast_to(np.asarray(values), numbers.shape)
    flat = array.reshape(-1)
    for place in np.ndindex(numbers.shape):
        flat[numbers[place]] += given[place]


def _item(type_: Any) -> Any:
    return type_.dtype


def _rank(type_: Any) -> int | None:
    if isinstance(type_, types.Array):
        return int(type_.ndim)
    if isinstance(type_, types.Optional):
        return _rank(type_.type)
    return 0 if isinstance(type_, (types.Number, types.Boolean)) else None


def _is_inexact(type_: Any) -> bool:
    """Whether values of a type are real or complex numbers, or arrays of them."""
    return isinstance(type_.dtype if isinstance(type_, types.Array) else type_, (types.Float, types.Complex))


def _is_absent(type_: Any) -> bool:
    return type_ is None or isinstance(type_, (types.NoneType, types.Omitted))


def _rank_of_shape(type_: Any) -> int | None:
    """The rank of what a shape stands for, or of an array or number."""
    if isinstance(type_, types.UniTuple) and isinstance(type_.dtype, types.Integer):
        return len(type_)
    return _rank(type_)


def _shape(given: Any) -> Any:
    raise NotImplementedError


@implements(_shape)
def _shape_(given: Any) -> Any:
    return (lambda given: given) if isinstance(given, types.UniTuple) else (lambda given: given.shape)


@implements(runtime.unbroadcast)
def _unbroadcast(cotangent: Any, operand: Any, result: Any = None) -> Any:
    given, own = _rank(cotangent), _rank_of_shape(operand)
    have = given if _is_absent(result) else _rank_of_shape(result)
    if given is None or own is None or have is None:
        return None
    if have == 0:
        return lambda cotangent, operand, result=None: cotangent
    operand = operand.type if isinstance(operand, types.Optional) else operand
    if own == given == have and isinstance(cotangent, types.Array) and cotangent.layout == "C":
        return _unbroadcast_unless_alike(_is_absent(result))
    if own == 0 and isinstance(operand, (types.Number, types.Boolean)):
        if given == have and _is_absent(result):
            return lambda cotangent, operand, result=None: np.sum(cotangent)
        return lambda cotangent, operand, result=None: np.sum(np.broadcast_to(cotangent, _shape(result)))
    if _is_absent(result):

        def summed(cotangent: Any, operand: Any, result: Any = None) -> Any:
            return _summed(cotangent, _shape(operand))

        return summed

    def spread_and_summed(cotangent: Any, operand: Any, result: Any = None) -> Any:
        return _summed(np.broadcast_to(cotangent, _shape(result)), _shape(operand))

    return spread_and_summed


def _unbroadcast_unless_alike(alone: bool) -> Any:
    """`unbroadcast` where ranks are equal: mostly there is nothing to do."""
    if alone:

        def summed(cotangent: Any, operand: Any, result: Any = None) -> Any:
            if cotangent.shape == _shape(operand):
                return cotangent
            return _summed(cotangent, _shape(operand))

        return summed

    def spread_and_summed(cotangent: Any, operand: Any, result: Any = None) -> Any:
        if cotangent.shape == _shape(result) and cotangent.shape == _shape(operand):
            return cotangent
        return _summed(np.broadcast_to(cotangent, _shape(result)), _shape(operand))

    return spread_and_summed


@register_jitable
def _summed(cotangent: Any, shape: Any) -> Any:
    """Summed to a shape of the same or smaller rank."""
    total = np.zeros(shape, cotangent.dtype)
    extra = cotangent.ndim - len(shape)
    for index in np.ndindex(cotangent.shape):
        total[_place(index, shape, extra)] += cotangent[index]
    return total


def _place(index: Any, shape: Any, extra: Any) -> Any:
    raise NotImplementedError


@implements(_place)
def _place_(index: Any, shape: Any, extra: Any) -> Any:
    own = len(shape)

    def place(index: Any, shape: Any, extra: Any) -> Any:
        found = shape
        for k in range(own):
            found = tuple_setitem(found, k, 0 if shape[k] == 1 else index[k + extra])
        return found

    return place


@implements(runtime.spread_over)
def _spread_over(cotangent: Any, primal: Any) -> Any:
    if isinstance(primal.type if isinstance(primal, types.Optional) else primal, types.Array):
        return lambda cotangent, primal: np.broadcast_to(cotangent, primal.shape)
    return (lambda cotangent, primal: cotangent) if isinstance(primal, types.Number) else None


@implements(runtime.zeros_like)
@implements(runtime.zero_shadow)
def _zeros_like(value: Any) -> Any:
    if isinstance(value, types.Array):
        if isinstance(value.dtype, (types.Float, types.Complex)):
            return lambda value: np.zeros_like(value)
        return lambda value: np.zeros(value.shape)
    if isinstance(value, types.Complex):
        return lambda value: 0j
    if isinstance(value, (types.Number, types.Boolean)):
        return lambda value: 0.0
    if isinstance(value, types.Optional) and isinstance(value.type, types.Array):
        dtype, none = as_dtype(value.type.dtype), (0,) * value.type.ndim

        def of_perhaps(value: Any) -> Any:
            if value is None:  # nothing has come from here
                return np.zeros(none, dtype)
            return np.zeros(value.shape, dtype)

        return of_perhaps if isinstance(value.type.dtype, (types.Float, types.Complex)) else None
    if isinstance(value, types.Optional) and isinstance(value.type, types.Float):
        return lambda value: 0.0
    if isinstance(value, types.BaseTuple) and all(isinstance(item, types.Float) for item in _items(value)):
        return lambda value: [0.0 for _ in range(len(value))]
    if isinstance(value, (types.List, types.UniTuple)):
        return lambda value: [runtime.zero_shadow(item) for item in value]
    if isinstance(value, types.BaseTuple) and all(isinstance(item, types.Array) for item in _items(value)):
        return item_by_item("zero", runtime.zero_shadow, len(_items(value)))
    return None


def _items(type_: Any) -> tuple[Any, ...]:
    """The types of a tuple's items."""
    return tuple(type_.types)


def item_by_item(name: str, function: Any, count: int) -> Any:
    """A function of a tuple that applies another one to each item: the items may have different types."""
    items = "".join(f"{name}(value[{k}]), " for k in range(count))
    space = {name: function}
    exec(f"def of_items(value):\n    return ({items})\n", space)
    return space["of_items"]


def add_to_item(container: Any, index: Any, value: Any) -> None:
    """`container[index] += value`, where items that are arrays keep their identity."""
    container[index] += value


@implements(add_to_item, prefer_literal=True)
def _add_to_item(container: Any, index: Any, value: Any) -> Any:
    place = index.literal_value if isinstance(index, types.IntegerLiteral) else None
    if isinstance(container, types.BaseTuple) and place is not None:
        item = _items(container)[place]
        if isinstance(item, types.Array) and item.ndim:

            def to_item(container: Any, index: Any, value: Any) -> None:
                container[place][:] += value

            return to_item
        return None
    if isinstance(container, (types.List, types.UniTuple, types.DictType)):
        item = container.value_type if isinstance(container, types.DictType) else container.dtype
        if isinstance(item, types.Array) and item.ndim:

            def to_array(container: Any, index: Any, value: Any) -> None:
                container[index][:] += value

            return to_array
        if not isinstance(item, types.Number):
            return None

    def to_number(container: Any, index: Any, value: Any) -> None:
        container[index] += value

    return to_number


@implements(runtime.as_structure)
def _as_structure(template: Any, shadow: Any) -> Any:
    if isinstance(template, (types.List, types.Array)) and _is_inexact(template.dtype):
        return lambda template, shadow: shadow
    if isinstance(template, types.UniTuple) and not isinstance(shadow, types.BaseTuple):

        def of_tuple(template: Any, shadow: Any) -> Any:
            found = template
            for k in range(len(template)):
                found = tuple_setitem(found, k, shadow[k])
            return found

        return of_tuple
    if isinstance(template, types.BaseTuple) and isinstance(shadow, types.BaseTuple):
        return _structure_of_items(template, shadow)
    if isinstance(template, types.Array) and shadow == template:
        return lambda template, shadow: shadow.copy()
    if isinstance(template, (types.Float, types.Complex)) and isinstance(shadow, types.Number):
        number = as_dtype(template).type
        return lambda template, shadow: number(shadow)
    return (lambda template, shadow: template) if isinstance(template, (types.Integer, types.Boolean)) else None


def _structure_of_items(template: types.BaseTuple, shadow: types.BaseTuple) -> Any:
    if isinstance(template, types.BaseNamedTuple) or len(template) != len(shadow):
        return None
    if len(template) == 0:
        return lambda template, shadow: ()
    as_structure = runtime.as_structure
    return lambda template, shadow: (as_structure(template[0], shadow[0]), *as_structure(template[1:], shadow[1:]))


@implements(runtime.copy_structure)
def _copy_structure(value: Any) -> Any:
    if isinstance(value, types.Array):
        return lambda value: value.copy()
    if isinstance(value, types.List):
        if isinstance(value.dtype, types.Number):
            return lambda value: value[:]
        return lambda value: [runtime.copy_structure(item) for item in value]
    if isinstance(value, types.BaseTuple) and not isinstance(value, types.BaseNamedTuple) and _items(value):
        return item_by_item("copied", runtime.copy_structure, len(_items(value)))
    if isinstance(value, (types.Number, types.Boolean)):
        return lambda value: value
    return None


@implements(runtime.copy_in_layout)
def _copy_in_layout(array: Any) -> Any:
    if array.layout == "C":
        return lambda array: array.copy()
    return None


@implements(runtime.zeros_in_layout)
def _zeros_in_layout(array: Any) -> Any:
    if array.layout == "C":
        return lambda array: np.zeros_like(array)
    return None


@implements(sequences.put_back)
def _put_back(items: Any, value: Any, place: Any = -1) -> Any:
    return lambda items, value, place=-1: items.insert(place if place >= 0 else len(items) + 1 + place, value)


@implements(sequences.sum_cotangents)
def _sum_cotangents(cotangent: Any, items: Any) -> Any:
    if isinstance(items, types.Array):
        return lambda cotangent, items: np.broadcast_to(cotangent, items.shape)
    if isinstance(items, (types.List, types.UniTuple)):
        return lambda cotangent, items: [runtime.unbroadcast(cotangent, item) for item in items]
    return None


@implements(sequences.add_to_shadow)
def _add_to_shadow(shadow: Any, cotangents: Any) -> Any:
    if isinstance(shadow, types.List) and isinstance(shadow.dtype, types.Number):

        def numbers(shadow: Any, cotangents: Any) -> None:
            for k in range(len(cotangents)):
                shadow[k] = shadow[k] + cotangents[k]

        return numbers
    if isinstance(shadow, types.List) and isinstance(shadow.dtype, types.Array):

        def arrays(shadow: Any, cotangents: Any) -> None:
            for k in range(len(cotangents)):
                shadow[k][...] = shadow[k] + cotangents[k]

        return arrays
    return None


@implements(sequences.tie_cotangents)
def _tie_cotangents(cotangent: Any, extreme: Any, items: Any) -> Any:
    if isinstance(items, types.Array):

        def of_array(cotangent: Any, extreme: Any, items: Any) -> Any:
            hits = items == extreme
            return cotangent * hits / max(1, np.count_nonzero(hits))

        return of_array
    if isinstance(items, (types.List, types.UniTuple)):

        def of_items(cotangent: Any, extreme: Any, items: Any) -> Any:
            count = 0
            for item in items:
                count += item == extreme
            share = cotangent / max(1, count)
            return [share if item == extreme else 0.0 * share for item in items]

        return of_items
    return None


@implements(sequences.new_slots)
def _new_slots(shadow: Any) -> Any:
    if isinstance(shadow, types.List) and isinstance(shadow.dtype, types.Float):
        return lambda shadow: [0.0 for _ in range(len(shadow))]
    return (lambda shadow: shadow[:]) if isinstance(shadow, types.List) and _has_identity(shadow.dtype) else None


def _has_identity(type_: Any) -> bool:
    return isinstance(type_, (types.Array, types.List))


@implements(sequences.give_back)
def _give_back(shadow: Any, cotangents: Any, places: Any = slice(None)) -> Any:
    if not (isinstance(shadow, types.List) and isinstance(cotangents, types.List)):
        return None
    if _has_identity(shadow.dtype):
        return lambda shadow, cotangents, places=slice(None): None
    given = getattr(places, "literal_value", places)  # the default is a literal
    if _is_absent(places) or isinstance(places, types.SliceType) or given == slice(None):
        if _is_absent(places) or given == slice(None):

            def to_all(shadow: Any, cotangents: Any, places: Any = slice(None)) -> None:
                for k in range(min(len(shadow), len(cotangents))):
                    shadow[k] += cotangents[k]

            return to_all

        def to_slice(shadow: Any, cotangents: Any, places: Any = slice(None)) -> None:
            start, stop, step = places.indices(len(shadow))
            for k in range(min(len(range(start, stop, step)), len(cotangents))):
                shadow[start + k * step] += cotangents[k]

        return to_slice

    def to_places(shadow: Any, cotangents: Any, places: Any = slice(None)) -> None:
        for k in range(len(places)):
            shadow[places[k]] += cotangents[k]

    return to_places


@implements(sequences.replace_slots)
def _replace_slots(shadow: Any, slots: Any) -> Any:
    def replaced(shadow: Any, slots: Any) -> Any:
        before = shadow[:]
        shadow[:] = slots
        return before

    return replaced


@implements(sequences.sort_order)
def _sort_order(keys: Any, reverse: Any = False) -> Any:
    def ordered(keys: Any, reverse: Any = False) -> Any:
        order = [0 for _ in range(len(keys))]
        for k in range(len(keys)):
            place = k  # insertion keeps the order of what is equal
            while place > 0 and ((keys[order[place - 1]] < keys[k]) if reverse else (keys[k] < keys[order[place - 1]])):
                order[place] = order[place - 1]
                place -= 1
            order[place] = k
        return order

    return ordered


@implements(sequences.take_items)
def _take_items(items: Any, places: Any) -> Any:
    return lambda items, places: [items[k] for k in places]


@numba.njit
def bounds(array: Any) -> Any:
    """The first byte of an array and the one behind its last."""
    low = np.int64(array.ctypes.data)
    high = low + array.itemsize
    for k in range(array.ndim):
        span = (array.shape[k] - 1) * array.strides[k]
        if span < 0:
            low += span
        else:
            high += span
    return low, high


@numba.njit
def refuse_shared(written: Any, other: Any) -> None:
    """Refuse an array that is written and may share memory with another one."""
    if written.size > 0 and other.size > 0:
        low, high = bounds(written)
        first, end = bounds(other)
        if low < end and first < high:
            raise ArgumentError("the function writes into an array that shares memory with another argument")


launch_threads: Any = threads._launch_threads
_threads = types.ExternalFunction("get_num_threads", types.intc())


@stands_for(numba.get_num_threads)
def get_num_threads() -> Any:
    """`numba.get_num_threads()`, which has the address of a function of this process in its machine code."""
    return numba.get_num_threads()


@implements(get_num_threads)
def _get_num_threads() -> Any:
    launch_threads()
    return lambda: _threads()


@numba.njit
def share(trips: Any, chunk: Any, chunks: Any) -> Any:
    """How many trips are before those of a chunk."""
    return trips * chunk // chunks
