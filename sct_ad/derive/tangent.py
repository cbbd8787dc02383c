"""core + rules -> the value and its tangent, as one function (and one for each recursive callee)."""

from __future__ import annotations

from dataclasses import dataclass

import gast

from sct_ad import runtime
from sct_ad.analysis.alias import unit_ties
from sct_ad.derive.decisions import decide
from sct_ad.derive.forward import Forward
from sct_ad.derive.gradient import Derived, inputs_of, split_result
from sct_ad.derive.requests import TangentRequest
from sct_ad.derive.returned import given_at
from sct_ad.derive.sweeps import function_of
from sct_ad.derive.tangent_primitive import CompileHelper
from sct_ad.derive.tangent_units import TangentUnit, TangentUnits
from sct_ad.errors import UnsupportedError
from sct_ad.specialise.entry import Specialised, named_result
from sct_ad.specialise.parameters import Given
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import Array, Scalar, Unknown


@dataclass
class Sweep:
    """A primal and its tangents in one block, and what they consist of."""

    forward: Forward
    names: list[str]
    """The parameters that tangents are passed as."""
    head: Block
    """What takes objects among the arguments apart, and their tangents."""
    body: Block
    units: TangentUnits


def tangent_sweep(
    flat: Specialised,
    request: TangentRequest,
    helpers: CompileHelper | None = None,
    walker: type[Forward] = Forward,
) -> Sweep:
    """The primal with its tangents; raises NoRuleError or UnsupportedError at the user's line."""
    result, aux = split_result(flat.function.body[-1].value, request.has_aux, request.name)
    inputs = {variable for name in request.parameters for variable in inputs_of(flat, name)}
    units = TangentUnits(request.customs)
    forward = walker(decide(flat, inputs, result), inputs, result, units, helpers)
    changed = forward.memory.has_identity
    flat.written = {n for n in flat.roots() if flat.is_changed(n) or any(map(changed, flat.variables(n)))}
    given = [flat.parameters[name] for name in request.parameters]
    names = [forward.tangent(variable) for variable in given]
    forward.tangent_only = request.tangent_only
    forward.roots = dict(zip(given, names, strict=True))
    head = _parts(flat, forward, request, forward.roots)
    names_given = {*names, *(stmt.targets[0].id for stmt in head)}
    if not request.again and aux is None:
        result = named_result(flat)
    body = _body(forward, names_given, result, aux, request, copies=not request.again)
    return Sweep(forward, names, head, body, units)


def derive_tangent(
    flat: Specialised,
    request: TangentRequest,
    helpers: CompileHelper | None = None,
    walker: type[Forward] = Forward,
) -> Derived:
    """`f_jvp(x, y, dx, dy) -> (value, tangent)`; raises NoRuleError or UnsupportedError at the user's line."""
    sweep = tangent_sweep(flat, request, helpers, walker)
    name = request.emitted or f"{flat.function.name}_jvp"
    function = function_of(name, [*flat.signature, *sweep.names], sweep.body)
    facts = sweep.forward.facts(sweep.body)
    function.body = [*sweep.head, *sweep.body]
    return Derived(function, facts, {}, derive_units(sweep.units, helpers, walker), head=sweep.head)


def _parts(flat: Specialised, forward: Forward, request: TangentRequest, roots: dict[str, str]) -> Block:
    """What takes objects among the arguments apart, and their tangents."""
    found: Block = []
    for name, given in flat.given.items():
        for leaf in given.leaves():
            found.append(nodes.assign(leaf.variable, nodes.copy(leaf.path)))
            if name in request.parameters and leaf.variable in forward.active:
                found.append(nodes.assign(forward.tangent(leaf.variable), nodes.substitute(leaf.path, roots)))
    return found


def _body(
    forward: Forward, given: set[str], result: Expr, aux: Expr | None, request: TangentRequest, copies: bool
) -> Block:
    """Copies of what is written, the two in one sweep, and the return."""
    flat = forward.flat
    entry: Block = []
    for variable in flat.parameters.values():
        written = copies and variable in forward.memory.parent and forward.memory.has_identity(variable)
        if written:
            entry.append(nodes.assign(variable, _copied(forward, variable, variable)))
        if variable in forward.active:
            tangent = forward.tangent(variable)
            if tangent not in given:
                entry.append(nodes.assign(tangent, forward.zero(nodes.name(variable))))
            elif written:
                entry.append(nodes.assign(tangent, _copied(forward, variable, tangent)))
    body = forward.block(forward.body)
    forward.settle()
    forward.out, forward.origin = [], None
    parts = [] if request.tangent_only else [nodes.copy(result)]
    parts.append(_returned(forward, result))
    parts += [] if aux is None else [nodes.copy(aux)]
    returned = nodes.tuple_(parts) if len(parts) > 1 else parts[0]
    return [*entry, *body, *forward.out, gast.Return(value=returned)]


