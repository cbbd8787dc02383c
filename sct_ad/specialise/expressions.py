"""Expressions, assignments, stores and effects."""

from __future__ import annotations

import importlib
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.typer import constant_type
from sct_ad.normal.denoted import Denoted
from sct_ad.normal.emission import at
from sct_ad.specialise import (
    attributes,
    calls,
    dicts,
    identity,
    instances,
    iteration,
    lists,
    operators,
    subscripts,
)
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import (
    Instance,
    Iteration,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    literal,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    NO_VALUE,
    UNDEFINED,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Opaque,
    Scalar,
    Tuple,
)


def evaluate(state: State, frame: Frame, expr: Expr) -> Symbol:
    """The symbol of a core right-hand side; a Runtime result may hold a not yet assigned expression."""
    if isinstance(expr, gast.Name):
        return state.lookup(frame, expr.id)
    if isinstance(expr, gast.Constant):
        if isinstance(expr.value, Denoted):
            return calls.object_of(state, expr.value.value, expr.value.name)
        return Runtime(constant_type(expr.value), nodes.copy(expr))
    if isinstance(expr, gast.Call):
        return calls.call(state, frame, expr)
    if isinstance(expr, gast.Attribute):
        return attributes.load_attribute(state, frame, expr)
    if isinstance(expr, gast.Subscript):
        return subscripts.load_item(state, frame, expr)
    if isinstance(expr, (gast.Tuple, gast.List)):
        return _sequence(state, frame, expr)
    if isinstance(expr, gast.BinOp):
        return binary(state, evaluate(state, frame, expr.left), expr.op, evaluate(state, frame, expr.right), expr)
    if isinstance(expr, gast.UnaryOp):
        operand = evaluate(state, frame, expr.operand)
        if isinstance(operand, Instance):
            return operators.unary(state, operand, expr.op, expr)
        if isinstance(expr.op, gast.Not) and not isinstance(operand, Runtime):
            truth = bool(operand.items) if isinstance(operand, Sequence) else True
            return literal(not truth)
        return typed(state, gast.UnaryOp(op=expr.op, operand=display(state.runtime(operand))), expr)
    if isinstance(expr, gast.Compare):
        return _compare(state, frame, expr)
    if isinstance(expr, gast.Dict):
        return _dict(state, frame, expr)
    if isinstance(expr, (gast.JoinedStr, gast.FormattedValue)):
        return Runtime(Opaque(str), _formatted(state, frame, expr))
    if isinstance(expr, gast.Set):
        items = [display(state.runtime(evaluate(state, frame, e))) for e in expr.elts]
        return Runtime(Opaque(set), gast.Set(elts=items))
    raise state.refuse(f"the expression '{type(expr).__name__}'", span=state.span(frame, expr))


def typed(state: State, expr: Expr, user: Expr) -> Runtime:
    """A run-time expression at the place of the user's."""
    return Runtime(state.typer.type_of(expr), at(expr, user))


def _sequence(state: State, frame: Frame, expr: Any) -> Symbol:
    items: list[Symbol] = []
    for position, element in enumerate(expr.elts):
        if not isinstance(element, gast.Starred):
            items.append(evaluate(state, frame, element))
            continue
        whole = calls.as_list(state, evaluate(state, frame, element.value))
        known = known_parts(state, whole)
        if known is None and isinstance(expr, gast.List) and isinstance(owner_type(whole), List):
            parts: list[Symbol] = [Sequence(tuple(items), True)] if items else []
            parts.append(lists.part(state, state.runtime(whole), None, None))
            if expr.elts[position + 1 :]:
                rest = gast.List(elts=expr.elts[position + 1 :], ctx=nodes.LOAD)
                parts.append(_sequence(state, frame, rest))
            return lists.joined(state, parts)
        items += calls.items_of(state, whole) if known is None else known
    return Sequence(tuple(items), isinstance(expr, gast.List))


def _dict(state: State, frame: Frame, expr: gast.Dict) -> Symbol:
    keys = [evaluate(state, frame, k) for k in expr.keys]
    values = [evaluate(state, frame, v) for v in expr.values]
    known = [static_value(k) for k in keys]
    if not any(k is NO_VALUE for k in known):
        return Record(tuple(dict(zip(known, values, strict=True)).items()))
    name = state.fresh("items")
    result = state.define(name, gast.Dict(keys=[], values=[]), Dict(()))
    for key, value in zip(keys, values, strict=True):
        dicts.method(state, result, "__setitem__", [key, value], {})
    return state.env[name]


