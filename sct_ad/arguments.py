"""Arguments of derivative operators: callables, binding, argnums, annotations, and what may be differentiated."""

from __future__ import annotations

import collections.abc
import functools
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.derive.requests import Items, single_parameters
from sct_ad.emit.load import load
from sct_ad.errors import ArgumentError
from sct_ad.rules import registry
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.wrappers import unwrap
from sct_ad.syntax.names import Names, operands
from sct_ad.syntax.values import (
    FLOAT,
    INT,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Object,
    Opaque,
    Scalar,
    Tuple,
    Unknown,
    dict_values,
    kind,
)

Argnums = int | str | Sequence[int | str] | np.ndarray
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


# --- callables -----------------------------------------------------------------------------------------------------


def plain_function(function: Any, operator: str = "grad") -> types.FunctionType:
    """The plain function to differentiate: the one given, or else one whose body calls what is given.

    Raises ArgumentError for what cannot be called.
    """
    found = unwrap(function)
    if isinstance(found, types.FunctionType) and registry.lookup(function) is registry.lookup(found) is None:
        return found
    if not callable(found):
        what, instead = f"{operator} expects a function, not {function!r}", f"{operator}(f)(x), not {operator}(f(x))"
        raise ArgumentError(f"{what}\n  instead: {instead}")
    return _calling(function if registry.lookup(function) else found)


def refuse_argnums_first(function: Any, operator: str) -> None:
    """Refuse argnums where the function is expected, as in `@grad(0)`."""
    if isinstance(function, (int, str, tuple, list, range)):
        what = f"{operator} expects a function first, not {function!r}"
        raise ArgumentError(f"{what}\n  instead: {operator}(argnums={function!r})")


def innermost(function: Any) -> types.FunctionType | None:
    """The function written in Python that a partial, a method or a callable object runs, if there is one."""
    function = unwrap(function)
    while isinstance(function, functools.partial):
        function = unwrap(function.func)
    if isinstance(function, types.MethodType):
        function = function.__func__
    elif not isinstance(function, (type, types.FunctionType)):
        function = getattr(type(function), "__call__", None)  # noqa: B004
    return function if isinstance(function, types.FunctionType) else None


def shown_signature(function: Callable[..., Any], plain: types.FunctionType) -> inspect.Signature:
    """The signature of a gradient: that of the function, without what a partial has bound."""
    try:
        return inspect.signature(plain if isinstance(function, functools.partial) else function)
    except (ValueError, TypeError):  # some builtins have none, nor has a classmethod by itself
        return inspect.signature(plain)


def _calling(target: Any) -> types.FunctionType:
    """The function `def f(x, ...): return target(x, ...)`, under the target's own name, doc and annotations."""
    parameters = _open_parameters(target)
    inner = innermost(target)
    named = target
    while isinstance(named, functools.partial):
        named = named.func
    name = getattr(named, "__name__", type(named).__name__)
    identifier = name if name.isidentifier() else "lambda_"
    shown = inspect.Signature([_without_objects(p) for p in parameters])
    callee = Names({p.name for p in parameters}).fresh(identifier)
    text = f"def {identifier}{shown}:\n    return {callee}({', '.join(map(_passed, parameters))})\n"
    function = load(
        text,
        identifier,
        {callee: target},
        inner.__globals__ if inner is not None else {"__name__": getattr(named, "__module__", None) or "builtins"},
        defaults=tuple(p.default for p in parameters if p.default is not p.empty and p.kind is not p.KEYWORD_ONLY),
        kwdefaults={p.name: p.default for p in parameters if p.default is not p.empty and p.kind is p.KEYWORD_ONLY},
    )
    function.__name__, function.__doc__ = name, getattr(named, "__doc__", None)
    function.__qualname__ = getattr(named, "__qualname__", name)
    function.__annotations__ = {p.name: p.annotation for p in parameters if p.annotation is not p.empty}
    return function


