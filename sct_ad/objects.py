"""Objects of classes written in Python: which of them are looked into, and what their attributes are."""

from __future__ import annotations

import abc
import argparse
import enum
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

_LIBRARIES = {"numpy", "scipy", "numba", "sct_ad", "autograd", "jax", "torch", "pandas", "sklearn", "matplotlib"}
_COMPILED = ("_cython", "pybind11", "nanobind")
_BUILTIN_BASES = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float, complex, type)
_FOREIGN_BASES = (np.ndarray, np.generic, BaseException, enum.Enum, types.ModuleType, Mapping)
_ROOTS = (object, abc.ABC, typing.Generic, typing.Protocol)
_RECORDS = (types.SimpleNamespace, argparse.Namespace)
_HEAP_TYPE = 1 << 9

Flatten = Callable[[Any], tuple[Iterable[Any], Any]]
Unflatten = Callable[[Any, Iterable[Any]], Any]

registered: WeakKeyDictionary[type, tuple[Flatten, Unflatten]] = WeakKeyDictionary()
"""Classes whose objects are taken apart and built by functions of the user's."""

_known: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def is_plain(cls: type) -> bool:
    """Whether objects of a class are looked into: it is written in Python, and finds its attributes the usual way.

    >>> is_plain(types.SimpleNamespace), is_plain(float), is_plain(np.ndarray)
    (True, False, False)
    """
    found = _known.get(cls)
    if found is None:
        stands = cls in _stand_ins.values()
        found = _known[cls] = cls in _RECORDS or cls in registered or stands or _is_plain(cls)
    return found


def _is_plain(cls: type) -> bool:
    if issubclass(cls, (*_BUILTIN_BASES, *_FOREIGN_BASES)) or cls.__getattribute__ is not object.__getattribute__:
        return False
    return all(base in _ROOTS or _is_users(base) for base in cls.__mro__)


def _is_users(cls: type) -> bool:
    return bool(cls.__flags__ & _HEAP_TYPE) and not _is_library(cls.__module__ or "")


def is_users_module(module: types.ModuleType) -> bool:
    """Whether a module is none of a library's."""
    return not _is_library(module.__name__)


def _is_library(module: str) -> bool:
    root = module.partition(".")[0]
    standard = root in sys.stdlib_module_names and root != "__main__"
    return standard or root in _LIBRARIES or root.startswith(_COMPILED)


_stand_ins: dict[type, type] = {}


def stand_in(original: type, cls: type) -> None:
    """Let a class in plain Python be made in place of a library's, where that is made in a function."""
    _stand_ins[original] = cls
    _known[cls] = True


def standing_for(value: Any) -> type | None:
    """The class that is made in place of a library's class; None for everything else."""
    return _stand_ins.get(value) if isinstance(value, type) else None


def original_of(cls: type) -> type:
    """The library's class that a class stands for, or the class itself."""
    return next((original for original, other in _stand_ins.items() if other is cls), cls)


def register(cls: type, flatten: Flatten, unflatten: Unflatten) -> None:
    """Let objects of a class be taken apart by `flatten(x)`, into children and a rest, and built by `unflatten`."""
    registered[cls] = (flatten, unflatten)
    _known.clear()


def rebuilt(primal: Any, gradient: Any) -> Any:
    """A registered object with the attributes of `gradient`, built by the class's own function as `primal` was."""
    flatten, unflatten = registered[type(primal)]
    return unflatten(flatten(primal)[1], list(flatten(gradient)[0]))


def slots_of(cls: type) -> list[str]:
    """The names in the `__slots__` of a class and its bases."""
    found: list[str] = []
    for base in reversed(cls.__mro__):
        slots = vars(base).get("__slots__", ())
        found += [slots] if isinstance(slots, str) else slots
    return [_mangled(cls, name) for name in found if name not in ("__dict__", "__weakref__")]


def _mangled(cls: type, name: str) -> str:
    if not name.startswith("__") or name.endswith("__"):
        return name
    owner = next(base for base in cls.__mro__ if name in vars(base).get("__slots__", ()))
    return f"_{owner.__name__.lstrip('_')}{name}"


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes that an object has of its own, in the order in which they were given.

    >>> attributes_of(types.SimpleNamespace(rate=0.5, name="adam"))
    {'rate': 0.5, 'name': 'adam'}
    """
    found: dict[str, Any] = {}
    for name in slots_of(type(value)):
        with suppress(AttributeError):  # a slot may be empty
            found[name] = getattr(value, name)
    found.update(getattr(value, "__dict__", {}))
    return found