def static_value(symbol: Symbol) -> Any:
    """The object that a symbol is known to be; NO_VALUE where it is not."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, (Constant, Scalar)):
        return symbol.type.value
    return NO_VALUE


def static_classes(symbol: Symbol) -> tuple[type, ...] | None:
    """The classes that the second argument of isinstance is known to be."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Constant) and isinstance(symbol.type.value, type):
        return (symbol.type.value,)
    if isinstance(symbol, Sequence):
        found = [static_classes(item) for item in symbol.items]
        return None if None in found else tuple(cls for classes in found for cls in classes or ())
    return None


def placeholder_or_literal(symbol: Symbol, is_constant: bool) -> Symbol:
    """In a function of our own library: `x = None` gives no value yet, and a number that is known is written out."""
    if is_constant and isinstance(symbol, Runtime) and static_value(symbol) is None:
        return Runtime(UNDEFINED, nodes.constant(None))
    known = static_value(symbol)
    return Runtime(symbol.type, nodes.constant(known)) if type(known) in (bool, int) else symbol  # type: ignore[union-attr]


def import_(state: State, frame: Frame, stmt: gast.Import | gast.ImportFrom) -> None:
    """An import inside a function: done now, and bound by the emitted text; one that fails, fails there."""
    for alias in stmt.names:
        try:
            found = _imported(frame, stmt, alias)
        except (ImportError, AttributeError) as error:
            cls = ImportError if isinstance(error, AttributeError) else type(error)
            raising = nodes.call(calls.object_of(state, cls, cls.__name__).atom, nodes.constant(str(error)))
            state.emit(gast.Raise(exc=raising, cause=None))
            state.environment = None
            return
        name = alias.asname or alias.name.partition(".")[0]
        state.bind(state.variable(frame, name), calls.symbol_of(state, found, name))


def _imported(frame: Frame, stmt: gast.Import | gast.ImportFrom, alias: gast.alias) -> object:
    if isinstance(stmt, gast.ImportFrom):
        package = frame.function_globals.get("__package__") or ""
        module = importlib.import_module("." * stmt.level + (stmt.module or ""), package)
        return getattr(module, alias.name)
    module = importlib.import_module(alias.name)
    return module if alias.asname else importlib.import_module(alias.name.partition(".")[0])


def _formatted(state: State, frame: Frame, expr: Any) -> Any:
    if isinstance(expr, gast.JoinedStr):
        return gast.JoinedStr(values=[_formatted(state, frame, v) for v in expr.values])
    if isinstance(expr, gast.FormattedValue):
        spec = _formatted(state, frame, expr.format_spec) if expr.format_spec is not None else None
        value = display(state.runtime(evaluate(state, frame, expr.value)))
        return gast.FormattedValue(value=value, conversion=expr.conversion, format_spec=spec)
    return nodes.copy(expr)


def binary(state: State, left: Symbol, op: gast.operator, right: Symbol, user: Expr) -> Symbol:
    """`left op right`, displays concatenated and repeated at compile time."""
    if isinstance(left, Instance) or isinstance(right, Instance):
        return operators.binary(state, left, op, right, user)
    if isinstance(op, gast.BitOr) and dicts.is_dict(left) and dicts.is_dict(right):
        return dicts.merged(state, left, right)
    left, right = as_operand(state, right, left), as_operand(state, left, right)
    if isinstance(op, gast.Add) and (_is_list_like(left) and _is_list_like(right)):
        both = [known_parts(state, side) for side in (left, right)]
        if both[0] is not None and both[1] is not None:
            return Sequence((*both[0], *both[1]), _is_list(left))
        left, right = (lists.at_run_time(state, side) for side in (left, right))
    if isinstance(op, gast.Mult):
        left, right = (_expanded(state, side) for side in (left, right))
    if isinstance(op, gast.Mult):
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, Sequence) and isinstance(times, Runtime) and isinstance(times.type, Scalar):
                if type(times.type.value) is int and times.type.value <= 64:
                    if times.type.value > 1:
                        sequence = _with_homes(state, sequence)
                    return Sequence(sequence.items * times.type.value, sequence.is_list)
    node = nodes.binary(display(state.runtime(left)), op, display(state.runtime(right)))
    return typed(state, node, user)


def as_operand(state: State, other: Symbol, symbol: Symbol) -> Symbol:
    """A list or tuple that meets an array, as the array that NumPy makes of it."""
    if not isinstance(owner_type(other), Array) or not _is_list_like(symbol):
        return symbol
    array = nodes.attribute(state.namespace.denote(np, "np"), "array")
    expr = nodes.call(array, display(state.runtime(symbol)))
    return state.temporary(expr, state.typer.type_of(expr))


def _is_list_like(symbol: Symbol) -> bool:
    return isinstance(symbol, Sequence) or (isinstance(symbol, Runtime) and isinstance(symbol.type, (List, Tuple)))


def _is_list(symbol: Symbol) -> bool:
    return symbol.is_list if isinstance(symbol, Sequence) else isinstance(owner_type(symbol), List)


