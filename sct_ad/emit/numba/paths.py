"""Paths from a name into containers: `params["W"][0].rate`."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Dict, List, Object, Tuple

Step = tuple[str, Any]


def chain_of(value: Expr) -> tuple[str, list[Step]] | None:
    """`params["W"][0].rate` as the name and the steps from it."""
    steps: list[Step] = []
    while not isinstance(value, gast.Name):
        if isinstance(value, gast.Attribute):
            steps.append(("attribute", value.attr))
            value = value.value
        elif isinstance(value, gast.Subscript):
            index = _constant_index(value.slice)
            if index is None:
                return None
            steps.append(("item", index[0]))
            value = value.value
        else:
            return None
    return value.id, steps[::-1]


def _constant_index(index: Expr) -> tuple[Any] | None:
    if isinstance(index, gast.Constant) and isinstance(index.value, (int, str, bool, float)):
        return (index.value,)
    if isinstance(index, gast.UnaryOp) and isinstance(index.op, gast.USub) and isinstance(index.operand, gast.Constant):
        return (-index.operand.value,)
    return None


def part_of(type_: Abstract, step: Step) -> Abstract | None:
    """The type of a part of a container."""
    kind, key = step
    if kind == "attribute":
        if isinstance(type_, Object):
            return dict(type_.items).get(key)
        if isinstance(type_, Tuple) and key in type_.names:
            return type_.items[type_.names.index(key)]
        return None
    if isinstance(type_, Dict) and type_.items is not None:
        return dict(type_.items).get(key)
    if isinstance(type_, (Tuple, List)) and type_.items is not None and isinstance(key, int):
        return type_.items[key] if -len(type_.items) <= key < len(type_.items) else None
    return None
