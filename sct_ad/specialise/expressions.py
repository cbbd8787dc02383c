"""Expressions, assignments, stores and effects."""

from __future__ import annotations

import importlib
import types
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.typer import constant_type
from sct_ad.normal.denoted import Denoted
from sct_ad.specialise import (
    calls,
    choices,
    dicts,
    distributions,
    flat,
    heap,
    identity,
    index_objects,
    instances,
    iteration,
    lists,
    operators,
    trying,
)
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.heap import NeedsUnrolling
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.symbols import (
    Frozen,
    Generator,
    Instance,
    Iteration,
    Method,
    Record,
    Runtime,
    Sequence,
    Super,
    Symbol,
    display,
    is_concrete,
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
    Matrix,
    Opaque,
    Scalar,
    Tuple,
    holds_objects,
)

_MEMORY = ("base", "flags", "strides", "ctypes", "data", "__array_interface__")


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
        return load_attribute(state, frame, expr)
    if isinstance(expr, gast.Subscript):
        return load_item(state, frame, expr)
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
    for key in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        if hasattr(user, key):
            setattr(expr, key, getattr(user, key))
    return Runtime(state.typer.type_of(expr), expr)


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


def load_attribute(state: State, frame: Frame, expr: gast.Attribute) -> Symbol:
    """`value.attr`."""
    owner = evaluate(state, frame, expr.value)
    if isinstance(owner, Runtime) and isinstance(owner.type, Constant):
        return static_attribute(state, owner, expr, frame)
    return attribute_of(state, owner, expr.attr, expr)


def attribute_of(state: State, owner: Symbol, attr: str, user: Expr) -> Symbol:
    """An attribute of a value that exists at run time."""
    expr = nodes.attribute(nodes.constant(None), attr)
    for key in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        if hasattr(user, key):
            setattr(expr, key, getattr(user, key))
    if isinstance(owner, Instance):
        return instances.attribute(state, owner, attr, user)
    if isinstance(owner, Super):
        return instances.super_attribute(state, owner, attr, user)
    if isinstance(owner, Frozen):
        return distributions.method(state, None, owner, expr)
    if isinstance(owner, Sequence) and expr.attr in owner.names:
        return owner.items[owner.names.index(expr.attr)]
    if isinstance(owner, (Sequence, Record)):
        if owner.homes:  # a method that is kept must know its list
            raise identity.Reconsider(owner.homes)
        return Method(owner, expr.attr)
    trying.refuse_reading(state, owner, attr)
    runtime = state.runtime(owner)
    if isinstance(runtime.type, Tuple) and expr.attr in runtime.type.names:
        node = nodes.subscript(display(runtime), nodes.constant(runtime.type.names.index(expr.attr)))
        return calls.constant_item(state, typed(state, node, expr))
    if isinstance(runtime.type, Array) and expr.attr == "flat" and runtime.type.ndim:
        return Iteration("flat", (runtime,))
    if isinstance(runtime.type, Array) and expr.attr in _MEMORY:
        what = f"the attribute '{expr.attr}' of an array, which tells how it lies in memory"
        raise state.refuse(what, "make what depends on it an argument")
    found = state.typer.type_of(nodes.attribute(display(runtime), expr.attr))
    if isinstance(runtime.type, (Array, List)) and found == UNKNOWN:
        return Method(runtime, expr.attr)
    if isinstance(runtime.type, Opaque):
        return _object_attribute(state, runtime, expr)
    return typed(state, nodes.attribute(display(runtime), expr.attr), expr)


def _object_attribute(state: State, owner: Runtime, expr: gast.Attribute) -> Symbol:
    attribute = nodes.attribute(display(owner), expr.attr)
    return Runtime(state.typer.type_of(attribute) if isinstance(owner.type, Matrix) else UNKNOWN, attribute)


