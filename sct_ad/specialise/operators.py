"""Operators on objects of user classes: their special methods, tried in Python's order."""

from __future__ import annotations

import dataclasses
from typing import Any

import gast

from sct_ad.specialise import calls, expressions, instances
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Instance, Runtime, Sequence, Symbol, display, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Array

_BINARY = {
    gast.Add: "add",
    gast.Sub: "sub",
    gast.Mult: "mul",
    gast.Div: "truediv",
    gast.FloorDiv: "floordiv",
    gast.Mod: "mod",
    gast.Pow: "pow",
    gast.MatMult: "matmul",
    gast.LShift: "lshift",
    gast.RShift: "rshift",
    gast.BitAnd: "and",
    gast.BitOr: "or",
    gast.BitXor: "xor",
}
_UNARY = {gast.USub: "__neg__", gast.UAdd: "__pos__", gast.Invert: "__invert__"}
_COMPARE = {
    gast.Eq: ("__eq__", "__eq__"),
    gast.NotEq: ("__ne__", "__ne__"),
    gast.Lt: ("__lt__", "__gt__"),
    gast.LtE: ("__le__", "__ge__"),
    gast.Gt: ("__gt__", "__lt__"),
    gast.GtE: ("__ge__", "__le__"),
}
_ORDERED = (gast.Lt, gast.LtE, gast.Gt, gast.GtE)


def binary(state: State, left: Symbol, op: gast.operator, right: Symbol, user: Expr) -> Symbol:
    """`left op right` by `__op__` of the left operand or `__rop__` of the right one."""
    name = _BINARY[type(op)]
    if isinstance(left, Runtime) and isinstance(left.type, Array) and isinstance(right, Instance):
        if getattr(right.cls, "__array_ufunc__", 0) is not None:
            raise state.refuse(
                f"an array on the left of an object of class '{right.cls.__name__}'",
                "write the object first, or set __array_ufunc__ = None in its class",
            )
    for owner, method, other in _tries(left, right, f"__{name}__", f"__r{name}__"):
        found = instances.call_special(state, owner, method, [other], user)
        if not instances.is_not_implemented(found):
            assert found is not None
            return found
    raise state.refuse(f"unsupported operands for '{name}': {_class(left)} and {_class(right)}")


def _tries(left: Symbol, right: Symbol, method: str, reflected: str) -> list[tuple[Symbol, str, Symbol]]:
    tries = [(left, method, right), (right, reflected, left)]
    if isinstance(left, Instance) and isinstance(right, Instance):
        if left.cls is right.cls:
            return tries[:1] if reflected == f"__r{method[2:]}" else tries  # comparisons ask both
        own, theirs = (instances.class_attribute(side.cls, reflected) for side in (right, left))
        if issubclass(right.cls, left.cls) and own is not theirs:
            return tries[::-1]
    return tries


def _class(symbol: Symbol) -> str:
    return f"'{symbol.cls.__name__}'" if isinstance(symbol, Instance) else "another value"


def in_place(state: State, owner: Instance, op: gast.operator, value: Symbol, user: Expr) -> Symbol:
    """What `owner op= value` assigns."""
    found = instances.call_special(state, owner, f"__i{_BINARY[type(op)]}__", [value], user)
    if found is None or instances.is_not_implemented(found):
        return binary(state, owner, op, value, user)
    return found


def unary(state: State, operand: Instance, op: gast.unaryop, user: Expr) -> Symbol:
    """`-x`, `+x`, `~x` and `not x`."""
    if isinstance(op, gast.Not):
        test = truth(state, operand)
        if test is None:
            return literal(False)
        return expressions.typed(state, gast.UnaryOp(op=op, operand=display(state.runtime(test))), user)
    return expressions.special(state, _UNARY[type(op)], operand, [], user)


def truth(state: State, operand: Symbol) -> Symbol | None:
    """What decides a test of an object: `__bool__`, or `__len__`; None where it is always true."""
    if not isinstance(operand, Instance):
        return operand
    for name in ("__bool__", "__len__"):
        found = instances.call_special(state, operand, name, [], nodes.constant(None))
        if found is not None:
            return found
    return None


def compare(state: State, left: Symbol, op: gast.cmpop, right: Symbol, user: Expr) -> Symbol:
    """`left op right` where one of them is an object."""
    if isinstance(op, (gast.Is, gast.IsNot)):
        return literal(_is_same(state, left, right) == isinstance(op, gast.Is))
    if isinstance(op, (gast.In, gast.NotIn)):
        return _contains(state, left, op, right, user)
    method, reflected = _COMPARE[type(op)]
    for owner, name, other in _tries(left, right, method, reflected):
        fields = _compared_fields(state, owner, other, name, op)
        if fields is not None:
            node = gast.Compare(left=display(fields[0]), ops=[op], comparators=[display(fields[1])])
            return expressions.typed(state, node, user)
        found = instances.call_special(state, owner, name, [other], user)
        if not instances.is_not_implemented(found):
            assert found is not None
            return found
    if isinstance(op, gast.NotEq) and instances.method_of(state, left, "__eq__") is not None:
        equal = compare(state, left, gast.Eq(), right, user)
        return expressions.typed(state, gast.UnaryOp(op=gast.Not(), operand=display(state.runtime(equal))), user)
    if isinstance(op, _ORDERED):
        raise state.refuse(f"a comparison of {_class(left)} and {_class(right)}", "define __lt__ and the like")
    return literal(_is_same(state, left, right) == isinstance(op, gast.Eq))


def _is_same(state: State, left: Symbol, right: Symbol) -> bool:
    if not (isinstance(left, Instance) and isinstance(right, Instance)):
        return False
    if left.key != right.key and right.key in state.split.get(left.key, ()):
        raise state.refuse("'is' between objects of which one differs from path to path", "compare an attribute")
    return left.key == right.key


def _compared_fields(
    state: State, left: Symbol, right: Symbol, name: str, op: gast.cmpop
) -> tuple[Symbol, Symbol] | None:
    """What a comparison that `dataclass` wrote compares: the fields of both, as tuples."""
    if not (isinstance(left, Instance) and isinstance(right, Instance) and left.cls is right.cls):
        return None
    found: Any = instances.class_attribute(left.cls, "__eq__" if isinstance(op, gast.NotEq) else name)
    holder = next((base for base in left.cls.__mro__ if vars(base).get(getattr(found, "__name__", "")) is found), None)
    if holder is None or not dataclasses.is_dataclass(holder) or not instances.is_generated(found):
        return None
    names = [field.name for field in dataclasses.fields(holder) if field.compare]
    sides = [
        Sequence(tuple(instances.attribute(state, side, n, nodes.constant(None)) for n in names))
        for side in (left, right)
    ]
    return state.runtime(sides[0]), state.runtime(sides[1])


def _contains(state: State, item: Symbol, op: gast.cmpop, owner: Symbol, user: Expr) -> Symbol:
    if isinstance(owner, Instance):
        found = expressions.special(state, "__contains__", owner, [item], user)
        if isinstance(op, gast.NotIn):
            return expressions.typed(state, gast.UnaryOp(op=gast.Not(), operand=display(state.runtime(found))), user)
        return found
    items = calls.items_of(state, owner)
    assert isinstance(item, Instance)
    if instances.method_of(state, item, "__eq__") is not None:
        what = f"a search for an object of class '{item.cls.__name__}', which defines __eq__"
        raise state.refuse(what, "write a loop")
    return literal(any(_is_same(state, item, other) for other in items) == isinstance(op, gast.In))
