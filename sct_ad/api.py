"""grad and value_and_grad: arguments checked, derivative objects returned."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from sct_ad.arguments import (
    Argnums,
    annotated_types,
    bind,
    check_differentiable,
    flatten_variadic,
    is_variadic,
    parameter_names,
    resolve_argnums,
)
from sct_ad.cache import Cache, CacheInfo
from sct_ad.compiler import Compiled, compile_gradient
from sct_ad.derive.gradient import Request
from sct_ad.dispatch import install, shortcut, uninstall
from sct_ad.emit.load import annotate_error
from sct_ad.errors import ArgumentError, UnsupportedError
from sct_ad.specialise.signature import abstract_of, dispatch_key
from sct_ad.syntax.source import capture
from sct_ad.syntax.values import Abstract


class Gradient:
    """The gradient of a function: call it like the function itself.

    The first call with arguments of new types compiles; later ones run the emitted text, `source(*args)`.
    """

    __qualname__: str

    def __init__(
        self, function: Callable[..., Any], argnums: Argnums, with_value: bool, has_aux: bool, source: str | None
    ) -> None:
        plain = _plain_function(function)
        self.primal = function
        self._function = plain
        self._options = (argnums, with_value, has_aux, source)
        self._variadic = is_variadic(plain)
        if not self._variadic:
            resolve_argnums(plain, argnums, parameter_names(plain))
        self._cache = Cache()
        self._shortcuts: WeakKeyDictionary[Compiled, Callable[..., Any] | None] = WeakKeyDictionary()
        functools.update_wrapper(self, function, updated=())
        self.__signature__ = inspect.signature(function)
        if source is None:
            capture(plain)

    def __new__(cls, *args: Any) -> Gradient:
        """Each object gets a class of its own, whose `__call__` is rewritten for the types that come in."""
        own = type(cls.__name__, (cls,), {"__module__": cls.__module__, "__doc__": cls.__doc__})
        return super().__new__(own)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient at these arguments, which are given as to the function itself."""
        function = self._function
        if kwargs or len(args) != function.__code__.co_argcount or function.__code__.co_kwonlyargcount:
            args = bind(function, args, kwargs)
        names: list[str] | None = None
        if self._variadic:
            names, args = flatten_variadic(function, args)
        key = tuple(map(dispatch_key, args)) if names is None else (*names, *map(dispatch_key, args))
        compiled = self._cache.get(key, lambda: self._compile(names, args))
        if not self._variadic:
            self._shorten(compiled, args)
        if compiled.written:
            _refuse_overlap(function, args, compiled.written)
        try:
            return compiled.function(*args)
        except Exception as error:
            annotate_error(error)
            raise

    def _shorten(self, compiled: Compiled, args: tuple[Any, ...]) -> None:
        """Make the next call with arguments of these types a short one."""
        if compiled not in self._shortcuts:
            self._shortcuts[compiled] = None  # types that are seen once do not pay for a shortcut
            return
        call = self._shortcuts[compiled]
        if call is None:
            call = shortcut(compiled, self._function, args, Gradient.__call__, self._cache.hits) or Gradient.__call__
            self._shortcuts[compiled] = call
        if call is not Gradient.__call__:
            install(type(self), call)

    def _compile(self, names: list[str] | None, args: tuple[Any, ...]) -> Compiled:
        names = parameter_names(self._function) if names is None else names
        return self._compile_types({name: abstract_of(value, name) for name, value in zip(names, args, strict=True)})

    def _compile_types(self, argument_types: dict[str, Abstract], record: Any = None) -> Compiled:
        argnums, with_value, has_aux, source = self._options
        names, single = resolve_argnums(self._function, argnums, list(argument_types))
        for name in names:
            check_differentiable(self._function, name, argument_types[name])
        request = Request(names, single, with_value, has_aux)
        return compile_gradient(self._function, argument_types, request, source, record)

    def _types(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Abstract]:
        if not args and not kwargs and self._function.__code__.co_argcount:
            return annotated_types(self._function)
        names, values = flatten_variadic(self._function, bind(self._function, args, kwargs))
        return {name: abstract_of(value, name) for name, value in zip(names, values, strict=True)}

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments; without arguments, for what the annotations say."""
        return self._compile_types(self._types(args, kwargs)).text

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        found: dict[str, str] = {}
        self._compile_types(self._types(args, kwargs), lambda name, show: found.__setitem__(name, show()))
        return found

    def cache_info(self) -> CacheInfo:
        """Hits, misses and size of this object's cache."""
        return self._cache.info()

    def cache_clear(self) -> None:
        """Forget all compiled derivatives."""
        uninstall(type(self))
        self._shortcuts.clear()
        self._cache.clear()

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        kind = "value_and_grad" if self._options[1] else "grad"
        return f"<{kind} of {self._function.__qualname__}, argnums {self._options[0]!r}>"

    def __reduce__(self) -> Any:
        if _is_global(self):
            return self.__qualname__
        return _rebuild, (self.primal, *self._options)