def static_attribute(state: State, owner: Runtime, expr: gast.Attribute, frame: Frame | None = None) -> Symbol:
    """An attribute of an object that is known at compile time, read where it is."""
    assert isinstance(owner.type, Constant)
    value = owner.type.value
    followed = instances.followed(state, value, expr.attr)
    if followed is not None:
        return followed
    try:
        found = getattr(value, expr.attr)
    except AttributeError as error:
        where = state.span(frame, expr) if frame else None
        raise state.failing(AttributeError, str(error), str(error), where) from None
    node = nodes.attribute(display(owner), expr.attr)
    type_ = abstract_of(found, (id(value), expr.attr))
    if holds_objects(type_):
        holder = vars_of(value)
        own = holder is not None and expr.attr in holder and not isinstance(value, type)
        guard = Guard(holder, (expr.attr,)) if own and isinstance(holder, dict) else Guard(value, (expr.attr,))
        return instances.known(state, found, guard, expr.attr)
    if isinstance(type_, Constant):
        if not _is_library(value):
            _guard_attribute(state, value, expr.attr, found)
        if found is None or isinstance(found, str):
            return Runtime(type_, nodes.constant(found))
        return Runtime(type_, node)
    if not _is_library(value) and nodes.dotted(node) is not None:
        holder = vars_of(value)
        if isinstance(value, type) or (holder is not None and expr.attr in holder):
            place = value if isinstance(value, type) else holder
            state.namespace.guard(Guard(place, (expr.attr,), expected_type=type_))
        key = ".".join(nodes.dotted(node) or ())
        state.typer.types[key] = state.namespace.types[key] = type_
        return Runtime(type_, node)
    return Runtime(constant_type(found) if isinstance(type_, Scalar) else type_, node)


def special(state: State, name: str, owner: Instance, args: list[Symbol], user: Expr) -> Symbol:
    """`owner.name(*args)` for a special method that the operation needs."""
    found = instances.call_special(state, owner, name, args, user)
    if found is None:
        raise state.refuse(f"'{owner.cls.__name__}' object has no method '{name}'")
    return found


def subscript_symbol(state: State, frame: Frame, expr: Expr) -> Symbol:
    """An index as the value that `__getitem__` is given."""
    if isinstance(expr, gast.Tuple):
        return Sequence(tuple(subscript_symbol(state, frame, e) for e in expr.elts))
    if isinstance(expr, gast.Slice):
        known = static_index(state, frame, expr)
        if known is None:
            raise state.refuse("a slice with computed bounds given to __getitem__", "give the bounds one by one")
        return Runtime(Constant(known), state.namespace.denote(known, "part"))
    return evaluate(state, frame, expr)


def _guard_attribute(state: State, value: Any, attr: str, found: Any) -> None:
    """Note that the text relies on an attribute; a bound method is a new object each time, so its function is noted."""
    holder = vars_of(value)
    if isinstance(holder, dict) and attr in holder:
        state.namespace.guard(Guard(holder, (attr,), expected=found))
    elif isinstance(found, types.MethodType):
        state.namespace.guard(Guard(value, (attr, "__func__"), expected=found.__func__))
    elif not isinstance(found, (types.BuiltinMethodType, types.MethodWrapperType)):
        state.namespace.guard(Guard(value, (attr,), expected=found))


def vars_of(value: Any) -> Any:
    """The attribute dict of an object, or None."""
    try:
        return vars(value)
    except TypeError:
        return None


def _is_library(value: Any) -> bool:
    name = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", "") or ""
    return name.partition(".")[0] in ("numpy", "math", "builtins", "operator", "scipy", "functools", "itertools")


def _unpacked(state: State, frame: Frame, owner: Instance, expr: gast.Subscript) -> Symbol:
    """An object that is being unpacked, as a list of what it gives to a loop."""
    if instances.method_of(state, owner, "__iter__") is None:
        raise state.refuse(f"'{owner.cls.__name__}' object has no method '__getitem__'")
    first = expr.slice.lower if isinstance(expr.slice, gast.Slice) else expr.slice
    if isinstance(first, gast.Constant) and first.value == 0:  # the others are looked up in what is kept now
        kept = state.fresh("items")
        state.bind(kept, calls.as_list(state, iteration.iterator_of(state, owner)))
        state.unpacked[owner.key] = kept
    return state.env[state.unpacked[owner.key]]


