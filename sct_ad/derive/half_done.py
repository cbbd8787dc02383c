"""Memory that a try body has written when an exception comes: nobody may look at it afterwards."""

from __future__ import annotations

import gast

from sct_ad.analysis.alias import Memory
from sct_ad.analysis.raising import Resolve, TypeOf, half_done, may_raise
from sct_ad.analysis.typer import Typer
from sct_ad.derive.reads import Access
from sct_ad.errors import UnsupportedError
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt


def refuse_half_done_stores(body: Block, typer: Typer, memory: Memory, active: set[str]) -> set[int]:
    """Refuse try statements whose handler goes on with differentiated arrays or containers that are changed in part.

    Returns the ids of all statements that may have changed memory when an exception is caught.
    """
    found = _HalfDone(body, typer, memory, active)
    found.block(body, None)
    return found.early


def half_done_refusal(variable: str, store: Stmt) -> UnsupportedError:
    """The error for memory that is changed before an exception may come."""
    return UnsupportedError(
        f"'{variable}' changes in a try block before something that may raise",
        nodes.origin_of(store),
        "change it after all that may raise, or after the try statement",
    )


class _HalfDone:
    def __init__(self, body: Block, typer: Typer, memory: Memory, active: set[str]) -> None:
        self.body, self.typer, self.memory, self.active = body, typer, memory, active
        self.early: set[int] = set()
        self.access = Access(typer, memory, {})

    def block(self, stmts: Block, loop: Stmt | None) -> None:
        """Look at all try statements of a block, `loop` being the outermost loop around it."""
        for stmt in stmts:
            around = loop if loop is not None or not isinstance(stmt, (gast.For, gast.While)) else stmt
            for inner in nodes.blocks(stmt):
                self.block(inner, around)
            if isinstance(stmt, gast.Try) and not stmt.handlers[0].leaves:
                self._check(stmt, loop)

    def _check(self, stmt: gast.Try, loop: Stmt | None) -> None:
        inside = {id(s) for s in nodes.statements([*stmt.body, *stmt.orelse])}
        for store, variable in self._early_stores(stmt.body, stmt.handlers[0].narrow):
            self.early.add(id(store))
            if variable not in self.active:
                continue
            root = self.memory.find(variable)
            same = {v for v, r in self.memory.classes().items() if r == root}
            seen = any(nodes.reads(s) & same for s in nodes.statements(self.body) if id(s) not in inside)
            within = set() if loop is None else {id(s) for s in nodes.statements([loop])}
            older = any(nodes.defines(s) & same for s in nodes.statements(self.body) if id(s) not in within)
            if seen or (loop is not None and older):
                raise half_done_refusal(variable, store)

    def _early_stores(self, body: Block, narrow: bool) -> list[tuple[Stmt, str]]:
        """The statements that write memory before something in a body may raise."""
        early = half_done(body, *self._asked(), narrow)
        early += [stmt for stmt in nodes.statements(body) if self._in_steps(stmt, narrow)]
        return [(stmt, v) for stmt in early for v in self.access.written(stmt) if v in self.memory.parent]

    def _in_steps(self, stmt: Stmt, narrow: bool) -> bool:
        """Whether a statement may raise when it has written a part."""
        if not isinstance(stmt, (gast.Expr, gast.Assign)) or not isinstance(stmt.value, gast.Call):
            return False
        at_once = (list.append, list.pop, list.insert, list.extend, list.clear, dict.pop)
        return self.typer.resolve(stmt.value.func) not in at_once and may_raise(stmt, *self._asked(), narrow)

    def _asked(self) -> tuple[TypeOf, Resolve]:
        return self.typer.type_of, self.typer.resolve
