"""What every derivative object does, whatever its operator: binding, types, cache, dispatch, methods, pickling."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar, Protocol
from weakref import WeakKeyDictionary

from sct_ad import compilation
from sct_ad.arguments import (
    annotated_types,
    bind,
    flatten_variadic,
    innermost,
    is_variadic,
    parameter_names,
    plain_function,
    shown_signature,
)
from sct_ad.cache import Cache, CacheInfo
from sct_ad.compiled import Compiled
from sct_ad.dispatch import install, shortcut, uninstall
from sct_ad.emit.load import RAISED, annotate_error, load
from sct_ad.errors import ArgumentError, InternalError, SctError, UnsupportedError
from sct_ad.overlap import refuse_overlap
from sct_ad.specialise.signature import NeedsValues, abstract_of, dispatch_key, with_values
from sct_ad.syntax.asking import NeedsSizes, answering
from sct_ad.syntax.names import identifier
from sct_ad.syntax.source import capture
from sct_ad.syntax.values import Abstract

FIRST_CALLS: list[Callable[..., Any]] = []
"""What `check="first"` does: `check(derivative, names, arguments, compiled)`, which returns what it has checked."""


class Options(Protocol):
    """What a derivative object was asked for; it can be hashed and pickled."""

    @property
    def source(self) -> str | None:
        """The text of the function, where Python cannot find it."""


class MadeByOperator:
    """What derivative operators make: none of them differentiates it."""

    RESULT: ClassVar[str] = "derivative"
    """How messages call what the operator makes."""
    CALLABLE_WITHIN: ClassVar[bool] = False
    """Whether a function to be differentiated may call it, so that it can be differentiated itself."""


class OfFunctionOrMethod(MadeByOperator):
    """A derivative that can stand in a class, as the function can that it is made of."""

    primal: Any
    """The function."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if isinstance(self.primal, classmethod):
            return BoundDerivative(self, owner)
        if instance is None or isinstance(self.primal, staticmethod):
            return self
        return BoundDerivative(self, instance)


