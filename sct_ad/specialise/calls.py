"""Calls: user functions are inlined, primitives stay calls, a few builtins are decided at compile time."""

from __future__ import annotations

import builtins
import functools
import types
import weakref
from typing import Any

import gast

from sct_ad.errors import UnsupportedError
from sct_ad.normal.emission import at
from sct_ad.normal.lower import lower
from sct_ad.objects import is_plain, standing_for
from sct_ad.rules import registry
from sct_ad.rules.custom import CustomFunction, custom_jvp, stop_gradient, with_cotangent
from sct_ad.rules.mirrored import POSITIONS
from sct_ad.runtime import checkpointing
from sct_ad.specialise import (
    array_calls,
    attributes,
    checkpoints,
    choices,
    cotangent_calls,
    custom_calls,
    decided,
    derivative_calls,
    distributions,
    entry,
    enums,
    expressions,
    flow,
    generators,
    heap,
    instances,
    iteration,
    library,
    methods,
    object_functions,
    recursion,
    standard,
    tangent_rules,
    trying,
)
from sct_ad.specialise.frames import Frame, State, Unreachable, is_ours
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.noting import note_source
from sct_ad.specialise.signature import NeedsValues, abstract_of
from sct_ad.specialise.symbols import (
    Choice,
    Closure,
    Frozen,
    Instance,
    Method,
    Partial,
    Poison,
    Record,
    Runtime,
    Sequence,
    Super,
    Symbol,
    display,
    literal,
)
from sct_ad.specialise.wrappers import unwrap
from sct_ad.syntax import nodes
from sct_ad.syntax.names import identifier
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.source import Source, find_source
from sct_ad.syntax.values import (
    Array,
    Constant,
    Dict,
    List,
    Range,
    Tuple,
    holds_objects,
)

Items = list[Symbol] | tuple[Symbol, ...]

_MOST_NESTED_CALLS = 100
_MOST_KNOWN_ITEMS = 64
DECIDABLE = (type, types.BuiltinFunctionType, types.FunctionType)
_lowered: dict[int, tuple[weakref.ref[types.CodeType], gast.FunctionDef, Source]] = {}
"""By identity of the code object: equal code may stand in different files."""


def lowered(function: types.FunctionType, source: str | None = None) -> tuple[gast.FunctionDef, Source]:
    """The core of a user function and its source, cached by code object."""
    note_source(function)
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
    if _is_zip(function) and len(expr.args) == 1 and isinstance(expr.args[0], gast.Starred):
        rows = expressions.evaluate(state, frame, expr.args[0].value)
        columns = _columns(state, rows)
        if columns is not None:
            return columns
    args, keywords = arguments(state, frame, expr)
    return invoke(state, frame, function, args, keywords, expr)


def arguments(state: State, frame: Frame, expr: gast.Call) -> tuple[list[Symbol], dict[str, Symbol]]:
    """The symbols of a call's positional and keyword arguments."""
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
            keywords.update(mapping_items(state, value))
        else:
            keywords[keyword.arg] = value
    return args, keywords


def _is_zip(function: Symbol) -> bool:
    return isinstance(function, Runtime) and isinstance(function.type, Constant) and function.type.value is zip


def _columns(state: State, rows: Symbol) -> Symbol | None:
    """`zip(*rows)` of a list of tuples whose length is not known."""
    if not isinstance(rows, Runtime) or not isinstance(rows.type, List) or rows.type.items is not None:
        return None
    if not isinstance(rows.type.element, Tuple):
        return None
    width = Sequence(tuple(literal(k) for k in range(len(rows.type.element.items))))
    return from_library(state, library.columns, rows, width)


def callee(state: State, frame: Frame, expr: Expr) -> Symbol:
    """What a callee expression stands for; an attribute of a run-time value is a Method."""
    if isinstance(expr, gast.Attribute):
        owner = callee(state, frame, expr.value)
        trying.refuse_reading(state, owner, expr.attr)
        if isinstance(owner, (Instance, Super)):
            return attributes.attribute_of(state, owner, expr.attr, expr)
        if isinstance(owner, Frozen):
            return distributions.method(state, frame, owner, expr)
        if isinstance(owner, (Sequence, Record)):
            return Method(owner, expr.attr)
        if isinstance(owner, Runtime):
            if not isinstance(owner.type, Constant) or isinstance(owner.type.value, str):
                return Method(owner, expr.attr)
        return attributes.load_attribute(state, frame, expr)
    return expressions.evaluate(state, frame, expr)


