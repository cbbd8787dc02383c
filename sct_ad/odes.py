"""Solutions of ordinary differential equations as functions of initial state, times and parameters.

The value is `solve_ivp`'s. For `dy/dt = f(y, t, p)` and cotangents `g_k` of the states `y(t_k)`, the reverse sweep
integrates

    da/dt = -a^T f_y,   dq/dt = -a^T f_p        from the last time to the first, with a += g_k at t_k,

so that the cotangent of the initial state is `a(t_0)`, that of the parameters `q(t_0)`, that of a time `t_k` is
`g_k . f` and that of the first time `-a . f` (Chen, Rubanova, Bettencourt and Duvenaud, Neural Ordinary Differential
Equations, arXiv:1806.07366, appendix B and C). The states in it are those of the solver's own interpolant, and are not
integrated backward, which would be unstable where the system is damped. Forward mode integrates the sensitivities,
`ds/dt = f_y s + f_p dp`, beside the states (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I,
section I.14).
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from sct_ad.errors import ArgumentError, NoRuleError
from sct_ad.flattening import Flattening
from sct_ad.flows import Flow, Vector
from sct_ad.ode_tangents import AdjointTangents, of_tangent
from sct_ad.pullbacks import VjpOptions, remembered
from sct_ad.pushforward import Jvp
from sct_ad.pytree import Form, flatten, joined, parted, unflatten
from sct_ad.rules.custom import custom_vjp
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Scalar, Tuple, map_leaves

_OPTIONS = {"rtol": 1.4e-8, "atol": 1.4e-8, "method": "DOP853"}
_FIRST = 3 + len(_OPTIONS)
"""The position of the first parameter, after function, state, times and options."""


class Solution(custom_vjp):
    """`odeint`, with its derivatives."""

    _kind = "odeint"

    def __init__(self, documented: Callable[..., Any]) -> None:
        super().__init__(_Part(integrate, "odeint_states", whole=self))
        functools.update_wrapper(self, documented)
        self.__dict__.pop("__wrapped__")
        self.__signature__ = inspect.signature(documented)
        self.fwd = _Part(run_fwd, "odeint_fwd", pushforward=_Part(run_fwd_tangent, "odeint_fwd_tangent"))
        self.bwd = _Part(run_bwd, "odeint_bwd", pushforward=_Part(run_bwd_tangent, "odeint_bwd_tangent"))
        second = _Part(run_second_tangent, "odeint_second_tangent")
        self.pushforward = _Part(run_tangent, "odeint_tangent", pushforward=second)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The states at the times."""
        return self.function(*self.positional(args, kwargs))

    def taking_apart(self, forms: tuple[Form, ...]) -> _OfParts:
        """The same for arguments whose objects are taken apart into tuples."""
        return _of_parts(forms)

    def positional(self, args: Sequence[Any], keywords: dict[str, Any]) -> tuple[Any, ...]:
        """Function, state and times, then the options, then the parameters."""
        if len(args) < 3:
            raise TypeError("odeint takes a function, an initial state and times by position")
        for name in keywords:
            if name not in _OPTIONS:
                raise TypeError(f"odeint has no keyword {name!r}; parameters are passed by position")
        options = [keywords.get(name, default) for name, default in _OPTIONS.items()]
        return (*args[:3], *options, *args[3:])


class _OfParts(custom_vjp):
    """`odeint` of objects that are taken apart into tuples."""

    _kind = "odeint"
    LIKE = 1
    """The argument whose form the result has."""

    def __init__(self, forms: tuple[Form, ...]) -> None:
        def run_parts(*parts: Any) -> Any:
            return parted(forms[1], integrate(*together(parts)))

        def run_parts_fwd(*parts: Any) -> Any:
            states, residuals = run_fwd(*together(parts))
            return parted(forms[1], states), residuals

        def run_parts_bwd(residuals: Any, cotangent: Any) -> Any:
            found = run_bwd(residuals, joined(forms[1], cotangent))
            return tuple(map(parted, forms, found))

        def run_parts_tangent(value: Any, *given: Any) -> Any:
            count = len(given) // 2
            moved = run_tangent(joined(forms[1], value), *together(given[:count]), *together(given[count:]))
            return parted(forms[1], moved)

        def together(parts: Sequence[Any]) -> list[Any]:
            return list(map(joined, forms, parts))

        super().__init__(_Part(run_parts, "odeint_states", integrate))
        self.fwd, self.bwd = _Part(run_parts_fwd, "odeint_fwd", run_fwd), _Part(run_parts_bwd, "odeint_bwd")
        self.pushforward = _Part(run_parts_tangent, "odeint_tangent")


