"""Whether several directions are better taken together than one by one."""

from __future__ import annotations

from collections.abc import Sequence

from sct_ad.syntax.values import Abstract, Scalar, kind, map_leaves

_MANY = 5
"""How many numbers are slower as numbers, one by one, than as an array."""


def pays(types: Sequence[Abstract]) -> bool:
    """Whether the directions of values of these types should be taken together; complex ones need two each."""
    few = len(types) < _MANY and all(isinstance(type_, Scalar) for type_ in types)
    return not few and not any(map(_holds_complex, types))


def _holds_complex(type_: Abstract) -> bool:
    found = False

    def look(leaf: Abstract) -> Abstract:
        nonlocal found
        found = found or kind(leaf) == "complex"
        return leaf

    map_leaves(type_, look)
    return found
