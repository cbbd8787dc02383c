"""The abstract value of an expression, and the object that a callee expression denotes."""

from __future__ import annotations

import builtins
import functools
import operator
from collections.abc import Callable, Hashable
from typing import Any

import gast

from sct_ad.analysis.units import Foreign, Unit
from sct_ad.rules import typing as rule_typing
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    BOOL,
    NO_VALUE,
    UNDEFINED,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Opaque,
    Scalar,
    Tuple,
    forget_sizes,
    join,
    join_all,
    join_keys,
    kind,
)

BINARY = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
}
UNARY = {gast.UAdd: operator.pos, gast.USub: operator.neg, gast.Not: operator.not_, gast.Invert: operator.invert}
COMPARE = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
    gast.In: operator.contains,
    gast.NotIn: operator.contains,
}


def constant_type(value: Any) -> Abstract:
    """The abstract value of a literal or other object known at compile time."""
    if type(value) in (bool, int, float, complex):
        return Scalar(type(value).__name__, "", value)
    if isinstance(value, tuple):
        return Tuple(tuple(map(constant_type, value)))
    return Constant(value)


def _unknown(typer: Typer, expr: Expr) -> Abstract:
    return UNKNOWN


_METHODS: dict[type, Callable[[Typer, Any], Abstract]] = {}


