"""The way from a call to the emitted function, as short as Python allows.

A derivative object's class gets a `__call__` of its own, written for the argument types that were seen last: a
few type tests and guards, then the call. Whatever does not fit goes the general way.
`hits` counts the calls.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.compiler import Compiled
from sct_ad.emit.load import annotate_error
from sct_ad.rules import registry
from sct_ad.specialise.guards import guard_tests

_SIMPLE = (float, int)


_rewritten: weakref.WeakSet[type] = weakref.WeakSet()


def install(cls: type, call: Callable[..., Any]) -> None:
    """Let the objects of a class be called by `call`, until a rule is registered."""
    cls.__call__ = call  # type: ignore[method-assign, assignment]
    _rewritten.add(cls)


def uninstall(cls: type) -> None:
    """Let the objects of a class be called the general way again."""
    if "__call__" in vars(cls):
        del cls.__call__  # type: ignore[method-assign]


def _uninstall_all() -> None:
    for cls in list(_rewritten):
        uninstall(cls)


registry.subscribe(_uninstall_all)


def shortcut(
    compiled: Compiled, args: tuple[Any, ...], general: Callable[..., Any], hits: list[int]
) -> Callable[..., Any] | None:
    """A `__call__(self, ...)` for arguments of the same types as `args`; None where they need the general way."""
    if compiled.written or len(args) > 12:
        return None
    names = [f"a{k}" for k in range(len(args))]
    tests: list[str] = []
    bindings: dict[str, Any] = {
        "general": general,
        "emitted": compiled.function,
        "missing": object(),
        "hits": hits,
        "annotate_error": annotate_error,
    }
    for name, value in zip(names, args, strict=True):
        test = _type_test(name, value, bindings)
        if test is None:
            return None
        tests.append(test)
    guards, objects = guard_tests(compiled.guards)
    bindings.update(objects)
    tests += guards
    parameters = "".join(f", {name}=missing" for name in names)
    passed = ", ".join(names)
    text = (
        f"def __call__(self{parameters}, /, *rest, **named):\n"
        "    try:\n"
        f"        fits = {' and '.join(tests)} and not rest and not named\n"
        "    except (KeyError, ValueError, AttributeError):\n"
        "        fits = False\n"
        "    if fits:\n"
        "        hits[0] += 1\n"
        "        try:\n"
        f"            return emitted({passed})\n"
        "        except Exception as error:\n"
        "            annotate_error(error)\n"
        "            raise\n"
        f"    given = tuple([a for a in ({passed}{',' if names else ''}) if a is not missing])\n"
        "    return general(self, *given, *rest, **named)\n"
    )
    exec(compile(text, "<sct_ad dispatch>", "exec"), bindings)
    return bindings["__call__"]  # type: ignore[no-any-return]


def _type_test(name: str, value: Any, bindings: dict[str, Any]) -> str | None:
    """The text of a test that holds exactly for values of the same dispatch key."""
    cls = type(value)
    if cls in _SIMPLE:
        return f"type({name}) is {cls.__name__}"
    if cls is np.ndarray and 1 not in value.shape:
        bindings["ndarray"], bindings[f"dtype_{name}"] = np.ndarray, value.dtype
        return (
            f"type({name}) is ndarray and {name}.dtype is dtype_{name} and {name}.ndim == {value.ndim}"
            f" and 1 not in {name}.shape"
        )
    return None