class Derivative(OfFunctionOrMethod):
    """A derivative of a function: call it like the function itself.

    The first call with arguments of new types compiles; later ones run the emitted text, `source(*args)`. A subclass
    says in `compile_for` what is emitted.
    """

    OPERATOR: ClassVar[str] = "derivative"
    """How messages call the operator."""

    __qualname__: str
    options: Any

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        function = differentiable(function, self.RESULT)
        plain = plain_function(function, self.OPERATOR)
        self.primal, self.options = function, options
        self._function = plain
        self._inner = innermost(function) or plain
        """The function written in Python that `_function` is or calls."""
        self._variadic = is_variadic(plain)
        self.check_options(plain)
        self._by_value = False
        """Whether derivatives are compiled for the values of integers, since a loop has to be written out."""
        self._by_size = False
        """Whether they are compiled for small sizes of arrays, since ranks depend on them."""
        self._cache = Cache()
        self._checked: set[Compiled] | None = set() if getattr(options, "check", None) else None
        """What has been checked, where the first calls are to be."""
        self._checks: list[Any] = []
        self._shortcuts: WeakKeyDictionary[Compiled, Callable[..., Any] | None] = WeakKeyDictionary()
        functools.update_wrapper(self, plain if isinstance(function, functools.partial) else function, updated=())
        self.__name__, self.__wrapped__ = plain.__name__, function
        self.__qualname__ = getattr(function, "__qualname__", plain.__qualname__)
        self.__signature__ = shown_signature(function, plain)
        if options.source is None:
            capture(self._inner)

    def __new__(cls, *args: Any) -> Derivative:
        """Each object gets a class of its own, whose `__call__` is rewritten for the types that come in."""
        own = type(cls.__name__, (cls,), {"__module__": cls.__module__, "__doc__": cls.__doc__})
        return super().__new__(own)

    # What subclasses say

    def check_options(self, function: types.FunctionType) -> None:
        """Refuse options that no call of the function can fit."""

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile for arguments of these types; `self.by_value`: for these values of integers.

        `source` is the text of the function where Python cannot find it, and `record` is called after each stage.
        """
        raise NotImplementedError

    @property
    def by_value(self) -> bool:
        """Whether what is compiled holds for the values of integers alone."""
        return self._by_value

    # Calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, which are given as to the function itself."""
        try:
            names, args, compiled = self.prepared(args, kwargs)
        except SctError as error:
            raise brief(error) from error.__cause__
        if names is None and not self._by_value:
            self._shorten(compiled, args)
        return run(compiled, args)

    def prepared(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[list[str] | None, tuple[Any, ...], Compiled]:
        """What a call needs: the names of all arguments where they are not the parameters', the arguments, the code."""
        names, bound = self._bound(args, kwargs)
        compiled = self._cached(names, bound)
        if compiled.written:
            refuse_overlap(self._function, names or parameter_names(self._function), bound, compiled.written)
        if self._checked is not None and compiled not in self._checked:
            self._checks = [check(self, names, bound, compiled) for check in FIRST_CALLS]
            self._checked.add(compiled)
        return names, bound, compiled

    def taken_checks(self) -> list[Any]:
        """What has been checked since this was asked last."""
        found, self._checks = self._checks, []
        return [each for each in found if each is not None]

    def _cached(self, names: list[str] | None, args: tuple[Any, ...]) -> Compiled:
        """The derivative for arguments of these types, compiled the first time."""
        return self._by_value_if_needed(
            lambda: self._cache.get(self._key(names, args), lambda: self._compile_for_values(names, args))
        )

    def _by_value_if_needed(self, attempt: Callable[[], Compiled]) -> Compiled:
        try:
            return attempt()
        except NeedsSizes:
            self._by_size = True
        except NeedsValues:
            self._by_value = True
        return self._by_value_if_needed(attempt)

    def _compile_for_values(self, names: list[str] | None, args: tuple[Any, ...], record: Any = None) -> Compiled:
        with answering(sizes=not self._by_size):
            return self._compile_types(self._types(names, args), record)

    def _key(self, names: list[str] | None, args: tuple[Any, ...]) -> Hashable:
        """What arguments have in common that one compiled derivative serves."""
        key = tuple(map(dispatch_key, args)) if names is None else (*names, *map(dispatch_key, args))
        return (key, *self._types(names, args).values()) if self._by_value or self._by_size else key

    def _types(self, names: list[str] | None, args: tuple[Any, ...]) -> dict[str, Abstract]:
        names = parameter_names(self._function) if names is None else names
        found = {name: abstract_of(value, name) for name, value in zip(names, args, strict=True)}
        if self._by_value or self._by_size:
            asked = self._by_value, self._by_size
            return {name: with_values(type_, value, *asked) for (name, type_), value in zip(found.items(), args)}
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

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[str], tuple[Any, ...]]:
        """The names of all parameters of a call, and their values."""
        names, values = self._bound(args, kwargs)
        return parameter_names(self._function) if names is None else names, values

    def function(self) -> types.FunctionType:
        """The plain function that is differentiated."""
        return self._function

    def _shorten(self, compiled: Compiled, args: tuple[Any, ...]) -> None:
        """Make the next call with arguments of these types a short one."""
        if compiled not in self._shortcuts:
            self._shortcuts[compiled] = None  # types that are seen once do not pay for a shortcut
            return
        call, general = self._shortcuts[compiled], type(self).__bases__[0].__call__
        if call is None:
            call = shortcut(compiled, self._function, args, general, self._cache.hits, self._by_size) or general
            self._shortcuts[compiled] = call
        if call is not general:
            install(type(self), call)

    def _compile_types(self, argument_types: dict[str, Abstract], record: Any = None) -> Compiled:
        source = self.options.source
        if source is not None and self._inner is not self._function:
            compilation.know_source(self._inner, source)
            source = None
        return self.compile_for(self._function, argument_types, source, record)

    # Looking inside

    def _compile_as_annotated(self, record: Any = None) -> Compiled:
        try:
            return self._compile_types(annotated_types(self._function), record)
        except NeedsValues:
            what = f"the source of the {self.RESULT} of {self._function.__name__} depends on the values of integers"
            raise ArgumentError(f"{what}\n  instead: give arguments, as in source(1.0, 5)") from None

    def _compile_anew(self, args: tuple[Any, ...], kwargs: dict[str, Any], record: Any) -> Compiled:
        names, values = self._bound(args, kwargs)
        return self._by_value_if_needed(lambda: self._compile_for_values(names, values, record))

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
            raise brief(error) from error.__cause__

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
            raise brief(error) from error.__cause__
        return found

    def cache_info(self) -> CacheInfo:
        """Hits, misses and size of this object's cache."""
        return self._cache.info()

    def cache_clear(self) -> None:
        """Forget all compiled derivatives."""
        uninstall(type(self))
        self._shortcuts.clear()
        self._cache.clear()
        if self._checked is not None:
            self._checked.clear()

    def __repr__(self) -> str:
        return f"<{self.OPERATOR} of {self.__qualname__}>"

    def __reduce__(self) -> Any:
        return self.__qualname__ if _is_global(self) else (type(self).__bases__[0], (self.primal, self.options))


