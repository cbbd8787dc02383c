"""Objects that emitted text and its guards name, as data, and found again from that in another process."""

from __future__ import annotations

import dataclasses
import importlib
import sys
import types
from typing import Any

import numpy as np

from sct_ad import cotangents
from sct_ad.disk.homes import OWN, Undescribed, found_at, imported, stamp_of
from sct_ad.disk.surroundings import Surroundings, parts_of_derivative
from sct_ad.specialise.namespace import GlobalsView, view_of_globals
from sct_ad.specialise.signature import ById

Reference = list[Any]

_IMPORTED = ("numpy", "scipy", "numba", OWN)
"""Packages of which modules are imported if need be: what is compiled would import them as well."""


class References:
    """To and from data, for things around one function."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.stamps: dict[str, str] = {}
        """The modules of libraries that references name -> their versions."""
        self._held: dict[int, int] = {}
        self._holders: dict[int, types.SimpleNamespace] = {}

    # To data

    def refer(self, value: Any) -> Reference:
        """A value as data; Undescribed where there is no way."""
        found = _literal(value)
        if found is not None:
            return found
        number = self.around.number(value)
        if number is not None:
            if number in self.around.opaque:
                raise Undescribed(f"a {type(value).__name__}")
            return ["#", number]
        if id(value) in self.around.places:
            return self.around.places[id(value)]
        if isinstance(value, (types.ModuleType, GlobalsView)):
            held = vars(value)["_namespace"] if isinstance(value, GlobalsView) else vars(value)
            if id(held) in self.around.places:
                return ["view", self.around.places[id(held)]]
        home = imported(value)
        if home is not None:
            return ["import", *self._noted(home)]
        if type(value) is dict:
            return self._names_of_library(value)
        if type(value) is types.SimpleNamespace and list(vars(value)) == ["held"]:
            number = self._held.setdefault(id(value), len(self._held))
            return ["holder", number, self.refer(value.held)]
        if type(value) is tuple:
            return ["tuple", *map(self.refer, value)]
        if type(value) is ById:
            return ["by id", self.refer(value.value)]
        derivative = parts_of_derivative(value)
        if derivative is not None:
            return ["derivative", *map(self.refer, derivative)]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return ["record", self.refer(type(value)), *map(self.refer, value)]
        if isinstance(value, cotangents.Slot):
            fields = [self.refer(getattr(value, field.name)) for field in dataclasses.fields(value)]  # type: ignore[arg-type]
            return ["slot", type(value).__name__, *fields]
        raise Undescribed(f"a {type(value).__name__} that is not found from the function")

    def _noted(self, home: tuple[str, str]) -> tuple[str, str]:
        self.stamps[home[0]] = stamp_of(home[0]) or ""
        return home

    def _names_of_library(self, names: dict[str, Any]) -> Reference:
        name = names.get("__name__")
        module = sys.modules.get(name) if isinstance(name, str) else None
        if module is None or vars(module) is not names or imported(module) is None:
            raise Undescribed("a dict that is not found from the function")
        return ["names", *self._noted((module.__name__, ""))]

    # From data

    def resolve(self, reference: Reference) -> Any:
        """The value that data stand for; Undescribed where it is not there."""
        return _RESOLVERS[reference[0]](self, *reference[1:])

    def check_stamp(self, module: str, stamp: str) -> None:
        """Raise Undescribed unless a library's module is there in the version that it had."""
        _have(module)
        if stamp_of(module) != stamp:
            raise Undescribed(f"{module} in another version")

    def _thing(self, number: int) -> Any:
        return self.around.things[number]

    def _imported(self, module: str, name: str) -> Any:
        _have(module)
        found = found_at(module, name)
        if found is None or imported(found) != (module, name):
            raise Undescribed(f"{module}.{name}")
        return found

    def _names(self, number: int | str, name: str = "") -> Any:
        return vars(self._imported(number, name) if isinstance(number, str) else self._thing(number))

    def _cell(self, number: int, name: str) -> Any:
        function = self._thing(number)
        return function.__closure__[function.__code__.co_freevars.index(name)]

    def _view(self, place: Reference) -> Any:
        return view_of_globals(self.resolve(place))

    def _holder(self, identity: int, held: Reference) -> Any:
        if identity not in self._holders:
            self._holders[identity] = types.SimpleNamespace(held=self.resolve(held))
        return self._holders[identity]

    def _tuple(self, *items: Reference) -> tuple[Any, ...]:
        return tuple(map(self.resolve, items))

    def _record(self, cls: Reference, *items: Reference) -> Any:
        return self.resolve(cls)(*map(self.resolve, items))

    def _by_id(self, held: Reference) -> ById:
        return ById(self.resolve(held))

    def _slot(self, name: str, *fields: Reference) -> Any:
        return getattr(cotangents, name)(*map(self.resolve, fields))


def _have(module: str) -> None:
    if module not in sys.modules and module.partition(".")[0] in _IMPORTED:
        try:
            importlib.import_module(module)
        except ImportError:
            raise Undescribed(f"{module}, which is not there") from None


def _literal(value: Any) -> Reference | None:
    """A plain value as data that JSON gives back exactly; None for anything else."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return ["=", value]
    if kind is float:
        return ["float", value.hex()]
    if kind is complex:
        return ["complex", value.real.hex(), value.imag.hex()]
    if kind is bytes:
        return ["bytes", value.hex()]
    if value is Ellipsis:
        return ["..."]
    if isinstance(value, np.dtype) and value.names is None and not value.hasobject:
        return ["dtype", value.str]
    if isinstance(value, (np.number, np.bool_)) and value.dtype.itemsize <= 16:
        return ["scalar", value.dtype.str, value.tobytes().hex()]
    return None


_RESOLVERS: dict[str, Any] = {
    "=": lambda self, value: value,
    "float": lambda self, value: float.fromhex(value),
    "complex": lambda self, real, imag: complex(float.fromhex(real), float.fromhex(imag)),
    "bytes": lambda self, value: bytes.fromhex(value),
    "...": lambda self: ...,
    "dtype": lambda self, value: np.dtype(value),
    "scalar": lambda self, dtype, value: np.frombuffer(bytes.fromhex(value), dtype)[0],
    "#": References._thing,
    "code": lambda self, number: self._thing(number).__code__,
    "defaults": lambda self, number: self._thing(number).__defaults__,
    "kwdefaults": lambda self, number: self._thing(number).__kwdefaults__,
    "globals": lambda self, number: self._thing(number).__globals__,
    "names": References._names,
    "cell": References._cell,
    "view": References._view,
    "import": References._imported,
    "holder": References._holder,
    "tuple": References._tuple,
    "record": References._record,
    "derivative": References._record,
    "by id": References._by_id,
    "slot": References._slot,
}
