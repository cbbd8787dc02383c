"""The words of the rule language: `d`, static functions, macros. None of them ever runs; the compiler reads them.

A static function is asked at compile time about a parameter: `ndim(x)`, `static(axis)`, `is_scalar(x)`. It answers
NO_VALUE where the types do not tell. A macro is a function that builds an expression at compile time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.errors import RuleError
from sct_ad.syntax import nodes, values
from sct_ad.syntax.values import NO_VALUE, Abstract


class _Cotangents:
    """The type of `d`."""

    def __getitem__(self, parameter: object) -> Any:
        raise RuleError("d[...] has a meaning only in the body of a rule, which is read and never run")

    def __setitem__(self, parameter: object, value: object) -> None:
        self[parameter]

    def __repr__(self) -> str:
        return "d"


d: Any = _Cotangents()
"""`d[z]` is the cotangent of the result; `d[x] = e` adds `e` to the cotangent of parameter `x`."""


class StaticFunction:
    """A question about parameters that is answered at compile time; `runtime` answers it where that fails."""

    def __init__(self, name: str, answer: Callable[..., Any], runtime: object = None) -> None:
        self.name, self.answer, self.runtime = name, answer, runtime
        self.__doc__ = answer.__doc__

    def __call__(self, *parameters: object) -> Any:
        """Refuse: rules are read, not run."""
        raise RuleError(f"{self.name}(...) has a meaning only in the body of a rule, which is read and never run")

    def __repr__(self) -> str:
        return self.name


def _static(runtime: object = None) -> Callable[[Callable[..., Any]], Any]:
    return lambda answer: StaticFunction(answer.__name__, answer, runtime)


@_static()
def static(site: Any, p: nodes.Expr) -> bool:
    """Whether the value of `p` is known at compile time."""
    return known_value(site, p) is not NO_VALUE


@_static(np.ndim)
def ndim(site: Any, p: nodes.Expr) -> Any:
    """The rank of `p`: 0 for numbers, one more than the items' for tuples and lists."""
    return _rank(type_of_argument(site, p))


@_static()
def is_array(site: Any, p: nodes.Expr) -> Any:
    """Whether `p` is an ndarray."""
    return _is(type_of_argument(site, p), values.Array)


@_static()
def is_scalar(site: Any, p: nodes.Expr) -> Any:
    """Whether `p` is a number, of Python or of NumPy."""
    return _is(type_of_argument(site, p), values.Scalar)


@_static()
def is_python(site: Any, p: nodes.Expr) -> Any:
    """Whether `p` is a Python number, so that scalar code of `math` is the right code."""
    kind_of_p = type_of_argument(site, p)
    if isinstance(kind_of_p, values.Scalar):
        return NO_VALUE if kind_of_p.dtype == "?" else kind_of_p.dtype == ""
    return _is(kind_of_p, values.Scalar)


@_static()
def is_sequence(site: Any, p: nodes.Expr) -> Any:
    """Whether `p` is a tuple or list."""
    return _is(type_of_argument(site, p), (values.Tuple, values.List))


@_static()
def kind(site: Any, p: nodes.Expr) -> Any:
    """The kind of number: "bool", "int", "float", "complex" or "object"."""
    return values.kind(type_of_argument(site, p)) or NO_VALUE


@_static()
def dtype(site: Any, p: nodes.Expr) -> Any:
    """The name of the dtype, "" for a Python number."""
    kind_of_p = type_of_argument(site, p)
    if isinstance(kind_of_p, values.Scalar):
        return NO_VALUE if kind_of_p.dtype == "?" else kind_of_p.dtype
    return (kind_of_p.dtype or NO_VALUE) if isinstance(kind_of_p, values.Array) else NO_VALUE


@_static()
def same(site: Any, p: nodes.Expr, q: nodes.Expr) -> bool:
    """Whether both parameters are the same variable, as in `x * x`."""
    return nodes.same(p, q)


@_static()
def active(site: Any, p: nodes.Expr) -> bool:
    """Whether the cotangent of `p` is wanted."""
    return bool(site.is_active(p))


def macro(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark `function(site, *argument_expressions) -> expression` as called at compile time, from rules."""
    function.__sct_macro__ = True  # type: ignore[attr-defined]
    return function


def is_macro(candidate: object) -> bool:
    """Whether `candidate` was marked by `macro`."""
    return getattr(candidate, "__sct_macro__", False) is True


def known_value(site: Any, expression: nodes.Expr) -> Any:
    """The compile-time value of an expression over atoms; NO_VALUE where it has none."""
    literal = literal_value(expression)
    if literal is not NO_VALUE:
        return literal
    if isinstance(expression, (gast.Tuple, gast.List)):
        items = [known_value(site, item) for item in expression.elts]
        if any(item is NO_VALUE for item in items):
            return NO_VALUE
        return tuple(items) if isinstance(expression, gast.Tuple) else items
    return _value_of_type(type_of_argument(site, expression))


def literal_value(expression: object) -> Any:
    """The value of a constant, negative numbers and displays of constants included; else NO_VALUE."""
    if isinstance(expression, gast.Constant):
        return expression.value
    if isinstance(expression, gast.UnaryOp) and isinstance(expression.op, gast.USub):
        operand = literal_value(expression.operand)
        return -operand if type(operand) in (int, float, complex) else NO_VALUE
    if isinstance(expression, (gast.Tuple, gast.List)):
        items = [literal_value(item) for item in expression.elts]
        if not any(item is NO_VALUE for item in items):
            return tuple(items) if isinstance(expression, gast.Tuple) else items
    return NO_VALUE


def _value_of_type(abstract: Abstract) -> Any:
    if isinstance(abstract, (values.Scalar, values.Constant)):
        return abstract.value
    if isinstance(abstract, values.Tuple):
        items = [_value_of_type(item) for item in abstract.items]
        return NO_VALUE if any(item is NO_VALUE for item in items) else tuple(items)
    return NO_VALUE


def type_of_argument(site: Any, expression: nodes.Expr) -> Abstract:
    """The abstract value of an argument expression: an atom, a display of atoms, or a slice."""
    literal = literal_value(expression)
    if type(literal) in (bool, int, float, complex):
        return values.Scalar(type(literal).__name__, "", literal)
    if isinstance(expression, gast.Constant):
        return values.Constant(expression.value)
    if isinstance(expression, (gast.Tuple, gast.List)):
        items = tuple(type_of_argument(site, item) for item in expression.elts)
        return values.Tuple(items) if isinstance(expression, gast.Tuple) else values.List(items)
    if isinstance(expression, gast.Slice):
        return values.Opaque(slice)
    return site.type_of(expression)


def _is(abstract: Abstract, cls: Any) -> Any:
    return NO_VALUE if isinstance(abstract, values.Unknown) else isinstance(abstract, cls)


def _rank(abstract: Abstract) -> Any:
    if isinstance(abstract, values.Scalar):
        return 0
    if isinstance(abstract, values.Array):
        return NO_VALUE if abstract.ndim is None else abstract.ndim
    if isinstance(abstract, (values.Tuple, values.List)):
        items = abstract.items
        if items is None:
            items = (abstract.element,) if isinstance(abstract, values.List) else ()
        ranks = {_rank(item) for item in items} or {0}
        return ranks.pop() + 1 if len(ranks) == 1 and NO_VALUE not in ranks else NO_VALUE
    return NO_VALUE
