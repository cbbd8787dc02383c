"""Containers of real numbers to one vector of float64 and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.pytree import describe, flatten, leaves_with_paths, unflatten

Vector = np.ndarray[Any, Any]


class Flattening:
    """The structure of a container of real numbers, and how its numbers lie in a vector, leaf by leaf, in C order."""

    def __init__(self, tree: Any, operator: str, name: str) -> None:
        for path, leaf in leaves_with_paths(tree):
            _refuse_leaf(leaf, operator, f"{name}{path}")
        leaves, self.structure = flatten(tree)
        if not leaves:
            raise ArgumentError(f"{operator}: {name} is {describe(tree)}, without any float or array of floats")
        self.operator, self.name, self._shown = operator, name, describe(tree)
        self.leaves = [(type(leaf), np.shape(leaf), np.asarray(leaf).dtype) for leaf in leaves]
        self.offsets = np.cumsum([0, *(int(np.prod(shape)) for _, shape, _ in self.leaves)]).tolist()
        self.size: int = self.offsets[-1]

    def flatten(self, tree: Any) -> Vector:
        """The vector of a tree of this structure and these shapes; ArgumentError for any other."""
        leaves, structure = flatten(tree)
        if structure != self.structure:
            raise ArgumentError(
                f"{self.operator}: {describe(tree)} has not the structure of {self.name}, {self._shown}"
            )
        for (path, leaf), (_, shape, _) in zip(leaves_with_paths(tree), self.leaves):
            if np.shape(leaf) != shape or np.iscomplexobj(leaf):
                raise ArgumentError(
                    f"{self.operator}: {path or 'a value'} has shape {np.shape(leaf)} and dtype "
                    f"{np.asarray(leaf).dtype}, and must be real and have shape {shape} as in {self.name}"
                )
        return _joined(leaves)

    def flatten_like(self, tree: Any) -> Vector:
        """The vector of a derivative, which has the leaves of this structure."""
        return _joined([np.real(leaf) for leaf in flatten(tree)[0]])

    def checked(self, x: Any) -> Vector:
        """A vector of this size as float64, not copied; ArgumentError for anything else."""
        x = np.asarray(x)
        if x.dtype.kind not in "biuf" or x.size != self.size or x.ndim > 1:
            raise ArgumentError(
                f"{self.operator}: a vector of shape {x.shape} and dtype {x.dtype}, where {self.name} has "
                f"{self.size} real numbers"
            )
        return x.reshape(self.size).astype(np.float64, copy=False)

    def unflatten(self, x: Any) -> Any:
        """The tree of a vector; it shares no memory with that."""
        x = self.checked(x)
        leaves: list[Any] = []
        for (kind, shape, dtype), start, stop in zip(self.leaves, self.offsets, self.offsets[1:]):
            if issubclass(kind, np.ndarray):
                leaves.append(np.array(x[start:stop].reshape(shape), dtype))
            else:
                leaves.append(dtype.type(x[start]) if issubclass(kind, np.generic) else float(x[start]))
        return unflatten(self.structure, leaves)


def flat_result(value: Any, function: Callable[..., Any]) -> float | Vector:
    """The float that a function returned, or the vector of all numbers in what it returned."""
    name = getattr(function, "__name__", "the function")
    leaves, _ = flatten(value)
    if not leaves:
        raise ArgumentError(f"{name} returned {describe(value)}, without any number")
    for leaf in leaves:
        if np.iscomplexobj(leaf):
            raise ArgumentError(f"{name} has a complex result\n  instead: return its real and imaginary parts")
    if leaves[0] is value and np.ndim(value) == 0:
        return float(value)
    return _joined(leaves)


def _joined(leaves: list[Any]) -> Vector:
    return np.concatenate([np.ravel(np.asarray(leaf, np.float64)) for leaf in leaves])


def _refuse_leaf(leaf: Any, operator: str, path: str) -> None:
    kind = np.asarray(leaf).dtype.kind
    if kind == "f":
        return
    what = {"b": "boolean", "i": "integer", "u": "integer", "c": "complex"}.get(kind, str(np.asarray(leaf).dtype))
    instead = "pass real and imaginary part as two arrays" if kind == "c" else "a float, or an array of floats"
    if kind in "biu":
        instead += "; what is fixed belongs into the further arguments"
    raise ArgumentError(f"{operator}: {path} is {what}: {_short(leaf)}\n  instead: {instead}")


def _short(leaf: Any) -> str:
    return repr(leaf) if np.ndim(leaf) == 0 else f"an array of shape {np.shape(leaf)} and dtype {leaf.dtype}"
