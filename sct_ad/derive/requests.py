"""What is asked of the differentiators, by those who need not know how they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sct_ad.runtime.budget import Budget


@dataclass(frozen=True)
class Items:
    """All parameters that stand for the items of `*args` or, with their keys, of `**kwargs`."""

    names: tuple[str, ...]
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Request:
    """What an emitted gradient returns."""

    argnums: tuple[str | Items, ...]
    """The parameters to differentiate with respect to; Items give one tuple or dict."""
    single: bool
    """Whether to return the one gradient itself rather than a tuple."""
    with_value: bool = False
    has_aux: bool = False
    name: str = ""
    """How messages call the function."""
    holomorphic: bool = False
    """Whether the result is complex, a holomorphic function of the arguments."""
    budget: Budget | None = None
    """The memory that loops may take for what they keep and record."""


@dataclass(frozen=True)
class PullbackRequest:
    """What an emitted pullback returns."""

    argnums: tuple[str | Items | None, ...]
    """The parameters whose cotangents are returned, None in the place of one that has none."""
    has_aux: bool = False
    copy: bool = True
    """Whether what the reverse sweep reads of the caller's arrays is copied."""
    name: str = ""
    """How messages call the function."""
    several: bool = False
    """Whether the reverse function takes several cotangents at once, where that is possible."""


@dataclass(frozen=True)
class SeededRequest:
    """What an emitted function returns besides the value, which runs both sweeps for a cotangent of any result."""

    argnums: tuple[str | Items | None, ...]
    """The parameters whose cotangents are returned, None in the place of one that has none."""
    has_aux: bool = False
    name: str = ""
    """How messages call the function."""


@dataclass(frozen=True)
class TangentRequest:
    """What an emitted tangent takes besides the primal's arguments, and what it returns."""

    parameters: tuple[str, ...]
    """The parameters that have tangents."""
    has_aux: bool = False
    name: str = ""
    """How messages call the function."""
    tangent_only: bool = False
    """Whether the value is left out."""
    emitted: str = ""
    """What the emitted function is called; by default `f_jvp`."""
    again: bool = False
    """Whether the function is a derivative itself, which has copied what it writes of its arguments."""
    customs: tuple[Any, ...] | None = None
    """Within a derivative that is differentiated again, the functions with a derivative of their own that this is a
    part of that derivative of; None in forward mode as users call it."""


@dataclass(frozen=True)
class DirectionalRequest:
    """A gradient, and the parameters that move along each of the directions."""

    gradient: Request
    moved: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class LinearRequest:
    """What the emitted pair of a value and the linear map of its tangents takes and returns."""

    parameters: tuple[str, ...]
    """The parameters that have tangents."""
    has_aux: bool = False
    copy: bool = True
    """Whether what the linear function reads of the caller's arrays is copied."""
    name: str = ""
    """How messages call the function."""


AnyRequest: TypeAlias = Request | PullbackRequest | SeededRequest | TangentRequest | DirectionalRequest | LinearRequest


def single_parameters(argnums: tuple[str | Items, ...]) -> list[str]:
    """The parameters that argnums stand for, one by one."""
    return [name for item in argnums for name in (item.names if isinstance(item, Items) else (item,))]
