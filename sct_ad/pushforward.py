"""jvp: the value of a function and its tangent, in one forward sweep."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sct_ad.arguments import fixed_check
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled
from sct_ad.derivative import Derivative, brief, run
from sct_ad.derive.requests import TangentRequest
from sct_ad.emit.numba.options import Backend, chosen_backend
from sct_ad.errors import ArgumentError, SctError
from sct_ad.objects import attributes_of, is_plain
from sct_ad.syntax.values import Abstract


class PushforwardOptions(NamedTuple):
    """What a tangent was asked for."""

    active: tuple[int, ...]
    """The positions of the arguments that have tangents."""
    has_aux: bool = False
    source: str | None = None
    tangent_only: bool = False
    check: str | None = None
    backend: Backend | None = None


class Pushforward(Derivative):
    """The tangent of a function along tangents of some of its arguments, which are passed after all arguments."""

    OPERATOR = "jvp"
    RESULT = "tangent"
    options: PushforwardOptions

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile value and tangent for arguments of these types."""
        names = list(argument_types)
        active = tuple(names[k] for k in self.options.active)
        request = TangentRequest(active, self.options.has_aux, function.__name__, self.options.tangent_only)
        chosen = self.options.backend
        return compiled_derivative(function, argument_types, request, source, record, self.by_value, backend=chosen)

    def push(self, args: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """Value and tangent at `args`, along the tangents of the active ones."""
        try:
            _, bound, compiled = self.prepared(tuple(args), {})
        except SctError as error:
            raise brief(error) from error.__cause__
        return run(compiled, [*bound, *tangents])


class Jvp:
    """The forward-mode derivative of a function: `jvp(f)(primals, tangents)` gives value and tangent."""

    def __init__(
        self,
        function: Callable[..., Any],
        has_aux: bool = False,
        source: str | None = None,
        check: str | None = None,
        backend: Backend | None = None,
    ) -> None:
        self.primal, self.has_aux, self._source, self._check = function, has_aux, source, check
        self._backend = backend
        self._made: dict[tuple[int, ...], Pushforward] = {}
        self._for(())  # what cannot be differentiated is refused at once

    def _for(self, active: tuple[int, ...]) -> Pushforward:
        found = self._made.get(active)
        if found is None:
            options = PushforwardOptions(active, self.has_aux, self._source, False, self._check, self._backend)
            found = self._made.setdefault(active, Pushforward(self.primal, options))  # type: ignore[assignment]
        return found

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """`(value, tangent)` at the primals along the tangents, one for each; None is a tangent of zero."""
        active, given = _active(self.primal, primals, tangents)
        return self._for(active).push(primals, given)

    def source(self, *primals: Any) -> str:
        """The emitted text for these arguments, all of which that can have tangents having one."""
        return self._for(differentiable_positions(primals)).source(*primals)

    def stages(self, *primals: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self._for(differentiable_positions(primals)).stages(*primals)

    def __repr__(self) -> str:
        return f"<jvp of {getattr(self.primal, '__qualname__', self.primal)}>"

    def __reduce__(self) -> Any:
        return Jvp, (self.primal, self.has_aux, self._source, self._check, self._backend)


def jvp(
    function: Callable[..., Any],
    primals: Sequence[Any] | None = None,
    tangents: Sequence[Any] | None = None,
    has_aux: bool = False,
    *,
    source: str | None = None,
    check: str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The value of a function and its tangent: the derivative along a direction, in forward mode.

    Args:
        function: a Python function with any result: numbers, arrays, tuples, lists and dicts of them.
        primals: the arguments, a tuple or list.
        tangents: the direction, one tangent for each argument, in its structure, shape and type (ints become floats);
            None for an argument that does not move, which is what integers, strings and other constants need.
        has_aux: whether the function returns `(value, aux)`; the result then is `(value, tangent, aux)`.
        source: the text of the function, where Python cannot find it.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.
        backend: "python", "numba" or "auto", as in `grad`.
        numba_options: keywords for `numba.njit`.

    Returns:
        `(value, tangent)`, the tangent in the structure of the value. Without `primals`, an object to be called with
        primals and tangents, whose `source(*primals)` is the emitted text.

    Raises:
        ArgumentError: tangents that do not fit their primals.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    made = Jvp(function, has_aux, source, fixed_check(check, "jvp"), chosen_backend(backend, numba_options))
    if primals is None:
        return made
    if tangents is None:
        raise ArgumentError("jvp needs tangents as well\n  instead: jvp(f, (x,), (dx,)), or jvp(f) for a function")
    return made(primals, tangents)


def _active(function: Any, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[tuple[int, ...], list[Any]]:
    """The positions of the arguments that move, and their tangents in the types of the arguments."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(
                f"jvp takes {what} as a tuple or list, not {type(given).__name__}\n  instead: ({what},)"
            )
    if len(primals) != len(tangents):
        raise ArgumentError(f"jvp was given {len(primals)} primals and {len(tangents)} tangents")
    active: list[int] = []
    given_: list[Any] = []
    for k, (primal, tangent) in enumerate(zip(primals, tangents)):
        if tangent is None:
            continue
        if not _moves(primal):
            if np.any(np.asarray(tangent) != 0):
                raise ArgumentError(
                    f"jvp: argument {k} is of type {type(primal).__name__}, which has no tangent\n  instead: pass None"
                )
            continue
        active.append(k)
        given_.append(fitted(primal, tangent, f"argument {k}"))
    return tuple(active), given_


def differentiable_positions(primals: Sequence[Any]) -> tuple[int, ...]:
    """The positions of the arguments that can have tangents."""
    return tuple(k for k, primal in enumerate(primals) if _moves(primal))


def _moves(value: Any) -> bool:
    """Whether there are real or complex numbers in a value."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fc"
    if isinstance(value, (float, complex)):
        return True
    if isinstance(value, (tuple, list)):
        return any(map(_moves, value))
    if isinstance(value, dict):
        return any(map(_moves, value.values()))
    return is_plain(type(value)) and any(map(_moves, attributes_of(value).values()))


def fitted(primal: Any, tangent: Any, where: str) -> Any:
    """The tangent in the types of its primal; ArgumentError where it does not fit."""
    if type(primal) is float and type(tangent) is float:
        return tangent
    if isinstance(primal, np.ndarray):
        if isinstance(tangent, np.ndarray) and tangent.dtype == primal.dtype and tangent.shape == primal.shape:
            return tangent
        return _fitted_array(primal, tangent, where)
    if isinstance(primal, (float, complex, np.generic)) and _moves(primal):
        if np.ndim(tangent) != 0 or (np.iscomplexobj(tangent) and not np.iscomplexobj(primal)):
            raise ArgumentError(f"the tangent of {where} is {tangent!r}, and must be a number as {primal!r} is")
        return type(primal)(tangent)
    if isinstance(primal, (tuple, list)):
        if not isinstance(tangent, (tuple, list)) or len(tangent) != len(primal):
            raise ArgumentError(f"the tangent of {where} must be a {type(primal).__name__} of {len(primal)} items")
        items = [fitted(p, t, f"{where}[{k}]") for k, (p, t) in enumerate(zip(primal, tangent))]
        return type(primal)(*items) if hasattr(primal, "_fields") else type(primal)(items)
    if isinstance(primal, dict):
        if not isinstance(tangent, dict) or tangent.keys() != primal.keys():
            raise ArgumentError(f"the tangent of {where} must be a dict with the keys {list(primal)}")
        return {key: fitted(value, tangent[key], f"{where}[{key!r}]") for key, value in primal.items()}
    if is_plain(type(primal)) and type(tangent) is not type(primal):
        raise ArgumentError(f"the tangent of {where} must be a {type(primal).__name__}, not a {type(tangent).__name__}")
    return 0 if isinstance(primal, (int, np.integer, np.bool_)) else tangent  # integers do not move


def _fitted_array(primal: np.ndarray[Any, Any], tangent: Any, where: str) -> np.ndarray[Any, Any]:
    if not _moves(primal):
        return np.zeros_like(primal)
    tangent = np.asarray(tangent)
    if tangent.shape != primal.shape or (tangent.dtype.kind == "c" and primal.dtype.kind != "c"):
        raise ArgumentError(
            f"the tangent of {where} has shape {tangent.shape} and dtype {tangent.dtype}, "
            f"and must have shape {primal.shape} and dtype {primal.dtype}"
        )
    return tangent.astype(primal.dtype)
