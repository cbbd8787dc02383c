"""Checks of gradients against numbers that know nothing of calculus: finite differences and complex steps.

`check_grads` compares the gradient of any scalar or array function with Richardson-extrapolated central differences,
entry by entry. Where the function also runs on complex numbers, and what comes out agrees, the complex step replaces
the difference: it has no cancellation and hence all digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sct_ad.arguments import Argnums
from sct_ad.checking.orders import check_order, check_tangent
from sct_ad.differences import Contraction, Estimate, copied, is_several, leaf_derivatives
from sct_ad.errors import ArgumentError
from sct_ad.pytree import describe, flatten, is_leaf, leaves_with_paths, unflatten

__all__ = ["check_grads", "numerical_gradient"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One compared entry: its place, both numbers, and the difference as a multiple of the allowance."""

    place: str
    expected: Estimate
    got: Any
    relative: float
    excess: float


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: Argnums = 0,
    *,
    kwargs: Mapping[str, Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    cotangent: Any = None,
    rtol: float | None = None,
    atol: float | None = None,
    complex_step: bool | str = "auto",
    allow_nan: bool = False,
    order: int = 1,
    modes: Sequence[str] = ("rev",),
) -> float:
    """Check the gradient of `f` at `args`; return the worst relative error, or raise AssertionError naming it.

    `argnums` are positions or names of parameters, as in `grad`; numbers, arrays, and containers of them are checked
    in every floating-point entry. `gradient` is the function to check, by default `sct_ad.grad(f, argnums)`.

    A function with an array result (or a tuple or list of arrays) is contracted with a `cotangent` of that shape,
    by default a fixed random one; a `gradient` passed for such a function must be that of the contraction.

    An entry is right if it differs by at most `atol + rtol * max(|expected|, |got|)`, plus what rounding in `f`
    does to the differences; the defaults follow the arguments' precision. NaN equals nothing, except NaN with
    `allow_nan`. `complex_step` is "auto" (where it runs and agrees), True (it must) or False.

    `modes` are "rev" (the gradient) and "fwd" (`jvp`, along random directions). With `order=2` the Hessian-vector
    product is checked along random directions too, against differences of the gradient, and with `order=3` its
    derivative against differences of the Hessian-vector product.

    >>> check_grads(lambda x: x**4, (3.0,), order=3, modes=("fwd", "rev")) < 1e-6
    True
    >>> check_grads(lambda x: x * x, (3.0,), gradient=lambda x: 2.0 * x) < 1e-9
    True
    """
    asked = (modes,) if isinstance(modes, str) else tuple(modes)
    if order not in (1, 2, 3):
        raise ArgumentError(f"check_grads: order must be 1, 2 or 3, not {order!r}")
    if not asked or not set(asked) <= {"fwd", "rev"}:
        raise ArgumentError(f"check_grads: modes are 'fwd' and 'rev', not {modes!r}\n  instead: modes=('fwd', 'rev')")
    function = Contraction(f, args, kwargs or {}, cotangent)
    worst = _check_others(function, argnums, order, "fwd" in asked, (rtol, atol), complex_step)
    if "rev" not in asked and gradient is None:
        return worst
    if gradient is None:
        gradient = function.gradient(argnums)
    elif not function.is_trivial and cotangent is None:
        raise ArgumentError(
            "the function returns no real number: pass the cotangent that the gradient is contracted with"
        )
    return max(worst, compare_gradient(function, gradient, argnums, rtol, atol, complex_step, allow_nan))


def _check_others(
    function: Contraction,
    argnums: Argnums,
    order: int,
    forward: bool,
    tolerances: tuple[float | None, float | None],
    complex_step: bool | str,
) -> float:
    """The worst relative error of forward mode and of the orders above one."""
    rtol, atol = tolerances
    rtol = function.precision.rtol if rtol is None else rtol
    atol = function.precision.atol if atol is None else atol
    worst = check_tangent(function, argnums, rtol, atol, complex_step) if forward else 0.0
    for each in range(2, order + 1):
        worst = max(worst, check_order(function, argnums, each, rtol, atol))
    return worst


