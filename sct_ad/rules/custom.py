"""Derivatives that users give their own functions: `custom_vjp`, `custom_jvp`, `stop_gradient`, `with_cotangent`.

They do nothing but call the function, or give back what they are given, until a function is differentiated in which
they are called: then the compiler finds them by what they are.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.objects import attributes_of, is_plain
from sct_ad.rules.effects import PURE, declare
from sct_ad.runtime.containers import copy_structure

Argnums = int | str | Sequence[int | str]


class CustomFunction:
    """A function that brings a derivative of its own; calling it calls the function."""

    function: Callable[..., Any]
    __qualname__: str
    _kind = ""
    """How users call it."""
    _missing = ""
    """What to write where the derivative was not given."""

    def __init__(self, function: Any, nondiff_argnums: Argnums) -> None:
        if isinstance(function, (staticmethod, classmethod)):
            raise ArgumentError(
                f"{self._kind} of a {type(function).__name__}\n"
                f"  instead: put @{type(function).__name__} above @{self._kind}"
            )
        if not callable(function):
            raise ArgumentError(f"{self._kind} expects a function, not {function!r}\n  instead: @{self._kind}")
        self.function = function
        functools.update_wrapper(self, function, updated=())
        self.nondiff_argnums = self._positions(nondiff_argnums)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives."""
        return self.function(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self._kind} {self.shown_name}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> CustomFunction:
        """Itself, as of any function."""
        return self

    def __copy__(self) -> CustomFunction:
        return self

    def __reduce__(self) -> str:
        return str(self.__qualname__)

    @property
    def shown_name(self) -> str:
        """How messages and emitted text call the function."""
        return shown_name(self.function)

    def positional(self, args: Sequence[Any], keywords: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments of a call by position, defaults filled in; TypeError where they do not fit the function."""
        try:
            signature = inspect.signature(self.function)
        except (ValueError, TypeError):  # some functions written in C have none
            if keywords:
                raise TypeError(f"{self.shown_name} tells no names of its parameters: pass them by position") from None
            return tuple(args)
        bound = signature.bind(*args, **keywords)
        if bound.kwargs:
            raise TypeError(f"{self.shown_name} has the parameter {next(iter(bound.kwargs))!r}, by keyword only")
        if isinstance(self._innermost(), types.FunctionType):  # others have defaults that nobody wants to see
            bound.apply_defaults()
        return bound.args

    def _innermost(self) -> Any:
        found: Any = self.function
        while isinstance(found, (functools.partial, types.MethodType)):
            found = found.func if isinstance(found, functools.partial) else found.__func__
        return found

    def nondiff(self, count: int) -> tuple[int, ...]:
        """The positions, among so many arguments, of those that are not differentiated by."""
        return tuple(k for k in self.nondiff_argnums if k < count)

    def _positions(self, argnums: Argnums) -> tuple[int, ...]:
        wanted = [argnums] if isinstance(argnums, (int, str)) else list(argnums)
        try:
            names = list(inspect.signature(self.function).parameters)
        except (ValueError, TypeError):
            names = []
        found = set()
        for item in wanted:
            position = names.index(item) if isinstance(item, str) and item in names else item
            if not isinstance(position, int) or isinstance(position, bool):
                raise ArgumentError(
                    f"nondiff_argnums of {self.shown_name} has {item!r}\n  instead: a position or a parameter's name"
                )
            if position < 0:
                position += len(names)
            if position < 0 or (names and position >= len(names) and not self._is_variadic()):
                raise ArgumentError(
                    f"nondiff_argnums of {self.shown_name} has {item!r}, but it has {len(names)} parameters"
                )
            found.add(position)
        return tuple(sorted(found))

    def _is_variadic(self) -> bool:
        kinds = [p.kind for p in inspect.signature(self.function).parameters.values()]
        return inspect.Parameter.VAR_POSITIONAL in kinds


class custom_vjp(CustomFunction):
    """A function with a reverse derivative of its own, as `jax.custom_vjp`.

    >>> @custom_vjp
    ... def clipped(x):
    ...     return x
    >>> def clipped_fwd(x):
    ...     return x, None
    >>> def clipped_bwd(residuals, bz):
    ...     return (max(-1.0, min(1.0, bz)),)
    >>> clipped.defvjp(clipped_fwd, clipped_bwd)

    `fwd(*args)` returns the value and whatever `bwd` is going to need; `bwd(residuals, cotangent)` returns a tuple with
    a cotangent for each argument, None for zero. Arguments named by `nondiff_argnums` are passed to `bwd` first, and
    get no cotangent. `custom_vjp(f, fwd, bwd)` does the same in one call, and takes functions written in C as well.
    `fwd` and `bwd` must not write into their arguments.
    """

    _kind = "custom_vjp"

    pushforward: Callable[..., Any] | None = None
    """`pushforward(value, *args, *tangents)` gives the tangent of the value in forward mode, where there is one."""
    fwd: Callable[..., Any] | None
    bwd: Callable[..., Any] | None

    def __new__(cls, function: Any = None, fwd: Any = None, bwd: Any = None, *, nondiff_argnums: Argnums = ()) -> Any:
        """The object, or a decorator where no function is given."""
        if function is None:  # @custom_vjp(nondiff_argnums=0)
            return functools.partial(cls, fwd=fwd, bwd=bwd, nondiff_argnums=nondiff_argnums)
        return super().__new__(cls)

    def __init__(self, function: Any, fwd: Any = None, bwd: Any = None, *, nondiff_argnums: Argnums = ()) -> None:
        super().__init__(function, nondiff_argnums)
        self.fwd = self.bwd = None
        if fwd is not None or bwd is not None:
            self.defvjp(fwd, bwd)

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Give the two functions that make up the derivative."""
        for name, given in (("fwd", fwd), ("bwd", bwd)):
            if not callable(given):
                raise ArgumentError(f"defvjp of {self.shown_name}: {name} is {given!r}\n  instead: defvjp(fwd, bwd)")
        self.fwd, self.bwd = fwd, bwd


class custom_jvp(CustomFunction):
    """A function with a forward derivative of its own, as `jax.custom_jvp`; reverse mode transposes it.

    >>> import math
    >>> @custom_jvp
    ... def log1pexp(x):
    ...     return math.log1p(math.exp(x))
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     (x,), (dx,) = primals, tangents
    ...     return log1pexp(x), dx / (1.0 + math.exp(-x))

    `rule(primals, tangents)` returns the value and its tangent, which must be linear in the tangents. Arguments named
    by `nondiff_argnums` are passed to the rule first. `defjvps` takes a function `(tangent, value, *args) -> tangent`
    for each argument instead, None for zero.
    """

    _kind = "custom_jvp"

    def __new__(cls, function: Any = None, *, nondiff_argnums: Argnums = ()) -> Any:
        """The object, or a decorator where no function is given."""
        if function is None:
            return functools.partial(cls, nondiff_argnums=nondiff_argnums)
        return super().__new__(cls)

    def __init__(self, function: Any, *, nondiff_argnums: Argnums = ()) -> None:
        super().__init__(function, nondiff_argnums)
        self.rule: Callable[..., Any] | None = None
        self.partials: tuple[Callable[..., Any] | None, ...] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Give the rule; can be used as a decorator."""
        if not callable(rule):
            raise ArgumentError(f"defjvp of {self.shown_name}: {rule!r} is no function\n  instead: @f.defjvp")
        self.rule, self.partials = rule, None
        return rule

    def defjvps(self, *partials: Callable[..., Any] | None) -> None:
        """Give, for each argument, the function from its tangent, the value and all arguments to the tangent."""
        if self.nondiff_argnums:
            raise ArgumentError(f"defjvps of {self.shown_name}, which has nondiff_argnums\n  instead: use defjvp")
        for given in partials:
            if given is not None and not callable(given):
                raise ArgumentError(f"defjvps of {self.shown_name}: {given!r} is no function\n  instead: a function")
        self.rule, self.partials = None, partials


def shown_name(function: Any) -> str:
    """How messages and emitted text call a function."""
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", None) or type(function).__name__)


def stop_gradient(x: Any) -> Any:
    """The value of `x`, through which no derivative passes; `x` may be a container.

    Arrays, and the containers and objects that hold them, are copied, so that the result can be written without
    changing `x`.
    """
    if isinstance(x, np.ndarray):
        return x.copy()
    if type(x) in (list, tuple):
        return type(x)(map(stop_gradient, x))
    if type(x) is dict:
        return {key: stop_gradient(item) for key, item in x.items()}
    if is_plain(type(x)) and not isinstance(x, type):
        twin = copy.copy(x)
        for name, item in attributes_of(x).items():
            object.__setattr__(twin, name, stop_gradient(item))
        return twin
    return copy_structure(x)


def with_cotangent(x: Any, function: Callable[[Any], Any]) -> Any:
    """The value of `x`, an array or number, whose cotangent goes through `function` in the reverse sweep.

    What the function returns replaces the cotangent; None leaves it as it is, for functions that print or record it::

        x = with_cotangent(x, lambda bx: np.clip(bx, -1.0, 1.0))
        x = with_cotangent(x, print)

    The function may read variables around it, and is called in reverse sweeps only. (A `with` statement would not do:
    Python runs its body whenever the function is run.) An array is copied, as by `stop_gradient`.
    """
    return copy_structure(x)


declare([stop_gradient, with_cotangent], PURE)
