"""What one benchmark is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Case:
    """A program, its adjoint written by hand, and its spelling for peers that do not take it as it is."""

    name: str
    primal: Callable[..., Any]
    adjoint: Callable[..., Any]
    """By hand: the gradients for `argnums`, a tuple exactly if that is one."""
    arguments: Callable[[], tuple[Any, ...]]
    """The arguments that are timed."""
    small_arguments: Callable[[], tuple[Any, ...]]
    """Arguments of the same kind, few enough entries for finite differences in every one."""
    argnums: int | tuple[int, ...]
    autograd_primal: Callable[[ModuleType], Callable[..., Any]] | None = None
    """Takes the module `autograd.numpy`, returns the program written with it, and without stores into arrays."""
    tangent_primal: Callable[..., Any] | None = None
    """The program with the functions that tangent-ad knows; None: the primal itself."""
    note: str = ""
    """Where the timed program differs from what one might expect; printed below the table."""
    full_arguments: Callable[[], tuple[Any, ...]] | None = None
    """Larger arguments, timed with `--full`."""


def as_tuple(gradients: Any) -> tuple[Any, ...]:
    """One gradient or a tuple of them -> a tuple of them."""
    return tuple(gradients) if isinstance(gradients, (tuple, list)) else (gradients,)
