"""Which names are still needed at the end of each block (structured code, loops to a fixpoint)."""

from __future__ import annotations

from collections.abc import Callable

import gast

from sct_ad.syntax.nodes import Block, Stmt, defines, names_in, reads

Touched = Callable[[Stmt], tuple[set[str], set[str]]]


def touched(stmt: Stmt) -> tuple[set[str], set[str]]:
    """The names that a statement itself reads and binds."""
    return reads(stmt), defines(stmt)


class Liveness:
    """Names live at the end of every block of a function, and after every statement."""

    def __init__(self, fn: gast.FunctionDef, touched: Touched = touched) -> None:
        self._of = touched
        self._ends: dict[int, set[str]] = {}
        self._after: dict[int, set[str]] = {}
        self._touched: dict[int, tuple[set[str], set[str]]] = {}
        self._caught: set[str] = set()
        """The names that are read where an exception of the statement at hand goes."""
        self._block(fn.body, set())

    def at_end(self, block: Block) -> set[str]:
        """The names that may be read after the block's last statement."""
        return self._ends[id(block)]

    def after(self, stmt: Stmt) -> set[str]:
        """The names that may be read after the statement."""
        return self._after[id(stmt)]

    def _block(self, block: Block, live: set[str]) -> set[str]:
        self._ends[id(block)] = live
        for stmt in reversed(block):
            live = live | self._caught
            self._after[id(stmt)] = live
            live = self._statement(stmt, live) | self._caught
        return live

    def _statement(self, stmt: Stmt, live: set[str]) -> set[str]:
        if id(stmt) not in self._touched:
            self._touched[id(stmt)] = self._of(stmt)
        read, bound = self._touched[id(stmt)]
        if isinstance(stmt, gast.If):
            return self._block(stmt.body, live) | self._block(stmt.orelse, live) | read
        if isinstance(stmt, (gast.For, gast.While)):
            head = live | (read if isinstance(stmt, gast.While) else set())
            while True:
                wider = head | (self._block(stmt.body, head) - bound)
                if wider == head:
                    return head | read
                head = wider
        if isinstance(stmt, gast.With):  # whose body may be left early
            return self._block(stmt.body, live) | live | read
        if isinstance(stmt, gast.Try):
            handled = set().union(*(self._block(handler.body, live) for handler in stmt.handlers)) - bound
            after = self._block(stmt.orelse, live)
            outer, self._caught = self._caught, self._caught | handled | read
            before = self._block(stmt.body, after)
            self._caught = outer
            return before | handled | read
        if isinstance(stmt, gast.Return):
            return read
        if isinstance(stmt, gast.FunctionDef):
            return live | names_in(stmt)
        return (live - bound) | read
