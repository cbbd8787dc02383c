"""Tangents of the cotangents of sequences; None is the tangent of what does not change."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.linalg import chain_cotangents


def product_cotangents_tangent(cotangent: Any, items: Any, of_cotangent: Any, changes: Any) -> Any:
    """The tangent of `product_cotangents(cotangent, items)`: both running products carry theirs along."""
    given = [0.0] * len(items) if changes is None else changes
    before, product, change = [], 1.0, 0.0
    for item, moved in zip(items, given, strict=True):
        before.append((product, change))
        product, change = product * item, change * item + product * moved
    result: list[Any] = []
    product, change = cotangent, 0.0 if of_cotangent is None else of_cotangent
    for (left, of_left), item, moved in zip(reversed(before), reversed(items), reversed(given), strict=True):
        result.append(of_left * product + left * change)
        product, change = product * item, change * item + product * moved
    return _as(items, result[::-1])


def scaled_items_tangent(cotangent: Any, items: Any, like: Any, of_cotangent: Any, changes: Any) -> Any:
    """The tangent of `scaled_items(cotangent, items, like)`."""
    given = [0.0] * len(items) if changes is None else changes
    scale = 0.0 if of_cotangent is None else of_cotangent
    return _as(like, [scale * item + cotangent * moved for item, moved in zip(items, given, strict=True)])


def distance_cotangents_tangent(
    cotangent: Any,
    distance: Any,
    p: Any,
    q: Any,
    of_cotangent: Any,
    of_distance: Any,
    of_p: Any,
    of_q: Any,
) -> Any:
    """The tangent of `distance_cotangents(cotangent, distance, p, q)`; zero where the points coincide."""
    steps = [a - b for a, b in zip(p, q, strict=True)]
    if not distance:
        return _as(p, [0.0 * step for step in steps])
    scale = cotangent / distance
    growth = (0.0 if of_cotangent is None else of_cotangent) - scale * (0.0 if of_distance is None else of_distance)
    moved = zip([0.0] * len(p) if of_p is None else of_p, [0.0] * len(q) if of_q is None else of_q, strict=True)
    return scaled_items_tangent(scale, steps, p, growth / distance, [a - b for a, b in moved])


def _as(like: Any, items: list[Any]) -> Any:
    return np.array(items) if isinstance(like, np.ndarray) else type(like)(items)


def chain_cotangents_tangent(cotangent: Any, arrays: Any, of_cotangent: Any, changes: Any) -> Any:
    """The tangent of `chain_cotangents(cotangent, arrays)`: each part is linear in each of the other arrays."""
    given = np.zeros_like(cotangent) if of_cotangent is None else of_cotangent
    total = list(chain_cotangents(given, arrays))
    for k, change in enumerate(() if changes is None else changes):
        moved = chain_cotangents(cotangent, [*arrays[:k], change, *arrays[k + 1 :]])
        total = [part if j == k else part + moved[j] for j, part in enumerate(total)]
    return tuple(total) if isinstance(arrays, tuple) else total