def load_item(state: State, frame: Frame, expr: gast.Subscript) -> Symbol:
    """`value[index]`."""
    owner = evaluate(state, frame, expr.value)
    if isinstance(owner, Instance):
        if instances.method_of(state, owner, "__getitem__") is not None:
            place = subscript_symbol(state, frame, expr.slice)
            return special(state, "__getitem__", owner, [place], expr)
        owner = _unpacked(state, frame, owner, expr)
    joined = index_objects.load(state, frame, owner, expr.slice)
    if joined is not None:
        return joined
    if flat.is_flat(owner):
        return flat.load(state, frame, owner, expr.slice)
    if isinstance(owner, (Generator, Iteration)):
        if frame.is_library:
            return iteration.item_at(state, owner, state.runtime(evaluate(state, frame, expr.slice)), None)
        owner = iteration.listed(state, owner)  # it is being unpacked
        if isinstance(expr.value, gast.Name) and frame.owner_of(expr.value.id) is not None:
            state.bind(state.variable_read(frame, expr.value.id), owner)
            owner = state.lookup(frame, expr.value.id)
    if isinstance(owner, Sequence):
        static = static_index(state, frame, expr.slice)
        if isinstance(static, int):
            if not -len(owner.items) <= static < len(owner.items):
                message = f"{'list' if owner.is_list else 'tuple'} index out of range"
                raise state.failing(IndexError, message, "index out of range", state.span(frame, expr))
            return owner.items[static]
        if isinstance(static, slice):
            return Sequence(owner.items[static], owner.is_list)
        if state.unrollable and not is_concrete(owner):
            raise NeedsUnrolling
        if owner.items and all(map(choices.is_function, owner.items)) and not isinstance(expr.slice, gast.Slice):
            return choices.picked(state, owner.items, state.runtime(evaluate(state, frame, expr.slice)))
        if not is_concrete(owner) and not isinstance(expr.slice, (gast.Slice, gast.Tuple)):
            position = state.runtime(evaluate(state, frame, expr.slice))
            picked = heap.pick(state, list(owner.items), position)
            if picked is not None:
                return picked
        _made_with_items(owner)
        shown = state.runtime(owner)
        owner = state.temporary(display(shown), shown.type, "items")
    if isinstance(owner, Record):
        found = _record_item(state, frame, owner, expr)
        if found is not None:
            return found
        _made_with_items(owner)
        shown = state.runtime(owner)
        owner = state.temporary(display(shown), shown.type, "items")
    runtime = state.runtime(owner)
    if isinstance(runtime.type, Scalar) and isinstance(expr.slice, gast.Tuple) and not expr.slice.elts:
        return runtime  # `x[()]`
    several = calls.known_items(state, runtime) if choices.holds_functions(runtime.type) else None
    if several and not isinstance(expr.slice, gast.Slice) and static_index(state, frame, expr.slice) is None:
        return choices.picked(state, tuple(several), state.runtime(evaluate(state, frame, expr.slice)))
    known = calls.known_items(state, runtime) if isinstance(expr.slice, gast.Slice) else None
    where = static_index(state, frame, expr.slice) if known is not None else None
    if known is not None and isinstance(where, slice):
        return Sequence(tuple(known[where]), isinstance(runtime.type, List))
    if isinstance(runtime.type, Constant) and not isinstance(runtime.type.value, str):
        raise state.refuse(f"indexing {runtime.type.value!r}", span=state.span(frame, expr))
    if isinstance(runtime.type, Dict) and runtime.type.default is not None:
        return dicts.load(state, runtime, index(state, frame, expr.slice))
    node = nodes.subscript(display(runtime), index(state, frame, expr.slice))
    result = typed(state, node, expr)
    return calls.constant_item(state, result)


def _made_with_items(owner: Sequence | Record) -> None:
    """An item that is picked at run time must be the very list or dict that its container holds."""
    inner = frozenset().union(*map(identity.homes_in, identity.parts(owner)))
    if inner:
        raise identity.Reconsider(inner | owner.homes)


def _record_item(state: State, frame: Frame, owner: Record, expr: gast.Subscript) -> Symbol | None:
    if isinstance(expr.slice, (gast.Slice, gast.Tuple)):
        return None
    key = static_value(evaluate(state, frame, expr.slice))
    if key is NO_VALUE:
        return None
    for known, item in owner.items:
        if known == key:
            return item
    if state.changed_in_loops and owner.homes:  # an earlier trip may put it in
        raise identity.Reconsider(owner.homes)
    what = f"the key {key!r} is not in this dict"
    raise state.failing(KeyError, key, what, state.span(frame, expr))


def static_index(state: State, frame: Frame, expr: Expr) -> int | slice | None:
    """An index known at compile time, as a Python object."""
    if isinstance(expr, gast.Slice):
        parts = []
        for part in (expr.lower, expr.upper, expr.step):
            value = None if part is None else static_index(state, frame, part)
            if part is not None and not isinstance(value, int):
                return None
            parts.append(value)
        return slice(*parts)
    if isinstance(expr, gast.Tuple):
        return None
    found = evaluate(state, frame, expr)
    if isinstance(found, Runtime) and isinstance(found.type, Scalar) and type(found.type.value) in (int, bool):
        return int(found.type.value)
    return None


def index(state: State, frame: Frame, expr: Expr) -> Expr:
    """An index expression over the flat function's variables."""
    if isinstance(expr, gast.Slice):
        parts = [None if p is None else index(state, frame, p) for p in (expr.lower, expr.upper, expr.step)]
        return gast.Slice(lower=parts[0], upper=parts[1], step=parts[2])
    if isinstance(expr, gast.Tuple):
        return nodes.tuple_([index(state, frame, e) for e in expr.elts])
    return display(state.runtime(evaluate(state, frame, expr)))


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
