"""Objects at run time: made without their class's `__init__`, attribute by attribute."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def new_object(cls: type, /, **attributes: Any) -> Any:
    """An object of a class with these attributes."""
    made: Any = (SimpleNamespace if issubclass(cls, SimpleNamespace) else object).__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


def object_like(template: Any, /, **attributes: Any) -> Any:
    """A new object with the attributes of another one, some of them replaced.

    >>> layer = SimpleNamespace(W=1.0, name="first")
    >>> object_like(layer, W=2.0)
    namespace(W=2.0, name='first')
    """
    found = {}
    for base in type(template).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            plain = name if not name.startswith("__") or name.endswith("__") else f"_{base.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__") and hasattr(template, plain):
                found[plain] = getattr(template, plain)
    return new_object(type(template), **{**found, **getattr(template, "__dict__", {}), **attributes})
