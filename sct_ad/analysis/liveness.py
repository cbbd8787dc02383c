"""Which names are still needed at the end of each block (structured code, loops to a fixpoint)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import gast

from sct_ad.syntax.nodes import Block, Stmt, defines, names_in, reads

Touched = Callable[[Stmt], tuple[Iterable[str], Iterable[str]]]


def touched(stmt: Stmt) -> tuple[set[str], set[str]]:
    """The names that a statement itself reads and binds."""
    return reads(stmt), defines(stmt)


class Liveness:
    """Names live at the end of every block of a function, and after every statement.

    Sets of names are integers with a bit for each name: a long function has many names alive at each of its statements.
    """

    def __init__(self, fn: gast.FunctionDef, touched: Touched = touched) -> None:
        self._of = touched
        self._bits: dict[str, int] = {}
        self._ends: dict[int, int] = {}
        self._after: dict[int, int] = {}
        self._touched: dict[int, tuple[int, int]] = {}
        self._caught = 0
        """The names that are read where an exception of the statement at hand goes."""
        self._block(fn.body, 0)

    def at_end(self, block: Block) -> set[str]:
        """The names that may be read after the block's last statement."""
        live = self._ends[id(block)]
        return {name for name, bit in self._bits.items() if live & bit}

    def is_live_at_end(self, block: Block, name: str) -> bool:
        """Whether a name may be read after the block's last statement."""
        return bool(self._ends[id(block)] & self._bits.get(name, 0))

    def any_live_after(self, stmt: Stmt, names: Iterable[str]) -> bool:
        """Whether one of the names may be read after the statement."""
        live = self._after[id(stmt)]
        return any(live & self._bits.get(name, 0) for name in names)

    def _set(self, names: Iterable[str]) -> int:
        bits, found = self._bits, 0
        for name in names:
            bit = bits.get(name)
            if bit is None:
                bit = bits[name] = 1 << len(bits)
            found |= bit
        return found

    def _block(self, block: Block, live: int) -> int:
        self._ends[id(block)] = live
        for stmt in reversed(block):
            live |= self._caught
            self._after[id(stmt)] = live
            live = self._statement(stmt, live) | self._caught
        return live

    def _statement(self, stmt: Stmt, live: int) -> int:
        found = self._touched.get(id(stmt))
        if found is None:
            mentioned = self._of(stmt)
            found = self._touched[id(stmt)] = self._set(mentioned[0]), self._set(mentioned[1])
        read, bound = found
        if isinstance(stmt, gast.If):
            return self._block(stmt.body, live) | self._block(stmt.orelse, live) | read
        if isinstance(stmt, (gast.For, gast.While)):
            head = live | (read if isinstance(stmt, gast.While) else 0)
            while True:
                wider = head | (self._block(stmt.body, head) & ~bound)
                if wider == head:
                    return head | read
                head = wider
        if isinstance(stmt, gast.With):  # whose body may be left early
            return self._block(stmt.body, live) | live | read
        if isinstance(stmt, gast.Try):
            handled = 0
            for handler in stmt.handlers:
                handled |= self._block(handler.body, live)
            handled &= ~bound
            after = self._block(stmt.orelse, live)
            outer, self._caught = self._caught, self._caught | handled | read
            before = self._block(stmt.body, after)
            self._caught = outer
            return before | handled | read
        if isinstance(stmt, gast.Return):
            return read
        if isinstance(stmt, gast.FunctionDef):
            return live | self._set(names_in(stmt))
        return (live & ~bound) | read
