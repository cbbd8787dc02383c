"""Remove what no result, effect or decision depends on."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.analysis.liveness import Liveness
from sct_ad.analysis.raising import may_raise
from sct_ad.optimise.footprint import Footprint, Footprints
from sct_ad.optimise.workspace import Workspace, fill_bodies, negation
from sct_ad.syntax.nodes import Block, Stmt, blocks, origin_of, reads, statements, with_origin

ROOTS = (gast.Return, gast.Raise, gast.Assert, gast.Global, gast.Nonlocal, gast.FunctionDef, gast.Delete)


def dead_code(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Keep only what a result or an effect needs; a store counts when its memory's content is read.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(dead_code, "def f(x):\\n    y = x * x\\n    if x > y:\\n        z = y\\n    return x")
    def f(x):
        return x
    """
    space = Workspace.of(fn, facts)
    fn, footprints = space.fn, space.footprints
    while True:
        before = sum(1 for _ in statements(fn.body))
        live = _Marker(fn, footprints, space.liveness).mark()
        fn.body = _sweep(fn.body, live, footprints)
        fn.body = _drop_overwritten(fn.body, Liveness(fn, footprints.touched), footprints)
        fill_bodies(fn)
        _forget_unread_targets(fn)
        if sum(1 for _ in statements(fn.body)) == before:
            return space.leave()
        space.refresh()


class _Marker:
    """Spreads liveness from the roots until nothing changes; names and alias classes without regard to order."""

    def __init__(self, fn: gast.FunctionDef, footprints: Footprints, liveness: Liveness) -> None:
        self.liveness = liveness
        self.all = list(statements(fn.body))
        self.own = {id(stmt): footprints.own(stmt) for stmt in self.all}
        self.parent = {id(inner): stmt for stmt in self.all for block in blocks(stmt) for inner in block}
        self.risky = risky_statements(fn, footprints.facts)
        self.names: set[str] = set()
        self.memory: set[str] = set()
        self.live: set[int] = set()

    def mark(self) -> set[int]:
        """The ids of the live statements."""
        changed = True
        while changed:
            changed = False
            for stmt in reversed(self.all):
                if id(stmt) not in self.live and self._needed(stmt):
                    self._enliven(stmt)
                    changed = True
        return self.live

    def _needed(self, stmt: Stmt) -> bool:
        own = self.own[id(stmt)]
        if isinstance(stmt, ROOTS) or own.impure or id(stmt) in self.risky:
            return True
        if isinstance(stmt, gast.Break):
            return self._in_live_loop(stmt)
        if isinstance(stmt, gast.For):  # else live once something inside is
            return self.liveness.any_live_after(stmt, own.defines & self.names)
        if isinstance(stmt, (gast.If, gast.While, gast.Pass)):
            return False
        return own.barrier or not own.defines.isdisjoint(self.names) or not own.writes.isdisjoint(self.memory)

    def _in_live_loop(self, stmt: Stmt) -> bool:
        outer = self.parent.get(id(stmt))
        while outer is not None and not isinstance(outer, (gast.For, gast.While)):
            outer = self.parent.get(id(outer))
        return outer is not None and id(outer) in self.live

    def _enliven(self, stmt: Stmt) -> None:
        outer: Stmt | None = stmt
        while outer is not None and id(outer) not in self.live:
            own = self.own[id(outer)]
            self.live.add(id(outer))
            self.names |= set(own.reads)
            self.memory |= own.content | {owner for owner in own.writes if owner.startswith("tape ")}
            outer = self.parent.get(id(outer))


def risky_statements(fn: gast.FunctionDef, facts: Facts) -> set[int]:
    """The ids of the statements that may raise inside a try, so that they decide which way control goes."""
    found: set[int] = set()
    for stmt in statements(fn.body):
        if isinstance(stmt, gast.Try):
            found |= {id(s) for s in statements(stmt.body) if may_raise(s, facts.type_of, facts.resolve)}
    return found


def _sweep(block: Block, live: set[int], footprints: Footprints) -> Block:
    kept: Block = []
    for stmt in block:
        if id(stmt) not in live:
            continue
        if isinstance(stmt, gast.If):
            stmt.body, stmt.orelse = (_sweep(part, live, footprints) for part in (stmt.body, stmt.orelse))
            if not stmt.body and not stmt.orelse:
                if footprints.own(stmt).effect_free:
                    continue
                stmt.body = [gast.Pass()]
            elif not stmt.body:
                stmt.test, stmt.body, stmt.orelse = negation(stmt.test), stmt.orelse, []
        elif isinstance(stmt, (gast.For, gast.While, gast.With)):
            stmt.body = _sweep(stmt.body, live, footprints) or [gast.Pass()]
        elif isinstance(stmt, gast.Try):
            stmt.body, stmt.orelse = (_sweep(part, live, footprints) for part in (stmt.body, stmt.orelse))
            for handler in stmt.handlers:
                handler.body = _sweep(handler.body, live, footprints) or [gast.Pass()]
            if not stmt.body or all(map(_only_raises_again, stmt.handlers)):
                kept += [*stmt.body, *stmt.orelse]
                continue
        kept.append(stmt)
    return kept


def _only_raises_again(handler: gast.ExceptHandler) -> bool:
    first = handler.body[0]
    return len(handler.body) == 1 and isinstance(first, gast.Raise) and first.exc is None


def _drop_overwritten(block: Block, liveness: Liveness, footprints: Footprints) -> Block:
    """Drop pure assignments to names that are assigned again before any use."""
    kept: Block = []
    for stmt in block:
        own = footprints.own(stmt)
        if not liveness.any_live_after(stmt, own.defines):
            if _only_names_itself(stmt, own) and own.effect_free:
                continue
            if _is_named_call(stmt):
                stmt = with_origin(gast.Expr(value=stmt.value), origin_of(stmt))
        if isinstance(stmt, gast.If):
            stmt.body = _drop_overwritten(stmt.body, liveness, footprints)
            stmt.orelse = _drop_overwritten(stmt.orelse, liveness, footprints)
        elif isinstance(stmt, (gast.For, gast.While, gast.With)):
            stmt.body = _drop_overwritten(stmt.body, liveness, footprints)
        elif isinstance(stmt, gast.Try):
            stmt.orelse = _drop_overwritten(stmt.orelse, liveness, footprints)
            for handler in stmt.handlers:
                handler.body = _drop_overwritten(handler.body, liveness, footprints)
        kept.append(stmt)
    return kept


def _forget_unread_targets(fn: gast.FunctionDef) -> None:
    """`except E as e` without a use of `e` -> `except E`, and so for contexts."""
    binding = [stmt for stmt in statements(fn.body) if isinstance(stmt, (gast.With, gast.Try))]
    read = {name for stmt in statements(fn.body) for name in reads(stmt)} if binding else set()
    for stmt in binding:
        if isinstance(stmt, gast.With):
            for item in stmt.items:
                if isinstance(item.optional_vars, gast.Name) and item.optional_vars.id not in read:
                    item.optional_vars = None
        for handler in getattr(stmt, "handlers", ()):
            if handler.name is not None and handler.name.id not in read:
                handler.name = None


def _only_names_itself(stmt: Stmt, own: Footprint) -> bool:
    if isinstance(stmt, gast.Assign):
        return isinstance(stmt.targets[0], gast.Name) and not own.barrier
    return isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name) and own.effect_free


def _is_named_call(stmt: Stmt) -> bool:
    """Whether this is `name = function(...)`."""
    named = isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)
    return named and isinstance(stmt.value, gast.Call)
