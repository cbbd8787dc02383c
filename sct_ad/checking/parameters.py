"""Calls with arguments by the names of all parameters, and results by those that were asked for."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

from sct_ad.arguments import stars
from sct_ad.derive.requests import Items


def spread_call(
    function: types.FunctionType, names: Sequence[str], values: Sequence[Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The call of a function with arguments as `flatten_variadic` names them: by position, and by keyword."""
    code, kwargs = function.__code__, stars(function)[1]
    by_keyword = set(code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        if name in by_keyword:
            named[name] = value
        elif kwargs is not None and name.startswith(f"{kwargs}["):
            named[name[len(kwargs) + 2 : -2]] = value
        else:
            positional.append(value)
    return tuple(positional), named


def by_name(resolved: Sequence[str | Items | None], single: bool, found: Any) -> dict[str, Any]:
    """What belongs to each parameter, in a result that is put together as argnums ask for."""
    parts: dict[str, Any] = {}
    for item, part in zip(resolved, (found,) if single else found, strict=True):
        if isinstance(item, Items):
            inside = part if item.keys is None else [part[key] for key in item.keys]
            parts.update(zip(item.names, inside, strict=True))
        elif item is not None:
            parts[item] = part
    return parts