class _Part:
    """A part of the derivative as a function with a name, which is not looked into."""

    def __init__(
        self,
        run: Callable[..., Any],
        name: str,
        kind: Callable[..., Any] | None = None,
        whole: custom_vjp | None = None,
        pushforward: _Part | None = None,
    ) -> None:
        self._run, self.__name__, self._kind = run, name, kind or run
        self.shown_name, self.whole, self.pushforward = name, whole, pushforward

    def __call__(self, *args: Any) -> Any:
        return self._run(*args)

    def result_type(self, given: Sequence[Abstract]) -> Abstract:
        """The type of what it returns, as far as the types of its arguments tell."""
        if self._kind is integrate:
            return _states_type(given)
        return Tuple((_states_type(given), UNKNOWN)) if self._kind is run_fwd else UNKNOWN

    def shares(self, count: int) -> tuple[frozenset[int], ...] | None:
        """The arguments that parts of the result may share memory with, where that is known."""
        if self._kind is integrate:
            return (frozenset(),)
        return (frozenset(), frozenset(range(count))) if self._kind is run_fwd else None


@functools.lru_cache(maxsize=64)
def _of_parts(forms: tuple[Form, ...]) -> _OfParts:
    return _OfParts(forms)


def _states_type(given: Sequence[Abstract]) -> Abstract:
    state, times = given[1], given[2]
    if not isinstance(times, Array) or times.dims is None:
        return UNKNOWN
    return map_leaves(state, lambda leaf: _leaf_states_type(leaf, times))


def _leaf_states_type(state: Abstract, times: Array) -> Abstract:
    if not isinstance(state, (Scalar, Array)):
        return UNKNOWN
    dims: Any = () if isinstance(state, Scalar) else state.dims
    dtype = state.dtype if state.dtype.startswith("float") else "float64"
    if isinstance(state, Array) and not state.dtype.startswith(("float", "int", "uint", "bool")):
        return UNKNOWN
    return Array("" if dtype == "?" else dtype, None if dims is None else (*(times.dims or ()), *dims))


def integrate(function: Any, y0: Any, t: Any, rtol: Any, atol: Any, method: Any, *args: Any) -> Any:
    """The states at the times."""
    flow = Flow(function, y0, t, rtol, atol, method)
    return flow.shaped(flow.solve(lambda s, y: flow.velocity(y, s, args), flow.start)[0])


def run_fwd(function: Any, y0: Any, t: Any, rtol: Any, atol: Any, method: Any, *args: Any) -> tuple[Any, Any]:
    """The states at the times, and what the reverse sweep needs."""
    flow = Flow(function, y0, t, rtol, atol, method)
    states, interpolant = flow.solve(lambda s, y: flow.velocity(y, s, args), flow.start)
    return flow.shaped(states), (flow, states, interpolant, args)


def run_bwd(residuals: Any, cotangent: Any) -> tuple[Any, ...]:
    """The cotangents of function, state, times, options and parameters."""
    flow, states, interpolant, args = residuals
    given = flow.rows(cotangent)
    size = np.max(np.abs(given), initial=0.0)
    if size == 0.0:
        return (None,) * (_FIRST + len(args))
    given = given / size  # the tolerances of the integration are meant for numbers of this size
    sweep = AdjointSweep(flow, interpolant, args)
    times, bt = flow.times, np.zeros(flow.times.size)
    a, q = np.zeros(flow.start.size), np.zeros(sweep.parameters.size)
    for k in range(times.size - 1, 0, -1):
        bt[k] = given[k] @ flow.velocity(states[k], times[k], args)
        a, q = sweep.across(a + given[k], q, times[k], times[k - 1])
    bt[0] = -a @ flow.velocity(states[0], times[0], args)
    by = flow.cotangent((a + given[0]) * size)
    parameters = sweep.parameters.unflatten(q * size)
    return None, by, bt * size, *(None,) * len(_OPTIONS), *parameters