def items_of(state: State, symbol: Symbol) -> list[Symbol]:
    """The items of something of known length."""
    symbol = iteration.iterator_of(state, symbol)
    if isinstance(symbol, Sequence):
        return list(symbol.items)
    symbol = iteration.listed(state, symbol)
    if isinstance(symbol, Sequence):
        return list(symbol.items)
    if isinstance(symbol, Runtime) and isinstance(symbol.type, (Tuple, List)) and symbol.type.items is not None:
        items = [
            constant_item(state, Runtime(type_, nodes.subscript(display(symbol), nodes.constant(k))))
            for k, type_ in enumerate(symbol.type.items)
        ]
        return [state.temporary(i.atom, i.type) if isinstance(i.atom, gast.Subscript) else i for i in items]
    if isinstance(symbol, Record):
        return list(iteration.static_items(state, symbol) or ())
    raise state.refuse("unpacking of something whose length is not known", "pass the items one by one")


def from_library(state: State, function: Any, *args: Symbol) -> Symbol:
    """A call of a function of our own library."""
    return invoke_function(state, None, function, list(args), {}, None)  # type: ignore[arg-type]


def as_list(state: State, iterable: Symbol) -> Symbol:
    """A generator, iteration, range, array or dict as a list of its items; anything else as it is."""
    if isinstance(iterable, Runtime) and isinstance(iterable.type, Array):
        return from_library(state, library.listed, iterable)
    if isinstance(iterable, Runtime) and isinstance(iterable.type, Range):
        return iteration.call_builtin(state, "list", [iterable], "items")
    return iteration.keys_listed(state, iterable)


def known_items(state: State, symbol: Symbol) -> Items | None:
    """The items of a run-time tuple or list whose length is known and moderate."""
    if not isinstance(symbol, Runtime) or not isinstance(symbol.type, (Tuple, List)) or not symbol.type.items:
        return None
    return items_of(state, symbol) if len(symbol.type.items) <= _MOST_KNOWN_ITEMS else None


def constant_item(state: State, item: Runtime) -> Runtime:
    """An item of a container; what is known at compile time is denoted directly."""
    if not isinstance(item.type, Constant):
        return item
    value = item.type.value
    if value is None or isinstance(value, str):
        return Runtime(item.type, nodes.constant(value))
    hint = getattr(value, "__name__", "value")
    return Runtime(item.type, state.namespace.denote(value, identifier(hint)))


def mapping_items(state: State, symbol: Symbol) -> dict[Any, Symbol]:
    """The entries of a mapping whose keys are known."""
    if isinstance(symbol, Record):
        return dict(symbol.items)
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Dict) and symbol.type.items is not None:
        found: dict[Any, Symbol] = {}
        for key, type_ in symbol.type.items:
            item = constant_item(state, Runtime(type_, nodes.subscript(display(symbol), nodes.constant(key))))
            found[key] = state.temporary(item.atom, item.type) if isinstance(item.atom, gast.Subscript) else item
        return found
    raise state.refuse("unpacking of a mapping whose keys are not known", "pass the keywords one by one")


