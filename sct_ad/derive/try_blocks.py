"""Exceptions that the tangents in a try block raise by themselves, which its handler must not take for the primal's."""

from __future__ import annotations

import builtins

import gast

from sct_ad.analysis.raising import may_raise
from sct_ad.analysis.typer import Typer
from sct_ad.errors import UnsupportedError
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import Constant

_OF_ARITHMETIC = (ZeroDivisionError, OverflowError, ValueError, FloatingPointError)


def refuse_raising_tangents(stmt: gast.Try, body: Block, typer: Typer) -> None:
    """Refuse a tangent that may raise what the handler catches, such as a division by zero."""
    caught = _classes(stmt.handlers[0].type, typer)
    kinds: list[type] = [kind for kind in _OF_ARITHMETIC if caught is None or any(issubclass(kind, c) for c in caught)]
    if not kinds:
        return
    for inner in nodes.statements(body):
        origin = nodes.origin_of(inner)
        if origin is not None and origin.adjoint and not nodes.blocks(inner):
            if may_raise(inner, typer.type_of, typer.resolve, False) and _may_be(inner, kinds):
                raise UnsupportedError(
                    "a derivative in a try block that may raise what the handler catches",
                    origin,
                    "compute it after the try statement, or use reverse mode",
                )


def _may_be(stmt: gast.AST, kinds: list[type]) -> bool:
    """Whether one of the exceptions can come out of the arithmetic of a statement."""
    for node in nodes.walk(stmt):
        if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Div, gast.Pow, gast.Mod, gast.FloorDiv)):
            if ZeroDivisionError in kinds or (isinstance(node.op, gast.Pow) and OverflowError in kinds):
                return True
        if isinstance(node, gast.Call):
            return True
    return False


def _classes(expr: gast.AST, typer: Typer) -> list[type] | None:
    """The classes that a handler names; None where they are not known."""
    found: list[type] = []
    for item in expr.elts if isinstance(expr, gast.Tuple) else [expr]:
        value = typer.resolve(item) or getattr(builtins, getattr(item, "id", ""), None)
        type_ = typer.type_of(item)
        value = type_.value if value is None and isinstance(type_, Constant) else value
        if not (isinstance(value, type) and issubclass(value, BaseException)):
            return None
        found.append(value)
    return found