class AdjointSweep:
    """Integrates the cotangents of state and parameters backward in time."""

    def __init__(self, flow: Flow, interpolant: Any, args: Sequence[Any]) -> None:
        self.flow, self.interpolant, self.args = flow, interpolant, args
        self.vjp = remembered(flow.function, VjpOptions(None, copy=False, positional=2 + len(args)))
        value, pullback = self._at(flow.start, flow.times[0])
        self.results = Flattening(flow.aligned(value), "odeint", f"the result of {flow.name}")
        self.parameters = _Cotangents(pullback(self.results.unflatten(np.zeros(flow.start.size)))[2:])

    def _at(self, y: Vector, t: float) -> Any:
        return self.vjp(self.flow.state(y), float(t), *self.args)

    def across(self, a: Vector, q: Vector, first: float, last: float) -> tuple[Vector, Vector]:
        """Both cotangents at the earlier one of two times."""
        if first == last:
            return a, q
        found = self.flow.integrate(self._velocity, np.concatenate([a, q]), first, last).y[:, -1]
        return found[: a.size], found[a.size :]

    def _velocity(self, t: float, both: Vector) -> Vector:
        return self.velocity_at(self.interpolant(t), t, both[: self.flow.start.size])

    def velocity_at(self, y: Vector, t: float, a: Vector) -> Vector:
        """`-f_y^T a` and `-f_p^T a`."""
        _, pullback = self._at(y, t)
        by, _, *parameters = pullback(self.results.unflatten(a))
        return -np.concatenate([self.flow.by_state(by), self.parameters.flatten(parameters)])


class _Cotangents:
    """Cotangents of parameters as a vector of the floats in them; what else they hold is left as it is."""

    def __init__(self, cotangents: Sequence[Any]) -> None:
        self.leaves, self.structure = flatten(list(cotangents))
        for leaf in self.leaves:
            if np.iscomplexobj(leaf):
                raise ArgumentError("odeint: complex parameters\n  instead: pass real and imaginary parts")
        self.moved = [k for k, leaf in enumerate(self.leaves) if np.asarray(leaf).dtype.kind == "f"]
        self.size = sum(np.size(self.leaves[k]) for k in self.moved)

    def flatten(self, cotangents: Sequence[Any]) -> Vector:
        """The vector of cotangents."""
        leaves, _ = flatten(list(cotangents))
        return np.concatenate([np.zeros(0), *(np.ravel(leaves[k]) for k in self.moved)])

    def unflatten(self, q: Vector) -> list[Any]:
        """The cotangents of a vector."""
        leaves, start = list(self.leaves), 0
        for k in self.moved:
            like = np.asarray(leaves[k])
            found = q[start : start + like.size].reshape(like.shape).astype(like.dtype)
            start += like.size
            leaves[k] = found if isinstance(leaves[k], np.ndarray) else type(leaves[k])(found)
        return unflatten(self.structure, leaves)


