"""What the rules of array functions share: `array_adjoint`, and macros that write shapes, sizes and subscripts.

`@array_adjoint` is `@adjoint` for functions that take tuples and lists in place of arrays: such an argument is made an
array first, and the cotangent of that array is dealt out to the items.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.parse import REQUIRED, parameters_of
from sct_ad.rules.registry import Rule, emitter
from sct_ad.rules.template import Adjoint, Site, displayed, instantiate
from sct_ad.rules.vocabulary import (
    StaticFunction,
    dtype,
    is_array,
    is_scalar,
    is_sequence,
    kind,
    macro,
    type_of_argument,
)
from sct_ad.runtime.items import item_cotangents
from sct_ad.syntax import nodes, values
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE, Abstract

_OPERANDS = ("a", "b", "x1", "x2", "A", "B", "v")
"""Parameters of array functions that are arrays, whatever their kind of numbers."""
_DTYPES = {kind: np.dtype(kind).name for kind in ("bool", "int", "float", "complex")}


def array_adjoint(
    *functions: Any, singular: bool = False, selects: bool = False
) -> Callable[[Callable[..., None]], Rule]:
    """Register a template whose arguments can be tuples and lists as well as arrays."""

    def register(body: Any) -> Rule:
        inner = Rule(functions, "template", body, singular=singular)

        def emit(site: Site) -> Adjoint:
            return on_arrays(site, lambda converted: instantiate(inner, converted))

        emit.__name__, emit.__module__, emit.__doc__ = body.__name__, body.__module__, body.__doc__
        rule = emitter(*functions, params=parameter_text(body))(emit)
        rule.singular, rule.selects = singular, selects
        return rule

    return register


def array_emitter(
    *functions: Any, params: str, topic: str = "", selects: bool = False
) -> Callable[[Callable[[Site], Adjoint]], Rule]:
    """Register an emitter whose arguments can be tuples and lists as well as arrays; `topic` is the module it is of."""

    def register(emit: Any) -> Rule:
        def body(site: Site) -> Adjoint:
            return on_arrays(site, emit)

        body.__name__, body.__module__, body.__doc__ = emit.__name__, topic or emit.__module__, emit.__doc__
        return emitter(*functions, params=params, selects=selects)(body)

    return register


def parameter_text(body: Any) -> str:
    """The parameter list of a template, without the result."""
    found: list[str] = []
    for parameter in parameters_of(body):
        if parameter.keyword_only and "*" not in found:
            found.append("*")
        required = parameter.default is REQUIRED
        found.append(parameter.name if required else f"{parameter.name}={parameter.default!r}")
    return ", ".join(found)


def on_arrays(site: Site, emit: Callable[[Site], Adjoint], elementwise: bool = False) -> Adjoint:
    """What `emit` gives at a site whose tuples and lists of numbers are arrays; contributions go to the items.

    The differentiator itself sums the contributions of an elementwise rule to the shapes of their receivers.
    """
    made: dict[str, Expr] = {}
    arguments = dict(site.arguments)
    for parameter, argument in site.arguments.items():
        if elementwise and isinstance(argument, (gast.Tuple, gast.List)) and site.is_active(argument):
            raise NoRuleError("a tuple or list written into the call\n  instead: make it an array, np.array(...)")
        if is_sequence.answer(site, argument) is True and (elementwise or _is_operand(site, parameter, argument)):
            name = site.fresh("items")
            made[name], arguments[parameter] = argument, nodes.name(name)
    if not made:
        return emit(site)
    types = {name: array_type(type_of_argument(site, argument)) for name, argument in made.items()}

    def type_of(expression: Expr) -> Abstract:
        return types.get(getattr(expression, "id", "")) or site.type_of(expression)

    def is_active(expression: Expr) -> bool:
        return site.is_active(made.get(getattr(expression, "id", ""), expression))

    inner = emit(replace(site, arguments=arguments, type_of=type_of, is_active=is_active))
    outer = Adjoint(list(inner.statements))
    for receiver, expression in inner.contributions:
        sequence = made.get(getattr(receiver, "id", ""))
        if sequence is None or elementwise:
            outer.contributions.append((receiver if sequence is None else sequence, expression))
        else:
            deal_out(site, outer, sequence, expression)
    read = nodes.names_in([s.value for s in outer.statements]) | nodes.names_in([e for _, e in outer.contributions])
    array = nodes.attribute(site.bind(np, "np"), "array")
    outer.statements[:0] = [
        nodes.assign(name, nodes.call(nodes.copy(array), nodes.copy(made[name]))) for name in made if name in read
    ]
    return outer


def _is_operand(site: Site, parameter: str, argument: Expr) -> bool:
    """Whether a tuple or list stands for an array, and not for axes, shapes or indices."""
    if site.is_active(argument) or parameter in _OPERANDS or parameter.startswith("operand"):
        return True
    return array_type(type_of_argument(site, argument)).dtype.startswith("float")


def give(site: Site, adjoint: Adjoint, item: Expr, expression: Expr) -> None:
    """A contribution to an argument that may be a tuple or list in place of an array."""
    if is_sequence.answer(site, item) is not True:
        adjoint.contributions.append((item, expression))
    elif site.is_active(item):
        deal_out(site, adjoint, item, expression)


def deal_out(site: Site, adjoint: Adjoint, sequence: Expr, expression: Expr) -> None:
    """Contributions of an array's cotangent to the items of the tuple or list that the array was made of."""
    if not isinstance(sequence, (gast.Tuple, gast.List)):
        call = nodes.call(site.bind(item_cotangents, "item_cotangents"), expression, nodes.copy(sequence))
        adjoint.contributions.append((sequence, call))
        return
    numbers = site.is_number(site.result) and all(map(site.is_number, sequence.elts))
    if numbers and not calls_or_reads_more(expression, site):
        if not isinstance(expression, (gast.Name, gast.Constant)):
            share = site.fresh("share")
            adjoint.statements.append(nodes.assign(share, expression))
            expression = nodes.name(share)
        adjoint.contributions += [(item, nodes.copy(expression)) for item in sequence.elts]
        return
    parts = site.fresh("parts")
    call = nodes.call(site.bind(item_cotangents, "item_cotangents"), expression, nodes.copy(sequence))
    adjoint.statements.append(nodes.assign(parts, call))
    adjoint.contributions += displayed(sequence, nodes.name(parts))


