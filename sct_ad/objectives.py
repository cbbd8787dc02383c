"""objective: a function of a container of parameters as a function of a flat vector, as scipy.optimize wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.arguments import fixed_check
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.derivative import brief
from sct_ad.errors import ArgumentError, SctError
from sct_ad.flattening import Flattening, flat_result
from sct_ad.pullbacks import Vjp, VjpOptions
from sct_ad.pushforward import Jvp

Vector = np.ndarray[Any, Any]


class Objective:
    """A function of parameters in a container, with its derivatives, over a flat vector of float64.

    `nfev`, `njev`, `nhev` and `nhevp` count what was computed: values, gradients or Jacobians, Hessians, and their
    products with vectors. What is asked for again at the same point is not computed again.
    """

    def __init__(self, function: Callable[..., Any], x0: Any, args: tuple[Any, ...], check: str | None = None) -> None:
        self.function, self.args, self._check = function, args, fixed_check(check, "objective")
        self._flattening = Flattening(x0, "objective", "x0")
        self.x0: Vector = self._flattening.flatten(x0)
        """The parameters that were given, as a vector."""
        self._vjp = Vjp(function, VjpOptions(0, copy=False, check=self._check))
        self._jvp = Jvp(function, check=self._check)
        self._curvature: Directional | None = None
        self._weighted_curvature: Directional | None = None
        self._last: _Point | None = None
        self.nfev = self.njev = self.nhev = self.nhevp = 0

    def flatten(self, params: Any) -> Vector:
        """The vector of parameters in the structure of `x0`."""
        return self._flattening.flatten(params)

    def unflatten(self, x: Any) -> Any:
        """The parameters of a vector, in the structure, shapes and precisions of `x0`; they share no memory with it."""
        return self._flattening.unflatten(x)

    def fun(self, x: Any) -> Any:
        """The value at `x`: a float, or the vector of all numbers in a result of another kind."""
        point = self._at(x)
        return point.value if isinstance(point.value, float) else point.value.copy()

    def jac(self, x: Any) -> Vector:
        """The gradient at `x`, of shape `(n,)`, or the Jacobian `(m, n)` of a result of `m` numbers.

        The Jacobian is computed by columns in forward mode where it has more rows than columns, else by rows in
        reverse mode.
        """
        point = self._at(x)
        if point.jacobian is None:
            self.njev += 1
            point.jacobian = self._derivative(point)
        return point.jacobian.copy()

    def hessp(self, x: Any, v: Any) -> Vector:
        """The product of the Hessian at `x` with the vector `v`, both of shape `(n,)`."""
        self.nhevp += 1
        return self._along(self._scalar("hessp"), self.unflatten(x), self.unflatten(v), self.args)

    def hess(self, x: Any, v: Any = None) -> Vector:
        """The Hessian at `x`, of shape `(n, n)`, by products with unit vectors.

        Of a function with `m` numbers in its result, an array, it is the sum of their Hessians with the weights `v` of
        shape `(m,)`, as scipy's constraints want it.
        """
        directional, args = self._scalar("hess") if v is None else self._weighted(), self.args
        if v is not None:
            args = (np.array(v, np.float64), args)
        self.nhev += 1
        params, columns = self.unflatten(x), np.eye(self.x0.size)
        rows = [self._along(directional, params, self.unflatten(unit), args) for unit in columns]
        found = np.array(rows).reshape(self.x0.size, self.x0.size)
        return 0.5 * (found + found.T)

    def __repr__(self) -> str:
        name = getattr(self.function, "__qualname__", self.function)
        return f"<objective {name} of {self.x0.size} numbers>"

    def _at(self, x: Any) -> _Point:
        x = self._flattening.checked(x)
        key = x.tobytes()  # optimisers may change x in place
        if self._last is None or self._last.key != key:
            self.nfev += 1
            params = self.unflatten(x)
            value, pullback = self._vjp(params, *self.args)
            self._last = _Point(key, params, flat_result(value, self.function), value, pullback)
        return self._last

    def _derivative(self, point: _Point) -> Vector:
        if isinstance(point.value, float):
            one = np.ones(np.shape(point.result), np.asarray(point.result).dtype)
            return self._flattening.flatten_like(
                point.pullback(one if isinstance(point.result, np.ndarray) else 1.0)[0]
            )
        rows, columns = point.value.size, self.x0.size
        if rows > columns:
            held = (None,) * len(self.args)
            tangents = [
                self._jvp((point.params, *self.args), (self.unflatten(unit), *held))[1] for unit in np.eye(columns)
            ]
            return np.stack([np.asarray(flat_result(t, self.function)) for t in tangents], axis=1)
        found = np.empty((rows, columns))
        results = Flattening(point.result, "objective", "the result")
        for k, unit in enumerate(np.eye(rows)):
            found[k] = self._flattening.flatten_like(point.pullback(results.unflatten(unit))[0])
        return found

    def _scalar(self, asked: str) -> Directional:
        if self._last is not None and not isinstance(self._last.value, float):
            raise brief(
                ArgumentError(
                    f"{asked} of {self.function.__name__}, whose result is no single number\n"
                    "  instead: hess(x, v) with a weight for each number in the result"
                )
            )
        if self._curvature is None:
            self._curvature = _directional(self.function, self._check)
        return self._curvature

    def _weighted(self) -> Directional:
        if self._weighted_curvature is None:
            function = self.function

            def weighted(params: Any, weights: Any, args: Any) -> Any:
                return np.dot(np.ravel(function(params, *args)), weights)

            self._weighted_curvature = _directional(weighted, self._check)
        return self._weighted_curvature

    def _along(self, directional: Directional, params: Any, direction: Any, args: tuple[Any, ...]) -> Vector:
        return self._flattening.flatten_like(directional.along((params, *args), (direction,), {}))


class _Point:
    """What is known at one vector."""

    __slots__ = ("jacobian", "key", "params", "pullback", "result", "value")

    def __init__(self, key: bytes, params: Any, value: Any, result: Any, pullback: Any) -> None:
        self.key, self.params, self.value, self.result, self.pullback = key, params, value, result, pullback
        self.jacobian: Vector | None = None


def _directional(function: Callable[..., Any], check: str | None) -> Directional:
    return Directional(function, DirectionalOptions(0, (0,), check=check))  # type: ignore[return-value]


def objective(function: Callable[..., Any], x0: Any, *args: Any, check: str | None = None) -> Objective:
    """A function of parameters in a container, as `scipy.optimize` wants it: over a flat vector, with derivatives.

    Args:
        function: a Python function `function(params, *args)`. It returns a float, for `minimize`, or an array or a
            container of them, whose numbers become a vector, for `least_squares`, `root` and constraints.
        x0: the parameters to start from: a float, an array, or a tuple, list, dict or object of them, nested at will.
        args: further arguments, which are not differentiated by, and must not be changed while it is in use.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.

    Returns:
        An object with the vector `x0`; `fun(x)`, `jac(x)`, `hess(x)`, `hessp(x, v)`, to be passed to an optimiser;
        `unflatten(x)`, from its result to parameters, and `flatten(params)`; and counters. One forward sweep serves
        `fun` and `jac` at the same `x`.

    Raises:
        ArgumentError: parameters that are integers, booleans or complex, or none at all; a function whose result is
            complex.
        UnsupportedError, NoRuleError: by the first call, as `grad` does.

    >>> f = objective(lambda p: (p["a"] - 1.0) ** 2 + p["b"] ** 2, {"a": 3.0, "b": 1.0})
    >>> f.fun(f.x0), f.jac(f.x0)
    (5.0, array([4., 2.]))

    """
    try:
        return Objective(function, x0, args, check)
    except SctError as error:
        raise brief(error) from error.__cause__