def _expanded(state: State, symbol: Symbol) -> Symbol:
    """A run-time list or tuple of known length as a display of its items."""
    items = calls.known_items(state, symbol)
    return symbol if items is None else Sequence(tuple(items), _is_list(symbol))


def _with_homes(state: State, sequence: Sequence) -> Sequence:
    """The sequence with a home for each list or dict in it, since it is going to be held several times."""
    items: list[Symbol] = []
    for item in sequence.items:
        if identity.is_mutable(item) and not homes_of(item):
            variable = state.fresh("row")
            state.bind(variable, item)
            item = state.env[variable]
        items.append(item)
    return Sequence(tuple(items), sequence.is_list)


def homes_of(symbol: Symbol) -> frozenset[str]:
    """The homes of a symbol itself."""
    return symbol.homes if isinstance(symbol, (Sequence, Record)) else frozenset()


def _compare(state: State, frame: Frame, expr: gast.Compare) -> Symbol:
    left, right = evaluate(state, frame, expr.left), evaluate(state, frame, expr.comparators[0])
    op = expr.ops[0]
    if isinstance(left, Instance) or isinstance(right, Instance):
        return operators.compare(state, left, op, right, expr)
    if isinstance(op, (gast.In, gast.NotIn)):
        return contained(state, left, op, right, expr)
    if isinstance(op, (gast.Is, gast.IsNot)) and not (isinstance(left, Runtime) and isinstance(right, Runtime)):
        return literal(isinstance(op, gast.IsNot))
    if isinstance(op, (gast.Eq, gast.NotEq)) and _never_equal(left, right):
        return literal(isinstance(op, gast.NotEq))
    node = gast.Compare(left=display(state.runtime(left)), ops=[op], comparators=[display(state.runtime(right))])
    found = typed(state, node, expr)
    if isinstance(op, (gast.Is, gast.IsNot)) and type(static_value(found)) is bool:
        return Runtime(found.type, nodes.constant(static_value(found)))
    return found


def _never_equal(left: Symbol, right: Symbol) -> bool:
    """Whether one side is a list, tuple or dict and the other a number, text or None."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (Sequence, Record)) and isinstance(other, Runtime):
            plain = isinstance(other.type, Constant) and isinstance(other.type.value, (str, bytes, type(None)))
            return plain or isinstance(other.type, Scalar)
    return False


def contained(state: State, left: Symbol, op: gast.cmpop, right: Symbol, user: Expr) -> Symbol:
    """`left in right`."""
    if isinstance(right, Iteration):
        is_keys = right.kind == "keys"
        right = identity.current(state, right.parts[0]) if is_keys else iteration.listed(state, right)
    if isinstance(right, Record):
        key = static_value(left)
        if key is not NO_VALUE:
            inside = any(known == key for known, _ in right.items) == isinstance(op, gast.In)
            return literal(inside)
        right = Sequence(tuple(literal(known) for known, _ in right.items))
    node = gast.Compare(left=display(state.runtime(left)), ops=[op], comparators=[display(state.runtime(right))])
    return typed(state, node, user)


def special(state: State, name: str, owner: Instance, args: list[Symbol], user: Expr) -> Symbol:
    """`owner.name(*args)` for a special method that the operation needs."""
    found = instances.call_special(state, owner, name, args, user)
    if found is None:
        raise state.refuse(f"'{owner.cls.__name__}' object has no method '{name}'")
    return found


def known_parts(state: State, symbol: Symbol) -> calls.Items | None:
    """The items of a display, or of a run-time list or tuple of known length."""
    if isinstance(symbol, Sequence):
        return list(symbol.items)
    return calls.known_items(state, symbol)


def owner_type(symbol: Symbol) -> Abstract:
    """The type of a symbol, Unknown for what exists only at compile time."""
    return symbol.type if isinstance(symbol, Runtime) else UNKNOWN


def effect(state: State, frame: Frame, stmt: gast.Expr) -> None:
    """A call for its effect."""
    if not isinstance(stmt.value, gast.Call):
        return
    result = calls.call(state, frame, stmt.value)
    if isinstance(result, Runtime) and isinstance(result.atom, gast.Call):
        state.emit(gast.Expr(value=result.atom))


def raise_(state: State, frame: Frame, stmt: gast.Raise) -> None:
    """`raise`, kept as it is."""
    parts = []
    for part in (stmt.exc, stmt.cause):
        if isinstance(part, gast.Call):
            callee = display(state.runtime(evaluate(state, frame, part.func)))
            args = [display(state.runtime(evaluate(state, frame, a))) for a in part.args]
            parts.append(nodes.call(callee, *args))
        else:
            parts.append(None if part is None else display(state.runtime(evaluate(state, frame, part))))
    state.emit(gast.Raise(exc=parts[0], cause=parts[1]))
