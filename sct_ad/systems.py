"""Equations `residual(x, *params) = 0` at a solution: products with their Jacobians, as functions of vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sct_ad.api import Gradient
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.errors import ArgumentError
from sct_ad.flattening import Flattening
from sct_ad.pullbacks import Vjp, VjpOptions
from sct_ad.pushforward import Jvp, differentiable_positions
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


class System(Protocol):
    """Equations of which some numbers are unknown."""

    name: str

    def at(self, x: Any, params: Sequence[Any], place: Flattening) -> Equations:
        """The equations at `x`, whose numbers lie in a vector as `place` says."""


class ResidualEquations:
    """`residual(x, *params) = 0`, or `step(x, *params) - x = 0` for a fixed point."""

    def __init__(self, function: Callable[..., Any], fixed_point: bool = False) -> None:
        self.name, self.fixed_point = shown_name(function), fixed_point
        self._by_x = Vjp(function, VjpOptions(0, copy=False))
        self._by_all = Vjp(function, VjpOptions(None, copy=False))
        self._jvp = Jvp(function)

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

        residual = results.flatten(value) - (place.flatten(x) if self.fixed_point else 0.0)
        return Equations(residual, push, pull, push_parameters, pull_parameters)


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

    def _directional(self, argnums: Any, moved: Any) -> Directional:
        key = argnums, moved
        if key not in self._made:
            self._made[key] = Directional(self.function, DirectionalOptions(argnums, (moved,)))  # type: ignore[assignment]
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

        value = place.flatten_like(self.gradient(*args))
        return Equations(value, product, product, push_parameters, pull_parameters)
