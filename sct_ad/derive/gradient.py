"""core + facts + rules -> the gradient of a scalar result, as one function (and a pair for each recursive callee)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.facts import Facts
from sct_ad.derive.accumulate import Cotangent
from sct_ad.derive.sweeps import Sweeps, arguments
from sct_ad.derive.units import Pairs, UnitPair
from sct_ad.errors import ArgumentError
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import Array, Dict, List, Scalar, Tuple, Unknown, kind


@dataclass(frozen=True)
class Request:
    """What the emitted function returns."""

    argnums: tuple[str, ...]
    """The parameters to differentiate with respect to."""
    single: bool
    """Whether to return the one gradient itself rather than a tuple."""
    with_value: bool = False
    has_aux: bool = False


@dataclass
class Derived:
    """An emitted function before it is tidied, and the facts about its variables."""

    function: gast.FunctionDef
    facts: Facts
    loop_names: dict[str, str]
    """Target of a reversed loop -> target of the loop that it reverses."""
    units: list[UnitPair] = field(default_factory=list)


def derive_gradient(flat: Specialised, request: Request) -> Derived:
    """The gradient of a specialised function.

    Raises ArgumentError where the result is not a scalar, NoRuleError or UnsupportedError at the user's line.
    """
    result, aux = _split_result(flat, request)
    check_scalar(flat, result)
    pairs = Pairs()
    inputs = {flat.parameters[name] for name in request.argnums}
    sweeps = Sweeps(flat, inputs, result, pairs)
    flat.written = {name for name, variable in flat.parameters.items() if sweeps.memory.has_identity(variable)}
    if isinstance(result, gast.Name) and sweeps.shadows.has(result.id):
        raise ArgumentError("the result is an array that is written in place\n  instead: return float(...) of it")
    acc = sweeps.acc
    named = isinstance(result, gast.Name) and result.id not in flat.temporaries
    seed = acc.fresh("b" + (result.id if named else flat.function.name))
    acc.typer.types[seed] = Scalar("float")
    pair = sweeps.pair([(result, nodes.name(seed))])
    acc.out, acc.origin = [], None
    results = _Results(sweeps)
    grads = [results.of(flat.parameters[name]) for name in request.argnums]
    closing = acc.out
    kept, values = _kept_values(sweeps, request, result, aux)
    forward, reverse = sweeps.blocks(pair, [*grads, *values], [*kept, *closing])
    body = [*forward, *kept, *reverse, *closing, gast.Return(value=_returned(request, grads, values))]
    function = gast.FunctionDef(
        name=f"{flat.function.name}_grad",
        args=arguments([*flat.parameters.values(), seed], [nodes.constant(1.0)]),
        body=body,
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
    return Derived(function, sweeps.facts(body), sweeps.assembler.loop_names, pairs.derive_all())


def _kept_values(sweeps: Sweeps, request: Request, result: Expr, aux: Expr | None) -> tuple[Block, list[Expr]]:
    """Value and aux as they are at the end of the forward sweep, before the reverse sweep steps back."""
    acc = sweeps.acc
    wanted = [("value", result)] if request.with_value else []
    wanted += [("aux", aux)] if aux is not None else []
    kept: Block = []
    exprs: list[Expr] = []
    for base, expr in wanted:
        if isinstance(expr, gast.Constant):
            exprs.append(expr)
            continue
        name = acc.fresh(base)
        acc.typer.types[name] = acc.typer.type_of(expr)
        held = nodes.copy(expr)
        if sweeps.access.contents(expr):
            held = nodes.call(acc.bind(runtime.copy_structure, "copy_structure"), held)
        kept.append(nodes.assign(name, held))
        exprs.append(nodes.name(name))
    return kept, exprs


def _returned(request: Request, grads: list[Expr], values: list[Expr]) -> Expr:
    gradient = grads[0] if request.single else nodes.tuple_(grads)
    if not values:
        return gradient
    if request.with_value:
        head = values[0] if len(values) == 1 else nodes.tuple_(values)
        return nodes.tuple_([head, gradient])
    return nodes.tuple_([gradient, values[0]])


class _Results:
    """The returned expression for each parameter: its type, dtype, shape and structure, in memory of its own."""

    def __init__(self, sweeps: Sweeps) -> None:
        self.sweeps, self.acc = sweeps, sweeps.acc
        self.given: set[str] = set()

    def of(self, variable: str) -> Expr:
        """The gradient with respect to one parameter."""
        acc, type_ = self.acc, self.acc.type_of(variable)
        if isinstance(type_, (List, Tuple, Dict)):
            if self.sweeps.shadows.has(variable):
                shadow: Expr = nodes.name(self.sweeps.shadows.name(variable))
            else:
                shadow = nodes.call(acc.bind(runtime.zero_shadow, "zero_shadow"), nodes.name(variable))
            given = nodes.name(self.sweeps.as_given(variable))
            return nodes.call(acc.bind(runtime.as_structure, "as_structure"), given, shadow)
        if self.sweeps.shadows.has(variable):
            return nodes.name(self.sweeps.shadows.name(variable))
        present = acc.state.get(variable)
        if isinstance(type_, Scalar):
            return self._scalar(type_, present)
        if present is None:
            return acc.zero(variable)
        if isinstance(type_, Unknown):
            return nodes.copy(present.expr)
        return self._array(variable, present)

    def _scalar(self, type_: Scalar, present: Cotangent | None) -> Expr:
        if present is None:
            zero: Expr = nodes.constant(0j if type_.kind == "complex" else 0.0)
            return zero if type_.dtype in ("", "?") else self.acc.numpy(type_.dtype, zero)
        have = present.type
        if type_.dtype == "?" or (isinstance(have, Scalar) and have.dtype == type_.dtype):
            return nodes.copy(present.expr)
        if type_.dtype == "":
            convert = self.acc.namespace.builtin("complex" if type_.kind == "complex" else "float")
            return nodes.call(convert, nodes.copy(present.expr))
        return self.acc.numpy(type_.dtype, nodes.copy(present.expr))

    def _array(self, variable: str, present: Cotangent) -> Expr:
        acc, type_ = self.acc, self.acc.type_of(variable)
        assert isinstance(type_, Array)
        full = acc.is_full(present, variable)
        dtype = present.type.dtype if isinstance(present.type, Array) else ""
        if full and dtype == type_.dtype and present.owned:
            return nodes.copy(present.expr)
        if full and dtype and dtype != type_.dtype and kind(present.type) == kind(type_):
            target = nodes.attribute(acc.bind(np, "np"), type_.dtype)
            return nodes.call(nodes.attribute(nodes.copy(present.expr), "astype"), target)
        if type_.dims and kind(present.type) == kind(type_):
            name = acc.canonical(variable)
            acc.release(name)
            acc.define(name, acc.owned_copy(variable, replace(present)), type_)
            return nodes.name(name)
        return nodes.call(acc.bind(runtime.as_gradient, "as_gradient"), nodes.copy(present.expr), nodes.name(variable))


def check_scalar(flat: Specialised, result: Expr) -> None:
    """Refuse a result that is not a real scalar."""
    type_ = flat.typer.type_of(result)
    name = flat.function.name
    if isinstance(type_, Scalar) and type_.kind != "bool" and (type_.kind != "complex" or type_.dtype == "?"):
        return
    if isinstance(type_, Unknown):
        return
    if isinstance(type_, Array) and (type_.dims is None or type_.dims == ()) and kind(type_) != "complex":
        return
    shape = "a complex number" if kind(type_) == "complex" else f"not a scalar ({_describe(type_)})"
    raise ArgumentError(
        f"grad of {name}: the result is {shape}; a gradient needs one real number\n"
        "  instead: return a scalar such as np.sum(...) (with has_aux, a pair of a scalar and anything), "
        "or use vjp for a chosen cotangent, or jacobian for all of it"
    )


def _describe(type_: object) -> str:
    if isinstance(type_, Array):
        return f"an array of {type_.ndim} dimension{'s' if type_.ndim != 1 else ''}"
    return type(type_).__name__.lower()


def _split_result(flat: Specialised, request: Request) -> tuple[Expr, Expr | None]:
    value = flat.function.body[-1].value
    if not request.has_aux:
        return value, None
    if isinstance(value, gast.Tuple) and len(value.elts) == 2:
        return value.elts[0], value.elts[1]
    raise ArgumentError(
        f"has_aux: {flat.function.name} must return (value, aux)\n  instead: return a tuple of two, value first"
    )
