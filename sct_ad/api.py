"""grad and value_and_grad: arguments checked, derivative objects returned."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from sct_ad.arguments import (
    Argnums,
    annotated_types,
    bind,
    check_differentiable,
    fixed_argnums,
    flatten_variadic,
    innermost,
    is_variadic,
    parameter_names,
    plain_function,
    resolve_argnums,
    shown_signature,
)
from sct_ad.cache import Cache, CacheInfo
from sct_ad.compiler import Compiled, compile_gradient
from sct_ad.derive.gradient import Request, single_parameters
from sct_ad.dispatch import install, shortcut, uninstall
from sct_ad.emit.load import annotate_error
from sct_ad.errors import ArgumentError, InternalError, SctError, UnsupportedError
from sct_ad.objects import attributes_of, is_plain
from sct_ad.specialise.calls import lowered
from sct_ad.specialise.heap import NeedsValues
from sct_ad.specialise.signature import abstract_of, dispatch_key, integers_in, with_integers
from sct_ad.syntax.source import capture
from sct_ad.syntax.values import Abstract


class Options(NamedTuple):
    """What a derivative object was asked for."""

    argnums: int | str | tuple[int | str, ...] = 0
    with_value: bool = False
    has_aux: bool = False
    source: str | None = None
    holomorphic: bool = False


class Gradient:
    """The gradient of a function: call it like the function itself.

    The first call with arguments of new types compiles; later ones run the emitted text, `source(*args)`.
    """

    __qualname__: str

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        if isinstance(function, (Gradient, BoundGradient)):
            raise UnsupportedError("a gradient of a gradient", hint="differentiate the function itself")
        plain = plain_function(function)
        self.primal, self.options = function, options
        self._function = plain
        self._inner = innermost(function) or plain
        """The function written in Python that `_function` is or calls."""
        self._variadic = is_variadic(plain)
        if not self._variadic:
            resolve_argnums(plain, options.argnums, parameter_names(plain))
        self._by_value = False
        """Whether derivatives are compiled for the values of integers, since a loop has to be written out."""
        self._cache = Cache()
        self._shortcuts: WeakKeyDictionary[Compiled, Callable[..., Any] | None] = WeakKeyDictionary()
        functools.update_wrapper(self, plain if isinstance(function, functools.partial) else function, updated=())
        self.__name__, self.__wrapped__ = plain.__name__, function
        self.__qualname__ = getattr(function, "__qualname__", plain.__qualname__)
        self.__signature__ = shown_signature(function, plain)
        if options.source is None:
            capture(self._inner)

    def __new__(cls, *args: Any) -> Gradient:
        """Each object gets a class of its own, whose `__call__` is rewritten for the types that come in."""
        own = type(cls.__name__, (cls,), {"__module__": cls.__module__, "__doc__": cls.__doc__})
        return super().__new__(own)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient at these arguments, which are given as to the function itself."""
        try:
            names, args = self._bound(args, kwargs)
            compiled = self._cached(names, args)
            if compiled.written:
                _refuse_overlap(self._function, names or parameter_names(self._function), args, compiled.written)
        except SctError as error:
            raise _brief(error) from error.__cause__
        if names is None and not self._by_value:
            self._shorten(compiled, args)
        try:
            return compiled.function(*args)
        except Exception as error:
            annotate_error(error)
            raise

    def _cached(self, names: list[str] | None, args: tuple[Any, ...]) -> Compiled:
        """The derivative for arguments of these types, compiled the first time."""
        return self._by_value_if_needed(
            lambda: self._cache.get(self._key(names, args), lambda: self._compile(names, args))
        )

    def _by_value_if_needed(self, attempt: Callable[[], Compiled]) -> Compiled:
        try:
            return attempt()
        except NeedsValues:
            self._by_value = True
            return attempt()

    def _key(self, names: list[str] | None, args: tuple[Any, ...]) -> Hashable:
        """What arguments have in common that one compiled derivative serves."""
        key = tuple(map(dispatch_key, args)) if names is None else (*names, *map(dispatch_key, args))
        if not self._by_value:
            return key
        return key, tuple(n for t in self._types(names, args).values() for n in integers_in(t))

    def _types(self, names: list[str] | None, args: tuple[Any, ...]) -> dict[str, Abstract]:
        names = parameter_names(self._function) if names is None else names
        found = {name: abstract_of(value, name) for name, value in zip(names, args, strict=True)}
        if self._by_value:
            return {name: with_integers(type_, value) for (name, type_), value in zip(found.items(), args)}
        return found

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[str] | None, tuple[Any, ...]]:
        """All arguments in order; their names too, where they are not the parameters'."""
        function = self._function
        if self._variadic:
            return flatten_variadic(function, bind(function, args, kwargs))
        code = function.__code__
        if kwargs or len(args) != code.co_argcount or code.co_kwonlyargcount:
            args = bind(function, args, kwargs)
        return None, args

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
        return self._compile_types(self._types(names, args))

    def _compile_types(self, argument_types: dict[str, Abstract], record: Any = None) -> Compiled:
        function, (argnums, with_value, has_aux, source, holomorphic) = self._function, self.options
        resolved, single = resolve_argnums(function, argnums, list(argument_types))
        for name in single_parameters(resolved):
            check_differentiable(function, name, argument_types[name], holomorphic)
        if source is not None and self._inner is not function:
            lowered(self._inner, source)  # known from here on
            source = None
        request = Request(resolved, single, with_value, has_aux, function.__name__, holomorphic)
        return compile_gradient(function, argument_types, request, source, record, self._by_value)

    def _compile_as_annotated(self, record: Any = None) -> Compiled:
        try:
            return self._compile_types(annotated_types(self._function), record)
        except NeedsValues:
            what = f"the source of the gradient of {self._function.__name__} depends on the values of integers"
            raise ArgumentError(f"{what}\n  instead: give arguments, as in source(1.0, 5)") from None

    def _compile_anew(self, args: tuple[Any, ...], kwargs: dict[str, Any], record: Any) -> Compiled:
        names, values = self._bound(args, kwargs)
        return self._by_value_if_needed(lambda: self._compile_types(self._types(names, values), record))

    def _is_bare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether there are no arguments though the function has some: the annotations stand for them."""
        return not args and not kwargs and bool(self._function.__code__.co_argcount)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments; without arguments, for what the annotations say."""
        try:
            if self._is_bare(args, kwargs):
                return self._compile_as_annotated().text
            return self._cached(*self._bound(args, kwargs)).text
        except SctError as error:
            raise _brief(error) from error.__cause__

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        found: dict[str, str] = {}

        def note(name: str, show: Callable[[], str]) -> None:
            found[name] = show()

        try:
            if self._is_bare(args, kwargs):
                self._compile_as_annotated(note)
            else:
                self._compile_anew(args, kwargs, note)
        except SctError as error:
            raise _brief(error) from error.__cause__
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
        if isinstance(self.primal, classmethod):
            return BoundGradient(self, owner)
        if instance is None or isinstance(self.primal, staticmethod):
            return self
        return BoundGradient(self, instance)

    def __repr__(self) -> str:
        kind = "value_and_grad" if self.options.with_value else "grad"
        return f"<{kind} of {self.__qualname__}, argnums {self.options.argnums!r}>"

    def __reduce__(self) -> Any:
        return self.__qualname__ if _is_global(self) else (Gradient, (self.primal, self.options))


