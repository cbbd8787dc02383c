"""The free names of emitted text: which object, cell or live global each of them denotes."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from types import CellType
from typing import Any

import gast

from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.values import Abstract


@dataclass(frozen=True)
class Item:
    """A step of a path into a container, `[key]`."""

    key: Any


@dataclass(frozen=True)
class Guard:
    """Something that the specialised text relies on: re-checked before each call.

    `place` is a dict of globals or attributes, a cell, or the object whose attributes `path` names; following `path`
    from it must give the object `expected` or, where `expected_type` is set, a value of that abstract type.
    """

    place: Any
    path: tuple[str | Item, ...]
    expected: Any = None
    expected_type: Abstract | None = None


class GlobalsView:
    """Attribute access to a globals dict, for functions whose module object is gone."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        object.__setattr__(self, "_namespace", namespace)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._namespace[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._namespace[name] = value


@dataclass
class Namespace:
    """Collects the bindings that emitted text needs; names are unique over the whole text."""

    names: Names
    function_globals: dict[str, Any]
    objects: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, CellType] = field(default_factory=dict)
    guards: dict[tuple[int, tuple[str | Item, ...]], Guard] = field(default_factory=dict)
    types: dict[str, Abstract] = field(default_factory=dict)
    locals: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    """Variables on tapes that may be None: whatever their types say, no path may have defined them."""

    def denote(self, value: Any, hint: str) -> gast.Name:
        """A free name bound to the object itself."""
        for name, known in self.objects.items():
            if known is value:
                return nodes.name(name)
        free = self._free_name(hint)
        self.objects[free] = value
        return nodes.name(free)

    def builtin(self, name: str) -> gast.Name:
        """A free name that denotes a builtin, also where the user's module gives its name another meaning."""
        value = getattr(builtins, name)
        taken = name in self.function_globals or name in self.locals or name in self.types or name in self.cells
        if not taken and self.objects.get(name, value) is value:
            return nodes.name(name)
        for known, other in self.objects.items():
            if other is value:
                return nodes.name(known)
        fresh = self.names.fresh(name)
        self.objects[fresh] = value
        return nodes.name(fresh)

    def share_cell(self, cell: CellType, hint: str) -> gast.Name:
        """A free name that reads a user's closure cell."""
        for name, known in self.cells.items():
            if known is cell:
                return nodes.name(name)
        free = self._free_name(hint)
        self.cells[free] = cell
        return nodes.name(free)

    def _free_name(self, hint: str) -> str:
        """The hint itself where nothing else is called so."""
        used = (self.objects, self.locals, self.types, self.cells)
        name = self.names.fresh(hint) if any(hint in names for names in used) else hint
        self.names.taken.add(name)
        return name

    def live_global(self, function_globals: dict[str, Any], name: str) -> nodes.Expr:
        """An expression that reads a global at call time, from the function's own module."""
        if function_globals is self.function_globals and name not in self.objects and name not in self.locals:
            self.names.taken.add(name)
            return nodes.name(name)
        return nodes.attribute(self.denote(view_of_globals(function_globals), module_hint(function_globals)), name)

    def guard(self, guard: Guard) -> None:
        """Note something to be re-checked before each call."""
        self.guards[id(guard.place), guard.path] = guard


_views: dict[int, GlobalsView] = {}


def view_of_globals(function_globals: dict[str, Any]) -> Any:
    """The module whose globals these are, or a view of them with attribute access."""
    import sys

    module = sys.modules.get(function_globals.get("__name__", ""))
    if module is not None and vars(module) is function_globals:
        return module
    return _views.setdefault(id(function_globals), GlobalsView(function_globals))


def module_hint(function_globals: dict[str, Any]) -> str:
    """A readable name for the module of these globals."""
    last = str(function_globals.get("__name__", "module")).rpartition(".")[2]
    return last if last.isidentifier() else "module"
