"""Indices of objects that are no arrays: `np.r_[...]` and `np.c_[...]` make arrays, `np.s_[...]` gives the index."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.rules.typing.sizes import fresh
from sct_ad.specialise import building, expressions, subscripts
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.knowledge import dtype_of, is_number, known, rank
from sct_ad.specialise.symbols import Runtime, Sequence, Symbol, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE, Abstract, Array, Constant, Scalar, Tuple

_JOINING = (np.r_, np.c_)
_GIVING = (np.s_, np.index_exp)


def load(state: State, frame: Frame, owner: Symbol, index: Expr) -> Symbol | None:
    """`owner[index]` where the owner is one of these objects; None for any other."""
    if not isinstance(owner, Runtime):
        return None
    found = state.typer.type_of(owner.atom)
    value = found.value if isinstance(found, Constant) else None
    if any(value is known_object for known_object in _JOINING):
        return _joined(state, frame, index, value is np.c_)
    if any(value is known_object for known_object in _GIVING):
        given = _index(state, frame, index)
        as_tuple = value is np.index_exp and not isinstance(given, Sequence)
        return Sequence((given,)) if as_tuple else given
    if value is np.ogrid or value is np.mgrid:
        return _grid(state, frame, owner, index, value is np.ogrid)
    return None


def _grid(state: State, frame: Frame, owner: Runtime, index: Expr, is_open: bool) -> Runtime | None:
    """`np.ogrid[0:n, 0:1:5j]`, whose type nobody else knows."""
    parts = list(index.elts) if isinstance(index, gast.Tuple) else []
    bounds = [
        [expressions.evaluate(state, frame, b) for b in _parts(p) if b] for p in parts if isinstance(p, gast.Slice)
    ]
    if len(bounds) != len(parts) or len(parts) < 2:
        return None
    numbers = [b.type for part in bounds for b in part if isinstance(b, Runtime) and isinstance(b.type, Scalar)]
    if len(numbers) != sum(map(len, bounds)):
        return None
    dtype = "int64" if all(number.kind == "int" for number in numbers) else "float64"
    sizes = tuple(fresh() for _ in parts)
    type_: Abstract = Array(dtype, (len(sizes), *sizes))
    if is_open:
        count = range(len(sizes))
        type_ = Tuple(tuple(Array(dtype, tuple(sizes[k] if j == k else 1 for j in count)) for k in count))
    made = nodes.subscript(nodes.copy(owner.atom), subscripts.index(state, frame, index))
    return state.temporary(made, type_)


def _index(state: State, frame: Frame, index: Expr) -> Symbol:
    """An index as a value: slices are objects."""
    if isinstance(index, gast.Tuple):
        return Sequence(tuple(_index(state, frame, part) for part in index.elts))
    if isinstance(index, gast.Slice):
        bounds = [nodes.constant(None) if b is None else _bound(state, frame, b) for b in _parts(index)]
        made = nodes.call(state.namespace.builtin("slice"), *bounds)
        return state.temporary(made, state.typer.type_of(made), "part")
    return expressions.evaluate(state, frame, index)


def _parts(index: gast.Slice) -> list[Expr | None]:
    return [index.lower, index.upper, index.step]


def _bound(state: State, frame: Frame, bound: Expr) -> Expr:
    return building.named(state, expressions.evaluate(state, frame, bound)).atom


def _joined(state: State, frame: Frame, index: Expr, columns: bool) -> Symbol:
    """`np.concatenate` of the parts, each of which has at least one dimension, or two in `np.c_`."""
    name = "np.c_" if columns else "np.r_"
    parts: list[Runtime] = []
    numbers: list[bool] = []
    for part in index.elts if isinstance(index, gast.Tuple) else [index]:
        if isinstance(part, gast.Slice):
            array = _spaced(state, frame, part, name)
            numbers.append(False)
        else:
            symbol = expressions.evaluate(state, frame, part)
            if isinstance(known(symbol), str):
                raise state.refuse(f"{name} with a directive", "write np.concatenate or np.stack")
            array = building.as_array(state, symbol)
            numbers.append(is_number(array))
            if is_number(array) or rank(array) == 0:
                array = building.call(state, "array", Sequence((array,), True))
        if rank(array) is None:
            raise state.refuse(f"{name} of an array of unknown rank", "write np.concatenate")
        if columns and rank(array) == 1:
            whole = nodes.whole()
            array = building.item(state, array, nodes.tuple_([whole, nodes.constant(None)]))
        parts.append(array)
    options: dict[str, Symbol] = {"axis": literal(-1)} if columns else {}
    options |= _precision(state, parts, numbers)
    return building.call(state, "concatenate", Sequence(tuple(parts)), **options)


def _precision(state: State, parts: list[Runtime], numbers: list[bool]) -> dict[str, Symbol]:
    """The dtype that the arrays have: Python numbers among them do not count."""
    of_arrays = {dtype_of(part) for part, number in zip(parts, numbers, strict=True) if not number}
    if not any(numbers) or not of_arrays or of_arrays <= {"float64", "complex128"}:
        return {}
    if len(of_arrays) == 1 and of_arrays <= {"float32", "complex64", "float16"}:
        dtype = building.numpy(state, of_arrays.pop())
        return {"dtype": Runtime(state.typer.type_of(dtype), dtype)}
    return {}


def _spaced(state: State, frame: Frame, part: gast.Slice, name: str) -> Runtime:
    """`start:stop:step` as np.arange, `start:stop:5j` as np.linspace."""
    start, stop, step = (
        None if b is None else building.named(state, expressions.evaluate(state, frame, b)) for b in _parts(part)
    )
    if stop is None:
        raise state.refuse(f"{name} with a slice without an end", "write np.arange")
    start = literal(0) if start is None else start
    count: Any = known(step, 1)
    if isinstance(count, complex):
        return building.call(state, "linspace", start, stop, literal(int(abs(count))))
    bounds = (start, stop) if step is None else (start, stop, step)
    if count is NO_VALUE and not (isinstance(step, Runtime) and isinstance(step.type, Scalar)):
        raise state.refuse(f"{name} with a step that is not known to be a number", "write np.arange")
    return building.call(state, "arange", *bounds)
