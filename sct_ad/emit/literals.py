"""Making a tree printable: constants that print as themselves, and the check that a text means the tree."""

from __future__ import annotations

import ast
import math
from typing import Any

import gast

from sct_ad.errors import InternalError
from sct_ad.syntax import nodes

_PLAIN = (bool, int, str, bytes, type(None), type(Ellipsis))


def printable(node: Any) -> Any:
    """A copy whose constants are all literals: -1, (1, 2) and 1+2j become the expressions that Python reads them as."""
    if isinstance(node, list):
        return [printable(item) for item in node]
    if isinstance(node, gast.Constant):
        return _literal(node.value)
    if isinstance(node, gast.JoinedStr):
        return nodes.copy(node)  # its constants are parts of one literal
    if not isinstance(node, gast.AST):
        return node
    return type(node)(**{field: printable(getattr(node, field, None)) for field in node._fields})


_ALIKE: dict[type, type] = {
    getattr(gast, name): getattr(ast, name)
    for name in (
        "Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv Invert Not UAdd USub And Or "
        "Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn Load Store Del BoolOp BinOp UnaryOp Compare IfExp Call keyword "
        "Attribute Subscript Slice Starred Tuple List Set Dict Assign AugAssign Expr Return Delete Pass Break Continue"
    ).split()
}
"""The classes of nodes that differ from Python's own by nothing but what is in them."""


def as_ast(node: Any) -> Any:
    """Python's own tree of a node that has been made printable."""
    cls = node.__class__
    if cls is list:
        return [as_ast(item) for item in node]
    if cls is gast.Name:
        return ast.Name(id=node.id, ctx=_ALIKE[node.ctx.__class__]())
    if cls is gast.Constant:
        literal = _literal(node.value)
        return ast.Constant(value=literal.value) if isinstance(literal, gast.Constant) else as_ast(literal)
    if not isinstance(node, gast.AST):
        return node
    alike = _ALIKE.get(cls)
    if alike is None:
        return gast.gast_to_ast(printable(node))
    return alike(**{field: as_ast(getattr(node, field, None)) for field in node._fields})


def _literal(value: Any) -> gast.expr:
    """The expression that Python's parser makes of a constant."""
    kind = type(value)
    if kind is tuple:
        return nodes.tuple_([_literal(item) for item in value])
    if kind in (int, float) and math.copysign(1.0, value) < 0 and value == value:
        return gast.UnaryOp(op=gast.USub(), operand=_literal(-value))
    if kind is complex:
        imaginary = gast.Constant(value=complex(0.0, abs(value.imag)), kind=None)
        sign = math.copysign(1.0, value.imag) < 0
        if value.real or sign or math.copysign(1.0, value.real) < 0:
            whole = gast.BinOp(_literal(value.real), gast.Sub() if sign else gast.Add(), imaginary)
            return _checked(value, value.real - abs(value.imag) * 1j if sign else value.real + value.imag * 1j, whole)
        return imaginary
    if kind in _PLAIN or (kind is float and not math.isnan(value)):  # an infinity prints as 1e1000
        return gast.Constant(value=value, kind=None)
    raise InternalError(f"the constant {value!r} ({kind.__name__}) has no literal: bind it to a name")


def _checked(value: complex, printed: complex, whole: gast.expr) -> gast.expr:
    if repr(value) != repr(printed):
        raise InternalError(f"the constant {value!r} has no literal: bind it to a name")
    return whole


def means(text: str, statement: ast.stmt) -> bool:
    """Whether a text parses to this statement, read/write contexts and positions aside."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return len(body) == 1 and _same(body[0], statement)


def _same(left: Any, right: Any) -> bool:
    """Equality of `ast` trees; walks without recursion."""
    waiting = [(left, right)]
    while waiting:
        mine, theirs = waiting.pop()
        if isinstance(mine, list):
            theirs = theirs or []
            if len(mine) != len(theirs):
                return False
            waiting.extend(zip(mine, theirs, strict=True))
        elif isinstance(mine, ast.AST):
            if type(mine) is not type(theirs):
                return False
            for field in mine._fields:
                if field not in _NO_MEANING:
                    waiting.append((getattr(mine, field, None), getattr(theirs, field, None)))
        elif mine is not theirs and (type(mine) is not type(theirs) or repr(mine) != repr(theirs)):
            return False
    return True


_NO_MEANING = ("ctx", "kind", "type_comment")
"""Fields that say nothing that the text around does not say."""
