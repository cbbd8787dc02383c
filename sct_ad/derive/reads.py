"""What statements of both sweeps read and write: names, and the content of memory."""

from __future__ import annotations

from dataclasses import dataclass

import gast
import numpy as np

from sct_ad.analysis.alias import Memory, effects_of
from sct_ad.analysis.typer import Typer
from sct_ad.runtime.checkpointing import recomputed
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Array, Scalar

SHAPE_ATTRIBUTES = {"shape", "size", "ndim", "dtype"}


@dataclass
class Access:
    """Answers questions about one function's statements.

    Memory written in place is named by its alias class; the shadows of a class form the class `b:` + its name.
    """

    typer: Typer
    memory: Memory
    shadows: dict[str, str]
    """Shadow -> its primal variable."""

    def place(self, variable: str) -> str | None:
        """The class of memory that a variable refers to, where that memory is written in place."""
        if variable in self.shadows:
            return "b:" + self.memory.find(self.shadows[variable])
        return self.memory.find(variable) if self.memory.has_identity(variable) else None

    def contents(self, node: Expr | list[Expr] | None) -> set[str]:
        """The classes of memory whose content an expression reads (its shape alone does not count)."""
        return {place for place in map(self.place, self.read(node)) if place is not None}

    def read(self, node: Expr | list[Expr] | None) -> set[str]:
        """The variables whose content an expression reads, where they hold any."""
        found: set[str] = set()
        self._read(node, found)
        return found

    def _read(self, node: object, found: set[str]) -> None:
        if isinstance(node, list):
            for item in node:
                self._read(item, found)
        elif isinstance(node, gast.Name):
            found.add(node.id)
        elif isinstance(node, gast.Attribute) and node.attr in SHAPE_ATTRIBUTES and isinstance(node.value, gast.Name):
            return
        elif isinstance(node, gast.Call):
            skipped = self._shape_only(node)
            for child in [node.func, *node.args, *(k.value for k in node.keywords)]:
                if not any(child is s for s in skipped):
                    self._read(child, found)
        elif isinstance(node, gast.AST):
            for child in nodes.below(node):
                self._read(child, found)

    def _shape_only(self, call: gast.Call) -> list[Expr]:
        function, args, _ = self.typer.call_parts(call)
        if function is None:
            return []
        found = [args[k] for k in effects_of(call, self.typer).shape_only if k < len(args)]
        return [a for a in found if isinstance(self.typer.type_of(a), (Array, Scalar))]  # a list's length is content

    def written(self, stmt: Stmt) -> list[str]:
        """The variables through which a statement writes memory in place."""
        if isinstance(stmt, gast.Assign) and not isinstance(stmt.targets[0], gast.Name):
            return _base(stmt.targets[0])
        if isinstance(stmt, gast.AugAssign):
            return _base(stmt.target)
        found: list[str] = []
        for call in nodes.every(nodes.expressions(stmt), gast.Call):
            if mutates := effects_of(call, self.typer).mutates:
                _, args, _ = self.typer.call_parts(call)
                found += [v for k in mutates if k < len(args) for v in _base(args[k])]
            found += [v for k in call.keywords if k.arg == "out" for v in _base(k.value)]
        return found

    def has_effect(self, stmt: Stmt) -> bool:
        """Whether a statement does something to the world: print, raise, random draws."""
        if isinstance(stmt, (gast.Raise, gast.Assert, gast.Return)):
            return True
        written = self.written(stmt)
        if written:
            return any(variable in self.typer.outside for variable in written)
        calls = nodes.every(nodes.expressions(stmt), gast.Call)
        return not all(effects_of(call, self.typer).pure for call in calls)

    def value_reads(self, stmt: Stmt) -> list[Expr]:
        """The expressions whose values a statement reads; a store does not read the content it overwrites."""
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
            return [stmt.value, target.slice] if isinstance(target, gast.Subscript) else [stmt.value]
        if isinstance(stmt, gast.AugAssign):
            return [stmt.value, stmt.target.slice] if isinstance(stmt.target, gast.Subscript) else [stmt.value]
        return nodes.expressions(stmt)


def around_both_sweeps(stmt: gast.With, typer: Typer) -> bool:
    """Whether a context holds for the reverse sweep of its body too."""
    context = stmt.items[0].context_expr
    return isinstance(context, gast.Call) and typer.resolve(context.func) in (np.errstate, recomputed)


def is_recomputed(stmt: Stmt, typer: Typer) -> bool:
    """Whether a statement is the block of a call of a function that is computed again."""
    context = stmt.items[0].context_expr if isinstance(stmt, gast.With) else None
    return isinstance(context, gast.Call) and typer.resolve(context.func) is recomputed


def _base(expr: Expr) -> list[str]:
    while isinstance(expr, (gast.Subscript, gast.Attribute)):
        expr = expr.value
    return [expr.id] if isinstance(expr, gast.Name) else []
