"""linearize: the value of a function and its derivative as a linear function of tangents, in forward mode."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from sct_ad.arguments import fixed_check
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled
from sct_ad.derivative import brief
from sct_ad.derive.requests import LinearRequest
from sct_ad.emit.load import RAISED, annotate_error
from sct_ad.errors import ArgumentError, SctError
from sct_ad.positional import OfPositional, object_of
from sct_ad.pushforward import fitted
from sct_ad.pytree import flatten, unflatten
from sct_ad.runtime import zero_tangent
from sct_ad.syntax.values import Abstract


class LinearizeOptions(NamedTuple):
    """What a linear map was asked for."""

    has_aux: bool = False
    source: str | None = None
    copy: bool = True
    positional: int | None = None
    """How many positional arguments calls have."""
    check: str | None = None


class Linear:
    """Takes tangents of a function's arguments to the tangent of its result; may be called any number of times.

    It holds what the function recorded when it ran, and changes none of it: calls are independent of each other, also
    in several threads.
    """

    __slots__ = ("_function", "_name", "_places", "_tape")

    def __init__(self, function: Callable[..., Any], tape: Any, places: tuple[Any, ...], name: str) -> None:
        self._function, self._tape, self._places, self._name = function, tape, places, name

    def __call__(self, *tangents: Any) -> Any:
        """The tangent of the result, in its structure.

        Args:
            tangents: one for each argument, in its structure, shape and type (ints become floats); None for an
                argument that does not move, which is what integers, strings and other constants need.

        Raises:
            ArgumentError: tangents that do not fit the arguments.

        """
        if len(tangents) != len(self._places):
            raise ArgumentError(
                f"the linear map of {self._name} takes {len(self._places)} tangents, one for each argument, "
                f"not {len(tangents)}"
            )
        given = []
        for k, (place, tangent) in enumerate(zip(self._places, tangents)):
            if place is None:
                _refuse_tangent(tangent, k)
            else:
                (like,) = place
                given.append(zero_tangent(like) if tangent is None else fitted(like, tangent, f"argument {k}"))
        try:
            return self._function(self._tape, *given)
        except RAISED as error:
            annotate_error(error)
            raise

    def __repr__(self) -> str:
        return f"<linear map of {self._name}>"


def _refuse_tangent(tangent: Any, k: int) -> None:
    if tangent is not None and np.any(np.asarray(tangent) != 0):
        raise ArgumentError(f"argument {k} has no tangent\n  instead: pass None")


class Linearize(OfPositional):
    """The forward-mode derivative of a function: call it like the function itself for its value and the linear map.

    The first call with arguments of new types compiles; later ones run the emitted text, `source(*args)`: a function
    for the value, and one for the tangents.
    """

    OPERATOR = "linearize"
    RESULT = "linear map"
    options: LinearizeOptions

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile primal and linear function for arguments of these types."""
        options, name = self.options, function.__name__
        moving = self.positional(argument_types)
        parameters = tuple(parameter for parameter in moving if parameter is not None)
        request = LinearRequest(parameters, options.has_aux, options.copy, name)
        compiled = compiled_derivative(function, argument_types, request, source, record, self.by_value)
        return replace(compiled, moving=tuple(parameter is not None for parameter in moving))

    def asked(self, names: list[str], values: tuple[Any, ...]) -> tuple[str | None, ...]:
        """The parameters that the linear map takes tangents of, None in the place of each that has none."""
        return self.positional(self._types(names, values))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Value and linear map at these arguments, which are given as to the function itself."""
        if self._is_open:
            return self._for(len(args))(*args, **kwargs)
        try:
            _, bound, compiled = self.prepared(args, kwargs)
        except SctError as error:
            raise brief(error) from error.__cause__
        assert compiled.reverse is not None
        places = tuple((_like(arg),) if moves else None for arg, moves in zip(args, compiled.moving))
        try:
            value, tape, *aux = compiled.function(*bound)
        except RAISED as error:
            annotate_error(error)
            raise
        return value, Linear(compiled.reverse, tape, places, self.__name__), *aux


def _like(value: Any) -> Any:
    """What is like a value in structure, shapes and types, and holds no array of it."""
    leaves, structure = flatten(value)
    return unflatten(structure, list(map(_like_leaf, leaves)))


def _like_leaf(leaf: Any) -> Any:
    return np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape) if isinstance(leaf, np.ndarray) else leaf


def linearize(
    function: Callable[..., Any],
    *primals: Any,
    has_aux: bool = False,
    copy: bool = True,
    source: str | None = None,
    check: str | None = None,
) -> Any:
    """The value of a function and its derivative as a linear function of tangents: forward mode, run once.

    It suits several directions at one point: `jvp` computes the function again for each of them.

    Args:
        function: a Python function, or any other callable that `grad` takes, with a result as `jvp` allows it.
        primals: the arguments. Without any, the result is an object to be called like the function itself.
        has_aux: whether the function returns `(value, aux)`; the result then is `(value, linear, aux)`.
        copy: whether the linear map keeps copies of those arrays among the arguments, and outside of the function,
            that it reads. With `copy=False` it keeps the arrays themselves: they must not be changed while it is used.
        source: the text of the function, where Python cannot find it.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.

    Returns:
        `(value, linear)`. `linear(*tangents)` takes one tangent for each argument, as `jvp` does, and returns the
        tangent of the value. The function itself runs once; the linear map can be called any number of times, and
        repeats none of the function's operations, except for those of recursive functions.

    Raises:
        ArgumentError: an argument that cannot be differentiated, or tangents that do not fit the arguments.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    >>> value, linear = linearize(lambda x, y: x * x * y, 3.0, 2.0)
    >>> value, linear(1.0, 0.0), linear(0.0, 1.0)
    (18.0, 12.0, 9.0)

    """
    try:
        options = LinearizeOptions(
            bool(has_aux), source, bool(copy), len(primals) or None, fixed_check(check, "linearize")
        )
        made = object_of(Linearize, function, options) if primals else Linearize(function, options)
    except SctError as error:
        raise brief(error) from error.__cause__
    return made(*primals) if primals else made
