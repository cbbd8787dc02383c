"""Arguments that a function writes into must not be reachable in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError
from sct_ad.objects import attributes_of, is_plain


def refuse_overlap(
    function: Callable[..., Any], names: list[str], args: tuple[Any, ...], written: tuple[int, ...]
) -> None:
    """Refuse arrays and containers that are written and can be reached in another way too."""
    held = [list(_mutable(value)) for value in args]
    for k in written:
        for other, values in enumerate(held):
            for place, own in enumerate(held[k]):
                later = values[place + 1 :] if other == k else values
                if any(own is value or _overlap(own, value) for value in later):
                    where = f"'{names[other]}'" if other != k else "itself"
                    array = isinstance(args[k], np.ndarray)
                    remedy = f"{names[k]}.copy()" if array else f"copy.deepcopy({names[k]}), without what is shared"
                    raise ArgumentError(
                        f"{function.__name__} writes into '{names[k]}', which shares memory with {where}\n"
                        f"  instead: pass {remedy}"
                    )


def _mutable(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """The arrays, lists, dicts and objects of a value; an object that is met again is known to be the same."""
    seen = set() if seen is None else seen
    if isinstance(value, (np.ndarray, list, dict)):
        yield value
    if is_plain(type(value)):
        if id(value) in seen:
            return
        yield value
        seen.add(id(value))
        value = attributes_of(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from _mutable(item, seen)


def _overlap(left: Any, right: Any) -> bool:
    return isinstance(left, np.ndarray) and isinstance(right, np.ndarray) and np.may_share_memory(left, right)
