"""Guards -> expressions that test them: what a specialised text relies on, re-checked before each call."""

from __future__ import annotations

import types
from collections.abc import Callable, Container
from typing import Any

from sct_ad.specialise.namespace import Guard, Item
from sct_ad.specialise.signature import dispatch_key

FAILURES = "(KeyError, NameError, ValueError, AttributeError)"
"""What a test raises where a name or attribute is gone: the guard does not hold then."""

Bind = Callable[[str, Any], str]
"""Binds an object to a free name like the one given, and returns the name."""


def guard_tests(guards: list[Guard], bind: Bind, own: tuple[dict[str, Any], Container[str]] = ({}, ())) -> list[str]:
    """The text of one test per guard; objects that the tests name go through `bind`.

    `own` are the globals of the function that the tests stand in, and the names that mean something else there:
    globals that are read by their own name are found fastest.
    """
    tests = []
    for guard in guards:
        path = list(guard.path)
        first = path[0] if path else None
        if guard.place is own[0] and isinstance(first, str) and first.isidentifier() and first not in own[1]:
            value = first
            del path[0]
        elif isinstance(guard.place, types.CellType):
            value = f"{bind('place', guard.place)}.cell_contents"
        elif isinstance(guard.place, dict):
            value = f"{bind('place', guard.place)}[{path.pop(0)!r}]"
        else:
            value = bind("place", guard.place)
        value += "".join(f"[{step.key!r}]" if isinstance(step, Item) else f".{step}" for step in path)
        if guard.expected_type is not None:
            expected = bind("expected", dispatch_key(follow(guard)))
            tests.append(f"{bind('key_of', dispatch_key)}({value}) == {expected}")
        else:
            expected = bind("expected", guard.expected)
            equal = type(guard.expected) in (str, int)
            tests.append(f"{value} {'==' if equal else 'is'} {expected}")
            if type(guard.expected) is int:
                tests.append(f"{bind('type', type)}({value}) is {bind('int', int)}")
    return tests


def compile_guards(guards: list[Guard]) -> Callable[[], bool]:
    """A function without arguments that is true as long as every guard holds.

    >>> place = {"n": 1.0}
    >>> holds = compile_guards([Guard(place, ("n",), expected=place["n"])])
    >>> holds(), place.update(n=2.0), holds()
    (True, None, False)
    """
    bindings: dict[str, Any] = {}

    def bind(hint: str, value: Any) -> str:
        name = f"{hint}{len(bindings)}"
        bindings[name] = value
        return name

    tests = guard_tests(guards, bind)
    text = (
        "def holds():\n"
        "    try:\n"
        f"        return {' and '.join(tests) or 'True'}\n"
        f"    except {FAILURES}:\n"
        "        return False\n"
    )
    exec(compile(text, "<sct_ad guards>", "exec"), bindings)
    return bindings["holds"]  # type: ignore[no-any-return]


def follow(guard: Guard) -> Any:
    """What the place of a guard holds now."""
    path = list(guard.path)
    if isinstance(guard.place, types.CellType):
        value = guard.place.cell_contents
    else:
        value = guard.place[path.pop(0)] if isinstance(guard.place, dict) else guard.place
    for step in path:
        value = value[step.key] if isinstance(step, Item) else getattr(value, step)
    return value
