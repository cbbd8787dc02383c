"""What Numba takes for constants when it compiles a function: all that its code reaches, by value.

Where `Surroundings` describe what a compiler of text may have looked at, these descriptions hold the values, too, of
globals and closure cells, also of functions compiled by the user that are called: machine code has them built in.
"""

from __future__ import annotations

import types
from typing import Any

from sct_ad.disk.fingerprints import Facts, code_facts
from sct_ad.disk.homes import OWN, Undescribed, found_at, imported, plain_function, stamp_of
from sct_ad.disk.surroundings import Surroundings

_PLAIN = (type(None), bool, int, float, str)


class Frozen(Surroundings):
    """The things around a function of Numba's; Undescribed where one cannot be told by its value."""

    def __init__(self, asked: Facts) -> None:
        self.foreign: list[Any] = []
        """Functions of Numba's that were not made for this one."""
        self.data = False
        """Whether functions that were not emitted read anything but functions and modules from around them."""
        self._looking = False
        super().__init__(asked)
        if self.opaque:
            raise Undescribed("something that is not known by its value")

    def _facts(self, value: Any, fixed: bool) -> Facts:
        return super()._facts(value, True)

    def _described(self, number: int, value: Any, fixed: bool) -> Facts:
        function = plain_function(value)
        if function is None or imported(value) is not None:
            return super()._described(number, value, fixed)
        if value.locals or not all(_is_plain(option) for option in value.targetoptions.values()):
            raise Undescribed("types of variables, or other options of its own")
        if not is_emitted(function):
            self.foreign.append(value)
        options = sorted((name, _in_order(option)) for name, option in value.targetoptions.items())
        fixed_signatures = () if value._can_compile else tuple(map(str, value.overloads))
        return ("compiled", self._facts(type(value), True), options, fixed_signatures, self._facts(function, True))

    def _function(self, number: int, function: types.FunctionType) -> Facts:
        if _is_of_package(function):
            return ("own", function.__module__, function.__qualname__, code_facts(function.__code__))
        if is_emitted(function):
            return super()._function(number, function)
        self._looking, code = True, function.__code__
        try:
            place = (code.co_filename, code.co_firstlineno)  # which tracebacks name
            return (place, *super()._function(number, function))
        finally:
            self._looking = False

    def _named(self, value: Any, modules: list[types.ModuleType], live: bool = True) -> Facts:
        if self._looking and not callable(value) and not isinstance(value, types.ModuleType):
            self.data = True
        return super()._named(value, modules, live)

    def _class(self, cls: type) -> Facts:
        if found_at(cls.__module__, cls.__qualname__) is not cls or cls.__module__ == "__main__":
            raise Undescribed("a class that Numba copies")
        return super()._class(cls)

    def _array(self, number: int, value: Any, fixed: bool) -> Facts:
        flags = value.flags
        return (*super()._array(number, value, True), flags.c_contiguous, flags.f_contiguous, flags.writeable)

    def _own_object(self, number: int, value: Any) -> Facts:
        raise Undescribed(f"a {type(value).__name__}")

    def _anything(self, number: int, value: Any) -> Facts:
        raise Undescribed(f"a {type(value).__name__}")


def is_emitted(function: types.FunctionType) -> bool:
    """Whether a function was loaded from emitted text."""
    return function.__code__.co_filename.startswith(f"<{OWN} ")


def _is_of_package(function: types.FunctionType) -> bool:
    """Whether a function is one of this package's, or a copy of it that calls compiled functions."""
    if function.__closure__ or stamp_of(function.__module__ or "") != OWN:
        return False
    found = found_at(function.__module__, function.__qualname__) or found_at(function.__module__, function.__name__)
    return getattr(plain_function(found) or found, "__code__", None) is function.__code__


def _is_plain(value: Any) -> bool:
    """Whether the repr of an option says all of it."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return all(map(_is_plain, value)) if isinstance(value, (set, frozenset)) else type(value) in _PLAIN


def _in_order(value: Any) -> str:
    """The repr of an option, the same in each process."""
    if isinstance(value, dict):
        return repr(sorted((repr(key), _in_order(item)) for key, item in value.items()))
    return repr(sorted(map(repr, value))) if isinstance(value, (set, frozenset)) else repr(value)
