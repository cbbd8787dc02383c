"""Equations `residual(x, *params) = 0` at a solution: products with their Jacobians, as functions of vectors."""

from __future__ import annotations

import itertools
import linecache
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sct_ad.api import Gradient
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.errors import ArgumentError, InternalError
from sct_ad.flattening import Flattening
from sct_ad.pullbacks import Vjp, VjpOptions
from sct_ad.pushforward import Jvp, differentiable_positions, jvp
from sct_ad.pytree import flatten, leaves_with_paths
from sct_ad.rules.custom import shown_name

Vector = np.ndarray[Any, Any]
Product = Callable[[Vector], Vector]


@dataclass(frozen=True)
class Equations:
    """The equations at one point; `J` is their Jacobian with respect to `x`, `B` that with respect to parameters."""

    value: Vector
    """The residual."""
    push: Product
    """`v -> J v`."""
    pull: Product
    """`w -> J^T w`."""
    push_parameters: Callable[[Sequence[Any]], Vector]
    """`dp -> B dp`; None for zero."""
    pull_parameters: Callable[[Vector], list[Any]]
    """`w -> B^T w`, a cotangent or None for each parameter."""
    push_pulled: Callable[[Vector, Any, Sequence[Any]], tuple[Vector, list[Any]]]
    """`w, dx, dp -> d(J^T) w, d(B^T) w`, of the two above along a direction."""


class System(Protocol):
    """Equations of which some numbers are unknown."""

    name: str

    def at(self, x: Any, params: Sequence[Any], place: Flattening) -> Equations:
        """The equations at `x`, whose numbers lie in a vector as `place` says."""

    def tangent(self, count: int) -> Callable[..., Any]:
        """The equations of the tangent of the solution, as a function of so many arguments, the start among them."""


def tangent_equations(function: Callable[..., Any], count: int, start: bool) -> Callable[..., Any]:
    """The equations that the tangent of a solution of `count` arguments satisfies: `f'(x, p)(dx, dp) = 0`.

    They are a function of the tangent, of the solution, and of its arguments and their tangents. The first of the
    arguments may be a mere `start`.
    """
    given, moved = ([f"_{letter}{k}" for k in range(count)] for letter in "ad")
    first = 1 if start else 0
    text = (
        f"def tangent_equations({', '.join(['_dx', '_x', *given, *moved])}):\n"
        f"    return _jvp(_function, (_x, {', '.join(given[first:])}), (_dx, {', '.join(moved[first:])}))[1]\n"
    )
    return written(text, "tangent_equations", {"_jvp": jvp, "_function": function})


_numbers = itertools.count(1)


def written(text: str, name: str, scope: dict[str, Any]) -> types.FunctionType:
    """The function of this name in a text that can be read again."""
    file = f"<sct_ad {name} {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {**scope, "__name__": name}
    exec(compile(text, file, "exec"), namespace)
    found: types.FunctionType = namespace[name]
    return found


class TangentEquations:
    """The equations of a tangent, `tangent_equations`, of which forward mode alone is needed."""

    def __init__(self, function: Callable[..., Any], name: str, fixed_point: bool) -> None:
        self.name, self.fixed_point, self.function = name, fixed_point, function
        self._jvp = Jvp(function)

    def tangent(self, count: int) -> Callable[..., Any]:
        """The equations of the tangent of the tangent."""
        return tangent_equations(self.function, count, False)

    def at(self, x: Any, params: Sequence[Any], place: Flattening) -> Equations:
        """The equations at `x`."""
        held, shift = (None,) * len(params), 1.0 if self.fixed_point else 0.0

        def push(v: Vector) -> Vector:
            return place.flatten_like(self._jvp((x, *params), (place.unflatten(v), *held))[1]) - shift * v

        def push_parameters(tangents: Sequence[Any]) -> Vector:
            return place.flatten_like(self._jvp((x, *params), (None, *tangents))[1])

        none = np.zeros(place.size)
        return Equations(none, push, _never, push_parameters, _never, _never)


