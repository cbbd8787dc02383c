"""Cotangents of builtins that reduce a sequence; each has the container type of the sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast


def tie_cotangents(cotangent: Any, extreme: Any, items: Any) -> Any:
    """The cotangent shared equally by the items that are equal to the largest (or smallest) one."""
    if isinstance(items, np.ndarray):
        hits = items == extreme
        return cotangent * hits / max(1, np.count_nonzero(hits))
    ties = [bool(item == extreme) for item in items]
    share = cotangent / max(1, sum(ties))
    return type(items)([share if tie else 0.0 * share for tie in ties])


def sum_cotangents(cotangent: Any, items: Any) -> Any:
    """The cotangent for each item of a sum, in the item's shape."""
    if isinstance(items, np.ndarray):
        return np.broadcast_to(cotangent, items.shape)
    return type(items)([unbroadcast(cotangent, item) for item in items])


def product_cotangents(cotangent: Any, items: Any) -> Any:
    """The cotangent times the product of all other items; exact where items are zero."""
    before, product = [], 1.0
    for item in items:
        before.append(product)
        product = product * item
    result: list[Any] = []
    product = cotangent
    for left, item in zip(reversed(before), reversed(items), strict=True):
        result.append(left * product)
        product = product * item
    result.reverse()
    return np.array(result) if isinstance(items, np.ndarray) else type(items)(result)


def scaled_items(cotangent: Any, items: Any, like: Any) -> Any:
    """The cotangent times each of `items`, in the container type of `like`."""
    products = [cotangent * item for item in items]
    return np.array(products) if isinstance(like, np.ndarray) else type(like)(products)


def distance_cotangents(cotangent: Any, distance: Any, p: Any, q: Any) -> Any:
    """The cotangent of point `p` in the distance of `p` and `q`; zero where the points coincide."""
    scale = cotangent / distance if distance else 0.0
    return scaled_items(scale, [a - b for a, b in zip(p, q, strict=True)], p)


def add_to_shadow(shadow: Any, cotangents: Any) -> None:
    """Add the cotangents of a container's items to its shadow, a list or dict, in place; arrays keep their identity."""
    for k, cotangent in cotangents.items() if isinstance(cotangents, dict) else enumerate(cotangents):
        if isinstance(shadow[k], (list, dict)):
            add_to_shadow(shadow[k], cotangent)
        elif isinstance(shadow[k], np.ndarray):
            shadow[k] += cotangent
        else:
            shadow[k] = shadow[k] + cotangent


def sort_order(keys: Any, reverse: Any = False) -> list[int]:
    """The positions of items in sorted order of their keys; equal ones stay in the order in which they are."""
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def take_items(items: Any, places: Any) -> list[Any]:
    """The items at these places, in this order."""
    return [items[k] for k in places]


def new_slots(shadow: Any) -> Any:
    """The shadow of a new list of old items: numbers start from zero, arrays and containers keep their shadows."""
    if isinstance(shadow, dict):
        return {key: item if isinstance(item, (np.ndarray, list, dict)) else 0.0 for key, item in shadow.items()}
    return [item if isinstance(item, (np.ndarray, list, dict)) else 0.0 for item in shadow]


def give_back(shadow: Any, cotangents: Any, places: Any = slice(None)) -> None:
    """Add the cotangents of numbers that were copied from these places of a list or dict to its shadow."""
    if isinstance(cotangents, dict):
        places = [key for key in cotangents if key in shadow]
        cotangents = [cotangents[key] for key in places]
    where = range(len(shadow))[places] if isinstance(places, slice) else places
    for k, cotangent in zip(where, cotangents):
        if not isinstance(cotangent, (np.ndarray, list, dict)):
            shadow[k] = shadow[k] + cotangent


def give_back_repeated(shadow: list[Any], cotangents: Any) -> None:
    """Add the cotangents of a repeated list, `items * n`, to the shadow of `items`."""
    for start in range(0, len(cotangents), len(shadow) or 1):
        give_back(shadow, cotangents[start:])


def put_back(items: list[Any], value: Any, place: int = -1) -> None:
    """Undo `value = items.pop(place)`."""
    items.insert(place if place >= 0 else len(items) + 1 + place, value)


def restore_entry(items: dict[Any, Any], key: Any, value: Any) -> None:
    """Undo `items[key] = ...`, where `value` was there before; `...` stands for no such key."""
    if value is ...:
        del items[key]
    else:
        items[key] = value


def replace_slots(shadow: list[Any], slots: list[Any]) -> list[Any]:
    """Replace the content of a list's shadow; returns what it was."""
    before = shadow[:]
    shadow[:] = slots
    return before


def begins_with_integer(items: list[Any]) -> bool:
    """Whether the first of several numbers is an integer, and others are not."""
    return bool(items) and isinstance(items[0], _INTEGERS) and not all(isinstance(item, _INTEGERS) for item in items)


_INTEGERS = (int, np.integer)


def extreme_tangent(changes: Any, extreme: Any, items: Any) -> Any:
    """The mean of the tangents of those items that are equal to the largest (or smallest) one."""
    ties = [change for change, item in zip(changes, items, strict=True) if item == extreme]
    return sum(ties[1:], ties[0]) / len(ties) if ties else 0.0


def product_tangent(changes: Any, of_start: Any, items: Any, start: Any) -> Any:
    """The tangent of `math.prod(items, start=start)`; right where items are zero."""
    product, tangent = start, of_start
    for item, change in zip(items, changes, strict=True):
        tangent = tangent * item + product * change
        product = product * item
    return tangent


def distance_tangent(of_p: Any, of_q: Any, distance: Any, p: Any, q: Any) -> Any:
    """The tangent of the distance of two points; zero where they coincide. None for a point that does not move."""
    total = 0.0
    for k in range(len(p)):
        moved = (0.0 if of_p is None else of_p[k]) - (0.0 if of_q is None else of_q[k])
        total = total + (p[k] - q[k]) * moved
    return total / distance if distance else 0.0
