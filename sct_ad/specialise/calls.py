"""Calls: user functions are inlined, primitives stay calls, a few builtins are decided at compile time."""

from __future__ import annotations

import builtins
import functools
import types
import weakref
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.typer import constant_type
from sct_ad.errors import UnsupportedError
from sct_ad.normal.lower import lower
from sct_ad.rules import registry
from sct_ad.specialise import entry, expressions, flow, identity, recursion
from sct_ad.specialise.frames import Frame, State, Unreachable
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.symbols import (
    Closure,
    Iteration,
    Method,
    Partial,
    Poison,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.source import Source, find_source
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Opaque,
    Scalar,
    Tuple,
    join,
)

_MOST_NESTED_CALLS = 100
_lowered: dict[int, tuple[weakref.ref[types.CodeType], gast.FunctionDef, Source]] = {}
"""By identity of the code object: equal code may stand in different files."""


def lowered(function: types.FunctionType, source: str | None = None) -> tuple[gast.FunctionDef, Source]:
    """The core of a user function and its source, cached by code object."""
    code = function.__code__
    found = _lowered.get(id(code))
    if found is None or found[0]() is not code:
        origin = find_source(function, source)
        forget = functools.partial(_forget, id(code))
        found = _lowered[id(code)] = (weakref.ref(code, forget), lower(origin.tree, origin), origin)
    return found[1], found[2]


def _forget(key: int, reference: object) -> None:
    _lowered.pop(key, None)


def call(state: State, frame: Frame, expr: gast.Call) -> Symbol:
    """The symbol of a call; a primitive gives a Runtime that holds the call expression."""
    function = callee(state, frame, expr.func)
    args: list[Symbol] = []
    for arg in expr.args:
        if isinstance(arg, gast.Starred):
            args += items_of(state, expressions.evaluate(state, frame, arg.value))
        else:
            args.append(expressions.evaluate(state, frame, arg))
    keywords: dict[str, Symbol] = {}
    for keyword in expr.keywords:
        value = expressions.evaluate(state, frame, keyword.value)
        if keyword.arg is None:
            keywords.update(_mapping_items(state, value))
        else:
            keywords[keyword.arg] = value
    return invoke(state, frame, function, args, keywords, expr)


def callee(state: State, frame: Frame, expr: Expr) -> Symbol:
    """What a callee expression stands for; an attribute of a run-time value is a Method."""
    if isinstance(expr, gast.Attribute):
        owner = callee(state, frame, expr.value)
        if isinstance(owner, (Sequence, Record)):
            return Method(owner, expr.attr)
        if isinstance(owner, Runtime):
            if not isinstance(owner.type, Constant) or isinstance(owner.type.value, str):
                return Method(owner, expr.attr)
        return expressions.load_attribute(state, frame, expr)
    return expressions.evaluate(state, frame, expr)


def items_of(state: State, symbol: Symbol) -> list[Symbol]:
    """The items of something of known length."""
    if isinstance(symbol, Sequence):
        return list(symbol.items)
    if isinstance(symbol, Iteration):
        fixed = flow.static_items(state, symbol)
        if fixed is not None:
            return list(fixed)
    if isinstance(symbol, Runtime) and isinstance(symbol.type, (Tuple, List)) and symbol.type.items is not None:
        return [
            constant_item(state, Runtime(type_, nodes.subscript(display(symbol), nodes.constant(k))))
            for k, type_ in enumerate(symbol.type.items)
        ]
    if isinstance(symbol, Record):
        return list(flow.static_items(state, symbol) or ())
    raise state.refuse("unpacking of something whose length is not known", "pass the items one by one")


def constant_item(state: State, item: Runtime) -> Runtime:
    """An item of a container; what is known at compile time is denoted directly."""
    if not isinstance(item.type, Constant):
        return item
    value = item.type.value
    if value is None or isinstance(value, str):
        return Runtime(item.type, nodes.constant(value))
    hint = getattr(value, "__name__", "value")
    return Runtime(item.type, state.namespace.denote(value, hint if hint.isidentifier() else "lambda_"))


def _mapping_items(state: State, symbol: Symbol) -> dict[str, Symbol]:
    if isinstance(symbol, Record):
        return {str(key): item for key, item in symbol.items}
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Dict):
        return {
            str(key): Runtime(type_, nodes.subscript(display(symbol), nodes.constant(key)))
            for key, type_ in symbol.type.items
        }
    raise state.refuse("unpacking of a mapping whose keys are not known", "pass the keywords one by one")