def _never(*args: Any) -> Any:
    raise InternalError("the equations of a tangent in reverse mode")


class ResidualEquations:
    """`residual(x, *params) = 0`, or `step(x, *params) - x = 0` for a fixed point."""

    def __init__(self, function: Callable[..., Any], fixed_point: bool = False) -> None:
        self.name, self.fixed_point = shown_name(function), fixed_point
        self.function = function
        self._by_x = Vjp(function, VjpOptions(0, copy=False))
        self._by_all = Vjp(function, VjpOptions(None, copy=False))
        self._jvp = Jvp(function)
        self._contractions: dict[Any, Contraction] = {}

    def at(self, x: Any, params: Sequence[Any], place: Flattening) -> Equations:
        """The equations at `x`."""
        value, pullback = self._by_x(x, *params)
        results = Flattening(value, "custom_root", f"the result of {self.name}")
        if results.size != place.size:
            raise ArgumentError(
                f"custom_root: {self.name} gives {results.size} numbers for {place.size} unknowns\n"
                "  instead: as many equations as unknowns"
            )
        shift = 1.0 if self.fixed_point else 0.0
        held = (None,) * len(params)

        def push(v: Vector) -> Vector:
            return results.flatten_like(self._jvp((x, *params), (place.unflatten(v), *held))[1]) - shift * v

        def pull(w: Vector) -> Vector:
            return place.flatten_like(pullback(results.unflatten(w))[0]) - shift * w

        def push_parameters(tangents: Sequence[Any]) -> Vector:
            return results.flatten_like(self._jvp((x, *params), (None, *tangents))[1])

        def pull_parameters(w: Vector) -> list[Any]:
            return list(self._by_all(x, *params)[1](results.unflatten(w))[1:])

        def push_pulled(w: Vector, dx: Any, tangents: Sequence[Any]) -> tuple[Vector, list[Any]]:
            weights = flatten(results.unflatten(w))[0]
            contraction = self._contraction(results, value, len(params))
            return contraction.push(x, weights, params, dx, tangents, place)

        residual = results.flatten(value) - (place.flatten(x) if self.fixed_point else 0.0)
        return Equations(residual, push, pull, push_parameters, pull_parameters, push_pulled)

    def tangent(self, count: int) -> Callable[..., Any]:
        """The equations of the tangent."""
        return tangent_equations(self.function, count, True)

    def _contraction(self, results: Flattening, value: Any, count: int) -> Contraction:
        """The residual, contracted with weights."""
        key = (results.structure, count)
        if key not in self._contractions:
            paths = [path for path, _ in leaves_with_paths(value)]
            self._contractions[key] = Contraction(contracted(self.function, paths, count))
        return self._contractions[key]


def contracted(function: Callable[..., Any], paths: Sequence[str], count: int) -> types.FunctionType:
    """`contraction(x, w, *params)`: the sum of the numbers in the result, at `paths`, times those in `w`."""
    names = [f"_p{k}" for k in range(count)]
    terms = " + ".join(f"_np.sum(_w[{k}] * _result{path})" for k, path in enumerate(paths))
    text = (
        f"def contraction({', '.join(['_x', '_w', *names])}):\n"
        f"    _result = _function({', '.join(['_x', *names])})\n"
        f"    return {terms}\n"
    )
    return written(text, "contraction", {"_np": np, "_function": function})


