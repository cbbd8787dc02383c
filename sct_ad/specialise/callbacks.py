"""Functions of NumPy that call a function back for each entry, row or axis: loops over what is inlined."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sct_ad.specialise import array_library, building, calls, knowledge, library, lists, loops
from sct_ad.specialise.frames import State
from sct_ad.specialise.knowledge import Keywords, is_number, known, rank, same_shape
from sct_ad.specialise.mutators import bound
from sct_ad.specialise.symbols import (
    NONE,
    Choice,
    Closure,
    Iteration,
    Method,
    Partial,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    literal,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Array, Constant, List, Scalar, Tuple

Args = list[Symbol]


@dataclass(frozen=True)
class Options:
    """What np.vectorize was told besides the function."""

    otypes: tuple[Any, ...] | None
    excluded: frozenset[Any]
    signature: str | None


def vectorize(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.vectorize(f, ...)`, whose calls are loops."""
    names = "pyfunc otypes doc excluded cache signature"
    function, otypes, _, excluded, _, signature = bound(state, "np.vectorize", names, args, keywords)
    if function is NONE:
        raise state.refuse("np.vectorize with options as a decorator", "write f = np.vectorize(f, ...)")
    given = [known(otypes), known(signature)]
    left_out = [known(item) for item in calls.items_of(state, excluded)] if excluded is not NONE else []
    if not all(type(item) in (int, str) for item in left_out) or any(g is not None and not _is_known(g) for g in given):
        raise state.refuse("np.vectorize with options that are not known", "write them as literals")
    options = Options(_dtypes(given[0]), frozenset(left_out), given[1])
    return _vectorized(state, function, options)


def _is_known(value: Any) -> bool:
    return isinstance(value, (str, list, tuple))


def _dtypes(otypes: Any) -> tuple[Any, ...] | None:
    return None if otypes is None else tuple(np.dtype(t) for t in otypes)


def _vectorized(state: State, function: Symbol, options: Options) -> Symbol:
    held = Runtime(Constant(options), nodes.constant(None))
    return Partial(calls.symbol_of(state, array_library.vectorized, "vectorized"), (function, held), {})


def call_vectorized(state: State, value: np.vectorize, args: Args, keywords: Keywords) -> Symbol:
    """A call of an object that np.vectorize made outside of the function."""
    excluded = frozenset(getattr(value, "excluded", ()) or ())
    options = Options(_dtypes(value.otypes or None), excluded, getattr(value, "signature", None))
    function = calls.symbol_of(state, value.pyfunc, getattr(value.pyfunc, "__name__", "function"))
    return calls.invoke(state, None, _vectorized(state, function, options), args, keywords, None)  # type: ignore[arg-type]