class BoundGradient:
    """The gradient of a method, as found on an instance, which is the first argument."""

    def __init__(self, gradient: Gradient, instance: Any) -> None:
        self.__func__, self.__self__ = gradient, instance
        functools.update_wrapper(self, gradient, updated=())
        parameters = list(gradient.__signature__.parameters.values())
        self.__signature__ = gradient.__signature__.replace(parameters=parameters[1:])

    @property
    def primal(self) -> Any:
        """The method that was differentiated."""
        primal = self.__func__.primal
        return types.MethodType(primal.__func__ if isinstance(primal, classmethod) else primal, self.__self__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient at these arguments, which are given as to the method itself."""
        return self.__func__(self.__self__, *args, **kwargs)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments; without arguments, the general one."""
        return self.__func__.source(*self._with_self(args, kwargs), **kwargs)

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self.__func__.stages(*self._with_self(args, kwargs), **kwargs)

    def _with_self(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        return (self.__self__, *args) if args or kwargs else ()

    def cache_info(self) -> CacheInfo:
        """Hits, misses and size of the cache, which all instances share."""
        return self.__func__.cache_info()

    def cache_clear(self) -> None:
        """Forget all compiled derivatives."""
        self.__func__.cache_clear()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundGradient):
            return NotImplemented
        return self.__func__ is other.__func__ and self.__self__ is other.__self__

    def __hash__(self) -> int:
        return hash((id(self.__func__), id(self.__self__)))

    def __repr__(self) -> str:
        return f"<bound {self.__func__!r} of {self.__self__!r}>"

    def __reduce__(self) -> Any:
        return getattr, (self.__self__, self.__func__.__name__)


def _is_global(gradient: Gradient) -> bool:
    """Whether the object is found under its own name, as a decorated function is."""
    found: Any = sys.modules.get(gradient.__module__)
    for part in gradient.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is gradient


def _brief(error: SctError) -> SctError:
    """The error without the compiler's frames, which say nothing of the user's code; a fault of ours keeps them."""
    return error if isinstance(error, InternalError) else error.with_traceback(None)


def _refuse_overlap(
    function: Callable[..., Any], names: list[str], args: tuple[Any, ...], written: tuple[int, ...]
) -> None:
    """Refuse arrays and containers that are written and can be reached in another way too."""
    held = [list(_mutable(value)) for value in args]
    for k in written:
        for other, values in enumerate(held):
            for place, own in enumerate(held[k]):
                later = values[place + 1 :] if other == k else values
                if any(own is value or _overlap(own, value) for value in later):
                    where = f"'{names[other]}'" if other != k else "itself"
                    array = isinstance(args[k], np.ndarray)
                    remedy = f"{names[k]}.copy()" if array else f"copy.deepcopy({names[k]}), without what is shared"
                    raise ArgumentError(
                        f"{function.__name__} writes into '{names[k]}', which shares memory with {where}\n"
                        f"  instead: pass {remedy}"
                    )


def _mutable(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """The arrays, lists, dicts and objects of a value; an object that is met again is known to be the same."""
    seen = set() if seen is None else seen
    if isinstance(value, (np.ndarray, list, dict)):
        yield value
    if is_plain(type(value)):
        if id(value) in seen:
            return
        yield value
        seen.add(id(value))
        value = attributes_of(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from _mutable(item, seen)


def _overlap(left: Any, right: Any) -> bool:
    return isinstance(left, np.ndarray) and isinstance(right, np.ndarray) and np.may_share_memory(left, right)


def _options(
    argnums: Argnums, with_value: bool, has_aux: bool, source: str | None, holomorphic: bool = False
) -> Options:
    if source is not None and not isinstance(source, str):
        raise ArgumentError(f"source must be text, not {source!r}\n  instead: source=inspect.getsource(f)")
    return Options(fixed_argnums(argnums), with_value, has_aux, source, bool(holomorphic))


def _differentiate(function: Callable[..., Any] | None, options: Options) -> Gradient:
    """The derivative object of a function, or an error without the compiler's frames."""
    if isinstance(function, (int, str, tuple, list, range)):
        raise ArgumentError(f"grad expects a function first, not {function!r}\n  instead: grad(argnums={function!r})")
    try:
        return Gradient(function, options)  # type: ignore[arg-type]
    except SctError as error:
        raise _brief(error) from error.__cause__


def grad(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
) -> Any:
    """The gradient of a scalar function; also a decorator, `@grad` or `@grad(argnums=(0, 2))`.

    Args:
        function: a Python function that returns a float (with `has_aux`, a pair of a float and anything); also a
            method, a callable object, a `functools.partial`, whose bound arguments are constants, or a function of
            NumPy or `math` that has a rule.
        argnums: the parameter, by position or name, or a sequence of them. The name of `*args` or `**kwargs` stands
            for everything that is passed that way: the gradient is a tuple or a dict.
        has_aux: whether the function returns `(value, aux)`; the result then is `(gradient, aux)`.
        source: the text of the function, where Python cannot find it.
        holomorphic: whether the function is a holomorphic one with a complex result, whose complex derivative is asked
            for. Without it the result must be real, and the gradient with respect to a complex `z` is the complex
            number `c` for which the result changes by the real part of `c * dz`.

    Returns:
        A callable with the function's signature. One argnum gives one gradient, a sequence gives a tuple; each has
        the type, dtype, shape and container structure of its argument.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    options = _options(argnums, False, has_aux, source, holomorphic)
    return functools.partial(_differentiate, options=options) if function is None else _differentiate(function, options)


def value_and_grad(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
) -> Any:
    """Like `grad`, but returns `(value, gradient)`; with `has_aux`, `((value, aux), gradient)`."""
    options = _options(argnums, True, has_aux, source, holomorphic)
    return functools.partial(_differentiate, options=options) if function is None else _differentiate(function, options)


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
    return _differentiate(function, _options(argnums, with_value, has_aux, source)).source(*args, **kwargs)
