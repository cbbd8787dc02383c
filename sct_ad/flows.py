"""Differential equations over containers of numbers, as ones over vectors of float64, and their integration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.flattening import flat_result
from sct_ad.pytree import describe, flatten, is_alike, is_leaf, leaves_like, unflatten
from sct_ad.rules.custom import shown_name

Vector = np.ndarray[Any, Any]


class Flow:
    """The differential equation over vectors of float64."""

    def __init__(self, function: Callable[..., Any], y0: Any, t: Any, rtol: Any, atol: Any, method: Any) -> None:
        leaves, self.structure = flatten(y0)
        self.is_container = not is_leaf(y0)
        for start in map(np.asarray, leaves if self.is_container else [y0]):
            if start.dtype.kind not in "biuf":
                raise ArgumentError(
                    f"odeint: an initial state of type {type(y0).__name__} and dtype {start.dtype}\n"
                    "  instead: a float or an array of floats, or a container of them; complex ones as real and "
                    "imaginary parts"
                )
        if not leaves:
            raise ArgumentError(f"odeint: the initial state is {describe(y0)}, without any number\n  instead: a float")
        steps = np.diff(t) if isinstance(t, np.ndarray) and t.ndim == 1 and t.dtype.kind in "iuf" and t.size else None
        if steps is None or not (np.all(steps >= 0) or np.all(steps <= 0)) or not np.all(np.isfinite(t)):
            raise ArgumentError(
                "odeint: the times must be an array of one dimension, increasing or decreasing, the first of which is "
                "that of the initial state"
            )
        self.function, self.name = function, shown_name(function)
        self.shapes = [np.shape(leaf) for leaf in leaves]
        kept = [leaf if isinstance(leaf, np.ndarray) else np.asarray(leaf) for leaf in leaves]
        self.dtypes = [leaf.dtype if leaf.dtype.kind == "f" else np.dtype(float) for leaf in kept]
        self.are_arrays = [isinstance(leaf, np.ndarray) for leaf in leaves]
        self.start: Vector = np.concatenate([leaf.astype(float).ravel() for leaf in kept])
        self.offsets = np.cumsum([0, *(leaf.size for leaf in kept)]).tolist()
        self.times: Vector = t.astype(float)
        self.options = {"rtol": rtol, "atol": atol, "method": method}

    def state(self, y: Vector) -> Any:
        """A state as the function takes it."""
        return unflatten(self.structure, [self._number(y[k:m], shape) for shape, k, m in self._places()])

    def _places(self) -> Any:
        return zip(self.shapes, self.offsets, self.offsets[1:])

    def _number(self, part: Vector, shape: tuple[int, ...]) -> Any:
        return part.reshape(shape).copy() if shape else float(part[0])

    def vector(self, found: Any) -> Vector:
        """What has the structure of the function's result as a vector, in the order of the state."""
        if not self.is_container:
            return np.atleast_1d(flat_result(found, self.function))
        return np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in leaves_like(self.structure, found)])

    def aligned(self, found: Any) -> Any:
        """A result of the function with the keys of dicts in the order of the state; ArgumentError if it differs."""
        if not self.is_container:
            return found
        _, structure = flatten(found)
        if not is_alike(structure, self.structure):
            raise ArgumentError(
                f"odeint: {self.name} gives {describe(found)} for a state {describe(self.state(self.start))}\n"
                "  instead: return the derivative in the structure of the state"
            )
        found = leaves_like(self.structure, found)
        shapes = list(map(np.shape, found))
        if shapes != self.shapes:
            raise ArgumentError(
                f"odeint: {self.name} gives numbers of the shapes {shapes} for a state of the shapes {self.shapes}\n"
                "  instead: return the derivative in the shapes of the state"
            )
        if any(np.iscomplexobj(leaf) for leaf in found):
            raise ArgumentError(f"{self.name} has a complex result\n  instead: return its real and imaginary parts")
        return unflatten(self.structure, found)

    def velocity(self, y: Vector, t: float, args: Sequence[Any]) -> Vector:
        """`f(y, t, *args)`."""
        found = self.vector(self.aligned(self.function(self.state(y), float(t), *args)))
        if found.size != y.size:
            raise ArgumentError(f"odeint: {self.name} gives {found.size} numbers for a state of {y.size}")
        return found

    def integrate(self, velocity: Callable[[float, Vector], Vector], y: Vector, first: float, last: float) -> Any:
        """The solution of `solve_ivp`, with its interpolant."""
        from scipy.integrate import solve_ivp

        options = dict(self.options)
        if np.ndim(options["atol"]) and y.size != self.start.size:  # of cotangents and sensitivities
            options["atol"] = np.min(options["atol"])
        found = solve_ivp(velocity, (first, last), y, dense_output=True, **options)
        if not found.success or not np.all(np.isfinite(found.y[:, -1])):
            raise RuntimeError(f"odeint of {self.name} has failed at t = {found.t[-1]:g}: {found.message}")
        return found

    def solve(self, velocity: Callable[[float, Vector], Vector], y: Vector) -> tuple[Vector, Any]:
        """The states at the times, a row for each, and the interpolant; None where no time passes."""
        t = self.times
        if t[0] == t[-1]:
            return np.repeat(y[None], t.size, axis=0), None
        interpolant = self.integrate(velocity, y, t[0], t[-1]).sol
        states = interpolant(t).T
        states[t == t[0]] = y
        return states, interpolant

    def shaped(self, states: Vector) -> Any:
        """The states, a row for each time, in the structure, shapes and precisions of the initial one."""
        parts = [
            np.ascontiguousarray(states[:, k:m]).reshape(self.times.shape + shape).astype(dtype)
            for (shape, k, m), dtype in zip(self._places(), self.dtypes)
        ]
        return unflatten(self.structure, parts)

    def rows(self, cotangent: Any) -> Vector:
        """What has the structure of the states as an array with a row for each time."""
        leaves = leaves_like(self.structure, cotangent)
        count = self.times.size
        rows = [
            np.zeros((count, m - k)) if leaf is None else np.real(np.asarray(leaf)).astype(float).reshape(count, m - k)
            for leaf, (_, k, m) in zip(leaves, self._places())
        ]
        return np.concatenate(rows, axis=1)

    def by_state(self, tree: Any) -> Vector:
        """What has the structure of the state as a vector."""
        leaves = leaves_like(self.structure, tree)
        parts = [
            np.zeros(m - k) if leaf is None else np.real(np.ravel(np.asarray(leaf))).astype(float)
            for leaf, (_, k, m) in zip(leaves, self._places())
        ]
        return np.concatenate(parts)

    def cotangent(self, by: Vector) -> Any:
        """The cotangent of the initial state."""
        parts = [
            by[k:m].reshape(shape) if is_array else float(by[k])
            for (shape, k, m), is_array in zip(self._places(), self.are_arrays)
        ]
        return unflatten(self.structure, parts)
