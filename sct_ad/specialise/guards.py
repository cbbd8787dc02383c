"""Guards -> expressions that test them: what a specialised text relies on, re-checked before each call."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.signature import dispatch_key


def guard_tests(guards: list[Guard]) -> tuple[list[str], dict[str, Any]]:
    """The text of one test per guard, and the objects that the tests name."""
    bindings: dict[str, Any] = {"key_of": dispatch_key}
    tests = []
    for number, guard in enumerate(guards):
        bindings[f"place{number}"] = guard.place
        path = list(guard.path)
        if isinstance(guard.place, types.CellType):
            value = f"place{number}.cell_contents"
        else:
            value = f"place{number}[{path.pop(0)!r}]"
        value += "".join(f".{attr}" for attr in path)
        if guard.expected_type is not None:
            bindings[f"expected{number}"] = dispatch_key(_follow(guard))
            tests.append(f"key_of({value}) == expected{number}")
        else:
            bindings[f"expected{number}"] = guard.expected
            tests.append(f"{value} {'==' if isinstance(guard.expected, str) else 'is'} expected{number}")
    return tests, bindings


def compile_guards(guards: list[Guard]) -> Callable[[], bool]:
    """A function without arguments that is true as long as every guard holds.

    >>> place = {"n": 1.0}
    >>> holds = compile_guards([Guard(place, ("n",), expected=place["n"])])
    >>> holds(), place.update(n=2.0), holds()
    (True, None, False)
    """
    tests, bindings = guard_tests(guards)
    text = (
        "def holds():\n"
        "    try:\n"
        f"        return {' and '.join(tests) or 'True'}\n"
        "    except (KeyError, ValueError, AttributeError):\n"
        "        return False\n"
    )
    exec(compile(text, "<sct_ad guards>", "exec"), bindings)
    return bindings["holds"]  # type: ignore[no-any-return]


def _follow(guard: Guard) -> Any:
    path = list(guard.path)
    value = guard.place.cell_contents if isinstance(guard.place, types.CellType) else guard.place[path.pop(0)]
    for attr in path:
        value = getattr(value, attr)
    return value
