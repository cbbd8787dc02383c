"""What functions of NumPy and Python become over values that have the axis of directions.

A handler takes the arguments as they are without the axis, and returns the expression with it, or None where there
is no form for these arguments.
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sct_ad.derive.batching import products
from sct_ad.derive.batching.axis import CONTAINERS, NotBatched
from sct_ad.runtime import copy_structure, object_like, sequences
from sct_ad.runtime.complex_numbers import real_part_if_real
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Array, Constant, Scalar, Tuple

if TYPE_CHECKING:
    from sct_ad.derive.batching.expressions import Expressions

Handler = Callable[["Expressions", list[Expr], dict[str, Expr]], Expr | None]

OF_CONTAINERS: list[Any] = [
    *(list.append, list.pop, list.copy, list.insert, list.extend, list.clear, list.reverse),
    *(dict.get, dict.pop, dict.copy, dict.values, dict.items, dict.keys, dict.update, dict.setdefault),
    *(list, tuple, dict, reversed, enumerate, zip, copy.copy, copy_structure, sequences.take_items),
]
"""What is done to containers in the same way, whatever they hold."""


def _named(names: str, args: list[Expr], keywords: dict[str, Expr]) -> dict[str, Expr] | None:
    """Arguments after the first by name; None where there are others."""
    known = names.split()
    if len(args) - 1 > len(known) or not set(keywords) <= set(known):
        return None
    return {**dict(zip(known, args[1:])), **keywords}


def _literal(over: Expressions, expr: Expr | None) -> Any:
    """The value of an argument that is known when compiling; `...` where it is not."""
    if expr is None:
        return None
    type_ = over.type_of(expr)
    if isinstance(type_, Constant) and type_.value is None:
        return None
    if isinstance(type_, Scalar) and type_.kind in ("int", "bool") and type(type_.value) in (int, bool):
        return type_.value
    if isinstance(type_, Tuple):
        items = [item.value if isinstance(item, Scalar) else ... for item in type_.items]
        return tuple(items) if all(type(item) is int for item in items) else ...
    return ...


def _behind(axis: int) -> int:
    """An axis, counted with that of the directions."""
    return axis + 1 if axis >= 0 else axis


def _only_first(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> bool:
    """Whether nothing but the first argument depends on the direction, and that is an array or number."""
    rest = [*args[1:], *keywords.values()]
    return isinstance(over.type_of(args[0]), (Array, Scalar)) and not any(map(over.depends, rest))


def _reduction(function: str) -> Handler:
    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        named = _named("axis", args, {k: v for k, v in keywords.items() if k != "keepdims"})
        kept = _literal(over, keywords.get("keepdims"))
        if named is None or not _only_first(over, args, keywords) or kept is ...:
            return None
        axis, rank = _literal(over, named.get("axis")), over.rank(args[0])
        if axis is ...:
            return None
        if axis is None:
            axis = tuple(range(rank))
        axes = tuple(_behind(a) for a in (axis if isinstance(axis, tuple) else (axis,)))
        value = over.value(args[0])
        if not axes:
            return nodes.call(nodes.attribute(value, "copy"))
        given = {"keepdims": nodes.constant(True)} if kept else {}
        return over.axis.numpy(function, value, axis=nodes.constant(axes[0] if len(axes) == 1 else axes), **given)

    return handler


def _along(function: str, names: str) -> Handler:
    """A function whose other arguments, of these names, are axes."""

    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        named = _named(names, args, keywords)
        if named is None or not _only_first(over, args, keywords) or set(named) != set(names.split()):
            return None
        axes = [_literal(over, named[name]) for name in names.split()]
        if not all(isinstance(axis, int) for axis in axes):
            return None
        return over.axis.numpy(function, over.value(args[0]), *(nodes.constant(_behind(axis)) for axis in axes))

    return handler


def _with_axis_argument(function: str, names: str) -> Handler:
    """A function with arguments of these names, the last of which is the axis."""

    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        named = _named(names, args, keywords)
        if named is None or not _only_first(over, args, keywords):
            return None
        axis = _literal(over, named.pop("axis", None))
        if axis is None and over.rank(args[0]) == 1:
            axis = 0
        if not isinstance(axis, int):
            return None
        others = [nodes.copy(named[name]) for name in names.split()[:-1] if name in named]
        if len(others) != len(names.split()) - 1:
            return None
        return over.axis.numpy(function, over.value(args[0]), *others, axis=nodes.constant(_behind(axis)))

    return handler


def _transposed(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    named = _named("axes", args, keywords)
    if named is None or not _only_first(over, args, keywords):
        return None
    rank, axes = over.rank(args[0]), _literal(over, named.get("axes"))
    if len(args) > 2 or axes is ...:
        return None
    value = over.value(args[0])
    if axes is None and rank < 2:
        return value
    order = tuple(reversed(range(rank))) if axes is None else tuple(a % rank for a in axes)
    if order == (1, 0):
        return over.axis.numpy("swapaxes", value, nodes.constant(1), nodes.constant(2))
    return over.axis.numpy("transpose", value, nodes.constant((0, *(a + 1 for a in order))))


def _reshaped(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 2 or keywords or not _only_first(over, args, keywords):
        return None
    return over.axis.numpy("reshape", over.value(args[0]), over.axis.shape(args[1]))


def _raveled(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 1 or keywords:
        return None
    if over.rank(args[0]) == 1:
        return over.value(args[0])
    shape = nodes.tuple_([nodes.name(over.axis.count), nodes.constant(-1)])
    return over.axis.numpy("reshape", over.value(args[0]), shape)


def _broadcast(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 2 or keywords or not _only_first(over, args, keywords):
        return None
    shape = over.axis.shape(args[1])
    return over.axis.numpy("broadcast_to", over.aligned(args[0], _length(over, args[1])), shape)


def _length(over: Expressions, shape: Expr) -> int:
    type_ = over.type_of(shape)
    if isinstance(type_, Scalar):
        return 1
    if not isinstance(type_, Tuple):
        raise NotBatched("a shape of unknown length")
    return len(type_.items)


def _full(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 2 or keywords:
        return None
    return over.axis.numpy("full", over.axis.shape(args[0]), over.aligned(args[1], _length(over, args[0])))


def _full_like(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 2 or keywords or not isinstance(over.type_of(args[0]), Array):
        return None
    value = over.aligned(args[1], over.rank(args[0]))
    like = over.value(args[0])
    if over.depends(args[0]):
        return over.axis.numpy("full_like", like, value)
    shape = over.axis.shape(nodes.attribute(like, "shape"))
    return over.axis.numpy("full", shape, value, nodes.attribute(nodes.copy(like), "dtype"))


def _like(function: str) -> Handler:
    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        if len(args) != 1 or keywords or not isinstance(over.type_of(args[0]), (Array, Scalar)):
            return None
        return over.axis.numpy(function, over.value(args[0]))

    return handler


def _made_array(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`np.array` of an array or number, or of a list of them."""
    if len(args) != 1 or keywords:
        return None
    type_ = over.type_of(args[0])
    if isinstance(type_, (Array, Scalar)):
        return over.axis.numpy("array", over.value(args[0]))
    return _stacked(over, args, {})


