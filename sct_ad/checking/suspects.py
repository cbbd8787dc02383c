"""The functions with derivative rules of the user's that a call runs, with the arguments of their first calls."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from sct_ad.arguments import flatten_variadic, parameter_names
from sct_ad.checking.occasions import Occasion, fresh
from sct_ad.checking.parameters import spread_call
from sct_ad.rules.custom import CustomFunction, shown_name
from sct_ad.rules.registry import registered

Suspect = tuple[Any, tuple[Any, ...], dict[str, Any], str]
"""A function with a rule, the arguments of a call, and the line of the call."""


def calls_with_rules(occasion: Occasion) -> Iterator[Suspect]:
    """The first call of each function with a rule that is written in Python."""
    codes = {
        function.__code__: function
        for rule in registered()
        if not rule.of_library and not rule.zero
        for function in rule.functions
        if isinstance(function, types.FunctionType)
    }
    found: dict[int, Suspect] = {}

    def note(frame: types.FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        code, variables = frame.f_code, frame.f_locals
        if code is CustomFunction.__call__.__code__:
            function, args, kwargs = variables["self"], variables["args"], variables["kwargs"]
        elif code in codes:
            function = codes[code]
            names = parameter_names(function)
            values = tuple(variables[name] for name in names)
            args, kwargs = spread_call(function, *flatten_variadic(function, values))
        else:
            return
        if id(function) not in found:
            found[id(function)] = (function, fresh(tuple(args)), dict(kwargs), _line(frame))

    before: Callable[..., Any] | None = sys.getprofile()
    sys.setprofile(note)
    try:
        occasion.run(occasion.values)
    finally:
        sys.setprofile(before)
    yield from found.values()


def _line(frame: types.FrameType) -> str:
    caller = frame.f_back
    return "" if caller is None else f"{caller.f_code.co_filename}:{caller.f_lineno}"


def named(function: Any, line: str) -> str:
    """How messages call a function with a wrong rule."""
    return f"  the rule of '{shown_name(function)}', which is called at {line}, is wrong by itself"