def calls_or_reads_more(expression: Expr, site: Site) -> bool:
    """Whether an expression may be more than a number made of the result's cotangent."""
    known = nodes.names_in(site.cotangent)
    return any(
        isinstance(node, gast.Call) or (isinstance(node, gast.Name) and node.id not in known)
        for node in nodes.walk(expression)
    )


def array_type(value: Abstract) -> values.Array:
    """The type of the array that NumPy makes of a tuple or list."""
    if isinstance(value, values.Array):
        return value
    if isinstance(value, values.Scalar):
        return values.Array(_DTYPES.get(value.kind, "") if value.dtype == "" else value.dtype.strip("?"), ())
    items = getattr(value, "items", None)
    if not isinstance(value, (values.Tuple, values.List)) or not items:
        return values.Array()
    types = [array_type(item) for item in items]
    dtypes = {t.dtype for t in types}
    name = "" if "" in dtypes else np.result_type(*map(np.dtype, sorted(dtypes))).name
    if types[0].dims is None or len({t.ndim for t in types}) > 1:
        return values.Array(name)
    return values.Array(name, (len(items), *types[0].dims))


# Subscripts --------------------------------------------------------------------------------------------------------


def backwards() -> Expr:
    """The slice `::-1`."""
    return gast.Slice(lower=None, upper=None, step=nodes.constant(-1))


def at_axis(array: Expr, axis: int, index: Expr, rank: Any = NO_VALUE) -> Expr:
    """`array[:, index]`: the index at one axis and everything of the others."""
    if axis < 0 and rank is not NO_VALUE:
        axis += rank
    if axis < 0:
        rest = [nodes.whole() for _ in range(-axis - 1)]
        return nodes.subscript(array, nodes.tuple_([nodes.constant(Ellipsis), index, *rest]))
    before = [nodes.whole() for _ in range(axis)]
    return nodes.subscript(array, nodes.tuple_([*before, index]) if before else index)


