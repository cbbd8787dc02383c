"""Rules of SciPy's Python functions: their parameters are read off the running SciPy.

A template lists the parameters that matter. Those that only say how to compute are dropped, the rest must be left at
their defaults.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import on_arrays
from sct_ad.rules.parse import REQUIRED
from sct_ad.rules.registry import Rule, emitter
from sct_ad.rules.template import Adjoint, Site, instantiate
from sct_ad.syntax import nodes

HOW = {"check_finite", "lapack_driver", "lwork", "driver", "workers", "blocksize", "balanced", "method"}
"""Parameters that do not change the value."""


def python_adjoint(*functions: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a template as the rule of Python functions, whose other parameters must have their defaults."""

    def register(body: Any) -> Any:
        for function in functions:
            _register(Rule((function,), "template", body))
        return body

    return register


def python_pullback(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a pullback as the rule of Python functions, whose other parameters must have their defaults."""

    def register(body: Any) -> Any:
        for function in functions:
            _register(Rule((function,), "pullback", body))
        return body

    return register


def _register(inner: Rule) -> None:
    function, body = inner.functions[0], inner.body
    own = {parameter.name: parameter for parameter in inner.parameters}
    signature = inspect.signature(function)
    defaults = {name: _literal(parameter.default) for name, parameter in signature.parameters.items()}

    def emit(site: Site) -> Adjoint:
        for name, argument in site.arguments.items():
            if name not in own and name not in HOW:
                _expect_default(site, name, argument, defaults[name])
        arguments = {
            name: site.arguments.get(name, nodes.constant(parameter.default)) for name, parameter in own.items()
        }
        reduced = replace(site, arguments=arguments)
        if inner.form == "pullback":
            return instantiate(inner, reduced)
        return on_arrays(reduced, lambda converted: instantiate(inner, converted))

    for name, parameter in own.items():
        assert name in defaults or parameter.default is not REQUIRED, f"{function.__name__} has no parameter {name}"
    emit.__name__, emit.__module__, emit.__doc__ = body.__name__, body.__module__, body.__doc__
    emitter(function, params=_parameter_text(signature))(emit)


def _expect_default(site: Site, name: str, argument: Any, default: Any) -> None:
    value = site.known(argument)
    if type(value) is not type(default) or value != default:
        raise NoRuleError(f"the argument {name}\n  instead: leave it out")


def _parameter_text(signature: inspect.Signature) -> str:
    found: list[str] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in found:
            found.append("*")
        required = parameter.default is parameter.empty
        found.append(name if required else f"{name}={_literal(parameter.default)!r}")
    return ", ".join(found)


def _literal(default: Any) -> Any:
    """A default as a literal; a mark for what was not given is None."""
    if isinstance(default, (bool, int, float, str, tuple, type(None))):
        return default
    return default.item() if isinstance(default, np.generic) else None
