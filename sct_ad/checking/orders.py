"""Forward mode and derivatives of gradients against numbers: each along random directions, contracted to one number."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct_ad.arguments import Argnums
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.differences import Contraction, Estimate, copied, extrapolated_along, leaf_derivatives
from sct_ad.pushforward import jvp
from sct_ad.pytree import flatten, leaves_like, unflatten

_DIRECTIONS = 2

Along = Callable[[tuple[Any, ...]], Any]
"""Arguments -> one number."""


def check_tangent(function: Contraction, argnums: Argnums, rtol: float, atol: float, complex_step: bool | str) -> float:
    """The worst relative error of `jvp`, along random directions, against the derivatives by all entries."""
    contraction, positions = function.contracted(), function.positions(argnums)
    pushed, worst = jvp(contraction), 0.0
    for direction in _directions(function, positions):
        args = copied((*function.args, *function.kwargs.values()))
        tangents = [direction.get(k) for k in range(len(args))]
        _, found = pushed(args, tangents)
        expected, error, rounding = 0.0, 0.0, 0.0
        for position in positions:
            moved = flatten(direction[position])[0]
            for index in function.checked(position):
                steps = np.asarray(moved[index])
                for where, estimate in leaf_derivatives(function, position, index, complex_step).items():
                    step = steps[where]
                    expected += float(np.real(estimate.value * step))
                    error += estimate.error * abs(step)
                    rounding += estimate.rounding * abs(step)
        estimate = Estimate(expected, error, rounding, "finite differences")
        worst = max(worst, _compared(function, "tangent", estimate, float(found), rtol, atol))
    return worst


def check_order(function: Contraction, argnums: Argnums, order: int, rtol: float, atol: float) -> float:
    """The worst relative error of the derivative of this order, against differences of the one below it."""
    contraction, positions = function.contracted(), function.positions(argnums)
    chosen = tuple(positions)
    below = _derivative(contraction, chosen, order - 2)
    above = _derivative(contraction, chosen, order - 1)
    worst = 0.0
    several = [_directions(function, positions, seed) for seed in range(order)]
    for along in zip(*several[: order - 1], strict=True):
        given = [tuple(direction[k] for k in positions) for direction in along]
        weights = _directions(function, positions, 100)[0]

        def paired(found: Any, weights: dict[int, Any] = weights) -> tuple[float, float]:
            total, size = 0.0, 0.0
            for position, part in zip(positions, found, strict=True):
                leaves, structure = flatten(function.args[position])
                pairs = zip(leaves_like(structure, weights[position]), leaves_like(structure, part))
                for leaf, (weight, number) in zip(leaves, pairs, strict=True):
                    if np.asarray(leaf).dtype.kind in "fc":
                        terms = np.real(np.asarray(weight) * np.asarray(number)).astype(float)
                        total, size = total + float(terms.sum()), size + float(abs(terms).sum())
            return total, size

        flat = [part for each in given for part in each]
        rest = tuple(function.kwargs.values())
        got, size = paired(above(*copied(function.args), *copied(rest), *flat))

        def moved(
            step: float,
            given: Sequence[tuple[Any, ...]] = given,
            pair: Callable[[Any], tuple[float, float]] = paired,
            rest: tuple[Any, ...] = rest,
        ) -> tuple[float, float]:
            args = list(copied(function.args))
            for position, direction in zip(positions, given[-1], strict=True):
                args[position] = _stepped(args[position], direction, step)
            kept = [part for each in given[:-1] for part in each]
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return pair(below(*args, *copied(rest), *kept))

        estimate = extrapolated_along(moved, function.precision)
        names = {2: "second", 3: "third"}
        allowed = atol + rtol * size  # a sum may be small against its terms
        worst = max(worst, _compared(function, f"{names[order]} derivative", estimate, got, rtol, allowed))
    return worst


def _derivative(contraction: Callable[..., Any], positions: tuple[int, ...], directions: int) -> Callable[..., Any]:
    from sct_ad.api import grad

    if not directions:
        return grad(contraction, positions)  # type: ignore[no-any-return]
    return Directional(contraction, DirectionalOptions(positions, (positions,) * directions))


def _directions(function: Contraction, positions: list[int], seed: int = 0) -> list[dict[int, Any]]:
    """Random directions for the arguments, in their structure."""
    rng = np.random.default_rng([20, seed])
    found = []
    for _ in range(_DIRECTIONS):
        direction = {}
        for position in positions:
            leaves, structure = flatten(function.args[position])
            direction[position] = unflatten(structure, [_drawn(rng, leaf) for leaf in leaves])
        found.append(direction)
    return found


def _drawn(rng: np.random.Generator, leaf: Any) -> Any:
    dtype = np.asarray(leaf).dtype
    if dtype.kind not in "fc":
        return leaf
    numbers = rng.uniform(-1.0, 1.0, np.shape(leaf))
    if dtype.kind == "c":
        numbers = numbers + 1j * rng.uniform(-1.0, 1.0, np.shape(leaf))
    return np.asarray(numbers).astype(dtype) if isinstance(leaf, np.ndarray) else type(leaf)(numbers)


def _stepped(argument: Any, direction: Any, step: float) -> Any:
    leaves, structure = flatten(argument)
    pairs = zip(leaves, flatten(direction)[0], strict=True)
    return unflatten(structure, [_sum(leaf, way, step) for leaf, way in pairs])


def _sum(leaf: Any, way: Any, step: float) -> Any:
    if np.asarray(leaf).dtype.kind not in "fc":
        return leaf
    found = leaf + step * way
    return found.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(found)


def _compared(function: Contraction, what: str, expected: Estimate, got: float, rtol: float, atol: float) -> float:
    """The relative error; AssertionError, if the numbers are not the same."""
    difference, size = abs(expected.value - got), max(abs(expected.value), abs(got))
    if not difference <= atol + rtol * size + expected.rounding + expected.error:
        name = getattr(function.f, "__qualname__", repr(function.f))
        raise AssertionError(
            f"check_grads: the {what} of {name} is wrong along a random direction\n"
            f"  expected {expected.value!r} ({expected.method}, uncertain by {expected.error:.1g})\n"
            f"  got      {got!r}"
        )
    return float(difference / max(size, atol / rtol if rtol else 0.0, np.finfo(float).tiny))
