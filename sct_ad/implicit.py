"""Functions defined by equations, `custom_root` and `fixed_point`: derivatives by the implicit function theorem.

Where `residual(x, p) = 0` defines `x(p)`, with `J` the derivative of the residual with respect to `x` and `B` that with
respect to `p`,

    J dx = -B dp        in forward mode, one solve for each tangent, and
    bp = -B^T w,  where  J^T w = bx        in reverse mode, one solve for each cotangent,

whatever the iterations that found `x` (Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 15; Blondel
et al., Efficient and Modular Implicit Differentiation, arXiv:2105.15183).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.api import Gradient
from sct_ad.derivative import brief
from sct_ad.errors import ArgumentError, SctError
from sct_ad.flattening import Flattening
from sct_ad.linear_systems import LinearSolve, Solver
from sct_ad.pytree import flatten, unflatten
from sct_ad.rules.custom import custom_vjp, shown_name
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Scalar, Tuple, map_leaves
from sct_ad.systems import OptimalityConditions, ResidualEquations, System, TangentEquations

Vector = np.ndarray[Any, Any]


class ImplicitFunction(custom_vjp):
    """A function `solve(x0, *params)` whose derivative comes from the equations that its result satisfies."""

    _kind = "custom_root"

    def __init__(self, solver: Callable[..., Any], system: System, linear_solve: LinearSolve) -> None:
        name = shown_name(solver)
        name = name if name.isidentifier() else "root"
        super().__init__(_Solve(solver, name))
        self.function.whole = self  # type: ignore[attr-defined]
        self._tangents: dict[int, TangentFunction] = {}
        self._system, self._solver = system, Solver(linear_solve, name, system.name)
        self.fwd = _Part(self, "fwd", lambda: _Part(self, "fwd_tangent"))
        self.bwd = _Part(self, "bwd", lambda: _Part(self, "bwd_tangent"))
        self.pushforward = _Part(self, "tangent", lambda: _Tangents(self).part())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the solver finds."""
        return self.function(*self.positional(args, kwargs))

    def run_fwd(self, x0: Any, *params: Any) -> tuple[Any, Any]:
        """The solution, and what the reverse sweep needs."""
        x = self.function(x0, *params)
        return x, (_like(x, x, self.shown_name), params)  # copied, as the value may be written in place

    def run_bwd(self, residuals: Any, cotangent: Any) -> tuple[Any, ...]:
        """The cotangents of the parameters."""
        x, params = residuals
        place = Flattening(x, "custom_root", "the solution")
        equations = self._system.at(x, params, place)
        given = place.flatten_like(cotangent)
        if not np.any(given):
            return (None,) * (1 + len(params))
        w = self._solver.solve(equations.pull, given, place.flatten(x), equations.value, transposed=True)
        return None, *(_negated(b) for b in equations.pull_parameters(w))

    def run_tangent(self, x: Any, *args: Any) -> Any:
        """The tangent of the solution `x`; `args` are the arguments, and then their tangents, None for zero."""
        count = len(args) // 2
        params, tangents = args[1:count], args[count + 1 :]
        place = Flattening(x, "custom_root", "the solution")
        if all(tangent is None for tangent in tangents):
            return place.unflatten(np.zeros(place.size))
        equations = self._system.at(x, params, place)
        moved = equations.push_parameters(tangents)
        dx = self._solver.solve(equations.push, -moved, place.flatten(x), equations.value, transposed=False)
        return place.unflatten(dx)

    def tangents(self, count: int) -> TangentFunction:
        """The tangent as a function of the solution, `count` arguments and their tangents: it solves equations too."""
        if count not in self._tangents:
            self._tangents[count] = TangentFunction(self._system, self._solver, count)
        return self._tangents[count]

    def run_fwd_tangent(self, both: Any, *args: Any) -> tuple[Any, Any]:
        """The tangents of both results of `run_fwd`."""
        x = both[0]
        dx = self.run_tangent(x, *args)
        return dx, (_like(dx, x, self.shown_name), args[len(args) // 2 + 1 :])

    def run_bwd_tangent(self, _: Any, residuals: Any, cotangent: Any, moved: Any, change: Any) -> tuple[Any, ...]:
        """The tangents of the cotangents of the parameters: w moves with J^T, the cotangents with w and with B^T."""
        x, params = residuals
        place = Flattening(x, "custom_root", "the solution")
        dx, tangents = (None, (None,) * len(params)) if moved is None else moved
        equations = self._system.at(x, params, place)

        def solve(b: Vector) -> Vector:
            return self._solver.solve(equations.pull, b, place.flatten(x), equations.value, transposed=True)

        given = np.zeros(place.size) if change is None else place.flatten_like(change)
        w = solve(place.flatten_like(cotangent))
        if dx is None and all(tangent is None for tangent in tangents):
            return None, *map(_negated, equations.pull_parameters(solve(given)))
        of_matrix, of_params = equations.push_pulled(w, dx, tangents)
        dw = solve(given - of_matrix)
        return None, *(_negated(_sum(a, b)) for a, b in zip(equations.pull_parameters(dw), of_params))


class TangentFunction:
    """The tangent of a solution, as a function of the solution, its arguments and their tangents."""

    shown_name = "root_tangent"

    def __init__(self, system: System, solver: Solver, count: int) -> None:
        shift = getattr(system, "fixed_point", False)
        self._system = TangentEquations(system.tangent(count), f"the tangent of {system.name}", shift)
        self._solver, self._tangents = solver, dict[int, TangentFunction]()

    def tangents(self, count: int) -> TangentFunction:
        """The tangent of this one, which is a function of so many arguments."""
        if count not in self._tangents:
            self._tangents[count] = TangentFunction(self._system, self._solver, count)
        return self._tangents[count]

    def run_tangent(self, value: Any, *args: Any) -> Any:
        """The tangent of the tangent `value`; `args` are the arguments, and then their tangents, None for zero."""
        count = len(args) // 2
        place = Flattening(value, "custom_root", "the tangent of the solution")
        if all(tangent is None for tangent in args[count:]):
            return place.unflatten(np.zeros(place.size))
        equations = self._system.at(value, args[:count], place)
        moved = equations.push_parameters(args[count:])
        found = self._solver.solve(equations.push, -moved, place.flatten(value), equations.value, transposed=False)
        return place.unflatten(found)


class _Tangents:
    """The tangents of a tangent, by the number of its arguments."""

    shown_name = "root_tangent"

    def __init__(self, whole: ImplicitFunction | _Tangents) -> None:
        self._whole = whole

    def part(self) -> _Part:
        """The tangent as a part of a derivative, with tangents of its own."""
        return _Part(self, "tangent", lambda: _Tangents(self).part())

    def of(self, count: int) -> TangentFunction:
        """The tangent that is meant, as a function of so many arguments: of a solution, its arguments and tangents."""
        inner = (count - 1) // 2
        whole = self._whole
        return whole.tangents(inner) if isinstance(whole, ImplicitFunction) else whole.of(inner).tangents(inner)

    def run_tangent(self, value: Any, *args: Any) -> Any:
        """The tangent of the tangent `value`."""
        return self.of(len(args) // 2).run_tangent(value, *args)


class _Solve:
    """The solver, whose result is brought into the structure and type of the start."""

    def __init__(self, solver: Callable[..., Any], name: str) -> None:
        self.solver, self.__name__ = solver, name
        self.whole: ImplicitFunction | None = None
        """The function with a derivative that this is the function of."""
        with contextlib.suppress(ValueError, TypeError):  # some functions written in C have none
            self.__signature__ = inspect.signature(solver)

    def __call__(self, x0: Any, *params: Any) -> Any:
        found = self.solver(_like(x0, x0, self.__name__), *params)  # solvers may work in the memory of their start
        return _like(_solution(found, self.__name__), x0, self.__name__)

    def result_type(self, given: Sequence[Abstract]) -> Abstract:
        """The type of a result: that of the start, in floats."""
        return map_leaves(given[0], _in_floats) if given else UNKNOWN

    def shares(self, count: int) -> tuple[frozenset[int], ...]:
        """The arguments that parts of the result may share memory with: none."""
        return (frozenset(),)


class _Part:
    """A part of the derivative as a function with a name, which is not looked into."""

    def __init__(self, whole: Any, part: str, pushforward: Callable[[], _Part] | None = None) -> None:
        self._run, self._part, self._whole = getattr(whole, f"run_{part}"), part, whole
        self._made = pushforward
        self.__name__ = self.shown_name = f"{whole.shown_name}_{part}"

    @functools.cached_property
    def pushforward(self) -> _Part | None:
        """The tangent of this part, where there is one."""
        return None if self._made is None else self._made()

    def __call__(self, *args: Any) -> Any:
        return self._run(*args)

    def result_type(self, given: Sequence[Abstract]) -> Abstract:
        """The type of what it returns, as far as the types of its arguments tell."""
        if self._part == "fwd":
            return Tuple((self._whole.function.result_type(given), UNKNOWN))  # type: ignore[attr-defined]
        return UNKNOWN

    def shares(self, count: int) -> tuple[frozenset[int], ...] | None:
        """The arguments that parts of the result may share memory with, where that is known."""
        return (frozenset(), frozenset(range(count))) if self._part == "fwd" else None


def custom_root(
    solver: Callable[..., Any], residual: Callable[..., Any], *, linear_solve: LinearSolve = None
) -> ImplicitFunction:
    """A solver of equations as a function with derivatives, by the implicit function theorem, in both modes.

    Args:
        solver: `solver(x0, *params)` finds `x` with `residual(x, *params) = 0`. It may call anything, and is not looked
            into. It must not write into the parameters. It returns `x` in the structure and shapes of the start `x0` (a
            float, an array, or a container of them), or what `scipy.optimize` returns, which must say that it
            succeeded.
        residual: `residual(x, *params)` has as many real numbers in its result as `x` has. For a minimum, pass
            `grad(f)`: the equations are the optimality conditions, and their Jacobian is the Hessian of `f`.
        linear_solve: how the linear system with the Jacobian is solved: "dense", "gmres" (by products with vectors
            alone; needs SciPy), a function `linear_solve(matvec, b) -> x` of vectors, or None, for "dense" up to 500
            numbers.

    Returns:
        `solve(x0, *params)`, to be called by position, also inside of functions that are differentiated. `x0` has
        derivative zero. There are second derivatives, and higher ones by nested `jvp`.

    Raises:
        ArgumentError: a residual or solution of the wrong structure or of complex numbers.
        numpy.linalg.LinAlgError: while differentiating, a Jacobian that is singular, or a solution that is not one.
        RuntimeError: a solver that says that it has failed.

    >>> solve = custom_root(lambda x0, a: a**0.5, lambda x, a: x**2 - a)
    >>> from sct_ad import grad
    >>> grad(lambda a: solve(1.0, a))(4.0)
    0.25

    """
    try:
        system: System
        system = OptimalityConditions(residual) if isinstance(residual, Gradient) else ResidualEquations(residual)
        return ImplicitFunction(solver, system, linear_solve)
    except SctError as error:
        raise brief(error) from error.__cause__


def fixed_point(
    step: Callable[..., Any], *, tol: float = 1e-12, maximum: int = 10_000, linear_solve: LinearSolve = None
) -> ImplicitFunction:
    """The fixed point `x = step(x, *params)` as a function with derivatives, by the implicit function theorem.

    Args:
        step: `step(x, *params)` returns the next `x`, in the structure and shapes of `x`.
        tol: the largest change of a number in the last step, relative to the largest number in `x` if that exceeds 1.
        maximum: the largest number of steps; RuntimeError where they are not enough.
        linear_solve: as for `custom_root`.

    Returns:
        `solve(x0, *params)`, as `custom_root` does.

    >>> settle = fixed_point(lambda x, a: 0.5 * (x + a / x))
    >>> from sct_ad import grad
    >>> round(grad(lambda a: settle(1.0, a))(4.0), 12)
    0.25

    """

    def iterate(x0: Any, *params: Any) -> Any:
        x = _like(x0, x0, name)
        for _ in range(maximum):
            after = _like(step(x, *params), x0, name)
            old, new = (np.concatenate([np.ravel(leaf) for leaf in flatten(tree)[0]]) for tree in (x, after))
            x = after
            if not np.all(np.isfinite(new)):
                break
            if np.max(np.abs(new - old), initial=0.0) <= tol * max(1.0, np.max(np.abs(new), initial=0.0)):
                return x
        raise RuntimeError(f"fixed_point of {shown_name(step)}: no convergence within {maximum} steps, to {tol:g}")

    name = shown_name(step)
    iterate.__name__ = f"{name}_fixed_point" if name.isidentifier() else "fixed_point"
    try:
        return ImplicitFunction(iterate, ResidualEquations(step, fixed_point=True), linear_solve)
    except SctError as error:
        raise brief(error) from error.__cause__


def _solution(found: Any, name: str) -> Any:
    """What a solver found; the results of scipy.optimize say whether it did."""
    converged = getattr(found, "success", getattr(found, "converged", None))
    if converged is None or isinstance(found, np.ndarray):
        return found
    if not np.all(converged):
        why = getattr(found, "message", getattr(found, "flag", ""))
        raise RuntimeError(f"{name} has failed: {why}\n  instead: return result.x to go on all the same")
    return found.x if hasattr(found, "x") else found.root


def _like(x: Any, start: Any, name: str) -> Any:
    """A solution in the structure, shapes and types of the start, in which integers are floats."""
    leaves, structure = flatten(x)
    wanted, expected = flatten(start)
    if structure != expected or any(np.shape(a) != np.shape(b) for a, b in zip(leaves, wanted)):
        if len(leaves) != 1 or len(wanted) != 1 or np.size(leaves[0]) != 1 or np.size(wanted[0]) != 1:
            shapes = [list(map(np.shape, each)) for each in (leaves, wanted)]
            raise ArgumentError(
                f"{name} returned a solution unlike its start: shapes {shapes[0]} and {shapes[1]}\n"
                "  instead: pass a start x0 in the structure and shapes of the solution"
            )
    return unflatten(expected, [_leaf_like(a, b, name) for a, b in zip(leaves, wanted)])


def _leaf_like(leaf: Any, start: Any, name: str) -> Any:
    if np.iscomplexobj(leaf) or np.iscomplexobj(start):
        raise ArgumentError(f"{name}: complex unknowns\n  instead: solve for real and imaginary part")
    dtype = np.asarray(start).dtype
    value = np.asarray(leaf, dtype if dtype.kind == "f" else np.float64).reshape(np.shape(start))
    if isinstance(start, np.ndarray):
        return value.copy()
    return value[()] if isinstance(start, np.generic) else float(value)


def _in_floats(leaf: Abstract) -> Abstract:
    """The type of a number or array of the solution, by that of the start."""
    if isinstance(leaf, Scalar) and leaf.kind in ("float", "int", "bool"):
        return Scalar("float", leaf.dtype if leaf.kind == "float" or leaf.dtype in ("", "?") else "float64")
    if isinstance(leaf, Array):
        if leaf.dtype.startswith("float"):
            return leaf
        return Array("float64", leaf.dims) if leaf.dtype.startswith(("int", "uint", "bool")) else UNKNOWN
    return UNKNOWN


def _sum(left: Any, right: Any) -> Any:
    """The sum of two cotangents, None for zero."""
    if left is None or right is None:
        return right if left is None else left
    leaves, structure = flatten(left)
    pairs = zip(leaves, flatten(right)[0])
    return unflatten(structure, [a + b if np.asarray(a).dtype.kind in "fc" else a for a, b in pairs])


def _negated(cotangent: Any) -> Any:
    if cotangent is None:
        return None
    leaves, structure = flatten(cotangent)
    return unflatten(structure, [-leaf if np.asarray(leaf).dtype.kind in "fc" else leaf for leaf in leaves])
