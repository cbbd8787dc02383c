"""Second derivatives of solutions of ordinary differential equations.

The adjoint sweep, `da/dt = -f_y^T a` and `dq/dt = -f_p^T a` from one time to the one before, is differentiated along
tangents of state, times, parameters and cotangents. Between two times that move, `t(u) = t_k + u (t_(k+1) - t_k)` keeps
`u` fixed, so that with the rate r at which such an interval grows, relative to its length,

    ds/dt = f_y s + f_t dt + f_p dp + r f        are the changes of the states, and
    d(da)/dt = -f_y^T da - d(f_y^T) a - r f_y^T a        those of the cotangents, along s, dt and dp

(and those of q likewise). A tangent of a tangent is the tangent of the states and their sensitivities, which together
solve a differential equation as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.flattening import Flattening
from sct_ad.flows import Flow
from sct_ad.pushforward import Jvp, jvp
from sct_ad.pytree import flatten, leaves_with_paths
from sct_ad.systems import Contraction, contracted, written

Vector = np.ndarray[Any, Any]


class AdjointTangents:
    """The tangents of the adjoint sweep; `sweep` is that sweep, `tangents` are those of the arguments of `odeint`."""

    def __init__(self, sweep: Any, states: Vector, tangents: Sequence[Any], first: int) -> None:
        self.sweep, self.flow, self.args, self.states = sweep, sweep.flow, sweep.args, states
        self.moved = tuple(tangents[first:])
        size = self.flow.start.size
        start = np.zeros(size) if tangents[1] is None else self.flow.by_state(tangents[1])
        self.dt = np.zeros(self.flow.times.size) if tangents[2] is None else np.asarray(tangents[2], float)
        self.tangent_of = Jvp(self.flow.function)
        value = self.flow.aligned(self.flow.function(self.flow.state(self.flow.start), *self._rest(self.flow.times[0])))
        paths = tuple(path for path, _ in leaves_with_paths(value))
        self.contraction = _contraction(self.flow.function, paths, 1 + len(self.args))
        self.place = Flattening(self.flow.state(self.flow.start), "odeint", "the state")
        self.changes, self.interpolants = [start], [None]
        for k in range(1, self.flow.times.size):
            self._forward(k)

    def _rest(self, t: float) -> tuple[Any, ...]:
        return float(t), *self.args

    def velocities(self, y: Vector, s: Vector, t: float, dt: float) -> tuple[Vector, Vector]:
        """`f` and its change."""
        both = self.tangent_of((self.flow.state(y), *self._rest(t)), (self.flow.state(s), float(dt), *self.moved))
        found, change = (self.flow.vector(part).astype(float) for part in both)
        return found, change

    def _interval(self, k: int) -> tuple[float, float, float]:
        """The ends of an interval and how fast it grows, relative to its length if it has one."""
        first, last = self.flow.times[k - 1], self.flow.times[k]
        growth = self.dt[k] - self.dt[k - 1]
        return first, last, growth if first == last else growth / (last - first)

    def _forward(self, k: int) -> None:
        """The changes of the states from one time to the next."""
        first, last, rate = self._interval(k)
        s = self.changes[-1]
        if first == last:
            self.changes.append(s + rate * self.flow.velocity(self.states[k], last, self.args))
            self.interpolants.append(None)
            return

        def velocity(t: float, s: Vector) -> Vector:
            found, change = self.velocities(self.sweep.interpolant(t), s, t, self.dt[k - 1] + (t - first) * rate)
            return change + rate * found

        found = self.flow.integrate(velocity, s, first, last)
        self.changes.append(found.y[:, -1])
        self.interpolants.append(found.sol)

    def _pulled(self, y: Vector, t: float, a: Vector) -> Vector:
        """`f_y^T a` and `f_p^T a`."""
        found: Vector = -self.sweep.velocity_at(y, t, a)
        return found

    def across(self, k: int, both: Vector, moved: Vector) -> tuple[Vector, Vector]:
        """`(a, q)` and their tangents at the time before."""
        first, last, rate = self._interval(k)
        size, n = both.size, self.flow.start.size
        if first == last:
            return both, moved + rate * self._pulled(self.states[k], last, both[:n])

        def velocity(t: float, every: Vector) -> Vector:
            y, s = self.sweep.interpolant(t), self.interpolants[k](t)  # type: ignore[misc]
            a, da = every[:n], every[size : size + n]
            plain = self._pulled(y, t, a)
            by, by_args = self.contraction.push(
                self.flow.state(y),
                self._weights(a),
                self._rest(t),
                self.flow.state(s),
                (float(self.dt[k - 1] + (t - first) * rate), *self.moved),
                self.place,
                self._weights(da),
            )
            change = np.concatenate([by, self.sweep.parameters.flatten(by_args[1:])]) + rate * plain
            return -np.concatenate([plain, change])

        found = self.flow.integrate(velocity, np.concatenate([both, moved]), last, first).y[:, -1]
        return found[:size], found[size:]

    def _weights(self, a: Vector) -> list[Any]:
        weights: list[Any] = flatten(self.sweep.results.unflatten(a))[0]
        return weights

    def run(self, given: Vector, change: Vector) -> tuple[Vector, Vector, Vector]:
        """The tangents of the cotangents of state, times and parameters, for cotangents `given` that change as well."""
        times, n, count = self.flow.times, self.flow.start.size, self.sweep.parameters.size
        dbt, both, moved = np.zeros(times.size), np.zeros(n + count), np.zeros(n + count)
        for k in range(times.size - 1, 0, -1):
            f, df = self.velocities(self.states[k], self.changes[k], times[k], self.dt[k])
            dbt[k] = change[k] @ f + given[k] @ df
            both[:n] += given[k]
            moved[:n] += change[k]
            both, moved = self.across(k, both, moved)
        f, df = self.velocities(self.states[0], self.changes[0], times[0], self.dt[0])
        dbt[0] = -moved[:n] @ f - both[:n] @ df
        return moved[:n] + change[0], dbt, moved[n:]


@functools.lru_cache(maxsize=64)
def _contraction(function: Callable[..., Any], paths: tuple[str, ...], count: int) -> Contraction:
    return Contraction(contracted(function, paths, count))


@functools.lru_cache(maxsize=64)
def with_sensitivities(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The differential equation of states and sensitivities, whose parameters are those and then their tangents."""
    given, moved = ([f"_{letter}{k}" for k in range(count)] for letter in "ad")
    text = (
        f"def sensitivities({', '.join(['_both', '_t', *given, *moved])}):\n"
        f"    return _jvp(_function, ({', '.join(['_both[0]', '_t', *given])},), "
        f"({', '.join(['_both[1]', 'None', *moved])},))\n"
    )
    return written(text, "sensitivities", {"_jvp": jvp, "_function": function})


def of_tangent(primals: Sequence[Any], tangents: Sequence[Any], first: int) -> tuple[Any, ...]:
    """The arguments of `odeint` whose solution are the states and their tangents."""
    flow, zero = Flow(*primals[:first]), None
    start = tangents[1]
    if start is None:
        zero = flow.state(np.zeros(flow.start.size))
    function = with_sensitivities(primals[0], len(primals) - first)
    state = flow.state(flow.start)
    return function, (state, zero if start is None else start), *primals[2:first], *primals[first:], *tangents[first:]
