"""What cotangents of a result look like: checked against the result's structure and shapes, and converted.

A slot is made when a derivative is compiled, as far as the types tell; `measured(value)` fills in what only a result
at run time shows, and holds no array of it. `fitted(cotangent, where)` is what the reverse sweep is given.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.objects import attributes_of, is_plain


class Slot:
    """A place in a result."""

    def measured(self, value: Any) -> Slot:
        """The slot with what only the value shows."""
        return self

    def fitted(self, cotangent: Any, where: str) -> Any:
        """The cotangent as the reverse sweep takes it; ArgumentError, naming the place, if it does not fit."""
        raise NotImplementedError

    def placed(self, cotangent: Any) -> Any:
        """What `fitted` makes of a cotangent's structure, with its numbers and arrays as they are."""
        return cotangent


@dataclass(frozen=True, slots=True)
class Free(Slot):
    """What has no derivative, such as an integer, a string or None: its cotangent is not looked at."""

    def fitted(self, cotangent: Any, where: str) -> Any:
        """A zero, whatever is given."""
        return 0.0

    def placed(self, cotangent: Any) -> Any:
        """A zero, whatever is given."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Number(Slot):
    """A real or complex number; `scalar` is the class of a NumPy scalar that the reverse sweep relies on."""

    is_complex: bool = False
    scalar: type | None = None

    def fitted(self, cotangent: Any, where: str) -> Any:
        """The cotangent as a float, or a complex number."""
        value = cotangent[()] if isinstance(cotangent, np.ndarray) and cotangent.shape == () else cotangent
        if not isinstance(value, (numbers.Number, np.bool_)):
            _refuse(where, f"is {_described(value)}, and the result a number", "pass a number, such as 1.0")
        if not self.is_complex and isinstance(value, numbers.Complex) and not isinstance(value, numbers.Real):
            _refuse(where, "is complex, and the result is real", "pass its real part")
        plain = complex(value) if self.is_complex else float(value)  # type: ignore[arg-type]
        return plain if self.scalar is None else self.scalar(plain)


@dataclass(frozen=True, slots=True)
class ArrayOf(Slot):
    """An array of a shape and dtype."""

    shape: tuple[int, ...] | None = None
    dtype: Any = None

    def measured(self, value: Any) -> Slot:
        """The slot for this array."""
        if type(value) is not np.ndarray or value.dtype.kind not in "fc":
            return measured(value)
        return ArrayOf(value.shape, value.dtype)

    def fitted(self, cotangent: Any, where: str) -> Any:
        """The cotangent as an array of this dtype."""
        if type(cotangent) is np.ndarray and cotangent.shape == self.shape and cotangent.dtype == self.dtype:
            return cotangent
        if isinstance(cotangent, numbers.Number) and self.shape == ():
            cotangent = np.asarray(cotangent)
        if not isinstance(cotangent, (np.ndarray, np.generic)):
            what = f"is {_described(cotangent)}, and the result an array of shape {self.shape}"
            _refuse(where, what, f"pass an array, such as np.ones({self.shape})")
        if cotangent.shape != self.shape:
            what = f"has shape {cotangent.shape}, and the result shape {self.shape}"
            _refuse(where, what, f"pass an array of shape {self.shape}, such as np.ones({self.shape})")
        if cotangent.dtype.kind not in "fciub":
            _refuse(where, f"is an array of {cotangent.dtype}", "pass an array of numbers")
        if cotangent.dtype.kind == "c" and self.dtype.kind != "c":
            _refuse(where, "is complex, and the result is real", "pass its real part")
        return np.asarray(cotangent).astype(self.dtype)


@dataclass(frozen=True, slots=True)
class Items(Slot):
    """A tuple, a named tuple or a list."""

    cls: type
    slots: tuple[Slot, ...]

    def measured(self, value: Any) -> Slot:
        """The slot for these items."""
        found = tuple(slot.measured(item) for slot, item in zip(self.slots, value, strict=True))
        return self if all(new is old for new, old in zip(found, self.slots)) else Items(self.cls, found)

    def fitted(self, cotangent: Any, where: str) -> Any:
        """The cotangents of the items."""
        base = list if issubclass(self.cls, list) else tuple
        if not isinstance(cotangent, base):
            what = f"is {_described(cotangent)}, and the result a {self.cls.__name__}"
            _refuse(where, what, f"pass a {self.cls.__name__} of {len(self.slots)}, with a cotangent for each item")
        if len(cotangent) != len(self.slots):
            what = f"has {len(cotangent)} items, and the result {len(self.slots)}"
            _refuse(where, what, f"pass a {self.cls.__name__} of {len(self.slots)}, with a cotangent for each item")
        names = getattr(self.cls, "_fields", None)
        places = (f"{where}.{names[k]}" if names else f"{where}[{k}]" for k in range(len(self.slots)))
        return base(map(_fitted, self.slots, cotangent, places))

    def placed(self, cotangent: Any) -> Any:
        """The cotangents of the items."""
        base = list if issubclass(self.cls, list) else tuple
        return base(slot.placed(item) for slot, item in zip(self.slots, cotangent, strict=True))


def _fitted(slot: Slot, cotangent: Any, where: str) -> Any:
    return slot.fitted(cotangent, where)


@dataclass(frozen=True, slots=True)
class Entries(Slot):
    """A dict."""

    slots: tuple[tuple[Any, Slot], ...]

    def measured(self, value: Any) -> Slot:
        """The slot for these entries."""
        return Entries(tuple((key, slot.measured(value[key])) for key, slot in self.slots))

    def fitted(self, cotangent: Any, where: str) -> Any:
        """The cotangents of the entries."""
        keys = [key for key, _ in self.slots]
        if not isinstance(cotangent, dict):
            _refuse(where, f"is {_described(cotangent)}, and the result a dict", f"pass a dict with the keys {keys}")
        if cotangent.keys() != set(keys):
            what = f"has the keys {list(cotangent)}, and the result {keys}"
            _refuse(where, what, f"pass a dict with the keys {keys}")
        return {key: slot.fitted(cotangent[key], f"{where}[{key!r}]") for key, slot in self.slots}

    def placed(self, cotangent: Any) -> Any:
        """The cotangents of the entries."""
        return {key: slot.placed(cotangent[key]) for key, slot in self.slots}


@dataclass(frozen=True, slots=True)
class Attributes(Slot):
    """An object."""

    cls: type
    slots: tuple[tuple[str, Slot], ...]

    def measured(self, value: Any) -> Slot:
        """The slot for this object."""
        return Attributes(self.cls, tuple((name, slot.measured(getattr(value, name))) for name, slot in self.slots))

    def fitted(self, cotangent: Any, where: str) -> Any:
        """The cotangents of the attributes."""
        if not isinstance(cotangent, self.cls):
            what = f"is {_described(cotangent)}, and the result an object of class {self.cls.__name__}"
            _refuse(where, what, f"pass an object of class {self.cls.__name__}")
        found = attributes_of(cotangent)
        missing = [name for name, _ in self.slots if name not in found]
        if missing:
            _refuse(where, f"has no attribute '{missing[0]}'", "give it all attributes that the result has")
        return SimpleNamespace(**{name: slot.fitted(found[name], f"{where}.{name}") for name, slot in self.slots})

    def placed(self, cotangent: Any) -> Any:
        """The cotangents of the attributes."""
        found = attributes_of(cotangent)
        return SimpleNamespace(**{name: slot.placed(found[name]) for name, slot in self.slots})


@dataclass(frozen=True, slots=True)
class Dynamic(Slot):
    """A place of which only the run shows what is there."""

    def measured(self, value: Any) -> Slot:
        """The slot for this value."""
        return measured(value)


def measured(value: Any) -> Slot:
    """The slot for a value.

    >>> measured((1.0, {"n": 3}))
    Items(cls=<class 'tuple'>, slots=(Number(is_complex=False, scalar=None), Entries(slots=(('n', Free()),))))
    """
    return _measured(value, set())


def _measured(value: Any, around: set[int]) -> Slot:
    if type(value) in (float, complex):
        return Number(type(value) is complex)
    if isinstance(value, np.generic):
        return Number(value.dtype.kind == "c", type(value)) if value.dtype.kind in "fc" else Free()
    if isinstance(value, np.ndarray):
        return ArrayOf(value.shape, value.dtype) if value.dtype.kind in "fc" else Free()
    if id(value) in around:
        return Free()
    around = around | {id(value)}
    if isinstance(value, (tuple, list)):
        return Items(type(value), tuple(_measured(item, around) for item in value))
    if isinstance(value, dict):
        return Entries(tuple((key, _measured(item, around)) for key, item in value.items()))
    if is_plain(type(value)):
        found = attributes_of(value)
        return Attributes(type(value), tuple((name, _measured(item, around)) for name, item in found.items()))
    return Free()


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if value is None:
        return "None"
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _refuse(where: str, what: str, instead: str) -> NoReturn:
    raise ArgumentError(f"the cotangent of {where} {what}\n  instead: {instead}")