def invoke(
    state: State, frame: Frame, function: Symbol, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """Call a symbol."""
    if isinstance(function, Closure):
        core = _nested_core(state, function)
        bound = _bind(state, core, args, keywords, function.defaults)
        inner = Frame(core, function.frame.source, function.frame.function_globals, {}, function.frame)
        return _inline(state, inner, bound, id(function.node), None)
    if isinstance(function, Partial):
        return invoke(state, frame, function.function, [*function.args, *args], {**function.keywords, **keywords}, node)
    if isinstance(function, Method):
        return invoke_method(state, frame, function.owner, function.attr, args, keywords, node)
    if isinstance(function, Poison):
        raise state.refuse(function.reason)
    if isinstance(function, Runtime) and isinstance(function.type, Constant):
        return _invoke_object(state, frame, function, args, keywords, node)
    if isinstance(function, Runtime):
        return primitive(state, display(function), args, keywords, node)
    raise state.refuse("a call of something that is not a function")


def _invoke_object(
    state: State, frame: Frame, function: Runtime, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    assert isinstance(function.type, Constant)
    value = function.type.value
    special = _SPECIAL.get(value) if isinstance(value, (type, types.BuiltinFunctionType)) else None
    if special is not None:
        result = special(state, args, keywords)
        if result is not None:
            return result
    if value is np.copyto and as_store(state, value, args, keywords):
        return Runtime(Constant(None), nodes.constant(None))
    if registry.lookup(value) is not None:
        return primitive(state, display(function), args, keywords, node)
    if isinstance(value, functools.partial):
        bound = [symbol_of(state, a, "argument") for a in value.args]
        extra = {k: symbol_of(state, v, k) for k, v in value.keywords.items()}
        inner = symbol_of(state, value.func, getattr(value.func, "__name__", "function"))
        return invoke(state, frame, inner, [*bound, *args], {**extra, **keywords}, node)
    if isinstance(value, types.MethodType) and isinstance(value.__func__, types.FunctionType):
        receiver = symbol_of(state, value.__self__, "self")
        return invoke_function(state, frame, value.__func__, [receiver, *args], keywords, node)
    unwrapped = unwrap(value)
    if isinstance(unwrapped, types.FunctionType) and not _is_library_function(unwrapped):
        return invoke_function(state, frame, unwrapped, args, keywords, node)
    if not callable(value):
        raise state.refuse(f"{value!r} is not callable", span=state.span(frame, node))
    method = _call_method(value)
    if method is not None:
        return invoke_function(state, frame, method, [function, *args], keywords, node)
    return primitive(state, display(function), args, keywords, node)


def _call_method(value: Any) -> types.FunctionType | None:
    """The `__call__` of an instance of a user's class."""
    method = None if isinstance(value, type) else getattr(type(value), "__call__", None)  # noqa: B004
    return method if isinstance(method, types.FunctionType) and not _is_library_function(method) else None


def _is_library_function(function: types.FunctionType) -> bool:
    top = (function.__module__ or "").partition(".")[0]
    return top in ("numpy", "scipy", "math", "logging", "warnings", "random", "time", "copy", "typing")


def unwrap(value: Any) -> Any:
    """The plain function inside a wrapper that is known to change nothing (lru_cache, njit)."""
    for _ in range(10):
        if hasattr(value, "py_func"):
            value = value.py_func
        elif isinstance(value, functools._lru_cache_wrapper):
            value = value.__wrapped__
        elif isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        else:
            break
    return value


def invoke_function(
    state: State,
    frame: Frame,
    function: types.FunctionType,
    args: list[Symbol],
    keywords: dict[str, Symbol],
    node: Any,
) -> Symbol:
    """Inline a user function."""
    try:
        core, source = lowered(function)
    except UnsupportedError as error:
        if error.span is None:
            raise UnsupportedError(error.what, state.span(frame, node), error.hint) from None
        raise
    state.namespace.guard(Guard(function, ("__code__",), expected=function.__code__))
    defaults = _function_defaults(state, function, core)
    bound = _bind(state, core, args, keywords, defaults)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    inner = Frame(core, source, function.__globals__, cells)
    return _inline(state, inner, bound, function.__code__, function)


def _inline(state: State, inner: Frame, bound: dict[str, Symbol], key: Any, function: Any) -> Symbol:
    signature = tuple(_signature(symbol) for symbol in bound.values())
    exact = tuple(symbol.type if isinstance(symbol, Runtime) else id(symbol) for symbol in bound.values())
    if any(key == k and s in (signature, entry.RECURSIVE) for k, s, _ in state.stack):
        again = any(key == k and e in (exact, entry.RECURSIVE) for k, _, e in state.stack)
        called = recursion.recursive_call(state, inner, bound, key, function, must=again)
        if called is not None:
            return called
    if len(state.stack) > _MOST_NESTED_CALLS:
        raise state.refuse(f"more than {_MOST_NESTED_CALLS} nested calls, in '{inner.core.name}'", "write a loop")
    state.stack.append((key, signature, exact))
    origin = state.origin
    try:
        state.enter(inner)
        for name, symbol in bound.items():
            state.assign(inner, name, symbol)
        flow.block(state, inner, inner.core.body[:-1])
        if state.environment is None:
            raise Unreachable
        result = inner.core.body[-1]
        with state.at(inner, result):
            found = expressions.evaluate(state, inner, result.value)
        if not inner.has_closures:
            state.forget(inner.variables.values())
        return found
    finally:
        state.stack.pop()
        state.origin = origin


def _signature(symbol: Symbol) -> Any:
    if isinstance(symbol, Runtime):
        return recursion.widen(symbol.type, "")
    if isinstance(symbol, Sequence):
        return tuple(map(_signature, symbol.items))
    return id(symbol.node) if isinstance(symbol, Closure) else id(symbol)


_nested_cores: weakref.WeakKeyDictionary[Any, gast.FunctionDef] = weakref.WeakKeyDictionary()


def _nested_core(state: State, closure: Closure) -> gast.FunctionDef:
    found = _nested_cores.get(closure.node)
    if found is None:
        found = _nested_cores[closure.node] = lower(closure.node, closure.frame.source)
    return found


def definition_defaults(state: State, frame: Frame, node: gast.FunctionDef) -> dict[str, Symbol]:
    """The default values of a nested function, evaluated where it is defined."""
    names = [a.id for a in [*node.args.posonlyargs, *node.args.args]]
    pairs = list(zip(names[len(names) - len(node.args.defaults) :], node.args.defaults))
    pairs += [(a.id, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults) if d is not None]
    found: dict[str, Symbol] = {}
    for name, expr in pairs:
        symbol = expressions.evaluate(state, frame, expr)
        if isinstance(symbol, Runtime) and not isinstance(symbol.atom, gast.Constant):
            symbol = state.temporary(display(symbol), symbol.type, f"{node.name}_{name}")
        found[name] = symbol
    return found


def _function_defaults(state: State, function: types.FunctionType, core: gast.FunctionDef) -> dict[str, Symbol]:
    names = [a.id for a in [*core.args.posonlyargs, *core.args.args]]
    values = function.__defaults__ or ()
    found = dict(zip(names[len(names) - len(values) :], values)) if values else {}
    found.update(function.__kwdefaults__ or {})
    return {name: symbol_of(state, value, name) for name, value in found.items()}


def symbol_of(state: State, value: Any, hint: str) -> Symbol:
    """A symbol for an object that exists at compile time."""
    if value is None or type(value) in (bool, int, float, complex, str):
        return Runtime(constant_type(value), nodes.constant(value))
    if isinstance(value, tuple) and type(value) is tuple:
        return Sequence(tuple(symbol_of(state, item, hint) for item in value))
    type_ = abstract_of(value, ("object", id(value)))
    atom = state.namespace.denote(value, hint if hint.isidentifier() else "value")
    state.typer.types[atom.id] = state.namespace.types[atom.id] = type_
    return Runtime(type_, atom)


def _bind(
    state: State,
    core: gast.FunctionDef,
    args: list[Symbol],
    keywords: dict[str, Symbol],
    defaults: dict[str, Symbol],
) -> dict[str, Symbol]:
    """Parameter -> symbol, by Python's rules of calling."""
    spec, keywords = core.args, dict(keywords)
    positional = [a.id for a in [*spec.posonlyargs, *spec.args]]
    bound: dict[str, Symbol] = dict(zip(positional, args))
    if len(args) > len(positional):
        if spec.vararg is None:
            raise state.refuse(f"{core.name}() takes {len(positional)} positional arguments, {len(args)} are given")
    if spec.vararg is not None:
        bound[spec.vararg.id] = Sequence(tuple(args[len(positional) :]))
    by_keyword = {a.id for a in [*spec.args, *spec.kwonlyargs]}
    for name in list(keywords):
        if name in by_keyword:
            if name in bound:
                raise state.refuse(f"{core.name}() got two values for argument '{name}'")
            bound[name] = keywords.pop(name)
    if spec.kwarg is not None:
        bound[spec.kwarg.id] = Record(tuple(keywords.items()))
        keywords = {}
    if keywords:
        raise state.refuse(f"{core.name}() got an unexpected keyword argument '{next(iter(keywords))}'")
    for name in [*positional, *(a.id for a in spec.kwonlyargs)]:
        if name not in bound:
            if name not in defaults:
                raise state.refuse(f"{core.name}() misses the argument '{name}'")
            bound[name] = defaults[name]
    order = [*positional, *([spec.vararg.id] if spec.vararg else []), *(a.id for a in spec.kwonlyargs)]
    order += [spec.kwarg.id] if spec.kwarg else []
    return {name: bound[name] for name in order}


def invoke_method(
    state: State,
    frame: Frame,
    owner: Symbol,
    attr: str,
    args: list[Symbol],
    keywords: dict[str, Symbol],
    node: Any,
) -> Symbol:
    """A method of a run-time value or of a display."""
    if isinstance(owner, Sequence):
        result = _static_list_method(state, frame, owner, attr, args, node)
        if result is not None:
            return result
        owner = _materialised(state, frame, owner, node)
    if isinstance(owner, Record):
        found = _record_method(owner, attr, args)
        if found is not None:
            return found
        owner = _materialised(state, frame, owner, node)
    runtime = state.runtime(owner)
    if isinstance(runtime.type, Dict) and attr in ("items", "keys", "values") and not args:
        return _dict_view(runtime, attr)
    if isinstance(runtime.type, Opaque) and runtime.type.cls is set:
        raise state.refuse("a method of a set", "collect the values in a list, and make the set of it: set(values)")
    method = getattr(np.ndarray, attr, None)
    if as_store(state, method, [runtime, *args], keywords):
        return Runtime(Constant(None), nodes.constant(None))
    result = primitive(state, nodes.attribute(display(runtime), attr), args, keywords, node)
    grows = attr in ("append", "insert", "extend")
    if grows and isinstance(runtime.type, List) and isinstance(runtime.atom, gast.Name):
        added = symbol_type(state.runtime(args[-1]))
        if attr == "extend":
            added = added.element if isinstance(added, List) and added.items is None else UNKNOWN
        widen_list(state, runtime, added)
    return result


def _record_method(owner: Record, attr: str, args: list[Symbol]) -> Symbol | None:
    if attr in ("items", "keys", "values") and not args:
        rows = [(Runtime(constant_type(key), nodes.constant(key)), item) for key, item in owner.items]
        if attr == "items":
            return Sequence(tuple(map(Sequence, rows)))
        return Sequence(tuple(row[0] if attr == "keys" else row[1] for row in rows))
    if attr == "get" and args and isinstance(args[0], Runtime):
        key = getattr(args[0].type, "value", NO_VALUE)
        if key is not NO_VALUE:
            default = args[1] if len(args) > 1 else Runtime(Constant(None), nodes.constant(None))
            return dict(owner.items).get(key, default)
    return None


def _dict_view(owner: Runtime, attr: str) -> Sequence:
    rows: list[Symbol] = []
    assert isinstance(owner.type, Dict)
    for key, type_ in owner.type.items:
        name = Runtime(constant_type(key), nodes.constant(key))
        value = Runtime(type_, nodes.subscript(display(owner), nodes.constant(key)))
        row: dict[str, Symbol] = {"keys": name, "values": value, "items": Sequence((name, value))}
        rows.append(row[attr])
    return Sequence(tuple(rows))


def _owner_name(node: Any) -> gast.Name | None:
    func = getattr(node, "func", None)
    value = func.value if isinstance(func, gast.Attribute) else None
    return value if isinstance(value, gast.Name) else None


def _static_list_method(
    state: State, frame: Frame, owner: Sequence, attr: str, args: list[Symbol], node: Any
) -> Symbol | None:
    """A method that changes a list display whose items are known; None where it must exist at run time."""
    name = _owner_name(node)
    if name is None or not owner.is_list:
        return None
    items = list(owner.items)
    variable = state.variable_read(frame, name.id)
    result: Symbol = Runtime(Constant(None), nodes.constant(None))
    where = expressions.static_value(args[0]) if args else -1
    if attr == "append":
        items.append(args[0])
    elif attr == "extend":
        items += items_of(state, args[0])
    elif attr == "reverse":
        items.reverse()
    elif attr == "insert" and type(where) is int:
        items.insert(where, args[1])
    elif attr == "pop" and type(where) is int and -len(items) <= where < len(items):
        result = items.pop(where)
        if isinstance(result, Runtime):
            result = state.temporary(display(result), result.type)
    else:
        return None
    identity.change(state, variable, owner)
    state.bind(variable, Sequence(tuple(items), True))
    return result


def _materialised(state: State, frame: Frame, owner: Sequence | Record, node: Any) -> Symbol:
    name = _owner_name(node)
    if name is None:
        return state.runtime(owner)
    return expressions.materialised(state, state.variable_read(frame, name.id), owner)


def widen_list(state: State, owner: Runtime, added: Abstract) -> None:
    """A list variable after an element of some type was put in."""
    assert isinstance(owner.type, List) and isinstance(owner.atom, gast.Name)
    elements = owner.type.items if owner.type.items is not None else (owner.type.element,)
    merged = added
    for element in elements:
        merged = merged if element == UNKNOWN else join(merged, element)
    symbol = Runtime(List(None, merged), owner.atom)
    known = state.widened.get(owner.atom.id, symbol.type)
    state.widened[owner.atom.id] = join(known, symbol.type)
    state.env[owner.atom.id] = symbol
    state.typer.types[owner.atom.id] = symbol.type


def as_store(state: State, function: Any, args: list[Symbol], keywords: dict[str, Symbol]) -> bool:
    """`x.fill(v)`, `x.sort()` and `np.copyto(x, v)` as stores `x[...] = v`; whether the call was one of them."""
    if not args or not isinstance(args[0], Runtime) or not isinstance(args[0].type, Array) or keywords:
        return False
    if function in (np.ndarray.fill, np.copyto) and len(args) == 2:
        value = display(state.runtime(args[1]))
    elif function is np.ndarray.sort and len(args) <= 2:
        sort = nodes.attribute(state.namespace.denote(np, "np"), "sort")
        expr = nodes.call(sort, *(display(state.runtime(a)) for a in args))
        value = display(state.temporary(expr, state.typer.type_of(expr)))
    else:
        return False
    state.emit(nodes.assign(nodes.subscript(display(args[0]), nodes.constant(...), store=True), value))
    return True


def primitive(state: State, function: Expr, args: list[Symbol], keywords: dict[str, Symbol], node: Any) -> Runtime:
    """A call that stays a call; `f(x, out=y)` becomes `y[...] = f(x)`."""
    out = keywords.get("out")
    if out is not None and expressions.static_value(out) is not None:
        return _with_out(state, function, args, {k: v for k, v in keywords.items() if k != "out"}, out, node)
    shown = [display(state.runtime(a, "an argument")) for a in args]
    named = {k: display(state.runtime(v, "an argument")) for k, v in keywords.items()}
    expr = nodes.call(function, *shown, **named)
    for key in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        if hasattr(node, key):
            setattr(expr, key, getattr(node, key))
    return Runtime(state.typer.type_of(expr), expr)


def _with_out(
    state: State, function: Expr, args: list[Symbol], keywords: dict[str, Symbol], out: Symbol, node: Any
) -> Runtime:
    target = out.items[0] if isinstance(out, Sequence) and len(out.items) == 1 else out
    if not isinstance(target, Runtime) or not isinstance(target.type, Array):
        raise state.refuse("out= with anything but an array", "assign the result with an index store, y[...] = f(x)")
    result = primitive(state, function, args, keywords, node)
    value = state.temporary(result.atom, result.type)
    state.emit(nodes.assign(nodes.subscript(display(target), nodes.constant(...), store=True), display(value)))
    return target


def add_integer(state: State, symbol: Symbol, number: int) -> Symbol:
    """An int symbol plus a known number."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Scalar) and type(symbol.type.value) is int:
        total = symbol.type.value + number
        return Runtime(Scalar("int", "", total), nodes.constant(total))
    assert isinstance(symbol, Runtime)
    return state.temporary(nodes.binary(display(symbol), gast.Add(), nodes.constant(number)), Scalar("int"))


# Builtins that are decided at compile time; each returns None where it is an ordinary call after all.


def _enumerate(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    start = args[1] if len(args) > 1 else keywords.get("start", Runtime(Scalar("int", "", 0), nodes.constant(0)))
    return Iteration("enumerate", (args[0], start))


def _zip(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Iteration("zip", tuple(args)) if args else Sequence(())


def _reversed(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Iteration("reversed", tuple(args))


def _len(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], (Sequence, Record)):
        return Runtime(Scalar("int", "", len(args[0].items)), nodes.constant(len(args[0].items)))
    return None


def _as_sequence(is_list: bool):  # type: ignore[no-untyped-def]
    def convert(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        if not args:
            return Sequence((), is_list)
        if isinstance(args[0], (Sequence, Iteration, Record)):
            fixed = flow.static_items(state, args[0])
            if fixed is not None:
                return Sequence(fixed, is_list)
        return None

    return convert


def _sum(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if not isinstance(args[0], Sequence):
        return None
    zero = Runtime(Scalar("int", "", 0), nodes.constant(0))
    total = args[1] if len(args) > 1 else keywords.get("start", zero)
    for k, item in enumerate(args[0].items):
        if k == 0 and isinstance(total, Runtime) and total.type == zero.type:
            total = item
            continue
        step = expressions.binary(state, total, gast.Add(), item, nodes.constant(0))
        total = state.temporary(step.atom, step.type) if isinstance(step, Runtime) else step
    return total


def _extreme(function: Any):  # type: ignore[no-untyped-def]
    def convert(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        if len(args) == 1 and isinstance(args[0], Sequence) and not keywords:
            if len(args[0].items) == 1:
                return args[0].items[0]
            return primitive(state, state.namespace.builtin(function.__name__), list(args[0].items), {}, None)
        return None

    return convert


def _isinstance(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if isinstance(args[0], Sequence) and isinstance(args[1], Runtime) and isinstance(args[1].type, Constant):
        known = isinstance([] if args[0].is_list else (), args[1].type.value)
        return Runtime(Scalar("bool", "", known), nodes.constant(known))
    return None


def _map(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    parts = [flow.static_items(state, a) for a in args[1:]]
    if any(p is None for p in parts):
        raise state.refuse("map() over something of unknown length", "write the loop, or a list comprehension")
    results = []
    for row in zip(*(p for p in parts if p is not None)):
        result = invoke(state, None, args[0], list(row), {}, None)  # type: ignore[arg-type]
        results.append(state.temporary(result.atom, result.type) if isinstance(result, Runtime) else result)
    return Sequence(tuple(results), True)


def _getattr(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    name = expressions.static_value(args[1])
    if not isinstance(name, str) or len(args) > 2:
        raise state.refuse("getattr with a name or default that is not known", "write x.name")
    return expressions.attribute_of(state, args[0], name, nodes.constant(None))


def _refused(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    what = "eval, exec, locals, globals and vars hide what a function depends on"
    raise state.refuse(what, "write the expression out")


def _partial(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Partial(args[0], tuple(args[1:]), dict(keywords))


def _set(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    """A set may be changed later: nothing of its content is known, not even that it is empty."""
    shown = [display(state.runtime(a)) for a in args]
    return Runtime(Opaque(set), nodes.call(state.namespace.builtin("set"), *shown))


_SPECIAL: dict[Any, Any] = {
    builtins.set: _set,
    builtins.enumerate: _enumerate,
    builtins.zip: _zip,
    builtins.reversed: _reversed,
    builtins.len: _len,
    builtins.tuple: _as_sequence(False),
    builtins.list: _as_sequence(True),
    builtins.sum: _sum,
    builtins.max: _extreme(max),
    builtins.min: _extreme(min),
    builtins.isinstance: _isinstance,
    builtins.map: _map,
    builtins.getattr: _getattr,
    **dict.fromkeys((builtins.eval, builtins.exec, builtins.locals, builtins.globals, builtins.vars), _refused),
    functools.partial: _partial,
}
