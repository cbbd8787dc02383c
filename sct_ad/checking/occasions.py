"""A function at the arguments of one call, which can be run again there and nearby: values, directions, differences."""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from sct_ad.checking.parameters import spread_call
from sct_ad.differences import Estimate, coarsest, extrapolated_along
from sct_ad.pytree import flatten, leaves_like, leaves_with_paths, map_structure, unflatten
from sct_ad.specialise.signature import dispatch_key

Numbers = tuple[Any, ...]
"""The values of all parameters of a call, in order."""
Parts = Sequence[Any]
"""A number or array for each leaf that moves."""
Sampled = Callable[[float], tuple[float, float]]
"""A step along a direction -> a number, and the size of what was summed up to it."""


@dataclass(frozen=True)
class Entry:
    """A leaf of an argument that is differentiated by."""

    name: str
    """The parameter."""
    position: int
    """The parameter's place among all."""
    index: int
    """The leaf's place in the argument."""
    path: str
    """How messages call it: `params['W']`."""
    leaf: Any


class FunctionFails(Exception):
    """The function cannot be run at the arguments."""


class Occasion:
    """A function at the arguments of one call.

    Every run gets copies of the arguments, and the global generators of random numbers as they were.
    """

    def __init__(
        self, function: Any, names: list[str], values: Numbers, active: Sequence[str], has_aux: bool = False
    ) -> None:
        self.function, self.names, self.active, self.has_aux = function, names, list(active), has_aux
        self.values = fresh(values)
        self._generators = random.getstate(), np.random.get_state()
        try:
            self.value = self.run(self.values)
            self.repeats = identical(self.value, self.run(self.values))
        except Exception as error:  # whatever the function raises
            raise FunctionFails from error
        self.entries = [entry for name in self.active for entry in self._entries(name)]
        leaves = flatten(self.value)[0]
        self.precision = coarsest([*(e.leaf for e in self.entries), *leaves])
        alone = len(leaves) == 1 and leaves[0] is self.value and np.ndim(self.value) == 0
        self._is_number = alone and not np.iscomplexobj(self.value)

    def _entries(self, name: str) -> Iterator[Entry]:
        position = self.names.index(name)
        value = self.values[position]
        paths = [path for path, _ in leaves_with_paths(value, name)]
        leaves = flatten(value)[0]
        for index, leaf in enumerate(leaves):
            if np.asarray(leaf).dtype.kind in "fc":
                path = paths[index] if len(paths) == len(leaves) else name
                yield Entry(name, position, index, path, leaf)

    # Runs

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """A block in which generators start as in the call, and NumPy does not warn."""
        random.setstate(self._generators[0])
        np.random.set_state(self._generators[1])
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield

    def run(self, values: Numbers) -> Any:
        """What the function returns."""
        with self.quietly():
            args, kwargs = spread_call(self.function, self.names, fresh(values))
            found = self.function(*args, **kwargs)
        return found[0] if self.has_aux else found

    def weights(self, value: Any) -> list[Any]:
        """A cotangent for each leaf of a value: one for a real number, else fixed random numbers; None for integers."""
        leaves = flatten(value)[0]
        if self._is_number:
            return [type(leaf)(1.0) if np.asarray(leaf).dtype.kind == "f" else None for leaf in leaves]
        rng = np.random.default_rng(21)
        return [drawn(rng, leaf, 1.0) if np.asarray(leaf).dtype.kind in "fc" else None for leaf in leaves]

    def cotangent(self, value: Any) -> Any:
        """The cotangent in the structure of the value."""
        leaves, structure = flatten(value)
        pairs = zip(leaves, self.weights(value))
        return unflatten(structure, [leaf if weight is None else weight for leaf, weight in pairs])

    def weighed(self, value: Any, change: Any) -> tuple[float, float]:
        """The sum of what is in the places of the value's numbers, with weights; and the size of its terms."""
        found = leaves_like(flatten(value)[1], change)
        return total(self.weights(value), found)

    # Directions

    def direction(self, seed: int) -> list[Any]:
        """Random numbers for all leaves that move, of their sizes."""
        rng = np.random.default_rng([22, seed])
        return [drawn(rng, entry.leaf, _size(entry.leaf)) for entry in self.entries]

    def alone(self, parts: Parts, chosen: int) -> list[Any]:
        """The direction in which only one leaf moves."""
        return [part if k == chosen else _zero(part) for k, part in enumerate(parts)]

    def tangents(self, parts: Parts) -> list[Any]:
        """The direction as a tangent for each active parameter, in its structure."""
        found = []
        for name in self.active:
            leaves, structure = flatten(self.values[self.names.index(name)])
            for entry, part in zip(self.entries, parts):
                if entry.name == name:
                    leaves[entry.index] = part
            found.append(unflatten(structure, leaves))
        return found

    def moved(self, values: Numbers, parts: Parts, step: float) -> Numbers:
        """The arguments moved along a direction."""
        found = list(values)
        for name in self.active:
            position = self.names.index(name)
            leaves, structure = flatten(values[position])
            for entry, part in zip(self.entries, parts):
                if entry.name == name:
                    leaves[entry.index] = _sum(leaves[entry.index], part, step)
            found[position] = unflatten(structure, leaves)
        return tuple(found)

    def parts(self, by_name: dict[str, Any]) -> list[Any]:
        """The leaves of derivatives that are in the structure of the arguments."""
        found = []
        for name in self.active:
            leaves = leaves_like(flatten(self.values[self.names.index(name)])[1], by_name[name])
            found += [leaves[entry.index] for entry in self.entries if entry.name == name]
        return found

    def sampled(self, values: Numbers, parts: Parts) -> Sampled:
        """The function along a direction, contracted to one number."""

        def sample(step: float) -> tuple[float, float]:
            try:
                value = self.run(self.moved(values, parts, step))
                return total(self.weights(value), flatten(value)[0])
            except Exception:  # whatever the function does not take
                return np.nan, np.nan

        return sample

    def estimate(self, sample: Sampled) -> Estimate:
        """The derivative along a direction, from differences."""
        with np.errstate(all="ignore"):
            return extrapolated_along(sample, self.precision)

    def kink(self, sample: Sampled, size: float) -> str:
        """What keeps differences from telling the derivative: a kink, or the end of what is defined; "" for nothing.

        The second difference over the step vanishes with the step where there is a derivative, and is the difference
        of the derivatives on both sides where there is a kink.
        """
        step, found = self.precision.first_step * 1e-3, []
        here = sample(0.0)[0]
        for each in (step, step / 8.0):
            right, left = sample(each)[0], sample(-each)[0]
            if not np.isfinite(here) or not np.isfinite(right) or not np.isfinite(left):
                return "the function is not defined on all sides"
            found.append(abs(right - 2.0 * here + left) / each)
        noise = 32.0 * self.precision.eps * (abs(here) + sample(step)[1]) / (step / 8.0)
        is_kink = found[1] > 0.4 * found[0] and found[1] > 1e-3 * size + noise
        return "the function has a kink or a jump here" if is_kink else ""


