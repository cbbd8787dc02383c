"""Ways to a gradient: each turns a case into a function of the case's arguments, or says why it cannot."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import Case, as_tuple, rebound

Gradient = Callable[..., Any]


class Refused(Exception):
    """The contender is not installed, or does not take the program."""


def by_sct_ad(case: Case) -> Gradient:
    """The gradient by sct_ad, of the program as it is."""
    from sct_ad import grad

    return grad(case.primal, argnums=case.argnums)


def by_sct_ad_numba(case: Case) -> Gradient:
    """The gradient by sct_ad, of the program as it is, compiled by Numba."""
    require("numba")
    from sct_ad import grad

    options: dict[str, Any] = {"backend": "numba"}
    try:
        return grad(case.primal, argnums=case.argnums, **options)
    except TypeError as error:
        raise Refused("sct_ad has no backend 'numba'") from error


def by_numba(case: Case) -> Gradient:
    """The adjoint written by hand in loops, and what it calls, compiled by Numba."""
    require("numba")
    import numba

    if case.loop_adjoint is None:
        raise Refused("no adjoint is written for Numba")
    return rebound(case.loop_adjoint, {}, numba.njit)


def by_jax(case: Case) -> Gradient:
    """The gradient by JAX, compiled, of the program without stores or loops over elements; NumPy arrays in and out."""
    require("jax")
    import jax
    import jax.numpy

    if case.jax_primal is None:
        raise Refused("the program has no form for JAX")
    jax.config.update("jax_enable_x64", True)
    static = tuple(k for k, a in enumerate(case.small_arguments()) if isinstance(a, (int, tuple)))
    found = jax.jit(jax.grad(case.jax_primal(jax.numpy), argnums=case.argnums), static_argnums=static)

    def gradient(*arguments: Any) -> tuple[Any, ...]:
        return tuple(map(np.asarray, as_tuple(found(*arguments))))

    return gradient


def by_torch(case: Case) -> Gradient:
    """The gradient by PyTorch, of the program in the form for autograd, if PyTorch has the functions that it calls."""
    require("torch", "PyTorch")
    import torch

    if case.autograd_primal is None:
        raise Refused("the program has no form for PyTorch")
    torch.set_default_dtype(torch.float64)
    program = case.autograd_primal(_NumPyOfTorch(torch))
    argnums = as_tuple(case.argnums)

    def gradient(*arguments: Any) -> tuple[Any, ...]:
        given = [torch.as_tensor(a) if isinstance(a, (np.ndarray, float)) else a for a in arguments]
        moved = [given[k].requires_grad_() for k in argnums]
        return tuple(g.numpy() for g in torch.autograd.grad(program(*given), moved))

    return gradient


class _NumPyOfTorch:
    """PyTorch's functions under NumPy's names, where numbers may stand for tensors."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.torch, {"min": "amin", "max": "amax", "transpose": "permute"}.get(name, name))
        return self._of_numbers(found) if name in _OF_TENSORS else found

    def _of_numbers(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **keywords: Any) -> Any:
            given = [self.torch.tensor(a) if isinstance(a, float) else a for a in args]
            return function(*given, **keywords)

        return called

    def array(self, items: Any) -> Any:
        """A tensor of numbers and tensors, also nested."""
        if isinstance(items, (list, tuple)):
            return self.torch.stack([self.array(item) for item in items])
        return self.torch.as_tensor(items)


_OF_TENSORS = frozenset("sqrt exp log sin cos tanh arctan2 maximum minimum where abs".split())


def by_autograd(case: Case) -> Gradient:
    """The gradient by autograd, of the program written with its NumPy."""
    require("autograd")
    import autograd
    import autograd.numpy

    if case.autograd_primal is None:
        raise Refused("the program has no form for autograd")
    return autograd.grad(case.autograd_primal(autograd.numpy), argnum=case.argnums)


def by_advect(case: Case) -> Gradient:
    """The gradient by advect, of the program as it is."""
    require("advect")
    import advect

    return advect.grad(case.primal, argnums=case.argnums)


def by_tangent_ad(case: Case) -> Gradient:
    """The gradient by tangent-ad."""
    require("tangent", "tangent-ad")
    import tangent

    return tangent.grad(case.tangent_primal or case.primal, wrt=as_tuple(case.argnums))


CONTENDERS: dict[str, Callable[[Case], Gradient]] = {
    "sct_ad": by_sct_ad,
    "sct_ad numba": by_sct_ad_numba,
    "numba by hand": by_numba,
    "JAX jit": by_jax,
    "PyTorch": by_torch,
    "autograd": by_autograd,
    "advect": by_advect,
    "tangent-ad": by_tangent_ad,
}


def require(module: str, package: str | None = None) -> None:
    """Refuse unless `module` can be imported."""
    if importlib.util.find_spec(module) is None:
        raise Refused(f"{package or module} is not installed")


def prepare(name: str, case: Case, arguments: tuple[Any, ...]) -> tuple[Gradient, Any, float]:
    """The gradient function of contender `name`, its result and the seconds of its first call; or Refused."""
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gradient = CONTENDERS[name](case)
            start = time.perf_counter()
            result = gradient(*arguments)
            return gradient, result, time.perf_counter() - start
    except Refused:
        raise
    except Exception as error:  # whatever a peer raises is its answer
        raise Refused(f"{type(error).__name__}: {first_line(str(error))}") from error


def first_line(text: str) -> str:
    """The first line that says something, shortened; a banner of `===` does not."""
    lines = [line.strip() for line in text.splitlines() if any(character.isalpha() for character in line)]
    return lines[0][:100] if lines else ""
