"""Containers to leaves and back, for the checks of gradients; emitted text has `runtime.containers` instead.

A leaf is a number or an array. Tuples, named tuples, lists, dictionaries and objects of classes written in Python are
containers, nested at will. Everything else (None, strings, functions, other objects) is no leaf: it is part of the
structure and passed through unchanged.
"""

from __future__ import annotations

import numbers
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.objects import attributes_of, is_plain, registered
from sct_ad.runtime.objects import new_object

Form = Any
"""What a tuple of parts stands for: `(class, attributes or keys, forms of the parts)`; AS_IT_IS for itself."""

AS_IT_IS: Form = None


@dataclass(frozen=True, slots=True)
class Structure:
    """The shape of a tree without its leaves; structures of equal shape are equal."""


@dataclass(frozen=True, slots=True)
class Leaf(Structure):
    """The place of one number or array."""


@dataclass(frozen=True, slots=True)
class Other(Structure):
    """An object that is neither a container nor a leaf."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Other) and (
            self.value is other.value
            or (
                isinstance(self.value, (str, bytes))
                and type(self.value) is type(other.value)
                and self.value == other.value
            )
        )

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, (str, bytes)) else id(self.value)


@dataclass(frozen=True, slots=True)
class Again(Structure):
    """An object that has been met before, as the one of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Registered(Structure):
    """An object of a class with functions of its own for this."""

    kind: type
    rest: Any
    children: tuple[Structure, ...]


@dataclass(frozen=True, slots=True)
class Container(Structure):
    """A container of the class `kind`; `keys` are those of a dictionary, positions otherwise."""

    kind: type
    keys: tuple[Any, ...]
    children: tuple[Structure, ...]
    default: Callable[[], Any] | None = None
    """The default factory of a defaultdict."""


def is_leaf(value: object) -> bool:
    """Whether the value is a number or an array."""
    return isinstance(value, (numbers.Number, np.ndarray, np.generic))


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree from left to right, and its structure.

    >>> leaves, structure = flatten({"W": 1.0, "layers": [(2.0, None), 3.0]})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> unflatten(structure, [10.0, 20.0, 30.0])
    {'W': 10.0, 'layers': [(20.0, None), 30.0]}
    """
    leaves: list[Any] = []
    return leaves, _collect(tree, leaves, {})


def unflatten(structure: Structure, leaves: list[Any]) -> Any:
    """The tree of this structure with these leaves."""
    remaining = iter(leaves)
    try:
        tree = _rebuild(structure, remaining, [])
    except StopIteration:
        raise ArgumentError(f"{len(leaves)} leaves are too few for the structure") from None
    if next(remaining, remaining) is not remaining:
        raise ArgumentError(f"{len(leaves)} leaves are too many for the structure")
    return tree


def leaves_like(structure: Structure, tree: Any) -> list[Any]:
    """What a tree has in the places of a structure's leaves; it may have anything in other places.

    >>> leaves_like(flatten((1.0, None, [2.0]))[1], (10.0, 0.0, [20.0]))
    [10.0, 20.0]
    """
    if isinstance(structure, Leaf):
        return [tree]
    if isinstance(structure, Container):
        found: Any = tree
        if is_plain(structure.kind):
            found = attributes_of(tree)
        pairs = zip(structure.keys, structure.children, strict=True)
        return [leaf for key, child in pairs for leaf in leaves_like(child, found[key])]
    if isinstance(structure, Registered):
        parts = registered[structure.kind][0](tree)[0]
        return [leaf for part, child in zip(parts, structure.children) for leaf in leaves_like(child, part)]
    return []


def is_alike(one: Structure, other: Structure) -> bool:
    """Whether two structures have leaves in the same places of the same containers; dicts may be in any order.

    >>> is_alike(flatten({"a": 1.0, "b": (2.0,)})[1], flatten({"b": (0.0,), "a": 3.0})[1])
    True
    """
    if isinstance(one, Container) and isinstance(other, Container):
        if one.kind is not other.kind or len(one.keys) != len(other.keys) or set(one.keys) != set(other.keys):
            return False
        children = dict(zip(other.keys, other.children))
        return all(is_alike(child, children[key]) for key, child in zip(one.keys, one.children))
    if isinstance(one, Registered) and isinstance(other, Registered):
        same = one.kind is other.kind and len(one.children) == len(other.children)
        return same and all(map(is_alike, one.children, other.children))
    return type(one) is type(other)


def map_structure(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The tree of `function(leaf, *leaves of the others)`; all must have the same structure.

    >>> map_structure(lambda x, dx: x - 0.5 * dx, [1.0, (2.0, "relu")], [2.0, (4.0, "relu")])
    [0.0, (0.0, 'relu')]
    """
    leaves, structure = flatten(tree)
    columns = [leaves]
    for other in others:
        column, found = flatten(other)
        if found != structure:
            raise ArgumentError(f"trees of different structure: {describe(tree)} and {describe(other)}")
        columns.append(column)
    return unflatten(structure, [function(*row) for row in zip(*columns, strict=True)])


