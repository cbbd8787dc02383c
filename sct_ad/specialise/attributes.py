"""Attributes: of values at run time, of objects that are followed, and of what is known at compile time."""

from __future__ import annotations

import types
from typing import Any

import gast

from sct_ad.analysis.typer import constant_type
from sct_ad.normal.emission import at
from sct_ad.specialise import calls, distributions, expressions, identity, instances, trying
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.symbols import (
    Frozen,
    Instance,
    Iteration,
    Method,
    Record,
    Runtime,
    Sequence,
    Super,
    Symbol,
    display,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import UNKNOWN, Array, Constant, List, Matrix, Opaque, Scalar, Tuple, holds_objects

_MEMORY = ("base", "flags", "strides", "ctypes", "data", "__array_interface__")


def load_attribute(state: State, frame: Frame, expr: gast.Attribute) -> Symbol:
    """`value.attr`."""
    owner = expressions.evaluate(state, frame, expr.value)
    if isinstance(owner, Runtime) and isinstance(owner.type, Constant):
        return static_attribute(state, owner, expr, frame)
    return attribute_of(state, owner, expr.attr, expr)


def attribute_of(state: State, owner: Symbol, attr: str, user: Expr) -> Symbol:
    """An attribute of a value that exists at run time."""
    expr = at(nodes.attribute(nodes.constant(None), attr), user)
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
        return calls.constant_item(state, expressions.typed(state, node, expr))
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
    return expressions.typed(state, nodes.attribute(display(runtime), expr.attr), expr)


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
