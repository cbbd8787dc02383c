"""Algebra on adjoint statements, where the types show that it changes nothing but rounding."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import Footprints
from sct_ad.optimise.ownership import is_fresh
from sct_ad.optimise.products import adds_axes, alike, filling, is_product, same_shape, simplify_product, simplify_sum
from sct_ad.optimise.selections import merge_sides
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, same_line
from sct_ad.syntax.nodes import (
    Block,
    Expr,
    Stmt,
    attribute,
    binary,
    constant,
    copy,
    every,
    expressions,
    origin_of,
    rewrite,
    same,
    statements,
)
from sct_ad.syntax.values import Array, Scalar, kind

UNTOUCHED = (gast.Compare, gast.Lambda, gast.Subscript, gast.Attribute, gast.Constant, gast.Name)
"""Decisions and positions must come out as in the forward sweep: nothing below these is rewritten."""


def simplify(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Combine constants and signs in adjoint products, and drop factors of one.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(simplify, "def f(x, bf):\\n    bx = 0.5 * bf * (2.0 * x)\\n    bx += -bf * x", {"bx"}, adjoint=True)
    def f(x, bf):
        bx = bf * x
        bx -= bf * x
    """
    space = Workspace.of(fn, facts)
    for stmt in statements(space.fn.body):
        if space.is_cotangent(stmt) and not space.is_settled(stmt):
            before = copy(stmt)
            _simplify_statement(stmt, facts)
            if same(before, stmt):
                space.settle(stmt)
            else:
                space.footprints.forget(stmt)
    for block in all_blocks(space.fn):
        _merge_equal(block, space)
        merge_sides(block, space)
    for stmt in statements(space.fn.body):
        if (origin_of(stmt) is None or is_adjoint(stmt)) and _shorten(stmt, facts):
            space.footprints.forget(stmt)
    return space.leave()


def _shorten(stmt: Stmt, facts: Facts) -> bool:
    """Parts and transposes of arrays written shorter wherever they are read, in place: `x.T.T` -> `x`; if any were."""
    if not any(node.attr in ("copy", "T") for node in every(expressions(stmt), gast.Attribute)):
        return False
    rewrite(stmt, lambda node: _shortened(node, facts))
    return True


def _shortened(node: Any, facts: Facts) -> Any:
    if isinstance(node, gast.Attribute) and node.attr in ("copy", "T"):
        node.value = _whole(node.value, facts)
        return _transposed(node, facts) if node.attr == "T" else node
    return node


def _transposed(expr: gast.Attribute, facts: Facts) -> Expr:
    """`x.T.T` -> `x` and `(x.T @ y).T` -> `y.T @ x`, of arrays."""
    inside = expr.value
    if isinstance(inside, gast.Attribute) and inside.attr == "T" and isinstance(facts.type_of(inside.value), Array):
        return inside.value
    if isinstance(inside, gast.BinOp) and isinstance(inside.op, gast.MatMult):
        sides = [inside.right, inside.left]
        if any(_is_transpose(side) for side in sides) and all(_is_matrix(side, facts) for side in sides):
            left, right = (_transposed(attribute(side, "T"), facts) for side in sides)
            return binary(left, gast.MatMult(), right)
    return expr


def _is_transpose(expr: Expr) -> bool:
    return isinstance(expr, gast.Attribute) and expr.attr == "T"


def _is_matrix(expr: Expr, facts: Facts) -> bool:
    found = facts.type_of(expr)
    return isinstance(found, Array) and found.ndim == 2


def _whole(expr: Expr, facts: Facts) -> Expr:
    is_part = isinstance(expr, gast.Subscript) and isinstance(expr.slice, gast.Constant) and expr.slice.value is ...
    return expr.value if is_part and isinstance(facts.type_of(expr.value), Array) else expr


def _simplify_statement(stmt: Any, facts: Facts) -> None:
    stmt.value = _simplified(stmt.value, facts, isinstance(stmt, gast.AugAssign))
    if isinstance(stmt, gast.AugAssign):
        positive = _negated(stmt.value)
        if positive is not None:
            stmt.op = gast.Sub() if isinstance(stmt.op, gast.Add) else gast.Add()
            stmt.value = positive


def _simplified(expr: Any, facts: Facts, operand: bool = False) -> Any:
    """The expression with everything below it simplified first; an `operand` is read at once and kept by nobody."""
    if isinstance(expr, gast.Subscript) and adds_axes(expr):
        expr.value = _simplified(expr.value, facts)
        return expr
    if not isinstance(expr, gast.AST) or isinstance(expr, UNTOUCHED):
        return expr
    _simplify_children(expr, facts)
    if is_product(expr):
        result = simplify_product(expr, facts, operand)
    elif isinstance(expr, gast.BinOp):
        result = _simplified_operation(expr, facts)
    elif isinstance(expr, gast.Call):
        whole = simplify_sum(expr, facts)
        if whole is expr:
            whole = _without_fill(expr, facts)
        return _without_copy(whole, facts) if operand else whole
    else:
        return expr
    if operand or isinstance(result, (gast.BinOp, gast.UnaryOp)) or isinstance(facts.type_of(expr), Scalar):
        return result
    return expr  # `a * 1.0` is a new array, which `a` is not


def _without_fill(call: gast.Call, facts: Facts) -> Expr:
    """`np.full_like(x, e)` -> `e`, where e is a new array of that type and shape anyway."""
    if len(call.args) != 2 or call.keywords or facts.resolve(call.func) is not np.full_like:
        return call
    whole, value = facts.type_of(call), facts.type_of(call.args[1])
    return call.args[1] if alike(whole, value) and filling(value, whole) and is_fresh(call.args[1], facts) else call


