"""What can be reached from a function: numbered in the order in which it is found, and described.

Names in the code of functions, closure cells, defaults, attributes, classes and what they hold are followed to any
depth; libraries are not looked into. Where two processes find the same descriptions, what has the same number is the
same thing: a stored text says by numbers what its names denote.

Floats and arrays that emitted text reads where they are, from globals, cells and attributes, are described by their
types; all other values, which may have been made part of the text, by themselves.
"""

from __future__ import annotations

import abc
import builtins
import collections
import dataclasses
import enum
import functools
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from sct_ad import objects
from sct_ad.disk.fingerprints import Facts, code_facts, digest, lines_of, names_in
from sct_ad.disk.homes import OWN, Undescribed, imported, stamp_of
from sct_ad.rules.custom import CustomFunction
from sct_ad.specialise.signature import size_class
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.values import NO_VALUE, Abstract, Factory, is_matrix_class

_HEAP_TYPE = 1 << 9
_MOST_THINGS = 4000
_MOST_ITEMS = 100_000
_MOST_BYTES = 1 << 16
"""Larger arrays are not described by what is in them."""

_PLAIN = (type(None), bool, int, str, bytes, type(...), type(NotImplemented))
_NUMBERS = (float, complex)
_CONTAINERS = (tuple, list, dict, set, frozenset, collections.OrderedDict, collections.defaultdict, collections.deque)
_UNTOLD = {
    "__dict__", "__weakref__", "__doc__", "__annotations__", "__annotate__", "__annotations_cache__",
    "__annotate_func__", "__static_attributes__", "__firstlineno__", "__abstractmethods__", "_abc_impl", "__module__",
    "__orig_bases__", "__parameters__", "__dataclass_fields__", "__dataclass_params__",
}  # fmt: skip
"""What classes hold under these names says nothing about their objects, or is said in other ways."""