def total(weights: Parts, found: Parts) -> tuple[float, float]:
    """The real part of the sum of products, and the size of its terms."""
    sum_ = size = 0.0
    for weight, part in zip(weights, found, strict=True):
        if weight is None or part is None:
            continue
        terms = np.real(np.asarray(weight, np.result_type(np.asarray(weight), np.float64)) * np.asarray(part))
        sum_, size = sum_ + float(np.sum(terms)), size + float(np.sum(np.abs(terms)))
    return sum_, size


def drawn(rng: np.random.Generator, leaf: Any, size: float) -> Any:
    """Random numbers of either sign in the form of a leaf, none of them small against the size."""

    def numbers() -> Any:
        signs = np.where(rng.random(np.shape(leaf)) < 0.5, -size, size)
        return signs * rng.uniform(0.4, 1.0, np.shape(leaf))

    found = numbers() + 1j * numbers() if np.iscomplexobj(leaf) else numbers()
    if isinstance(leaf, np.ndarray):
        return np.asarray(found).astype(leaf.dtype)
    return type(leaf)(found)


def _zero(part: Any) -> Any:
    return np.zeros_like(part) if isinstance(part, np.ndarray) else type(part)(0.0)


def _size(leaf: Any) -> float:
    """The largest finite number in a leaf, or one."""
    numbers = np.abs(np.asarray(leaf))
    found = float(np.max(numbers, where=np.isfinite(numbers), initial=0.0))
    return found or 1.0


def _sum(leaf: Any, part: Any, step: float) -> Any:
    found = leaf + step * part
    return found.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(found)


def fresh(values: Numbers) -> Numbers:
    """Copies of arguments, as far as they can be copied and stay what they are to the compiler."""
    try:
        found = copy.deepcopy(values)
    except Exception:  # an argument may be anything, also what refuses to be copied
        found = tuple(map(_fresh, values))
    return tuple(new if _is_alike(new, old) else _fresh(old) for new, old in zip(found, values, strict=True))


def _fresh(value: Any) -> Any:
    def leaf(found: Any) -> Any:
        return found.copy(order="K") if isinstance(found, np.ndarray) else found

    copied = map_structure(leaf, value)
    return copied if _is_alike(copied, value) else value


def _is_alike(new: Any, old: Any) -> bool:
    return new is old or dispatch_key(new) == dispatch_key(old)


def identical(one: Any, other: Any) -> bool:
    """Whether two results are the same numbers to the bit, NaN being NaN."""
    left, right = flatten(one)[0], flatten(other)[0]
    return len(left) == len(right) and all(map(_identical, left, right))


def _identical(one: Any, other: Any) -> bool:
    a, b = np.asarray(one), np.asarray(other)
    if a.shape != b.shape or a.dtype.kind not in "fciub" or b.dtype.kind not in "fciub":
        return a.shape == b.shape
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc" and b.dtype.kind in "fc"))