def compare_gradient(
    function: Contraction,
    gradient: Callable[..., Any],
    argnums: Argnums,
    rtol: float | None = None,
    atol: float | None = None,
    complex_step: bool | str = "auto",
    allow_nan: bool = False,
) -> float:
    """The worst relative error of a gradient; the differences are computed once for each function at its arguments."""
    positions, precision = function.positions(argnums), function.precision
    rtol, atol = precision.rtol if rtol is None else rtol, precision.atol if atol is None else atol
    got = _call_gradient(gradient, function, positions, single=not is_several(argnums))
    entries = [
        entry
        for position, result in zip(positions, got, strict=True)
        for entry in _compare(function, position, result, rtol, atol, complex_step, allow_nan)
    ]
    wrong = [entry for entry in entries if not entry.excess <= 1.0]
    if wrong:
        raise AssertionError(_complaint(function, wrong, len(entries), rtol, atol))
    return max((entry.relative for entry in entries), default=0.0)


def numerical_gradient(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: Argnums = 0,
    *,
    kwargs: Mapping[str, Any] | None = None,
    cotangent: Any = None,
    complex_step: bool | str = "auto",
) -> Any:
    """The gradient of `f` by Richardson-extrapolated central differences, in the structure of the arguments.

    Entries that are not floating-point, such as an integer in a list, come out as None.

    >>> round(numerical_gradient(lambda x, y: x * y[0], (3.0, [2.0, 7])), 9)
    2.0
    >>> numerical_gradient(lambda x, y: x * y[0], (3.0, [2.0, 7]), 1, complex_step=True)
    [3.0, None]
    """
    function = Contraction(f, args, kwargs or {}, cotangent)
    results = []
    for position in function.positions(argnums):
        leaves, structure = flatten(function.args[position])
        found: list[Any] = [None] * len(leaves)
        for index in function.checked(position):
            found[index] = _as_leaf(leaves[index], leaf_derivatives(function, position, index, complex_step))
        results.append(unflatten(structure, found))
    return tuple(results) if is_several(argnums) else results[0]


def _call_gradient(
    gradient: Callable[..., Any], function: Contraction, positions: list[int], single: bool
) -> list[Any]:
    """The gradients, one for each position, from arguments that must come back unchanged."""
    args, kwargs = copied(function.args), copied(function.kwargs)
    result = gradient(*args, **kwargs)
    for (path, before), (_, after) in zip(
        leaves_with_paths((function.args, function.kwargs)), leaves_with_paths((args, kwargs)), strict=True
    ):
        if not np.array_equal(before, after, equal_nan=np.asarray(before).dtype.kind in "fc"):
            raise AssertionError(f"check_grads: the gradient call changed its argument {path.removeprefix('[0]')}")
    if single:
        return [result]
    if not isinstance(result, tuple) or len(result) != len(positions):
        raise AssertionError(f"check_grads: expected a tuple of {len(positions)} gradients, got {describe(result)}")
    return list(result)


def _compare(
    function: Contraction,
    position: int,
    result: Any,
    rtol: float,
    atol: float,
    complex_step: bool | str,
    allow_nan: bool,
) -> list[_Entry]:
    """All entries of one argument."""
    argument, name = function.args[position], function.name(position)
    if not _fits(result, argument):
        raise AssertionError(
            f"check_grads: the gradient of {name} has the structure {describe(result)}, not {describe(argument)}"
        )
    checked, gradients = set(function.checked(position)), dict(leaves_with_paths(result, name))
    entries = []
    for index, (path, leaf) in enumerate(leaves_with_paths(argument, name)):
        if index not in checked:
            continue
        got = gradients[path]
        _check_form(path, leaf, got)
        estimates = leaf_derivatives(function, position, index, complex_step)
        for (where, estimate), number in zip(estimates.items(), np.asarray(got).ravel(), strict=True):
            place = f"{path}[{', '.join(map(str, where))}]" if where else path
            entries.append(_entry(place, estimate, number.item(), rtol, atol, allow_nan))
    return entries