class Typer:
    """Types of expressions over variables (`types`) and bound free names (`namespace`).

    `types` also holds live globals, keyed by their dotted text (`config.rate`).
    """

    def __init__(
        self, types: dict[str, Abstract], namespace: dict[str, Any], outside: frozenset[str] = frozenset()
    ) -> None:
        self.types, self.namespace = types, namespace
        self.outside = outside
        """Names of live globals and closure variables: what is written through them is an effect."""
        self._arithmetic: dict[tuple[type, Hashable, Hashable], tuple[Abstract, Abstract, Abstract]] = {}
        """Operator and the identities of two types -> these types, which so stay alive, and that of the result."""

    def type_of(self, expr: Expr) -> Abstract:
        """The abstract value of a pure expression; Unknown where nothing better is known."""
        cls = expr.__class__
        method = _METHODS.get(cls)
        if method is None:
            method = _METHODS[cls] = getattr(Typer, "_" + cls.__name__, _unknown)
        return method(self, expr)

    def resolve(self, func: Expr) -> Any:
        """The object that a callee denotes; the equal function for a method of an array or list; None if unknown."""
        path = nodes.dotted(func)
        if path is None:
            if isinstance(func, gast.Attribute):
                return rule_typing.method_function(self.type_of(func.value), func.attr)
            return None
        if path[0] in self.types:
            found: Abstract = self.types.get(".".join(path), self.types[path[0]])
            if len(path) == 1:
                return found.value if isinstance(found, Constant) else None
            assert isinstance(func, gast.Attribute)
            return rule_typing.method_function(self.type_of(func.value), func.attr)
        return self._lookup(path)

    def _lookup(self, path: tuple[str, ...]) -> Any:
        value = self.namespace[path[0]] if path[0] in self.namespace else getattr(builtins, path[0], None)
        for attr in path[1:]:
            value = getattr(value, attr, None)
        return value

    def is_method(self, func: Expr) -> bool:
        """Whether a callee is a method of a run-time value, which then is the call's argument 0."""
        if not isinstance(func, gast.Attribute):
            return False
        path = nodes.dotted(func)
        return path is None or path[0] in self.types

    def call_parts(self, call: gast.Call) -> tuple[Any, list[Expr], dict[str, Expr]]:
        """Function, positional and keyword arguments of a call; methods are turned into functions."""
        function = self.resolve(call.func)
        args, keywords = list(call.args), {k.arg: k.value for k in call.keywords}
        if function is not None and self.is_method(call.func):
            return (
                function,
                *rule_typing.method_arguments(function, call.func.attr, [call.func.value, *args], keywords),
            )
        return function, args, keywords

    def _Name(self, expr: gast.Name) -> Abstract:
        if expr.id in self.types:
            return self.types[expr.id]
        if expr.id in self.namespace:
            return constant_type(self.namespace[expr.id])
        found = getattr(builtins, expr.id, NO_VALUE)
        return UNKNOWN if found is NO_VALUE else Constant(found)

    def _Constant(self, expr: gast.Constant) -> Abstract:
        return constant_type(expr.value)

    def _Attribute(self, expr: gast.Attribute) -> Abstract:
        path = nodes.dotted(expr)
        if path is not None:
            if ".".join(path) in self.types:
                return self.types[".".join(path)]
            if path[0] not in self.types:
                found = self._lookup(path)
                return constant_type(found) if found is not None else UNKNOWN
        return rule_typing.attribute_type(self.type_of(expr.value), expr.attr)

    def _Subscript(self, expr: gast.Subscript) -> Abstract:
        owner = self.type_of(expr.value)
        return UNDEFINED if owner == UNDEFINED else rule_typing.subscript_type(owner, expr.slice, self.type_of)

    def _BinOp(self, expr: gast.BinOp) -> Abstract:
        left, right, cls = self.type_of(expr.left), self.type_of(expr.right), expr.op.__class__
        if left == UNDEFINED or right == UNDEFINED:
            return UNDEFINED
        if cls not in _OF_FLOATS or not _are_floats(left, right) or (_is_known(left) and _is_known(right)):
            return rule_typing.result_type(BINARY[cls], [left, right], {})
        key = (cls, _identity(left, expr.left), _identity(right, expr.right))
        found = self._arithmetic.get(key)
        if found is None:
            result = rule_typing.result_type(BINARY[cls], [left, right], {})
            found = self._arithmetic[key] = (left, right, result)
        return found[2]

    def _UnaryOp(self, expr: gast.UnaryOp) -> Abstract:
        operand = self.type_of(expr.operand)
        return UNDEFINED if operand == UNDEFINED else rule_typing.result_type(UNARY[type(expr.op)], [operand], {})

    def _Compare(self, expr: gast.Compare) -> Abstract:
        if len(expr.ops) != 1:
            return BOOL
        op, args = expr.ops[0], [self.type_of(expr.left), self.type_of(expr.comparators[0])]
        if isinstance(op, (gast.In, gast.NotIn)):
            found = rule_typing.result_type(operator.contains, args[::-1], {})
            if isinstance(op, gast.NotIn) and isinstance(found, Scalar) and found.value is not NO_VALUE:
                return Scalar("bool", "", not found.value)
            return found if isinstance(found, Scalar) else BOOL
        return rule_typing.result_type(COMPARE[type(op)], args, {})

    def _BoolOp(self, expr: gast.BoolOp) -> Abstract:
        result = self.type_of(expr.values[0])
        for value in expr.values[1:]:
            result = join(result, self.type_of(value))
        return result

    def _IfExp(self, expr: gast.IfExp) -> Abstract:
        return join(self.type_of(expr.body), self.type_of(expr.orelse))

    def _Tuple(self, expr: gast.Tuple) -> Abstract:
        return Tuple(tuple(map(self.type_of, expr.elts)))

    def _List(self, expr: gast.List) -> Abstract:
        return List(tuple(map(self.type_of, expr.elts)))

    def _Dict(self, expr: gast.Dict) -> Abstract:
        if not all(isinstance(key, gast.Constant) for key in expr.keys):
            values, keys = ([self.type_of(e) for e in part] for part in (expr.values, expr.keys))
            return Dict(None, join_all(values), functools.reduce(join_keys, keys))
        return Dict(tuple((k.value, self.type_of(v)) for k, v in zip(expr.keys, expr.values, strict=True)))

    def _Call(self, expr: gast.Call) -> Abstract:
        function, args, keywords = self.call_parts(expr)
        if isinstance(function, Foreign):
            return function.result
        if isinstance(function, Unit):
            return forget_sizes(function.result) if function.result else UNKNOWN
        if function is None or any(isinstance(a, gast.Starred) for a in args) or None in keywords:
            return UNKNOWN
        arg_types = [self.type_of(a) for a in args]
        if UNDEFINED in arg_types:  # of what no path has put into a container yet, nothing can be computed
            return UNDEFINED
        return rule_typing.result_type(function, arg_types, {k: self.type_of(v) for k, v in keywords.items()})

    def _JoinedStr(self, expr: gast.JoinedStr) -> Abstract:
        return Opaque(str)


_OF_FLOATS = frozenset({gast.Add, gast.Sub, gast.Mult, gast.Div})


def _are_floats(*values: Abstract) -> bool:
    """Whether all values are floats, or arrays of floats."""
    return all(value.__class__ in (Array, Scalar) and kind(value) == "float" for value in values)


def _is_known(value: Abstract) -> bool:
    """Whether a value is a number that the compiler knows."""
    return isinstance(value, Scalar) and value.value is not NO_VALUE


def _identity(type_: Abstract, expr: Expr) -> Hashable:
    """What tells a type from others that are alive; all float constants are of one."""
    return float if isinstance(expr, gast.Constant) else id(type_)


def is_array(value: Abstract) -> bool:
    """Whether a value surely is an ndarray."""
    return isinstance(value, Array)
