"""Whether a function surely computes with real numbers only, also where the types of single values are not known.

Nothing is complex where nothing complex comes in and no call makes complex numbers of real ones. So each call whose
type is not known is typed once more, for real arguments.
"""

from __future__ import annotations

import collections
import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.typer import Typer
from sct_ad.rules import typing as rule_typing
from sct_ad.rules.effects import home_of
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Matrix,
    Object,
    Opaque,
    Range,
    Scalar,
    Tuple,
    Undefined,
    Unknown,
    dict_values,
    kind,
    kind_of_dtype,
    map_leaves,
    may_carry_derivative,
)

_REAL = ("bool", "int", "float")
_CONTAINERS = (list, tuple, dict, set, str, collections.Counter, collections.OrderedDict, collections.deque)
_MOVING = {
    *_CONTAINERS,
    *(collections.defaultdict, zip, enumerate, reversed, sorted, len, range, min, max, sum, abs, round),
    *(float, int, bool, repr, print, isinstance, type, id, setattr, delattr, slice, copy.copy, copy.deepcopy),
}
"""What only hands on, compares or adds up what it is given."""
_RANKS = ((), (Dim("rows"),), (Dim("rows"), Dim("columns")))


def is_all_real(body: Block, typer: Typer, parameters: Iterable[str]) -> bool:
    """Whether no value that a flat function meets can be complex.

    >>> body = gast.parse("items = [x]\\ny = items[n] * 2.0\\nz = np.sum(y)").body
    >>> types = {"x": Array("float64", (3,)), "n": Scalar("int"), "items": List(None), "y": UNKNOWN, "z": UNKNOWN}
    >>> is_all_real(body, Typer(types, {"np": np}), ["x", "n"])
    True
    >>> is_all_real(body, Typer({**types, "x": Array("", (3,))}, {"np": np}), ["x", "n"])
    False
    """
    defined = {name for stmt in nodes.statements(body) for name in nodes.defines(stmt)} - set(parameters)
    callees = {id(node.func) for node in nodes.walk(body) if isinstance(node, gast.Call)}
    methods = _methods_by_name(body)
    for node in nodes.walk(body):
        if isinstance(node, gast.Constant):
            fine = not isinstance(node.value, complex)
        elif isinstance(node, gast.Name):
            fine = node.id in defined or _is_real(typer.type_of(node))
        elif isinstance(node, gast.Attribute) and id(node) not in callees:
            fine = _is_real(typer.type_of(node)) or not isinstance(
                typer.type_of(node.value), (Opaque, Constant, Object)
            )
        elif isinstance(node, gast.Call):
            fine = _gives_real(node, typer, methods)
        else:
            fine = True
        if not fine:
            return False
    return True


def is_real_part(expr: Expr) -> bool:
    """Whether an expression is a real part, or entries or the negative of one."""
    if isinstance(expr, gast.Attribute):
        return expr.attr == "real" or (expr.attr == "T" and is_real_part(expr.value))
    if isinstance(expr, gast.UnaryOp):
        return is_real_part(expr.operand)
    return isinstance(expr, gast.Subscript) and is_real_part(expr.value)


def _is_real(value: Abstract) -> bool:
    """Whether a value, with all that it holds, is known to be real, or no number."""
    if isinstance(value, (Scalar, Array)):
        return kind(value) in _REAL
    if isinstance(value, Tuple):
        return all(map(_is_real, value.items))
    if isinstance(value, List):
        return all(map(_is_real, (value.element,) if value.items is None else value.items))
    if isinstance(value, Dict):
        return all(map(_is_real, dict_values(value)))
    if isinstance(value, Object):
        return all(_is_real(item) for _, item in value.items)
    if isinstance(value, Constant):
        return not (isinstance(value.value, (np.ndarray, np.generic)) and value.value.dtype.kind not in "biuf")
    if isinstance(value, Matrix):
        return kind_of_dtype(value.dtype) in _REAL
    if isinstance(value, Opaque):
        return not may_carry_derivative(value)
    return isinstance(value, (Range, Undefined))


def _methods_by_name(body: Block) -> dict[str, gast.Attribute]:
    """The variables that hold a method, as in `get = items.get`."""
    found = {}
    for stmt in nodes.statements(body):
        for name in nodes.defines(stmt):
            value = stmt.value if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) else None
            found[name] = value if isinstance(value, gast.Attribute) and name not in found else None
    return {name: value for name, value in found.items() if value is not None}


def _gives_real(call: gast.Call, typer: Typer, methods: dict[str, gast.Attribute]) -> bool:
    """Whether a call makes nothing complex of what is real."""
    known = typer.type_of(call)
    if _is_real(known):
        return True
    if kind(known) == "complex" and not (isinstance(known, Scalar) and known.dtype == "?"):
        return False
    function, args, keywords = typer.call_parts(call)
    callee = methods.get(call.func.id) if isinstance(call.func, gast.Name) else call.func
    if function is None and isinstance(callee, gast.Attribute) and typer.is_method(callee):
        function, args, keywords = _method(callee.attr, [callee.value, *args], keywords)
    if any(isinstance(a, gast.Starred) for a in args) or None in keywords:
        return False
    if _only_moves(function):
        return True
    home = home_of(function)
    if home.partition(".")[0] not in ("numpy", "scipy"):
        return False
    if home.startswith("numpy.random"):
        return True
    named = {k: _as_real(typer.type_of(v)) for k, v in keywords.items()}
    given = [_as_real(typer.type_of(a)) for a in args]
    found = [rule_typing.result_type(function, ranked, named) for ranked in _ranked(given)]
    found = [type_ for type_ in found if type_ != UNKNOWN]
    return bool(found) and all(map(_is_real, found))


def _method(attr: str, args: list[Expr], keywords: dict[str, Expr]) -> tuple[Any, list[Expr], dict[str, Expr]]:
    """The function that a method of an array, or of a container, stands for."""
    function = rule_typing.method_function(Array("float64"), attr)
    if function is None:
        return next((getattr(cls, attr) for cls in _CONTAINERS if hasattr(cls, attr)), None), args, keywords
    return function, *rule_typing.method_arguments(function, attr, args, keywords)


def _only_moves(function: Any) -> bool:
    try:
        known = function in _MOVING
    except TypeError:  # not hashable
        return False
    owner = getattr(function, "__objclass__", None)
    of_package = home_of(function).startswith("sct_ad.runtime")
    exception = isinstance(function, type) and issubclass(function, BaseException)
    return known or of_package or exception or owner in _CONTAINERS


def _as_real(value: Abstract) -> Abstract:
    """The type of a value that may be complex only if something else is."""
    if isinstance(value, Array) and kind(value) not in _REAL:
        return Array("float64", value.dims)
    if isinstance(value, Scalar) and value.kind not in _REAL:
        return Scalar("float", value.dtype if value.dtype in ("", "?") else "float64")
    if isinstance(value, (Tuple, List, Dict)):
        return map_leaves(value, _as_real)
    return Array("float64") if isinstance(value, Unknown) else value


def _ranked(args: list[Abstract]) -> list[list[Abstract]]:
    """The arguments, with several ranks where none is known."""
    if not any(isinstance(a, Array) and a.dims is None for a in args):
        return [args]
    return [[replace(a, dims=dims) if isinstance(a, Array) and a.dims is None else a for a in args] for dims in _RANKS]