class Contraction:
    """`<w, residual(x, p)>`, whose gradient is `(J^T w, B^T w)`, and the derivatives of that gradient."""

    def __init__(self, function: types.FunctionType) -> None:
        self.function = function
        self._made: dict[Any, Directional] = {}

    def push(
        self,
        x: Any,
        weights: list[Any],
        params: Sequence[Any],
        dx: Any,
        tangents: Sequence[Any],
        place: Flattening,
        change: list[Any] | None = None,
    ) -> tuple[Vector, list[Any]]:
        """The tangents of `J^T w` and `B^T w` along `dx`, the tangents of the parameters, and the change of `w`."""
        positions = differentiable_positions(params)
        moved = tuple(k for k, tangent in enumerate(tangents) if tangent is not None and k in positions)
        by = (0, *(k + 2 for k in positions))
        along = (*((0,) if dx is not None else ()), *((1,) if change is not None else ()), *(k + 2 for k in moved))
        if (by, along) not in self._made:
            self._made[by, along] = Directional(self.function, DirectionalOptions(by, (along,)))  # type: ignore[assignment]
        steps = (*(step for step in (dx, change) if step is not None), *(tangents[k] for k in moved))
        found = self._made[by, along].along((x, weights, *params), steps, {})
        by_params: list[Any] = [None] * len(params)
        for k, cotangent in zip(positions, found[1:], strict=True):
            by_params[k] = cotangent
        return place.flatten_like(found[0]), by_params


class OptimalityConditions:
    """`grad f(x, *params) = 0`: `J` is the Hessian of `f`, which is symmetric."""

    def __init__(self, gradient: Gradient) -> None:
        self.name = f"grad({gradient.__name__})"
        options = gradient.options
        if options.has_aux or options.with_value or options.holomorphic:
            raise ArgumentError(f"custom_root of {self.name}, which returns more than a gradient\n  instead: grad(f)")
        parameters = gradient._function.__code__.co_varnames[:1]
        if options.argnums not in (0, *parameters):
            raise ArgumentError(
                f"custom_root of {self.name} with argnums={options.argnums!r}\n"
                "  instead: a gradient by the first parameter"
            )
        self.gradient, self.function = gradient, gradient.primal
        self._made: dict[Any, Directional] = {}

    def _directional(self, argnums: Any, *moved: Any) -> Directional:
        key = argnums, moved
        if key not in self._made:
            self._made[key] = Directional(self.function, DirectionalOptions(argnums, moved))  # type: ignore[assignment]
        return self._made[key]

    def at(self, x: Any, params: Sequence[Any], place: Flattening) -> Equations:
        """The conditions at `x`."""
        args = (x, *params)

        def product(v: Vector) -> Vector:
            return place.flatten_like(self._directional(0, 0).along(args, (place.unflatten(v),), {}))

        def push_parameters(tangents: Sequence[Any]) -> Vector:
            moved = tuple(k for k, tangent in enumerate(tangents, 1) if tangent is not None)
            given = tuple(tangent for tangent in tangents if tangent is not None)
            return place.flatten_like(self._directional(0, moved).along(args, given, {}))

        def pull_parameters(w: Vector) -> list[Any]:
            found: list[Any] = [None] * len(params)
            positions = tuple(k + 1 for k in differentiable_positions(params))
            if positions:
                by_position = self._directional(positions, 0).along(args, (place.unflatten(w),), {})
                for k, cotangent in zip(positions, by_position, strict=True):
                    found[k - 1] = cotangent
            return found

        def push_pulled(w: Vector, dx: Any, tangents: Sequence[Any]) -> tuple[Vector, list[Any]]:
            positions = differentiable_positions(params)
            moved = tuple(k for k, tangent in enumerate(tangents, 1) if tangent is not None)
            given = [tangent for tangent in tangents if tangent is not None]
            by = (0, *(k + 1 for k in positions))
            second = self._directional(by, 0, (0, *moved))
            found = second.along(args, (place.unflatten(w), dx, *given), {})
            by_params: list[Any] = [None] * len(params)
            for k, cotangent in zip(positions, found[1:], strict=True):
                by_params[k] = cotangent
            return place.flatten_like(found[0]), by_params

        value = place.flatten_like(self.gradient(*args))
        return Equations(value, product, product, push_parameters, pull_parameters, push_pulled)

    def tangent(self, count: int) -> Callable[..., Any]:
        """The equations of the tangent."""
        return tangent_equations(self.gradient, count, True)