def _copied(forward: Forward, variable: str, name: str) -> Expr:
    if not isinstance(forward.typer.types.get(variable), Array):
        return nodes.call(forward.bind(runtime.copy_structure, "copy_structure"), nodes.name(name))
    if forward.memory.find(variable) not in forward.order_sensitive:
        return nodes.call(nodes.attribute(nodes.name(name), "copy"))
    if name == variable:
        return nodes.call(forward.bind(runtime.copy_in_layout, "copy_in_layout"), nodes.name(name))
    return nodes.call(forward.bind(runtime.in_layout_of, "in_layout_of"), nodes.name(variable), nodes.name(name))


def _returned(forward: Forward, result: Expr) -> Expr:
    """The tangent of the result, in its structure and in the types of its numbers."""
    if isinstance(result, (gast.Tuple, gast.List)):
        items = [_returned(forward, item) for item in result.elts]
        return nodes.tuple_(items) if isinstance(result, gast.Tuple) else gast.List(elts=items, ctx=nodes.LOAD)
    if isinstance(result, gast.Dict):
        return gast.Dict(keys=nodes.copy(result.keys), values=[_returned(forward, v) for v in result.values])
    if isinstance(result, gast.Call):
        return _returned_call(forward, result)
    part = given_at(forward.flat, result)
    if part is not None:
        return _returned_part(forward, part)
    if not isinstance(result, (gast.Name, gast.Constant, gast.UnaryOp)):
        raise _unknown_result(forward)
    tangent = forward.tangent_of(result)
    if not forward.NUMERIC:
        return tangent
    type_, found = forward.typer.type_of(result), forward.typer.type_of(tangent)
    if isinstance(type_, Scalar) and type_.dtype == "" and type_.kind in ("float", "complex"):
        if not (isinstance(found, Scalar) and found.dtype == ""):
            return nodes.call(forward.namespace.builtin(type_.kind), tangent)
    if isinstance(type_, Scalar) and type_.dtype.startswith(("float", "complex")) and not isinstance(found, Scalar):
        return forward.numpy(type_.dtype, tangent)
    if isinstance(type_, Unknown) and not forward.tangent_only:
        return nodes.call(forward.bind(runtime.number_like, "number_like"), tangent, nodes.copy(result))
    return tangent


def _returned_part(forward: Forward, part: Given) -> Expr:
    """The tangent of an object of the caller's that is returned: what the caller gave for it."""
    leaves = [leaf.variable for leaf in part.leaves()]
    root = next(node.id for node in nodes.walk(part.path) if isinstance(node, gast.Name))
    changed = forward.flat.is_changed(root) or any(map(forward.memory.has_identity, leaves))
    if root not in forward.roots or changed:
        raise _unknown_result(forward)
    found: Expr = nodes.substitute(part.path, forward.roots)
    return found


def _returned_call(forward: Forward, result: gast.Call) -> Expr:
    """A named tuple or a new object, made of tangents."""
    function = forward.typer.resolve(result.func)
    if function is not runtime.new_object and not (isinstance(function, type) and hasattr(function, "_fields")):
        raise _unknown_result(forward)
    kept = 1 if function is runtime.new_object else 0
    args = [*nodes.copy(result.args[:kept]), *(_returned(forward, arg) for arg in result.args[kept:])]
    named = {keyword.arg: _returned(forward, keyword.value) for keyword in result.keywords}
    return nodes.call(nodes.copy(result.func), *args, **named)


def _unknown_result(forward: Forward) -> UnsupportedError:
    return UnsupportedError(
        "the tangent of an object of the caller's that is returned",
        nodes.origin_of(forward.flat.function.body[-1]),
        "return the numbers and arrays in it",
    )


def derive_units(
    units: TangentUnits, helpers: CompileHelper | None, walker: type[Forward] = Forward
) -> list[TangentUnit]:
    """The functions of all recursive callees."""
    done = []
    while units.pending:
        wanted = units.pending.pop(0)
        flat = wanted.unit.flat
        result = nodes.copy(flat.function.body[-1].value)
        inputs = {flat.parameters[n] for n in wanted.active} | unit_ties(wanted.unit)
        forward = walker(decide(flat, inputs, result), inputs, result, units, helpers)
        names = [forward.tangent(flat.parameters[n]) for n in wanted.active]
        body = _body(forward, set(names), result, None, TangentRequest(()), copies=False)
        wanted.functions = [function_of(wanted.name, [*flat.parameters.values(), *names], body)]
        wanted.facts = forward.facts(body)
        done.append(wanted)
    return done
