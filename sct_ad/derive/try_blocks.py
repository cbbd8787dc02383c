"""Exceptions that the tangents in a try block raise by themselves, which its handler must not take for the primal's.

Where the primal of an operation did not raise, its tangent does not raise either, unless its rule is singular: the
derivative of `math.sqrt` at 0 is a division by zero.
"""

from __future__ import annotations

import builtins

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.derive.emission import Emission
from sct_ad.errors import UnsupportedError
from sct_ad.runtime.failures import TangentFailure
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Constant

_OF_ARITHMETIC = (ZeroDivisionError, OverflowError, ValueError, FloatingPointError)


def shield(body: Block, clause: gast.ExceptHandler, singular: set[int], emission: Emission) -> Block:
    """The body of a try statement, in which singular tangents raise what its handler does not catch.

    `singular` has the identities of the statements that may divide by zero.
    """
    caught = _classes(clause.type, emission.typer)
    if caught is not None and not any(issubclass(kind, cls) for kind in _OF_ARITHMETIC for cls in caught):
        return body
    everything = (caught is None or BaseException in caught) and not _raises_again(clause)
    return _shielded(body, singular, emission, everything)


def _raises_again(clause: gast.ExceptHandler) -> bool:
    """Whether a handler only does something before what it has caught goes on, as `finally` does."""
    last = clause.body[-1] if clause.body else None
    ends_so = isinstance(last, gast.Raise) and last.exc is None
    return ends_so and not any(isinstance(stmt, (gast.Break, gast.Continue)) for stmt in nodes.statements(clause.body))


def _shielded(body: Block, singular: set[int], emission: Emission, everything: bool) -> Block:
    found: Block = []
    for stmt in body:
        if id(stmt) in singular:
            if everything:
                raise UnsupportedError(
                    "a derivative that may be infinite, in a try block whose handler catches everything",
                    nodes.origin_of(stmt),
                    "name the exceptions, as in except ValueError:",
                )
            stmt = _guarded(stmt, emission)
        elif isinstance(stmt, (gast.If, gast.For, gast.While, gast.With, gast.Try)):
            for name in ("body", "orelse"):
                if getattr(stmt, name, None):
                    setattr(stmt, name, _shielded(getattr(stmt, name), singular, emission, everything))
        found.append(stmt)
    return found


def _guarded(stmt: Stmt, emission: Emission) -> Stmt:
    error = emission.fresh("error")
    failure = emission.bind(TangentFailure, "TangentFailure")
    leaving = gast.Raise(exc=failure, cause=nodes.name(error))
    kinds: list[Expr] = [emission.namespace.builtin("ArithmeticError"), emission.namespace.builtin("ValueError")]
    handler = gast.ExceptHandler(type=nodes.tuple_(kinds), name=nodes.target(error), body=[leaving])
    guarded = gast.Try(body=[stmt], handlers=[handler], orelse=[], finalbody=[])
    return nodes.with_origin(guarded, nodes.origin_of(stmt))  # type: ignore[no-any-return]


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
