"""`x.flat[where]`: the items of an array counted in C order, whatever its rank."""

from __future__ import annotations

import gast

from sct_ad.runtime.indexing import flat_index
from sct_ad.specialise import building, knowledge, mutators, subscripts
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.knowledge import WHOLE, is_number, rank
from sct_ad.specialise.symbols import Iteration, Runtime, Symbol, display
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Constant, Tuple


def is_flat(symbol: Symbol) -> bool:
    """Whether something is `x.flat`."""
    return isinstance(symbol, Iteration) and symbol.kind == "flat"


def array_of(symbol: Symbol) -> Runtime:
    """The array `x` of `x.flat`."""
    assert isinstance(symbol, Iteration) and isinstance(symbol.parts[0], Runtime)
    return symbol.parts[0]


def load(state: State, frame: Frame, owner: Symbol, index: Expr) -> Runtime:
    """`x.flat[index]`, which never is a view."""
    array = building.named(state, array_of(owner))
    where = _place(state, array, _index(state, frame, index))
    found = building.item(state, array, where)
    is_view = isinstance(where, gast.Slice) or (isinstance(where, gast.Constant) and where.value is ...)
    return building.method(state, found, "copy") if is_view else found


def store(state: State, frame: Frame, owner: Symbol, index: Expr, value: Symbol) -> None:
    """`x.flat[index] = value`, the value repeated as often as it takes."""
    array, given = building.named(state, array_of(owner)), _index(state, frame, index)
    where = _place(state, array, given)
    if isinstance(given, gast.Constant) and given.value is ...:
        store_all(state, array, value)
        return
    if isinstance(value, Runtime) and is_number(value):
        building.store(state, array, where, value)
        return
    there = building.item(state, array, where)
    values = building.as_array(state, value)
    if is_number(there):
        if not is_number(values):
            values = building.item(state, building.call(state, "ravel", values), nodes.constant(0))
    else:
        size = building.named(state, building.attribute(state, there, "size"))
        values = mutators.cycled(state, values, size, there)
    building.store(state, array, where, values)


def store_all(state: State, array: Runtime, value: Symbol) -> None:
    """`x.flat = value`."""
    values = building.as_array(state, value)
    if not is_number(values) and not knowledge.same_shape(values, array):
        size = building.named(state, building.attribute(state, array, "size"))
        values = mutators.cycled(state, values, size, array)
        if knowledge.dims(values) != (1,) and rank(array) != 1:
            values = building.call(state, "reshape", values, building.shape(state, array))
    building.store(state, array, WHOLE, values)


def _index(state: State, frame: Frame, index: Expr) -> Expr:
    """An index over the flat function's variables."""
    found = subscripts.index(state, frame, index)
    if isinstance(found, gast.Tuple):
        raise state.refuse("x.flat with more than one index", "index the array itself: x[i, j]")
    return found


def _place(state: State, array: Runtime, index: Expr) -> Expr:
    """The index of the array that picks what an index of its flat items does."""
    if rank(array) == 1:
        return index
    if isinstance(index, gast.Slice):
        bounds = [nodes.constant(None) if b is None else b for b in (index.lower, index.upper, index.step)]
        index = nodes.call(state.namespace.builtin("slice"), *bounds)
    given = Runtime(state.typer.type_of(index), index)
    if isinstance(given.type, Constant) and given.type.value is None:
        raise state.refuse("x.flat[None]", "index the array itself")
    place = building.call(state, flat_index, given, building.shape(state, array))
    if not isinstance(place.type, Tuple):
        raise state.refuse(
            "x.flat with an index that is not known to be a number, a slice or an array", "use x.ravel()"
        )
    return display(place)