def invoke(
    state: State, frame: Frame, function: Symbol, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """Call a symbol."""
    if isinstance(function, Closure):
        core = nested_core(state, function)
        bound = bind(state, core, args, keywords, function.defaults)
        inner = Frame(core, function.frame.source, function.frame.function_globals, {}, function.frame)
        return _inline(state, inner, bound, id(function.node), None)
    if isinstance(function, Frozen):
        raise state.refuse("a call of a frozen distribution", "call one of its methods", state.span(frame, node))
    if isinstance(function, Partial):
        return invoke(state, frame, function.function, [*function.args, *args], {**function.keywords, **keywords}, node)
    if isinstance(function, Method):
        return methods.invoke_method(state, frame, function.owner, function.attr, args, keywords, node)
    if isinstance(function, Choice):
        return choices.call(state, frame, function, args, keywords, node)
    if isinstance(function, Poison):
        raise state.refuse(function.reason, function.hint)
    if isinstance(function, Instance):
        called = instances.method_of(state, function, "__call__")
        if called is None:
            raise state.refuse(f"'{function.cls.__name__}' object is not callable", span=state.span(frame, node))
        return invoke(state, frame, called, args, keywords, node)
    if isinstance(function, Runtime) and isinstance(function.type, Constant):
        return _invoke_object(state, frame, function, args, keywords, node)
    if isinstance(function, Runtime):
        return primitive(state, display(function), args, keywords, node)
    raise state.refuse("a call of something that is not a function")


def _is_prange(value: Any) -> bool:
    """Whether a value is Numba's range of parallel loops."""
    return getattr(value, "__name__", "") == "prange" and getattr(value, "__module__", "").startswith("numba.")


_NESTED = ("sct_ad.api", "sct_ad.curvature")
"""Modules of derivatives that can be called in a function to be differentiated."""
_DERIVATIVES = {
    "sct_ad.api": "gradient",
    "sct_ad.elementwise": "derivative",
    "sct_ad.hessians": "Hessian",
    "sct_ad.jacobians": "Jacobian",
    "sct_ad.modes": "Jacobian",
    "sct_ad.objectives": "objective",
    "sct_ad.pullbacks": "pullback",
    "sct_ad.pushforward": "tangent",
    "sct_ad.sparse.matrices": "sparse Jacobian or Hessian",
}
"""Modules of derivative operators, and what these make."""
_INSTEAD = {
    "sct_ad.elementwise": "write jvp(f, (x,), (np.ones_like(x),))[1]",
    "sct_ad.sparse.matrices": "leave sparsity out",
}


def _invoke_object(
    state: State, frame: Frame, function: Runtime, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    assert isinstance(function.type, Constant)
    value = function.type.value
    if _is_prange(value):  # the order of the trips does not matter, so this one will do
        value, function = range, Runtime(Constant(range), state.namespace.builtin("range"))
    member = enums.by_value(state, value, args)
    if member is not None:
        return member
    if isinstance(value, custom_jvp):
        return tangent_rules.call(state, frame, value, args, keywords, node)
    if isinstance(value, CustomFunction):
        return custom_calls.call(state, frame, value, args, keywords, node)
    if hasattr(type(value), "result_type"):
        return custom_calls.call_part(state, value, args, node)
    if value is stop_gradient or value is with_cotangent:
        return cotangent_calls.call(state, frame, value, args, keywords, node)
    found = object_functions.special_call(state, frame, value, args, keywords, node)
    if found is not None:
        return found
    several = value in (max, min) and len(args) > 1  # they are compared, not looked through
    if isinstance(value, DECIDABLE) and value in standard.USES_UP and args and not several:
        args = [iteration.listed(state, args[0]), *args[1:]]
    made = _of_stand_in(state, frame, value, args, keywords, node)
    if made is not None:
        return made
    special = decided.DECIDED.get(value) if isinstance(value, DECIDABLE) else None
    if special is not None:
        result = special(state, args, keywords)
        if result is not None:
            return result
    getter = standard.of_operator(state, value)
    if getter is not None:
        return invoke(state, frame, getter, args, keywords, node)
    result = array_calls.function(state, display(function), value, args, keywords, node)
    if result is not None:
        return result
    if isinstance(value, types.FunctionType) and value in derivative_calls.MAKERS:
        return derivative_calls.make(state, frame, value, args, keywords, node)
    if isinstance(value, types.FunctionType) and value in derivative_calls.INLINED:
        return derivative_calls.inline(state, frame, value, args, keywords, node)
    expansion = derivative_calls.expansion_of(value)
    if expansion is not None:
        return expansion(state, frame, value, args, keywords, node)
    rule = registry.lookup(value)
    if rule is not None and rule.of_class and type(value).__mro__[1].__module__ in _NESTED:
        given = derivative_calls.as_variables(state, derivative_calls.positional(state, value, args, keywords))
        return primitive(state, display(function), given, {}, node)
    for module in (type(value).__module__, getattr(value, "__module__", None)):
        if module in _DERIVATIVES:
            what = f"a call of a {_DERIVATIVES[module]}"
            raise state.refuse(what, _INSTEAD.get(module, "differentiate the function itself"), state.span(frame, node))
    if rule is not None:
        if not rule.of_library:
            args = [custom_calls.as_data(state, arg) for arg in args]
        return primitive(state, display(function), args, keywords, node)
    frozen = distributions.freeze(function, value, args, keywords)
    if frozen is not None:
        return frozen
    method = distributions.of_frozen(state, value)
    if method is not None:
        return invoke(state, frame, method, args, keywords, node)
    if isinstance(value, functools.partial):
        bound = [symbol_of(state, a, "argument") for a in value.args]
        extra = {k: symbol_of(state, v, k) for k, v in value.keywords.items()}
        inner = symbol_of(state, value.func, getattr(value.func, "__name__", "function"))
        return invoke(state, frame, inner, [*bound, *args], {**extra, **keywords}, node)
    plain = isinstance(value, types.MethodType) and isinstance(value.__func__, types.FunctionType)
    if plain and not _is_library_function(value.__func__):
        receiver = symbol_of(state, value.__self__, "self")
        return invoke_function(state, frame, value.__func__, [receiver, *args], keywords, node)
    if isinstance(value, types.MethodType) and isinstance(value.__func__, CustomFunction):
        receiver = symbol_of(state, value.__self__, "self")
        function = object_of(state, value.__func__, value.__func__.shown_name)
        return _invoke_object(state, frame, function, [receiver, *args], keywords, node)
    if isinstance(value, types.FunctionType) and (value in POSITIONS or registry.lookup_tangent(value) is not None):
        return primitive(state, display(function), args, keywords, node)
    unwrapped = unwrap(value)
    if isinstance(unwrapped, types.FunctionType) and is_ours(unwrapped.__globals__):
        return invoke_function(state, frame, unwrapped, args, keywords, node)
    if isinstance(unwrapped, types.FunctionType) and not _is_library_function(unwrapped):
        return invoke_function(state, frame, unwrapped, args, keywords, node)
    if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
        return _named_tuple(state, value, args, keywords)
    if isinstance(value, type) and is_plain(value):
        return instances.create(state, frame, value, args, keywords, node)
    if not callable(value):
        raise state.refuse(f"{value!r} is not callable", span=state.span(frame, node))
    return primitive(state, display(function), args, keywords, node)


def _of_stand_in(
    state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol | None:
    """A call of a library's class that a class in plain Python stands for, or of one of its class methods."""
    if isinstance(value, type):
        registry.lookup(value)  # which loads what there is for a package on demand
    cls = standing_for(value)
    if cls is not None:
        return instances.create(state, frame, cls, args, keywords, node)
    cls = standing_for(getattr(value, "__self__", None)) if isinstance(value, types.MethodType) else None
    method = getattr(cls, value.__name__, None) if cls is not None else None
    if cls is None or not isinstance(method, types.MethodType):
        return None
    owner = symbol_of(state, cls, cls.__name__)
    function: Any = method.__func__
    return invoke_function(state, frame, function, [owner, *args], keywords, node)


def _named_tuple(state: State, cls: Any, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol:
    """A call of a named tuple's class, as a display of its fields."""
    given = dict(zip(cls._fields, args)) | keywords
    for name, value in cls._field_defaults.items():
        if name not in given:
            given[name] = symbol_of(state, value, name)
    if len(args) > len(cls._fields) or set(given) != set(cls._fields):
        raise state.refuse(f"{cls.__name__}() with other arguments than its fields", f"give {', '.join(cls._fields)}")
    items = tuple(given[name] for name in cls._fields)
    return Sequence(items, names=cls._fields, maker=state.namespace.denote(cls, cls.__name__))


def _is_library_function(function: types.FunctionType) -> bool:
    top = (function.__module__ or "").partition(".")[0]
    return top in ("numpy", "scipy", "math", "logging", "warnings", "random", "time", "copy", "typing")


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
    is_own = is_ours(function.__globals__)
    if not is_own:
        state.namespace.guard(Guard(function, ("__code__",), expected=function.__code__))
    for kept in ("__defaults__", "__kwdefaults__"):
        if getattr(function, kept) and not is_own:
            state.namespace.guard(Guard(function, (kept,), expected=getattr(function, kept)))
    defaults = _function_defaults(state, function, core)
    bound = bind(state, core, args, keywords, defaults)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    inner = Frame(core, source, function.__globals__, cells)
    if getattr(function, checkpointing.MARK, False):
        return checkpoints.region(state, lambda: _inline(state, inner, bound, function.__code__, function))
    return _inline(state, inner, bound, function.__code__, function)


def _inline(state: State, inner: Frame, bound: dict[str, Symbol], key: Any, function: Any) -> Symbol:
    if inner.core.stopped is not None:
        return generators.suspended(state, inner, bound, key)
    signature = tuple(_signature(symbol) for symbol in bound.values())
    exact = tuple(symbol.type if isinstance(symbol, Runtime) else id(symbol) for symbol in bound.values())
    if not inner.is_library and any(key == k and s in (signature, entry.RECURSIVE) for k, s, _ in state.stack):
        again = any(key == k and e in (exact, entry.RECURSIVE) for k, _, e in state.stack)
        called = recursion.recursive_call(state, inner, bound, key, function, must=again)
        if called is not None:
            return called
    if len(state.stack) > _MOST_NESTED_CALLS:
        if any(key == k for k, _, _ in state.stack):
            called = recursion.recursive_call(state, inner, bound, key, function, must=True, deep=True)
            if called is not None:
                return called
        if not state.by_value:
            raise NeedsValues
        raise state.refuse(f"more than {_MOST_NESTED_CALLS} nested calls, in '{inner.core.name}'", "write a loop")
    state.stack.append((key, signature, exact))
    origin = state.origin
    try:
        state.enter(inner)
        for name, symbol in bound.items():
            if inner.is_library and isinstance(symbol, Runtime) and isinstance(symbol.type, Constant):
                state.env[state.variable(inner, name)] = symbol  # a function by its own name
            else:
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


def nested_core(state: State, closure: Closure) -> gast.FunctionDef:
    """The core of a nested function."""
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


def object_of(state: State, value: Any, name: str) -> Runtime:
    """An object of our own or a builtin, whatever its name means in the user's module."""
    is_builtin = getattr(builtins, name, None) is value
    return Runtime(
        Constant(value), state.namespace.builtin(name) if is_builtin else state.namespace.denote(value, name)
    )


def symbol_of(state: State, value: Any, hint: str) -> Symbol:
    """A symbol for an object that exists at compile time."""
    if value is None or type(value) in (bool, int, float, complex, str):
        return literal(value)
    if instances.is_object(value):
        return instances.outside(state, value, hint)
    if isinstance(value, tuple) and type(value) is tuple:
        return Sequence(tuple(symbol_of(state, item, hint) for item in value))
    type_ = abstract_of(value, ("object", id(value)))
    if holds_objects(type_):
        return instances.known(state, value, Guard(types.SimpleNamespace(held=value), ("held",)), hint)
    atom = state.namespace.denote(value, hint if hint.isidentifier() else "value")
    if not isinstance(type_, Constant):
        state.typer.types[atom.id] = state.namespace.types[atom.id] = type_
    return Runtime(type_, atom)


def bind(
    state: State,
    core: gast.FunctionDef,
    args: list[Symbol],
    keywords: dict[str, Symbol],
    defaults: dict[str, Symbol],
) -> dict[str, Symbol]:
    """Parameter -> symbol, by Python's rules of calling."""
    spec, keywords = core.args, dict(keywords)
    shown = "<lambda>" if core.name.startswith("lambda_") else core.name
    positional = [a.id for a in [*spec.posonlyargs, *spec.args]]
    bound: dict[str, Symbol] = dict(zip(positional, args))
    if len(args) > len(positional):
        if spec.vararg is None:
            raise state.refuse(f"{shown}() takes {len(positional)} positional arguments, {len(args)} are given")
    if spec.vararg is not None:
        bound[spec.vararg.id] = Sequence(tuple(args[len(positional) :]))
    by_keyword = {a.id for a in [*spec.args, *spec.kwonlyargs]}
    for name in list(keywords):
        if name in by_keyword:
            if name in bound:
                raise state.refuse(f"{shown}() got two values for argument '{name}'")
            bound[name] = keywords.pop(name)
    if spec.kwarg is not None:
        bound[spec.kwarg.id] = Record(tuple(keywords.items()))
        keywords = {}
    if keywords:
        raise state.refuse(f"{shown}() got an unexpected keyword argument '{next(iter(keywords))}'")
    for name in [*positional, *(a.id for a in spec.kwonlyargs)]:
        if name not in bound:
            if name not in defaults:
                raise state.refuse(f"{shown}() misses the argument '{name}'")
            bound[name] = defaults[name]
    order = [*positional, *([spec.vararg.id] if spec.vararg else []), *(a.id for a in spec.kwonlyargs)]
    order += [spec.kwarg.id] if spec.kwarg else []
    return {name: bound[name] for name in order}


def primitive(state: State, function: Expr, args: list[Symbol], keywords: dict[str, Symbol], node: Any) -> Runtime:
    """A call that stays a call."""
    if any(map(heap.keys_in, [*args, *keywords.values()])) and not _only_shows(state.typer.resolve(function)):
        name = ".".join(nodes.dotted(function) or ("a function",))
        raise state.refuse(f"an object as an argument of {name}", "pass the numbers in it")
    shown = [display(state.runtime(a, "an argument")) for a in args]
    named = {k: display(state.runtime(v, "an argument")) for k, v in keywords.items()}
    expr = nodes.call(function, *shown, **named)
    return Runtime(state.typer.type_of(expr), at(expr, node))


def _only_shows(function: Any) -> bool:
    """Whether what a function is given comes to light as text only: it prints, logs or formats."""
    if function in (print, repr, str, format, id, type):
        return True
    home = getattr(function, "__module__", None) or type(getattr(function, "__self__", None)).__module__
    return home.partition(".")[0] in ("logging", "warnings", "pprint")
