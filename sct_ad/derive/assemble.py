"""The pair of sweeps -> one block: forward sweep, then reverse sweep."""

from __future__ import annotations

import gast

from sct_ad.derive.accumulate import Accumulator
from sct_ad.derive.pairs import Item, Pair, Save
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import List, Scalar


class Assembler:
    """Weaves records and restores into the two sweeps."""

    def __init__(self, accumulator: Accumulator) -> None:
        self.acc = accumulator
        self.loop_names: dict[str, str] = {}
        """Target of a reversed loop -> target of the loop that it reverses."""

    def forward(self, pair: Pair, top: bool = False) -> Block:
        """The forward sweep of a block."""
        out: Block = []
        for item in pair.items:
            if _is_exit(item):
                out += self._records(pair)
            stmts = self._forward_item(item)
            if top:
                out += [nodes.assign(tape, gast.List(elts=[], ctx=nodes.LOAD)) for tape in _tapes(item)]
            out += stmts
        if not (pair.items and _is_exit(pair.items[-1])):
            out += self._records(pair)
        return out

    def _records(self, pair: Pair) -> Block:
        return [self._record(save) for save in pair.save]

    def _forward_item(self, item: Item) -> Block:
        stmt = item.primal
        out = [self._record(save) for save in item.save]
        if isinstance(stmt, gast.Pass):
            return [*out, *item.mirror]
        if not item.inner:
            return [*out, stmt, *item.mirror]
        bodies = [self.forward(inner) for inner in item.inner]
        origin = nodes.origin_of(stmt)
        if isinstance(stmt, gast.If):
            if not any(bodies):
                return out
            new: Stmt = gast.If(test=stmt.test, body=bodies[0] or [gast.Pass()], orelse=bodies[1])
        else:
            if item.trips:
                out.append(nodes.assign(item.trips, nodes.constant(0)))
                self.acc.typer.types[item.trips] = Scalar("int")
                one = nodes.constant(1)
                bodies[0].insert(0, gast.AugAssign(target=nodes.target(item.trips), op=gast.Add(), value=one))
            if not bodies[0]:
                return out
            if isinstance(stmt, gast.For):
                new = gast.For(target=stmt.target, iter=stmt.iter, body=bodies[0], orelse=[], type_comment=None)
            else:
                new = gast.While(test=stmt.test, body=bodies[0], orelse=[])
        return [*out, nodes.with_origin(new, origin)]

    def _record(self, save: Save) -> Stmt:
        value = nodes.copy(save.place)
        if save.copied:
            value = nodes.call(nodes.attribute(value, "copy"))
        if not save.tape:
            save.tape = self.acc.fresh(f"{save.base}_tape" if save.in_loop else f"{save.base}_old")
            type_ = self.acc.typer.type_of(save.place)
            self.acc.typer.types[save.tape] = List(None, type_) if save.in_loop else type_
        if save.in_loop:
            return gast.Expr(value=nodes.call(nodes.attribute(nodes.name(save.tape), "append"), value))
        return nodes.assign(save.tape, value)

    def _restore(self, save: Save) -> Stmt:
        value: Expr = nodes.name(save.tape)
        if save.in_loop:
            value = nodes.call(nodes.attribute(value, "pop"))
        place = save.place
        if isinstance(place, gast.Subscript):
            return nodes.assign(nodes.subscript(nodes.copy(place.value), nodes.copy(place.slice), store=True), value)
        return nodes.assign(place.id, value)

    def reverse(self, pair: Pair) -> Block:
        """The reverse sweep of a block."""
        self._rename_recomputed(pair)
        out = [self._restore(save) for save in reversed(pair.save)]
        out += list(reversed(pair.recompute))
        out += pair.first
        for item in reversed(pair.items):
            out += item.adjoint
            if item.inner:
                out += self._reverse_structured(item)
            out += nodes.substitute([self._restore(save) for save in reversed(item.save)], item.renamed)
        return out + pair.last

    def _reverse_structured(self, item: Item) -> Block:
        stmt = item.primal
        if isinstance(stmt, gast.For):
            name = self.acc.fresh(stmt.target.id)
            self.loop_names[name] = stmt.target.id
            self.acc.typer.types[name] = Scalar("int")
            rename_in_reverse(item.inner[0], {stmt.target.id: name})
            bodies = [self.reverse(item.inner[0])]
        else:
            bodies = [self.reverse(inner) for inner in item.inner]
        if not any(bodies):
            return []
        origin = nodes.origin_of(stmt)
        if isinstance(stmt, gast.If):
            test = nodes.substitute(stmt.test, item.renamed)
            return [nodes.with_origin(gast.If(test=test, body=bodies[0] or [gast.Pass()], orelse=bodies[1]), origin)]
        if isinstance(stmt, gast.For):
            trips: Expr = nodes.substitute(stmt.iter, item.renamed)
            if item.trips:
                counter = item.renamed.get(item.trips, item.trips)
                count = gast.Slice(lower=None, upper=nodes.name(counter), step=None)
                trips = nodes.subscript(trips, count)
            backwards = nodes.call(self.acc.namespace.builtin("reversed"), trips)
        else:
            assert item.trips is not None
            name = self.acc.fresh("_")
            self.acc.typer.types[name] = Scalar("int")
            count = nodes.name(item.renamed.get(item.trips, item.trips))
            backwards = nodes.call(self.acc.namespace.builtin("range"), count)
        new = gast.For(target=nodes.target(name), iter=backwards, body=bodies[0], orelse=[], type_comment=None)
        return [nodes.with_origin(new, origin)]

    def _rename_recomputed(self, pair: Pair) -> None:
        """Recomputed values get names of their own, so that the forward sweep's may die."""
        mapping: dict[str, str] = {}
        for stmt in pair.recompute:
            old = stmt.targets[0].id
            mapping[old] = self.acc.fresh("t" if old in self.acc.temporaries else old)
            self.acc.typer.types[mapping[old]] = self.acc.typer.types[old]
        if mapping:
            pair.recompute = nodes.substitute(pair.recompute, mapping)
            rename_in_reverse(pair, mapping)


def rename_in_reverse(pair: Pair, mapping: dict[str, str]) -> None:
    """Rename what the reverse sweep of a block reads; the forward sweep keeps its names."""
    pair.first = nodes.substitute(pair.first, mapping)
    pair.last = nodes.substitute(pair.last, mapping)
    pair.recompute = nodes.substitute(pair.recompute, mapping)
    for item in pair.items:
        item.adjoint = nodes.substitute(item.adjoint, mapping)
        item.renamed = {**item.renamed, **mapping}
        for inner in item.inner:
            rename_in_reverse(inner, mapping)


def _is_exit(item: Item) -> bool:
    return isinstance(item.primal, gast.If) and any(
        isinstance(inner.primal, gast.Break) for pair in item.inner for inner in pair.items
    )


def _tapes(item: Item) -> list[str]:
    own = [save.tape for save in item.save if save.in_loop]
    for inner in item.inner:
        for nested in inner.items:
            own += _tapes(nested)
        own += [save.tape for save in inner.save if save.in_loop]
    return own
