"""Which statements of the two sweeps matter for what is returned: a mark and sweep over both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gast

from sct_ad.analysis.raising import may_raise
from sct_ad.derive.pairs import Item, Pair
from sct_ad.derive.reads import Access, around_both_sweeps
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Stmt


@dataclass(slots=True)
class _Simple:
    """What a simple statement binds and writes, and whether it matters by itself."""

    stmt: Stmt
    name: str | None
    written: list[tuple[str, str | None]]
    """Each variable that it writes through, and the place of that."""
    has_effect: bool


class Liveness:
    """Marks from the returned expressions and from effects, then prunes the pair in place."""

    def __init__(self, access: Access, roots: list[nodes.Expr]) -> None:
        self.access = access
        self._found: dict[int, _Simple] = {}
        self._marked: set[int] = set()
        self.names: set[str] = set()
        self.contents: set[str] = set()
        self.kept: set[int] = set()
        """Statements of try bodies that may raise: they decide which way control goes."""
        self._read(roots)

    def prune(self, pair: Pair) -> None:
        """Remove dead adjoint statements and mark dead primal ones by a `pass`."""
        while self._mark(pair):
            pass
        self._sweep(pair)

    def _read(self, exprs: list[nodes.Expr]) -> bool:
        names, contents = nodes.names_in(exprs), self.access.contents(exprs)
        grown = not (names <= self.names and contents <= self.contents)
        self.names |= names
        self.contents |= contents
        return grown

    def is_live(self, stmt: Stmt) -> bool:
        """Whether a simple statement matters."""
        if id(stmt) in self.kept or id(stmt) in self._marked:
            return True
        found = self._about(stmt)
        if found.has_effect or found.name in self.names:
            return True
        return any(
            place in self.contents or (place is None and variable in self.names) for variable, place in found.written
        )

    def _about(self, stmt: Stmt) -> _Simple:
        found = self._found.get(id(stmt))
        if found is None:
            bound = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
            name = str(bound.id) if isinstance(bound, gast.Name) else None
            written = [(variable, self.access.place(variable)) for variable in self.access.written(stmt)]
            effect = self.access.has_effect(stmt) or isinstance(stmt, gast.Break)
            found = self._found[id(stmt)] = _Simple(stmt, name, written, effect)
        return found

    def _mark(self, pair: Pair) -> bool:
        changed = False
        for stmt in _adjoint_statements(pair):
            if self.is_live(stmt):
                changed |= self._mark_simple(stmt)
        for item in reversed(pair.items):  # what a statement reads is computed before it
            for inner in item.inner:
                changed |= self._mark(inner)
            if not item.inner:
                if self.is_live(item.primal):
                    changed |= self._mark_simple(item.primal)
            elif self._matters(item):
                changed |= self._read(nodes.expressions(item.primal))
                if isinstance(item.primal, gast.Try):
                    changed |= self._keep(item.inner[0])
                for last in item.inner[0].items[-1:]:
                    if _is_exit(last):
                        changed |= self._read(nodes.expressions(last.primal))
        return changed

    def _mark_simple(self, stmt: Stmt) -> bool:
        if id(stmt) in self._marked:
            return False
        self._marked.add(id(stmt))
        changed = self._read(self.access.value_reads(stmt))
        bases = {variable for variable, _ in self._about(stmt).written}
        changed |= not bases <= self.names
        self.names |= bases
        return changed

    def _keep(self, body: Pair) -> bool:
        """Keep what may raise in a try body; returns whether there was more of it."""
        typer, before = self.access.typer, len(self.kept)
        for item in body.items:
            if may_raise(item.primal, typer.type_of, typer.resolve):
                self.kept.add(id(item.primal))
            for inner in item.inner:
                self._keep(inner)
        return len(self.kept) > before

    def _matters(self, item: Item) -> bool:
        if id(item.primal) in self.kept:
            return True
        if isinstance(item.primal, gast.With) and not around_both_sweeps(item.primal, self.access.typer):
            return True
        return any(self._pair_matters(inner) for inner in item.inner)

    def _pair_matters(self, pair: Pair) -> bool:
        if any(map(self.is_live, _adjoint_statements(pair))):
            return True
        return any(
            self._matters(item) if item.inner else self.is_live(item.primal) and not isinstance(item.primal, gast.Break)
            for item in pair.items
        )

    def _sweep(self, pair: Pair) -> None:
        pair.first = list(filter(self.is_live, pair.first))
        pair.last = list(filter(self.is_live, pair.last))
        for item in pair.items:
            item.adjoint = list(filter(self.is_live, item.adjoint))
            item.mirror = list(filter(self.is_live, item.mirror))
            for inner in item.inner:
                self._sweep(inner)
            if not item.inner and not self.is_live(item.primal):
                item.primal = nodes.with_origin(gast.Pass(), nodes.origin_of(item.primal))
        pair.items = [item for item in pair.items if not self._is_empty(item)]

    def _is_empty(self, item: Item) -> bool:
        if item.adjoint or item.mirror or id(item.primal) in self.kept:
            return False
        if not item.inner:
            return isinstance(item.primal, gast.Pass)
        if isinstance(item.primal, gast.With) and not around_both_sweeps(item.primal, self.access.typer):
            return False
        exits = all(len(i.items) <= 1 for i in item.inner) and all(_is_exit(j) for i in item.inner for j in i.items)
        is_loop = isinstance(item.primal, (gast.For, gast.While))
        nothing = all(not i.items for i in item.inner) or (exits and is_loop)
        return nothing and not any(i.first or i.last for i in item.inner)


def _adjoint_statements(pair: Pair) -> Iterator[Stmt]:
    yield from pair.first
    yield from pair.last
    for item in pair.items:
        yield from item.adjoint
        yield from item.mirror


def _is_exit(item: Item) -> bool:
    """`if flag: break`."""
    return isinstance(item.primal, gast.If) and any(isinstance(j.primal, gast.Break) for j in item.inner[0].items)
