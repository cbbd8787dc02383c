"""vjp: the value of a function and its pullback, from cotangents of the result to cotangents of the arguments."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sct_ad.arguments import (
    Argnums,
    check_differentiable,
    fixed_argnums,
    fixed_check,
    parameter_names,
    resolve_argnums,
)
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled
from sct_ad.cotangents import Number, Slot
from sct_ad.derivative import brief
from sct_ad.derive.requests import Items, PullbackRequest, single_parameters
from sct_ad.emit.load import RAISED, annotate_error
from sct_ad.emit.numba.options import Backend, chosen_backend
from sct_ad.errors import SctError
from sct_ad.positional import OfPositional, object_of
from sct_ad.syntax.values import Abstract

_REAL = Number()


class VjpOptions(NamedTuple):
    """What a pullback was asked for."""

    argnums: int | str | tuple[int | str, ...] | None = None
    """None: all positional arguments of a call; those that have no derivative get None."""
    has_aux: bool = False
    source: str | None = None
    copy: bool = True
    positional: int | None = None
    """How many positional arguments calls have, where `argnums` is None."""
    check: str | None = None
    backend: Backend | None = None
    several: bool = False
    """Whether the pullback takes several cotangents at once, where that is possible."""


class Pullback:
    """Takes a cotangent of a function's result to cotangents of its arguments; may be called any number of times.

    It holds what the forward sweep recorded, and changes none of it: calls are independent of each other, also in
    several threads.
    """

    __slots__ = ("_name", "_reverse", "_slot", "_tape", "batched")

    def __init__(self, reverse: Callable[..., Any], tape: Any, slot: Slot, name: str, batched: bool = False) -> None:
        self._reverse, self._tape, self._slot, self._name = reverse, tape, slot, name
        self.batched = batched
        """Whether it takes and gives arrays with an axis of directions in front; then `at_once` alone is of use."""

    def __call__(self, cotangent: Any) -> Any:
        """The tuple of the arguments' cotangents; None stands for that of an argument without derivative.

        Args:
            cotangent: in the structure of the function's result, with numbers and arrays of the same shapes; what
                stands in the place of integers, strings and None is not looked at.

        Raises:
            ArgumentError: a cotangent of another structure or shape than the result.

        """
        if self._slot is not _REAL or type(cotangent) is not float:
            cotangent = self._slot.fitted(cotangent, f"the result of {self._name}")
        return self._pulled(cotangent)

    def repeated(self, cotangent: Any) -> Callable[[], Any]:
        """The pullback as a function of nothing, for a cotangent whose arrays are changed in place between calls.

        The cotangent is checked once; its arrays must have the dtypes of the result.
        """
        return functools.partial(self._pulled, self._slot.fitted(cotangent, f"the result of {self._name}"))

    def at_once(self, cotangents: Any) -> Any:
        """The arguments' cotangents for several ones of the result, whose arrays have an axis of directions in front.

        They must have the structure, shapes and dtypes of the result.
        """
        return self._pulled(self._slot.placed(cotangents))

    def _pulled(self, cotangent: Any) -> Any:
        try:
            return self._reverse(self._tape, cotangent)
        except RAISED as error:
            annotate_error(error)
            raise

    def __repr__(self) -> str:
        return f"<pullback of {self._name}>"


class Vjp(OfPositional):
    """The reverse-mode derivative of a function: call it like the function itself for its value and its pullback.

    The first call with arguments of new types compiles; later ones run the emitted text, `source(*args)`: a function
    for the forward sweep, and one for the reverse sweep.
    """

    OPERATOR = "vjp"
    RESULT = "pullback"
    options: VjpOptions

    def check_options(self, function: types.FunctionType) -> None:
        """Refuse argnums that the function does not have."""
        if not self._variadic and self.options.argnums is not None:
            resolve_argnums(function, self.options.argnums, parameter_names(function), self.OPERATOR)

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile forward and reverse function for arguments of these types."""
        options, name = self.options, function.__name__
        argnums = self._argnums(function, argument_types)
        request = PullbackRequest(argnums, options.has_aux, options.copy, name, options.several)
        if options.backend is not None:
            from sct_ad.recomputed import compile_recomputed  # only where it is asked for

            asked = function, argument_types, request, source, record, self.by_value
            compiled = compile_recomputed(*asked, options.backend)
        else:
            compiled = compiled_derivative(function, argument_types, request, source, record, self.by_value)
        return replace(compiled, finish=_finish(compiled, name, options.has_aux))

    def _argnums(
        self, function: types.FunctionType, argument_types: dict[str, Abstract]
    ) -> tuple[str | Items | None, ...]:
        if self.options.argnums is None:
            return self.positional(argument_types)
        resolved, _ = resolve_argnums(function, self.options.argnums, list(argument_types), self.OPERATOR)
        for name in single_parameters(resolved):
            check_differentiable(function, name, argument_types[name], operator=self.OPERATOR)
        return resolved

    def asked(self, names: list[str], values: tuple[Any, ...]) -> tuple[str | Items | None, ...]:
        """The parameters whose cotangents a pullback at these arguments returns, None for none."""
        return self._argnums(self._function, self._types(names, values))

    @property
    def _is_open(self) -> bool:
        """Whether the number of positional arguments decides what is differentiated."""
        return self.options.argnums is None and super()._is_open


