"""Primitives by which reverse mode transposes the rule of a `custom_jvp`, which is inlined.

A call `z = f(x)` becomes::

    primal, tangent = primal_of(x), tangent_of(x)
    value, dz = rule((primal,), (tangent,))
    z = with_tangent(value, dz)

so that the derivative of `z` is that of the linear function of tangents alone. Their rules are in `custom_tangents`.
"""

from __future__ import annotations

from typing import Any

from sct_ad.rules.custom import stop_gradient, with_cotangent
from sct_ad.rules.effects import PURE, Effects, declare
from sct_ad.runtime.containers import copy_structure, zeros_like
from sct_ad.runtime.custom import holding


def primal_of(x: Any) -> Any:
    """An argument as the rule gets it: what it depends on is the tangent's affair."""
    return copy_structure(x)


def tangent_of(x: Any) -> Any:
    """The tangent of an argument, of which only the derivative matters."""
    return zeros_like(x)


def with_tangent(value: Any, tangent: Any) -> Any:
    """A value that changes as its tangent does."""
    return copy_structure(value)


def with_checked_tangent(value: Any, tangent: Any) -> Any:
    """The same, where it is not known that both have one shape."""
    return copy_structure(value)


def moving_primal(x: Any) -> Any:
    """`primal_of(x)` where the rule itself is differentiated, as a part of a derivative."""
    return copy_structure(x)


def no_tangent(x: Any) -> Any:
    """`tangent_of(x)` there."""
    return zeros_like(x)


def with_moving_value(value: Any, tangent: Any) -> Any:
    """`with_tangent(value, tangent)` there."""
    return copy_structure(value)


def constant_argument(x: Any) -> Any:
    """An argument that is named by `nondiff_argnums`."""
    return copy_structure(x)


MARKS = (
    stop_gradient,
    with_cotangent,
    with_tangent,
    with_checked_tangent,
    constant_argument,
    primal_of,
    moving_primal,
    with_moving_value,
    holding,
)
"""Functions that mark values for the differentiator: what they give is what they are given."""

declare([tangent_of, no_tangent], Effects(shape_only=(0,)))
declare([with_tangent, with_checked_tangent, constant_argument, primal_of, moving_primal, with_moving_value], PURE)


class Differentiated:
    """The test of an `if` that is decided when it is known what is active: whether its value carries a derivative."""

    def __bool__(self) -> bool:
        raise AssertionError("left to be decided")


DIFFERENTIATED = Differentiated()
