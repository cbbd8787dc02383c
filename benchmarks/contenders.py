"""Ways to a gradient: each turns a case into a function of the case's arguments, or says why it cannot."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Callable
from typing import Any

from benchmarks.case import Case

Gradient = Callable[..., Any]


class Refused(Exception):
    """The contender is not installed, or does not take the program."""


def by_sct_ad(case: Case) -> Gradient:
    """The gradient by sct_ad, of the program as it is."""
    from sct_ad import grad

    return grad(case.primal, argnums=case.argnums)


def by_autograd(case: Case) -> Gradient:
    """The gradient by autograd, of the program written with its NumPy."""
    require("autograd")
    import autograd
    import autograd.numpy

    if case.autograd_primal is None:
        raise Refused("the program has no form for autograd")
    return autograd.grad(case.autograd_primal(autograd.numpy), argnum=case.argnums)


def by_tangent_ad(case: Case) -> Gradient:
    """The gradient by tangent-ad."""
    require("tangent", "tangent-ad")
    import tangent

    wrt = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    return tangent.grad(case.tangent_primal or case.primal, wrt=wrt)


CONTENDERS: dict[str, Callable[[Case], Gradient]] = {
    "sct_ad": by_sct_ad,
    "autograd": by_autograd,
    "tangent-ad": by_tangent_ad,
}


def require(module: str, package: str | None = None) -> None:
    """Refuse unless `module` can be imported."""
    if importlib.util.find_spec(module) is None:
        raise Refused(f"{package or module} is not installed")


def prepare(name: str, case: Case, arguments: tuple[Any, ...]) -> tuple[Gradient, Any]:
    """The gradient function of contender `name` and its result, compiled and called once; or Refused."""
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gradient = CONTENDERS[name](case)
            return gradient, gradient(*arguments)
    except Refused:
        raise
    except Exception as error:  # whatever a peer raises is its answer
        raise Refused(f"{type(error).__name__}: {first_line(str(error))}") from error


def first_line(text: str) -> str:
    """The first line that says something, shortened; a banner of `===` does not."""
    lines = [line.strip() for line in text.splitlines() if any(character.isalpha() for character in line)]
    return lines[0][:100] if lines else ""
