"""What of itertools, functools and operator is inlined or decided at compile time."""

from __future__ import annotations

import builtins
import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.runtime import checkpointing
from sct_ad.specialise import calls, checkpoints, cursors, expressions, generators, iteration, library, lists
from sct_ad.specialise.frames import State, refused
from sct_ad.specialise.symbols import (
    NONE,
    Generator,
    Instance,
    Iteration,
    Partial,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    literal,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.values import NO_VALUE, Array, List, Range, Scalar

Args = list[Symbol]
Keywords = dict[str, Symbol]
Decide = Callable[[State, Args, Keywords], Symbol | None]

USES_UP = {
    builtins.sum,
    builtins.max,
    builtins.min,
    builtins.sorted,
    builtins.set,
    builtins.frozenset,
    builtins.dict,
    math.fsum,
    math.prod,
}
"""Functions that use up their first argument before they return, so that a list serves as well as a generator."""


def _library(function: Any) -> Decide:
    def inlined(state: State, args: Args, keywords: Keywords) -> Symbol:
        return calls.invoke_function(state, None, function, args, keywords, None)  # type: ignore[arg-type]

    return inlined


def _is_none(symbol: Symbol) -> bool:
    return expressions.static_value(symbol) is None


# --- iterators by position ------------------------------------------------------------------------------------------


def _count(state: State, args: Args, keywords: Keywords) -> Symbol:
    start = args[0] if args else keywords.get("start", literal(0))
    step = args[1] if len(args) > 1 else keywords.get("step", literal(1))
    return Iteration("count", (start, step))


def _repeat(state: State, args: Args, keywords: Keywords) -> Symbol:
    times = args[1] if len(args) > 1 else keywords.get("times")
    if times is None:
        return Iteration("repeat", (args[0],))
    known = expressions.static_value(times)
    if type(known) is int:
        return Sequence((args[0],) * max(known, 0))
    return Iteration("repeat", (args[0], times))


def _cycle(state: State, args: Args, keywords: Keywords) -> Symbol:
    whole = iteration.listed(state, args[0])
    if not isinstance(whole, Sequence) or whole.homes:
        return calls.from_library(state, library.cycle, whole)
    pool = _pool(state, whole)
    return Iteration("cycle", (pool,)) if whole.items else Sequence(())


def _pool(state: State, iterable: Symbol) -> Symbol:
    """What an iterator keeps of an iterable that it goes through several times: a list of the items as they are."""
    whole = iteration.listed(state, iterable)
    items = iteration.static_items(state, whole)
    if items is not None:
        numbers = all(isinstance(i, Runtime) and isinstance(i.type, (Scalar, Array)) for i in items)
        alike = numbers and len({_kind(item) for item in items}) == 1
        return lists.at_run_time(state, Sequence(items, True)) if alike and len(items) > 1 else Sequence(items)
    if isinstance(whole, Runtime) and isinstance(whole.type, (Array, List)) and whole is iterable:
        if isinstance(whole.type, Array) and whole.type.ndim is not None and whole.type.ndim > 1:
            return whole  # its rows are views
        if isinstance(whole.type, Array) and whole.type.ndim == 1:
            copied = nodes.call(nodes.attribute(display(whole), "copy"))
            return state.temporary(copied, state.typer.type_of(copied), "items")
        if isinstance(whole.type, Array):
            return calls.from_library(state, library.listed, whole)
        return iteration.call_builtin(state, "list", [whole], "items")
    return whole


def _kind(symbol: Symbol) -> Any:
    if isinstance(symbol, Runtime):
        type_ = symbol.type
        return (type(type_), type_.kind if isinstance(type_, Scalar) else getattr(type_, "ndim", None))
    return id(symbol), None


def _islice(state: State, args: Args, keywords: Keywords) -> Symbol:
    bounds = args[1:] if len(args) > 2 else [literal(0), *args[1:]]
    start, stop, step = [*bounds, NONE][:3]
    start = literal(0) if _is_none(start) else start
    step = literal(1) if _is_none(step) else step
    known = [expressions.static_value(b) for b in (start, stop, step)]
    count = iteration.known_length(state, args[0])
    if count is not None and NO_VALUE not in known and iteration.is_by_position(args[0]):
        items = iteration.static_items(state, args[0]) or ()
        return Sequence(tuple(itertools.islice(items, *known)))
    pool = args[0].parts[0] if isinstance(args[0], Iteration) and args[0].kind == "cycle" else None
    if isinstance(pool, Sequence) and NO_VALUE not in known and known[1] is not None:
        return Sequence(tuple(pool.items[k % len(pool.items)] for k in range(*known)))
    return calls.from_library(state, library.islice, args[0], start, stop, step)


def _product(state: State, args: Args, keywords: Keywords) -> Symbol:
    times = expressions.static_value(keywords.get("repeat", literal(1)))
    if type(times) is not int:
        raise state.refuse("itertools.product with a repeat that is not known", "write nested loops")
    pools = [_pool(state, a) for a in args] * times
    return calls.from_library(state, library.product, *pools)


def _choices(function: Any, tool: Any, length_of_all: bool = False) -> Decide:
    def choose(state: State, args: Args, keywords: Keywords) -> Symbol:
        size = args[1] if len(args) > 1 else keywords.get("r", NONE)
        pool, r = _pool(state, args[0]), expressions.static_value(size)
        count = len(pool.items) if isinstance(pool, Sequence) else None
        given = args[0].type if isinstance(args[0], Runtime) else None
        if r is None and length_of_all and isinstance(given, Range) and given.value is not None:
            r = len(given.value)
        if r is None and length_of_all and isinstance(args[0], (Sequence, Record, Iteration)):
            r = iteration.known_length(state, args[0])
        if type(r) is not int:
            raise state.refuse(f"itertools.{tool.__name__} with a length that is not known", "write nested loops")
        if count is not None:
            assert isinstance(pool, Sequence)
            return Sequence(tuple(map(Sequence, tool(pool.items, r))))
        return calls.from_library(state, function, pool, literal(r))

    return choose


def _zip_longest(state: State, args: Args, keywords: Keywords) -> Symbol:
    filling = keywords.get("fillvalue", NONE)
    if any(iteration.known_length(state, a) is None for a in args):
        return calls.from_library(state, library.zip_longest, Sequence(tuple(args)), filling)
    columns = [iteration.static_items(state, a) or () for a in args]
    return Sequence(tuple(map(Sequence, itertools.zip_longest(*columns, fillvalue=filling))))


def _tee(state: State, args: Args, keywords: Keywords) -> Symbol:
    times = expressions.static_value(args[1] if len(args) > 1 else keywords.get("n", literal(2)))
    if isinstance(args[0], (Generator, Iteration)) or type(times) is not int:
        raise state.refuse("itertools.tee of an iterator", "make a list of it, and loop over the list twice")
    return Sequence(tuple(Iteration("each", (args[0],)) for _ in range(times)))


def _filter(state: State, args: Args, keywords: Keywords) -> Symbol:
    return calls.from_library(state, library.filtered, *args)


def _chain(state: State, args: Args, keywords: Keywords) -> Symbol:
    return _chained(state, args) or calls.from_library(state, library.chain, *args)


def _chain_from_iterable(state: State, args: Args, keywords: Keywords) -> Symbol:
    items = args[0].items if isinstance(args[0], Sequence) else None
    chained = _chained(state, list(items)) if items is not None else None
    return chained or calls.from_library(state, library.chain_from_iterable, *args)


def _chained(state: State, args: Args) -> Symbol | None:
    """Displays in a row, where nothing can change them before they are looped over."""
    if all(isinstance(a, Sequence) and not a.homes for a in args):
        return Sequence(tuple(item for a in args if isinstance(a, Sequence) for item in a.items))
    return None


def _any_or_all(function: Any) -> Decide:
    def decide(state: State, args: Args, keywords: Keywords) -> Symbol | None:
        if isinstance(args[0], (Generator, Instance, Iteration, Sequence)):
            return calls.from_library(state, function, args[0])
        return None

    return decide


def _iter(state: State, args: Args, keywords: Keywords) -> Symbol:
    if len(args) > 1:
        raise state.refuse("iter with a sentinel", "write a while loop")
    if isinstance(args[0], (Generator, Iteration)):
        return args[0]
    return cursors.create(state, iteration.iterator_of(state, args[0]))


def _next(state: State, args: Args, keywords: Keywords) -> Symbol:
    if isinstance(args[0], Iteration) and args[0].position:
        return cursors.advance(state, args[0], *args[1:])
    if isinstance(args[0], Iteration) and iteration.is_by_position(args[0]) and not iteration.is_endless(args[0]):
        generators.use_up(state, args[0])
        function = library.next_item_or if len(args) > 1 else library.next_item
        return calls.from_library(state, function, args[0], literal(0), *args[1:])
    if isinstance(args[0], (Generator, Iteration)):
        if len(args) > 1:
            return calls.from_library(state, library.first_or_default, *args)
        return calls.from_library(state, library.first_of, *args)
    raise state.refuse("next of this kind of object", "use a position: items[k]")


def _ndindex(state: State, args: Args, keywords: Keywords) -> Symbol:
    sizes = calls.items_of(state, args[0]) if len(args) == 1 and _kind(args[0])[0] is not Scalar else args
    ranges = [iteration.call_builtin(state, "range", [state.runtime(size)]) for size in sizes]
    return calls.from_library(state, library.product, *ranges)


def _fromiter(state: State, args: Args, keywords: Keywords) -> Symbol:
    dtype = args[1] if len(args) > 1 else keywords["dtype"]
    count = args[2] if len(args) > 2 else keywords.get("count")
    items = args[0] if count is None or expressions.static_value(count) == -1 else _islice(state, [args[0], count], {})
    array = nodes.attribute(state.namespace.denote(np, "np"), "array")
    return calls.primitive(state, array, [lists.at_run_time(state, calls.as_list(state, items)), dtype], {}, None)


def _ndenumerate(state: State, args: Args, keywords: Keywords) -> Symbol:
    if not isinstance(args[0], Runtime) or not isinstance(args[0].type, Array) or not args[0].type.ndim:
        raise state.refuse("np.ndenumerate of this kind of object", "give it an array of known rank")
    return calls.from_library(state, library.ndenumerate, args[0])


def _checkpointed(state: State, args: Args, keywords: Keywords) -> Symbol:
    given = dict(zip(("iterable", "every", "snapshots"), args)) | keywords
    for name in ("every", "snapshots"):
        known = expressions.static_value(given.setdefault(name, NONE))
        if known is not None and (type(known) is not int or known < 1) and isinstance(known, (int, float, str)):
            raise state.refuse(f"checkpointed with {name}={known!r}", f"give a number of at least 1, as in {name}=10")
    return Iteration("checkpointed", (given["iterable"], given["every"], given["snapshots"]))


# --- functions that make functions ----------------------------------------------------------------------------------


def _same(state: State, args: Args, keywords: Keywords) -> Symbol:
    """A decorator, or what makes one, that leaves the values of a function alone."""
    if len(args) == 1 and not keywords and not isinstance(expressions.static_value(args[0]), (int, type(None))):
        return args[0]
    return calls.symbol_of(state, library.same, "same")


def _wraps(state: State, args: Args, keywords: Keywords) -> Symbol:
    return calls.symbol_of(state, library.same, "same")


def _held(state: State, function: Any, *args: Symbol) -> Symbol:
    return Partial(calls.symbol_of(state, function, function.__name__), args, {})


def _itemgetter(state: State, args: Args, keywords: Keywords) -> Symbol:
    if len(args) == 1:
        return _held(state, library.item_of, args[0])
    return _held(state, library.items_of, Sequence(tuple(args)))


def _attrgetter(state: State, args: Args, keywords: Keywords) -> Symbol:
    names = [expressions.static_value(a) for a in args]
    if not all(isinstance(name, str) for name in names):
        raise state.refuse("operator.attrgetter of a name that is not known", "write x.name")
    paths = [calls.symbol_of(state, tuple(name.split(".")), "path") for name in names]
    if len(paths) == 1:
        return _held(state, library.attribute_of, paths[0])
    return _held(state, library.attributes_of, Sequence(tuple(paths)))


def _methodcaller(state: State, args: Args, keywords: Keywords) -> Symbol:
    return _held(state, library.method_of, args[0], Sequence(tuple(args[1:])), Record(tuple(keywords.items())))


def of_operator(state: State, value: Any) -> Symbol | None:
    """An itemgetter, attrgetter or methodcaller that was made outside, as a function of our own library."""
    if not isinstance(value, (operator.itemgetter, operator.attrgetter, operator.methodcaller)):
        return None
    reduced: Any = value.__reduce__()
    function, args = reduced[:2]
    keywords: dict[str, Any] = {}
    if isinstance(function, functools.partial):  # a methodcaller with keywords
        args, keywords, function = (*function.args, *args), function.keywords, function.func
    given = [calls.symbol_of(state, arg, "argument") for arg in args]
    made: Symbol = STANDARD[function](state, given, {k: calls.symbol_of(state, v, k) for k, v in keywords.items()})
    return made


# --- operators as functions -----------------------------------------------------------------------------------------

_BINARY: dict[str, gast.operator] = {
    "add": gast.Add(),
    "sub": gast.Sub(),
    "mul": gast.Mult(),
    "truediv": gast.Div(),
    "floordiv": gast.FloorDiv(),
    "mod": gast.Mod(),
    "pow": gast.Pow(),
    "matmul": gast.MatMult(),
    "and_": gast.BitAnd(),
    "or_": gast.BitOr(),
    "xor": gast.BitXor(),
    "concat": gast.Add(),
}


_AS_WRITTEN = (
    "getitem setitem iadd isub imul itruediv ifloordiv ipow imod imatmul iand ior ixor "
    "neg pos not_ eq ne lt le gt ge contains"
).split()


def _binary(op: gast.operator) -> Decide:
    def decide(state: State, args: Args, keywords: Keywords) -> Symbol:
        return expressions.binary(state, args[0], op, args[1], nodes.constant(0))

    return decide


def _decide_by(predicate: Callable[[Symbol], bool]) -> Decide:
    def decide(state: State, args: Args, keywords: Keywords) -> Symbol:
        known = predicate(args[0])
        return literal(known)

    return decide


STANDARD: dict[Any, Any] = {
    library.has_more: cursors.has_more,
    checkpointing.checkpointed: _checkpointed,
    checkpointing.checkpoint: checkpoints.marked,
    np.ndindex: _ndindex,
    np.fromiter: _fromiter,
    np.ndenumerate: _ndenumerate,
    library.by_position: _decide_by(iteration.is_by_position),
    library.endless: _decide_by(iteration.is_endless),
    itertools.count: _count,
    itertools.repeat: _repeat,
    itertools.cycle: _cycle,
    itertools.islice: _islice,
    itertools.product: _product,
    itertools.combinations: _choices(library.combinations, itertools.combinations),
    itertools.combinations_with_replacement: _choices(
        library.combinations_with_replacement, itertools.combinations_with_replacement
    ),
    itertools.permutations: _choices(library.permutations, itertools.permutations, True),
    itertools.zip_longest: _zip_longest,
    itertools.tee: _tee,
    itertools.groupby: refused("itertools.groupby", "write a loop that compares neighbours"),
    itertools.chain: _chain,
    itertools.chain.from_iterable: _chain_from_iterable,
    itertools.accumulate: _library(library.accumulate),
    itertools.pairwise: _library(library.pairwise),
    itertools.starmap: _library(library.starmap),
    itertools.takewhile: _library(library.takewhile),
    itertools.dropwhile: _library(library.dropwhile),
    itertools.filterfalse: _library(library.filterfalse),
    itertools.compress: _library(library.compress),
    builtins.filter: _filter,
    builtins.any: _any_or_all(library.any_of),
    builtins.all: _any_or_all(library.all_of),
    builtins.iter: _iter,
    builtins.next: _next,
    functools.singledispatch: refused("functools.singledispatch", "test the type with isinstance"),
    functools.reduce: _library(library.reduce),
    functools.lru_cache: _same,
    functools.cache: _same,
    functools.wraps: _wraps,
    operator.itemgetter: _itemgetter,
    operator.attrgetter: _attrgetter,
    operator.methodcaller: _methodcaller,
    **{getattr(operator, name): _library(getattr(library, name)) for name in _AS_WRITTEN},
    **{getattr(operator, name): _binary(op) for name, op in _BINARY.items()},
}
