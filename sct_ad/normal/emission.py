"""What all lowering shares: where core statements go, fresh names, and the order of evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast

from sct_ad.errors import Span, UnsupportedError
from sct_ad.normal import scopes
from sct_ad.normal.refused import refusal
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.source import Source

_OF_ARRAYS = ("T", "mT", "real", "imag", "shape", "ndim", "size", "dtype", "flat")
_POSITIONS = ("lineno", "col_offset", "end_lineno", "end_col_offset")


class Emission:
    """Core statements in the making; `value`, `block`, `definition` and `assign` are given by the classes below."""

    def __init__(self, source: Source, names: Names, temporaries: set[str], args: gast.arguments, body: Block) -> None:
        self.source, self.names, self.temporaries = source, names, temporaries
        self.out: Block = []
        self.origin: Span | None = None
        self.locals = scopes.parameters(args) | scopes.bound(body) | temporaries
        self.mentions = Counter(nodes.mentions(body))
        self.mentions.update(scopes.parameters(args))
        self.shared = scopes.shared(body)
        self.captured = scopes.captured(body)
        self.functions = {node.name for node in nodes.every(body, gast.FunctionDef)}
        for node in nodes.every(body, gast.Assign):
            if isinstance(node.value, gast.Lambda):
                self.functions |= set().union(*map(scopes.targets, node.targets))

    def value(self, expr: Expr) -> Expr:
        """The expression as a core right-hand side."""
        raise NotImplementedError

    def block(self, stmts: Block) -> Block:
        """The core of a block."""
        raise NotImplementedError

    def definition(self, function: gast.FunctionDef) -> None:
        """A nested function."""
        raise NotImplementedError

    def fresh(self, base: str = "t") -> str:
        """A temporary."""
        name = self.names.fresh(base)
        self.temporaries.add(name)
        self.locals.add(name)
        return name

    def emit(self, stmt: Stmt) -> None:
        """Append a core statement of the current user statement."""
        self.out.append(nodes.with_origin(stmt, self.origin))

    def define(self, value: Expr, base: str = "t") -> gast.Name:
        """The value in a temporary."""
        if base == "t" and isinstance(value, gast.Attribute) and value.attr not in {*_OF_ARRAYS, *self.names.taken}:
            base = value.attr
        name = self.fresh(base)
        self.emit(nodes.assign(name, value))
        return at(nodes.name(name), value)

    def nested(self, run: Callable[[], None]) -> Block:
        """What `run` emits, as a block of its own."""
        outer, self.out = self.out, []
        run()
        made, self.out = self.out, outer
        return made

    def refuse(self, node: Any, kind: str = "") -> UnsupportedError:
        """An error at a node."""
        return refusal(node, self.source, kind)

    def is_atom(self, value: Expr) -> bool:
        """Whether a right-hand side is an atom."""
        if isinstance(value, gast.UnaryOp) and isinstance(value.op, gast.USub):
            return isinstance(value.operand, gast.Constant) and type(value.operand.value) in (int, float)
        path = nodes.dotted(value)
        return isinstance(value, (gast.Name, gast.Constant)) or (path is not None and path[0] not in self.locals)

    def atom(self, expr: Expr, later: Any = ()) -> Expr:
        """The value as an atom, which keeps its value while the expressions in `later` are evaluated."""
        value = self.value(expr)
        if not self.is_atom(value):
            return self.define(value)
        if isinstance(value, gast.Name) and later and value.id in scopes.rebound(list(later), self.shared):
            return self.define(value)
        return value

    def atoms(self, exprs: list[Expr], later: Any = ()) -> list[Expr]:
        """Atoms for several expressions, evaluated from left to right."""
        found = []
        for k, expr in enumerate(exprs):
            behind = [*exprs[k + 1 :], *later]
            if isinstance(expr, gast.Starred):
                found.append(gast.Starred(value=self.atom(expr.value, behind), ctx=nodes.LOAD))
            else:
                found.append(self.atom(expr, behind))
        return found


def at(new: Any, old: Any) -> Any:
    """The new node at the old one's place, unless it has one."""
    for key in _POSITIONS:
        if getattr(old, key, None) is not None and getattr(new, key, None) is None:
            setattr(new, key, getattr(old, key))
    return new
