"""What one benchmark is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

Spelling = Callable[[ModuleType], Callable[..., Any]]
"""Takes a module like NumPy, returns the program written with it."""


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
    autograd_primal: Spelling | None = None
    """With `autograd.numpy`, and without stores into arrays."""
    jax_primal: Spelling | None = None
    """With `jax.numpy`, where that needs no loop over elements; integers among the arguments are static."""
    tangent_primal: Callable[..., Any] | None = None
    """The program with the functions that tangent-ad knows; None: the primal itself."""
    loop_adjoint: FunctionType | None = None
    """By hand in the form that Numba compiles: the adjoint itself, or one with loops over elements."""
    note: str = ""
    """Where the timed program differs from what one might expect; printed below the table."""
    full_arguments: Callable[[], tuple[Any, ...]] | None = None
    """Larger arguments, timed with `--full`."""


def as_written(program: FunctionType) -> Spelling:
    """The program itself, but that it and the functions beside it find another module under the name `np`."""
    return lambda module: rebound(program, {"np": module})


def rebound(
    program: FunctionType, names: dict[str, Any], wrap: Callable[[FunctionType], Any] = lambda function: function
) -> Any:
    """The program with other globals under some names; `wrap` is applied to it and to the functions beside it."""
    namespace = {**program.__globals__, **names}
    for name, value in program.__globals__.items():
        if isinstance(value, FunctionType) and value.__module__ == program.__module__:
            namespace[name] = wrap(FunctionType(value.__code__, namespace, name, value.__defaults__))
    return namespace[program.__name__]


def as_tuple(gradients: Any) -> tuple[Any, ...]:
    """One gradient or a tuple of them -> a tuple of them."""
    return tuple(gradients) if isinstance(gradients, (tuple, list)) else (gradients,)
