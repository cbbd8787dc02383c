"""The table of typing rules: function -> rule.

A rule is a plain function `rule(function, *args, **keywords) -> Abstract` whose parameters, after the function itself,
are those of the typed function, by the same names and in the same order. A call that does not fit them, or a rule that
raises one of `GIVE_UP`, is typed by trying the function out instead.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sct_ad.syntax.values import Abstract, Constant, Scalar, Tuple

Rule = Callable[..., Abstract]
_R = TypeVar("_R", bound=Rule)

# What parameters have by default.
NONE, TRUE, FALSE = Constant(None), Scalar("bool", "", True), Scalar("bool", "", False)
ZERO, ONE, TWO, LAST = (Scalar("int", "", k) for k in (0, 1, 2, -1))
FLOAT_DTYPE = Constant(float)
NO_ITEMS, FIRST_AXES = Tuple(()), Tuple((ZERO, ONE))
GIVE_UP = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

_RULES: dict[Any, Rule] = {}
_CLASSES: dict[type, Rule] = {}


def rule(*functions: Any) -> Callable[[_R], _R]:
    """Register a rule for functions."""

    def register(typing_rule: _R) -> _R:
        for function in functions:
            _RULES[function] = typing_rule
        return typing_rule

    return register


def rule_of_objects(*classes: type) -> Callable[[_R], _R]:
    """Register a rule for calls of the objects of classes; the object is its first argument, the function."""

    def register(typing_rule: _R) -> _R:
        for cls in classes:
            _CLASSES[cls] = typing_rule
        return typing_rule

    return register


def find(function: Any) -> Rule | None:
    """The rule of a function, if it has one."""
    try:
        found = _RULES.get(function)
    except TypeError:  # not hashable
        found = None
    if found is None and _CLASSES and not isinstance(function, (type, types.FunctionType, types.BuiltinFunctionType)):
        return next((_CLASSES[cls] for cls in type(function).__mro__ if cls in _CLASSES), None)
    return found


def members(owner: Any, names: str | Iterable[str]) -> list[Any]:
    """The attributes of a module or class by these names, as far as this version of it has them."""
    names = names.split() if isinstance(names, str) else names
    return [getattr(owner, name) for name in names if hasattr(owner, name)]
