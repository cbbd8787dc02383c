"""What an expression costs to compute again, and how it looks on a line."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.syntax.nodes import Expr, Stmt, blocks, dotted, every, names_in, walk
from sct_ad.syntax.values import Array, Scalar

MAX_WIDTH, MAX_OPERATORS, MAX_DEPTH = 100, 12, 60
VIEWS = frozenset({"T", "shape", "ndim", "size", "dtype"})


def is_cheap(value: Expr, facts: Facts) -> bool:
    """Whether computing the value again costs next to nothing and depends on no content: `i - 1`, `x.T`, `0.5`."""
    if isinstance(value, gast.Constant):
        return True
    if isinstance(value, gast.UnaryOp) and isinstance(value.op, gast.USub) and isinstance(value.operand, gast.Constant):
        return True
    if isinstance(value, gast.Name):
        return True
    if isinstance(value, gast.Attribute):
        return value.attr in VIEWS and isinstance(value.value, gast.Name) and _is_array(value.value, facts)
    if isinstance(value, gast.Subscript):  # x.shape[0]
        owner = value.value
        return (
            isinstance(value.slice, gast.Constant) and getattr(owner, "attr", "") == "shape" and is_cheap(owner, facts)
        )
    if isinstance(value, gast.Call):
        return _is_cheap_call(value, facts)
    return is_index_arithmetic(value, facts) and operators(value) <= 2


def _is_cheap_call(call: gast.Call, facts: Facts) -> bool:
    """`range(...)` and `reversed(range(...))` of cheap bounds; `len` of an array."""
    if not isinstance(call.func, gast.Name) or call.keywords:
        return False
    function = facts.resolve(call.func)
    if function is range:
        return all(is_cheap(argument, facts) for argument in call.args)
    return (
        function is len
        and len(call.args) == 1
        and isinstance(call.args[0], gast.Name)
        and _is_array(call.args[0], facts)
    )


def is_length(value: Expr, facts: Facts) -> bool:
    """Whether it is `len(x)` of anything, or a range over it: cheap, but it depends on what is in a list."""
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and not value.keywords:
        if len(value.args) == 1 and facts.resolve(value.func) in (len, range):
            argument = value.args[0]
            return isinstance(argument, gast.Name) or is_length(argument, facts)
    return False


def _is_array(expr: Expr, facts: Facts) -> bool:
    return isinstance(facts.type_of(expr), Array)


def is_index_arithmetic(value: Expr, facts: Facts) -> bool:
    """Sums, differences and products of integer names and constants, or lengths of arrays."""
    if isinstance(value, gast.Constant):
        return type(value.value) is int
    if isinstance(value, gast.Name):
        found = facts.type_of(value)
        return isinstance(found, Scalar) and found.kind == "int"
    if isinstance(value, (gast.Subscript, gast.Attribute)):
        return is_cheap(value, facts) and getattr(facts.type_of(value), "kind", "") == "int"
    return (
        isinstance(value, gast.BinOp)
        and isinstance(value.op, (gast.Add, gast.Sub, gast.Mult))
        and is_index_arithmetic(value.left, facts)
        and is_index_arithmetic(value.right, facts)
    )


def is_free_beside_arrays(value: Expr, facts: Facts) -> bool:
    """Whether it is a product or quotient of at most three scalars and constants."""

    def is_product(expr: Expr) -> bool:
        if isinstance(expr, gast.BinOp):
            return isinstance(expr.op, (gast.Mult, gast.Div)) and is_product(expr.left) and is_product(expr.right)
        if isinstance(expr, gast.UnaryOp):
            return isinstance(expr.op, gast.USub) and is_product(expr.operand)
        return isinstance(expr, gast.Constant) or (
            isinstance(expr, gast.Name) and isinstance(facts.type_of(expr), Scalar)
        )

    return is_product(value) and operators(value) <= 3


def operators(node: Any) -> int:
    """How many operators and calls a node has."""
    return len(every(node, gast.BinOp, gast.UnaryOp, gast.Compare, gast.Call, gast.BoolOp, gast.IfExp))


def depth(node: Any) -> int:
    """How deeply a node is nested."""
    if isinstance(node, list):
        return max(map(depth, node), default=0)
    if not isinstance(node, gast.AST):
        return 0
    return 1 + max((depth(getattr(node, key, None)) for key in node._fields), default=0)


def width(node: Any) -> int:
    """About how many columns a node takes as text."""
    if isinstance(node, list):
        return sum(map(width, node)) + 2 * max(len(node) - 1, 0)
    if isinstance(node, gast.Name):
        return len(node.id)
    if isinstance(node, gast.Constant):
        return len(repr(node.value))
    if isinstance(node, gast.Attribute):
        return width(node.value) + 1 + len(node.attr)
    if not isinstance(node, gast.AST):
        return 0
    if isinstance(node, (gast.operator, gast.cmpop, gast.boolop)):
        return 4 if isinstance(node, (gast.Pow, gast.FloorDiv, gast.And)) else 3
    inner = sum(width(getattr(node, key, None)) for key in node._fields)
    return inner + (2 if isinstance(node, (gast.Call, gast.Subscript, gast.Tuple, gast.List, gast.UnaryOp)) else 0)


def fits(user: Stmt, value: Expr, indent: int, restores: bool) -> bool:
    """Whether `value` may be put into the statement without making it too long, or too deep to print."""
    inner = {id(stmt) for block in blocks(user) for stmt in block}
    parts = [getattr(user, key, None) for key in user._fields if key not in ("body", "orelse")]
    parts = [part for part in parts if id(part) not in inner]
    if depth(parts) + depth(value) > MAX_DEPTH:
        return False
    if restores or dotted(value) is not None or isinstance(value, gast.Constant):
        return True
    if operators(parts) + operators(value) > MAX_OPERATORS:
        return False
    return indent + sum(map(width, parts)) + width(value) <= MAX_WIDTH


def crowds(user: Stmt, name: str, value: Expr) -> bool:
    """Whether a long adjoint expression would end up inside a call or matrix product, where it reads badly."""
    if operators(value) <= 2:
        return False
    for node in walk([getattr(user, key, None) for key in user._fields if key not in ("body", "orelse")]):
        if isinstance(node, gast.Call) and name in names_in([*node.args, *(k.value for k in node.keywords)]):
            return True
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.MatMult) and name in names_in(node):
            return True
        if isinstance(node, gast.Subscript) and name in names_in(node.slice):
            return True
    return False
