"""An exception that a try statement's own body raises for its own handler is a jump: what went before it is done.

Such a `raise` becomes an exit of the body, which `exits.py` lowers; the handler's statements are repeated where the
exit leads. An exception of the same class from elsewhere is caught as ever.
"""

from __future__ import annotations

import builtins
from typing import Any

import gast

from sct_ad.normal.emission import at
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Stmt

_TRACING = {"exception", "print_exc", "format_exc", "exc_info", "print_exception"}
"""Functions that ask which exception is being handled."""


def with_jumps(stmts: Block, names: Names, temporaries: set[str]) -> Block:
    """Mark, in place, the try statements whose bodies raise what they catch themselves.

    The body gets exits in place of its `raise`s; `plain` keeps the body as it was, `thrown` is the flag of the exit.
    """
    for stmt in stmts:
        if isinstance(stmt, (gast.FunctionDef, gast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            with_jumps(getattr(stmt, field, None) or [], names, temporaries)
        for handler in getattr(stmt, "handlers", ()):
            with_jumps(handler.body, names, temporaries)
        classes = _caught_by_name(stmt) if isinstance(stmt, gast.Try) else set()
        if classes and any(_is_thrown(s, classes) for s in _reachable(stmt.body)):
            stmt.thrown = names.fresh("thrown")
            temporaries.add(stmt.thrown)
            stmt.plain = nodes.copy(stmt.body)
            stmt.body = _replaced(stmt.body, classes, stmt)
    return stmts


def _caught_by_name(stmt: gast.Try) -> set[tuple[str, ...]]:
    """The names of the user's exception classes that the first handler catches, if it can run as ordinary code."""
    if not stmt.handlers or stmt.handlers[0].type is None:
        return set()
    handler = stmt.handlers[0]
    for node in nodes.walk(handler.body):
        if isinstance(node, gast.Raise) and node.exc is None:
            return set()
        if isinstance(node, gast.Call) and (nodes.dotted(node.func) or ("",))[-1] in _TRACING:
            return set()
    types = handler.type.elts if isinstance(handler.type, gast.Tuple) else [handler.type]
    paths = {path for t in types if (path := nodes.dotted(t)) is not None}
    return {p for p in paths if p == ("StopIteration",) or len(p) > 1 or not hasattr(builtins, p[0])}


def _reachable(stmts: Block) -> Block:
    """The statements of a block that no other try or with statement stands around."""
    found: Block = []
    for stmt in stmts:
        found.append(stmt)
        if isinstance(stmt, (gast.If, gast.For, gast.While)):
            found += _reachable(stmt.body) + _reachable(stmt.orelse)
    return found


def _is_thrown(stmt: Stmt, classes: set[tuple[str, ...]]) -> bool:
    if not isinstance(stmt, gast.Raise) or stmt.cause is not None or stmt.exc is None:
        return False
    raised = stmt.exc.func if isinstance(stmt.exc, gast.Call) else stmt.exc
    return nodes.dotted(raised) in classes


def _replaced(stmts: Block, classes: set[tuple[str, ...]], owner: gast.Try) -> Block:
    out: Block = []
    for stmt in stmts:
        if _is_thrown(stmt, classes):
            leave: Any = at(gast.Return(value=None), stmt)
            leave.thrown, leave.bind = owner.thrown, _bound(stmt, owner)
            stmt = leave
        elif isinstance(stmt, (gast.If, gast.For, gast.While)):
            stmt.body, stmt.orelse = (_replaced(part, classes, owner) for part in (stmt.body, stmt.orelse))
        out.append(stmt)
    return out


def _bound(stmt: gast.Raise, owner: gast.Try) -> Block:
    """What is left of making the exception: it itself where the handler names it, else what its arguments do."""
    name = owner.handlers[0].name
    if name is not None:
        made = stmt.exc if isinstance(stmt.exc, gast.Call) else at(nodes.call(stmt.exc), stmt)
        return [at(nodes.assign(name.id, made), stmt)]
    args = stmt.exc.args if isinstance(stmt.exc, gast.Call) else []
    return [at(gast.Expr(value=a), stmt) for a in args if any(isinstance(n, gast.Call) for n in nodes.walk(a))]
