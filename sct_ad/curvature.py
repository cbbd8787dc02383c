"""Derivatives of gradients along directions: Hessian-vector products, and the derivatives of gradients in nested code.

A gradient is symmetric in its derivatives: the pullback of `grad f` along `v` is the derivative of `grad f` along `v`.
So one kind of object, a gradient with any number of directions, is closed under differentiation in either mode.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sct_ad.arguments import (
    Argnums,
    check_differentiable,
    fixed_argnums,
    fixed_check,
    parameter_names,
    resolve_argnums,
)
from sct_ad.columns import Point
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled
from sct_ad.derivative import Derivative, brief, run
from sct_ad.derive.requests import DirectionalRequest, Items, Request, single_parameters
from sct_ad.derive.together import pays
from sct_ad.emit.numba.options import Backend, chosen_backend
from sct_ad.errors import ArgumentError, SctError
from sct_ad.pushforward import fitted
from sct_ad.syntax.values import Abstract

Names = int | str | tuple[int | str, ...]


class DirectionalOptions(NamedTuple):
    """What a derivative of a gradient was asked for."""

    argnums: Names
    """The parameters of the gradient."""
    moved: tuple[Names, ...]
    """For each direction, the parameters that move along it."""
    source: str | None = None
    has_aux: bool = False
    """Whether the function returns `(value, aux)`; the derivative then is returned with it."""
    operator: str = "hvp"
    """How messages call the operator."""
    check: str | None = None
    several: bool = False
    """Whether several last directions are passed at once, where that is possible."""
    backend: Backend | None = None


class Directional(Derivative):
    """A gradient differentiated along directions, one for each moved parameter, which follow the arguments."""

    OPERATOR = "hvp"
    RESULT = "Hessian-vector product"
    CALLABLE_WITHIN = True
    options: DirectionalOptions

    def check_options(self, function: types.FunctionType) -> None:
        """Refuse argnums that the function does not have."""
        for argnums in (self.options.argnums, *self.options.moved):
            if not self._variadic:  # else each call has its own
                resolve_argnums(function, argnums, parameter_names(function))

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile the derivative of the gradient for arguments of these types."""
        names = list(argument_types)
        resolved, single = resolve_argnums(function, self.options.argnums, names)
        for name in single_parameters(resolved):
            check_differentiable(function, name, argument_types[name], False)
        moved = tuple(
            tuple(single_parameters(resolve_argnums(function, each, names)[0])) for each in self.options.moved
        )
        gradient = Request(resolved, single, has_aux=self.options.has_aux, name=function.__name__)
        request = DirectionalRequest(gradient, moved)
        several = self.options.several and pays([argument_types[name] for name in moved[-1]])
        chosen = self.options.backend
        return compiled_derivative(function, argument_types, request, source, record, self.by_value, several, chosen)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at the arguments, along the directions that follow them."""
        count = sum(len(each) if isinstance(each, tuple) else 1 for each in self.options.moved)
        if len(args) < count:
            raise ArgumentError(f"{self.__name__} needs {count} directions after its arguments")
        split = len(args) - count
        return self.along(args[:split], args[split:], kwargs)

    def at(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Point:
        """The call of the derivative at these arguments: `push(*directions)`."""
        return Point.of(self, args, kwargs)

    def along(self, args: tuple[Any, ...], directions: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The derivative at `args`, along one direction for each moved parameter."""
        try:
            names, bound, compiled = self.prepared(args, kwargs)
            moved = self._moved if names is None else self._moved_of(names)
            given = [
                fitted(bound[k], part, f"'{name}'")
                for item, direction in zip(moved, directions, strict=True)
                for name, k, part in _parts(item, direction)
            ]
        except SctError as error:
            raise brief(error) from error.__cause__
        return run(compiled, [*bound, *given])

    @functools.cached_property
    def _moved(self) -> list[tuple[str | Items, list[int]]]:
        return self._moved_of(parameter_names(self._function))

    def _moved_of(self, names: list[str]) -> list[tuple[str | Items, list[int]]]:
        """What each direction is for, and the positions of its parameters among all that have these names."""
        moved = [item for each in self.options.moved for item in resolve_argnums(self._function, each, names)[0]]
        return [(item, [names.index(name) for name in single_parameters((item,))]) for item in moved]


def _parts(moved: tuple[str | Items, list[int]], direction: Any) -> list[tuple[str, int, Any]]:
    """The name and position of each parameter that a direction is for, and its part of that."""
    item, positions = moved
    if isinstance(item, str):
        return [(item, positions[0], direction)]
    known: Any = range(len(item.names)) if item.keys is None else item.keys
    shape = tuple if item.keys is None else dict
    if not isinstance(direction, shape) or len(direction) != len(known) or set(known) - set(_keys(direction)):
        shown = f"a tuple of {len(known)}" if item.keys is None else f"a dict with the keys {list(item.keys)}"
        raise ArgumentError(f"a direction is {direction!r}, and must be {shown}, as the arguments are")
    return [(name, k, direction[key]) for name, k, key in zip(item.names, positions, known, strict=True)]


def _keys(direction: Any) -> Any:
    return direction if isinstance(direction, dict) else range(len(direction))


def hvp(
    function: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    source: str | None = None,
    check: str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Directional:
    """Hessian-vector products of a scalar function, by forward mode over reverse mode.

    Args:
        function: a Python function that returns a float.
        argnums: the parameter, by position or name, or a sequence of them.
        source: the text of the function, where Python cannot find it.
        check: "first" compares the first call with arguments of new types: the gradient as `grad` does, and the product
            with differences of the gradient.
        backend: "python", "numba" or "auto", as in `grad`.
        numba_options: keywords for `numba.njit`.

    Returns:
        A callable that takes the function's arguments and then the vector, in the structure of the argument (for a
        sequence of argnums one vector for each), and returns the product in the same structure: with
        `h = hvp(f)`, `h(x, y, v)` is the Hessian of `f` with respect to `x`, times `v`.

    >>> hvp(lambda x, a: a * x ** 3)(2.0, 5.0, 1.0)
    60.0

    """
    chosen = fixed_argnums(argnums)
    try:
        options = DirectionalOptions(chosen, (chosen,), source, check=fixed_check(check, "hvp"))
        options = options._replace(backend=chosen_backend(backend, numba_options))
        return Directional(function, options)  # type: ignore[return-value]
    except SctError as error:
        raise brief(error) from error.__cause__