def known_axis(site: Any, axis: Expr) -> int | None:
    """The value of an axis argument that is one number; None where it is not."""
    found = site.known(axis)
    return int(found) if isinstance(found, (int, np.integer)) and not isinstance(found, bool) else None


@macro
def backward_along(site: Any, array: Expr, like: Expr, axis: Expr) -> Expr:
    """`array[:, ::-1]`; `array` has the rank of `like`."""
    rank, number = site.ndim(like), known_axis(site, axis)
    if site.known(axis) is None and rank not in (NO_VALUE, 0):
        return nodes.subscript(array, nodes.tuple_([backwards()] * rank) if rank > 1 else backwards())
    if number is not None:
        return at_axis(array, number, backwards(), rank)
    flip = nodes.attribute(site.bind(np, "np"), "flip")
    return nodes.call(flip, array) if site.known(axis) is None else nodes.call(flip, array, nodes.copy(axis))


# Shapes and sizes --------------------------------------------------------------------------------------------------


@macro
def shape_of(site: Any, x: Expr) -> Expr:
    """`x.shape`, or `np.shape(x)` where `x` may be no array."""
    if is_array.answer(site, x) is True:
        return nodes.attribute(nodes.copy(x), "shape")
    return nodes.call(nodes.attribute(site.bind(np, "np"), "shape"), nodes.copy(x))


@macro
def size_of(site: Any, x: Expr) -> Expr:
    """The size as a number where it is known, else `x.size`, or `np.size(x)` where `x` may be no array."""
    dims = values.dims_of(type_of_argument(site, x))
    if dims and all(isinstance(n, int) for n in dims):
        return nodes.constant(math.prod(dims))  # type: ignore[arg-type]
    if is_array.answer(site, x) is True:
        return nodes.attribute(nodes.copy(x), "size")
    return nodes.call(nodes.attribute(site.bind(np, "np"), "size"), nodes.copy(x))


def length_of(site: Any, x: Expr, axis: int) -> Expr:
    """The size of one axis of `x`, as a number where it is known: `3`, else `x.shape[axis]`."""
    dims = values.dims_of(type_of_argument(site, x))
    if dims is not None and -len(dims) <= axis < len(dims):
        if isinstance(dims[axis], int):
            return nodes.constant(dims[axis])
        axis %= len(dims)
    shape: Expr = shape_of(site, x)
    return nodes.subscript(shape, nodes.constant(axis))


@macro
def reshaped(site: Any, cotangent: Expr, x: Expr) -> Expr:
    """The cotangent in the shape of `x`: `dz.reshape(x.shape)`, and `dz` where both are numbers or of rank 0."""
    rank = site.ndim(site.result)
    if site.ndim(x) == 0 and (rank is not NO_VALUE or is_scalar.answer(site, x) is True):
        return cotangent if rank == 0 else nodes.call(nodes.attribute(cotangent, "item"))
    if rank in (0, NO_VALUE) or is_array.answer(site, x) is not True:
        return nodes.call(nodes.attribute(site.bind(np, "np"), "reshape"), cotangent, shape_of(site, x))
    return nodes.call(nodes.attribute(cotangent, "reshape"), shape_of(site, x))


@macro
def conj(site: Any, x: Expr, asked: Expr | None = None) -> Expr:
    """`np.conj(x)`; `x` itself where it (or the argument `asked`) is known to be real."""
    if kind.answer(site, x if asked is None else asked) in ("float", "int", "bool"):
        return x
    return nodes.call(nodes.attribute(site.bind(np, "np"), "conj"), x)


def dtype_keyword(site: Any, x: Expr) -> dict[str, Expr]:
    """`dtype=x.dtype` for functions that make float64 unless told otherwise; nothing where float64 is right."""
    name = dtype.answer(site, x)
    if name in ("", "float64", "int64", "bool") or is_array.answer(site, x) is not True:
        return {}
    return {"dtype": nodes.attribute(nodes.copy(x), "dtype")}


def _is_double(site: Any, x: Expr) -> bool:
    """Whether numbers are known to be in double precision, so that constants in double precision do no harm."""
    return dtype.answer(site, x) in ("", "float64", "complex128", "int64", "bool")


is_double = StaticFunction("is_double", _is_double)