def _items(over: Expressions, expr: Expr) -> Expr:
    """A list or tuple of arrays, all of which have the axis."""
    type_ = over.type_of(expr)
    if isinstance(expr, (gast.Tuple, gast.List)):
        for item in expr.elts:
            if not isinstance(over.type_of(item), (Array, Scalar)):
                raise NotBatched("a nested list")
        items = [over.held(item) if over.depends(item) else over.axis.lifted(item) for item in expr.elts]
        return type(expr)(elts=items, ctx=nodes.LOAD)
    if isinstance(type_, CONTAINERS):
        inside = getattr(type_, "items", None) or (getattr(type_, "element", None),)
        if not all(isinstance(item, (Array, Scalar)) for item in inside):
            raise NotBatched("a nested list")
        return over.held(expr)
    raise NotBatched("items that are not known")


def _stacked(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    named = _named("axis", args, keywords)
    axis = _literal(over, named.get("axis")) if named is not None else ...
    if axis is ...:
        return None
    return over.axis.numpy("stack", _items(over, args[0]), axis=nodes.constant(_behind(axis or 0)))


def _concatenated(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    named = _named("axis", args, keywords)
    axis = _literal(over, named.get("axis", nodes.constant(0))) if named is not None else ...
    if not isinstance(axis, int):
        return None
    return over.axis.numpy("concatenate", _items(over, args[0]), axis=nodes.constant(_behind(axis)))


def _beside(vertical: bool) -> Handler:
    """`np.vstack` and `np.hstack` of arrays of one rank, which is more than one where it matters."""

    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        if len(args) != 1 or keywords or not isinstance(args[0], (gast.Tuple, gast.List)):
            return None
        ranks = set(map(over.rank, args[0].elts))
        if len(ranks) != 1 or ranks == {0} or (vertical and ranks == {1}):
            return None
        axis = 1 if vertical or ranks == {1} else 2
        return over.axis.numpy("concatenate", _items(over, args[0]), axis=nodes.constant(axis))

    return handler


def _where(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 3 or keywords:
        return None
    rank = max(map(over.rank, args))
    return over.axis.numpy("where", *(over.aligned(arg, rank) for arg in args))


def _converted(dtype: Any) -> Handler:
    """`float(x)` and the like."""

    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        if len(args) != 1 or keywords or over.rank(args[0]) != 0:
            return None
        type_ = over.axis.type_with(over.type_of(args[0]))
        if isinstance(type_, Array) and type_.dtype == np.dtype(dtype).name:
            return over.value(args[0])
        emission = over.axis.emission
        to = nodes.name(dtype.__name__) if dtype in (float, complex) else emission.bind(np, "np")
        if dtype not in (float, complex):
            to = nodes.attribute(to, dtype.__name__)
        return nodes.call(nodes.attribute(over.value(args[0]), "astype"), to)

    return handler


def _item(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`x.item()` of a number."""
    return over.value(args[0]) if len(args) == 1 and over.rank(args[0]) == 0 else None


def _cast(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`x.astype(dtype)`."""
    if not _only_first(over, args, keywords):
        return None
    rest = {name: nodes.copy(arg) for name, arg in keywords.items()}
    return nodes.call(nodes.attribute(over.value(args[0]), "astype"), *map(nodes.copy, args[1:]), **rest)


def _copied(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    if len(args) != 1 or keywords or not isinstance(over.type_of(args[0]), (Array, Scalar)):
        return None
    return nodes.call(nodes.attribute(over.value(args[0]), "copy"))


def _absolute(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    return over.axis.numpy("abs", over.value(args[0])) if isinstance(over.type_of(args[0]), (Array, Scalar)) else None


def _summed(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """The builtin `sum`, of a list."""
    if not isinstance(over.type_of(args[0]), CONTAINERS) or keywords:
        return None
    return nodes.call(nodes.name("sum"), _items(over, args[0]), *map(over.held, args[1:]))


def _real_part(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`real_part_if_real(x, like)`, which looks at the dtype of `like` alone."""
    if len(args) != 2 or keywords or not isinstance(over.type_of(args[0]), (Array, Scalar)):
        return None
    return nodes.call(over.axis.emission.bind(real_part_if_real, "real_part_if_real"), *map(over.value, args))


def _like_object(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`object_like(template, **attributes)`."""
    if len(args) != 1 or over.depends(args[0]):
        return None
    named = {name: over.held(arg) for name, arg in keywords.items()}
    return nodes.call(over.axis.emission.bind(object_like, "object_like"), nodes.copy(args[0]), **named)


def _triangle(function: str) -> Handler:
    def handler(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
        if over.rank(args[0]) < 2 or not _only_first(over, args, keywords):
            return None
        rest = {name: nodes.copy(arg) for name, arg in keywords.items()}
        return over.axis.numpy(function, over.value(args[0]), *map(nodes.copy, args[1:]), **rest)

    return handler


def _solved(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`np.linalg.solve` with one matrix for all right-hand sides."""
    if len(args) != 2 or keywords or over.depends(args[0]) or over.rank(args[0]) != 2:
        return None
    solve = nodes.attribute(nodes.attribute(over.axis.emission.bind(np, "np"), "linalg"), "solve")
    matrix, side = over.value(args[0]), over.value(args[1])
    if over.rank(args[1]) == 1:
        return nodes.attribute(nodes.call(solve, matrix, nodes.attribute(side, "T")), "T")
    return nodes.call(solve, matrix, side)


GIVE_BACK = (float, complex, np.float64, np.float32, np.complex128, np.complex64, np.ndarray.item)
"""What makes a number of a number: with the axis it may be the very array that it is given."""

HANDLERS: dict[Any, Handler] = {
    **products.HANDLERS,
    np.sum: _reduction("sum"),
    np.mean: _reduction("mean"),
    np.cumsum: _with_axis_argument("cumsum", "axis"),
    np.swapaxes: _along("swapaxes", "axis1 axis2"),
    np.moveaxis: _along("moveaxis", "source destination"),
    np.expand_dims: _along("expand_dims", "axis"),
    np.squeeze: _along("squeeze", "axis"),
    np.flip: _along("flip", "axis"),
    np.take: _with_axis_argument("take", "indices axis"),
    np.roll: _with_axis_argument("roll", "shift axis"),
    np.transpose: _transposed,
    np.reshape: _reshaped,
    np.ravel: _raveled,
    np.broadcast_to: _broadcast,
    np.full: _full,
    np.full_like: _full_like,
    np.zeros_like: _like("zeros_like"),
    np.ones_like: _like("ones_like"),
    np.empty_like: _like("empty_like"),
    np.copy: _copied,
    np.ndarray.item: _item,
    np.ndarray.astype: _cast,
    np.real: _like("real"),
    np.imag: _like("imag"),
    np.array: _made_array,
    np.asarray: _made_array,
    np.stack: _stacked,
    np.concatenate: _concatenated,
    np.vstack: _beside(vertical=True),
    np.hstack: _beside(vertical=False),
    np.where: _where,
    builtins.float: _converted(float),
    builtins.complex: _converted(complex),
    **{dtype: _converted(dtype) for dtype in (np.float64, np.float32, np.complex128, np.complex64)},
    builtins.abs: _absolute,
    builtins.sum: _summed,
    np.tril: _triangle("tril"),
    np.triu: _triangle("triu"),
    np.linalg.solve: _solved,
    real_part_if_real: _real_part,
    object_like: _like_object,
}
