"""Objects at run time: made without their class's `__init__`, attribute by attribute."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

Form = Any
"""What a tuple of parts stands for: `(class, attributes or keys, forms of the parts)`; AS_IT_IS for itself."""

AS_IT_IS: Form = None


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
