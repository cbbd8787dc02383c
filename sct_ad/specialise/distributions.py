"""Frozen distributions of `scipy.stats`: `norm(mu, s).logpdf(x)` is `norm.logpdf(x, loc=mu, scale=s)`."""

from __future__ import annotations

import sys
import types
from typing import Any

import gast

from sct_ad.rules import registry
from sct_ad.specialise import attributes, calls
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import Frozen, Partial, Runtime, Symbol
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Constant

_HOME = "scipy.stats"
_MULTIVARIATE = {"multivariate_normal": ("mean", "cov"), "dirichlet": ("alpha",)}
"""The parameters of distributions of vectors, by which their frozen forms have them as attributes."""


def freeze(function: Runtime, value: Any, args: list[Symbol], keywords: dict[str, Symbol]) -> Frozen | None:
    """The call of a distribution with its parameters; None where `value` is no distribution that has rules."""
    if not type(value).__module__.startswith(_HOME) or isinstance(value, types.FunctionType):
        return None
    rule = registry.lookup(getattr(value, "logpdf", None) or getattr(value, "logpmf", None))
    if rule is None:
        return None
    names = [parameter.name for parameter in rule.parameters[1:]]
    return Frozen(function, (), {**dict(zip(names, args)), **keywords}) if len(args) <= len(names) else None


def method(state: State, frame: Frame | None, owner: Frozen, expr: gast.Attribute) -> Partial:
    """A method of a frozen distribution: that of the distribution, given the parameters by name."""
    assert isinstance(owner.function, Runtime)
    return Partial(attributes.static_attribute(state, owner.function, expr, frame), (), owner.keywords)


def of_frozen(state: State, value: Any) -> Partial | None:
    """A method of a distribution that was frozen outside of the program, in terms of the distribution's own."""
    owner = getattr(value, "__self__", None)
    if not isinstance(value, types.MethodType) or not type(owner).__module__.startswith(_HOME):
        return None
    found = _thawed(owner)
    if found is None:
        return None
    name, args, given = found
    distribution = getattr(sys.modules[_HOME], name)
    rule = registry.lookup(getattr(distribution, value.__name__, None))
    if rule is None:
        return None
    given = {**dict(zip([parameter.name for parameter in rule.parameters[1:]], args)), **given}
    keywords = {name: calls.symbol_of(state, parameter, name) for name, parameter in given.items()}
    holder = Runtime(Constant(distribution), state.namespace.denote(distribution, name))
    method = attributes.static_attribute(state, holder, nodes.attribute(nodes.constant(None), value.__name__))
    return Partial(method, (), keywords)


def _thawed(owner: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
    """The name and the parameters of the distribution that was frozen."""
    home = sys.modules[_HOME]
    if hasattr(owner, "dist"):
        name = owner.dist.name
        same = type(getattr(home, name, None)) is type(owner.dist)
        return (name, owner.args, owner.kwds) if same else None
    for name, parameters in _MULTIVARIATE.items():
        found = getattr(home, name)
        if type(found) is type(getattr(owner, "_dist", None)) and not getattr(owner, "allow_singular", False):
            return name, (), {parameter: getattr(owner, parameter) for parameter in parameters}
    return None
