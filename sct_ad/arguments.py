"""Arguments of derivative operators: binding, argnums, annotations, and what may be differentiated."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.specialise.signature import abstract_of
from sct_ad.syntax.values import (
    FLOAT,
    INT,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    Unknown,
    kind,
)

Argnums = int | str | Sequence[int | str]


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
    return bool(function.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS))


def resolve_argnums(function: types.FunctionType, argnums: Argnums, names: list[str]) -> tuple[tuple[str, ...], bool]:
    """The named parameters, and whether a single one was asked for."""
    single = isinstance(argnums, (int, str, np.integer)) and not isinstance(argnums, bool)
    if not single and not isinstance(argnums, (tuple, list)):
        raise ArgumentError(f"argnums must be ints or parameter names, not {argnums!r}\n  instead: argnums=0")
    wanted = [argnums] if single else list(argnums)  # type: ignore[arg-type]
    if not wanted:
        raise ArgumentError(f"grad of {function.__name__}: argnums is empty\n  instead: name at least one parameter")
    resolved = []
    for item in wanted:
        if isinstance(item, str):
            if item not in names:
                raise ArgumentError(_no_parameter(function, repr(item), names))
            resolved.append(item)
        elif isinstance(item, (int, np.integer)) and not isinstance(item, bool):
            if not -len(names) <= item < len(names):
                raise ArgumentError(_no_parameter(function, f"number {item}", names))
            resolved.append(names[item])
        else:
            raise ArgumentError(f"argnums must be ints or parameter names, not {item!r}\n  instead: argnums=0")
    if len(set(resolved)) < len(resolved):
        raise ArgumentError(f"argnums {argnums!r} names a parameter twice\n  instead: name each parameter once")
    return tuple(resolved), single


def _no_parameter(function: Callable[..., Any], what: str, names: list[str]) -> str:
    listed = ", ".join(f"{k}: {name}" for k, name in enumerate(names)) or "none"
    return f"{function.__name__} has no parameter {what}\n  instead: choose argnums among its parameters ({listed})"


def bind(function: types.FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call in the order of `parameter_names`, defaults filled in."""
    code = function.__code__
    if not kwargs and not code.co_kwonlyargcount and not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        missing = code.co_argcount - len(args)
        if missing == 0:
            return args
        defaults = function.__defaults__
        if defaults is not None and 0 < missing <= len(defaults):
            return args + defaults[len(defaults) - missing :]
    try:
        bound = inspect.signature(function, follow_wrapped=False).bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(f"{function.__name__}: {error}") from None
    bound.apply_defaults()
    return tuple(bound.arguments[name] for name in parameter_names(function))


def flatten_variadic(function: types.FunctionType, values: tuple[Any, ...]) -> tuple[list[str], tuple[Any, ...]]:
    """Names and values with `*args` and `**kwargs` spread out: `args[0]`, `args[1]`, `kwargs['a']`."""
    names: list[str] = []
    flat: list[Any] = []
    signature = inspect.signature(function, follow_wrapped=False)
    for name, value in zip(parameter_names(function), values, strict=True):
        kind_ = signature.parameters[name].kind
        if kind_ is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{name}[{k}]" for k in range(len(value))]
            flat += value
        elif kind_ is inspect.Parameter.VAR_KEYWORD:
            names += [f"{name}[{key!r}]" for key in value]
            flat += value.values()
        else:
            names.append(name)
            flat.append(value)
    return names, tuple(flat)


def check_differentiable(function: types.FunctionType, name: str, type_: Abstract) -> None:
    """Refuse to differentiate with respect to an argument without real numbers in it."""
    if isinstance(type_, Unknown) or _has_floats(type_):
        return
    shown, remedy = _describe(type_)
    raise ArgumentError(
        f"grad of {function.__name__}: argument '{name}' is {shown}, which has no derivative\n  instead: {remedy}"
    )


def _has_floats(type_: Abstract) -> bool:
    if isinstance(type_, (Scalar, Array)):
        return kind(type_) in ("float", "complex", "")
    if isinstance(type_, (Tuple, List)):
        items = type_.items if type_.items is not None else (type_.element,)
        return not items or any(map(_has_floats, items))
    if isinstance(type_, Dict):
        return not type_.items or any(_has_floats(item) for _, item in type_.items)
    return isinstance(type_, Unknown)


def _describe(type_: Abstract) -> tuple[str, str]:
    if isinstance(type_, Scalar):
        article = "an" if type_.kind == "int" else "a"
        remedy = "pass a float, such as 2.0, or leave the argument out of argnums"
        return f"{article} {type_.dtype or type_.kind}", remedy
    if isinstance(type_, Array):
        return f"an array of {type_.dtype}", "pass x.astype(float), or leave the argument out of argnums"
    if isinstance(type_, Constant):
        return f"{type_.value!r}", "leave the argument out of argnums"
    return "a container without floats", "put floats or float arrays into it, or leave it out of argnums"


def annotated_types(function: types.FunctionType) -> dict[str, Abstract]:
    """The types of parameters as far as annotations tell; Unknown where they do not."""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation may name anything, also what does not exist at run time
        hints = {}
    known: dict[Any, Abstract] = {float: FLOAT, int: INT, bool: Scalar("bool"), complex: Scalar("complex")}
    found: dict[str, Abstract] = {}
    signature = inspect.signature(function, follow_wrapped=False)
    for name in parameter_names(function):
        hint, default = hints.get(name), signature.parameters[name].default
        if hint in known:
            found[name] = known[hint]
        elif hint is np.ndarray or typing.get_origin(hint) is np.ndarray:
            found[name] = Array("float64", None)
        elif default is not inspect.Parameter.empty:
            found[name] = abstract_of(default, name)
        else:
            found[name] = UNKNOWN
    return found
