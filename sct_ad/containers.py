"""Classes of the user's as containers: how their objects are taken apart into numbers and arrays, and built again."""

from __future__ import annotations

from sct_ad import objects
from sct_ad.errors import ArgumentError
from sct_ad.rules import registry


def register_container(cls: type, flatten: objects.Flatten, unflatten: objects.Unflatten) -> type:
    """Say how the gradient with respect to an object of a class is built.

    Objects of classes written in Python are containers by themselves: their attributes are differentiated, and the
    gradient is an object of the same class, made without calling `__init__`. Registration is for a class that has to
    be built in another way, and for one of a library, which is not looked into otherwise.

    Args:
        cls: the class; its objects keep what is differentiated in attributes.
        flatten: `flatten(x)` returns `(children, rest)`: the attributes that are differentiated, in order, and
            anything that is needed to build the object again. It is called with an object whose attributes are
            gradients, too.
        unflatten: `unflatten(rest, children)` returns an object of the class.

    Returns:
        The class.

    Raises:
        ArgumentError: what is registered is no class, or is built into Python, or the functions cannot be called.

    """
    if not isinstance(cls, type) or not callable(flatten) or not callable(unflatten):
        raise ArgumentError(
            "register_container expects a class and two functions\n"
            "  instead: register_container(Model, lambda m: ((m.W,), None), lambda rest, children: Model(*children))"
        )
    if cls.__module__ == "builtins":
        raise ArgumentError(f"{cls.__name__} is a container of Python's own\n  instead: register a class of yours")
    objects.register(cls, flatten, unflatten)
    registry.renew()
    return cls