def _without_copy(expr: Expr, facts: Facts) -> Expr:
    """`x.copy()` and `np.broadcast_to(x, y.shape)` -> `x`, where x is only read and has that shape anyway."""
    if not isinstance(expr, gast.Call) or expr.keywords:
        return expr
    part: Expr | None = None
    if isinstance(expr.func, gast.Attribute) and expr.func.attr == "copy" and not expr.args:
        part = expr.func.value
    elif len(expr.args) == 2 and facts.resolve(expr.func) is np.broadcast_to:
        part = expr.args[0]
    if part is None or not isinstance(facts.type_of(part), Array):
        return expr
    return part if expr.args == [] or same_shape(facts.type_of(part), facts.type_of(expr)) else expr


def _only_reads(call: gast.Call, facts: Facts) -> bool:
    """Whether a call computes something new from its arguments."""
    effects = facts.call_effects(call)
    return effects.pure and not effects.view_of and not effects.mutates and facts.resolve(call.func) is not None


def _simplify_children(expr: Any, facts: Facts) -> None:
    reads = isinstance(expr, gast.Call) and _only_reads(expr, facts)
    operands = reads or isinstance(expr, (gast.BinOp, gast.UnaryOp))
    for key in expr._fields:
        child = getattr(expr, key, None)
        if isinstance(child, list):
            setattr(expr, key, [_simplified(item, facts) for item in child])
        elif key != "func":
            setattr(expr, key, _simplified(child, facts, operands))


def _simplified_operation(expr: gast.BinOp, facts: Facts) -> Expr:
    left, right = expr.left, expr.right
    if _is_int(left) and _is_int(right) and isinstance(expr.op, (gast.Add, gast.Sub, gast.Mult)):
        return constant(_INTEGER[type(expr.op)](left.value, right.value))
    if isinstance(expr.op, gast.Pow) and isinstance(right, gast.Constant) and right.value == 1:
        return left if alike(facts.type_of(left), facts.type_of(expr)) else expr
    if isinstance(expr.op, (gast.Add, gast.Sub)) and kind(facts.type_of(expr)) in ("float", "complex"):
        positive = _negated(right)
        if isinstance(expr.op, gast.Add) and same(left, right) and _is_repeatable(left, facts):
            return simplify_product(binary(constant(2.0), gast.Mult(), left), facts)
        if positive is not None:
            return binary(left, gast.Sub() if isinstance(expr.op, gast.Add) else gast.Add(), positive)
    return expr


def _is_repeatable(expr: Expr, facts: Facts) -> bool:
    """Whether it is a product whose calls always give the same."""
    calls = every(expr, gast.Call)
    return is_product(expr) and all(effects.pure and not effects.mutates for effects in map(facts.call_effects, calls))


_INTEGER = {gast.Add: int.__add__, gast.Sub: int.__sub__, gast.Mult: int.__mul__}


def _is_int(expr: Expr) -> bool:
    return isinstance(expr, gast.Constant) and type(expr.value) is int


def _negated(expr: Expr) -> Expr | None:
    """`e` for `-e`, the sign possibly on a factor of a product; None for what has no sign."""
    if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.USub):
        return expr.operand
    if isinstance(expr, gast.BinOp) and isinstance(expr.op, (gast.Mult, gast.Div, gast.MatMult)):
        positive = _negated(expr.left)
        if positive is not None:
            return binary(positive, expr.op, expr.right)
        if isinstance(expr.op, gast.MatMult):
            positive = _negated(expr.right)
            return None if positive is None else binary(expr.left, expr.op, positive)
    if isinstance(expr, gast.Attribute) and expr.attr == "T":
        positive = _negated(expr.value)
        return None if positive is None else attribute(positive, "T")
    return None


def _merge_equal(block: Block, space: Workspace) -> None:
    """`bx += e; bx += e` -> `bx += 2.0 * e`, and the same where the first is `bx = e`."""
    position = 0
    while position + 1 < len(block):
        one, two = block[position], block[position + 1]
        if _are_equal_contributions(one, two, space.facts, space.footprints):
            doubled = binary(constant(2.0), gast.Mult(), copy(one.value))
            value = simplify_product(doubled, space.facts)
            if alike(space.facts.type_of(one.value), space.facts.type_of(value)):
                one.value = value
                space.footprints.forget(one)
                del block[position + 1]
                continue
        position += 1


def _are_equal_contributions(one: Any, two: Any, facts: Facts, footprints: Footprints) -> bool:
    """Whether both add the same value to the same place, and that value does not depend on the place."""
    if not (isinstance(two, gast.AugAssign) and isinstance(two.op, (gast.Add, gast.Sub))):
        return False
    if isinstance(one, gast.Assign):
        matches = (
            isinstance(two.op, gast.Add) and isinstance(two.target, gast.Name) and same(one.targets[0], two.target)
        )
    else:
        matches = isinstance(one, gast.AugAssign) and type(one.op) is type(two.op) and same(one.target, two.target)
    if not (matches and is_adjoint(one) and same_line(one, two) and same(one.value, two.value)):
        return False
    value, whole = footprints.expression(one.value), footprints.own(one)
    if not value.effect_free or not whole.writes.isdisjoint(value.content):
        return False
    return whole.defines.isdisjoint(value.reads) and kind(facts.type_of(one.value)) in ("float", "complex")