def run_tangent(value: Any, *given: Any) -> Any:
    """The tangent of the states; `given` are the arguments, and then their tangents, None for zero."""
    primals, tangents = given[: len(given) // 2], given[len(given) // 2 :]
    flow, args = Flow(*primals[:_FIRST]), primals[_FIRST:]
    n, size = flow.start.size, _size(tangents)
    if size == 0.0:
        return flow.shaped(np.zeros((flow.times.size, n)))
    tangents = _scaled(tangents, 1.0 / size)  # the tolerances of the integration are meant for numbers of this size
    start = np.zeros(n) if tangents[1] is None else flow.by_state(tangents[1])
    dt = np.zeros(flow.times.size) if tangents[2] is None else np.asarray(tangents[2], float)
    moved = tangents[_FIRST:]
    tangent_of = _tangent(flow.function)

    def velocity(t: float, both: Vector) -> Vector:
        y, s = both[:n], both[n:]
        found, change = tangent_of((flow.state(y), float(t), *args), (flow.state(s), None, *moved))
        flow.aligned(found)
        return np.concatenate([flow.vector(part).astype(float) for part in (found, change)])

    start = start - flow.velocity(flow.start, flow.times[0], args) * dt[0]
    both, _ = flow.solve(velocity, np.concatenate([flow.start, start]))
    found = both[:, n:]
    for k in np.flatnonzero(dt):
        found[k] += flow.velocity(both[k, :n], flow.times[k], args) * dt[k]
    return flow.shaped(found * size)


class _Moved(NamedTuple):
    """The tangent of what the reverse sweep needs: the tangents of the arguments."""

    tangents: tuple[Any, ...]


def run_fwd_tangent(both: Any, *given: Any) -> tuple[Any, Any]:
    """The tangents of both results of `run_fwd`."""
    return run_tangent(both[0], *given), _Moved(given[len(given) // 2 :])


def run_bwd_tangent(_: Any, residuals: Any, cotangent: Any, moved: Any, change: Any) -> tuple[Any, ...]:
    """The tangents of the cotangents."""
    flow, states, interpolant, args = residuals
    given = flow.rows(cotangent)
    moving = np.zeros(given.shape) if change is None else flow.rows(change)
    size, step = float(np.max(np.abs(given), initial=0.0)), 0.0 if moved is None else _size(moved.tangents)
    if size * step == 0.0:  # linear in the cotangents
        if change is None:
            return (None,) * (_FIRST + len(args))
        return run_bwd(residuals, change)
    sweep = AdjointSweep(flow, interpolant, args)
    tangents = AdjointTangents(sweep, states, _scaled(moved.tangents, 1.0 / step), _FIRST)
    by, bt, q = tangents.run(given / size, moving / (size * step))
    parameters = sweep.parameters.unflatten(q * size * step)
    return None, flow.cotangent(by * size * step), bt * size * step, *(None,) * len(_OPTIONS), *parameters


def run_second_tangent(value: Any, *given: Any) -> Any:
    """The tangent of what `run_tangent` gives: of states and sensitivities, which solve an equation together."""
    count = (len(given) // 2 - 1) // 2
    both, moved = given[1 : 1 + 2 * count], given[2 + 2 * count :]
    primals, tangents = both[:count], both[count:]
    of_primals, of_tangents = moved[:count], moved[count:]
    if any(part[2] is not None for part in (tangents, of_primals, of_tangents)):
        raise NoRuleError(
            "a second derivative of odeint by its times, both in forward mode\n  instead: hvp, or jvp of the gradient"
        )
    flow = Flow(*primals[:_FIRST])
    changes = [
        flow.state(np.zeros(flow.start.size)) if part[1] is None else part[1] for part in (of_primals, of_tangents)
    ]
    steps = (None, tuple(changes), None, *(None,) * len(_OPTIONS), *of_primals[_FIRST:], *of_tangents[_FIRST:])
    return run_tangent(None, *of_tangent(primals, tangents, _FIRST), *steps)[1]


def _size(tree: Any) -> float:
    """The largest number in a tree."""
    return float(max([np.max(np.abs(leaf), initial=0.0) for leaf in flatten(tree)[0]], default=0.0))


def _scaled(tree: Any, factor: float) -> Any:
    leaves, structure = flatten(tree)
    scaled = [factor * leaf if np.asarray(leaf).dtype.kind == "f" else leaf for leaf in leaves]
    return unflatten(structure, scaled)


def _tangent(function: Callable[..., Any]) -> Jvp:
    known = isinstance(function, (types.FunctionType, types.MethodType))
    return _remembered_tangent(function) if known else Jvp(function)


_remembered_tangent = functools.lru_cache(maxsize=64)(Jvp)


def _documented(
    fun: Callable[..., Any],
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1.4e-8,
    atol: float = 1.4e-8,
    method: str = "DOP853",
) -> Any:
    """The solution of `dy/dt = fun(y, t, *args)`, which can be differentiated by `y0`, `t` and `args`, in both modes.

    Args:
        fun: a function of state, time and parameters that returns the derivative, in the structure and shapes of the
            state; for an array, also as a list or tuple of numbers. It is differentiated itself, and is not defined
            inside of the function that calls `odeint`: what it reads are parameters.
        y0: the state at `t[0]`: a float, an array of floats, or a container of them (tuples, lists, dicts, named
            tuples, and objects of classes written in Python, nested at will).
        t: the times, an array of shape `(k,)`, increasing or decreasing.
        args: parameters: numbers, arrays, and containers of them.
        rtol: relative tolerance, of the states and of their derivatives.
        atol: absolute tolerance of the states, and of their derivatives relative to the largest cotangent.
        method: a method of `scipy.integrate.solve_ivp`.

    Returns:
        The states at the times, of shape `(k, *y0.shape)`, in the precision of `y0`; of a container, the container of
        such arrays.

    Raises:
        ArgumentError: times that are not ordered, complex states or parameters, a derivative unlike the state.
        RuntimeError: an integration that fails.

    >>> import numpy as np
    >>> from sct_ad import grad
    >>> def decay(y, t, rate):
    ...     return -rate * y
    >>> def last(rate):
    ...     return odeint(decay, 1.0, np.array([0.0, 2.0]), rate)[-1]
    >>> round(float(grad(last)(0.5)), 6)  # -2 * exp(-1)
    -0.735759

    """


_documented.__name__ = _documented.__qualname__ = "odeint"
odeint = Solution(_documented)
