"""Generator functions: each `yield` a statement, followed by a return where the loop that consumes it has stopped.

The consumer's loop body is going to stand where `yield` stands; `stopped` is its flag for having been left early.
"""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.normal.emission import at
from sct_ad.normal.exits import Exits
from sct_ad.normal.refused import own_nodes, refusal
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.source import Source

_NESTED = ("body", "orelse", "handlers", "finalbody", "cases")


def is_generator(body: Block) -> bool:
    """Whether a function with this body is a generator function."""
    return any(isinstance(node, (gast.Yield, gast.YieldFrom)) for node in own_nodes(body))


def plain_yields(body: Block, stopped: str, names: Names, source: Source) -> Block:
    """The body with each `yield` as a statement of its own that ends the function where its consumer has stopped.

    >>> from sct_ad.normal.demonstrate import parse, text_of
    >>> source = parse("def f(xs):\\n    yield 1\\n    x = yield from xs")
    >>> plain_yields(source.tree.body[:1], "stopped", Names(), source)[1].test.id
    'stopped'
    >>> plain_yields(source.tree.body, "stopped", Names(), source)
    Traceback (most recent call last):
    sct_ad.errors.UnsupportedError: a yield inside an expression is not supported
      instead: give the yield a line of its own; send() is not supported
    """
    out: Block = []
    for stmt in body:
        out += _statement(stmt, stopped, names, source)
    return out


def _statement(stmt: Stmt, stopped: str, names: Names, source: Source) -> Block:
    value = getattr(stmt, "value", None)
    if isinstance(stmt, gast.Expr) and isinstance(value, gast.YieldFrom):
        item = names.fresh("item")
        loop = gast.For(target=nodes.target(item), iter=value.value, body=[], orelse=[], type_comment=None)
        loop.body = _yield(nodes.name(item), stmt, stopped)
        _refuse_yields([value.value], source)
        return [at(loop, stmt)]
    if isinstance(value, gast.Yield) and isinstance(stmt, (gast.Expr, gast.Assign, gast.AnnAssign)):
        given = value.value if value.value is not None else at(nodes.constant(None), value)
        _refuse_yields([given], source)
        out = _yield(given, stmt, stopped)
        if not isinstance(stmt, gast.Expr):  # what send() would give
            targets = stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target]
            out.append(at(gast.Assign(targets=targets, value=nodes.constant(None), type_comment=None), stmt))
        return out
    if isinstance(stmt, gast.Return):
        _refuse_yields([stmt], source)
        effects = [] if value is None or isinstance(value, (gast.Name, gast.Constant)) else [gast.Expr(value=value)]
        return [*(at(e, stmt) for e in effects), at(gast.Return(value=None), stmt)]
    if isinstance(stmt, (gast.If, gast.For, gast.While)):
        twin = nodes.copy(stmt)
        for field in ("body", "orelse"):
            setattr(twin, field, plain_yields(getattr(stmt, field), stopped, names, source))
        _refuse_yields([stmt.iter if isinstance(stmt, gast.For) else stmt.test], source)
        return [twin]
    for node in own_nodes([stmt]):
        if isinstance(node, (gast.Yield, gast.YieldFrom)):
            compound = any(getattr(stmt, field, None) for field in _NESTED)
            raise refusal(node, source, "compound yield" if compound else "yield")
    return [stmt]


def _refuse_yields(exprs: list[Any], source: Source) -> None:
    for node in own_nodes(exprs):
        if isinstance(node, (gast.Yield, gast.YieldFrom)):
            raise refusal(node, source, "yield")


def _yield(value: Expr, stmt: Stmt, stopped: str) -> Block:
    leave = gast.If(test=nodes.name(stopped), body=[at(gast.Return(value=None), stmt)], orelse=[])
    return [at(gast.Expr(value=at(gast.Yield(value=value), stmt)), stmt), at(leave, stmt)]


def merge_flags(body: Block, stopped: str, exits: Exits) -> Block:
    """After exits are rewritten: the flags that are set only where the consumer has stopped are its own flag.

    >>> from sct_ad.normal.demonstrate import parse, text_of
    >>> exits = Exits(Names(), temporaries={"stop"})
    >>> text = "def f():\\n  stop = False\\n  while c:\\n    if s:\\n      stop = True\\n    if stop:\\n      break"
    >>> print(text_of(merge_flags(parse(text).tree.body, "s", exits)))
    while c:
        if s:
            break
    """
    result = exits.made.get("result")
    body = _without(body, {result} if result else set())
    while True:
        equal = _set_where_stopped(body, stopped, exits.temporaries)
        if not equal:
            return body
        body = _without(nodes.substitute(body, dict.fromkeys(equal, stopped)), {stopped})


def _set_where_stopped(body: Block, stopped: str, flags: set[str]) -> set[str]:
    """The flags that become True in some branch `if stopped:`, and nowhere else."""
    inside: set[str] = set()
    outside: set[str] = set()

    def look(block: Block, guarded: bool) -> None:
        for stmt in block:
            if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
                name, value = stmt.targets[0].id, stmt.value
                if not (isinstance(value, gast.Constant) and value.value is False):
                    true = isinstance(value, gast.Constant) and value.value is True
                    (inside if guarded and true else outside).add(name)
            below = [getattr(stmt, "body", []), getattr(stmt, "orelse", [])]
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                here = isinstance(stmt, gast.If) and isinstance(stmt.test, gast.Name) and stmt.test.id == stopped
                look(below[0], guarded or here)
                look(below[1], guarded)

    look(body, False)
    return (inside - outside) & flags - {stopped}


def _without(body: Block, names: set[str]) -> Block:
    """The block without assignments to some names, and without branches that have become empty."""
    out: Block = []
    for stmt in body:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and stmt.targets[0].id in names:
            continue
        if isinstance(stmt, (gast.If, gast.For, gast.While)):
            stmt.body, stmt.orelse = _without(stmt.body, names), _without(stmt.orelse, names)
            if isinstance(stmt, gast.If) and not stmt.body:
                if not stmt.orelse and isinstance(stmt.test, gast.Name):
                    continue
                if stmt.orelse:
                    stmt.test = at(gast.UnaryOp(op=gast.Not(), operand=stmt.test), stmt.test)
                    stmt.body, stmt.orelse = stmt.orelse, []
            stmt.body = stmt.body or [gast.Pass()]
        out.append(stmt)
    return out