def _is_global(gradient: Gradient) -> bool:
    """Whether the object is found under its own name, as a decorated function is."""
    found: Any = sys.modules.get(gradient.__module__)
    for part in gradient.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is gradient


def _rebuild(
    function: Callable[..., Any], argnums: Argnums, with_value: bool, has_aux: bool, source: str | None
) -> Gradient:
    return Gradient(function, argnums, with_value, has_aux, source)


def _plain_function(function: Any) -> types.FunctionType:
    from sct_ad.specialise.calls import unwrap

    if isinstance(function, Gradient):
        raise UnsupportedError("a gradient of a gradient", hint="differentiate the function itself")
    found = unwrap(function)
    if isinstance(found, types.FunctionType):
        return found
    if callable(found):
        raise UnsupportedError(
            f"{function!r} is not a plain Python function", hint="wrap it: lambda x: ...(x), and differentiate that"
        )
    raise ArgumentError(f"grad expects a function, not {function!r}\n  instead: grad(f)(x), not grad(f(x))")


def _refuse_overlap(function: types.FunctionType, args: tuple[Any, ...], written: tuple[int, ...]) -> None:
    for k in written:
        for other, value in enumerate(args):
            if other != k and isinstance(value, np.ndarray) and isinstance(args[k], np.ndarray):
                if np.may_share_memory(args[k], value):
                    names = parameter_names(function)
                    raise ArgumentError(
                        f"{function.__name__} writes into '{names[k]}', which shares memory with '{names[other]}'\n"
                        f"  instead: pass {names[k]}.copy()"
                    )


def _operator(with_value: bool) -> Callable[..., Any]:
    def operator(
        function: Callable[..., Any] | None = None,
        argnums: Argnums = 0,
        has_aux: bool = False,
        *,
        source: str | None = None,
    ) -> Any:
        if function is None:
            return lambda f: Gradient(f, argnums, with_value, has_aux, source)
        if isinstance(function, (int, str, tuple, list)):
            remedy = f"grad(argnums={function!r})"
            raise ArgumentError(f"grad expects a function first, not {function!r}\n  instead: {remedy}")
        return Gradient(function, argnums, with_value, has_aux, source)

    return operator


def grad(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
) -> Any:
    """The gradient of a scalar function; also a decorator, `@grad` or `@grad(argnums=(0, 2))`.

    Args:
        function: a Python function that returns a float (with `has_aux`, a pair of a float and anything).
        argnums: the parameter, by position or name, or a sequence of them.
        has_aux: whether the function returns `(value, aux)`; the result then is `(gradient, aux)`.
        source: the text of the function, where Python cannot find it.

    Returns:
        A callable with the function's signature. One argnum gives one gradient, a sequence gives a tuple; each has
        the type, dtype, shape and container structure of its argument.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    return _operator(False)(function, argnums, has_aux, source=source)


def value_and_grad(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
) -> Any:
    """Like `grad`, but returns `(value, gradient)`; with `has_aux`, `((value, aux), gradient)`."""
    return _operator(True)(function, argnums, has_aux, source=source)


def adjoint_source(
    function: Callable[..., Any],
    *args: Any,
    argnums: Argnums = 0,
    with_value: bool = False,
    has_aux: bool = False,
    source: str | None = None,
    **kwargs: Any,
) -> str:
    """The emitted text of the gradient for these arguments; without arguments, for what the annotations say."""
    return Gradient(function, argnums, with_value, has_aux, source).source(*args, **kwargs)