def run(compiled: Compiled, args: Sequence[Any]) -> Any:
    """The result of emitted text; an exception tells the user's line."""
    try:
        result = compiled.function(*args)
        return result if compiled.finish is None else compiled.finish(result)
    except RAISED as error:
        annotate_error(error)
        raise


def differentiable(function: Any, result: str) -> Any:
    """What is differentiated where a derivative may be given: a function that calls it. `result` is what is made."""
    if isinstance(function, MadeByOperator):
        if not function.CALLABLE_WITHIN:
            raise UnsupportedError(f"a {result} of a {function.RESULT}", hint="differentiate the function itself")
        return calling(function)
    return function


def calling(derivative: Any) -> types.FunctionType:
    """A plain function that calls a derivative, which so can be differentiated."""
    parameters = list(derivative.__signature__.parameters.values())
    if any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in parameters):
        raise UnsupportedError(
            f"a derivative of a {derivative.RESULT} of a function with other parameters than plain ones",
            hint="write a function with plain parameters that calls it",
        )
    name = f"{identifier(derivative.__name__)}_{derivative.OPERATOR}"
    names = ", ".join(p.name for p in parameters)
    called = "gradient" if "gradient" not in names else "gradient_of_it"
    text = f"def {name}({names}):\n    return {called}({names})\n"
    defaults = tuple(p.default for p in parameters if p.default is not p.empty)
    return load(text, name, {called: derivative}, {}, None, defaults or None)


class BoundDerivative(MadeByOperator):
    """The derivative of a method, as found on an instance, which is the first argument."""

    def __init__(self, derivative: Any, instance: Any) -> None:
        self.__func__, self.__self__ = derivative, instance
        self.__dict__["RESULT"] = derivative.RESULT
        functools.update_wrapper(self, derivative, updated=())
        parameters = list(derivative.__signature__.parameters.values())
        self.__signature__ = derivative.__signature__.replace(parameters=parameters[1:])

    @property
    def primal(self) -> Any:
        """The method that was differentiated."""
        primal = self.__func__.primal
        return types.MethodType(primal.__func__ if isinstance(primal, classmethod) else primal, self.__self__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, which are given as to the method itself."""
        return self.__func__(self.__self__, *args, **kwargs)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments; without arguments, the general one."""
        return self.__func__.source(*self._with_self(args, kwargs), **kwargs)

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self.__func__.stages(*self._with_self(args, kwargs), **kwargs)

    def memory_report(self) -> Any:
        """What the loops of the last call kept and computed again, of a gradient with a budget of memory."""
        return self.__func__.memory_report()  # type: ignore[attr-defined]

    def _with_self(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        return (self.__self__, *args) if args or kwargs else ()

    def cache_info(self) -> CacheInfo:
        """Hits, misses and size of the cache, which all instances share."""
        return self.__func__.cache_info()

    def cache_clear(self) -> None:
        """Forget all compiled derivatives."""
        self.__func__.cache_clear()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundDerivative):
            return NotImplemented
        return self.__func__ is other.__func__ and self.__self__ is other.__self__

    def __hash__(self) -> int:
        return hash((id(self.__func__), id(self.__self__)))

    def __repr__(self) -> str:
        return f"<bound {self.__func__!r} of {self.__self__!r}>"

    def __reduce__(self) -> Any:
        return getattr, (self.__self__, self.__func__.__name__)


def _is_global(derivative: Derivative) -> bool:
    """Whether the object is found under its own name, as a decorated function is."""
    found: Any = sys.modules.get(derivative.__module__)
    for part in derivative.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is derivative


def brief(error: SctError) -> SctError:
    """The error without the compiler's frames, which say nothing of the user's code; a fault of ours keeps them."""
    return error if isinstance(error, InternalError) else error.with_traceback(None)
