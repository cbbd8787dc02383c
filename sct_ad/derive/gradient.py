"""core + facts + rules -> the gradient of a scalar result, as one function (and a pair for each recursive callee)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.facts import Facts
from sct_ad.analysis.realness import is_real_part
from sct_ad.cotangents import Slot
from sct_ad.derive.accumulate import Cotangent
from sct_ad.derive.requests import Items, Request, single_parameters
from sct_ad.derive.returned import with_written_parts
from sct_ad.derive.sweeps import Sweeps, function_of
from sct_ad.derive.tangent_units import TangentUnit
from sct_ad.derive.units import Pairs, UnitPair
from sct_ad.errors import ArgumentError
from sct_ad.objects import rebuilt, registered
from sct_ad.runtime.complex_numbers import require_real
from sct_ad.specialise.entry import Specialised
from sct_ad.specialise.parameters import Given
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Object,
    Opaque,
    Same,
    Scalar,
    Tuple,
    Unknown,
    kind,
    may_carry_derivative,
)


@dataclass
class Derived:
    """An emitted function before it is tidied, and the facts about its variables."""

    function: gast.FunctionDef
    facts: Facts
    loop_names: dict[str, str]
    """Target of a reversed loop -> target of the loop that it reverses."""
    units: Sequence[UnitPair | TangentUnit] = field(default_factory=list)
    pairs: Pairs = field(default_factory=Pairs)
    defaults: tuple[float, ...] = ()
    """Of the last parameters."""
    head: Block = field(default_factory=list)
    """The statements at its start that take objects among the arguments apart."""
    seed: str = ""
    """The parameter of a gradient that stands for the cotangent of the result."""
    batched: bool = False
    """Whether its tangents have an axis of directions in front."""
    slot: Slot | None = None
    """What a cotangent of the result has to look like, where it has a structure."""


def derive_gradient(flat: Specialised, request: Request) -> Derived:
    """The gradient of a specialised function.

    Raises ArgumentError where the result is not a scalar, NoRuleError or UnsupportedError at the user's line.
    """
    result, aux = split_result(flat.function.body[-1].value, request.has_aux, request.name)
    check_scalar(flat, result, request)
    pairs = Pairs()
    inputs = {variable for item in request.argnums for variable in inputs_of(flat, item)}
    sweeps = Sweeps(flat, inputs, result, pairs)
    written = sweeps.memory.has_identity
    flat.written = {n for n in flat.roots() if flat.is_changed(n) or any(map(written, flat.variables(n)))}
    if isinstance(result, gast.Name) and sweeps.shadows.has(result.id):
        raise ArgumentError("the result is an array that is written in place\n  instead: return float(...) of it")
    acc = sweeps.acc
    named = isinstance(result, gast.Name) and result.id not in flat.temporaries
    seed = acc.fresh("b" + (result.id if named else flat.function.name))
    acc.typer.types[seed] = Scalar("float")
    pair = sweeps.pair([(result, nodes.name(seed))])
    acc.out, acc.origin = [], None
    results = Results(sweeps)
    grads = [results.of_argnum(item) for item in request.argnums]
    closing = acc.out
    kept, values = kept_values(sweeps, request, result, aux)
    forward, reverse = sweeps.blocks(pair, [*grads, *values], [*kept, *closing], request.budget)
    body = [*forward, *kept, *reverse, *closing, gast.Return(value=_returned(request, grads, values))]
    function = function_of(f"{flat.function.name}_grad", [*flat.signature, seed], body, [nodes.constant(1.0)])
    facts = sweeps.facts(body)
    head = parts_of_arguments(flat)
    function.body = [*head, *body]
    units = pairs.derive_all()
    return Derived(function, facts, sweeps.assembler.loop_names, units, pairs, (1.0,), head, seed)


def inputs_of(flat: Specialised, item: str | Items) -> list[str]:
    """The variables that the parameters to differentiate by consist of."""
    found: list[str] = []
    for name in single_parameters((item,)):
        if name not in flat.given:
            found.append(flat.parameters[name])
        else:
            found += [leaf.variable for leaf in flat.given[name].leaves() if may_carry_derivative(leaf.type)]
    return found


def parts_of_arguments(flat: Specialised) -> Block:
    """What takes objects among the arguments apart."""
    leaves = [leaf for given in flat.given.values() for leaf in given.leaves()]
    return [nodes.assign(leaf.variable, nodes.copy(leaf.path)) for leaf in leaves]


def kept_values(sweeps: Sweeps, request: Request, result: Expr, aux: Expr | None) -> tuple[Block, list[Expr]]:
    """Value and aux as they are at the end of the forward sweep, before the reverse sweep steps back."""
    acc = sweeps.acc
    wanted = [("value", result)] if request.with_value else []
    wanted += [("aux", aux)] if aux is not None else []
    kept: Block = []
    type_ = acc.typer.type_of(result)
    if acc.may_be_complex(type_) and not is_real_part(result) and not request.holomorphic:
        kept.append(gast.Expr(value=nodes.call(acc.bind(require_real, "require_real"), nodes.copy(result))))
    exprs: list[Expr] = []
    for base, expr in wanted:
        if isinstance(expr, gast.Constant):
            exprs.append(expr)
            continue
        name = acc.fresh(base)
        acc.typer.types[name] = acc.typer.type_of(expr)
        held = _with_copies(sweeps, expr)
        if sweeps.access.contents(expr):
            held = nodes.call(acc.bind(runtime.copy_structure, "copy_structure"), held)
        kept.append(nodes.assign(name, held))
        exprs.append(nodes.name(name))
    return kept, exprs


def _with_copies(sweeps: Sweeps, expr: Expr) -> Expr:
    """A returned expression whose objects have copies of those arrays that the reverse sweep steps back."""

    def own(variable: str) -> Expr:
        copy = sweeps.acc.bind(runtime.copy_structure, "copy_structure")
        return nodes.call(copy, nodes.name(variable))

    return with_written_parts(sweeps.flat, sweeps.acc, expr, sweeps.memory.has_identity, own)


def _returned(request: Request, grads: list[Expr], values: list[Expr]) -> Expr:
    gradient = grads[0] if request.single else nodes.tuple_(grads)
    if not values:
        return gradient
    if request.with_value:
        head = values[0] if len(values) == 1 else nodes.tuple_(values)
        return nodes.tuple_([head, gradient])
    return nodes.tuple_([gradient, values[0]])


class Results:
    """The returned expression for each parameter: its type, dtype, shape and structure, in memory of its own."""

    def __init__(self, sweeps: Sweeps) -> None:
        self.sweeps, self.acc = sweeps, sweeps.acc

    def of_argnum(self, item: str | Items) -> Expr:
        """The gradient with respect to what one argnum stands for."""
        if isinstance(item, str):
            return self.of_parameter(item)
        found = [self.of_parameter(name) for name in item.names]
        if item.keys is None:
            return nodes.tuple_(found)
        return gast.Dict(keys=[nodes.constant(key) for key in item.keys], values=found)

    def of_parameter(self, name: str) -> Expr:
        """The gradient with respect to one parameter, in its structure."""
        given = self.sweeps.flat.given.get(name)
        if given is None:
            return self.of(self.sweeps.flat.parameters[name])
        again = {part.type.key for part in given.all() if isinstance(part.type, Same)}
        return self._of_given(given, again, {})

    def _of_given(self, given: Given, again: set[Hashable], made: dict[Hashable, str]) -> Expr:
        """A part of an argument: an object of the same class, a container of the same type, or a leaf."""
        type_ = given.type
        if given.variable:
            return self.of(given.variable) if may_carry_derivative(type_) else nodes.copy(given.path)
        if isinstance(type_, Same):
            return nodes.name(made[type_.key]) if type_.key in made else nodes.copy(given.path)
        if not any(may_carry_derivative(part.type) for part in given.all()):
            return nodes.copy(given.path)
        parts = {key: self._of_given(part, again, made) for key, part in given.parts}
        if isinstance(type_, Dict):
            return gast.Dict(keys=list(map(nodes.constant, parts)), values=list(parts.values()))
        if isinstance(type_, List):
            return gast.List(elts=list(parts.values()), ctx=nodes.LOAD)
        changed = {key: parts[key] for key, part in given.parts if not nodes.same(parts[key], part.path)}
        if isinstance(type_, Tuple):
            if not type_.names:
                return nodes.tuple_(list(parts.values()))
            fields = {type_.names[key]: value for key, value in changed.items()}
            return nodes.call(nodes.attribute(nodes.copy(given.path), "_replace"), **fields)
        assert isinstance(type_, Object)
        like = self.acc.bind(runtime.object_like, "object_like")
        result: Expr = nodes.call(like, nodes.copy(given.path), **changed)
        if type_.cls in registered:
            result = nodes.call(self.acc.bind(rebuilt, "rebuilt"), nodes.copy(given.path), result)
        if type_.key in again:
            result = self.acc.define(self.acc.fresh("bobject"), result, UNKNOWN)
            assert isinstance(result, gast.Name)
            made[type_.key] = result.id
        return result

    def of(self, variable: str) -> Expr:
        """The gradient with respect to one variable that was passed in."""
        acc, type_ = self.acc, self.acc.type_of(variable)
        if isinstance(type_, (List, Tuple, Dict)):
            passed = nodes.name(self.sweeps.as_given(variable))
            if self.sweeps.shadows.has(variable):
                shadow: Expr = nodes.name(self.sweeps.shadows.name(variable))
            else:
                shadow = nodes.call(acc.bind(runtime.zero_shadow, "zero_shadow"), nodes.copy(passed))
            return nodes.call(acc.bind(runtime.as_structure, "as_structure"), passed, shadow)
        if self.sweeps.shadows.has(variable):
            return nodes.name(self.sweeps.shadows.name(variable))
        present, given = acc.state.get(variable), self.sweeps.flat.parameter_types[variable]
        if isinstance(given, Scalar):
            return self._scalar(given, present)
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
        if type_.kind != "complex" and self.acc.may_be_complex(have):  # its variable stands for a complex number, too
            present, have = replace(present, expr=nodes.attribute(nodes.copy(present.expr), "real")), UNKNOWN
        if isinstance(have, Scalar) and have.dtype == type_.dtype:
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


def check_scalar(flat: Specialised, result: Expr, request: Request) -> None:
    """Refuse a result that is not a real scalar, or a complex one of a function that is holomorphic."""
    type_ = flat.typer.type_of(result)
    if isinstance(result, gast.Call):
        type_ = Opaque(_class_of(flat, result))
    if isinstance(result, gast.Name) and any(_makes_tuple(flat, s, result.id) for s in flat.function.body):
        type_ = Tuple(())
    scalar = isinstance(type_, Scalar) or (isinstance(type_, Array) and type_.dims == ())
    if request.holomorphic and scalar and kind(type_) == "complex":
        return
    if request.holomorphic and scalar and kind(type_):
        raise ArgumentError(
            f"grad of {request.name}: the result is real, and holomorphic=True is for functions with complex results\n"
            "  instead: leave out holomorphic=True"
        )
    if isinstance(type_, Scalar) and type_.kind != "bool" and (type_.kind != "complex" or type_.dtype == "?"):
        return
    if isinstance(type_, Unknown):
        return
    if isinstance(type_, Array) and (type_.dims is None or type_.dims == ()) and kind(type_) != "complex":
        return
    shown, remedy = _describe(type_)
    raise ArgumentError(
        f"grad of {request.name}: the result is {shown}; a gradient needs one real number\n  instead: {remedy}"
    )


def _makes_tuple(flat: Specialised, stmt: nodes.Stmt, variable: str) -> bool:
    """Whether a statement is `variable = tuple(items)`."""
    if not isinstance(stmt, gast.Assign) or not isinstance(stmt.value, gast.Call):
        return False
    return variable in nodes.defines(stmt) and flat.typer.resolve(stmt.value.func) is tuple


def _class_of(flat: Specialised, made: gast.Call) -> type:
    """The class of the object that `new_object(cls, ...)` makes."""
    found = flat.typer.type_of(made.args[0]) if made.args else UNKNOWN
    return found.value if isinstance(found, Constant) and isinstance(found.value, type) else object


def _describe(type_: Abstract) -> tuple[str, str]:
    """What a result is that has no gradient, and what to return instead."""
    if kind(type_) == "complex":
        shown = "a complex number" if isinstance(type_, Scalar) else "an array of complex numbers"
        remedy = "return a real number: result.real, abs(result) or np.sum(np.abs(result) ** 2)"
        holomorphic = "; or ask for the complex derivative, grad(f, holomorphic=True), if the function is holomorphic"
        return shown, remedy + holomorphic * isinstance(type_, Scalar)
    if isinstance(type_, Array):
        dimensions = f"{type_.ndim} dimension{'s' if type_.ndim != 1 else ''}"
        remedy = "sum it, np.sum(result), or contract it with a vector, np.sum(v * result)"
        return f"an array of {dimensions}", f"{remedy}; or use vjp(f, x) or jacrev(f)"
    if isinstance(type_, Scalar):
        return "a bool", "return a float: a comparison has no derivative"
    if isinstance(type_, Constant):
        if type_.value is None:
            return "None (is a return missing?)", "return the number to differentiate"
        return repr(type_.value), "return the number to differentiate"
    if isinstance(type_, (Tuple, List)):
        pair = "with has_aux=True, a tuple of one number and anything"
        return f"a {type(type_).__name__.lower()}", f"return one number, such as result[0]; {pair}"
    if isinstance(type_, Dict):
        key = type_.items[0][0] if type_.items else "loss"
        return "a dict", f"return one number, such as result[{key!r}]"
    name = type_.cls.__name__ if isinstance(type_, Opaque) else type(type_).__name__.lower()
    return f"a {name}", "return the number to differentiate"


def _items_of(value: Expr) -> list[Expr]:
    """The items of a returned tuple or named tuple; none of anything else."""
    if isinstance(value, gast.Tuple):
        return list(value.elts)
    return [] if not isinstance(value, gast.Call) or value.keywords else list(value.args)


def split_result(value: Expr, has_aux: bool, name: str) -> tuple[Expr, Expr | None]:
    """The returned expression, and what is returned beside it with `has_aux`."""
    if not has_aux:
        return value, None
    items = _items_of(value)
    if len(items) == 2:
        return items[0], items[1]
    raise ArgumentError(f"has_aux: {name} must return (value, aux)\n  instead: return a tuple of two, value first")