class Surroundings:
    """The things around a function, by number."""

    def __init__(self, asked: Facts) -> None:
        """`asked` is what is to be compiled: functions with their arguments, in partial objects and tuples."""
        self.things: list[Any] = []
        self.opaque: set[int] = set()
        """Numbers of things of which little more than the class is described."""
        self.places: dict[int, list[Any]] = {}
        """Identity of a cell, code object, tuple of defaults or dict of names -> how it is found from a thing."""
        self._numbers: dict[tuple[int, bool], int] = {}
        self._fixed: list[bool] = []
        self._items = 0
        self._asked: set[int] = set()
        facts: list[Facts] = [self._inline(asked)]
        while len(facts) <= len(self.things):
            number = len(facts) - 1
            facts.append(self._described(number, self.things[number], self._fixed[number]))
        if self._asked & self.opaque:
            raise Undescribed("an argument that the compiler may look into")
        self.facts = facts

    def digest(self) -> str:
        """A hash of all descriptions."""
        return digest(self.facts)

    def number(self, value: Any) -> int | None:
        """The number of a thing, None if it was not met."""
        found = self._numbers.get((id(value), True))
        return self._numbers.get((id(value), False)) if found is None else found

    # Values within descriptions

    def _facts(self, value: Any, fixed: bool) -> Facts:
        """A value: plain ones by themselves, all others by number; with `fixed`, floats are plain."""
        kind = type(value)
        if kind in _PLAIN:
            return (kind.__name__, repr(value))
        if kind in _NUMBERS:
            return (kind.__name__, repr(value)) if fixed else (kind.__name__,)
        if isinstance(value, (np.number, np.bool_)):
            return ("scalar", value.dtype.str, value.tobytes()) if fixed else ("scalar", value.dtype.str)
        if isinstance(value, Abstract) or (dataclasses.is_dataclass(kind) and kind.__module__.startswith(f"{OWN}.")):
            if not kind.__dataclass_params__.frozen:
                raise Undescribed(f"a {kind.__name__}, which may change")
            return (kind.__name__, *self._fields(value))
        if kind is Dim:
            return ("dim", *self._fields(value))
        if value is NO_VALUE:
            return ("no value",)
        if kind is Factory:
            return ("factory", self._facts(value.value, True), self._facts(value.identity, True))
        if kind is tuple and not value:
            return ("tuple",)
        return ("#", self._numbered(value, fixed and kind in (*_CONTAINERS, np.ndarray)))

    def _fields(self, value: Any) -> Iterator[Facts]:
        for field in dataclasses.fields(value):
            yield self._inline(getattr(value, field.name))

    def _inline(self, value: Any) -> Facts:
        """What is asked for, and is not met in other ways."""
        if type(value) is tuple:
            return ("tuple", *map(self._inline, value))
        if type(value) is dict:
            return ("dict", *map(self._inline, value.items()))
        if type(value) is functools.partial:
            return ("partial", *map(self._inline, (value.func, value.args, value.keywords)))
        found = self._facts(value, True)
        if found[0] == "#":
            self._asked.add(found[1])
        return found

    def _numbered(self, value: Any, fixed: bool) -> int:
        key = (id(value), fixed)
        if key not in self._numbers:
            if len(self.things) >= _MOST_THINGS:
                raise Undescribed(f"more than {_MOST_THINGS} things")
            self._numbers[key] = len(self.things)
            self.things.append(value)
            self._fixed.append(fixed)
        return self._numbers[key]

    def _several(self, values: Iterable[Any], fixed: bool) -> Facts:
        return tuple(self._facts(value, fixed) for value in values)

    def _entries(self, entries: Iterable[tuple[Any, Any]], fixed: bool) -> Facts:
        return tuple((self._facts(key, True), self._facts(value, fixed)) for key, value in entries)

    # Things

    def _described(self, number: int, value: Any, fixed: bool) -> Facts:
        kind = type(value)
        home = imported(value)
        if home is not None:
            return ("library", *home, stamp_of(home[0]))
        if kind is types.FunctionType:
            return self._function(number, value)
        if isinstance(value, type):
            return (
                self._class(value) if value.__flags__ & _HEAP_TYPE else ("type", value.__module__, value.__qualname__)
            )
        if isinstance(value, types.ModuleType):
            self.places.setdefault(id(vars(value)), ["names", number])
            return ("module", value.__name__)
        if kind in _CONTAINERS or (isinstance(value, tuple) and hasattr(kind, "_fields")):
            return self._container(value, fixed)
        if isinstance(value, np.ndarray):
            return self._array(number, value, fixed)
        for cls, parts in _PARTS.items():
            if isinstance(value, cls):
                return (cls.__name__, *self._several(parts(value), True))
        if isinstance(value, enum.Enum):
            return ("member", self._facts(kind, True), value._name_, self._facts(value._value_, True))
        if isinstance(value, np.dtype):
            return ("dtype", value.str if value.names is None else repr(value.descr))
        if isinstance(value, CustomFunction) or kind.__module__.startswith(f"{OWN}."):
            return self._own_object(number, value)
        if hasattr(kind, "py_func") or "py_func" in getattr(value, "__dict__", ()):
            return ("compiled", self._facts(kind, True), self._facts(value.py_func, True))
        if objects.is_plain(kind):
            return self._object(number, value)
        return self._anything(number, value)

    def _function(self, number: int, function: types.FunctionType) -> Facts:
        code, own_globals = function.__code__, function.__globals__
        for place, name in (
            (code, "code"),
            (function.__defaults__, "defaults"),
            (function.__kwdefaults__, "kwdefaults"),
        ):
            if place is not None:
                self.places.setdefault(id(place), [name, number])
        self.places.setdefault(id(own_globals), ["globals", number])
        facts: list[Any] = [
            (function.__name__, function.__qualname__, own_globals.get("__name__")),
            code_facts(code),
            lines_of(function),
            self._several(function.__defaults__ or (), True),
            self._entries((function.__kwdefaults__ or {}).items(), True),
            self._entries(vars(function).items(), True),
        ]
        modules: list[types.ModuleType] = []
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            self.places.setdefault(id(cell), ["cell", number, name])
            try:
                facts.append(("cell", name, self._named(cell.cell_contents, modules)))
            except ValueError:
                facts.append(("empty", name))
        names = names_in(code)
        for name in names:
            if name in own_globals:
                facts.append(("global", name, self._named(own_globals[name], modules)))
            elif name in vars(builtins):
                facts.append(("builtin", name, self._named(vars(builtins)[name], modules)))
        for module in modules:  # which grows
            live = stamp_of(module.__name__) is None
            for name in names:
                if name in vars(module):
                    facts.append((module.__name__, name, self._named(vars(module)[name], modules, live)))
        return ("function", *facts)

    def _named(self, value: Any, modules: list[types.ModuleType], live: bool = True) -> Facts:
        """What a name stands for; modules, of which attributes may be read, are noted."""
        if isinstance(value, types.ModuleType) and not any(value is known for known in modules):
            modules.append(value)
        return self._facts(value, not live)

    def _class(self, cls: type) -> Facts:
        members = [(name, value) for name, value in vars(cls).items() if name not in _UNTOLD]
        facts: list[Any] = [
            (cls.__module__, cls.__qualname__, objects.is_plain(cls)),
            self._facts(type(cls), True),
            self._several(cls.__mro__[1:], True),
            self._entries(members, True),
            self._several(objects.registered.get(cls, ()), True),
            _virtual_subclasses(cls),
        ]
        for name, field in vars(cls).get("__dataclass_fields__", {}).items():
            told = (field.default, field.default_factory, field.init, getattr(field, "kw_only", False))
            facts.append((name, self._several(told, True), getattr(field._field_type, "name", "")))
        return ("class", *facts)

    def _container(self, value: Any, fixed: bool) -> Facts:
        kind = self._facts(type(value), True)
        self._items += len(value)
        if self._items > _MOST_ITEMS:
            raise Undescribed(f"containers of more than {_MOST_ITEMS} items")
        if isinstance(value, (set, frozenset)):
            if not all(type(item) in (*_PLAIN, *_NUMBERS) for item in value):
                raise Undescribed("a set of objects")
            return (kind, *sorted((type(item).__name__, repr(item)) for item in value))
        if isinstance(value, dict):
            factory = getattr(value, "default_factory", None)
            return (kind, self._facts(factory, True), self._entries(value.items(), fixed))
        return (kind, self._several(value, fixed))

    def _array(self, number: int, value: Any, fixed: bool) -> Facts:
        facts: Facts = (self._facts(type(value), True), value.dtype.str, tuple(map(size_class, value.shape)))
        if value.dtype.hasobject or value.dtype.names or (fixed and value.nbytes > _MOST_BYTES):
            self.opaque.add(number)
        elif fixed:
            facts += (value.shape, value.tobytes())
        return facts

    def _object(self, number: int, value: Any) -> Facts:
        """An object of a class in Python; what is in its `__dict__` is read where it is."""
        kind = type(value)
        own = getattr(value, "__dict__", {})
        self.places.setdefault(id(own), ["names", number])
        slots = [(name, item) for name, item in objects.attributes_of(value).items() if name not in own]
        return ("object", self._facts(kind, True), self._entries(slots, True), self._entries(own.items(), False))

    def _own_object(self, number: int, value: Any) -> Facts:
        """An object of this package: a custom derivative, or a derivative."""
        derivative = parts_of_derivative(value)
        if derivative is not None:
            return ("derivative", *self._several(derivative, True))
        cls = next(cls for cls in type(value).__mro__ if imported(cls) is not None)
        if not isinstance(value, CustomFunction):
            self.opaque.add(number)
            return ("opaque", self._facts(cls, True))
        own = {name: item for name, item in vars(value).items() if name not in functools.WRAPPER_ASSIGNMENTS}
        return ("custom", self._facts(cls, True), value.shown_name, self._entries(own.items(), True))

    def _anything(self, number: int, value: Any) -> Facts:
        """Something of which no more than the type counts, as long as no text holds it itself."""
        self.opaque.add(number)
        kind = type(value)
        facts: Facts = ("opaque", self._facts(kind, True))
        if isinstance(value, types.BuiltinFunctionType):
            return (*facts, value.__name__, self._facts(type(value.__self__), True))
        if isinstance(value, np.ufunc):
            return (*facts, value.__name__, value.nin, value.nout)
        if is_matrix_class(kind):
            shape = getattr(value, "shape", ())
            return (*facts, str(getattr(value, "dtype", "")), tuple(map(size_class, shape)))
        return facts