def _finish(compiled: Compiled, name: str, has_aux: bool) -> Callable[[Any], Any]:
    """From what the forward function returns to what the caller gets."""
    reverse, slot = compiled.reverse, compiled.slot
    assert reverse is not None and slot is not None
    if slot == _REAL:
        slot = _REAL

    def finish(result: tuple[Any, ...]) -> tuple[Any, ...]:
        value = result[0]
        pullback = Pullback(reverse, result[1], slot.measured(value), name, compiled.batched)
        return (value, pullback, result[2]) if has_aux else (value, pullback)

    return finish


def remembered(function: Callable[..., Any], options: VjpOptions) -> Vjp:
    """The derivative object for a function; those of the functions that were used last are kept alive."""
    return object_of(Vjp, function, options)


def vjp(
    function: Callable[..., Any],
    *primals: Any,
    has_aux: bool = False,
    argnums: Argnums | None = None,
    copy: bool = True,
    source: str | None = None,
    check: str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The value of a function and its pullback: reverse mode, for a result of any structure.

    Args:
        function: a Python function, or any other callable that `grad` takes. It may return numbers and arrays, real
            or complex, in tuples, lists, dicts, named tuples and objects of classes written in Python.
        primals: the arguments. Without any, the result is an object to be called like the function itself.
        has_aux: whether the function returns `(value, aux)`; the result then is `(value, pullback, aux)`.
        argnums: the parameters, by position or name, whose cotangents the pullback returns. All positional arguments,
            if it is left out; those without real or complex numbers in them (integers, strings, None) get None.
        copy: whether the pullback keeps copies of those arrays among the arguments, and outside of the function, that
            it reads. With `copy=False` it keeps the arrays themselves: they must not be changed until it was called.
        source: the text of the function, where Python cannot find it.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.
        backend: "python", "numba" or "auto", as in `grad`. With Numba the pullback runs the function again for each
            cotangent, with copies of all arguments if `copy` is left; it must give the same result each time.
        numba_options: keywords for `numba.njit`.

    Returns:
        `(value, pullback)`. `value` is what the function returns; it may be changed freely. `pullback(cotangent)` takes
        a cotangent in the structure of the value, and returns a tuple of cotangents in the structure of each argument.
        The function itself runs once; the pullback can be called any number of times. For complex numbers the
        convention is that of `grad`: a change `dz` adds the real part of `cotangent * dz`.

    Raises:
        ArgumentError: an argument that cannot be differentiated, or a cotangent that does not fit the value.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    chosen = chosen_backend(backend, numba_options)
    try:
        fixed = None if argnums is None else fixed_argnums(argnums)
        options = VjpOptions(fixed, bool(has_aux), source, bool(copy), None, fixed_check(check, "vjp"), chosen)
        if not primals:
            return Vjp(function, options)
        made = remembered(function, options._replace(positional=len(primals) if fixed is None else None))
    except SctError as error:
        raise brief(error) from error.__cause__
    return made(*primals)