def leaves_with_paths(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Pairs of a leaf's path, such as `['W'][0]`, and the leaf; an object that is met again is not entered again.

    >>> list(leaves_with_paths({"W": [1.0, 2.0], "b": 3.0}))
    [("['W'][0]", 1.0), ("['W'][1]", 2.0), ("['b']", 3.0)]
    """
    return _with_paths(tree, path, set())


def _with_paths(tree: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if is_leaf(tree):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _with_paths(value, f"{path}[{key!r}]", seen)
    elif isinstance(tree, (tuple, list)):
        names = getattr(tree, "_fields", None)
        for index, value in enumerate(tree):
            yield from _with_paths(value, f"{path}.{names[index]}" if names else f"{path}[{index}]", seen)
    elif is_plain(type(tree)) and id(tree) not in seen:
        seen.add(id(tree))
        for name, value in attributes_of(tree).items():
            yield from _with_paths(value, f"{path}.{name}", seen)


def joined(form: Form, parts: Any) -> Any:
    """What the parts stand for; None stands for None.

    >>> joined((dict, ("a", "b"), (None, (list, (), (None,)))), (1.0, (2.0,)))
    {'a': 1.0, 'b': [2.0]}
    """
    if form is AS_IT_IS or parts is None:
        return parts
    cls, keys, forms = form
    items = [joined(inner, part) for inner, part in zip(forms, parts, strict=True)]
    if cls in (tuple, list):
        return cls(items)
    return dict(zip(keys, items)) if cls is dict else new_object(cls, **dict(zip(keys, items)))


def parted(form: Form, value: Any) -> Any:
    """A value as the tuples of parts that stand for it; None stands for None.

    >>> parted((dict, ("a", "b"), (None, None)), {"b": 2.0, "a": 1.0})
    (1.0, 2.0)
    """
    if form is AS_IT_IS or value is None:
        return value
    cls, keys, forms = form
    items: Sequence[Any]
    if cls in (tuple, list):
        items = value
    else:
        items = [value[key] for key in keys] if cls is dict else [getattr(value, key) for key in keys]
    return tuple(parted(inner, item) for inner, item in zip(forms, items, strict=True))


def describe(tree: Any) -> str:
    """The structure of a tree for messages, with a star for each leaf.

    >>> describe((1.0, {"W": 2.0, "name": None}))
    "(*, {'W': *, 'name': None})"
    """
    return _described(tree, frozenset())


def _described(tree: Any, around: frozenset[int]) -> str:
    if is_leaf(tree):
        return "*"
    if id(tree) in around:
        return "..."
    around |= {id(tree)}
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {_described(value, around)}" for key, value in tree.items()) + "}"
    if isinstance(tree, (tuple, list)):
        inside = ", ".join(_described(value, around) for value in tree)
        if hasattr(tree, "_fields"):
            return f"{type(tree).__name__}({inside})"
        if isinstance(tree, list):
            return f"[{inside}]"
        return f"({inside},)" if len(tree) == 1 else f"({inside})"
    if is_plain(type(tree)):
        inside = ", ".join(f"{name}={_described(value, around)}" for name, value in attributes_of(tree).items())
        return f"{type(tree).__name__}({inside})"
    return repr(tree)


def _collect(tree: Any, leaves: list[Any], seen: dict[int, int]) -> Structure:
    if is_leaf(tree):
        leaves.append(tree)
        return Leaf()
    if isinstance(tree, dict):
        children = tuple(_collect(value, leaves, seen) for value in tree.values())
        return Container(type(tree), tuple(tree), children, getattr(tree, "default_factory", None))
    if isinstance(tree, (tuple, list)):
        children = tuple(_collect(value, leaves, seen) for value in tree)
        return Container(type(tree), tuple(range(len(tree))), children)
    if is_plain(type(tree)):
        return _collect_object(tree, leaves, seen)
    return Other(tree)


def _collect_object(tree: Any, leaves: list[Any], seen: dict[int, int]) -> Structure:
    if id(tree) in seen:
        return Again(seen[id(tree)])
    seen[id(tree)] = len(seen)
    kind: Any = type(tree)
    if kind in registered:
        parts, rest = registered[kind][0](tree)
        return Registered(kind, rest, tuple(_collect(part, leaves, seen) for part in parts))
    found = attributes_of(tree)
    return Container(kind, tuple(found), tuple(_collect(value, leaves, seen) for value in found.values()))


def _rebuild(structure: Structure, leaves: Iterator[Any], made: list[Any]) -> Any:
    if isinstance(structure, Leaf):
        return next(leaves)
    if isinstance(structure, Other):
        return structure.value
    if isinstance(structure, Again):
        return made[structure.number]
    if isinstance(structure, Registered):
        made.append(None)
        place = len(made) - 1
        parts = [_rebuild(child, leaves, made) for child in structure.children]
        made[place] = registered[structure.kind][1](structure.rest, parts)
        return made[place]
    assert isinstance(structure, Container)
    kind: Any = structure.kind
    if is_plain(kind):
        made.append(new_object(kind))
        result = made[-1]
        for name, child in zip(structure.keys, structure.children, strict=True):
            object.__setattr__(result, name, _rebuild(child, leaves, made))
        return result
    children = [_rebuild(child, leaves, made) for child in structure.children]
    if issubclass(kind, dict):
        pairs = zip(structure.keys, children, strict=True)
        return kind(structure.default, pairs) if issubclass(kind, defaultdict) else kind(pairs)
    return kind(*children) if hasattr(kind, "_fields") else kind(children)