def _fits(gradient: Any, argument: Any) -> bool:
    """Whether a gradient has the argument's containers; where the argument has no float, anything fits."""
    if isinstance(argument, dict):
        return (
            type(gradient) is type(argument)
            and gradient.keys() == argument.keys()
            and all(_fits(gradient[key], value) for key, value in argument.items())
        )
    if isinstance(argument, (tuple, list)):
        same = type(gradient) is type(argument) and len(gradient) == len(argument)
        return same and all(map(_fits, gradient, argument))
    return not (is_leaf(argument) and np.asarray(argument).dtype.kind in "fc") or is_leaf(gradient)


def _check_form(path: str, leaf: Any, got: Any) -> None:
    """Shape and type of one gradient: an array for an array, of the same dtype; a float for a float."""
    if np.shape(got) != np.shape(leaf):
        raise AssertionError(f"check_grads: the gradient of {path} has shape {np.shape(got)}, not {np.shape(leaf)}")
    if isinstance(leaf, np.ndarray):
        right, form = isinstance(got, np.ndarray) and got.dtype == leaf.dtype, f"array of {leaf.dtype}"
    elif isinstance(leaf, np.generic):
        right, form = np.asarray(got).dtype == leaf.dtype, str(leaf.dtype)
    else:
        right, form = isinstance(got, type(leaf)), type(leaf).__name__
    if not right:
        found = f"{type(got).__name__} of {np.asarray(got).dtype}"
        raise AssertionError(f"check_grads: the gradient of {path} is a {found}, not a {form}")


def _entry(place: str, expected: Estimate, got: complex, rtol: float, atol: float, allow_nan: bool) -> _Entry:
    """One comparison; a NaN on either side is an infinite excess."""
    if expected.value == got or (allow_nan and np.isnan(expected.value) and np.isnan(got)):
        return _Entry(place, expected, got, 0.0, 0.0)
    difference = abs(expected.value - got)
    if not np.isfinite(difference):
        return _Entry(place, expected, got, np.inf, np.inf)
    size = max(abs(expected.value), abs(got))
    allowed = atol + rtol * size + expected.rounding
    relative = difference / max(size, atol / rtol if rtol else 0.0, np.finfo(float).tiny)
    return _Entry(place, expected, got, relative, difference / allowed if allowed else np.inf)


def _complaint(function: Contraction, wrong: list[_Entry], total: int, rtol: float, atol: float) -> str:
    """The message: how many entries are wrong, and the worst of them in full."""
    worst = max(wrong, key=lambda entry: entry.excess)
    expected = worst.expected
    name = getattr(function.f, "__qualname__", repr(function.f))
    contracted = "" if function.is_trivial else ", contracted with a cotangent"
    return (
        f"check_grads: the gradient of {name}{contracted} is wrong in {len(wrong)} of {total} entries\n"
        f"  worst at {worst.place}\n"
        f"  expected {expected.value!r} ({expected.method}, uncertain by {expected.error:.1g})\n"
        f"  got      {worst.got!r}\n"
        f"  error    {abs(expected.value - worst.got):.3g}, relative {worst.relative:.3g} "
        f"(allowed: rtol={rtol:g}, atol={atol:g}, rounding {expected.rounding:.1g})"
    )


def _as_leaf(leaf: Any, estimates: dict[tuple[int, ...], Estimate]) -> Any:
    """Estimates in the form of the leaf that they belong to."""
    dtype = complex if np.iscomplexobj(leaf) else float
    numbers = np.array([each.value for each in estimates.values()], dtype=dtype).reshape(np.shape(leaf))
    if isinstance(leaf, (np.ndarray, np.generic)):
        numbers = numbers.astype(leaf.dtype)
        return numbers if isinstance(leaf, np.ndarray) else numbers[()]
    return dtype(numbers)