def _open_parameters(target: Any) -> list[inspect.Parameter]:
    """The parameters that a call of the target may give: a partial's bound ones are constants."""
    if isinstance(target, np.ufunc):
        return [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in operands(target.nin)]
    try:
        found = list(inspect.signature(target).parameters.values())
    except (ValueError, TypeError):  # some builtins have none
        return [inspect.Parameter("args", _VARIADIC[0]), inspect.Parameter("kwargs", _VARIADIC[1])]
    if isinstance(target, functools.partial):
        found = [p for p in found if p.name not in target.keywords or p.kind in _VARIADIC]
    if innermost(target) is None:
        return _required(found)
    return found


def _required(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """A primitive's parameters: those left out have no value that a rule understands, so they are variadic."""
    needed = [p for p in parameters if p.default is p.empty and p.kind not in _VARIADIC]
    kinds = {p.kind for p in parameters if p not in needed}
    if kinds - {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}:
        needed.insert(sum(p.kind is not p.KEYWORD_ONLY for p in needed), inspect.Parameter("args", _VARIADIC[0]))
    return [*needed, inspect.Parameter("kwargs", _VARIADIC[1])] if kinds else needed


def _without_objects(parameter: inspect.Parameter) -> inspect.Parameter:
    """The parameter as text can show it: no annotation, and `...` for a default that is no literal."""
    default = parameter.default
    if default is not parameter.empty and type(default) not in (bool, int, float, str, type(None)):
        default = ...
    return parameter.replace(annotation=parameter.empty, default=default)


def _passed(parameter: inspect.Parameter) -> str:
    """How a parameter is passed on."""
    if parameter.kind in _VARIADIC:
        return ("*" if parameter.kind is parameter.VAR_POSITIONAL else "**") + parameter.name
    return f"{parameter.name}={parameter.name}" if parameter.kind is parameter.KEYWORD_ONLY else parameter.name


# --- parameters ----------------------------------------------------------------------------------------------------


def parameter_names(function: types.FunctionType) -> list[str]:
    """All parameters in the order in which emitted functions take them."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:count])
    if code.co_flags & inspect.CO_VARARGS:
        names.insert(code.co_argcount, code.co_varnames[count])
        count += 1
    if code.co_flags & inspect.CO_VARKEYWORDS:
        names.append(code.co_varnames[count])
    return names


def is_variadic(function: types.FunctionType) -> bool:
    """Whether a function takes `*args` or `**kwargs`."""
    return any(stars(function))


def stars(function: types.FunctionType) -> tuple[str | None, str | None]:
    """The names of a function's `*args` and `**kwargs`."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    args = code.co_varnames[count] if code.co_flags & inspect.CO_VARARGS else None
    kwargs = code.co_varnames[count + (args is not None)] if code.co_flags & inspect.CO_VARKEYWORDS else None
    return args, kwargs


def fixed_argnums(argnums: Argnums) -> int | str | tuple[int | str, ...]:
    """Argnums as a position or a name, or as a tuple of them, whatever kind of sequence is given."""
    if isinstance(argnums, np.ndarray) and argnums.ndim != 1:
        raise _wrong_argnums(argnums)
    if isinstance(argnums, (Sequence, np.ndarray)) and not isinstance(argnums, (str, bytes)):
        return tuple(map(_fixed_argnum, argnums))
    return _fixed_argnum(argnums)


def _fixed_argnum(item: Any) -> int | str:
    if isinstance(item, str):
        return str(item)
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return int(item)
    raise _wrong_argnums(item)


def _wrong_argnums(item: Any) -> ArgumentError:
    return ArgumentError(f"argnums must be ints or parameter names, not {item!r}\n  instead: argnums=0")


def resolve_argnums(
    function: types.FunctionType,
    argnums: int | str | tuple[int | str, ...],
    names: list[str],
    operator: str = "grad",
) -> tuple[tuple[str | Items, ...], bool]:
    """The parameters asked for, and whether a single one was; `names` are those that a call has.

    The name of `*args` or `**kwargs` stands for all that a call passes that way.
    """
    single = not isinstance(argnums, tuple)
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    if not wanted:
        what = f"{operator} of {function.__name__}: argnums is empty"
        raise ArgumentError(f"{what}\n  instead: name at least one parameter")
    resolved = tuple(_resolve(function, item, names) for item in wanted)
    parameters = single_parameters(resolved)
    if len(set(parameters)) < len(parameters) or len(set(resolved)) < len(resolved):
        raise ArgumentError(f"argnums {argnums!r} names a parameter twice\n  instead: name each parameter once")
    return resolved, single


def _resolve(function: types.FunctionType, item: int | str, names: list[str]) -> str | Items:
    if isinstance(item, int):
        if not -len(names) <= item < len(names):
            raise ArgumentError(_no_parameter(function, f"number {item}", names))
        return names[item]
    if item in names:
        return item
    args, kwargs = stars(function)
    if item not in (args, kwargs):
        raise ArgumentError(_no_parameter(function, repr(item), names))
    own = tuple(name for name in names if name.startswith(f"{item}["))
    return Items(own, tuple(name[len(item) + 2 : -2] for name in own) if item == kwargs else None)


def _no_parameter(function: Callable[..., Any], what: str, names: list[str]) -> str:
    listed = ", ".join(f"{k}: {name}" for k, name in enumerate(names)) or "none"
    return f"{function.__name__} has no parameter {what}\n  instead: choose argnums among its parameters ({listed})"


def bind(function: types.FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call in the order of `parameter_names`, defaults filled in."""
    found = None if is_variadic(function) else _bind_named(function, args, kwargs)
    if found is not None:
        return found
    try:
        bound = inspect.signature(function, follow_wrapped=False).bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(f"{function.__name__}: {error}") from None
    bound.apply_defaults()
    return tuple(bound.arguments[name] for name in parameter_names(function))


def _bind_named(function: types.FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """`bind` for a function with named parameters only; None where the call does not fit."""
    code, defaults = function.__code__, function.__defaults__ or ()
    if len(args) > code.co_argcount:
        return None
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    optional = dict(zip(names[code.co_argcount - len(defaults) : code.co_argcount], defaults))
    optional.update(function.__kwdefaults__ or {})
    found, used = list(args), 0
    for position, name in enumerate(names[len(args) :], start=len(args)):
        if name in kwargs and position >= code.co_posonlyargcount:
            found.append(kwargs[name])
            used += 1
        elif name in optional:
            found.append(optional[name])
        else:
            return None
    return tuple(found) if used == len(kwargs) else None


def flatten_variadic(function: types.FunctionType, values: tuple[Any, ...]) -> tuple[list[str], tuple[Any, ...]]:
    """Names and values with `*args` and `**kwargs` spread out: `args[0]`, `args[1]`, `kwargs['a']`."""
    names: list[str] = []
    flat: list[Any] = []
    args, kwargs = stars(function)
    for name, value in zip(parameter_names(function), values, strict=True):
        if name == args:
            names += [f"{name}[{k}]" for k in range(len(value))]
            flat += value
        elif name == kwargs:
            names += [f"{name}[{key!r}]" for key in value]
            flat += value.values()
        else:
            names.append(name)
            flat.append(value)
    return names, tuple(flat)


def fixed_check(check: Any, operator: str) -> str | None:
    """The option `check` of an operator: "first", or None."""
    if check is None or check is False:
        return None
    if isinstance(check, str) and check == "first":
        return "first"
    raise ArgumentError(f"{operator}: check must be 'first' or None, not {check!r}\n  instead: check='first'")


# --- what may be differentiated ------------------------------------------------------------------------------------


def check_differentiable(
    function: types.FunctionType, name: str, type_: Abstract, holomorphic: bool = False, operator: str = "grad"
) -> None:
    """Refuse to differentiate with respect to an argument without real or complex numbers in it."""
    if holomorphic and _has(type_, ("float",)):
        what = f"{operator} of {function.__name__}: argument '{name}' is real"
        raise ArgumentError(
            f"{what}, and holomorphic=True is for complex arguments\n"
            f"  instead: pass complex numbers, or differentiate the real and imaginary parts of the result"
        )
    if is_differentiable(type_):
        return
    shown, remedy = _describe(name, type_)
    raise ArgumentError(
        f"{operator} of {function.__name__}: argument '{name}' is {shown}, which has no derivative\n  instead: {remedy}"
    )


def is_differentiable(type_: Abstract) -> bool:
    """Whether a value of this type may hold real or complex numbers."""
    return isinstance(type_, Unknown) or _has(type_, ("float", "complex", ""))


def _has(type_: Abstract, kinds: tuple[str, ...]) -> bool:
    """Whether numbers of these kinds are in a value; nothing is known of what is in an empty container."""
    if isinstance(type_, (Scalar, Array)):
        return kind(type_) in kinds
    if isinstance(type_, (Tuple, List)):
        items = type_.items if type_.items is not None else (type_.element,)
    elif isinstance(type_, Object):
        items = tuple(item for _, item in type_.items)
    elif isinstance(type_, Dict):
        items = dict_values(type_)
    else:
        return isinstance(type_, Unknown) and "" in kinds
    return any(_has(item, kinds) for item in items) or (not items and "" in kinds and not isinstance(type_, Object))


def _describe(name: str, type_: Abstract) -> tuple[str, str]:
    """What an argument is, and what to pass instead."""
    if isinstance(type_, Scalar):
        article = "an" if type_.kind == "int" else "a"
        remedy = "pass a float, such as 2.0, or leave the argument out of argnums"
        return f"{article} {type_.dtype or type_.kind}", remedy
    if isinstance(type_, Array):
        return f"an array of {type_.dtype}", f"pass {name}.astype(float), or leave the argument out of argnums"
    if isinstance(type_, Constant):
        return f"{type_.value!r}", "leave the argument out of argnums"
    if isinstance(type_, Object):
        remedy = "give it attributes that are floats or float arrays, or leave the argument out of argnums"
        remedy = "argnums=1, for the parameter after self" if name == "self" else remedy
        return f"an object of class {type_.cls.__name__} without floats", remedy
    if isinstance(type_, Opaque):
        return f"of type {type_.cls.__name__}", _plain_form(name, type_.cls)
    return "a container without floats", "put floats or float arrays into it, or leave it out of argnums"


def _plain_form(name: str, cls: type) -> str:
    """What to pass for an object of a class that is no plain container."""
    plain = {float: float, collections.abc.Mapping: dict, collections.abc.Sequence: list}
    for base, form in plain.items():
        if issubclass(cls, base):
            return f"pass {form.__name__}({name})"
    return "pass the numbers in it as a float, an array, or a tuple, list or dict of them"


def annotated_types(function: types.FunctionType) -> dict[str, Abstract]:
    """The types of parameters as far as annotations tell; Unknown where they do not."""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation may name anything, also what does not exist at run time
        hints = {}
    known: dict[Any, Abstract] = {float: FLOAT, int: INT, bool: Scalar("bool"), complex: Scalar("complex")}
    found: dict[str, Abstract] = {}
    defaults = {name: p.default for name, p in inspect.signature(function, follow_wrapped=False).parameters.items()}
    both = stars(function)
    for name in parameter_names(function):
        hint, default = None if name in both else hints.get(name), defaults[name]
        if hint in known:
            found[name] = known[hint]
        elif hint is np.ndarray or typing.get_origin(hint) is np.ndarray:
            found[name] = Array("float64", None)
        elif default is not inspect.Parameter.empty:
            found[name] = abstract_of(default, name)
        else:
            found[name] = UNKNOWN
    return found
