"""Values for several directions at once: one more axis in front of each real or complex number and array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.runtime.objects import object_like


def mapped(function: Callable[..., Any], places: tuple[int | None, ...], *args: Any, **keywords: Any) -> Any:
    """The results of a function for each direction, stacked.

    Args:
        function: takes the arguments of one direction. It changes none of them.
        places: for each argument, keywords included, 0 if it has the axis of directions, None if it is the same in
            all. In a container with the axis, each real or complex array has it.
        args: the arguments.
        keywords: further arguments, in the order of `places`.

    Returns:
        What the function returns, with an axis of directions in front of each real or complex number and array.

    """
    given = [*args, *keywords.values()]
    count = next(n for arg, place in zip(given, places) if place is not None and (n := _count(arg)) is not None)
    rows = []
    for j in range(count):
        row = [arg if place is None else taken(arg, j) for arg, place in zip(given, places)]
        rows.append(function(*row[: len(args)], **dict(zip(keywords, row[len(args) :]))))
    return _stacked(rows)


def repeated(value: Any, count: int) -> Any:
    """A value whose real and complex numbers and arrays are repeated along a new axis in front."""
    return _stacked([value] * count)


def _has_axis(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fc"


def _count(value: Any) -> int | None:
    """How many directions there are, as the first array in a value shows."""
    if _has_axis(value):
        return len(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    parts = [*parts, *getattr(value, "__dict__", {}).values()]
    return next((n for part in parts if (n := _count(part)) is not None), None)


def taken(value: Any, j: int) -> Any:
    """The value of one direction."""
    return value[j] if _has_axis(value) else _rebuilt(value, lambda part: taken(part(value), j))


def _stacked(rows: list[Any]) -> Any:
    first = rows[0]
    if isinstance(first, (float, complex, np.inexact)) or _has_axis(first):
        return np.array(rows)
    return _rebuilt(first, lambda part: _stacked([part(row) for row in rows]))


def _rebuilt(value: Any, make: Callable[[Callable[[Any], Any]], Any]) -> Any:
    """A container like another one; `make` takes what gets a part out of such a container, and gives the new part."""
    if isinstance(value, (tuple, list)):
        items = [make(lambda each, k=k: each[k]) for k in range(len(value))]  # type: ignore[misc]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: make(lambda each, key=key: each[key]) for key in value}  # type: ignore[misc]
    held = getattr(value, "__dict__", None)
    if not held or isinstance(value, type) or callable(value):
        return value
    parts = {name: make(lambda each, name=name: getattr(each, name)) for name in held}  # type: ignore[misc]
    return object_like(value, **parts)