def _virtual_subclasses(cls: type) -> Facts:
    """The names of the classes that were registered with an abstract one."""
    told = getattr(abc, "_get_dump", None)
    if told is None or not isinstance(cls, abc.ABCMeta):
        return ()
    known = (reference() for reference in told(cls)[0])
    return tuple(sorted((each.__module__, each.__qualname__) for each in known if each is not None))


def parts_of_derivative(value: Any) -> tuple[type, Any, Any] | None:
    """The class, function and options that a derivative is made of; None for anything else."""
    made = type(value).__mro__[1:2]  # each has a class of its own
    own = getattr(value, "__dict__", {}) if made and (imported(made[0]) or ("",))[0].startswith(f"{OWN}.") else {}
    return (made[0], own["primal"], own["options"]) if "primal" in own and "options" in own else None


_PARTS: dict[type, Callable[[Any], Iterable[Any]]] = {
    types.MethodType: lambda value: (value.__func__, value.__self__),
    functools.partial: lambda value: (value.func, value.args, value.keywords),
    staticmethod: lambda value: (value.__func__,),
    classmethod: lambda value: (value.__func__,),
    property: lambda value: (value.fget, value.fset, value.fdel),
    functools.cached_property: lambda value: (value.func, value.attrname),
    functools._lru_cache_wrapper: lambda value: (value.__wrapped__,),
    np.vectorize: lambda value: (value.pyfunc, value.otypes, value.excluded, value.signature, value.cache),
    range: lambda value: (value.start, value.stop, value.step),
    slice: lambda value: (value.start, value.stop, value.step),
}
"""Objects that are made of others."""
