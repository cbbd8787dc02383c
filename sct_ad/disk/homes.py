"""Where functions, classes and modules come from: this package, a library with a version, or the user's own code."""

from __future__ import annotations

import os
import sys
import time
import types
from typing import Any

_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_stamps: dict[str, str] = {}

_NAMES_OF_TYPES = {value: name for name, value in vars(types).items() if isinstance(value, type)}

OWN = "sct_ad"
_LOADED = time.time()


class Undescribed(Exception):
    """Raised where something cannot be described so that another process would find the same."""


def has_changed(status: os.stat_result) -> bool:
    """Whether a file may be another one than the process has loaded."""
    return max(status.st_mtime, status.st_ctime) > _LOADED


def stamp_of(module: str) -> str | None:
    """What tells one version of a library's module from another; None for the user's own modules.

    >>> stamp_of("math"), stamp_of("__main__")
    ('standard', None)
    """
    if module not in _stamps:
        found = _stamp(module)
        if found is None:
            return None  # a module may be made anew, and elsewhere
        _stamps[module] = found
    return _stamps[module]


def _stamp(name: str) -> str | None:
    root = name.partition(".")[0]
    if root == OWN:
        return OWN
    module = sys.modules.get(name)
    if module is None or name == "__main__":
        return None
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return "standard" if root in sys.stdlib_module_names else None
    file = os.path.abspath(file)
    if _INSTALLED.isdisjoint(file.split(os.sep)):
        return "standard" if file.startswith(_STANDARD) and root in sys.stdlib_module_names else None
    version = getattr(sys.modules.get(root), "__version__", "")
    try:
        status = os.stat(file)
    except OSError:
        return None
    if has_changed(status):
        return None
    return f"{version} {status.st_size} {status.st_mtime_ns}"


def imported(value: Any) -> tuple[str, str] | None:
    """The module and name under which an object of this package or of a library is found; None where it is not.

    >>> imported(os.path.join)[1], imported(lambda: 0)
    ('join', None)
    """
    if isinstance(value, types.ModuleType):
        name = value.__name__
        return (name, "") if sys.modules.get(name) is value and stamp_of(name) is not None else None
    for module, name in _names(value):
        if isinstance(module, str) and isinstance(name, str) and stamp_of(module) is not None:
            if found_at(module, name) is value:
                return module, name
    return None


def _names(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, type):
        return [(value.__module__, value.__qualname__), ("types", _NAMES_OF_TYPES.get(value))]
    if isinstance(value, types.FunctionType):
        return [(value.__module__, value.__qualname__)]
    compiled = plain_function(value)
    if compiled is not None:
        return [(compiled.__module__, compiled.__qualname__)]
    if isinstance(value, types.BuiltinFunctionType):
        owner = value.__self__
        home = owner.__name__ if isinstance(owner, types.ModuleType) else getattr(value, "__module__", None)
        return [(home or "builtins", value.__qualname__)]
    if type(value).__module__ == "numpy" and type(value).__name__ in ("ufunc", "_ArrayFunctionDispatcher"):
        name = getattr(value, "__name__", None)
        return [(getattr(value, "__module__", None), name), ("numpy", name), ("scipy.special", name)]
    if isinstance(value, (types.MethodDescriptorType, types.WrapperDescriptorType)):
        return [(value.__objclass__.__module__, value.__qualname__)]
    return []


def plain_function(value: Any) -> types.FunctionType | None:
    """What Numba has made a function of, or another compiler that calls it so; None for anything else."""
    found = vars(value).get("py_func") if hasattr(value, "__dict__") and not isinstance(value, type) else None
    return found if isinstance(found, types.FunctionType) else None


def found_at(module: str, name: str) -> Any:
    """What a module holds under a dotted name, None where there is nothing; it has to be imported already."""
    found: Any = sys.modules.get(module)
    for part in name.split(".") if name else ():
        try:
            found = vars(found).get(part)
        except TypeError:
            return None
    return found