def run_vectorized(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.vectorize(f)(x, y)`: `f` of all entries that meet."""
    function, held, *given = args
    assert isinstance(held, Runtime) and isinstance(held.type, Constant)
    options: Options = held.type.value
    keys: list[int | str] = [k for k in range(len(given)) if k not in options.excluded]
    keys += [name for name in keywords if name not in options.excluded]
    arguments: dict[int | str, Symbol] = dict(enumerate(given))
    arguments.update(keywords)
    arrays = {key: building.as_array(state, arguments[key]) for key in keys}

    def called(items: list[Symbol]) -> Symbol:
        found = {**arguments, **dict(zip(arrays, items, strict=True))}
        positional = [found[k] for k in range(len(given))]
        return calls.invoke(state, None, function, positional, {k: found[k] for k in keywords}, None)  # type: ignore[arg-type]

    if options.signature is not None:
        return _with_signature(state, called, list(arrays.values()), options)
    if any(rank(a) is None for a in arrays.values()):
        raise state.refuse("np.vectorize on arrays of unknown rank", "write a loop over the array")
    if all(rank(a) == 0 for a in arrays.values()):
        items = [a if is_number(a) else building.method(state, a, "item") for a in arrays.values()]
        return _each(state, called(list(items)), lambda k, one: _typed(state, building.named(state, one), options, k))
    if options.otypes is None and any(knowledge.dtype_of(a) in ("float32", "float16") for a in arrays.values()):
        raise state.refuse("np.vectorize on arrays of single precision", "give otypes=[np.float32]")
    columns, shape = _columns(state, list(arrays.values()))
    collected = _collected(state, columns, called)
    return _each(state, collected, lambda k, items: _made(state, items, shape, options, k))


def _columns(state: State, arrays: list[Runtime]) -> tuple[list[Runtime], Runtime | None]:
    """The entries of arrays that are broadcast together, as lists of Python numbers; and the shape, unless one line."""
    of_rank = [a for a in arrays if rank(a) != 0]
    like = of_rank[0]
    if all(same_shape(a, like) for a in of_rank) and len(of_rank) == len(arrays):
        shape = building.shape(state, like)
        spread = arrays
    else:
        shapes = [building.shape(state, a) for a in of_rank]
        shape = shapes[0] if len(shapes) == 1 else building.call(state, "broadcast_shapes", *shapes)
        spread = [building.call(state, "broadcast_to", a, shape) for a in arrays]
    lines = [a if rank(a) == 1 else building.call(state, "ravel", a) for a in spread]
    flat = all(rank(a) == 1 for a in spread)
    return [building.method(state, line, "tolist") for line in lines], None if flat else shape


def _collected(state: State, columns: list[Runtime], called: Callable[[list[Symbol]], Symbol]) -> Symbol:
    """A list of what a function gives for the items of lists that are gone through together."""
    results = state.define(state.fresh("items"), gast.List(elts=[], ctx=nodes.LOAD), List(()))
    assert isinstance(results.atom, gast.Name)
    name = results.atom.id

    def run(item: Symbol) -> None:
        items = list(item.items) if isinstance(item, Sequence) and len(columns) > 1 else [item]
        result = called(items)
        if isinstance(result, Sequence) and not result.is_list:
            result = Sequence(tuple(building.named(state, part) for part in result.items))
        lists.method(state, state.runtime(state.env[name]), "append", [_settled(state, result)], {})

    loops.for_each(state, columns[0] if len(columns) == 1 else Iteration("zip", tuple(columns)), run)
    return _by_result(state, state.runtime(state.env[name]))


def _settled(state: State, result: Symbol) -> Symbol:
    return result if isinstance(result, Sequence) and not result.is_list else building.named(state, result)


def _by_result(state: State, rows: Runtime) -> Symbol:
    """A list of tuples as a tuple of lists."""
    element = rows.type.element if isinstance(rows.type, List) else None
    if not isinstance(element, Tuple):
        return rows
    width = Sequence(tuple(map(literal, range(len(element.items)))))
    return calls.from_library(state, library.columns, rows, width)


def _each(state: State, results: Symbol, make: Callable[[int, Symbol], Symbol]) -> Symbol:
    if isinstance(results, Sequence) and not results.is_list:
        return Sequence(tuple(make(k, item) for k, item in enumerate(results.items)))
    return make(0, results)


def _dtype_keyword(state: State, options: Options, k: int) -> Keywords:
    if options.otypes is None:
        return {}
    if k >= len(options.otypes):
        raise state.refuse("np.vectorize with fewer otypes than results", "give one for each result")
    dtype = building.numpy(state, options.otypes[k].name)
    return {"dtype": Runtime(state.typer.type_of(dtype), dtype)}


def _typed(state: State, value: Runtime, options: Options, k: int) -> Runtime:
    return building.call(state, "asarray", value, **_dtype_keyword(state, options, k))


def _made(state: State, results: Symbol, shape: Runtime | None, options: Options, k: int) -> Runtime:
    """A list of numbers as an array of this shape."""
    items = building.named(state, results)
    element = items.type.element if isinstance(items.type, List) else None
    if not isinstance(element, Scalar):
        raise state.refuse("np.vectorize of a function that gives no number", "give signature=, or write a loop")
    if options.otypes is None and element.kind == "float":
        calls.from_library(state, array_library.refuse_mixed, items)
    array = building.call(state, "array", items, **_dtype_keyword(state, options, k))
    return array if shape is None else building.call(state, "reshape", array, shape)


def _with_signature(
    state: State, called: Callable[[list[Symbol]], Symbol], arrays: list[Runtime], options: Options
) -> Symbol:
    """`np.vectorize(f, signature="(n)->()")`: `f` of the core dimensions, the others gone through in loops."""
    parts = [re.findall(r"\(([^)]*)\)", side) for side in str(options.signature).split("->")]
    cores = [[name for name in part.replace(" ", "").split(",") if name] for part in parts[0]]
    ranks = [rank(a) for a in arrays]
    if len(parts) != 2 or len(cores) != len(arrays) or any(r is None for r in ranks):
        raise state.refuse("np.vectorize with a signature of another number of arguments", "write a loop")
    leads = [(r or 0) - len(core) for r, core in zip(ranks, cores, strict=True)]
    if min(leads) < 0:
        raise state.refuse("np.vectorize with a signature of more dimensions than the arrays have", "write a loop")
    if max(leads) == 0:
        return called(list(arrays))
    lead, rows = _leading(state, arrays, leads)
    collected = _collected(state, rows, called)
    return _each(state, collected, lambda k, items: _stacked(state, building.named(state, items), lead, options, k))


def _leading(state: State, arrays: list[Runtime], leads: list[int]) -> tuple[Sequence, list[Runtime]]:
    """The shape of the dimensions that are looped over, and the arrays with these made one."""
    shapes = [building.shape(state, a) for a in arrays]
    heads = [_part(state, s, 0, n) for s, n in zip(shapes, leads, strict=True)]
    wide = [h for h, n in zip(heads, leads, strict=True) if n]
    lead = wide[0]
    if len(wide) > 1:
        lead = Sequence(tuple(calls.items_of(state, building.call(state, "broadcast_shapes", *wide))))
    rows: list[Runtime] = []
    for array, shape, count in zip(arrays, shapes, leads, strict=True):
        core = _part(state, shape, count, None)
        if len(wide) > 1 or not count:
            array = building.call(state, "broadcast_to", array, Sequence((*lead.items, *core.items)))
        if len(lead.items) > 1:
            array = building.call(state, "reshape", array, Sequence((literal(-1), *core.items)))
        rows.append(array)
    return lead, rows


def _part(state: State, shape: Runtime, start: int, stop: int | None) -> Sequence:
    """A part of a shape."""
    assert isinstance(shape.type, Tuple)
    places = range(len(shape.type.items))[start:stop]
    return Sequence(tuple(building.item(state, shape, nodes.constant(k)) for k in places))


def _stacked(state: State, items: Runtime, lead: Sequence, options: Options | None = None, k: int = 0) -> Runtime:
    """A list of numbers or arrays as one array, with these dimensions in front of theirs."""
    element = items.type.element if isinstance(items.type, List) else None
    keywords = {} if options is None else _dtype_keyword(state, options, k)
    if isinstance(element, Scalar):
        array = building.call(state, "array", items, **keywords)
        return array if len(lead.items) == 1 else building.call(state, "reshape", array, lead)
    if not isinstance(element, Array) or element.ndim is None or keywords:
        raise state.refuse("a callback that gives neither a number nor an array of known rank", "write a loop")
    array = building.call(state, "stack", items)
    if len(lead.items) == 1:
        return array
    inner = _part(state, building.shape(state, array), 1, None)
    return building.call(state, "reshape", array, Sequence((*lead.items, *inner.items)))


# --- along and over axes --------------------------------------------------------------------------------------------


def apply_along_axis(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.apply_along_axis(f, axis, x)`: `f` of each line along the axis; what it gives takes the axis' place."""
    function, axis, arr = args[:3]
    array, number = building.as_array(state, arr), known(axis)
    ndim = rank(array)
    if not ndim or type(number) is not int or not -ndim <= number < ndim:
        raise state.refuse("np.apply_along_axis with a rank or an axis that is not known", "write a loop over the rows")
    number %= ndim

    def called(items: list[Symbol]) -> Symbol:
        result = calls.invoke(state, None, function, [*items, *args[3:]], keywords, None)  # type: ignore[arg-type]
        return building.as_array(state, result)

    if ndim == 1:
        return called([array])
    last = ndim - 1
    moved = array if number == last else building.call(state, "moveaxis", array, literal(number), literal(last))
    rows = moved if ndim == 2 else calls.from_library(state, array_library.lines, moved)
    collected = building.named(state, _collected(state, [rows], called))  # type: ignore[list-item]
    lead = _part(state, building.shape(state, moved), 0, last)
    result = _stacked(state, collected, lead)
    extra = (rank(result) or last) - last
    if not extra or number == last:
        return result
    sources = tuple(range(last, last + extra))
    targets = tuple(range(number, number + extra))
    return building.call(state, "moveaxis", result, *(Sequence(tuple(map(literal, p))) for p in (sources, targets)))


def apply_over_axes(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.apply_over_axes(f, x, axes)`: `f(f(x, axis0), axis1)`, a dimension that is lost put back."""
    function, a, axes = bound(state, "np.apply_over_axes", "func a axes", args, keywords)
    value, numbers = building.as_array(state, a), known(axes)
    numbers = [numbers] if type(numbers) is int else numbers
    ndim = rank(value)
    if ndim is None or not isinstance(numbers, (list, tuple)) or not all(type(k) is int for k in numbers):
        what = "np.apply_over_axes with a rank or axes that are not known"
        raise state.refuse(what, "call the function for each axis")
    for number in numbers:
        axis = literal(number + ndim if number < 0 else number)
        result = building.as_array(state, calls.invoke(state, None, function, [value, axis], {}, None))  # type: ignore[arg-type]
        if rank(result) == ndim - 1:
            result = building.call(state, "expand_dims", result, axis)
        elif rank(result) != ndim:
            raise state.refuse("np.apply_over_axes of a function that changes the rank otherwise", "call it yourself")
        value = result
    return value


def fromfunction(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.fromfunction(f, shape)` -> `f(*np.indices(shape))`."""
    function, shape = (*args, keywords.get("shape", NONE))[:2]
    others = {k: v for k, v in keywords.items() if k not in ("shape", "dtype", "like")}
    dtype = args[2] if len(args) > 2 else keywords.get("dtype", calls.symbol_of(state, float, "float"))
    grid = building.call(state, "indices", shape, dtype=dtype)
    count = len(calls.items_of(state, shape))
    items: Args = [building.item(state, grid, nodes.constant(k)) for k in range(count)]
    return calls.invoke(state, None, function, items, others, None)  # type: ignore[arg-type]


# --- pieces ---------------------------------------------------------------------------------------------------------


def piecewise(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.piecewise(x, conditions, functions)`: each function of the entries for which its condition holds."""
    given, conditions, functions = args[:3]
    array = building.as_array(state, given)
    if rank(array) is None:
        raise state.refuse("np.piecewise of an array of unknown rank", "use np.where")
    masks = _conditions(state, conditions, array)
    pieces = calls.items_of(state, functions)
    single = rank(array) == 0
    if single:
        array = _in_one_line(state, array)
        masks = [_in_one_line(state, mask) for mask in masks]
    if len(pieces) == len(masks) + 1:
        chosen = masks[0]
        for mask in masks[1:]:
            chosen = building.binary(state, chosen, gast.BitOr(), mask)
        expr = gast.UnaryOp(op=gast.Invert(), operand=display(chosen))
        masks = [*masks, state.temporary(expr, state.typer.type_of(expr))]
    if len(pieces) != len(masks):
        raise state.refuse(
            f"np.piecewise with {len(masks)} conditions and {len(pieces)} functions", "give one for each, or one more"
        )
    result = building.call(state, "zeros_like", array)
    extra, named = Sequence(tuple(args[3:])), Record(tuple(keywords.items()))
    for mask, piece in zip(masks, pieces, strict=True):
        if _is_function(piece):
            calls.from_library(state, array_library.piece, result, array, mask, piece, extra, named)
        else:
            building.store(state, result, display(mask), piece)
    return building.call(state, "reshape", result, Sequence(())) if single else result


def _in_one_line(state: State, number: Runtime) -> Runtime:
    """An array of one entry."""
    return building.call(state, "reshape", building.call(state, "asarray", number), Sequence((literal(1),)))


def _conditions(state: State, conditions: Symbol, array: Runtime) -> list[Runtime]:
    """The masks, one for each condition."""
    if isinstance(conditions, Sequence):
        items = [building.as_array(state, c) for c in conditions.items]
        if rank(array) != 0 and all(map(is_number, items)):
            return [building.as_array(state, conditions)]
    else:
        found = building.as_array(state, conditions)
        count = (knowledge.dims(found) or (None,))[0]
        if rank(found) == rank(array):
            items = [found]
        elif rank(found) is not None and type(count) is int and rank(found) == (rank(array) or 0) + 1:
            items = [building.item(state, found, nodes.constant(k)) for k in range(count)]
        else:
            raise state.refuse("np.piecewise with conditions whose number is not known", "write them as a list")
    if not all(map(knowledge.is_boolean, items)):
        raise state.refuse("np.piecewise with conditions that are no bools", "compare: x > 0")
    return items


def _is_function(symbol: Symbol) -> bool:
    if isinstance(symbol, Runtime):
        return isinstance(symbol.type, Constant) and callable(symbol.type.value)
    return isinstance(symbol, (Choice, Closure, Partial, Method))


def nditer(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.nditer(x, order="C")`, read only, as `x.flat`."""
    if len(args) == 1 and set(keywords) == {"order"} and known(keywords["order"]) == "C":
        if knowledge.is_array(args[0]) and rank(args[0]):
            return Iteration("flat", (args[0],))
    raise state.refuse("np.nditer", "loop over x.flat, np.ndenumerate(x) or np.ndindex(x.shape)")


def frompyfunc(state: State, args: Args, keywords: Keywords) -> Symbol:
    """`np.frompyfunc`, whose results are arrays of objects."""
    raise state.refuse("np.frompyfunc, which makes arrays of objects", "use np.vectorize")


CALLBACKS: dict[Any, Callable[[State, Args, Keywords], Symbol | None]] = {
    np.vectorize: vectorize,
    array_library.vectorized: run_vectorized,
    np.apply_along_axis: apply_along_axis,
    np.apply_over_axes: apply_over_axes,
    np.fromfunction: fromfunction,
    np.piecewise: piecewise,
    np.nditer: nditer,
    np.frompyfunc: frompyfunc,
}
